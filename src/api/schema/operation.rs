//! Operations on circuits.

use super::{Changes, words};
use crate::azure::{CircuitName, Party, PeeringKind, ProviderState};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Body of `POST /v1/operations`: `{"operation": "createCircuit", "name": "ams-2", "keys": {"bandwidth_mbps": 500}}`.
///
/// Keys and values are those of the configuration file; `null` takes a key away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "camelCase", deny_unknown_fields)]
pub enum OperationRequest {
    /// Order a circuit.
    CreateCircuit {
        /// Its name.
        #[serde(deserialize_with = "words::from_text")]
        name: CircuitName,
        /// Keys of `[[circuit]]`.
        #[serde(default)]
        keys: Map<String, Value>,
    },
    /// Change size, SKU or links.
    ChangeCircuit {
        /// Its name.
        #[serde(deserialize_with = "words::from_text")]
        name: CircuitName,
        /// Keys of `[[circuit]]`.
        keys: Map<String, Value>,
    },
    /// Give a circuit up.
    DeleteCircuit {
        /// Its name.
        #[serde(deserialize_with = "words::from_text")]
        name: CircuitName,
    },
    /// The provider goes a step.
    SetProviderState {
        /// The circuit.
        #[serde(deserialize_with = "words::from_text")]
        name: CircuitName,
        /// The step.
        #[serde(with = "words::text")]
        state: ProviderState,
    },
    /// Add a peering, or change one.
    SetPeering {
        /// The circuit.
        #[serde(deserialize_with = "words::from_text")]
        circuit: CircuitName,
        /// The peering.
        kind: PeeringKind,
        /// Keys of `[[circuit.peering]]`.
        keys: Map<String, Value>,
        /// Whose side does it.
        #[serde(default)]
        by: Side,
    },
    /// Take a peering away.
    DeletePeering {
        /// The circuit.
        #[serde(deserialize_with = "words::from_text")]
        circuit: CircuitName,
        /// The peering.
        kind: PeeringKind,
        /// Whose side does it.
        #[serde(default)]
        by: Side,
    },
}

/// On whose side an operation is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The customer's.
    #[default]
    Customer,
    /// The provider's.
    Provider,
}

/// What an operation has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operated {
    /// What it has changed.
    #[serde(flatten)]
    pub changes: Changes,
    /// The key of the circuit, if it exists: what the provider finds it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_key: Option<String>,
    /// Why the daemon's next start would not know of it, although there is a state directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unkept: Option<String>,
}

impl OperationRequest {
    /// The circuit that it is about.
    pub fn circuit(&self) -> &CircuitName {
        match self {
            Self::CreateCircuit { name, .. }
            | Self::ChangeCircuit { name, .. }
            | Self::DeleteCircuit { name }
            | Self::SetProviderState { name, .. } => name,
            Self::SetPeering { circuit, .. } | Self::DeletePeering { circuit, .. } => circuit,
        }
    }
}

impl From<Side> for Party {
    fn from(side: Side) -> Self {
        match side {
            Side::Customer => Self::Customer,
            Side::Provider => Self::Provider,
        }
    }
}
