//! Building and changing the direct-indexed table.

use super::{
    BITMAP, Direct, INDEX_BITS, Keeper, NODES, Net,
    word::{Entry, Place, UNIT, Word},
};
use crate::fib::{
    address::sealed::Radix,
    atomic::{AtomicU64, Ordering},
    cpu::Counter,
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
    let first = [ROOM + store.len(), ROOM + store.len() / 8];
    with_room(first, [Word::UNITS; 2], |room @ [next_hops, entries]| {
        let direct = Direct::with_room(room);
        let pools = Pools { next_hops: Pool::behind(ZEROS, next_hops), entries: Pool::new(entries) };
        let mut keeper = Keeper { pools, sweep: Sweep::new() };
        let Keeper { pools, sweep } = &mut keeper;
        for part in parts(Range::ALL) {
            store.runs(part, sweep);
            // A new table has no routes.
            if !matches!(sweep.runs(), [Run { next_hop: 0, .. }]) {
                direct.refresh_part(pools, part, sweep.runs())?;
            }
        }
        let used = [keeper.pools.next_hops.top(), keeper.pools.entries.top()];
        Ok(((direct, keeper), used))
    })
}

/// The first unit of next hops stays zero, for those whose answer is in the word.
const ZEROS: u32 = 1;

/// Units besides those that the number of prefixes lets expect.
const ROOM: usize = 1 << 10;

// Every table fits into the most room. Each prefix begins and ends a run; where that is inside a /24, three units for each
// are enough for the /24's block, and eight units hold the answers of all the 32 /24s of a node.
const _: () = assert!(3 * 2 * CAPACITY + 8 * NODES < Word::UNITS);

