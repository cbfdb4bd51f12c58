//! The configuration as text that operations on the running daemon change.
//!
//! An operation edits the tables of the file, and the same rules judge the result: what a file may not say, nobody can
//! bring about by an operation.

use super::{
    ConfigErrors, Loaded, Plan,
    operation::{Edit, Operation},
    overlay::{Overlaid, Overlay},
    parse_after,
};
use crate::azure::{CircuitState, Party, PeeringKind, ProviderState, ServiceKey};
use std::{
    path::{Path, PathBuf},
    str::FromStr,
};
use toml::{Table, Value};

/// A configuration and what has been made of it since it was read.
#[derive(Clone, Debug)]
pub struct Document {
    /// What errors call it.
    name: String,
    /// Where relative paths start.
    directory: PathBuf,
    /// As it was read.
    file: String,
    /// As it is after all operations.
    text: String,
    /// What leads from one to the other.
    overlay: Overlay,
}

/// What an operation may not do, whatever the configuration would then say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// Two circuits of one name.
    #[error("circuit {0} exists already")]
    Exists(String),
    /// No such circuit.
    #[error("there is no circuit {0}")]
    NoCircuit(String),
    /// No such peering.
    #[error("circuit {circuit} has no {kind} peering")]
    NoPeering {
        /// The circuit.
        circuit: String,
        /// The peering.
        kind: PeeringKind,
    },
    /// A key that the operation does not set.
    #[error("{0} cannot be set by this operation")]
    Key(String),
    /// The provider has not begun to take it down. The first two sentences are Azure's own (code `ConflictError`).
    #[error(
        "The specified dedicated circuit is not in Deprovisioned state. Please initiate the deprovisioning process with \
         your service provider. Circuit {circuit} is {state}."
    )]
    Delete {
        /// The circuit.
        circuit: String,
        /// How far the provider has come.
        state: ProviderState,
    },
    /// It is given up.
    #[error("circuit {0} is Disabling: it goes when its provider has deprovisioned it")]
    Disabling(String),
    /// Not a step of the provider.
    #[error("serviceProviderProvisioningState cannot go from {from} to {to}")]
    ProviderState {
        /// As it is.
        from: ProviderState,
        /// As it was asked for.
        to: ProviderState,
    },
    /// The other side's peering.
    #[error("the {kind} peering of circuit {circuit} is set by the provider and read-only for the customer")]
    ReadOnly {
        /// The circuit.
        circuit: String,
        /// The peering.
        kind: PeeringKind,
    },
}

impl Forbidden {
    /// Azure's own code for it, where Azure's answer is known.
    pub const fn azure_code(&self) -> Option<&'static str> {
        match self {
            Self::Delete { .. } => Some("ConflictError"),
            _ => None,
        }
    }

    /// The next step.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Exists(_) => "choose another name, or change that circuit",
            Self::NoCircuit(_) | Self::NoPeering { .. } => "`msee show circuits` lists what there is",
            Self::Key(_) => {
                "what is bought of whom, and where, stays as it is ordered: delete the circuit and create another"
            }
            Self::Delete { .. } => {
                "let the provider deprovision it first: msee circuit provider-state … Deprovisioning"
            }
            Self::Disabling(_) => "order another circuit under another name",
            Self::ProviderState { .. } => {
                "the order is NotProvisioned, Provisioning, Provisioned, Deprovisioning, NotProvisioned"
            }
            Self::ReadOnly { .. } => "ask the provider, or act as the provider: --provider",
        }
    }
}

/// Keys of a circuit that its owner may change while it runs.
const CHANGEABLE: [&str; 5] = ["bandwidth_mbps", "sku", "virtual_networks", "global_reach", "authorized_by"];
/// Keys of a circuit that only the service and the provider set.
const NOT_THE_CUSTOMERS: [&str; 5] = ["name", CIRCUIT_STATE, PROVIDER_STATE, "service_key", "peering"];
const CIRCUIT_STATE: &str = "circuit_provisioning_state";
const PROVIDER_STATE: &str = "service_provider_provisioning_state";

impl Document {
    pub(super) fn new(name: &str, text: &str, directory: &Path) -> Self {
        let (name, text) = (name.to_owned(), text.to_owned());
        let (file, overlay) = (text.clone(), Overlay::default());
        Self { name, directory: directory.to_owned(), file, text, overlay }
    }

