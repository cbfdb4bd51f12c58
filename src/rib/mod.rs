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
mod interner;
mod limit;
mod prefix_table;
mod send_window;
mod stale;
#[cfg(test)]
mod testing;

pub use adj_in::{AdjIn, Announced, Count, Lost, News, Received};
pub use adj_out::{AdjOut, Advertised, Packed, Progress, Unsendable};
pub use attributes::{Attributes, Reach};
pub use batch::{Batch, Change, Run};
pub use decision::{Candidate, best, multipath};
pub use handover::{
    Advertisement, Advertisements, Audience, Downlink, Join, Listener, Offer, PeerIdentity, RouteChanges,
    SessionNumber, Source, Uplink,
};
pub use interner::{AttributesId, Interner};
pub use limit::{Cause, Crossing, Level, LimitExceeded, LimitWatch, PrefixLimit};
pub use prefix_table::{Entry, PrefixTable};
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
    /// What prefixes that lie side by side have in common.
    type Block: Hash;

    /// The prefix that holds one address alone.
    fn host(address: Self::Address) -> Self;
    /// The prefix without host bits.
    #[must_use]
    fn network(self) -> Self;
    /// Where the prefix belongs in a hash table.
    fn place(self) -> Place<Self::Block>;
    /// The prefix itself and all shorter ones that cover it, the longest first.
    fn and_shorter(self) -> impl Iterator<Item = Self>;
}

/// Where a prefix belongs in a hash table: prefixes of one block lie side by side, so that what is announced together
/// is found together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<B> {
    /// What is hashed.
    pub block: B,
    /// The place inside the block, 0 to 3.
    pub side: u32,
    /// The length of the prefix, which tells apart those in one place.
    pub length: u8,
}

impl Prefix for Ipv4Net {
    type Address = Ipv4Addr;
    type Block = u64;

    fn host(address: Ipv4Addr) -> Self {
        address.into()
    }

    fn network(self) -> Self {
        self.trunc()
    }

    fn place(self) -> Place<u64> {
        let (bits, length) = (self.addr().to_bits(), self.prefix_len());
        match length {
            // The four /24 of a /22, and what is shorter and begins with it.
            ..=24 => Place { block: (bits >> 10).into(), side: bits >> 8 & 3, length },
            // As many as anybody cares to announce: they are not put side by side.
            _ => Place { block: u64::from(bits) << 32 | u64::from(length), side: bits & 3, length },
        }
    }

    fn and_shorter(self) -> impl Iterator<Item = Self> {
        successors(Some(self), Self::supernet)
    }
}

impl Prefix for Ipv6Net {
    type Address = Ipv6Addr;
    type Block = u128;

    fn host(address: Ipv6Addr) -> Self {
        address.into()
    }

    fn network(self) -> Self {
        self.trunc()
    }

    fn place(self) -> Place<u128> {
        let (bits, length) = (self.addr().to_bits(), self.prefix_len());
        // The four /48 of a /46, as for IPv4.
        let side = |shift: u8| u32::try_from(bits >> shift & 3).unwrap_or_default();
        match length {
            ..=48 => Place { block: bits >> 82, side: side(80), length },
            _ => Place { block: bits.rotate_left(8) ^ u128::from(length), side: side(0), length },
        }
    }

    fn and_shorter(self) -> impl Iterator<Item = Self> {
        successors(Some(self), Self::supernet)
    }
}
