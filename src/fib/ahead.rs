//! Looking changes up in groups before they are made, so that the processor waits for the memory of many at once.
//!
//! Where a table is larger than the cache, a change waits for what readers search, then for the bucket of the store,
//! then for what is in it. Each step is taken for the whole group here, and what it finds is thrown away.

use super::{Address, NextHopId, store::Store, table::Table};
use smallvec::SmallVec;
use std::hint::black_box;

/// Changes that are looked up together: a whole group of a batch of either family, and few enough for what they have
/// brought into the cache to be there still when the last of them is made.
pub(super) const TOGETHER: usize = 128;

/// Looks up to [`TOGETHER`] changes up and returns the buckets that they are in, in the same order.
pub(super) fn look_up<A: Address>(
    table: &A::Table,
    store: &Store<A>,
    changes: &[(A::Prefix, Option<NextHopId>)],
) -> SmallVec<[usize; TOGETHER]> {
    let starts: SmallVec<[A; TOGETHER]> =
        changes.iter().map(|(prefix, _)| A::of_bits(A::split(*prefix).0)).collect();
    let mut next_hops = [None; TOGETHER];
    table.lookup_batch(&starts, &mut next_hops);
    black_box(&next_hops);
    let buckets: SmallVec<[usize; TOGETHER]> =
        starts.iter().map(|start| store.bucket_of(start.bits())).collect();
    store.foresee(&buckets);
    buckets
}
