//! Prefix limits.

use super::words;
use crate::{azure::AttachmentId, family::Family};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One element of `GET /v1/limits`: the limit of one family of one attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limit {
    /// The peering on one router.
    #[serde(deserialize_with = "words::from_text")]
    pub attachment: AttachmentId,
    /// The family that is counted.
    #[serde(deserialize_with = "words::family")]
    pub family: Family,
    /// The most prefixes that may be held; absent if unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// What the prefix after the last allowed one does.
    pub action: LimitAction,
    /// Seconds until a dropped session is tried again; absent if it waits for an operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_seconds: Option<u64>,
    /// Prefixes held now.
    pub held: u64,
    /// The count that raises the warning, 80 % of the limit; absent if unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning_at: Option<u32>,
    /// Where the count stands.
    pub state: LimitState,
    /// Prefixes held in per cent of the limit, rounded down; absent if unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
}

/// What happens beyond the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitAction {
    /// The session ends with Cease/1 (RFC 4486 section 4).
    Drop,
    /// An event says so, nothing else.
    Warn,
}

impl fmt::Display for LimitAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Drop => "drop",
            Self::Warn => "warn",
        })
    }
}

/// Where the count stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LimitState {
    /// Below the warning.
    Ok,
    /// At least at 80 %.
    Warning,
    /// The limit was exceeded; the session is down, or only warned.
    Exceeded,
}

impl fmt::Display for LimitState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "Ok",
            Self::Warning => "Warning",
            Self::Exceeded => "Exceeded",
        })
    }
}
