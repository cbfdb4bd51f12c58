//! From prefixes inside one another to runs of addresses beside one another.

use crate::fib::Address;

/// From `start` on, and up to the next run, every address has this next hop; 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fib) struct Run<A: Address> {
    pub(in crate::fib) start: A::Bits,
    pub(in crate::fib) next_hop: u32,
}

/// Collects runs while it goes over sorted prefixes; kept by the caller for its memory.
#[derive(Debug)]
pub(in crate::fib) struct Sweep<A: Address> {
    runs: Vec<Run<A>>,
    /// The prefixes around the place it has come to, the shortest first: where each ends, and its next hop.
    around: Vec<(A::Bits, u32)>,
    /// The last bucket that it has gone over.
    pub(super) bucket: usize,
}

impl<A: Address> Sweep<A> {
    pub(in crate::fib) const fn new() -> Self {
        Self { runs: Vec::new(), around: Vec::new(), bucket: 0 }
    }

    pub(in crate::fib) fn runs(&self) -> &[Run<A>] {
        &self.runs
    }

    pub(in crate::fib) fn octets(&self) -> usize {
        self.runs.capacity() * size_of::<Run<A>>() + self.around.capacity() * size_of::<(A::Bits, u32)>()
    }

    pub(super) fn clear(&mut self) {
        self.runs.clear();
    }

    /// A stretch of addresses, with the next hop where no prefix that follows says another.
    pub(super) fn begin(&mut self, first: A::Bits, last: A::Bits, next_hop: u32) {
        self.around.clear();
        self.around.push((last, next_hop));
        self.emit(first, next_hop);
    }

    /// The next prefix, in order of start, then of length.
    pub(super) fn open(&mut self, start: A::Bits, end: A::Bits, next_hop: u32) {
        self.close_before(start);
        self.around.push((end, next_hop));
        self.emit(start, next_hop);
    }

    /// Leaves those that end before `place`.
    pub(super) fn close_before(&mut self, place: A::Bits) {
        while let [.., (_, outer), (end, _)] = *self.around
            && end < place
        {
            self.around.pop();
            self.emit(A::next(end), outer);
        }
    }

    /// Starts a run, unless it goes on with the same next hop.
    fn emit(&mut self, start: A::Bits, next_hop: u32) {
        if self.runs.last().is_some_and(|run| run.start == start) {
            self.runs.pop();
        }
        if self.runs.last().is_none_or(|run| run.next_hop != next_hop) {
            self.runs.push(Run { start, next_hop });
        }
    }
}
