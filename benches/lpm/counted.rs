//! How much memory a table takes, by an allocator that counts.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

static OCTETS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: all is passed on as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        OCTETS.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: what holds for this call holds for that one.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        OCTETS.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: what holds for this call holds for that one.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What a function builds, and how many octets that keeps.
pub(crate) fn counted<T>(build: impl FnOnce() -> T) -> (T, usize) {
    let before = OCTETS.load(Ordering::Relaxed);
    let table = build();
    (table, OCTETS.load(Ordering::Relaxed).saturating_sub(before))
}
