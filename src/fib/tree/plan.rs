//! How a range of addresses is laid out: as a line if it fits, as an index otherwise.

use super::{
    entry::{Entry, Kind},
    line::{BRANCH, NARROW, WIDE},
};
use crate::fib::{
    Address,
    store::{Range, Run},
};

/// What has to be written for a range.
pub(super) enum Plan {
    /// One answer for all of it.
    NextHop(u32),
    /// A line of this kind, or a branch if the cells are more than one holds.
    Lines(Kind, Cells),
    /// An index of this many bits.
    Index(u8),
}

/// The stretches of a range that the 32 bits after its own tell apart, in order.
pub(super) struct Cells(Vec<Cell>);

/// A stretch of addresses.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    /// The 32 bits that it starts with.
    pub(super) start: u32,
    /// The first of its runs.
    pub(super) first: usize,
    /// Where the runs end that start in it, if it is a single number with several of them.
    pub(super) beyond: Option<usize>,
}

impl Kind {
    /// How many cells a line has.
    pub(super) const fn cells(self) -> usize {
        match self {
            Self::Narrow => NARROW,
            Self::Wide => WIDE,
        }
    }
}

impl Plan {
    /// `runs` are those of the range; the first may start before it.
    pub(super) fn new<A: Address>(range: Range<A>, runs: &[Run<A>]) -> Self {
        let next_hop = |at: usize| runs.get(at).map_or(0, |run| run.next_hop);
        if runs.len() < 2 {
            return Self::NextHop(next_hop(0));
        }
        if let Some(cells) = Cells::new(range, runs) {
            let is_narrow = |cell: &Cell| cell.beyond.is_none() && u8::try_from(next_hop(cell.first)).is_ok();
            let kind = if cells.0.iter().all(is_narrow) { Kind::Narrow } else { Kind::Wide };
            if cells.0.len() <= BRANCH * kind.cells() {
                return Self::Lines(kind, cells);
            }
        }
        Self::Index(index_bits(range, runs))
    }
}

impl Cells {
    /// More do not fit under a branch.
    const MAX: usize = BRANCH * NARROW;

    /// `None` if there are too many.
    fn new<A: Address>(range: Range<A>, runs: &[Run<A>]) -> Option<Self> {
        if runs.len() > 2 * Self::MAX {
            return None;
        }
        let mut cells = Vec::with_capacity(runs.len().min(NARROW));
        cells.push(Cell { start: 0, first: 0, beyond: None });
        let end = range.length.saturating_add(32);
        let is_whole = |run: &Run<A>| end >= A::LENGTH || A::first(run.start, end) == run.start;
        let number = |run: &Run<A>| A::window(run.start, range.length);
        for (at, run) in runs.iter().enumerate().skip(1) {
            let start = number(run);
            if is_whole(run) {
                cells.push(Cell { start, first: at, beyond: None });
            } else {
                match cells.last_mut().filter(|last| last.start == start) {
                    Some(last) => last.beyond = Some(at + 1),
                    None => cells.push(Cell { start, first: at - 1, beyond: Some(at + 1) }),
                }
                // What comes behind this number begins with its last run, unless another starts exactly there.
                let next = runs.get(at + 1);
                if let Some(after) = start.checked_add(1)
                    && next.is_none_or(|next| number(next) > start)
                    && next.is_none_or(|next| number(next) != after || !is_whole(next))
                {
                    cells.push(Cell { start: after, first: at, beyond: None });
                }
            }
            if cells.len() > Self::MAX {
                return None;
            }
        }
        Some(Self(cells))
    }

    pub(super) fn as_slice(&self) -> &[Cell] {
        &self.0
    }
}

/// How many bits an index over the range takes: the fewest that leave three of four boundaries in slots without another index.
///
/// Under the root there are no more slots than boundaries, which are at least 64 where an index is needed.
fn index_bits<A: Address>(range: Range<A>, runs: &[Run<A>]) -> u8 {
    let boundaries = runs.len() - 1;
    let most = Entry::MAX_BITS.min(A::LENGTH - range.length);
    if range.length == 0 && boundaries > ROOT_FROM {
        return most;
    }
    let mut bits = Entry::MIN_BITS;
    while bits < most && 2 << bits <= boundaries && !is_fine(range, runs, bits) {
        bits += 1;
    }
    bits
}

/// Whether three of four boundaries are in slots of so few that they fit under a branch.
fn is_fine<A: Address>(range: Range<A>, runs: &[Run<A>], bits: u8) -> bool {
    let slot = |run: &Run<A>| A::window(run.start, range.length) >> (32 - u32::from(bits));
    let boundaries = runs.get(1..).unwrap_or_default();
    let fitting = boundaries.chunk_by(|one, other| slot(one) == slot(other));
    let fitting: usize = fitting.map(<[_]>::len).filter(|count| *count < Cells::MAX).sum();
    4 * fitting >= 3 * boundaries.len()
}

/// A tree with more boundaries has an index of sixteen bits at its root.
const ROOT_FROM: usize = 16_384;
