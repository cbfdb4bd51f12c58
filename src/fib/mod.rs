//! The longest-prefix-match table that forwards, and its readers.
//!
//! One [`Fib`] is written by the task that owns the routing table; any number of [`FibReader`]s look addresses up from
//! other threads. The writer keeps all prefixes in a [`store`](store::Store). What readers search is a [`table`] made
//! from it: a [`tree`] as small as its content, or for many IPv4 prefixes the [`direct`]-indexed table. A change
//! becomes visible by one atomic store, and memory that it frees is used again when the [`epoch`] tells readers so;
//! they take no lock, never wait for the writer and never delay it, and see each prefix either as it was or as it is.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into a batch is not compiled for its processor"
)]

mod address;
mod ahead;
mod atomic;
mod cpu;
mod direct;
mod epoch;
mod memory;
mod next_hop;
mod pool;
mod reader;
mod statistics;
mod store;
mod table;
mod tree;

#[cfg(test)]
mod tests;

pub use address::Address;
pub use next_hop::{NextHopId, NotANextHopId};
pub use reader::FibReader;
pub use statistics::Statistics;

use arc_swap::ArcSwap;
use std::{fmt, hint::black_box, sync::Arc};
use store::{Range, Store};
use table::{Published, Table};

/// The writing side of a forwarding table; `A` is `Ipv4Addr` or `Ipv6Addr`.
///
/// Prefixes with host bits set stand for their network, as in `10.0.0.1/8` for `10.0.0.0/8`. A new prefix beyond
/// [`CAPACITY`](Fib::CAPACITY) is left out, which the [`Statistics`] say; all others go on to be right.
pub struct Fib<A: Address> {
    store: Store<A>,
    current: Arc<Published<A::Table>>,
    keeper: <A::Table as Table<A>>::Keeper,
    published: Arc<ArcSwap<Published<A::Table>>>,
    generation: u64,
    capacity: usize,
    left_out: u64,
}

impl<A: Address> Fib<A> {
    /// The most prefixes that a table takes, 8,388,608.
    pub const CAPACITY: usize = store::CAPACITY;

    /// An empty table.
    pub fn new() -> Self {
        Self::with_capacity(Self::CAPACITY)
    }

    fn with_capacity(capacity: usize) -> Self {
        let store = Store::new();
        let (table, keeper) = A::Table::build(&store);
        let current = Arc::new(Published::new(table));
        let published = Arc::new(ArcSwap::new(Arc::clone(&current)));
        Self { store, current, keeper, published, generation: 0, capacity, left_out: 0 }
    }

    /// Routes a prefix to a next hop and returns the one that it replaces.
    pub fn insert(&mut self, prefix: A::Prefix, next_hop: NextHopId) -> Option<NextHopId> {
        self.set(prefix, Some(next_hop))
    }

    /// Takes a prefix out and returns the next hop that it had.
    pub fn remove(&mut self, prefix: A::Prefix) -> Option<NextHopId> {
        self.set(prefix, None)
    }

    /// Applies many changes; readers see each of them, in this order, or several at once.
    ///
    /// `None` takes the prefix out. Of several changes to one prefix the last holds.
    pub fn apply(&mut self, changes: impl IntoIterator<Item = (A::Prefix, Option<NextHopId>)>) {
        let mut changes: Vec<_> = changes.into_iter().collect();
        if changes.len() <= self.len() / 4 {
            for changes in changes.chunks(ahead::TOGETHER) {
                let buckets = ahead::look_up(&self.current.table, &self.store, changes);
                for ((prefix, next_hop), bucket) in changes.iter().zip(buckets) {
                    self.store.expect(bucket);
                    self.change(Range::of(*prefix), *next_hop);
                }
            }
            return;
        }
        if self.len() + changes.len() <= self.capacity {
            // In order, what is next to each other is in the processor's cache.
            changes.sort_by_key(|(prefix, _)| A::split(*prefix));
        }
        let before = self.generation;
        for (prefix, next_hop) in changes {
            self.note(Range::of(prefix), NextHopId::to_table(next_hop));
        }
        if self.generation != before {
            self.rebuild();
        }
    }

    /// A reader that follows every later change.
    pub fn reader(&self) -> FibReader<A> {
        FibReader::new(Arc::clone(&self.published))
    }

    /// The longest prefix that covers the address, with its next hop; for questions, not for forwarding.
    pub fn longest_match(&self, address: A) -> Option<(A::Prefix, NextHopId)> {
        let (start, length, next_hop) = self.store.longest_match(address.bits())?;
        Some((A::net(start, length)?, NextHopId::from_table(next_hop)?))
    }

    /// The number of prefixes.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// True if no address has a route.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The size of the table as it stands.
    pub fn statistics(&self) -> Statistics {
        let lookup_octets = self.current.table.octets(&self.keeper);
        let keeper = A::Table::keeper_octets(&self.keeper);
        Statistics {
            prefixes: self.store.len(),
            next_hops: self.store.next_hops(),
            lookup_octets,
            octets: lookup_octets + keeper + self.store.octets() + size_of::<Self>(),
            generation: self.generation,
            left_out: self.left_out,
        }
    }

    fn set(&mut self, prefix: A::Prefix, next_hop: Option<NextHopId>) -> Option<NextHopId> {
        let prefix = Range::of(prefix);
        // What is changed there comes into the cache while the store is searched.
        black_box(self.current.table.lookup(A::of_bits(prefix.start)));
        self.change(prefix, next_hop)
    }

    fn change(&mut self, prefix: Range<A>, next_hop: Option<NextHopId>) -> Option<NextHopId> {
        let before = self.generation;
        let replaced = self.note(prefix, NextHopId::to_table(next_hop));
        let Published { epoch, table } = &*self.current;
        if self.generation != before && table.update(epoch, &mut self.keeper, &self.store, prefix).is_err() {
            self.rebuild();
        }
        NextHopId::from_table(replaced)
    }

    /// Notes a next hop, 0 for none, and returns the one that the prefix had; a change makes a generation.
    fn note(&mut self, prefix: Range<A>, next_hop: u32) -> u32 {
        if next_hop != 0 && self.len() >= self.capacity && self.store.get(prefix) == 0 {
            self.left_out += 1;
            return 0;
        }
        let before = self.store.set(prefix, next_hop);
        self.generation += u64::from(before != next_hop);
        before
    }

    /// Publishes another table in place of the one that answers now.
    fn rebuild(&mut self) {
        let (table, keeper) = A::Table::build(&self.store);
        self.keeper = keeper;
        let old = std::mem::replace(&mut self.current, Arc::new(Published::new(table)));
        self.published.store(Arc::clone(&self.current));
        old.epoch.end();
    }
}

impl<A: Address> Default for Fib<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Address> fmt::Debug for Fib<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fib").field("statistics", &self.statistics()).finish_non_exhaustive()
    }
}
