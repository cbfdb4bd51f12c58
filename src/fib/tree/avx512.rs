//! The look-up of many addresses on processors with AVX-512.
//!
//! The same steps as in `batch.rs`, in the same table, for sixteen addresses in a vector, whose lanes gather their
//! slots. Where one word is stored for each address and a vector then loads sixteen of them, the processor waits for
//! all the stores: that, and not memory, is what the portable loops spend most of their time on.

#![allow(unsafe_code, reason = "vectors that read what a writer may be changing")]
#![allow(clippy::cast_possible_wrap, reason = "vectors take their numbers as signed ones")]
#![allow(clippy::trivially_copy_pass_by_ref, reason = "a number in memory is loaded into all lanes at once")]
#![allow(clippy::indexing_slicing, reason = "indices are below the length of the group")]

use super::{
    Tree,
    batch::{DEEPEST, FEW, GROUP},
    entry::{BASE, BITS, Entry, INDEX, NARROW, NARROW_BRANCH, TAG, UNIT, VALUE},
    line::{self, Line},
};
use crate::fib::{
    Address, NextHopId,
    atomic::{AtomicU32, Ordering},
    cpu::{Any, v4},
};
use std::arch::{
    asm,
    x86_64::{
        __m512i, __mmask16, _MM_HINT_T0, _mm_prefetch, _mm_setr_epi8, _mm512_add_epi32, _mm512_and_si512,
        _mm512_broadcast_i32x4, _mm512_cmpeq_epu32_mask, _mm512_cmpge_epu32_mask, _mm512_cmpgt_epu32_mask,
        _mm512_loadu_si512, _mm512_mask_add_epi32, _mm512_mask_blend_epi32, _mm512_maskz_mov_epi32,
        _mm512_maskz_sub_epi32, _mm512_min_epu32, _mm512_permutex2var_epi32, _mm512_set1_epi32,
        _mm512_setr_epi32, _mm512_setzero_si512, _mm512_shldv_epi32, _mm512_shuffle_epi8,
        _mm512_shuffle_i64x2, _mm512_slli_epi32, _mm512_srli_epi32, _mm512_srlv_epi32, _mm512_storeu_si512,
        _mm512_sub_epi32, _mm512_test_epi32_mask,
    },
};

/// Numbers in a vector.
const LANES: usize = 16;
const VECTORS: usize = GROUP / LANES;
/// So many indexes are passed by, the root's included: as many as 99 of 100 addresses of a full table need.
const STEPS: usize = 4;

/// Counts the keys of a line that are less than a number, into `found`, and does one instruction with that and a word of
/// the line.
///
/// It reads the sixteen words of the line, each of them whole, as a relaxed load of each would; intrinsics may not meet a
/// store of the writer. The caller answers for what the instruction reads.
macro_rules! search {
    ($line:expr, $number:expr, $keys:expr, $word:expr, $then:literal) => {{
        let found: u32;
        asm!(
            "vpbroadcastd zmm0, dword ptr [{number}]",
            "vpcmpnleud k1{{{keys}}}, zmm0, zmmword ptr [{words}]",
            "kmovw {found:e}, k1",
            "popcnt {found:e}, {found:e}",
            $then,
            number = in(reg) $number,
            words = in(reg) $line,
            found = out(reg) found,
            word = const $word,
            keys = in(kreg) $keys,
            out("zmm0") _,
            out("k1") _,
            options(readonly, nostack)
        );
        found
    }};
}

/// The first three 32-bit words of sixteen addresses.
type Words = [__m512i; 3];

