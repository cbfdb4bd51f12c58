//! The prefixes inside one range of addresses.

use super::{Range, Route, Sweep};
use crate::fib::{Address, memory::CACHE_LINE};
use std::hint::black_box;

/// Sorted prefixes, all longer than the range itself.
#[derive(Debug)]
pub(super) struct Bucket<A: Address> {
    entries: Vec<Entry<A>>,
    /// The longest prefix that covers the range.
    cover: Route,
    length: u8,
}

/// In order of start, then of length, so that a prefix stands before those inside it.
#[derive(Clone, Copy, Debug)]
struct Entry<A: Address> {
    start: A::Bits,
    route: Route,
}

/// What becomes of a bucket cut in two, besides its lower half, which it stays itself.
pub(super) struct Halves<A: Address> {
    pub(super) middle: A::Bits,
    pub(super) upper: Bucket<A>,
    /// Prefixes as long as a half, with their next hops.
    pub(super) wide: Vec<(Range<A>, u32)>,
}

impl<A: Address> Entry<A> {
    fn key(&self) -> (A::Bits, u8) {
        (self.start, self.route.length())
    }

    fn last(&self) -> A::Bits {
        A::last(self.start, self.route.length())
    }
}

impl<A: Address> Bucket<A> {
    /// More entries than that, and the bucket is cut.
    const MAX: usize = 64;
    /// Shorter ranges are never cut: a node of the IPv4 table has one bucket.
    const LONGEST: u8 = if A::LENGTH == 32 { 19 } else { 127 };

    pub(super) fn new(length: u8, cover: Route) -> Self {
        Self { entries: Vec::new(), cover, length }
    }

    pub(super) fn length(&self) -> u8 {
        self.length
    }

    pub(super) fn octets(&self) -> usize {
        self.entries.capacity() * size_of::<Entry<A>>()
    }

    pub(super) fn is_long(&self) -> bool {
        self.entries.len() > Self::MAX
    }

    /// The next hop of a prefix, 0 if it has none.
    pub(super) fn get(&self, prefix: Range<A>) -> u32 {
        let key = (prefix.start, prefix.length);
        let at = self.entries.partition_point(|entry| entry.key() < key);
        self.entries.get(at).filter(|entry| entry.key() == key).map_or(0, |entry| entry.route.next_hop())
    }

    /// Gives a prefix a next hop, or takes it out with 0, and returns what it had.
    pub(super) fn set(&mut self, prefix: Range<A>, next_hop: u32) -> u32 {
        let at = self.entries.partition_point(|entry| entry.key() < (prefix.start, prefix.length));
        let route = Route::new(prefix.length, next_hop);
        match self.entries.get_mut(at).filter(|entry| entry.key() == (prefix.start, prefix.length)) {
            Some(entry) => {
                let before = entry.route.next_hop();
                if next_hop == 0 {
                    self.entries.remove(at);
                    self.shrink();
                } else {
                    entry.route = route;
                }
                before
            }
            None if next_hop == 0 => 0,
            None => {
                if self.entries.len() == self.entries.capacity() {
                    self.entries.reserve_exact((self.entries.len() / 4).max(4));
                }
                self.entries.insert(at, Entry { start: prefix.start, route });
                0
            }
        }
    }

    /// Has the entries in the cache.
    pub(super) fn foresee(&self) {
        let lines = self.entries.iter().step_by(CACHE_LINE / size_of::<Entry<A>>());
        black_box(lines.fold(0, |all, entry| all | entry.route.0));
    }

    fn shrink(&mut self) {
        if self.entries.len() * 2 + 8 < self.entries.capacity() {
            self.entries.shrink_to(self.entries.len() + 4);
        }
    }

    /// A wide prefix around the range has this next hop now.
    pub(super) fn cover(&mut self, route: Route) {
        if self.cover == Route::NONE || self.cover.length() <= route.length() {
            self.cover = route;
        }
    }

    /// A wide prefix of this length has gone, `next` is the next shorter one.
    pub(super) fn uncover(&mut self, length: u8, next: Route) {
        if self.cover != Route::NONE && self.cover.length() == length {
            self.cover = next;
        }
    }

    /// The longest prefix that covers an address of the range.
    pub(super) fn longest_match(&self, address: A::Bits) -> Route {
        let beyond = self.entries.partition_point(|entry| entry.start <= address);
        let before = self.entries.get(..beyond).unwrap_or_default();
        let covering = before.iter().rev().find(|entry| entry.last() >= address);
        covering.map_or(self.cover, |entry| entry.route)
    }

    /// Appends the answers from `first` to `last`, the range or a prefix inside it.
    pub(super) fn runs(&self, first: A::Bits, last: A::Bits, sweep: &mut Sweep<A>) {
        let at = self.entries.partition_point(|entry| entry.start < first);
        let (before, others) = self.entries.split_at_checked(at).unwrap_or_default();
        // One that begins before the range and covers a part of it covers all of it; those after it may lie inside it.
        let around = before.iter().rev().find(|entry| entry.last() >= first);
        sweep.begin(first, last, around.map_or(self.cover, |entry| entry.route).next_hop());
        for entry in others.iter().take_while(|entry| entry.start <= last) {
            sweep.open(entry.start, entry.last(), entry.route.next_hop());
        }
        sweep.close_before(last);
    }

    /// Cuts the bucket in two if it is too long, and keeps the lower half.
    pub(super) fn cut(&mut self, start: A::Bits) -> Option<Halves<A>> {
        if !self.is_long() || self.length >= Self::LONGEST {
            return None;
        }
        self.length += 1;
        let middle = A::or(start, A::place(1, self.length));
        let mut upper = Self::new(self.length, self.cover);
        let at = self.entries.partition_point(|entry| entry.start < middle);
        upper.entries = self.entries.split_off(at);
        let mut wide = Vec::new();
        for (half, start) in [(&mut *self, start), (&mut upper, middle)] {
            // The one prefix that is as long as the half stands first.
            if half.entries.first().is_some_and(|entry| entry.route.length() == half.length) {
                let entry = half.entries.remove(0);
                half.cover = entry.route;
                wide.push((Range { start, length: half.length }, entry.route.next_hop()));
            }
            half.entries.shrink_to(half.entries.len() + 4);
        }
        Some(Halves { middle, upper, wide })
    }
}
