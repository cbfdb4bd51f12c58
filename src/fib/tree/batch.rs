//! The look-up of many addresses, step by step for all of them.
//!
//! Where an address leads is different for each, so a processor that guesses would guess wrong and wait for memory
//! every time. Here all addresses of a group take each step together and no step depends on what was found: who has
//! no such step to take loads what costs nothing and keeps what it has. So the loads of all of them overlap.

#![allow(clippy::indexing_slicing, reason = "indices are below the length of the group")]

use super::{Tree, entry::Entry};
use crate::fib::{
    Address, NextHopId,
    atomic::Ordering,
    cpu::{Processor, Work},
};

/// The look-up of a batch.
pub(super) struct Batch<'a, A> {
    pub(super) tree: &'a Tree<A>,
    pub(super) addresses: &'a [A],
    pub(super) next_hops: &'a mut [Option<NextHopId>],
}

/// So many addresses go together: enough that the last load has not begun when the first is done.
pub(super) const GROUP: usize = 64;
/// If no more are left after the first step, as for addresses that nobody has announced, each goes on alone.
pub(super) const FEW: u32 = 4;
/// So many indexes are passed by all together, the root's included: as many as four of five addresses of a full table
/// need. Those that are left then go on in a list.
const STEPS: usize = 3;

impl<A: Address> Work for Batch<'_, A> {
    #[inline(always)]
    fn run<P: Processor>(self) {
        let (groups, rest) = self.addresses.as_chunks();
        let (group_hops, rest_hops) = self.next_hops.as_chunks_mut();
        for (group, next_hops) in groups.iter().zip(group_hops) {
            if !in_vectors::<A, P>(self.tree, group, next_hops) {
                self.tree.resolve_group::<P>(group, next_hops);
            }
        }
        for (address, next_hop) in rest.iter().zip(rest_hops) {
            *next_hop = NextHopId::from_table(self.tree.resolve::<P>(address.bits()));
        }
    }
}