v4! {
    /// Looks a group up; `false`, and nothing done, if the root is no index.
    pub(super) fn resolve_group<A: Address>(
        tree: &Tree<A>,
        group: &[A; GROUP],
        next_hops: &mut [Option<NextHopId>; GROUP],
    ) -> bool {
        let root = tree.root.load(Ordering::Acquire);
        let (slots, lines) = (&*tree.slots, &*tree.lines);
        let (Some(last_slot), Some(last_line)) = (last(slots), last(lines)) else { return false };
        if root >> TAG != INDEX {
            return false;
        }
        let mut addresses = [[_mm512_setzero_si512(); 3]; VECTORS];
        for (words, addresses) in addresses.iter_mut().zip(group.as_chunks().0) {
            *words = transpose(addresses.map(A::padded));
        }
        let (base, bits) = Entry::index_parts(root);
        let mut offsets = [splat(bits); VECTORS];
        let entries = addresses.map(|words| {
            let number = _mm512_srlv_epi32(words[0], splat(32 - bits));
            let at = _mm512_min_epu32(_mm512_add_epi32(splat(base), number), splat(last_slot));
            // SAFETY: no lane is beyond the last slot.
            unsafe { gather(slots, splat(0), !0, at) }
        });
        let left = entries.map(|entries| (!tag_is(entries, 0)).count_ones());
        if left.iter().sum::<u32>() <= FEW {
            finish_few(tree, group, entries, next_hops);
            return true;
        }
        let mut entries = entries;
        for _ in 1..STEPS {
            for v in 0..VECTORS {
                let is_index = _mm512_cmpge_epu32_mask(entries[v], splat(INDEX << TAG));
                let bits = _mm512_and_si512(_mm512_srli_epi32::<BITS>(entries[v]), splat(15));
                let number = window(&addresses[v], offsets[v]);
                let number = _mm512_srlv_epi32(number, _mm512_sub_epi32(splat(31), bits));
                let base = _mm512_slli_epi32::<UNIT>(_mm512_and_si512(entries[v], splat(BASE)));
                let at = _mm512_min_epu32(_mm512_add_epi32(base, number), splat(last_slot));
                let bits = _mm512_add_epi32(bits, splat(1));
                offsets[v] = _mm512_mask_add_epi32(offsets[v], is_index, offsets[v], bits);
                // SAFETY: no lane is beyond the last slot.
                entries[v] = unsafe { gather(slots, entries[v], is_index, at) };
            }
        }
        let mut wanted = Wanted::default();
        for v in 0..VECTORS {
            let value = _mm512_and_si512(entries[v], splat(VALUE));
            let (is_branch, is_line) = (tag_is(entries[v], NARROW_BRANCH), tag_is(entries[v], NARROW));
            let branch = _mm512_min_epu32(_mm512_maskz_mov_epi32(is_branch, value), splat(last_line));
            let beyond = _mm512_maskz_sub_epi32(is_line, value, splat(line::DEAD_END));
            let next_hop = _mm512_maskz_mov_epi32(tag_is(entries[v], 0), value);
            store(&mut wanted.numbers[v], window(&addresses[v], offsets[v]));
            store(&mut wanted.branches[v], branch);
            store(&mut wanted.beyond[v], beyond);
            store(&mut wanted.next_hops[v], next_hop);
            let is_deep = _mm512_cmpgt_epu32_mask(offsets[v], splat(DEEPEST));
            wanted.left[v] = is_deep | !(is_branch | is_line | tag_is(entries[v], 0));
            for branch in wanted.branches[v] {
                // A hint, whatever the address is.
                _mm_prefetch::<_MM_HINT_T0>(lines.as_ptr().wrapping_add(branch as usize).cast());
            }
        }
        let (numbers, branches) = (wanted.numbers.as_flattened(), wanted.branches.as_flattened());
        let (beyond, direct) = (wanted.beyond.as_flattened(), wanted.next_hops.as_flattened());
        let (branch_keys, narrow_keys) = (keys(line::BRANCH), keys(line::NARROW));
        let mut at = [0; GROUP];
        for i in 0..GROUP {
            // SAFETY: no branch is beyond the last line.
            let branch = unsafe { lines.get_unchecked(branches[i] as usize) };
            at[i] = narrow_line(branch, &numbers[i], branch_keys).wrapping_add(beyond[i]).min(last_line);
        }
        for i in 0..GROUP {
            // SAFETY: none of them is beyond the last line.
            let line = unsafe { lines.get_unchecked(at[i] as usize) };
            next_hops[i] = NextHopId::from_table(next_hop(line, &numbers[i], narrow_keys) | direct[i]);
        }
        for (v, left) in wanted.left.iter().enumerate() {
            if *left != 0 {
                resolve_each(tree, group, v, *left, next_hops);
            }
        }
        true
    }

    /// Writes what the first step has answered, and looks up on their own whom it has not.
    fn finish_few<A: Address>(
        tree: &Tree<A>,
        group: &[A; GROUP],
        entries: [__m512i; VECTORS],
        next_hops: &mut [Option<NextHopId>; GROUP],
    ) {
        let mut words = [[0; LANES]; VECTORS];
        for (words, entries) in words.iter_mut().zip(entries) {
            store(words, entries);
        }
        for (next_hop, word) in next_hops.iter_mut().zip(words.as_flattened()) {
            *next_hop = NextHopId::from_table(*word);
        }
        for (v, entries) in entries.into_iter().enumerate() {
            resolve_each(tree, group, v, !tag_is(entries, 0), next_hops);
        }
    }

    /// The 32 bits of each address behind its first `offset`, which are up to 63.
    fn window(words: &Words, offset: __m512i) -> __m512i {
        let is_second = _mm512_test_epi32_mask(offset, splat(32));
        let upper = _mm512_mask_blend_epi32(is_second, words[0], words[1]);
        let lower = _mm512_mask_blend_epi32(is_second, words[1], words[2]);
        _mm512_shldv_epi32(upper, lower, offset)
    }

    fn tag_is(entries: __m512i, tag: u32) -> __mmask16 {
        _mm512_cmpeq_epu32_mask(_mm512_srli_epi32::<TAG>(entries), splat(tag))
    }

    fn splat(number: u32) -> __m512i {
        _mm512_set1_epi32(number as i32)
    }

    /// The first three words of each address, in the processor's order of octets.
    fn transpose(addresses: [[u8; 16]; LANES]) -> Words {
        // Four addresses in each vector, of which two together give eight first words and eight second ones.
        let [a, b, c, d] = addresses.as_chunks::<4>().0 else { return [splat(0); 3] };
        // SAFETY: it reads the array.
        let [a, b, c, d] = [a, b, c, d].map(|four| unsafe { _mm512_loadu_si512(four.as_ptr().cast()) });
        let first = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
        let third = _mm512_add_epi32(first, splat(2));
        let (ab, cd) = (_mm512_permutex2var_epi32(a, first, b), _mm512_permutex2var_epi32(c, first, d));
        let (ab3, cd3) = (_mm512_permutex2var_epi32(a, third, b), _mm512_permutex2var_epi32(c, third, d));
        let octets = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
        [
            _mm512_shuffle_i64x2::<0b01_00_01_00>(ab, cd),
            _mm512_shuffle_i64x2::<0b11_10_11_10>(ab, cd),
            _mm512_shuffle_i64x2::<0b01_00_01_00>(ab3, cd3),
        ]
        .map(|words| _mm512_shuffle_epi8(words, _mm512_broadcast_i32x4(octets)))
    }

    fn store(numbers: &mut [u32; LANES], vector: __m512i) {
        // SAFETY: it writes the array.
        unsafe { _mm512_storeu_si512(numbers.as_mut_ptr().cast(), vector) }
    }

    /// The line that a branch leads to.
    fn narrow_line(branch: &Line, number: &u32, keys: __mmask16) -> u32 {
        // SAFETY: the number is added to a word of the line.
        unsafe { search!(branch, number, keys, line::BASE, "add {found:e}, dword ptr [{words} + 4 * {word}]") }
    }

    /// The next hop of a narrow line.
    fn next_hop(line: &Line, number: &u32, keys: __mmask16) -> u32 {
        // SAFETY: no more keys than a narrow line has are less, so the octet is one of its words'.
        unsafe {
            search!(line, number, keys, line::NEXT_HOPS, "movzx {found:e}, byte ptr [{words} + {found:r} + 4 * {word}]")
        }
    }

    /// Where the mask says so, the word that the lane names; the lane's own elsewhere.
    ///
    /// # Safety
    /// No lane of `at` is beyond the last word.
    unsafe fn gather(words: &[AtomicU32], own: __m512i, mask: __mmask16, at: __m512i) -> __m512i {
        let mut found = own;
        // SAFETY: it reads words of the slice, each of them whole. A processor that loads a word sees what was stored
        // before that word, which is what acquiring it means.
        unsafe {
            asm!(
                "vpgatherdd {found}{{{mask}}}, [{words} + 4 * {at}]",
                words = in(reg) words.as_ptr(),
                at = in(zmm_reg) at,
                found = inout(zmm_reg) found,
                mask = inout(kreg) mask => _,
                options(readonly, nostack)
            );
        }
        found
    }
}

