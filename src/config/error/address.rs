//! Faults of subnets, addresses and endpoints.

use crate::{
    azure::{AttachmentId, LinkSubnet, PeeringKind, Router, VirtualNetworkName, VlanId},
    family::Family,
};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// A subnet, an address or an endpoint that cannot be what the key says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// Not a prefix.
    #[error("{key} is {found:?}, which is not a prefix")]
    Prefix {
        /// The key.
        key: &'static str,
        /// The text as written.
        found: String,
    },
    /// The prefix of the other family.
    #[error("{key} is {found}, which is not {wanted}", wanted = name(*wanted))]
    PrefixFamily {
        /// The key.
        key: &'static str,
        /// The prefix.
        found: IpNet,
        /// What the key takes.
        wanted: Family,
    },
    /// Not a subnet of a link.
    #[error("{key} is {found}; each link of a circuit is a /{length}", length = LinkSubnet::length(Family::of(found)))]
    Length {
        /// The key.
        key: &'static str,
        /// The prefix.
        found: IpNet,
    },
    /// Bits behind the length.
    #[error("{key} is {found}, which has host bits set")]
    HostBits {
        /// The key.
        key: &'static str,
        /// The prefix.
        found: IpNet,
    },
    /// Not an address.
    #[error("{key} is {found:?}, which is not an address")]
    Address {
        /// The key.
        key: &'static str,
        /// The text as written.
        found: String,
    },
    /// Not an address and a port.
    #[error("{key} is {found:?}, which is not an address and a port")]
    Endpoint {
        /// The key.
        key: &'static str,
        /// The text as written.
        found: String,
    },
    /// Port 0, or the unspecified address.
    #[error("{key} is {found}; TCP needs one address and one port")]
    UnusableEndpoint {
        /// The key.
        key: &'static str,
        /// The endpoint.
        found: SocketAddr,
    },
    /// Not an address of a router.
    #[error("{key} is {found}, which is {nature}")]
    NotUnicast {
        /// The key.
        key: &'static str,
        /// The address.
        found: IpAddr,
        /// What it is instead.
        nature: Nature,
    },
    /// Not in the link's subnet.
    #[error("{key} is {found}, which is not in {subnet}")]
    OutsideLink {
        /// The key.
        key: &'static str,
        /// The address.
        found: IpAddr,
        /// The link.
        subnet: LinkSubnet,
    },
    /// Network or broadcast address of the link.
    #[error("{key} is {found}, which is not an address for an interface in {subnet}")]
    NotUsable {
        /// The key.
        key: &'static str,
        /// The address.
        found: IpAddr,
        /// The link.
        subnet: LinkSubnet,
    },
    /// Both ends are one.
    #[error("the router and the customer edge both have {0}")]
    BothEnds(IpAddr),
    /// The daemon would connect to itself.
    #[error("local_endpoint and peer_endpoint are both {0}")]
    SameEndpoint(SocketAddr),
    /// IPv4 on one end, IPv6 on the other.
    #[error("{local} and {peer} are not of one address family")]
    MixedFamilies {
        /// The router's end.
        local: IpAddr,
        /// The customer edge's end.
        peer: IpAddr,
    },
    /// A session whose address nobody can know.
    #[error("{router} needs both local_address and peer_address, because there is no {prefix}")]
    NoAddresses {
        /// The router's key.
        router: &'static str,
        /// The subnet's key.
        prefix: &'static str,
    },
    /// Public addresses are needed.
    #[error("{kind} peering needs public addresses; {address} is private")]
    Private {
        /// The peering.
        kind: PeeringKind,
        /// The address.
        address: IpAddr,
    },
    /// A subnet of two links.
    #[error("{subnet} is the subnet of {other} already")]
    Overlap {
        /// The subnet.
        subnet: LinkSubnet,
        /// The link that has it.
        other: AttachmentId,
    },
    /// A subnet inside a linked virtual network.
    #[error("{subnet} overlaps {space} of virtual network {network}, which is linked to this circuit")]
    InVirtualNetwork {
        /// The link's subnet, or one address as a prefix.
        subnet: IpNet,
        /// The address space.
        space: IpNet,
        /// The virtual network.
        network: VirtualNetworkName,
    },
    /// Two sessions between the same addresses on one router.
    #[error("{local} and {peer} on the {router} router are the addresses of {other} already")]
    SameAddresses {
        /// The router's end.
        local: IpAddr,
        /// The customer edge's end.
        peer: IpAddr,
        /// The router.
        router: Router,
        /// The session that has them.
        other: AttachmentId,
    },
    /// A VLAN of two circuits.
    #[error("VLAN {tag} of {interface} is the link of {other} already")]
    VlanTaken {
        /// The tag.
        tag: VlanId,
        /// The link.
        interface: String,
        /// The peering that has it.
        other: AttachmentId,
    },
    /// Two sessions that a listener cannot tell apart.
    #[error("connections from {peer} to {local} belong to {other} already")]
    Indistinguishable {
        /// The listening endpoint.
        local: SocketAddr,
        /// The peer's address as TCP sees it.
        peer: IpAddr,
        /// The session that has them.
        other: AttachmentId,
    },
}

