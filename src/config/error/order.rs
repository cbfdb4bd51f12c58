//! Faults of what is ordered: of whom, where, how much, and whether it has been delivered.

use crate::azure::{
    Bandwidth, PeeringLocation, ProviderState, RulesProfile, ServiceKey,
    geography::NotACloud,
    port::PortSpeed,
    provider::NotAProviderKind,
    provisioning::NotAServiceKey,
    provisioning::{NotACircuitState, NotAParty, NotAProviderState},
};
use std::fmt;

/// Something in `[[service_provider]]`, `[[express_route_port]]` or the part of `[[circuit]]` that is bought.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderFault {
    /// No such provider.
    #[error("service provider {name:?} does not exist")]
    UnknownProvider {
        /// The name as written.
        name: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// No such location.
    #[error("peering location {name:?} does not exist")]
    UnknownLocation {
        /// The name as written.
        name: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// The provider is elsewhere.
    #[error("{provider} has no peering location {location}")]
    NotThere {
        /// The provider.
        provider: String,
        /// Where it shall be.
        location: &'static PeeringLocation,
        /// Where it is.
        offered: Vec<&'static PeeringLocation>,
    },
    /// A provider without a location, or a location without a seller.
    #[error("{given} is given, but {missing} is not")]
    Half {
        /// The key that is there.
        given: &'static str,
        /// The key that is not.
        missing: &'static str,
    },
    /// Nobody connected directly in 2015.
    #[error(
        "under the rules of 2015 every circuit has a provider: there is no direct connection to the edge"
    )]
    NoProviderIn2015,
    /// A provider and a port of one's own.
    #[error("both service_provider and express_route_port are given")]
    TwoSellers,
    /// Two facts about one provider.
    #[error("service provider {0} is described already")]
    DuplicateProvider(String),
    /// Not what the provider is.
    #[error("provider_kind is {found}; {provider} is of the kind {kind}")]
    OtherKind {
        /// The kind as written.
        found: String,
        /// The provider.
        provider: String,
        /// What it is.
        kind: String,
    },
    /// Not a kind.
    #[error("{0}")]
    Kind(#[from] NotAProviderKind),
    /// Not a cloud.
    #[error("cloud: {0}")]
    Cloud(#[from] NotACloud),
    /// Not a state.
    #[error("service_provider_provisioning_state: {0}")]
    State(#[from] NotAProviderState),
    /// Not a state of a circuit.
    #[error("circuit_provisioning_state: {0}")]
    CircuitState(#[from] NotACircuitState),
    /// Nobody takes it down.
    #[error("circuit_provisioning_state is Disabling, and the provider's is {0}")]
    NotGivenUp(ProviderState),
    /// Not a key.
    #[error("service_key: {0}")]
    Key(#[from] NotAServiceKey),
    /// Not a side.
    #[error("{0}")]
    Party(#[from] NotAParty),
    /// An exchange has no routers.
    #[error("{0} is an exchange, which runs no BGP for its customers")]
    ExchangeManages(String),
    /// Not sold.
    #[error("bandwidth_mbps is {found}; {seller} sells that under the rules {rules:?}", rules = .rules.to_string())]
    Bandwidth {
        /// The number as written.
        found: i64,
        /// Who does not sell it.
        seller: Seller,
        /// What is sold.
        offered: Vec<u32>,
        /// The rules that hold.
        rules: RulesProfile,
    },
    /// Azure's own words (code `ServiceProviderNotProvisioned`).
    #[error(
        "The current cross connection provisioning state '{state}' of this service key '{key}' prevents this operation."
    )]
    NotProvisioned {
        /// How far the provider has come.
        state: ProviderState,
        /// The circuit's key.
        key: ServiceKey,
    },
    /// No such port.
    #[error("express_route_port {0:?} does not exist")]
    UnknownPort(String),
    /// Two ports of one name.
    #[error("express_route_port {0} exists already")]
    DuplicatePort(String),
    /// Not a speed.
    #[error("bandwidth_gbps is {0}; ports have 10 or 100")]
    PortSpeed(i64),
    /// No ports for customers there.
    #[error("there is no ExpressRoute Direct at {0}")]
    NotDirect(&'static PeeringLocation),
    /// The circuit and its port are at two places.
    #[error("port {port} is at {there}")]
    PortElsewhere {
        /// The port.
        port: String,
        /// Where it is.
        there: &'static PeeringLocation,
    },
    /// Nothing left.
    #[error("port {port} ({speed}) has no capacity for {wanted}: {left} Mbps of {capacity} are left")]
    NoCapacity {
        /// The port.
        port: String,
        /// Its speed.
        speed: PortSpeed,
        /// What the circuit wants.
        wanted: Bandwidth,
        /// What is left for it, in Mbps.
        left: u32,
        /// What there is for all, in Mbps.
        capacity: u32,
    },
}

/// Who sells bandwidth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seller {
    /// All providers there are.
    Anybody,
    /// One of them.
    Provider(String),
    /// A port of the customer's own.
    Port(PortSpeed),
}

/// As the subject of "sells that", denied.
impl fmt::Display for Seller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anybody => f.write_str("no provider"),
            Self::Provider(name) => write!(f, "not even {name}"),
            Self::Port(speed) => write!(f, "no port of {speed}"),
        }
    }
}

