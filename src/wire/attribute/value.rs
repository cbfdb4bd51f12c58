//! What the path attributes of a route say, free of how they stand on the wire.

use super::{as_path::AsPath, code::AttributeCode};
use crate::{
    asn::Asn,
    community::{Community, ExtendedCommunity, LargeCommunity},
    family::Family,
};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// The path attributes of a route, apart from the prefixes in `MP_REACH_NLRI` and `MP_UNREACH_NLRI`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathAttributes {
    /// Code 1.
    pub origin: Origin,
    /// Code 2, already merged with `AS4_PATH` (RFC 6793 section 4.2.3).
    pub as_path: AsPath,
    /// Code 3, or the next hop inside `MP_REACH_NLRI`.
    pub next_hop: NextHop,
    /// Code 4.
    pub med: Option<u32>,
    /// Code 6.
    pub atomic_aggregate: bool,
    /// Code 7, already merged with `AS4_AGGREGATOR`.
    pub aggregator: Option<Aggregator>,
    /// Code 8 in wire order; empty if absent.
    pub communities: Box<[Community]>,
    /// Code 16 in wire order; empty if absent.
    pub extended_communities: Box<[ExtendedCommunity]>,
    /// Code 32 in wire order; empty if absent.
    pub large_communities: Box<[LargeCommunity]>,
    /// Code 35: the AS that let the route out to its customers alone (RFC 9234 section 5), whatever number it is.
    pub only_to_customer: Option<u32>,
    /// Which of the optional transitive attributes above somebody on the way did not understand.
    pub partial: Partial,
    /// Optional transitive attributes that nobody here understands, in wire order.
    pub unknown: Box<[UnknownAttribute]>,
}

impl PathAttributes {
    /// The mandatory attributes alone, all others absent.
    pub fn new(origin: Origin, as_path: AsPath, next_hop: NextHop) -> Self {
        Self {
            origin,
            as_path,
            next_hop,
            med: None,
            atomic_aggregate: false,
            aggregator: None,
            communities: Box::default(),
            extended_communities: Box::default(),
            large_communities: Box::default(),
            only_to_customer: None,
            partial: Partial::default(),
            unknown: Box::default(),
        }
    }
}

/// Attributes that came with the Partial bit, which nobody on the way may clear (RFC 4271 section 5): a bit for each code
/// below 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Partial(u64);

impl Partial {
    /// True if the attribute came with the bit.
    pub const fn contains(self, code: AttributeCode) -> bool {
        code.0 < 64 && self.0 >> code.0 & 1 == 1
    }

    pub(super) const fn insert(&mut self, code: AttributeCode) {
        if code.0 < 64 {
            self.0 |= 1 << code.0;
        }
    }
}

/// ORIGIN (RFC 4271 section 4.3 a); the lower is preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// 0.
    Igp,
    /// 1.
    Egp,
    /// 2.
    Incomplete,
}

impl Origin {
    /// The letter that routers print behind an AS_PATH.
    pub const fn letter(self) -> char {
        match self {
            Self::Igp => 'i',
            Self::Egp => 'e',
            Self::Incomplete => '?',
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Igp => "IGP",
            Self::Egp => "EGP",
            Self::Incomplete => "incomplete",
        })
    }
}

/// The next hop of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NextHop {
    /// NEXT_HOP (RFC 4271 section 5.1.3).
    V4(Ipv4Addr),
    /// Global, and perhaps link-local, address (RFC 2545 section 3).
    V6 {
        /// Global address.
        global: Ipv6Addr,
        /// Link-local address, if 32 octets were sent.
        link_local: Option<Ipv6Addr>,
    },
}

impl NextHop {
    /// The address that a route is resolved by.
    pub const fn address(self) -> IpAddr {
        match self {
            Self::V4(address) => IpAddr::V4(address),
            Self::V6 { global, .. } => IpAddr::V6(global),
        }
    }

    /// The family of prefixes that this next hop can be announced with.
    pub const fn family(self) -> Family {
        match self {
            Self::V4(_) => Family::Ipv4,
            Self::V6 { .. } => Family::Ipv6,
        }
    }
}

/// AGGREGATOR (RFC 4271 section 5.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Aggregator {
    /// AS that formed the aggregate.
    pub asn: Asn,
    /// Identifier of the speaker that did.
    pub identifier: Ipv4Addr,
}

/// An optional transitive attribute carried unread (RFC 4271 section 5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnknownAttribute {
    /// Attribute type code.
    pub code: u8,
    /// Flags as received, with the Partial bit set.
    pub flags: u8,
    /// Value, byte for byte.
    pub value: Box<[u8]>,
}
