//! Why a prefix is advertised or accepted, or why not.

use super::words;
use crate::azure::AttachmentId;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// Query of `GET /v1/explain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExplainQuery {
    /// The peering on one router.
    #[serde(deserialize_with = "words::from_text")]
    pub attachment: AttachmentId,
    /// The prefix, exactly.
    pub prefix: IpNet,
}

/// `GET /v1/explain`: rule by rule, in the order in which they are applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The peering on one router.
    #[serde(deserialize_with = "words::from_text")]
    pub attachment: AttachmentId,
    /// The prefix.
    pub prefix: IpNet,
    /// What each rule says; what follows a refusal is not asked any more.
    pub rules: Vec<Rule>,
}

/// What one rule says to a prefix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Which way: to the customer, or from it.
    pub direction: super::Direction,
    /// The rule.
    pub rule: String,
    /// Whether the prefix passes.
    pub passes: bool,
    /// Why.
    pub because: String,
}
