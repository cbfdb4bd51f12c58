//! All prefixes with their next hops, as the writer keeps them.
//!
//! The address space is cut into ranges, each itself a prefix, with the longer prefixes inside it in one sorted
//! array: a [`Bucket`]. One that grows too long is cut in halves. A prefix as long as the range or shorter covers
//! whole buckets and stands in `wide`; each bucket remembers the longest of those that cover it. So whatever the size
//! of the table, a change touches one short array, and the answers of any range are found without a look at the rest.

mod bucket;
mod sweep;

use super::Address;
use bucket::Bucket;
use hashbrown::HashMap;
use std::hint::black_box;

pub(super) use sweep::{Run, Sweep};

/// The most prefixes of a table, about eight times as many as the Internet has: what readers search is sure to have room
/// for them, wherever they are.
pub(super) const CAPACITY: usize = 1 << 23;

/// Eight bits of prefix length above 24 bits of next hop; 0 is no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Route(u32);

impl Route {
    const NONE: Self = Self(0);

    fn new(length: u8, next_hop: u32) -> Self {
        Self(u32::from(length) << 24 | next_hop)
    }

    fn length(self) -> u8 {
        (self.0 >> 24) as u8
    }

    fn next_hop(self) -> u32 {
        self.0 & 0x00FF_FFFF
    }
}

/// A prefix, host bits clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<A: Address> {
    pub(super) start: A::Bits,
    pub(super) length: u8,
}

impl<A: Address> Range<A> {
    pub(super) const ALL: Self = Self { start: A::ZERO, length: 0 };

    pub(super) fn of(prefix: A::Prefix) -> Self {
        let (start, length) = A::split(prefix);
        Self { start, length }
    }

    pub(super) fn last(self) -> A::Bits {
        A::last(self.start, self.length)
    }
}

/// The prefixes of one table.
#[derive(Debug)]
pub struct Store<A: Address> {
    /// Where each bucket starts; ascending, the first at zero.
    starts: Vec<A::Bits>,
    buckets: Vec<Bucket<A>>,
    wide: HashMap<(A::Bits, u8), u32>,
    /// The bucket of the last change, which is asked about next, or of one that is expected.
    recent: usize,
    prefixes: usize,
    /// How many prefixes use a next hop.
    uses: HashMap<u32, u32>,
}

