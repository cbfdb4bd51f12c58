//! `msee doctor --quick`: whether every part of the daemon answers.

use crate::{
    api::{
        Client, ClientError,
        schema::{Session, SessionState, SessionsQuery},
    },
    cli::{exit::Failure, output::Screen},
};
use serde::Serialize;
use std::time::Duration;
use tokio::time::timeout;

/// Health checks of containers give up after a few seconds; this says why before that.
const WITHIN: Duration = Duration::from_secs(3);

/// What JSON has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pulse {
    healthy: bool,
    version: String,
    sessions: usize,
    established: usize,
}

/// Prints one line if the daemon, every attachment and the backbone answer.
///
/// Sessions that are down are no fault of the daemon: `msee expect` asks for them.
pub(super) async fn perform(client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
    let silent = |_| ClientError::Silent { control: client.control().to_owned() };
    let pulse = timeout(WITHIN, pulse(client)).await.map_err(silent)??;
    screen.show(&pulse, |pulse, _| {
        format!(
            "msee {} answers; {} of {} sessions are Established\n",
            pulse.version, pulse.established, pulse.sessions
        )
    })
}

async fn pulse(client: &Client) -> Result<Pulse, ClientError> {
    let status = client.status().await?;
    // Each attachment answers for its sessions, the backbone for the forwarding tables.
    let sessions = client.sessions(&SessionsQuery::default()).await?;
    client.fibs().await?;
    let is_up = |session: &&Session| session.state == SessionState::Established;
    Ok(Pulse {
        healthy: true,
        version: status.version,
        sessions: sessions.len(),
        established: sessions.iter().filter(is_up).count(),
    })
}
