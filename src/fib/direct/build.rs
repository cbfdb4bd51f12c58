//! Building and changing the direct-indexed table.

use super::{
    BITMAP, Direct, INDEX_BITS, Keeper, NODES, Net,
    word::{Entry, Place, UNIT, Word},
};
use crate::fib::{
    atomic::Ordering,
    epoch::Epoch,
    memory::{Memory, Use},
    pool::{Full, Pool, Room, with_room},
    store::{CAPACITY, Range, Run, Store, Sweep},
};
use std::net::Ipv4Addr;

/// Which next hops and entries are in use, both in units of four.
#[derive(Debug)]
pub(super) struct Pools {
    next_hops: Pool,
    entries: Pool,
}

/// The units of so many answers.
const fn units(answers: u32) -> u32 {
    answers.div_ceil(UNIT)
}

/// The units of a block with so many runs.
const fn block_units(runs: u32) -> u32 {
    units(BITMAP + runs)
}

/// Builds the table for a store, with some room to grow.
pub(super) fn build(store: &Store<Ipv4Addr>) -> (Direct, Keeper) {
    with_room([store.len(), store.len() / 8], [Word::UNITS; 2], |room @ [next_hops, entries]| {
        let direct = Direct::with_room(room);
        let pools = Pools { next_hops: Pool::with_zeros(next_hops), entries: Pool::new(entries) };
        let mut keeper = Keeper { pools, sweep: Sweep::new() };
        direct.refresh_all(&mut keeper, store, Range::ALL)?;
        let used = [keeper.pools.next_hops.top(), keeper.pools.entries.top()];
        Ok(((direct, keeper), used))
    })
}

// Every table fits into the most room. Each prefix begins and ends a run; where that is inside a /24, three units for each
// are enough for the /24's block, and eight units hold the answers of all the 32 /24s of a node.
const _: () = assert!(3 * 2 * CAPACITY + 8 * NODES < Word::UNITS);

/// Brings the table to what the store says of a prefix.
pub(super) fn update(
    direct: &Direct,
    keeper: &mut Keeper,
    store: &Store<Ipv4Addr>,
    changed: Net,
) -> Result<(), Full> {
    direct.refresh_all(keeper, store, changed)?;
    if keeper.pools.next_hops.is_due() || keeper.pools.entries.is_due() {
        direct.epoch.advance();
        keeper.pools.next_hops.recycle();
        keeper.pools.entries.recycle();
    }
    Ok(())
}

impl Pools {
    /// How many next hops and entries have been in use.
    pub(super) fn used(&self) -> (usize, usize) {
        (self.next_hops.top() * UNIT as usize, self.entries.top() * UNIT as usize)
    }

    pub(super) fn octets(&self) -> usize {
        self.next_hops.octets() + self.entries.octets()
    }
}

impl Direct {
    fn with_room([next_hops, entries]: Room) -> Self {
        let direct = Self {
            epoch: Epoch::new(),
            nodes: Memory::zeroed(NODES, Use::Whole),
            next_hops: Memory::zeroed(next_hops * UNIT as usize, Use::Growing),
            entries: Memory::zeroed(entries * UNIT as usize, Use::Growing),
        };
        for node in &*direct.nodes {
            node.store(Word::new(0, Place::Inside(0)).0, Ordering::Relaxed);
        }
        direct
    }

    /// Brings all nodes to the store that a prefix touches.
    fn refresh_all(&self, keeper: &mut Keeper, store: &Store<Ipv4Addr>, changed: Net) -> Result<(), Full> {
        let length = changed.length.max(INDEX_BITS);
        let first = changed.start >> (32 - INDEX_BITS);
        let Keeper { pools, sweep } = keeper;
        for node in first..=changed.last() >> (32 - INDEX_BITS) {
            let range = Range { start: node << (32 - INDEX_BITS), length: INDEX_BITS };
            debug_assert!(length >= INDEX_BITS);
            store.runs(range, sweep);
            self.refresh(pools, node, sweep.runs())?;
        }
        Ok(())
    }

    #[expect(clippy::indexing_slicing, reason = "nodes are numbered below NODES")]
    fn refresh(&self, pools: &mut Pools, node: u32, runs: &[Run<Ipv4Addr>]) -> Result<(), Full> {
        let word = self.write(pools, runs)?;
        let old = Word(self.nodes[node as usize].swap(word.0, Ordering::AcqRel));
        match old.place() {
            Place::Inside(_) => {}
            Place::Narrow(start) => pools.next_hops.retire(start, units(old.count())),
            Place::Wide(start) => self.retire_wide(pools, start, old.count()),
        }
        Ok(())
    }

