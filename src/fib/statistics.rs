//! How large a table is.

/// The size of a forwarding table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Statistics {
    /// Prefixes that have a next hop.
    pub prefixes: usize,
    /// Different next hops of these prefixes.
    pub next_hops: usize,
    /// Octets that look-ups search.
    pub lookup_octets: usize,
    /// Octets of everything, the writer's side included, without the allocator's own.
    pub octets: usize,
    /// How many changes have been published.
    pub generation: u64,
    /// New prefixes that were left out, as there were [`Fib::CAPACITY`](super::Fib::CAPACITY) others.
    pub left_out: u64,
}
