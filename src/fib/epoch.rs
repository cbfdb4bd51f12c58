//! How a reader knows that nothing was taken away under it.
//!
//! A change is built beside what it replaces and becomes visible by one store to a word that readers enter through.
//! What it replaces stays as it is until the writer *advances* the epoch; only then may that memory be written again.
//! A reader notes the epoch, looks up, and looks at the epoch again: if it is the same, nothing that the reader can
//! have reached was reused meanwhile, and the answer stood in the table. If not, it looks up once more. A writer
//! advances once in many changes, so that this is rare, and neither side ever waits for the other: a reader that
//! sleeps in the middle holds nothing back.
//!
//! All shared memory is atomic. Why the check is enough, in terms of the memory model: a reader that loads a value
//! written after [`advance`](Epoch::advance) has passed the fence in it by way of its own fence in
//! [`stands`](Epoch::stands), so it sees the epoch advanced. And a reader that begins with the advanced epoch has
//! acquired every word stored before, so it cannot reach what they replaced.

use super::atomic::{AtomicU64, Ordering, fence};

/// The count of a table's advances, and the mark of its end.
#[derive(Debug)]
pub struct Epoch(AtomicU64);

/// A look-up has begun at this epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun(u64);

impl Epoch {
    /// The value after which another table answers.
    const ENDED: u64 = u64::MAX;

    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Begins a look-up; `None` if another table has taken over.
    #[inline]
    pub(super) fn begin(&self) -> Option<Begun> {
        let epoch = self.0.load(Ordering::Acquire);
        (epoch != Self::ENDED).then_some(Begun(epoch))
    }

    /// Whether all that was loaded since then belonged to the table.
    #[inline]
    pub(super) fn stands(&self, begun: Begun) -> bool {
        fence(Ordering::Acquire);
        self.0.load(Ordering::Relaxed) == begun.0
    }

    /// The writer: from here on, what was replaced before may be written again.
    pub(super) fn advance(&self) {
        let epoch = self.0.load(Ordering::Relaxed);
        self.0.store(epoch + 1, Ordering::Release);
        fence(Ordering::Release);
    }

    /// The writer: another table has been published in this one's place.
    pub(super) fn end(&self) {
        self.0.store(Self::ENDED, Ordering::Release);
    }
}
