//! `msee circuit` and `msee peering`: operations on circuits that run.

use super::{
    exit::Failure,
    output::{OutputArgs, Screen},
    reload::changes,
    table::Look,
};
use crate::{
    api::{
        Client,
        schema::{Operated, OperationRequest, Side},
    },
    azure::{CircuitName, PeeringKind, ProviderState, peering::NotAName},
};
use serde_json::{Map, Value};
use std::str::FromStr;

/// Orders, changes and deletes circuits of the running daemon.
///
/// What Azure refuses is refused with the reason; sessions that a change does not concern stay up. Keys and values are those
/// of [[circuit]] in the configuration; KEY= takes a key away. The file stays as it is; with a state_dir in it, the daemon's
/// next start does the same again.
#[derive(Clone, Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Circuit {
    #[command(subcommand)]
    action: CircuitAction,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum CircuitAction {
    /// Orders a circuit: it has a service key, and waits for its provider.
    Create {
        /// Its name.
        name: CircuitName,
        /// For example service_provider=Equinix peering_location=Amsterdam bandwidth_mbps=500.
        #[arg(value_name = "KEY=VALUE")]
        keys: Vec<Assignment>,
    },
    /// Changes its size, its SKU or its links.
    Set {
        /// Its name.
        name: CircuitName,
        /// For example bandwidth_mbps=2000 sku=Premium_MeteredData.
        #[arg(value_name = "KEY=VALUE", required = true)]
        keys: Vec<Assignment>,
    },
    /// Gives it up; its provider must have deprovisioned it.
    Delete {
        /// Its name.
        name: CircuitName,
    },
    /// The provider's side: goes to NotProvisioned, Provisioning, Provisioned or Deprovisioning.
    ProviderState {
        /// Its name.
        name: CircuitName,
        /// The state.
        state: ProviderState,
    },
}

/// Adds, changes and deletes peerings of the running daemon.
///
/// Keys and values are those of [[circuit.peering]] in the configuration; KEY= takes a key away. The file stays as it is;
/// with a state_dir in it, the daemon's next start does the same again.
#[derive(Clone, Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Peering {
    #[command(subcommand)]
    action: PeeringAction,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum PeeringAction {
    /// Adds a peering, or changes one.
    Set {
        /// The peering, for example ams-1/private.
        #[arg(value_name = "CIRCUIT/KIND")]
        peering: PeeringName,
        /// For example peer_asn=65010 vlan_id=100.
        #[arg(value_name = "KEY=VALUE", required = true)]
        keys: Vec<Assignment>,
        /// Acts as the provider.
        #[arg(long)]
        provider: bool,
    },
    /// Takes a peering away.
    Delete {
        /// The peering, for example ams-1/private.
        #[arg(value_name = "CIRCUIT/KIND")]
        peering: PeeringName,
        /// Acts as the provider.
        #[arg(long)]
        provider: bool,
    },
}

/// `ams-1/private`.
#[derive(Clone, Debug)]
struct PeeringName(CircuitName, PeeringKind);

/// `bandwidth_mbps=2000`; the value is TOML, or plain text.
#[derive(Clone, Debug)]
struct Assignment(String, Value);

impl Circuit {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let request = match self.action.clone() {
            CircuitAction::Create { name, keys } => OperationRequest::CreateCircuit { name, keys: map(keys) },
            CircuitAction::Set { name, keys } => OperationRequest::ChangeCircuit { name, keys: map(keys) },
            CircuitAction::Delete { name } => OperationRequest::DeleteCircuit { name },
            CircuitAction::ProviderState { name, state } => {
                OperationRequest::SetProviderState { name, state }
            }
        };
        screen.show(&client.operate(&request).await?, text)
    }
}

impl Peering {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let side = |provider| if provider { Side::Provider } else { Side::Customer };
        let request = match self.action.clone() {
            PeeringAction::Set { peering: PeeringName(circuit, kind), keys, provider } => {
                OperationRequest::SetPeering { circuit, kind, keys: map(keys), by: side(provider) }
            }
            PeeringAction::Delete { peering: PeeringName(circuit, kind), provider } => {
                OperationRequest::DeletePeering { circuit, kind, by: side(provider) }
            }
        };
        screen.show(&client.operate(&request).await?, text)
    }
}

fn text(operated: &Operated, look: Look) -> String {
    let key = operated.service_key.as_ref().map(|key| format!("service key: {key}\n"));
    changes(&operated.changes, look) + &key.unwrap_or_default() + &unkept(operated.unkept.as_deref())
}

/// What is to be said if the next start would not know of it.
pub(super) fn unkept(why: Option<&str>) -> String {
    why.map_or_else(String::new, |why| format!("done, but the next start would not know of it: {why}\n"))
}

fn map(keys: Vec<Assignment>) -> Map<String, Value> {
    keys.into_iter().map(|Assignment(key, value)| (key, value)).collect()
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, written) = text.split_once('=').ok_or("write KEY=VALUE")?;
        let value = match format!("value = {written}").parse::<toml::Table>() {
            _ if written.is_empty() => Value::Null,
            Ok(table) => table.get("value").map(json).unwrap_or_default(),
            Err(_) => Value::String(written.to_owned()),
        };
        Ok(Self(key.trim().to_owned(), value))
    }
}

/// A value of the configuration as the control endpoint takes it; it has no dates.
fn json(value: &toml::Value) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

impl FromStr for PeeringName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let (circuit, kind) = text.split_once('/').ok_or_else(|| NotAName::Kind(text.to_owned()))?;
        Ok(Self(circuit.parse()?, kind.parse()?))
    }
}
