//! Routing information bases of one attachment, without I/O and without a clock.
//!
//! What a peer announces is interned ([`Interner`]), held in an Adj-RIB-In ([`AdjIn`]) whose length is what the prefix
//! limit counts ([`LimitWatch`]), and handed on as a [`Batch`] of changes. [`best`] and [`multipath`] choose among the
//! routes to one prefix. What a peer should know is an Adj-RIB-Out ([`AdjOut`]), which packs the difference to what
//! the peer has been told into UPDATEs.

mod adj_in;
mod adj_out;
mod ahead;
mod attributes;
mod batch;
mod decision;
mod handover;
mod interner;
mod limit;
mod prefix_list;
mod prefix_table;
mod send_window;
mod stale;
#[cfg(test)]
mod testing;

pub use adj_in::{AdjIn, Announced, Count, Lost, News, Received};
pub use adj_out::{AdjOut, Advertised, Packed, Progress, Unsendable};
pub use ahead::{Ahead, TOGETHER};
pub use attributes::{Attributes, Reach};
pub use batch::{Batch, Change, Run};
pub use decision::{Candidate, best, multipath};
pub use handover::{
    Advertisement, Advertisements, Audience, Downlink, Join, Listener, Offer, PeerIdentity, RouteChanges,
    SessionNumber, Source, Uplink,
};
pub use interner::{AttributesId, Interner};
pub use limit::{Cause, Crossing, Level, LimitExceeded, LimitWatch, PrefixLimit};
pub use prefix_list::PrefixList;
pub use prefix_table::{Entry, Hashed, PrefixTable};
pub use send_window::SendWindow;
pub use stale::{Confirmed, Since, Stale};

use crate::wire;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{
    fmt::Debug,
    hash::Hash,
    iter::successors,
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
    /// Address and length in one number, which hashes faster than two.
    type Number: Hash;

    /// The prefix that holds one address alone.
    fn host(address: Self::Address) -> Self;
    /// The prefix without host bits.
    #[must_use]
    fn network(self) -> Self;
    /// The number that a hash table hashes.
    fn number(self) -> Self::Number;
    /// The prefix itself and all shorter ones that cover it, the longest first.
    fn and_shorter(self) -> impl Iterator<Item = Self>;
}

impl Prefix for Ipv4Net {
    type Address = Ipv4Addr;
    type Number = u64;

    fn host(address: Ipv4Addr) -> Self {
        address.into()
    }

    fn network(self) -> Self {
        self.trunc()
    }

    fn number(self) -> u64 {
        u64::from(self.addr().to_bits()) << 8 | u64::from(self.prefix_len())
    }

    fn and_shorter(self) -> impl Iterator<Item = Self> {
        successors(Some(self), Self::supernet)
    }
}

impl Prefix for Ipv6Net {
    type Address = Ipv6Addr;
    type Number = u128;

    fn host(address: Ipv6Addr) -> Self {
        address.into()
    }

    fn network(self) -> Self {
        self.trunc()
    }

    fn number(self) -> u128 {
        self.addr().to_bits() ^ u128::from(self.prefix_len())
    }

    fn and_shorter(self) -> impl Iterator<Item = Self> {
        successors(Some(self), Self::supernet)
    }
}