    /// The plan that it describes, beside one that runs.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(&self, running: &Plan) -> Result<Loaded, ConfigErrors> {
        let loaded = parse_after(&self.name, &self.text, &self.directory, Some(running))?;
        Ok(Loaded { document: self.clone(), ..loaded })
    }

    /// The file as it has been read again, with what operations made of it before.
    ///
    /// # Errors
    /// Everything that is wrong with both together.
    pub fn succeeded_by(&self, read: Loaded, running: &Plan) -> Result<Loaded, ConfigErrors> {
        if self.overlay.changes().is_empty() {
            return Ok(read);
        }
        read.document.with(&self.overlay).0.load(running)
    }

    /// What operations have made of the file.
    pub const fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// The file with what operations made of it before, and what of that it does not let stand any more.
    #[must_use]
    pub fn with(self, overlay: &Overlay) -> (Self, Vec<Overlaid>) {
        if overlay.changes().is_empty() {
            return (self, Vec::new());
        }
        let mut now = tables(&self.file);
        let dropped = overlay.lay_over(&mut now);
        (self.with_tables(&now), dropped)
    }

    fn with_tables(self, now: &Table) -> Self {
        let overlay = Overlay::between(&tables(&self.file), now);
        // Errors name places: those of the file itself, while it holds as it stands.
        let text = if overlay.changes().is_empty() { self.file.clone() } else { now.to_string() };
        Self { text, overlay, ..self }
    }

    /// The document after an operation.
    ///
    /// # Errors
    /// [`Forbidden`] if Azure does not do that; whether the result is a configuration is [`Document::load`]'s to say.
    pub fn after(&self, operation: &Operation) -> Result<Self, Forbidden> {
        let mut tables = tables(&self.text);
        match operation {
            Operation::CreateCircuit { name, keys } => {
                let name = name.as_str();
                if circuits(&tables).any(|circuit| name_of(circuit) == Some(name)) {
                    return Err(Forbidden::Exists(name.to_owned()));
                }
                let mut circuit = Table::new();
                circuit.insert("name".to_owned(), name.into());
                edit(&mut circuit, keys, |key| !NOT_THE_CUSTOMERS.contains(&key))?;
                // On a port of one's own there is nobody to wait for.
                let state = if circuit.contains_key("express_route_port") {
                    ProviderState::Provisioned
                } else {
                    ProviderState::NotProvisioned
                };
                circuit.insert(PROVIDER_STATE.to_owned(), state.to_string().into());
                circuit.insert("service_key".to_owned(), ServiceKey::random().to_string().into());
                push(&mut tables, "circuit", circuit);
            }
            Operation::ChangeCircuit { name, keys } => {
                let circuit = circuit(&mut tables, name.as_str())?;
                if circuit_state(circuit) == CircuitState::Disabling {
                    return Err(Forbidden::Disabling(name.to_string()));
                }
                edit(circuit, keys, |key| CHANGEABLE.contains(&key))?;
            }
            Operation::DeleteCircuit { name } => {
                let name = name.as_str();
                let given_up = circuit(&mut tables, name)?;
                match provider_state(given_up) {
                    ProviderState::NotProvisioned => remove(&mut tables, name),
                    // It goes when the provider is ready.
                    ProviderState::Deprovisioning => {
                        let state = CircuitState::Disabling.to_string();
                        given_up.insert(CIRCUIT_STATE.to_owned(), state.into());
                    }
                    state @ (ProviderState::Provisioning | ProviderState::Provisioned) => {
                        return Err(Forbidden::Delete { circuit: name.to_owned(), state });
                    }
                }
            }
            Operation::SetProviderState { name, state } => {
                let name = name.as_str();
                let circuit = circuit(&mut tables, name)?;
                let from = provider_state(circuit);
                if !from.may_become(*state) {
                    return Err(Forbidden::ProviderState { from, to: *state });
                }
                circuit.insert(PROVIDER_STATE.to_owned(), state.to_string().into());
                let given_up = circuit_state(circuit) == CircuitState::Disabling;
                if given_up && *state == ProviderState::NotProvisioned {
                    remove(&mut tables, name);
                }
            }
            Operation::SetPeering { circuit: name, kind, keys, by } => {
                let circuit = circuit(&mut tables, name.as_str())?;
                refuse_read_only(circuit, name.as_str(), *kind, *by)?;
                if peering(circuit, *kind).is_none() {
                    push(
                        circuit,
                        "peering",
                        Table::from_iter([("kind".to_owned(), kind.to_string().into())]),
                    );
                }
                let missing = || Forbidden::NoPeering { circuit: name.to_string(), kind: *kind };
                let peering = peering(circuit, *kind).ok_or_else(missing)?;
                edit(peering, keys, |key| !["kind", "last_modified_by"].contains(&key))?;
                peering.insert("last_modified_by".to_owned(), by.to_string().to_lowercase().into());
            }
            Operation::DeletePeering { circuit: name, kind, by } => {
                let circuit = circuit(&mut tables, name.as_str())?;
                refuse_read_only(circuit, name.as_str(), *kind, *by)?;
                peering(circuit, *kind)
                    .ok_or_else(|| Forbidden::NoPeering { circuit: name.to_string(), kind: *kind })?;
                if let Some(peerings) = array(circuit, "peering") {
                    peerings.retain(|peering| !is_of(peering, *kind));
                }
            }
        }
        Ok(self.clone().with_tables(&tables))
    }
}

