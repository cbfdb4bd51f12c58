//! Faults of circuits and virtual networks.

use crate::azure::{
    Bandwidth, CircuitName, Sku, VirtualNetworkName, limits, peering::NotAName, reach::OutOfReach,
    sku::NotASku, virtual_network::NotAVirtualNetworkName,
};
use ipnet::IpNet;

/// Something in `[[circuit]]` or `[[virtual_network]]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CircuitFault {
    /// Not a circuit name.
    #[error("name: {0}")]
    Name(#[from] NotAName),
    /// Two circuits of one name.
    #[error("circuit {0} exists already")]
    Duplicate(CircuitName),
    /// Not an SKU.
    #[error("sku: {0}")]
    Sku(#[from] NotASku),
    /// Local circuits came in 2019.
    #[error("Local circuits do not exist under the rules of 2015")]
    LocalIn2015,
    /// Not sold with that SKU.
    #[error("{sku} is not sold with {bandwidth}")]
    BandwidthOfSku {
        /// The SKU.
        sku: Sku,
        /// The size.
        bandwidth: Bandwidth,
    },
    /// More links than the circuit may have.
    #[error("{found} virtual networks are linked; {sku} with {bandwidth} takes {limit}")]
    TooManyLinks {
        /// How many are linked.
        found: usize,
        /// How many may be.
        limit: usize,
        /// The SKU.
        sku: Sku,
        /// The size.
        bandwidth: Bandwidth,
    },
    /// The link names nothing.
    #[error("virtual network {name:?} does not exist")]
    UnknownNetwork {
        /// The name as written.
        name: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// The circuit does not get there.
    #[error("virtual network {network} is out of reach: {why}")]
    OutOfReach {
        /// The network.
        network: VirtualNetworkName,
        /// The rule.
        why: OutOfReach,
    },
    /// Not a region of Azure.
    #[error("region {name:?} does not exist")]
    UnknownRegion {
        /// The name as written.
        name: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// A network beside itself.
    #[error("virtual network {0} is peered with itself")]
    PeeredWithItself(VirtualNetworkName),
    /// One network, one circuit, two links.
    #[error("virtual network {0} is linked already")]
    LinkedTwice(VirtualNetworkName),
    /// Out of ARM's range.
    #[error("routing_weight is {0}, which is not between 0 and {max}", max = limits::ROUTING_WEIGHT)]
    RoutingWeight(i64),
    /// Not a name.
    #[error("name: {0}")]
    NetworkName(#[from] NotAVirtualNetworkName),
    /// Two networks of one name.
    #[error("virtual network {0} exists already")]
    DuplicateNetwork(VirtualNetworkName),
    /// Nothing to advertise.
    #[error("address_space is empty")]
    NoAddressSpace,
    /// Not a prefix.
    #[error("{0:?} is not a prefix")]
    AddressSpace(String),
    /// Bits behind the length.
    #[error("{0} has host bits set")]
    HostBits(IpNet),
    /// The default route is not an address space.
    #[error("{0} is not an address space: it is everything")]
    Everything(IpNet),
    /// One prefix inside another of the same network.
    #[error("{inner} lies inside {outer}, which the virtual network has already")]
    Nested {
        /// The smaller one.
        inner: IpNet,
        /// The larger one.
        outer: IpNet,
    },
}

impl CircuitFault {
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::Name(_) => "write a name such as \"ams-1\"".to_owned(),
            Self::Duplicate(_) => {
                "give each circuit its own name, or put the peerings under one [[circuit]]".to_owned()
            }
            Self::Sku(NotASku::LocalMetered) => "write \"Local_UnlimitedData\"".to_owned(),
            Self::Sku(NotASku::Unknown(_)) => format!("write one of {}", Sku::NAMES.join(", ")),
            Self::LocalIn2015 => "choose a Standard or Premium SKU, or rules = \"current\"".to_owned(),
            Self::BandwidthOfSku { .. } => "choose at least 1000 Mbps, or a Standard SKU".to_owned(),
            Self::TooManyLinks { .. } => "remove links, or choose a Premium SKU or more bandwidth".to_owned(),
            Self::OutOfReach { why, .. } => why.remedy().to_owned(),
            Self::UnknownNetwork { nearest: Some(nearest), .. }
            | Self::UnknownRegion { nearest: Some(nearest), .. } => format!("did you mean {nearest:?}?"),
            Self::UnknownRegion { nearest: None, .. } => "write a name such as \"westeurope\"".to_owned(),
            Self::UnknownNetwork { name, nearest: None } => {
                format!("add a [[virtual_network]] with name = {name:?}")
            }
            Self::PeeredWithItself(_) => "remove it from peered_with".to_owned(),
            Self::LinkedTwice(_) => "remove one of the links".to_owned(),
            Self::RoutingWeight(_) => "write 0 for no preference; the highest weight wins".to_owned(),
            Self::NetworkName(_) => "write a name such as \"hub\"".to_owned(),
            Self::DuplicateNetwork(_) => "give each virtual network its own name".to_owned(),
            Self::NoAddressSpace => "give it a prefix, for example [\"10.1.0.0/16\"]".to_owned(),
            Self::AddressSpace(_) => "write network and length, for example \"10.1.0.0/16\"".to_owned(),
            Self::HostBits(net) => format!("write \"{}\"", net.trunc()),
            Self::Everything(_) => "name the prefixes that the virtual network uses".to_owned(),
            Self::Nested { inner, .. } => format!("remove {inner}"),
        }
    }
}
