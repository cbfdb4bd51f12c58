//! Facts and rules of the service: names, limits, SKUs. Pure; the protocol knows nothing of it.

pub mod asn;
pub mod bandwidth;
pub mod communities;
pub mod geography;
pub mod limits;
pub mod link;
pub mod location;
pub mod peering;
pub mod port;
pub mod provider;
pub mod provisioning;
pub mod public_prefixes;
pub mod reach;
pub mod region;
pub mod rules;
pub mod service_prefixes;
pub mod shared_key;
pub mod sku;
pub mod virtual_network;
pub mod vlan;

pub use bandwidth::Bandwidth;
pub use geography::{Cloud, Geography};
pub use link::LinkSubnet;
pub use location::PeeringLocation;
pub use peering::{AttachmentId, CircuitName, PeeringKind, Router};
pub use provider::{ProviderKind, ServiceProvider};
pub use provisioning::{CircuitState, Party, ProviderState, ServiceKey};
pub use reach::Reach;
pub use region::Region;
pub use rules::RulesProfile;
pub use service_prefixes::ServicePrefixes;
pub use shared_key::SharedKey;
pub use sku::{Billing, Sku, Tier};
pub use virtual_network::VirtualNetworkName;
pub use vlan::VlanId;
