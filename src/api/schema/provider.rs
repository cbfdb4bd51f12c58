//! Connectivity providers, as ARM lists them.

use serde::{Deserialize, Serialize};

/// `GET …/providers/Microsoft.Network/expressRouteServiceProviders`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceProviders {
    /// The providers, by name.
    pub value: Vec<ServiceProvider>,
}

/// One provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceProvider {
    /// `Equinix`.
    pub name: String,
    /// `Microsoft.Network/expressRouteServiceProviders`.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// What it sells.
    pub properties: ServiceProviderProperties,
}

/// What a provider sells, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceProviderProperties {
    /// `Amsterdam`.
    pub peering_locations: Vec<String>,
    /// The sizes.
    pub bandwidths_offered: Vec<BandwidthOffered>,
    /// `Succeeded`.
    pub provisioning_state: String,
}

/// A size of a circuit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BandwidthOffered {
    /// `1Gbps`.
    pub offer_name: String,
    /// 1000.
    pub value_in_mbps: u32,
}
