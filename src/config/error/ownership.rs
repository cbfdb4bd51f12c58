//! Faults of what a customer says is its own.

use crate::{azure::public_prefixes::NotSettable, registry::ownership::NotARoutingRegistry};

/// Something about public prefixes and AS numbers in `[[circuit.peering]]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnershipFault {
    /// A key that private peering has no use for.
    #[error("{0} has no meaning on private peering, which takes any prefix")]
    OnPrivate(&'static str),
    /// Not a prefix.
    #[error("advertised_public_prefixes: {0:?} is not a prefix")]
    Prefix(String),
    /// Not a public AS number.
    #[error("customer_asn is {0}, which is not a public AS number")]
    CustomerAsn(i64),
    /// Not a registry.
    #[error("routing_registry_name: {0}")]
    Registry(#[from] NotARoutingRegistry),
    /// Not a state that can be set.
    #[error("advertised_public_prefixes_state: {0}")]
    State(#[from] NotSettable),
}

impl OwnershipFault {
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::OnPrivate(key) => format!("remove {key}"),
            Self::Prefix(_) => {
                "write network and length without host bits, for example \"193.0.0.0/21\"".to_owned()
            }
            Self::CustomerAsn(_) => "write the AS number that the prefixes are registered for".to_owned(),
            Self::Registry(_) => "or remove the key: objects of every registry count then".to_owned(),
            Self::State(_) => "or remove the key: the registry decides then".to_owned(),
        }
    }
}