/// Brings the table to what the store says of a prefix.
pub(super) fn update(
    direct: &Direct,
    epoch: &Epoch,
    keeper: &mut Keeper,
    store: &Store<Ipv4Addr>,
    changed: Net,
) -> Result<(), Full> {
    direct.refresh_all(keeper, store, changed)?;
    Pool::recycle_due([&mut keeper.pools.next_hops, &mut keeper.pools.entries], epoch);
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
            counter: Counter::of_this_processor(),
            nodes: Memory::zeroed(NODES, Use::Whole),
            next_hops: Memory::zeroed(next_hops * UNIT as usize, Use::Growing),
            entries: Memory::zeroed(entries * UNIT as usize, Use::Growing),
        };
        // Where a page is read before it is written, the kernel would give it small pages later.
        for node in direct.nodes.iter().step_by(SMALL_PAGE / size_of::<AtomicU64>()) {
            node.store(0, Ordering::Relaxed);
        }
        direct
    }

    /// Brings all /24s to the store that a prefix touches.
    fn refresh_all(&self, keeper: &mut Keeper, store: &Store<Ipv4Addr>, changed: Net) -> Result<(), Full> {
        let Keeper { pools, sweep } = keeper;
        for part in parts(changed) {
            store.runs(part, sweep);
            self.refresh_part(pools, part, sweep.runs())?;
        }
        Ok(())
    }

    /// Gives neighbouring /24s, of one node or of many, these answers.
    fn refresh_part(&self, pools: &mut Pools, part: Net, runs: &[Run<Ipv4Addr>]) -> Result<(), Full> {
        let length = part.length.max(INDEX_BITS);
        let nodes = self.nodes.iter().skip((part.start >> (32 - INDEX_BITS)) as usize);
        let mut rest = runs;
        for (number, node) in (0..1 << (length - part.length)).zip(nodes) {
            let part = Range { start: part.start | number << (32 - INDEX_BITS), length };
            let last = part.last();
            // The first run of a node is the one that its start is in.
            let skip = rest.iter().skip(1).take_while(|run| run.start <= part.start).count();
            rest = rest.get(skip..).unwrap_or_default();
            let own = rest.iter().skip(1).take_while(|run| run.start <= last).count();
            self.refresh(pools, node, part, rest.get(..=own).unwrap_or_default())?;
            rest = rest.get(own..).unwrap_or_default();
        }
        Ok(())
    }

    /// Gives some /24s of one node these answers; the first run may start before them.
    fn refresh(
        &self,
        pools: &mut Pools,
        node: &AtomicU64,
        part: Net,
        runs: &[Run<Ipv4Addr>],
    ) -> Result<(), Full> {
        let old = Word(node.load(Ordering::Relaxed));
        if let ([run], INDEX_BITS) = (runs, part.length)
            && old == Word::new(0, Place::Inside(run.next_hop))
        {
            return Ok(());
        }
        let before = self.slots(old);
        let mut slots = before;
        let first = (part.start >> 8 & 31) as usize;
        let changed = first..first + (1 << (24 - part.length));
        if let Some(slots) = slots.get_mut(changed.clone()) {
            self.fill(pools, slots, part.start, runs)?;
        }
        if slots == before {
            return Ok(());
        }
        let new = self.write(pools, &slots)?;
        node.store(new.0, Ordering::Release);
        for slot in before.get(changed).unwrap_or_default() {
            if let Entry::Block(start) = Entry::from_word(*slot) {
                self.retire_block(pools, start);
            }
        }
        match old.place() {
            Place::Inside(_) => {}
            Place::Narrow(start) => pools.next_hops.retire(start, units(old.count())),
            Place::Wide(start) => pools.entries.retire(start, units(old.count())),
        }
        Ok(())
    }

    /// The answers of a node, an entry for each /24.
    fn slots(&self, word: Word) -> Slots {
        let mut answers = [0; SLOTS];
        match word.place() {
            Place::Inside(next_hops) => {
                for (answer, next_hop) in answers.iter_mut().zip(next_hops.to_le_bytes()) {
                    *answer = next_hop.into();
                }
            }
            Place::Narrow(start) => {
                let next_hops = room(&self.next_hops, start).iter().take(word.count() as usize);
                for (answer, next_hop) in answers.iter_mut().zip(next_hops) {
                    *answer = next_hop.load(Ordering::Relaxed).into();
                }
            }
            Place::Wide(start) => {
                let entries = room(&self.entries, start).iter().take(word.count() as usize);
                for (answer, entry) in answers.iter_mut().zip(entries) {
                    *answer = entry.load(Ordering::Relaxed);
                }
            }
        }
        let mut rank = 0;
        std::array::from_fn(|slot| {
            rank += usize::from(word.begins(slot));
            answers[rank % SLOTS]
        })
    }

    /// Answers the /24s from an address on by runs, the first of which covers it.
    fn fill(
        &self,
        pools: &mut Pools,
        slots: &mut [u32],
        start: u32,
        runs: &[Run<Ipv4Addr>],
    ) -> Result<(), Full> {
        let (mut slots, mut start, mut rest) = (slots, start, runs);
        while let [run, following @ ..] = rest
            && !slots.is_empty()
        {
            let next = following.first().map(|run| run.start);
            if next == Some(start) {
                rest = following;
                continue;
            }
            let (mut count, mut entry) = (slots.len(), Entry::NextHop(run.next_hop));
            if let Some(next) = next {
                count = count.min(((next - start) >> 8) as usize);
            }
            if count == 0 {
                let own = following.iter().take_while(|run| run.start <= start | 255).count();
                entry = self.write_block(pools, rest.get(..=own).unwrap_or_default())?;
                rest = rest.get(own..).unwrap_or_default();
                count = 1;
            }
            let (filled, others) = slots.split_at_mut(count);
            filled.fill(entry.to_word());
            slots = others;
            #[expect(clippy::cast_possible_truncation, reason = "a node has 32 /24s")]
            let octets = (count as u32) << 8;
            start = start.wrapping_add(octets);
        }
        Ok(())
    }

    /// Writes the answers of a node where no reader looks yet.
    #[expect(clippy::cast_possible_truncation, reason = "next hops are below 256 where that is checked")]
    fn write(&self, pools: &mut Pools, slots: &Slots) -> Result<Word, Full> {
        let mut answers = [0; SLOTS];
        let (mut map, mut last) = (0_u32, 0);
        answers[0] = slots[0];
        for (slot, [one, other]) in slots.array_windows().enumerate() {
            let begins = one != other;
            map |= u32::from(begins) << (slot + 1);
            last += usize::from(begins);
            answers[last % SLOTS] = *other;
        }
        let answers = answers.get(..=last).unwrap_or_default();
        let count = answers.len() as u32;
        if answers.iter().any(|answer| u8::try_from(*answer).is_err()) {
            let start = pools.entries.take(units(count))?;
            for (entry, answer) in room(&self.entries, start).iter().zip(answers) {
                entry.store(*answer, Ordering::Relaxed);
            }
            return Ok(Word::new(map, Place::Wide(start)));
        }
        if answers.len() <= Word::INSIDE {
            let inside = answers.iter().rev().fold(0, |inside, answer| inside << 8 | answer);
            return Ok(Word::new(map, Place::Inside(inside)));
        }
        let start = pools.next_hops.take(units(count))?;
        for (next_hop, answer) in room(&self.next_hops, start).iter().zip(answers) {
            next_hop.store(*answer as u8, Ordering::Relaxed);
        }
        Ok(Word::new(map, Place::Narrow(start)))
    }

    /// Writes the block of a /24; the first run may start before it.
    #[expect(clippy::cast_possible_truncation, reason = "a /24 has at most 256 runs")]
    #[cold]
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

    #[cold]
    fn retire_block(&self, pools: &mut Pools, start: u32) {
        let bitmap = room(&self.entries, start).iter().take(BITMAP as usize);
        let runs = bitmap.map(|word| word.load(Ordering::Relaxed).count_ones()).sum();
        pools.entries.retire(start, block_units(runs));
    }
}

/// A change of a shorter prefix is made in parts of this length, so that not all runs of a table are in memory at once.
const CHUNK: u8 = 10;

const SMALL_PAGE: usize = 4 << 10;

/// The /24s of a node.
const SLOTS: usize = 32;

/// What is known of each /24 of a node, as the words of entries.
type Slots = [u32; SLOTS];

/// The parts of a prefix that are changed one after the other: whole /24s.
fn parts(changed: Net) -> impl Iterator<Item = Net> {
    let length = changed.length.clamp(CHUNK, 24);
    let first = Ipv4Addr::first(changed.start, length);
    let parts = 0..1 << length.saturating_sub(changed.length);
    parts.map(move |number| Range { start: first | number << (32 - CHUNK), length })
}

/// What begins at a unit.
fn room<T>(memory: &[T], unit: u32) -> &[T] {
    memory.get((unit * UNIT) as usize..).unwrap_or_default()
}
