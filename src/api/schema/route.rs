//! Routes of a peering and of a virtual network.

use super::words;
use crate::{azure::AttachmentId, wire::attribute};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr};

/// `GET /v1/routes`: one page, in the order of address and length.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutePage {
    /// The routes of the page.
    pub routes: Vec<Route>,
    /// To be given as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<IpNet>,
}

/// A route that one peering has received or advertised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// The prefix.
    pub network: IpNet,
    /// NEXT_HOP, or the global address in MP_REACH_NLRI.
    pub next_hop: IpAddr,
    /// AS_PATH, `65010 65020 {65030 65040}`, nearest AS first.
    pub as_path: String,
    /// ORIGIN.
    pub origin: Origin,
    /// MULTI_EXIT_DISC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<u32>,
    /// `12076:51002` (RFC 1997).
    pub communities: Vec<String>,
    /// `64496:1:2` (RFC 8092).
    pub large_communities: Vec<String>,
    /// `rt:65000:1` (RFC 4360).
    pub extended_communities: Vec<String>,
    /// True if policy accepted it.
    pub valid: bool,
    /// Why policy refused it, and what to do about it; absent if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_because: Option<String>,
}

/// ORIGIN in FRR's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// 0.
    #[serde(rename = "IGP")]
    Igp,
    /// 1.
    #[serde(rename = "EGP")]
    Egp,
    /// 2.
    #[serde(rename = "incomplete")]
    Incomplete,
}

impl From<attribute::Origin> for Origin {
    fn from(origin: attribute::Origin) -> Self {
        match origin {
            attribute::Origin::Igp => Self::Igp,
            attribute::Origin::Egp => Self::Egp,
            attribute::Origin::Incomplete => Self::Incomplete,
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

/// `GET /v1/effective-routes`: one page of a virtual network's table, in the order of address and length.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectiveRoutePage {
    /// The routes of the page.
    pub value: Vec<EffectiveRoute>,
    /// To be given as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<IpNet>,
}

/// A route that a machine in the virtual network would use (ARM `EffectiveRoute`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveRoute {
    /// Name of a user-defined route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it comes from.
    pub source: RouteSource,
    /// Whether it is used.
    pub state: RouteState,
    /// The prefix; ARM has a list, here it holds one.
    pub address_prefix: Vec<IpNet>,
    /// What kind of next hop.
    pub next_hop_type: NextHopType,
    /// The customer's addresses that share the traffic (ECMP); empty for the own address space.
    pub next_hop_ip_address: Vec<IpAddr>,
    /// The same next hops with what chose them.
    pub next_hops: Vec<EffectiveNextHop>,
}

/// Where an effective route comes from (ARM `source`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RouteSource {
    /// Learnt from a circuit through the gateway.
    VirtualNetworkGateway,
    /// The virtual network's own address space.
    Default,
}

impl fmt::Display for RouteSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Whether an effective route is used (ARM `state`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RouteState {
    /// It forwards traffic.
    Active,
    /// A route of another source took its place.
    Invalid,
}

impl fmt::Display for RouteState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The kind of an effective route's next hop (ARM `nextHopType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NextHopType {
    /// Through the gateway to a circuit.
    VirtualNetworkGateway,
    /// Inside the virtual network.
    VnetLocal,
}

impl fmt::Display for NextHopType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// One of the next hops that share the traffic of an effective route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveNextHop {
    /// The peering on one router that it was learnt from.
    #[serde(deserialize_with = "words::from_text")]
    pub attachment: AttachmentId,
    /// The customer's address.
    pub neighbor_addr: IpAddr,
    /// AS_PATH as learnt.
    pub as_path: String,
    /// `routingWeight` of the circuit's link with the virtual network.
    pub weight: u16,
}

/// `GET /v1/lookup`: the longest match of one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Lookup {
    /// In the table of a virtual network.
    VirtualNetwork(VirtualNetworkLookup),
    /// In what a peering has received.
    Attachment(AttachmentLookup),
}

/// The longest match in the table of a virtual network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualNetworkLookup {
    /// What was looked up.
    pub address: IpAddr,
    /// Where.
    pub virtual_network: String,
    /// What was found; null if no route matches.
    #[serde(rename = "match")]
    pub found: Option<EffectiveRoute>,
}

/// The longest match in what a peering has received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentLookup {
    /// What was looked up.
    pub address: IpAddr,
    /// Where.
    #[serde(deserialize_with = "words::from_text")]
    pub attachment: AttachmentId,
    /// What was found; null if no route matches.
    #[serde(rename = "match")]
    pub found: Option<Route>,
}
