//! The direct-indexed table by itself, with as few prefixes as Miri finishes.

use super::*;
use crate::fib::{cpu, epoch::Epoch, pool::Full, store::Store, tests::hop};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A store and the table that follows it.
struct Both {
    store: Store<Ipv4Addr>,
    direct: Direct,
    keeper: Keeper,
}

impl Both {
    fn new() -> Self {
        let store = Store::new();
        let (direct, keeper) = build::build(&store);
        Self { store, direct, keeper }
    }

    fn set(&mut self, start: u32, length: u8, next_hop: u32) {
        let prefix =
            Range { start: start & u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0), length };
        self.store.set(prefix, next_hop);
        if build::update(&self.direct, &Epoch::new(), &mut self.keeper, &self.store, prefix) == Err(Full) {
            (self.direct, self.keeper) = build::build(&self.store);
        }
    }

    fn compare(&self, addresses: &[Ipv4Addr]) {
        let mut next_hops = vec![None; addresses.len()];
        cpu::run(Batch { direct: &self.direct, addresses, next_hops: &mut next_hops });
        for (address, next_hop) in addresses.iter().zip(next_hops) {
            let expected = self.store.longest_match(address.to_bits()).map_or(0, |(_, _, next_hop)| next_hop);
            assert_eq!(self.direct.resolve(address.to_bits()), expected, "{address}");
            assert_eq!(next_hop, NextHopId::from_table(expected), "{address} in a batch");
        }
    }
}

/// Prefixes of every kind in few nodes: answers in the word, beside it, wide ones and blocks, and back again.
#[test]
fn answers_are_those_of_the_store() {
    const CHANGES: usize = if cfg!(miri) { 120 } else { 5_000 };
    let mut random = SmallRng::seed_from_u64(19);
    let mut both = Both::new();
    let mut edges = Vec::new();
    for _ in 0..CHANGES {
        let start = random.random_range(0..3_u32) << 13
            | random.random_range(0..4_u32) << 10
            | random.random::<u32>() & 0x3FF;
        let length = [17, 19, 20, 22, 23, 24, 24, 24, 26, 30, 32][random.random_range(0..11)];
        let next_hop = [0, 0, 1, 2, 3, 4, 255, 256, 70_000][random.random_range(0..9)];
        both.set(start, length, next_hop);
        let last = start | u32::MAX.checked_shr(length.into()).unwrap_or(0);
        edges.extend([start, start.wrapping_sub(1), last, last.wrapping_add(1)].map(Ipv4Addr::from));
    }
    let edges = if cfg!(miri) { edges.split_off(edges.len() - GROUP - 10) } else { edges };
    both.compare(&edges);
}

#[test]
fn a_short_prefix_reaches_all_that_it_covers() {
    let mut both = Both::new();
    both.set(0x0A01_0200, 24, 7);
    both.set(0x0A01_0301, 32, 8);
    let around: Vec<_> =
        [0x0A00_0000, 0x0A01_0200, 0x0A01_0300, 0x0A01_0301, 0x0A01_0302, 0x0A3F_FFFF, 0x0A40_0000]
            .map(Ipv4Addr::from)
            .into();
    for next_hop in [1, 300, 0] {
        both.set(0x0A00_0000, 10, next_hop);
        both.compare(&around);
    }
}

/// A group of addresses in one node whose answers change in every way while it is looked up.
#[test]
fn readers_of_a_node_see_the_old_or_the_new_answer() {
    const ROUNDS: u32 = if cfg!(miri) { 30 } else { 5_000 };
    let mut both = Both::new();
    both.set(0x0A00_0000, 19, 1);
    both.set(0x0A00_0400, 22, 2);
    let Both { store, direct, keeper } = &mut both;
    let (direct, epoch) = (&*direct, Epoch::new());
    let (stop, start) = (AtomicBool::new(false), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            let flapping = Ipv4Addr::from(0x0A00_0507);
            let addresses: [Ipv4Addr; GROUP] =
                std::array::from_fn(|at| if at % 2 == 0 { flapping } else { Ipv4Addr::from(0x0A00_1000) });
            let mut next_hops = [None; GROUP];
            start.wait();
            while !stop.load(Ordering::Relaxed) {
                let begun = epoch.begin().unwrap();
                direct.resolve_group(&addresses, &mut next_hops);
                let single = direct.resolve(flapping.to_bits());
                if epoch.stands(begun) {
                    for [flapping, steady] in next_hops.as_chunks().0 {
                        assert!(
                            [2, 3, 400].map(|number| Some(hop(number))).contains(flapping),
                            "{flapping:?}"
                        );
                        assert_eq!(*steady, Some(hop(1)));
                    }
                    assert!([2, 3, 400].contains(&single), "{single}");
                }
            }
        });
        start.wait();
        let mut set = |start: u32, length: u8, next_hop: u32| {
            store.set(Range { start, length }, next_hop);
            build::update(direct, &epoch, keeper, store, Range { start, length }).unwrap();
        };
        for round in 0..ROUNDS {
            set(0x0A00_0500, 24, 3);
            set(0x0A00_0507, 32, 400);
            set(0x0A00_0600, 24, round % 5 + 1);
            set(0x0A00_0500, 24, 0);
            set(0x0A00_0507, 32, 0);
        }
        stop.store(true, Ordering::Relaxed);
    });
}
