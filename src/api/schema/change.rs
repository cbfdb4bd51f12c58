//! What a configuration or an operator changes.

use crate::azure::AttachmentId;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// `POST /v1/reload` (applied) and `POST /v1/diff` (would be applied).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// In the order of their application; empty if both configurations say the same.
    pub changes: Vec<Change>,
}

/// One difference between two configurations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What changes: an attachment, a circuit, a virtual network.
    pub subject: String,
    /// How, in words; keys are never shown.
    pub what: String,
    /// True if a session of the subject ends for it.
    pub resets: bool,
}

/// `POST /v1/sessions/…/disable` and `…/enable`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// The attachments whose sessions were stopped or started.
    #[serde(deserialize_with = "attachments")]
    pub affected: Vec<AttachmentId>,
    /// Why the daemon's next start would not know of it, although there is a state directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unkept: Option<String>,
}

fn attachments<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<AttachmentId>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    names.iter().map(|name| name.parse().map_err(D::Error::custom)).collect()
}
