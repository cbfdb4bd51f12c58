//! The table of many IPv4 prefixes: two loads for an address, one for most.
//!
//! 2^19 nodes are indexed by the upper 19 bits of the address. A node is one word (`word.rs`) for 32 /24s; their
//! answers are in the word, or side by side in `next_hops`. Where prefixes are longer than /24, or next hops above
//! 255, the answers are entries of 32 bits in `entries`, which may lead to a block: a bitmap of the 256 addresses of a
//! /24, and the next hops of its runs.
//!
//! A change writes the new answers of a node to free memory and replaces the node's word in one store.

#![allow(
    clippy::indexing_slicing,
    reason = "indices are below the lengths that they were made for; fuzzed against a scan"
)]

mod adaptive;
mod build;
mod word;

#[cfg(test)]
mod tests;

pub(super) use adaptive::Adaptive;

use super::{
    NextHopId,
    atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering},
    cpu::{Counter, Processor, Work},
    memory::Memory,
    store::{Range, Sweep},
};
use build::Pools;
use std::net::Ipv4Addr;
use word::{Entry, UNIT, Word};

/// Addresses are indexed by that many bits.
const INDEX_BITS: u8 = 19;
const NODES: usize = 1 << INDEX_BITS;
const GROUP: usize = 128;
const LANES: usize = 16;
/// A block begins with a bitmap of as many words.
const BITMAP: u32 = 8;

/// The direct-indexed table.
#[derive(Debug)]
pub struct Direct {
    counter: Counter,
    nodes: Memory<AtomicU64>,
    next_hops: Memory<AtomicU8>,
    entries: Memory<AtomicU32>,
}

/// What the writer knows of it.
#[derive(Debug)]
pub struct Keeper {
    pools: Pools,
    sweep: Sweep<Ipv4Addr>,
}

type Net = Range<Ipv4Addr>;

/// The look-up of a batch.
pub(super) struct Batch<'a> {
    pub(super) direct: &'a Direct,
    pub(super) addresses: &'a [Ipv4Addr],
    pub(super) next_hops: &'a mut [Option<NextHopId>],
}

impl Work for Batch<'_> {
    #[inline(always)]
    fn run<P: Processor>(self) {
        let (groups, rest) = self.addresses.as_chunks();
        let (group_hops, rest_hops) = self.next_hops.as_chunks_mut();
        for (group, next_hops) in groups.iter().zip(group_hops) {
            self.direct.resolve_group(group, next_hops);
        }
        for (address, next_hop) in rest.iter().zip(rest_hops) {
            *next_hop = NextHopId::from_table(self.direct.resolve(address.to_bits()));
        }
    }
}

impl Direct {
    #[inline(always)]
    fn resolve(&self, address: u32) -> u32 {
        let Some(node) = self.nodes.get((address >> (32 - INDEX_BITS)) as usize) else { return 0 };
        let word = Word(node.load(Ordering::Acquire));
        let rank = self.counter.count_ones(word.before(address >> 8 & 31));
        if word.is_wide() {
            return self.resolve_wide(word.outside(rank), address);
        }
        // Both ways are taken, as nobody can foresee which is right; the other one finds zero.
        let (inside, at) = word.either(rank);
        let outside = self.next_hops.get(at as usize).map_or(0, |next_hop| next_hop.load(Ordering::Relaxed));
        inside | u32::from(outside)
    }

    #[cold]
    fn resolve_wide(&self, at: u32, address: u32) -> u32 {
        let load = |at: usize| self.entries.get(at).map_or(0, |entry| entry.load(Ordering::Relaxed));
        match Entry::from_word(load(at as usize)) {
            Entry::NextHop(next_hop) => next_hop,
            Entry::Block(start) => {
                let (start, slot) = ((start * UNIT) as usize, address as usize & 255);
                let whole: u32 = (0..slot / 32).map(|at| load(start + at).count_ones()).sum();
                let part = (load(start + slot / 32) << (31 - slot % 32)).count_ones();
                // The first address always starts a run.
                load(start + (BITMAP + whole + part) as usize - 1)
            }
        }
    }

    #[inline(always)]
    fn resolve_group(&self, addresses: &[Ipv4Addr; GROUP], next_hops: &mut [Option<NextHopId>; GROUP]) {
        let Some((nodes, _)) = self.nodes.split_first_chunk::<NODES>() else { return };
        let outside = &*self.next_hops;
        // Loops that load take turns with loops over plain numbers, which become vectors.
        let mut at = [0; GROUP];
        for i in 0..GROUP {
            at[i] = addresses[i].to_bits() >> (32 - INDEX_BITS);
        }
        let mut words = [0; GROUP];
        for i in 0..GROUP {
            words[i] = nodes[at[i] as usize % NODES].load(Ordering::Acquire);
        }
        let mut inside = [0; GROUP];
        for i in 0..GROUP {
            let word = Word(words[i]);
            let rank = word.before(addresses[i].to_bits() >> 8 & 31).count_ones();
            (inside[i], at[i]) = word.either(rank);
        }
        for i in 0..GROUP {
            let outside = outside.get(at[i] as usize).map_or(0, |next_hop| next_hop.load(Ordering::Relaxed));
            next_hops[i] = NextHopId::from_table(inside[i] | u32::from(outside));
        }
        for (lanes, words) in words.as_chunks::<LANES>().0.iter().enumerate() {
            if Word(words.iter().fold(0, |all, word| all | word)).is_wide() {
                for i in lanes * LANES..(lanes + 1) * LANES {
                    if Word(words[i % LANES]).is_wide() {
                        next_hops[i] = NextHopId::from_table(self.resolve(addresses[i].to_bits()));
                    }
                }
            }
        }
    }

    fn octets(&self, keeper: &Keeper) -> usize {
        let (next_hops, entries) = keeper.pools.used();
        size_of::<Self>()
            + self.nodes.octets(NODES)
            + self.next_hops.octets(next_hops)
            + self.entries.octets(entries)
    }
}
