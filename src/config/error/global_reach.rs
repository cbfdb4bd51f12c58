//! Faults of connections between circuits.

use crate::azure::{CircuitName, Geography, PeeringLocation};
use ipnet::IpNet;

/// Something in `global_reach`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlobalReachFault {
    /// No such circuit.
    #[error("circuit {name:?} does not exist")]
    UnknownCircuit {
        /// The name as written.
        name: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// A circuit beside itself.
    #[error("a circuit is not connected with itself")]
    WithItself,
    /// Nothing to connect.
    #[error("circuit {0} has no private peering, which Global Reach connects")]
    NoPrivatePeering(CircuitName),
    /// Not sold.
    #[error("circuit {0} is Local, and Local circuits have no Global Reach")]
    Local(CircuitName),
    /// Two circuits at one place.
    #[error("both circuits are at {0}")]
    SameLocation(&'static PeeringLocation),
    /// Across a border.
    #[error("Global Reach between {0} and {1} needs Premium on both circuits")]
    NeedsPremium(Geography, Geography),
    /// Not a /29.
    #[error("address_prefix is {0:?}; the tunnel takes an IPv4 /29")]
    Tunnel(String),
    /// A /29 of somebody else.
    #[error("{tunnel} overlaps {space} of a virtual network")]
    TunnelOverlaps {
        /// The tunnel's.
        tunnel: IpNet,
        /// The network's.
        space: IpNet,
    },
    /// It counts as a link.
    #[error("circuit {circuit} has {found} links, Global Reach included, and takes {limit}")]
    TooManyLinks {
        /// The circuit.
        circuit: CircuitName,
        /// What it has.
        found: usize,
        /// What it takes.
        limit: usize,
    },
}

impl GlobalReachFault {
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::UnknownCircuit { nearest: Some(nearest), .. } => format!("did you mean {nearest:?}?"),
            Self::UnknownCircuit { .. } => "name another circuit of this file".to_owned(),
            Self::WithItself => "name another circuit".to_owned(),
            Self::NoPrivatePeering(_) => "add a [[circuit.peering]] with kind = \"private\" to it".to_owned(),
            Self::Local(_) => "choose a Standard or Premium SKU".to_owned(),
            Self::SameLocation(_) => "connect circuits at different locations".to_owned(),
            Self::NeedsPremium(..) => {
                "choose Premium SKUs, or circuits in one geopolitical region".to_owned()
            }
            Self::Tunnel(_) => "write a prefix such as \"10.255.0.0/29\"".to_owned(),
            Self::TunnelOverlaps { .. } => "choose a prefix that nothing else uses".to_owned(),
            Self::TooManyLinks { .. } => "remove links, or choose a Premium SKU or more bandwidth".to_owned(),
        }
    }
}
