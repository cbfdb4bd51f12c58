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
}
