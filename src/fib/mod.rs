//! The longest-prefix-match table that forwards, and its readers.
//!
//! One [`Fib`] is written by the task that owns the routing table; any number of [`FibReader`]s look addresses up
//! from other threads. The table is a persistent radix trie (`trie.rs`): a change copies the nodes on the way to its
//! prefix and shares all others with the snapshot before, then one atomic store publishes the new root. A reader
//! therefore takes no lock, never waits for the writer and never delays it, and sees each prefix either as it was or
//! as it is.

mod address;
mod next_hop;
mod trie;

#[cfg(test)]
mod tests;

pub use address::Address;
pub use next_hop::{NextHopId, NotANextHopId};

use arc_swap::ArcSwap;
use std::sync::Arc;
use trie::Trie;

/// The writing side of a forwarding table; `A` is `Ipv4Addr` or `Ipv6Addr`.
///
/// Prefixes with host bits set stand for their network, as in `10.0.0.1/8` for `10.0.0.0/8`.
#[derive(Debug)]
pub struct Fib<A: Address> {
    /// The newest state; shares its nodes with what is published.
    trie: Trie<A>,
    published: Arc<ArcSwap<Trie<A>>>,
}

/// The reading side of a [`Fib`]: cheap to clone, one for each thread that forwards.
#[derive(Clone, Debug)]
pub struct FibReader<A: Address> {
    published: Arc<ArcSwap<Trie<A>>>,
}

/// How large a forwarding table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Statistics {
    /// Prefixes that have a next hop.
    pub prefixes: usize,
    /// Nodes of the trie, those included that only branch.
    pub nodes: usize,
    /// Octets of these nodes, without the allocator's own.
    pub octets: usize,
}

impl<A: Address> Fib<A> {
    /// An empty table.
    pub fn new() -> Self {
        let trie = Trie::default();
        Self { published: Arc::new(ArcSwap::from_pointee(trie.clone())), trie }
    }

    /// Routes a prefix to a next hop and returns the one that it replaces.
    pub fn insert(&mut self, prefix: A::Prefix, next_hop: NextHopId) -> Option<NextHopId> {
        self.set(prefix, Some(next_hop))
    }

    /// Takes a prefix out and returns the next hop that it had.
    pub fn remove(&mut self, prefix: A::Prefix) -> Option<NextHopId> {
        self.set(prefix, None)
    }

    /// Applies many changes and publishes them together, which copies a node once and not once per change.
    ///
    /// `None` takes the prefix out. Of several changes to one prefix the last holds.
    pub fn apply(&mut self, changes: impl IntoIterator<Item = (A::Prefix, Option<NextHopId>)>) {
        for (prefix, next_hop) in changes {
            self.trie.set(prefix, next_hop);
        }
        self.publish();
    }

    /// A reader that follows every later change.
    pub fn reader(&self) -> FibReader<A> {
        FibReader { published: Arc::clone(&self.published) }
    }

    /// The longest prefix that covers the address, with its next hop.
    pub fn longest_match(&self, address: A) -> Option<(A::Prefix, NextHopId)> {
        self.trie.longest_match(address)
    }

    /// The number of prefixes.
    pub fn len(&self) -> usize {
        self.trie.len()
    }

    /// True if no address has a route.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The size of the table as it stands.
    pub fn statistics(&self) -> Statistics {
        self.trie.statistics()
    }

    fn set(&mut self, prefix: A::Prefix, next_hop: Option<NextHopId>) -> Option<NextHopId> {
        let before = self.trie.set(prefix, next_hop);
        if before != next_hop {
            self.publish();
        }
        before
    }

    fn publish(&self) {
        self.published.store(Arc::new(self.trie.clone()));
    }
}

impl<A: Address> Default for Fib<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Address> FibReader<A> {
    /// The next hop of the longest prefix that covers the address.
    pub fn lookup(&self, address: A) -> Option<NextHopId> {
        self.published.load().lookup(address)
    }

    /// Looks many addresses up in one state of the table.
    ///
    /// `next_hops[i]` becomes the answer for `addresses[i]`; where the lengths differ, what is beyond the shorter one
    /// is left alone.
    pub fn lookup_batch(&self, addresses: &[A], next_hops: &mut [Option<NextHopId>]) {
        let trie = self.published.load();
        for (address, next_hop) in addresses.iter().zip(next_hops) {
            *next_hop = trie.lookup(*address);
        }
    }

    /// The longest prefix that covers the address, with its next hop.
    pub fn longest_match(&self, address: A) -> Option<(A::Prefix, NextHopId)> {
        self.published.load().longest_match(address)
    }
}
