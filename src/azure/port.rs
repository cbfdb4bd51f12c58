//! Ports at a peering location: a provider's, or a customer's own (ExpressRoute Direct).

use std::fmt;

/// Speed of a port pair (ARM `bandwidthInGbps` of an `expressRoutePorts` resource).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortSpeed {
    /// 10 Gbps.
    Gbps10,
    /// 100 Gbps.
    Gbps100,
}

impl PortSpeed {
    /// The speed of that many Gbps.
    pub const fn from_gbps(gbps: i64) -> Option<Self> {
        match gbps {
            10 => Some(Self::Gbps10),
            100 => Some(Self::Gbps100),
            _ => None,
        }
    }

    /// What all circuits on the port together may have, in Mbps: twice the speed, because Azure lets a customer
    /// oversubscribe its own port (Azure: "About ExpressRoute Direct"); a provider sells what it has.
    pub const fn capacity_mbps(self, owner: PortOwner) -> u32 {
        let speed = match self {
            Self::Gbps10 => 10_000,
            Self::Gbps100 => 100_000,
        };
        match owner {
            PortOwner::Provider => speed,
            PortOwner::Customer => 2 * speed,
        }
    }
}

/// Whose port it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortOwner {
    /// A provider's, which its circuits at the location share.
    Provider,
    /// A customer's.
    Customer,
}

impl fmt::Display for PortSpeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gbps10 => "10 Gbps",
            Self::Gbps100 => "100 Gbps",
        })
    }
}
