//! Building and changing the tree.

use super::{
    Keeper, Tree,
    entry::{Entry, Kind},
    line::{DEAD_END_LINES, Line, write_dead_end},
    plan::{Cell, Plan},
};
use crate::fib::{
    Address,
    atomic::{AtomicU32, Ordering},
    epoch::Epoch,
    memory::{Memory, Use},
    pool::{Full, LEAST, Pool, Room, with_room},
    store::{CAPACITY, Range, Run, Store, Sweep},
};
use std::marker::PhantomData;

/// Which slots, in units of the smallest index, and which lines are in use.
#[derive(Debug)]
pub(super) struct Pools {
    indexes: Pool,
    lines: Pool,
}

/// The units of an index.
const fn units(bits: u8) -> u32 {
    1 << (bits - Entry::MIN_BITS)
}

impl Pools {
    fn take_index(&mut self, bits: u8) -> Result<u32, Full> {
        self.indexes.take(units(bits)).map(|unit| unit << Entry::MIN_BITS)
    }

    fn retire_index(&mut self, base: u32, bits: u8) {
        self.indexes.retire(base >> Entry::MIN_BITS, units(bits));
    }

    #[expect(clippy::cast_possible_truncation, reason = "a branch has at most 16 lines")]
    fn take_lines(&mut self, count: usize) -> Result<u32, Full> {
        self.lines.take(count as u32)
    }

    #[expect(clippy::cast_possible_truncation, reason = "a branch has at most 16 lines")]
    fn retire_lines(&mut self, start: u32, count: usize) {
        self.lines.retire(start, count as u32);
    }

    /// How many slots and lines have been in use.
    pub(super) fn used(&self) -> (usize, usize) {
        (self.indexes.top() << Entry::MIN_BITS, self.lines.top())
    }

    pub(super) fn octets(&self) -> usize {
        self.indexes.octets() + self.lines.octets()
    }
}

/// Builds the tree for a store, with some room to grow.
pub(super) fn build<A: Address>(store: &Store<A>) -> (Tree<A>, Keeper<A>) {
    let mut sweep = Sweep::new();
    store.runs(Range::ALL, &mut sweep);
    let runs = sweep.runs();
    let first = [if runs.len() < INDEXED { 0 } else { LEAST + runs.len() / 8 }, LEAST + runs.len() / 2];
    with_room(first, [Entry::MAX_INDEXES, Entry::MAX_LINES], |room @ [indexes, lines]| {
        let mut tree = Tree::with_room(room);
        let mut pools = Pools { indexes: Pool::new(indexes), lines: Pool::behind(DEAD_END_LINES, lines) };
        let planted = tree.plant(&mut pools, Range::ALL, runs)?;
        tree.root = AtomicU32::new(planted);
        let used = [pools.indexes.top(), pools.lines.top()];
        Ok(((tree, Keeper { pools, sweep: Sweep::new(), built_for: store.len() }), used))
    })
}

/// With fewer runs there is no index.
const INDEXED: usize = 64;

// Every table fits into the most room. Each prefix begins and ends a run. Lines are at most four levels, 32 bits apart,
// and on each no more than such boundaries. Indexes are at most 30 levels, four bits apart, for the last of 128 bits are
// a line's; on each there are no more slots than boundaries, or than the root's index has.
const _: () = {
    let boundaries = 2 * CAPACITY;
    assert!(4 * boundaries < Entry::MAX_LINES);
    assert!(30 * boundaries + (1 << Entry::MAX_BITS) < Entry::MAX_INDEXES << Entry::MIN_BITS);
};

/// Brings the tree to what the store says of a prefix.
pub(super) fn update<A: Address>(
    tree: &Tree<A>,
    epoch: &Epoch,
    keeper: &mut Keeper<A>,
    store: &Store<A>,
    changed: Range<A>,
) -> Result<(), Full> {
    if store.len() > 2 * keeper.built_for + GROWTH || 4 * store.len() + GROWTH < keeper.built_for {
        return Err(Full);
    }
    let mut slot = &tree.root;
    let mut range = Range::ALL;
    while let Entry::Index { base, bits } = Entry::from_word(slot.load(Ordering::Relaxed))
        && changed.length > range.length
    {
        let length = range.length + bits;
        let first = base + (A::window(changed.start, range.length) >> (32 - u32::from(bits)));
        if changed.length < length {
            for number in 0..1_u32 << (length - changed.length) {
                let start = A::or(changed.start, A::place(number, length));
                tree.replace(tree.slot(first + number), epoch, keeper, store, Range { start, length })?;
            }
            return Ok(());
        }
        slot = tree.slot(first);
        range = Range { start: A::first(changed.start, length), length };
    }
    tree.replace(slot, epoch, keeper, store, range)
}

/// So many prefixes more or less do not make a tree too small or too large.
const GROWTH: usize = 64;

impl<A: Address> Tree<A> {
    fn with_room([indexes, lines]: Room) -> Self {
        let lines = Memory::zeroed(lines, Use::Growing);
        write_dead_end(&lines);
        Self {
            root: AtomicU32::new(0),
            slots: Memory::zeroed(indexes << Entry::MIN_BITS, Use::Growing),
            lines,
            family: PhantomData,
        }
    }

    /// A slot of an index that is in the tree.
    #[expect(clippy::indexing_slicing, reason = "the pool hands out what there is")]
    fn slot(&self, at: u32) -> &AtomicU32 {
        &self.slots[at as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "the pool hands out what there is")]
    fn line(&self, at: u32) -> &Line {
        &self.lines[at as usize]
    }

