//! A cache line: sorted keys, and what stands between them.

#![allow(unsafe_code, reason = "it is promised that zeroes are a line")]
#![allow(clippy::indexing_slicing, reason = "indices are taken modulo the words of a line")]

use crate::fib::{
    atomic::{AtomicU32, Ordering},
    cpu::Processor,
    memory::Zeroable,
};

/// Sixteen words in one cache line.
///
/// A key is the last of the 32-bit numbers before a cell, so that cell `i` is for what is above key `i - 1` and not
/// above key `i`; keys that are not used are all ones, and nothing is above them. A *narrow* line ends with thirteen
/// next hops of eight bits, a *wide* one with eight slots, and a *branch* with the number of the line that is for its
/// first cell, behind which the lines for the others follow.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Line([AtomicU32; WORDS]);

// SAFETY: sixteen atomic integers, aligned to a cache line.
unsafe impl Zeroable for Line {}

const WORDS: usize = 16;
/// Cells of a narrow line.
pub(super) const NARROW: usize = 13;
/// Cells of a wide line.
pub(super) const WIDE: usize = 8;
/// Cells of a branch.
pub(super) const BRANCH: usize = 16;
/// Next hops begin at this word.
pub(super) const NEXT_HOPS: usize = 12;
/// Slots begin at this word.
const SLOTS: usize = WORDS - WIDE;
/// The word that says where a branch leads.
pub(super) const BASE: usize = 15;

/// The first lines of a table answer for those who have nothing to look for in a line: a branch that leads whatever
/// number to the line behind it, in which there is no next hop.
pub(super) const DEAD_END: u32 = 1;
/// So many lines are taken by that.
pub(super) const DEAD_END_LINES: u32 = DEAD_END + 1;

/// Writes these lines.
pub(super) fn write_dead_end(lines: &[Line]) {
    if let [branch, line, ..] = lines {
        branch.write_branch(std::iter::empty(), DEAD_END);
        line.write_narrow(std::iter::empty());
    }
}

impl Line {
    /// Writes a narrow line: where each of up to 13 cells starts, and its next hop.
    pub(super) fn write_narrow(&self, cells: impl Iterator<Item = (u32, u8)>) {
        let mut words = [u32::MAX; WORDS];
        let mut next_hops = [0; 4 * (WORDS - NEXT_HOPS)];
        for (at, (start, next_hop)) in cells.take(NARROW).enumerate() {
            set_key(&mut words, at, start);
            if let Some(octet) = next_hops.get_mut(at) {
                *octet = next_hop;
            }
        }
        for (word, octets) in words.iter_mut().skip(NEXT_HOPS).zip(next_hops.as_chunks().0) {
            *word = u32::from_le_bytes(*octets);
        }
        self.write(words);
    }

    /// Writes a wide line: where each of up to 8 cells starts, and its slot.
    pub(super) fn write_wide(&self, cells: impl Iterator<Item = (u32, u32)>) {
        let mut words = [u32::MAX; WORDS];
        if let Some(slots) = words.get_mut(SLOTS..) {
            slots.fill(0);
        }
        for (at, (start, slot)) in cells.take(WIDE).enumerate() {
            set_key(&mut words, at, start);
            if let Some(word) = words.get_mut(SLOTS + at) {
                *word = slot;
            }
        }
        self.write(words);
    }

    /// Writes a branch: where each of up to 16 cells starts, and the line that is for the first.
    pub(super) fn write_branch(&self, starts: impl Iterator<Item = u32>, base: u32) {
        let mut words = [u32::MAX; WORDS];
        for (at, start) in starts.take(BRANCH).enumerate() {
            set_key(&mut words, at, start);
        }
        words[BASE] = base;
        self.write(words);
    }

    fn write(&self, words: [u32; WORDS]) {
        for (word, value) in self.0.iter().zip(words) {
            word.store(value, Ordering::Relaxed);
        }
    }

    /// The next hop of a narrow line.
    #[inline(always)]
    pub(super) fn narrow<P: Processor>(&self, key: u32) -> u32 {
        let cell = P::less::<{ NARROW - 1 }>(&self.0, key);
        let word = self.0[(NEXT_HOPS + cell / 4) % WORDS].load(Ordering::Relaxed);
        word >> (cell % 4 * 8) & 0xFF
    }

    /// The slot of a wide line.
    #[inline(always)]
    pub(super) fn wide<P: Processor>(&self, key: u32) -> u32 {
        self.0[(SLOTS + P::less::<{ WIDE - 1 }>(&self.0, key)) % WORDS].load(Ordering::Relaxed)
    }

    /// The line that a branch leads to.
    #[inline(always)]
    pub(super) fn branch<P: Processor>(&self, key: u32) -> u32 {
        // It is less than all lines in their number, whatever a reader may find in a line that is written again.
        let cell = P::less::<{ BRANCH - 1 }>(&self.0, key);
        #[expect(clippy::cast_possible_truncation, reason = "below 16")]
        self.base().wrapping_add(cell as u32)
    }

    /// The line for the first cell of a branch.
    #[inline(always)]
    pub(super) fn base(&self) -> u32 {
        self.0[BASE].load(Ordering::Relaxed)
    }

    /// How many cells a branch has.
    pub(super) fn cells(&self) -> usize {
        1 + self.0.iter().take(BASE).filter(|key| key.load(Ordering::Relaxed) != u32::MAX).count()
    }

    /// The slots of a wide line; those that are not used are 0.
    pub(super) fn slots(&self) -> impl Iterator<Item = u32> {
        self.0.iter().skip(SLOTS).map(|word| word.load(Ordering::Relaxed))
    }
}

/// Notes where a cell starts; the first needs no key.
fn set_key(words: &mut [u32; WORDS], cell: usize, start: u32) {
    if let Some(key) = cell.checked_sub(1).and_then(|at| words.get_mut(at)) {
        *key = start.wrapping_sub(1);
    }
}
