//! The IPv4 table: as large as its content while the prefixes are few, direct-indexed when they are many.

use super::{Batch, Direct, Keeper, build};
use crate::fib::{
    NextHopId, cpu,
    epoch::Epoch,
    pool::Full,
    store::{Range, Store},
    table::Table,
    tree::{self, Tree},
};
use std::net::Ipv4Addr;

/// One of two shapes; the other one takes over by a publication like any other.
#[derive(Debug)]
pub enum Adaptive {
    /// Some octets per prefix.
    Tree(Tree<Ipv4Addr>),
    /// Four mebibytes, and then a few octets per prefix.
    Direct(Direct),
}

/// What the writer knows of the table.
#[derive(Debug)]
pub enum AdaptiveKeeper {
    /// Of a tree.
    Tree(tree::Keeper<Ipv4Addr>),
    /// Of the direct-indexed one.
    Direct(Keeper),
}

/// With as many prefixes, the nodes of the direct-indexed table cost 128 octets for each.
const DIRECT_FROM: usize = 32_768;
/// With fewer, a tree comes back.
const DIRECT_UNTIL: usize = DIRECT_FROM / 2;

impl Table<Ipv4Addr> for Adaptive {
    type Keeper = AdaptiveKeeper;

    fn build(store: &Store<Ipv4Addr>) -> (Self, AdaptiveKeeper) {
        if store.len() < DIRECT_FROM {
            let (tree, keeper) = Tree::build(store);
            (Self::Tree(tree), AdaptiveKeeper::Tree(keeper))
        } else {
            let (direct, keeper) = build::build(store);
            (Self::Direct(direct), AdaptiveKeeper::Direct(keeper))
        }
    }

    fn update(
        &self,
        epoch: &Epoch,
        keeper: &mut AdaptiveKeeper,
        store: &Store<Ipv4Addr>,
        changed: Range<Ipv4Addr>,
    ) -> Result<(), Full> {
        match (self, keeper) {
            (Self::Tree(tree), AdaptiveKeeper::Tree(keeper)) if store.len() < DIRECT_FROM => {
                tree.update(epoch, keeper, store, changed)
            }
            (Self::Direct(direct), AdaptiveKeeper::Direct(keeper)) if store.len() >= DIRECT_UNTIL => {
                build::update(direct, epoch, keeper, store, changed)
            }
            _ => Err(Full),
        }
    }

    #[inline]
    fn lookup(&self, address: Ipv4Addr) -> u32 {
        match self {
            Self::Tree(tree) => lookup_in_tree(tree, address),
            Self::Direct(direct) => direct.resolve(address.to_bits()),
        }
    }

    fn lookup_batch(&self, addresses: &[Ipv4Addr], next_hops: &mut [Option<NextHopId>]) {
        match self {
            Self::Tree(tree) => tree.lookup_batch(addresses, next_hops),
            Self::Direct(direct) => cpu::run(Batch { direct, addresses, next_hops }),
        }
    }

    fn octets(&self, keeper: &AdaptiveKeeper) -> usize {
        match (self, keeper) {
            (Self::Tree(tree), AdaptiveKeeper::Tree(keeper)) => tree.octets(keeper),
            (Self::Direct(direct), AdaptiveKeeper::Direct(keeper)) => direct.octets(keeper),
            _ => 0,
        }
    }

    fn keeper_octets(keeper: &AdaptiveKeeper) -> usize {
        match keeper {
            AdaptiveKeeper::Tree(keeper) => Tree::keeper_octets(keeper),
            AdaptiveKeeper::Direct(keeper) => {
                size_of::<Keeper>() + keeper.pools.octets() + keeper.sweep.octets()
            }
        }
    }
}

/// Apart, so that it does not get in the way of the other shape.
#[inline(never)]
fn lookup_in_tree(tree: &Tree<Ipv4Addr>, address: Ipv4Addr) -> u32 {
    tree.lookup(address)
}
