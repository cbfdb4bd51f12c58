//! Facts and rules of the service: names, limits, SKUs. Pure; the protocol knows nothing of it.

pub mod asn;
pub mod bandwidth;
pub mod limits;
pub mod link;
pub mod peering;
pub mod rules;
pub mod shared_key;
pub mod sku;
pub mod virtual_network;
pub mod vlan;

pub use bandwidth::Bandwidth;
pub use link::LinkSubnet;
pub use peering::{AttachmentId, CircuitName, PeeringKind, Router};
pub use rules::RulesProfile;
pub use shared_key::SharedKey;
pub use sku::{Billing, Sku, Tier};
pub use virtual_network::VirtualNetworkName;
pub use vlan::VlanId;
