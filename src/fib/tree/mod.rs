//! The table that is as large as its content: for IPv6 of any size, and for IPv4 of few prefixes.
//!
//! An address starts at one slot. A slot says the next hop, or leads to the slots of an *index*, one of which the next
//! bits of the address choose, or to a *line*: a cache line with sorted 32-bit keys, between which the answer is found
//! at once. Bits beyond these 32 lead on to another slot. Where an index is, and how many bits it takes, follows from
//! where the prefixes are: a table of ten is one line, a full one has an index of sixteen bits at its root and more
//! below, so that few look-ups take more than three steps and a line.
//!
//! A change builds all that hangs from the slots which the prefix covers, or from the one that contains it, and then
//! replaces the slot in one store: no address passes through two slots that change.

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod avx512;
mod batch;
mod build;
mod entry;
mod line;
mod plan;

use super::{
    Address, NextHopId,
    atomic::{AtomicU32, Ordering},
    cpu::{self, Any, Processor},
    epoch::Epoch,
    memory::Memory,
    pool::Full,
    store::{Range, Store},
    table::Table,
};
use batch::Batch;
use build::Pools;
use entry::{Entry, Kind};
use line::Line;
use std::{fmt::Debug, marker::PhantomData};

/// A tree of indexes and lines.
#[derive(Debug)]
pub struct Tree<A> {
    root: AtomicU32,
    slots: Memory<AtomicU32>,
    lines: Memory<Line>,
    family: PhantomData<A>,
}

/// What the writer knows of its tree.
#[derive(Debug)]
pub struct Keeper<A: Address> {
    pools: Pools,
    sweep: super::store::Sweep<A>,
    /// How many prefixes there were when the tree was built.
    built_for: usize,
}

impl<A: Address> Tree<A> {
    #[inline(always)]
    fn resolve<P: Processor>(&self, address: A::Bits) -> u32 {
        let mut word = self.root.load(Ordering::Acquire);
        let mut offset = 0;
        // What a reader finds while its memory is written again must not lead it in circles.
        while offset < A::LENGTH {
            match Entry::from_word(word) {
                Entry::NextHop(next_hop) => return next_hop,
                Entry::Index { base, bits } => {
                    let at = base + (A::window(address, offset) >> (32 - u32::from(bits)));
                    let Some(slot) = self.slots.get(at as usize) else { return 0 };
                    word = slot.load(Ordering::Acquire);
                    offset += bits;
                }
                Entry::Line(kind, line) => {
                    (word, offset) = self.resolve_line::<P>(kind, line, address, offset);
                }
                Entry::Branch(kind, branch) => {
                    let Some(branch) = self.lines.get(branch as usize) else { return 0 };
                    let line = branch.branch::<P>(A::window(address, offset));
                    (word, offset) = self.resolve_line::<P>(kind, line, address, offset);
                }
            }
        }
        match Entry::from_word(word) {
            Entry::NextHop(next_hop) => next_hop,
            _ => 0,
        }
    }
}

impl<A: Address> Tree<A> {
    /// The word that a line says, and how many bits of the address have led to it.
    #[inline(always)]
    fn resolve_line<P: Processor>(&self, kind: Kind, line: u32, address: A::Bits, offset: u8) -> (u32, u8) {
        let Some(line) = self.lines.get(line as usize) else { return (0, A::LENGTH) };
        let number = A::window(address, offset);
        match kind {
            Kind::Narrow => (line.narrow::<P>(number), A::LENGTH),
            Kind::Wide => (line.wide::<P>(number), offset + 32),
        }
    }
}

impl<A: Address> Table<A> for Tree<A> {
    type Keeper = Keeper<A>;

    fn build(store: &Store<A>) -> (Self, Keeper<A>) {
        build::build(store)
    }

    fn update(
        &self,
        epoch: &Epoch,
        keeper: &mut Keeper<A>,
        store: &Store<A>,
        changed: Range<A>,
    ) -> Result<(), Full> {
        build::update(self, epoch, keeper, store, changed)
    }

    #[inline]
    fn lookup(&self, address: A) -> u32 {
        self.resolve::<Any>(address.bits())
    }

    fn lookup_batch(&self, addresses: &[A], next_hops: &mut [Option<NextHopId>]) {
        cpu::run(Batch { tree: self, addresses, next_hops });
    }

    fn octets(&self, keeper: &Keeper<A>) -> usize {
        let (slots, lines) = keeper.pools.used();
        size_of::<Self>() + self.slots.octets(slots) + self.lines.octets(lines)
    }

    fn keeper_octets(keeper: &Keeper<A>) -> usize {
        size_of::<Keeper<A>>() + keeper.pools.octets() + keeper.sweep.octets()
    }
}
