//! What the look-ups gain from the processor at hand.
//!
//! On x86-64 a compiler may not assume a population count, nor vectors of more than two words. The loops over batches
//! are plain code, the same on every target; here they are compiled again for what the processor has, and the search
//! in a cache line becomes one comparison of 512 bits. `benches/lpm` shows what that buys.

#![allow(unsafe_code, reason = "vector instructions and prefetches")]

use super::atomic::{AtomicU32, Ordering};

/// A loop that is worth compiling for each kind of processor.
pub(super) trait Work {
    /// Runs it; `#[inline(always)]`, so that it is compiled for the processor.
    fn run<P: Processor>(self);
}

/// A kind of processor.
pub(super) trait Processor {
    /// Whether it has AVX-512 with what `run_v4` is compiled for.
    const IS_V4: bool = false;

    /// How many of the first `KEYS` words are less than the number.
    fn less<const KEYS: usize>(words: &[AtomicU32; 16], number: u32) -> usize;
}

/// Any processor.
pub(super) struct Any;

impl Processor for Any {
    #[inline(always)]
    fn less<const KEYS: usize>(words: &[AtomicU32; 16], number: u32) -> usize {
        words.iter().take(KEYS).map(|word| usize::from(word.load(Ordering::Relaxed) < number)).sum()
    }
}

/// Runs the loop for what this processor has.
#[inline]
pub(super) fn run(work: impl Work) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        if x86_64::is_v4() {
            // SAFETY: the processor has all that the function is compiled for.
            return unsafe { x86_64::run_v4(work) };
        }
        if x86_64::is_v3() {
            // SAFETY: the processor has all that the function is compiled for.
            return unsafe { x86_64::run_v3(work) };
        }
    }
    work.run::<Any>();
}

/// How this processor counts bits; asked once, as the question costs more than the count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counter {
    #[cfg(all(target_arch = "x86_64", not(target_feature = "popcnt"), not(miri)))]
    has_popcnt: bool,
}

impl Counter {
    pub(super) fn of_this_processor() -> Self {
        Self {
            #[cfg(all(target_arch = "x86_64", not(target_feature = "popcnt"), not(miri)))]
            has_popcnt: is_x86_feature_detected!("popcnt"),
        }
    }

    /// The number of bits set, in one instruction where there is one.
    #[inline(always)]
    pub(super) fn count_ones(self, bits: u32) -> u32 {
        #[cfg(all(target_arch = "x86_64", not(target_feature = "popcnt"), not(miri)))]
        if self.has_popcnt {
            let count;
            // SAFETY: the processor has the instruction, which reads and writes these registers only.
            unsafe {
                std::arch::asm!("popcnt {count:e}, {bits:e}", bits = in(reg) bits, count = lateout(reg) count,
                    options(pure, nomem, nostack));
            }
            return count;
        }
        bits.count_ones()
    }
}

/// Compiles functions for the processors that `is_v4` finds.
#[cfg(all(target_arch = "x86_64", not(miri)))]
macro_rules! v4 {
    ($($function:item)*) => { $(
        #[inline]
        #[target_feature(enable = "popcnt,bmi2,avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,avx512vpopcntdq")]
        $function
    )* };
}
#[cfg(all(target_arch = "x86_64", not(miri)))]
pub(super) use v4;

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod x86_64 {
    use super::{Any, AtomicU32, Processor, Work};

    /// AVX-512 and a population count of vectors, as in AMD's Zen 4 and Intel's Ice Lake.
    struct V4;

    impl Processor for V4 {
        const IS_V4: bool = true;

        #[inline(always)]
        fn less<const KEYS: usize>(words: &[AtomicU32; 16], number: u32) -> usize {
            // SAFETY: only `run_v4` names this processor.
            let less = unsafe { less(words, number) };
            (less & ((1 << KEYS) - 1)).count_ones() as usize
        }
    }

    pub(super) fn is_v4() -> bool {
        is_v3()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("avx512vpopcntdq")
    }

    pub(super) fn is_v3() -> bool {
        is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt")
    }

    #[target_feature(enable = "popcnt,bmi2,avx2")]
    pub(super) fn run_v3(work: impl Work) {
        work.run::<Any>();
    }

    v4! {
        pub(super) fn run_v4(work: impl Work) {
            work.run::<V4>();
        }

        /// One bit for each word that is less than the number, the first word lowest.
        fn less(words: &[AtomicU32; 16], number: u32) -> u32 {
            let mask;
            // SAFETY: it reads the sixteen words, each of them whole, which is what a relaxed load of each would do; that
            // is why it is not an intrinsic, whose loads may not meet a store.
            unsafe {
                std::arch::asm!(
                    "vpbroadcastd zmm0, {number:e}",
                    "vpcmpnleud k1, zmm0, zmmword ptr [{words}]",
                    "kmovw {mask:e}, k1",
                    number = in(reg) number,
                    words = in(reg) words.as_ptr(),
                    mask = lateout(reg) mask,
                    out("zmm0") _,
                    out("k1") _,
                    options(readonly, nostack, preserves_flags)
                );
            }
            mask
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Compare<'a>(&'a [AtomicU32; 16], u32);

    impl Work for Compare<'_> {
        #[inline(always)]
        fn run<P: Processor>(self) {
            let Self(words, number) = self;
            let expected = |keys: usize| {
                words[..keys].iter().filter(|word| word.load(Ordering::Relaxed) < number).count()
            };
            assert_eq!(P::less::<15>(words, number), expected(15), "{number}");
            assert_eq!(P::less::<7>(words, number), expected(7), "{number}");
        }
    }

    #[test]
    fn every_processor_compares_alike() {
        let words = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
            .map(|at| AtomicU32::new((at << 28) ^ 0x8000_0007));
        for number in [0, 1, 7, 0x7FFF_FFFF, 0x8000_0007, 0x8000_0008, u32::MAX] {
            run(Compare(&words, number));
            Compare(&words, number).run::<Any>();
        }
    }

    #[test]
    fn every_processor_counts_alike() {
        for bits in [0, 1, 2, 0x8000_0000, 0xF0F0_F0F0, u32::MAX] {
            assert_eq!(Counter::of_this_processor().count_ones(bits), bits.count_ones());
        }
    }
}
