//! What can be done to a running circuit, by its owner and by the provider.

use crate::azure::{CircuitName, Party, PeeringKind, ProviderState};
use toml::Value;

/// One operation (ARM: PUT, PATCH and DELETE of circuits, peerings and cross connections).
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Order a circuit.
    CreateCircuit {
        /// Its name.
        name: CircuitName,
        /// Keys of `[[circuit]]`.
        keys: Vec<Edit>,
    },
    /// Change size, SKU or links.
    ChangeCircuit {
        /// Its name.
        name: CircuitName,
        /// Keys of `[[circuit]]`.
        keys: Vec<Edit>,
    },
    /// Give a circuit up.
    DeleteCircuit {
        /// Its name.
        name: CircuitName,
    },
    /// The provider goes a step.
    SetProviderState {
        /// The circuit.
        name: CircuitName,
        /// The step.
        state: ProviderState,
    },
    /// Add a peering, or change one.
    SetPeering {
        /// The circuit.
        circuit: CircuitName,
        /// The peering.
        kind: PeeringKind,
        /// Keys of `[[circuit.peering]]`.
        keys: Vec<Edit>,
        /// Whose side does it.
        by: Party,
    },
    /// Take a peering away.
    DeletePeering {
        /// The circuit.
        circuit: CircuitName,
        /// The peering.
        kind: PeeringKind,
        /// Whose side does it.
        by: Party,
    },
}

/// One key and its value; without a value the key goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The key, as in the file.
    pub key: String,
    /// The value, as in the file.
    pub value: Option<Value>,
}
