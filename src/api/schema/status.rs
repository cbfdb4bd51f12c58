//! The daemon itself.

use super::words;
use crate::asn::Asn;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf};

/// `GET /v1/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Version of the daemon, `0.1.0`.
    pub version: String,
    /// Process number.
    pub pid: u32,
    /// Time since the start.
    pub uptime_msec: u64,
    /// The AS of both routers.
    #[serde(with = "words::asn")]
    pub asn: Asn,
    /// The profile of Azure's rules: `current` or `2015`.
    pub rules: String,
    /// True under `[lab] open_transit`: no Azure policy is applied.
    pub transit: bool,
    /// The configuration file; absent if there is none, as in `msee lab`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<PathBuf>,
    /// Where this endpoint listens.
    pub control_address: SocketAddr,
    /// How often a peering's task died of an error in the daemon and was started again; 0 in good health.
    #[serde(default)]
    pub task_restarts: u64,
    /// How many requests were refused because their address had sent too many.
    #[serde(default)]
    pub requests_refused: u64,
    /// Where what operations do outlives the daemon; absent without a state directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// The RTR server that says what RPKI has validated; absent if none is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtr: Option<Rtr>,
}

/// An RTR server (RFC 8210).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rtr {
    /// Where it is.
    pub server: SocketAddr,
    /// True if it answers.
    pub connected: bool,
    /// Since it has said last that all holds; absent unless it is connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_msec: Option<u64>,
    /// ROA payloads that hold.
    pub payloads: usize,
    /// The server's number for them; absent if it has said nothing, or nothing that still holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<u32>,
    /// Until they hold no longer; absent unless the server is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_msec: Option<u64>,
    /// Why it does not answer; absent unless it is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// The state directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Its path.
    pub directory: PathBuf,
    /// Attempts to write it that have failed since the daemon's start.
    pub errors: u64,
    /// Why the last attempt failed; absent if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}
