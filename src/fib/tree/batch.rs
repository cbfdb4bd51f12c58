//! The look-up of many addresses, step by step for all of them.
//!
//! Where an address leads is different for each, so a processor that guesses would guess wrong and wait for memory
//! every time. Here all addresses of a group take each step together and no step depends on what was found: who has
//! no such step to take loads what costs nothing and keeps what it has. So the loads of all of them overlap.

use super::{
    Tree,
    entry::{Entry, Kind},
};
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
const GROUP: usize = 64;
/// So many indexes are passed together, which is as many as nearly all addresses of a full table need; what is deeper, or
/// leads to a wide line, is left to the look-up of a single address.
const STEPS: usize = 3;

impl<A: Address> Work for Batch<'_, A> {
    #[inline(always)]
    fn run<P: Processor>(self) {
        let (groups, rest) = self.addresses.as_chunks();
        let (group_hops, rest_hops) = self.next_hops.as_chunks_mut();
        for (group, next_hops) in groups.iter().zip(group_hops) {
            self.tree.resolve_group::<P>(group, next_hops);
        }
        for (address, next_hop) in rest.iter().zip(rest_hops) {
            *next_hop = NextHopId::from_table(self.tree.resolve::<P>(address.bits()));
        }
    }
}

impl<A: Address> Tree<A> {
    #[inline(always)]
    fn resolve_group<P: Processor>(&self, group: &[A; GROUP], next_hops: &mut [Option<NextHopId>; GROUP]) {
        let (slots, lines) = (&*self.slots, &*self.lines);
        let mut halves = [(0, 0); GROUP];
        for (halves, address) in halves.iter_mut().zip(group) {
            *halves = A::upper_and_middle(address.bits());
        }
        let mut words = [self.root.load(Ordering::Acquire); GROUP];
        let mut offsets = [0_u32; GROUP];
        for _ in 0..STEPS {
            let mut at = [0; GROUP];
            for i in 0..GROUP {
                let is_index = Entry::is_index(words[i]);
                let (base, bits) = Entry::index_parts(words[i]);
                let number = window(halves[i], offsets[i]) >> (32 - bits);
                at[i] = if is_index { base + number } else { 0 };
                offsets[i] += if is_index { bits } else { 0 };
            }
            for i in 0..GROUP {
                let slot = slots.get(at[i] as usize).map_or(0, |slot| slot.load(Ordering::Acquire));
                words[i] = if Entry::is_index(words[i]) { slot } else { words[i] };
            }
        }
        for i in 0..GROUP {
            let is_branch = Entry::is_narrow_branch(words[i]);
            let at = if is_branch { Entry::line(words[i]) } else { 0 };
            let line =
                lines.get(at as usize).map_or(0, |line| line.branch::<P>(window(halves[i], offsets[i])));
            words[i] = if is_branch { Entry::Line(Kind::Narrow, line).to_word() } else { words[i] };
        }
        let mut is_slow = [0_u8; GROUP];
        for i in 0..GROUP {
            let is_line = Entry::is_narrow_line(words[i]);
            let at = if is_line { Entry::line(words[i]) } else { 0 };
            let next_hop =
                lines.get(at as usize).map_or(0, |line| line.narrow::<P>(window(halves[i], offsets[i])));
            next_hops[i] = NextHopId::from_table(if is_line { next_hop } else { words[i] });
            is_slow[i] = u8::from(!is_line && !Entry::is_next_hop(words[i]) || offsets[i] > DEEPEST);
        }
        for (lanes, slow) in is_slow.as_chunks().0.iter().enumerate() {
            if u64::from_ne_bytes(*slow) != 0 {
                for i in lanes * 8..lanes * 8 + 8 {
                    if is_slow[i] != 0 {
                        next_hops[i] = NextHopId::from_table(self.resolve::<P>(group[i].bits()));
                    }
                }
            }
        }
    }
}

/// An address that has been led farther is left to the look-up of a single one.
const DEEPEST: u32 = 63;

/// The 32 bits behind the first `offset`, which is below 64; the second half begins with the 33rd.
#[inline(always)]
fn window((upper, middle): (u64, u64), offset: u32) -> u32 {
    let half = if offset & 32 == 0 { upper } else { middle };
    ((half << (offset & 31)) >> 32) as u32
}
