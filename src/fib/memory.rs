//! Memory of the published tables: zeroed, in whole cache lines, in pages of the right size.
//!
//! A look-up in a large table touches pages at random, and most pages of 4 KiB miss the processor's translation cache;
//! the nodes of the direct-indexed table therefore ask for pages of 2 MiB. What grows comes from the kernel page by
//! page when it is first written, so that room to grow costs nothing.

#![allow(unsafe_code, reason = "memory that readers and one writer share")]

use super::atomic::{AtomicU8, AtomicU32, AtomicU64};
use std::{
    alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error},
    ops::Deref,
    ptr::NonNull,
};

/// A type for which octets of zero are a value, and that has nothing to drop.
///
/// # Safety
/// Both must be true, and its alignment at most that of a cache line.
pub(super) unsafe trait Zeroable {}

// SAFETY: an atomic integer is its integer in memory.
unsafe impl Zeroable for AtomicU8 {}
// SAFETY: an atomic integer is its integer in memory.
unsafe impl Zeroable for AtomicU32 {}
// SAFETY: an atomic integer is its integer in memory.
unsafe impl Zeroable for AtomicU64 {}

/// How memory will be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// All of it, at random.
    Whole,
    /// From the start, as far as it is needed.
    Growing,
}

/// A slice of zeros that never moves.
#[derive(Debug)]
pub(super) struct Memory<T: Zeroable> {
    start: NonNull<T>,
    length: usize,
    /// What was got from the allocator or the kernel.
    block: Block,
}

#[derive(Debug)]
enum Block {
    Empty,
    Allocated(NonNull<u8>, Layout),
    #[cfg(all(target_os = "linux", not(miri)))]
    Mapped(NonNull<u8>, usize),
}

pub(super) const CACHE_LINE: usize = 64;
/// From here on, memory comes from the kernel.
#[cfg(all(target_os = "linux", not(miri)))]
const LARGE: usize = 128 << 10;
#[cfg(all(target_os = "linux", not(miri)))]
const HUGE_PAGE: usize = 2 << 20;

impl<T: Zeroable> Memory<T> {
    #[expect(
        clippy::expect_used,
        reason = "like Vec, which panics where a length is more than there are addresses"
    )]
    pub(super) fn zeroed(length: usize, purpose: Use) -> Self {
        let layout = Layout::array::<T>(length).and_then(|layout| layout.align_to(CACHE_LINE));
        let layout = layout.expect("a slice is not longer than the address space");
        let (block, start) = obtain(layout, purpose);
        Self { start: start.cast(), length, block }
    }

    /// The octets that it takes from the machine when the first `used` values have been written.
    pub(super) fn octets(&self, used: usize) -> usize {
        match self.block {
            Block::Empty | Block::Allocated(..) => size_of_val(&**self),
            #[cfg(all(target_os = "linux", not(miri)))]
            Block::Mapped(..) => used * size_of::<T>(),
        }
    }
}

/// Zeroed memory, and where it starts to be used.
fn obtain(layout: Layout, purpose: Use) -> (Block, NonNull<u8>) {
    if layout.size() == 0 {
        return (Block::Empty, layout.dangling_ptr());
    }
    #[cfg(all(target_os = "linux", not(miri)))]
    if layout.size() >= LARGE
        && let Some(mapped) = map(layout.size(), purpose)
    {
        return mapped;
    }
    let _ = purpose;
    // SAFETY: the size is not zero.
    let start = unsafe { alloc_zeroed(layout) };
    let Some(start) = NonNull::new(start) else { handle_alloc_error(layout) };
    (Block::Allocated(start, layout), start)
}

/// Memory from the kernel, which is zeroed when it is first touched.
#[cfg(all(target_os = "linux", not(miri)))]
fn map(size: usize, purpose: Use) -> Option<(Block, NonNull<u8>)> {
    let slack = if purpose == Use::Whole { HUGE_PAGE } else { 0 };
    let size = size.checked_add(slack)?;
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new mapping at a place of the kernel's choice touches no other memory.
    let mapped = unsafe { libc::mmap(std::ptr::null_mut(), size, protection, flags, -1, 0) };
    if mapped == libc::MAP_FAILED {
        return None;
    }
    let mapped = NonNull::new(mapped.cast::<u8>())?;
    let block = Block::Mapped(mapped, size);
    if purpose == Use::Growing {
        return Some((block, mapped));
    }
    // SAFETY: the slack is as long as the way to the next huge page.
    let start = unsafe { mapped.add(mapped.as_ptr().align_offset(HUGE_PAGE)) };
    // SAFETY: the range is part of the mapping. It is a hint: an error changes nothing.
    unsafe { libc::madvise(start.as_ptr().cast(), size - slack, libc::MADV_HUGEPAGE) };
    Some((block, start))
}

impl<T: Zeroable> Deref for Memory<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: so many values of zeros, which are values of `T`, begin there, and nothing hands out `&mut`.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl<T: Zeroable> Drop for Memory<T> {
    fn drop(&mut self) {
        match self.block {
            Block::Empty => {}
            // SAFETY: it was allocated with this layout, and `T` has nothing to drop.
            Block::Allocated(start, layout) => unsafe { dealloc(start.as_ptr(), layout) },
            #[cfg(all(target_os = "linux", not(miri)))]
            Block::Mapped(start, size) => {
                // SAFETY: the mapping is this slice's own, and `T` has nothing to drop.
                unsafe { libc::munmap(start.as_ptr().cast(), size) };
            }
        }
    }
}

// SAFETY: it owns its values, as a boxed slice does.
unsafe impl<T: Zeroable + Send> Send for Memory<T> {}
// SAFETY: it gives out shared references only.
unsafe impl<T: Zeroable + Sync> Sync for Memory<T> {}