/// The tables of text that has been read as a configuration.
fn tables(text: &str) -> Table {
    text.parse().unwrap_or_default()
}

/// The array of that key; a table that has been read as a configuration holds nothing else there.
fn array<'a>(table: &'a mut Table, key: &str) -> Option<&'a mut Vec<Value>> {
    table.entry(key.to_owned()).or_insert_with(|| Value::Array(Vec::new())).as_array_mut()
}

fn push(table: &mut Table, key: &str, value: Table) {
    if let Some(array) = array(table, key) {
        array.push(value.into());
    }
}

fn circuits(tables: &Table) -> impl Iterator<Item = &Table> {
    tables.get("circuit").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

fn name_of(circuit: &Table) -> Option<&str> {
    circuit.get("name").and_then(Value::as_str)
}

fn circuit<'a>(tables: &'a mut Table, name: &str) -> Result<&'a mut Table, Forbidden> {
    let mut all = array(tables, "circuit").into_iter().flatten().filter_map(Value::as_table_mut);
    all.find(|circuit| name_of(circuit) == Some(name)).ok_or_else(|| Forbidden::NoCircuit(name.to_owned()))
}

fn provider_state(circuit: &Table) -> ProviderState {
    word(circuit, PROVIDER_STATE)
}

fn circuit_state(circuit: &Table) -> CircuitState {
    word(circuit, CIRCUIT_STATE)
}

fn word<T: FromStr + Default>(circuit: &Table, key: &str) -> T {
    let written = circuit.get(key).and_then(Value::as_str);
    written.and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn remove(tables: &mut Table, name: &str) {
    if let Some(circuits) = array(tables, "circuit") {
        circuits.retain(|circuit| circuit.as_table().and_then(name_of) != Some(name));
    }
}

fn is_of(peering: &Value, kind: PeeringKind) -> bool {
    let written = peering.as_table().and_then(|table| table.get("kind")).and_then(Value::as_str);
    written.is_some_and(|text| text == kind.to_string())
}

fn peering(circuit: &mut Table, kind: PeeringKind) -> Option<&mut Table> {
    let mut all = array(circuit, "peering").into_iter().flatten();
    all.find(|peering| is_of(peering, kind)).and_then(Value::as_table_mut)
}

/// A customer leaves alone what the provider has set, and adds nothing to a circuit that the provider manages.
fn refuse_read_only(circuit: &Table, name: &str, kind: PeeringKind, by: Party) -> Result<(), Forbidden> {
    let is_providers = |value: Option<&Value>| value.and_then(Value::as_str) == Some("provider");
    let peerings = circuit.get("peering").and_then(Value::as_array).into_iter().flatten();
    let set_by_provider = peerings
        .filter(|peering| is_of(peering, kind))
        .any(|peering| is_providers(peering.get("last_modified_by")));
    if by == Party::Customer && (set_by_provider || is_providers(circuit.get("authorized_by"))) {
        return Err(Forbidden::ReadOnly { circuit: name.to_owned(), kind });
    }
    Ok(())
}

fn edit(table: &mut Table, edits: &[Edit], may: impl Fn(&str) -> bool) -> Result<(), Forbidden> {
    for Edit { key, value } in edits {
        if !may(key) {
            return Err(Forbidden::Key(key.clone()));
        }
        match value {
            Some(value) => drop(table.insert(key.clone(), value.clone())),
            None => drop(table.remove(key)),
        }
    }
    Ok(())
}