/// Looks a group up in vectors; `false`, and nothing done, where they do not help.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[allow(unsafe_code, reason = "a function that is compiled for some processors")]
#[inline(always)]
fn in_vectors<A: Address, P: Processor>(
    tree: &Tree<A>,
    group: &[A; GROUP],
    next_hops: &mut [Option<NextHopId>; GROUP],
) -> bool {
    // SAFETY: it is such a processor.
    P::IS_V4 && unsafe { super::avx512::resolve_group(tree, group, next_hops) }
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
fn in_vectors<A: Address, P: Processor>(
    _: &Tree<A>,
    _: &[A; GROUP],
    _: &mut [Option<NextHopId>; GROUP],
) -> bool {
    false
}

impl<A: Address> Tree<A> {
    #[inline(always)]
    fn resolve_group<P: Processor>(&self, group: &[A; GROUP], next_hops: &mut [Option<NextHopId>; GROUP]) {
        let (slots, lines) = (&*self.slots, &*self.lines);
        let (mut upper, mut middle) = ([0_u64; GROUP], [0_u64; GROUP]);
        for i in 0..GROUP {
            (upper[i], middle[i]) = A::upper_and_middle(group[i].bits());
        }
        // Loops over plain numbers, which become vectors, take turns with loops that load.
        let root = self.root.load(Ordering::Acquire);
        let mut words = [root; GROUP];
        let mut offsets = [0_u32; GROUP];
        let mut at = [0_u32; GROUP];
        let mut found = [0_u32; GROUP];
        if Entry::is_index(root) {
            let (base, bits) = Entry::index_parts(root);
            offsets = [bits; GROUP];
            for i in 0..GROUP {
                at[i] = base + (window(upper[i], 0, 0) >> (32 - bits));
            }
            for i in 0..GROUP {
                words[i] = slots.get(at[i] as usize).map_or(0, |slot| slot.load(Ordering::Acquire));
            }
            let left = words.iter().filter(|word| !Entry::is_next_hop(**word)).count();
            if left <= FEW as usize {
                return self.finish_few::<P>(group, &words, next_hops);
            }
        }
        for _ in 1..STEPS {
            for i in 0..GROUP {
                let is_index = Entry::is_index(words[i]);
                let (base, bits) = Entry::index_parts(words[i]);
                let number = window(upper[i], middle[i], offsets[i]) >> (32 - bits);
                at[i] = if is_index { base + number } else { 0 };
                offsets[i] += if is_index { bits } else { 0 };
            }
            for i in 0..GROUP {
                found[i] = slots.get(at[i] as usize).map_or(0, |slot| slot.load(Ordering::Acquire));
            }
            for i in 0..GROUP {
                words[i] = if Entry::is_index(words[i]) { found[i] } else { words[i] };
            }
        }
        let mut list = [0_usize; GROUP];
        let mut length = 0;
        for (i, word) in words.iter().enumerate() {
            list[length % GROUP] = i;
            length += usize::from(Entry::is_index(*word));
        }
        while length > 0 {
            let mut still = 0;
            for n in 0..length {
                let i = list[n] % GROUP;
                let (base, bits) = Entry::index_parts(words[i]);
                let at = base + (window(upper[i], middle[i], offsets[i]) >> (32 - bits));
                words[i] = slots.get(at as usize).map_or(0, |slot| slot.load(Ordering::Acquire));
                offsets[i] += bits;
                list[still] = i;
                still += usize::from(Entry::is_index(words[i]) && offsets[i] <= DEEPEST);
            }
            length = still;
        }
        let mut numbers = [0_u32; GROUP];
        for i in 0..GROUP {
            numbers[i] = window(upper[i], middle[i], offsets[i]);
            at[i] = if Entry::is_narrow_branch(words[i]) { Entry::line(words[i]) } else { 0 };
        }
        for i in 0..GROUP {
            found[i] = lines.get(at[i] as usize).map_or(0, |line| line.branch::<P>(numbers[i]));
        }
        for i in 0..GROUP {
            words[i] =
                if Entry::is_narrow_branch(words[i]) { Entry::narrow_line(found[i]) } else { words[i] };
            at[i] = if Entry::is_narrow_line(words[i]) { Entry::line(words[i]) } else { 0 };
        }
        for i in 0..GROUP {
            found[i] = lines.get(at[i] as usize).map_or(0, |line| line.narrow::<P>(numbers[i]));
        }
        let mut is_left = [0_u8; GROUP];
        for i in 0..GROUP {
            let is_line = Entry::is_narrow_line(words[i]);
            let is_known = is_line | Entry::is_next_hop(words[i]);
            next_hops[i] = NextHopId::from_table(if is_line { found[i] } else { words[i] });
            is_left[i] = u8::from(!is_known || offsets[i] > DEEPEST);
        }
        for (eighth, left) in is_left.as_chunks().0.iter().enumerate() {
            if u64::from_ne_bytes(*left) != 0 {
                for i in eighth * 8..eighth * 8 + 8 {
                    if is_left[i] != 0 {
                        next_hops[i] = NextHopId::from_table(self.resolve::<P>(group[i].bits()));
                    }
                }
            }
        }
    }

    /// Looks up on their own whom the first step has not answered.
    #[inline(always)]
    fn finish_few<P: Processor>(
        &self,
        group: &[A; GROUP],
        words: &[u32; GROUP],
        next_hops: &mut [Option<NextHopId>; GROUP],
    ) {
        for ((word, next_hop), address) in words.iter().zip(next_hops).zip(group) {
            *next_hop = NextHopId::from_table(if Entry::is_next_hop(*word) {
                *word
            } else {
                self.resolve::<P>(address.bits())
            });
        }
    }
}

/// An address that has been led farther, or to a wide line, is left to the look-up of a single one.
pub(super) const DEEPEST: u32 = 63;

/// The 32 bits behind the first `offset`, which is below 64; the second half begins with the 33rd.
#[inline(always)]
fn window(upper: u64, middle: u64, offset: u32) -> u32 {
    // By a mask, as a choice between two places in memory would become a load.
    let is_middle = u64::from(offset >> 5 & 1).wrapping_neg();
    let half = upper ^ (upper ^ middle) & is_middle;
    ((half << (offset & 31)) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fib::{
        Fib,
        cpu::{self, Any},
        table::Table,
    };
    use ipnet::Ipv6Net;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};
    use std::net::Ipv6Addr;

    #[test]
    fn every_processor_answers_alike() {
        const PREFIXES: usize = if cfg!(miri) { 100 } else { 30_000 };
        let mut random = SmallRng::seed_from_u64(9234);
        // Dense and sparse places, so that there are indexes, branches and lines of both kinds, one below the other.
        let mut address = || {
            let far = random.random::<u128>() >> random.random_range(8..100_u32);
            Ipv6Addr::from_bits(0x2001 << 112 | u128::from(random.random::<u16>() & 7) << 80 | far)
        };
        let mut fib = Fib::<Ipv6Addr>::new();
        let lengths = [32, 44, 48, 48, 56, 64, 96, 128];
        fib.apply((0..PREFIXES).map(|n| {
            let prefix = Ipv6Net::new_assert(address(), lengths[n % lengths.len()]);
            (
                prefix,
                NextHopId::try_from(u32::try_from(n).unwrap() % if n % 7 == 0 { 700 } else { 250 } + 1).ok(),
            )
        }));
        let addresses: Vec<_> = (0..PREFIXES).map(|_| address()).collect();
        let tree = &fib.current.table;
        let one_by_one: Vec<_> =
            addresses.iter().map(|address| NextHopId::from_table(tree.lookup(*address))).collect();
        let (mut portable, mut here) = (vec![None; PREFIXES], vec![None; PREFIXES]);
        Batch { tree, addresses: &addresses, next_hops: &mut portable }.run::<Any>();
        cpu::run(Batch { tree, addresses: &addresses, next_hops: &mut here });
        // Not a comparison of all, which would print all of them.
        let differs = |answers: &[_]| answers.iter().zip(&one_by_one).position(|(one, other)| one != other);
        assert_eq!((differs(&portable), differs(&here)), (None, None));
        assert!(one_by_one.iter().flatten().count() > PREFIXES / 4);
    }
}
