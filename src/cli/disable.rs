//! `msee disable` and `msee enable`.

use super::{
    circuit::unkept,
    exit::Failure,
    output::{OutputArgs, Screen},
};
use crate::api::{
    Client,
    schema::{Affected, DisableRequest, SessionTarget},
};

/// Stops the sessions of a peering, on one router or on both.
///
/// The peer is sent Cease/Administrative Shutdown; the sessions stay down until `msee enable`, and with a
/// state_dir also when the daemon starts again.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Disable {
    /// The peering, for example ams-1/private or ams-1/private/primary.
    #[arg(value_name = "CIRCUIT/KIND[/ROUTER]")]
    target: SessionTarget,

    /// The text that the peer is told (RFC 9003).
    #[arg(long, value_name = "TEXT", value_parser = shutdown_text)]
    message: Option<String>,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl Disable {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let request = DisableRequest { message: self.message.clone() };
        screen.show(&client.disable(&self.target, &request).await?, |affected, _| list("stopped", affected))
    }
}

/// Starts the sessions of a peering again.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Enable {
    /// The peering, for example ams-1/private or ams-1/private/primary.
    #[arg(value_name = "CIRCUIT/KIND[/ROUTER]")]
    target: SessionTarget,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl Enable {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        screen.show(&client.enable(&self.target).await?, |affected, _| list("started", affected))
    }
}

fn list(done: &str, affected: &Affected) -> String {
    let attachments = affected.affected.iter();
    let list: String =
        attachments.flat_map(|attachment| [attachment.to_string(), format!(": {done}\n")]).collect();
    list + &unkept(affected.unkept.as_deref())
}

/// The length that RFC 9003 section 2 allows.
fn shutdown_text(text: &str) -> Result<String, String> {
    match text.len() {
        0..=255 => Ok(text.to_owned()),
        octets => Err(format!("it has {octets} octets; BGP carries 255 (RFC 9003)")),
    }
}