    /// Writes the answers of a node where no reader looks yet.
    #[expect(clippy::cast_possible_truncation, reason = "next hops are below 256 where that is checked")]
    fn write(&self, pools: &mut Pools, runs: &[Run<Ipv4Addr>]) -> Result<Word, Full> {
        let is_narrow =
            |run: &Run<Ipv4Addr>| run.start.trailing_zeros() >= 8 && u8::try_from(run.next_hop).is_ok();
        if !runs.iter().all(is_narrow) {
            return self.write_wide(pools, runs);
        }
        let map = runs.iter().fold(0, |map, run| map | 1 << (run.start >> 8 & 31));
        if runs.len() <= Word::INSIDE {
            let inside = runs.iter().rev().fold(0, |inside, run| inside << 8 | run.next_hop);
            return Ok(Word::new(map, Place::Inside(inside)));
        }
        let start = pools.next_hops.take(units(runs.len() as u32))?;
        for (next_hop, run) in room(&self.next_hops, start).iter().zip(runs) {
            next_hop.store(run.next_hop as u8, Ordering::Relaxed);
        }
        Ok(Word::new(map, Place::Narrow(start)))
    }

    #[cold]
    fn write_wide(&self, pools: &mut Pools, runs: &[Run<Ipv4Addr>]) -> Result<Word, Full> {
        let mut entries = [0; 32];
        let mut slots = entries.iter_mut();
        let mut map = 0_u32;
        let mut rest = runs;
        let mut next = runs.first().map_or(0, |run| run.start);
        while let [run, ..] = rest {
            // `next` is the /24 to describe; `run` covers its first address.
            let last = next | 255;
            let own = rest.iter().skip(1).take_while(|run| run.start <= last).count();
            let entry = match own {
                0 => Entry::NextHop(run.next_hop),
                _ => self.write_block(pools, rest.get(..=own).unwrap_or_default())?,
            };
            if let Some(slot) = slots.next() {
                *slot = entry.to_word();
                map |= 1 << (next >> 8 & 31);
            }
            rest = rest.get(own..).unwrap_or_default();
            match rest {
                // The run goes on for some /24s.
                [_, following, ..] if own == 0 => {
                    next = following.start & !255;
                    if following.start == next {
                        rest = rest.get(1..).unwrap_or_default();
                    }
                }
                [] | [_] if own == 0 => break,
                // Behind a block comes its last run, unless another starts right there or that was the node's end.
                _ if last >> 8 & 31 == 31 => break,
                [_, following, ..] if following.start == last + 1 => {
                    next = last + 1;
                    rest = rest.get(1..).unwrap_or_default();
                }
                _ => next = last + 1,
            }
        }
        let count = map.count_ones();
        let start = pools.entries.take(units(count))?;
        for (entry, value) in room(&self.entries, start).iter().zip(entries).take(count as usize) {
            entry.store(value, Ordering::Relaxed);
        }
        Ok(Word::new(map, Place::Wide(start)))
    }

    /// Writes the block of a /24; the first run may start before it.
    #[expect(clippy::cast_possible_truncation, reason = "a /24 has at most 256 runs")]
    fn write_block(&self, pools: &mut Pools, runs: &[Run<Ipv4Addr>]) -> Result<Entry, Full> {
        let mut bitmap = [1, 0, 0, 0, 0, 0, 0, 0];
        for run in runs.iter().skip(1) {
            if let Some(word) = bitmap.get_mut((run.start >> 5 & 7) as usize) {
                *word |= 1_u32 << (run.start & 31);
            }
        }
        let start = pools.entries.take(block_units(runs.len() as u32))?;
        for (entry, value) in room(&self.entries, start)
            .iter()
            .zip(bitmap.into_iter().chain(runs.iter().map(|run| run.next_hop)))
        {
            entry.store(value, Ordering::Relaxed);
        }
        Ok(Entry::Block(start))
    }

    fn retire_wide(&self, pools: &mut Pools, start: u32, count: u32) {
        for entry in room(&self.entries, start).iter().take(count as usize) {
            if let Entry::Block(block) = Entry::from_word(entry.load(Ordering::Relaxed)) {
                let bitmap = room(&self.entries, block).iter().take(BITMAP as usize);
                let runs = bitmap.map(|word| word.load(Ordering::Relaxed).count_ones()).sum();
                pools.entries.retire(block, block_units(runs));
            }
        }
        pools.entries.retire(start, units(count));
    }
}

/// What begins at a unit.
fn room<T>(memory: &[T], unit: u32) -> &[T] {
    memory.get((unit * UNIT) as usize..).unwrap_or_default()
}