/// Why an address is not one of a router's interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// 0.0.0.0 or `::`.
    Unspecified,
    /// 127.0.0.0/8 or `::1`.
    Loopback,
    /// 224.0.0.0/4 or `ff00::/8`.
    Multicast,
    /// 255.255.255.255.
    Broadcast,
    /// `fe80::/10`.
    LinkLocal,
    /// `::ffff:0:0/96`.
    MappedIpv4,
}

impl Nature {
    /// What keeps the address off an interface of a router, if anything does.
    pub(in crate::config) fn of(address: IpAddr) -> Option<Self> {
        match address {
            _ if address.is_unspecified() => Some(Self::Unspecified),
            _ if address.is_loopback() => Some(Self::Loopback),
            _ if address.is_multicast() => Some(Self::Multicast),
            IpAddr::V4(address) if address.is_broadcast() => Some(Self::Broadcast),
            IpAddr::V6(address) if address.is_unicast_link_local() => Some(Self::LinkLocal),
            IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => Some(Self::MappedIpv4),
            _ => None,
        }
    }
}

impl std::fmt::Display for Nature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "the unspecified address",
            Self::Loopback => "a loopback address",
            Self::Multicast => "a multicast address",
            Self::Broadcast => "the broadcast address",
            Self::LinkLocal => "a link-local address",
            Self::MappedIpv4 => "an IPv4-mapped address",
        })
    }
}

/// A family as people write it; the key is in lower case.
fn name(family: Family) -> &'static str {
    match family {
        Family::Ipv4 => "IPv4",
        Family::Ipv6 => "IPv6",
    }
}

impl AddressFault {
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::Prefix { .. } => "write network and length, for example \"172.16.0.0/30\"".to_owned(),
            Self::PrefixFamily { key, wanted: Family::Ipv4, .. } => {
                format!("write an IPv4 /30; an IPv6 /126 belongs into ipv6_{key}")
            }
            Self::PrefixFamily { wanted: Family::Ipv6, .. } => "write an IPv6 /126".to_owned(),
            Self::Length { found, .. } | Self::HostBits { found, .. } => {
                let link = LinkSubnet::around(found.network());
                let link = if matches!(self, Self::HostBits { .. }) {
                    LinkSubnet::around(found.addr())
                } else {
                    link
                };
                format!(
                    "\"{link}\" gives {} to the customer and {} to the MSEE",
                    link.customer(),
                    link.msee()
                )
            }
            Self::Address { .. } => {
                "write an address without length or port, for example \"10.66.0.1\"".to_owned()
            }
            Self::Endpoint { .. } => "write \"127.0.0.1:1179\"; IPv6 is written \"[::1]:1179\"".to_owned(),
            Self::UnusableEndpoint { .. } => {
                "name the link's own address, and a port from 1 to 65535".to_owned()
            }
            Self::NotUnicast { nature: Nature::Loopback, .. } => {
                "keep a circuit's address here, because routers \
                refuse loopback next hops; what TCP uses is local_endpoint and peer_endpoint"
                    .to_owned()
            }
            Self::NotUnicast { .. } => "write the address of an interface".to_owned(),
            Self::OutsideLink { subnet, .. } | Self::NotUsable { subnet, .. } => {
                format!("the customer edge has {} and the MSEE {}", subnet.customer(), subnet.msee())
            }
            Self::BothEnds(_) => "give each end its own address".to_owned(),
            Self::SameEndpoint(_) => "give each end its own port or address".to_owned(),
            Self::MixedFamilies { .. } => "write two IPv4 or two IPv6 addresses".to_owned(),
            Self::NoAddresses { prefix, .. } => format!("add the missing address, or {prefix}"),
            Self::Private { .. } => {
                "use an address that the customer owns on the Internet, or [lab] open_transit".to_owned()
            }
            Self::Overlap { .. } => "give each link its own subnet".to_owned(),
            Self::InVirtualNetwork { .. } => {
                "take a subnet outside the virtual network, or do not link the network to this circuit"
                    .to_owned()
            }
            Self::SameAddresses { .. } => "give each session its own pair of addresses".to_owned(),
            Self::VlanTaken { .. } => "give one of the circuits another vlan_id or interface".to_owned(),
            Self::Indistinguishable { .. } => {
                "give one of them another local_endpoint, for example another port".to_owned()
            }
        }
    }
}
