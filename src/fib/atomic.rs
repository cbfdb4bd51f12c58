//! The atomics of the published tables, named in one place: `tests/fib_publication.rs` puts loom's here.

pub(super) use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering, fence};