/// What is looked for in lines, and what is known, out of the vectors.
#[derive(Default)]
struct Wanted {
    /// What is searched for in lines.
    numbers: [[u32; LANES]; VECTORS],
    /// A branch, or the one that leads nowhere.
    branches: [[u32; LANES]; VECTORS],
    /// A line, counted from where the branch leads.
    beyond: [[u32; LANES]; VECTORS],
    /// What is known already, or 0.
    next_hops: [[u32; LANES]; VECTORS],
    /// Those that are looked up on their own.
    left: [__mmask16; VECTORS],
}

/// Looks up on their own those addresses of a vector that the mask says.
#[cold]
fn resolve_each<A: Address>(
    tree: &Tree<A>,
    group: &[A; GROUP],
    vector: usize,
    mask: __mmask16,
    next_hops: &mut [Option<NextHopId>; GROUP],
) {
    let mut mask = mask;
    while mask != 0 {
        let i = vector * LANES + mask.trailing_zeros() as usize;
        mask &= mask - 1;
        next_hops[i % GROUP] = NextHopId::from_table(tree.resolve::<Any>(group[i % GROUP].bits()));
    }
}

/// One bit for each key between so many cells.
const fn keys(cells: usize) -> __mmask16 {
    (1 << (cells - 1)) - 1
}

/// The last place of a slice, which can be named by 32 bits.
fn last<T>(slice: &[T]) -> Option<u32> {
    u32::try_from(slice.len()).ok()?.checked_sub(1)
}
