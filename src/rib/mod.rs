//! Routing information bases of one attachment, without I/O and without a clock.
//!
//! What a peer announces is interned ([`Interner`]), held in an Adj-RIB-In ([`AdjIn`]) whose length is what the prefix
//! limit counts ([`LimitWatch`]), and handed on as a [`Batch`] of changes. [`best`] and [`multipath`] choose among the
//! routes to one prefix. What a peer should know is an Adj-RIB-Out ([`AdjOut`]), which packs the difference to what
//! the peer has been told into UPDATEs.

mod adj_in;
mod adj_out;
mod attributes;
mod batch;
mod decision;
mod handover;
mod limit;
#[cfg(test)]
mod testing;

pub use adj_in::{AdjIn, Announced, Count, Lost, Received};
pub use adj_out::{AdjOut, Advertised, Packed, Progress, Unsendable};
pub use attributes::{Attributes, Interner};
pub use batch::{Batch, Change};
pub use decision::{Candidate, best, multipath};
pub use handover::{
    Advertisement, Advertisements, Downlink, Offer, PeerIdentity, RouteChanges, Source, Uplink,
};
pub use limit::{Cause, Crossing, Level, LimitExceeded, LimitWatch, PrefixLimit};

use crate::wire;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{
    fmt::Debug,
    net::{Ipv4Addr, Ipv6Addr},
};

/// A prefix that the tables hold: `Ipv4Net` or `Ipv6Net`, nothing else.
///
/// Every table takes a prefix for its network: host bits beyond its length are ignored (RFC 4271 section 4.3).
pub trait Prefix:
    wire::Prefix + prefix_trie::Prefix + Into<IpNet> + Send + Sync + 'static + batch::Half
{
    /// The addresses of the family.
    type Address: Copy + Debug;

    /// The prefix that holds one address alone.
    fn host(address: Self::Address) -> Self;
}

impl Prefix for Ipv4Net {
    type Address = Ipv4Addr;

    fn host(address: Ipv4Addr) -> Self {
        address.into()
    }
}

impl Prefix for Ipv6Net {
    type Address = Ipv6Addr;

    fn host(address: Ipv6Addr) -> Self {
        address.into()
    }
}