impl OrderFault {
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::UnknownProvider { nearest: Some(nearest), .. }
            | Self::UnknownLocation { nearest: Some(nearest), .. } => format!("did you mean {nearest:?}?"),
            Self::UnknownProvider { name, nearest: None } => {
                format!(
                    "`msee show providers` lists them; add others as [[service_provider]] name = {name:?}"
                )
            }
            Self::UnknownLocation { nearest: None, .. } => {
                "`msee show providers` lists where each provider is".to_owned()
            }
            Self::NotThere { offered, .. } => {
                let names: Vec<String> = offered.iter().map(ToString::to_string).collect();
                format!(
                    "choose one of {}, or add peering_locations in a [[service_provider]]",
                    names.join(", ")
                )
            }
            Self::Half { missing, .. } => format!("add {missing}"),
            Self::NoProviderIn2015 => {
                "add service_provider and peering_location, or rules = \"current\"".to_owned()
            }
            Self::TwoSellers | Self::DuplicateProvider(_) => "remove one of them".to_owned(),
            Self::OtherKind { kind, .. } => format!("write {kind:?}, or remove the key"),
            Self::Kind(_) => "an exchange sells layer 2, a network service provider layer 3".to_owned(),
            Self::Cloud(_) => "remove the key for the public cloud".to_owned(),
            Self::State(_) => {
                let names = ProviderState::ALL.map(|state| state.to_string());
                format!("write one of {}", names.join(", "))
            }
            Self::CircuitState(_) => "or remove the key".to_owned(),
            Self::NotGivenUp(_) => {
                "remove the key, or write service_provider_provisioning_state = \"Deprovisioning\"".to_owned()
            }
            Self::Key(_) => {
                "write a GUID such as \"9c2a1f1e-6a1b-4c55-9a7e-0d2f3b4c5d6e\", or remove the key".to_owned()
            }
            Self::Party(_) => "write who sets the peerings".to_owned(),
            Self::ExchangeManages(_) => {
                "remove authorized_by, or choose a network service provider".to_owned()
            }
            Self::Bandwidth { offered, .. } => {
                let sizes: Vec<String> = offered.iter().map(u32::to_string).collect();
                format!("write one of {}", sizes.join(", "))
            }
            Self::NotProvisioned { .. } => {
                "let the provider provision the circuit first, or remove its peerings and links".to_owned()
            }
            Self::UnknownPort(name) => format!("add an [[express_route_port]] with name = {name:?}"),
            Self::DuplicatePort(_) => "give each port its own name".to_owned(),
            Self::PortSpeed(_) => "write bandwidth_gbps = 10 or bandwidth_gbps = 100".to_owned(),
            Self::NotDirect(_) => {
                "choose another location, or a service_provider whose port it is".to_owned()
            }
            Self::PortElsewhere { there, .. } => {
                format!("write peering_location = \"{there}\", or remove the key")
            }
            Self::NoCapacity { .. } => {
                "choose less, or order a new circuit on another port: the bandwidth of this one stays"
                    .to_owned()
            }
        }
    }
}
