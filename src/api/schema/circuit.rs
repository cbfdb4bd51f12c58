//! Circuits, in ARM's words.

use super::{SessionState, words};
use crate::{
    asn::Asn,
    azure::{CircuitName, PeeringKind},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

/// One element of `GET /v1/circuits`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Circuit {
    /// Name, unique in the daemon.
    #[serde(deserialize_with = "words::from_text")]
    pub name: CircuitName,
    /// Connectivity provider, `Equinix`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_provider_name: Option<String>,
    /// Where the circuit meets Azure, `Amsterdam`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peering_location: Option<String>,
    /// Bandwidth in Mbit/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandwidth_in_mbps: Option<u32>,
    /// `Standard_MeteredData` and its like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// What the provider finds the circuit by, a GUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_key: Option<String>,
    /// `Enabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit_provisioning_state: Option<String>,
    /// `NotProvisioned`, `Provisioning`, `Provisioned` or `Deprovisioning`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_provider_provisioning_state: Option<String>,
    /// True if every peering has its session on both routers, as Azure's SLA asks for.
    #[serde(default)]
    pub sla_valid: bool,
    /// What is missing for that: `private/secondary`.
    #[serde(default)]
    pub missing_sessions: Vec<String>,
    /// At most one of each kind.
    pub peerings: Vec<Peering>,
    /// The virtual networks that the circuit is linked to.
    pub virtual_networks: Vec<VirtualNetworkLink>,
}

/// A peering of a circuit: a routing domain that exists alike on both routers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Peering {
    /// ARM's name of the kind ([`PeeringKind::arm_name`]).
    pub peering_type: Cow<'static, str>,
    /// The kind, as in configuration and in an attachment's name.
    pub kind: PeeringKind,
    /// ARM `state`.
    pub state: PeeringState,
    /// The customer's AS.
    #[serde(rename = "peerASN", with = "words::asn")]
    pub peer_asn: Asn,
    /// 802.1Q tag, 1 to 4094.
    pub vlan_id: u16,
    /// `Customer` or `Provider`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified_by: Option<String>,
    /// What the customer may announce; not on private peering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microsoft_peering_config: Option<MicrosoftPeeringConfig>,
    /// What is sent; on Microsoft peering only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_filter: Option<RouteFilter>,
    /// The link to the primary router.
    pub primary: LinkState,
    /// The link to the secondary router.
    pub secondary: LinkState,
}

/// ARM `microsoftPeeringConfig`, of Microsoft and of public peering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MicrosoftPeeringConfig {
    /// What the customer says that it announces.
    pub advertised_public_prefixes: Vec<IpNet>,
    /// `NotConfigured`, `Configured` or `ValidationNeeded`.
    pub advertised_public_prefixes_state: String,
    /// Whose the prefixes are, if not the peer's.
    #[serde(rename = "customerASN", default, skip_serializing_if = "Option::is_none")]
    pub customer_asn: Option<u32>,
    /// `RIPENCC` and its like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing_registry_name: Option<String>,
    /// What the registry said to each thing that was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// What the registry said to a prefix or an AS number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What was asked.
    pub subject: String,
    /// Whether it is the customer's.
    pub owned: bool,
    /// The object that decided, or what is missing.
    pub because: String,
}

/// A route filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteFilter {
    /// Its name.
    pub name: String,
    /// Prefixes with any of these values are sent.
    pub communities: Vec<String>,
}

/// ARM `state` of a peering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PeeringState {
    /// The peering's sessions run.
    Enabled,
    /// The peering is configured, but not run.
    Disabled,
}

/// How far the sessions of one peering on one router have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LinkState {
    /// The configuration has no link to this router.
    #[serde(rename = "disabled")]
    Disabled,
    /// The least advanced of its sessions, if the two families have one each.
    #[serde(untagged)]
    Session(SessionState),
}

impl fmt::Display for LinkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disabled => f.write_str("disabled"),
            Self::Session(state) => state.fmt(f),
        }
    }
}

/// The connection of a circuit with a virtual network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualNetworkLink {
    /// The virtual network.
    pub name: String,
    /// ARM `routingWeight`; the higher is preferred among circuits with the same prefix.
    pub routing_weight: u16,
}