    /// Builds what hangs from a slot anew and puts it in place of what hung there.
    fn replace(
        &self,
        slot: &AtomicU32,
        epoch: &Epoch,
        keeper: &mut Keeper<A>,
        store: &Store<A>,
        range: Range<A>,
    ) -> Result<(), Full> {
        store.runs(range, &mut keeper.sweep);
        let planted = self.plant(&mut keeper.pools, range, keeper.sweep.runs())?;
        let old = slot.load(Ordering::Relaxed);
        slot.store(planted, Ordering::Release);
        self.retire(&mut keeper.pools, old);
        Pool::recycle_due([&mut keeper.pools.indexes, &mut keeper.pools.lines], epoch);
        Ok(())
    }

    /// Writes the runs of a range to memory that no reader reaches yet, and returns the slot's word.
    ///
    /// The first run may start before the range. No recursion is deeper than an address has bits.
    fn plant(&self, pools: &mut Pools, range: Range<A>, runs: &[Run<A>]) -> Result<u32, Full> {
        let entry = match Plan::new(range, runs) {
            Plan::NextHop(next_hop) => Entry::NextHop(next_hop),
            Plan::Lines(kind, cells) => self.plant_lines(pools, range, runs, kind, cells.as_slice())?,
            Plan::Index(bits) => self.plant_index(pools, range, runs, bits)?,
        };
        Ok(entry.to_word())
    }

    /// Writes a line, or a branch and its lines with about as many cells in each.
    fn plant_lines(
        &self,
        pools: &mut Pools,
        range: Range<A>,
        runs: &[Run<A>],
        kind: Kind,
        cells: &[Cell],
    ) -> Result<Entry, Full> {
        let count = cells.len().div_ceil(kind.cells());
        let base = pools.take_lines(count)?;
        let parts = cells.chunks(cells.len().div_ceil(count));
        for (line, part) in (base..).zip(parts.clone()) {
            match kind {
                Kind::Narrow => self.write_narrow(line, runs, part),
                Kind::Wide => self.write_wide(pools, line, range, runs, part)?,
            }
        }
        if count == 1 {
            return Ok(Entry::Line(kind, base));
        }
        let branch = pools.take_lines(1)?;
        let starts = parts.filter_map(|part| part.first()).map(|cell| cell.start);
        self.line(branch).write_branch(starts, base);
        Ok(Entry::Branch(kind, branch))
    }

    fn write_narrow(&self, line: u32, runs: &[Run<A>], cells: &[Cell]) {
        #[expect(clippy::cast_possible_truncation, reason = "the plan says that they are below 256")]
        let next_hop = |cell: &Cell| runs.get(cell.first).map_or(0, |run| run.next_hop as u8);
        self.line(line).write_narrow(cells.iter().map(|cell| (cell.start, next_hop(cell))));
    }

    fn write_wide(
        &self,
        pools: &mut Pools,
        line: u32,
        range: Range<A>,
        runs: &[Run<A>],
        cells: &[Cell],
    ) -> Result<(), Full> {
        let mut written = [(0, 0); Kind::Wide.cells()];
        for (written, cell) in written.iter_mut().zip(cells) {
            let slot = match cell.beyond {
                None => Entry::NextHop(runs.get(cell.first).map_or(0, |run| run.next_hop)).to_word(),
                Some(beyond) => {
                    let length = range.length + 32;
                    let start = A::or(range.start, A::place(cell.start, length));
                    let own = runs.get(cell.first..beyond).unwrap_or_default();
                    self.plant(pools, Range { start, length }, own)?
                }
            };
            *written = (cell.start, slot);
        }
        self.line(line).write_wide(written.into_iter().take(cells.len()));
        Ok(())
    }

    fn plant_index(
        &self,
        pools: &mut Pools,
        range: Range<A>,
        runs: &[Run<A>],
        bits: u8,
    ) -> Result<Entry, Full> {
        let base = pools.take_index(bits)?;
        let length = range.length + bits;
        let mut rest = runs;
        for number in 0..1 << bits {
            let part = Range { start: A::or(range.start, A::place(number, length)), length };
            let last = part.last();
            // The first run of a part is the one that its start is in.
            let skip = rest.iter().skip(1).take_while(|run| run.start <= part.start).count();
            rest = rest.get(skip..).unwrap_or_default();
            let own = rest.iter().skip(1).take_while(|run| run.start <= last).count();
            let planted = self.plant(pools, part, rest.get(..=own).unwrap_or_default())?;
            self.slot(base + number).store(planted, Ordering::Relaxed);
            rest = rest.get(own..).unwrap_or_default();
        }
        Ok(Entry::Index { base, bits })
    }

    /// Gives back all that hangs from a slot.
    fn retire(&self, pools: &mut Pools, word: u32) {
        match Entry::from_word(word) {
            Entry::NextHop(_) => {}
            Entry::Line(kind, line) => self.retire_lines(pools, kind, line, 1),
            Entry::Branch(kind, branch) => {
                let line = self.line(branch);
                self.retire_lines(pools, kind, line.base(), line.cells());
                pools.retire_lines(branch, 1);
            }
            Entry::Index { base, bits } => {
                for number in 0..1 << bits {
                    self.retire(pools, self.slot(base + number).load(Ordering::Relaxed));
                }
                pools.retire_index(base, bits);
            }
        }
    }

    fn retire_lines(&self, pools: &mut Pools, kind: Kind, base: u32, count: usize) {
        if kind == Kind::Wide {
            for line in (base..).take(count) {
                for slot in self.line(line).slots() {
                    self.retire(pools, slot);
                }
            }
        }
        pools.retire_lines(base, count);
    }
}