impl<A: Address> Store<A> {
    pub(super) fn new() -> Self {
        Self {
            starts: vec![A::ZERO],
            buckets: vec![Bucket::new(0, Route::NONE)],
            wide: HashMap::new(),
            recent: 0,
            prefixes: 0,
            uses: HashMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.prefixes
    }

    pub(super) fn next_hops(&self) -> usize {
        self.uses.len()
    }

    /// The next hop of a prefix, 0 if it has none.
    pub(super) fn get(&self, prefix: Range<A>) -> u32 {
        match self.buckets.get(self.bucket_at(prefix.start)) {
            Some(bucket) if prefix.length > bucket.length() => bucket.get(prefix),
            _ => self.wide.get(&(prefix.start, prefix.length)).copied().unwrap_or(0),
        }
    }

    /// Octets of all arrays.
    pub(super) fn octets(&self) -> usize {
        let buckets: usize = self.buckets.iter().map(Bucket::octets).sum();
        buckets
            + self.starts.capacity() * size_of::<A::Bits>()
            + self.buckets.capacity() * size_of::<Bucket<A>>()
            + self.wide.allocation_size()
            + self.uses.allocation_size()
    }

    /// Has in the cache what these buckets have in them.
    pub(super) fn foresee(&self, buckets: &[usize]) {
        let bucket = |at: &usize| self.buckets.get(*at);
        black_box(buckets.iter().filter_map(bucket).fold(0, |all, bucket| all | bucket.length()));
        buckets.iter().filter_map(bucket).for_each(Bucket::foresee);
    }

    /// The next change is in this bucket, as far as [`bucket_of`](Store::bucket_of) has told before other changes.
    pub(super) fn expect(&mut self, bucket: usize) {
        self.recent = bucket;
    }

    /// Gives a prefix a next hop, or takes it out with 0, and returns what it had.
    pub(super) fn set(&mut self, prefix: Range<A>, next_hop: u32) -> u32 {
        let at = self.bucket_at(prefix.start);
        self.recent = at;
        let before = match self.buckets.get_mut(at) {
            Some(bucket) if prefix.length > bucket.length() => {
                let before = bucket.set(prefix, next_hop);
                self.cut(at);
                before
            }
            _ => self.set_wide(at, prefix, next_hop),
        };
        if before != next_hop {
            self.count(before, next_hop);
        }
        before
    }

    fn count(&mut self, before: u32, next_hop: u32) {
        if next_hop != 0 {
            *self.uses.entry(next_hop).or_insert(0) += 1;
            self.prefixes += 1;
        }
        if before != 0 {
            self.prefixes -= 1;
            if let Some(uses) = self.uses.get_mut(&before) {
                *uses -= 1;
                if *uses == 0 {
                    self.uses.remove(&before);
                }
            }
        }
    }

    /// A prefix that covers whole buckets, the first of them at `at`.
    fn set_wide(&mut self, at: usize, prefix: Range<A>, next_hop: u32) -> u32 {
        let key = (prefix.start, prefix.length);
        let before = if next_hop == 0 { self.wide.remove(&key) } else { self.wide.insert(key, next_hop) };
        let before = before.unwrap_or(0);
        if before == next_hop {
            return before;
        }
        let next = if next_hop == 0 { self.cover(prefix) } else { Route::NONE };
        let last = prefix.last();
        for (start, bucket) in self.starts.iter().zip(&mut self.buckets).skip(at) {
            if *start > last {
                break;
            }
            if next_hop == 0 {
                bucket.uncover(prefix.length, next);
            } else {
                bucket.cover(Route::new(prefix.length, next_hop));
            }
        }
        before
    }

    /// The longest of the wide prefixes that cover this one and are shorter.
    fn cover(&self, prefix: Range<A>) -> Route {
        let shorter = (0..prefix.length).rev();
        let mut found = shorter.filter_map(|length| {
            let next_hop = self.wide.get(&(A::first(prefix.start, length), length))?;
            Some(Route::new(length, *next_hop))
        });
        found.next().unwrap_or(Route::NONE)
    }

    /// The longest prefix that covers an address.
    pub(super) fn longest_match(&self, address: A::Bits) -> Option<(A::Bits, u8, u32)> {
        let bucket = self.buckets.get(self.bucket_at(address))?;
        let route = bucket.longest_match(address);
        (route != Route::NONE).then(|| (A::first(address, route.length()), route.length(), route.next_hop()))
    }

    /// Finds the runs of a range; the first starts where the range does, and two in a row differ.
    pub(super) fn runs(&self, range: Range<A>, sweep: &mut Sweep<A>) {
        sweep.clear();
        let last = range.last();
        let first = self.bucket_near(range.start, sweep.bucket);
        sweep.bucket = first;
        let following = (self.starts.get(first..).unwrap_or_default().iter())
            .zip(self.buckets.get(first..).unwrap_or_default());
        for (start, bucket) in following {
            if *start > last {
                break;
            }
            let end = A::last(*start, bucket.length());
            bucket.runs(range.start.max(*start), last.min(end), sweep);
            sweep.bucket += 1;
        }
        sweep.bucket = sweep.bucket.saturating_sub(1);
    }

    /// The bucket that an address is in.
    fn bucket_at(&self, address: A::Bits) -> usize {
        self.bucket_near(address, self.recent)
    }

    /// The bucket that an address is in, which is likely this one, the next, or that of the last change.
    fn bucket_near(&self, address: A::Bits, near: usize) -> usize {
        let begins = |at: usize| self.starts.get(at).is_none_or(|start| *start <= address);
        let is_in = |at: usize| {
            at < self.starts.len() && begins(at) && (at + 1 == self.starts.len() || !begins(at + 1))
        };
        for at in [self.recent, near, near + 1] {
            if is_in(at) {
                return at;
            }
        }
        self.bucket_of(address)
    }

    /// The same by a search, from wherever the last change was.
    pub(super) fn bucket_of(&self, address: A::Bits) -> usize {
        self.starts.partition_point(|start| *start <= address).saturating_sub(1)
    }

    /// Cuts a bucket in halves until none is too long.
    fn cut(&mut self, at: usize) {
        let mut at = at;
        while let (Some(start), Some(bucket)) = (self.starts.get(at).copied(), self.buckets.get_mut(at)) {
            let Some(halves) = bucket.cut(start) else { return };
            for route in halves.wide {
                self.wide.insert((route.0.start, route.0.length), route.1);
            }
            let upper_is_long = halves.upper.is_long();
            self.starts.insert(at + 1, halves.middle);
            self.buckets.insert(at + 1, halves.upper);
            at += usize::from(upper_is_long);
        }
    }
}
