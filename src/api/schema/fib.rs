//! Forwarding tables.

use super::words;
use crate::family::Family;
use serde::{Deserialize, Serialize};

/// One element of `GET /v1/fibs`: the forwarding table of a virtual network for one family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fib {
    /// The virtual network.
    pub virtual_network: String,
    /// What is forwarded.
    #[serde(deserialize_with = "words::family")]
    pub family: Family,
    /// Prefixes with a next hop.
    pub prefixes: u64,
    /// Different next hops, each of them one link or several that share traffic.
    pub next_hops: u64,
    /// Octets that look-ups search.
    pub lookup_bytes: u64,
    /// Octets of the whole table.
    pub bytes: u64,
    /// How many changes have been published.
    pub generation: u64,
    /// New prefixes that were left out because the table was full.
    pub left_out: u64,
}
