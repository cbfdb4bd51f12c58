//! The reading side.

use super::{
    Address, NextHopId,
    table::{Published, Table},
};
use arc_swap::ArcSwap;
use std::{cell::Cell, fmt, sync::Arc};

/// The reading side of a [`Fib`](super::Fib): cheap to clone, one for each thread that forwards.
///
/// A look-up takes no lock, writes to no shared memory and never waits for the writer, and the writer never waits for
/// readers. When a table is replaced as a whole, because it has outgrown its shape, a reader lets go of the old one
/// with its next look-up; until then an idle reader keeps that one table in memory.
pub struct FibReader<A: Address> {
    published: Arc<ArcSwap<Published<A::Table>>>,
    /// The table that answers, as far as this reader knows. Never empty between look-ups.
    current: Cell<Option<Arc<Published<A::Table>>>>,
}

/// Answers are checked once for as many addresses: long enough to cost nothing, short enough that a writer which
/// reuses memory once in some thousand changes hardly ever makes a reader look up twice.
const PART: usize = 512;

impl<A: Address> FibReader<A> {
    pub(super) fn new(published: Arc<ArcSwap<Published<A::Table>>>) -> Self {
        Self { current: Cell::new(Some(published.load_full())), published }
    }

    /// The next hop of the longest prefix that covers the address.
    #[inline]
    pub fn lookup(&self, address: A) -> Option<NextHopId> {
        NextHopId::from_table(self.read(|table| table.lookup(address)))
    }

    /// Looks many addresses up.
    ///
    /// `next_hops[i]` becomes the answer for `addresses[i]`; where the lengths differ, what is beyond the shorter one
    /// is left alone. Beside a writer each answer is right for a moment during the call, not all for the same.
    pub fn lookup_batch(&self, addresses: &[A], next_hops: &mut [Option<NextHopId>]) {
        for (addresses, next_hops) in addresses.chunks(PART).zip(next_hops.chunks_mut(PART)) {
            self.read(|table| table.lookup_batch(addresses, next_hops));
        }
    }

    /// Asks the current table until its answer stands.
    #[inline]
    fn read<T>(&self, mut ask: impl FnMut(&A::Table) -> T) -> T {
        let mut current = self.current.take().unwrap_or_else(|| self.newest());
        loop {
            if let Some(begun) = current.epoch.begin() {
                let answer = ask(&current.table);
                if current.epoch.stands(begun) {
                    self.current.set(Some(current));
                    return answer;
                }
            } else {
                current = self.newest();
            }
        }
    }

    #[cold]
    fn newest(&self) -> Arc<Published<A::Table>> {
        self.published.load_full()
    }
}

impl<A: Address> Clone for FibReader<A> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.published))
    }
}

impl<A: Address> fmt::Debug for FibReader<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FibReader").finish_non_exhaustive()
    }
}
