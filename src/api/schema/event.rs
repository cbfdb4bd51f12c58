//! What has happened.

use super::words;
use crate::azure::AttachmentId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One element of `GET /v1/events`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Number, from 1 at the daemon's start, without gaps.
    pub seq: u64,
    /// When it happened.
    pub at_epoch: u64,
    /// Whom it concerns; absent if the whole daemon.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "words::optional_from_text"
    )]
    pub attachment: Option<AttachmentId>,
    /// What programs compare.
    pub kind: EventKind,
    /// One line in words.
    pub message: String,
}

/// The kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// A session reached Established.
    SessionUp,
    /// A session left Established.
    SessionDown,
    /// An attempt ended before Established.
    SessionFailed,
    /// An operator stopped the attachment's sessions.
    SessionDisabled,
    /// An operator started the attachment's sessions.
    SessionEnabled,
    /// The count of prefixes passed 80 % of the limit.
    PrefixWarning,
    /// The count of prefixes passed the limit.
    PrefixLimitExceeded,
    /// The two sides sign with different keys, or only one signs (TCP MD5).
    Md5Mismatch,
    /// The kernel cannot sign, so a session with a key stays down.
    Md5Unsupported,
    /// Segments of an established session get lost, as with an MTU that differs.
    SegmentsLost,
    /// A link is not there for an address of ours, or does not take it.
    LinkNotReady,
    /// A peering's sessions stay down until it is known whose its addresses are.
    ValidationNeeded,
    /// A peering has lost the session of one router, or of both.
    RedundancyLost,
    /// A peering has its session on both routers.
    RedundancyRestored,
    /// An operation on a circuit was carried out.
    OperationApplied,
    /// What operations did before the daemon's start holds again.
    StateRestored,
    /// What operations did before the daemon's start does not hold again, or not all of it.
    StateRefused,
    /// The state directory cannot be written: what is done now would not outlive the daemon.
    StateUnsaved,
    /// The state directory has been written again.
    StateSaved,
    /// The RTR server answers, for the first time or again.
    RtrConnected,
    /// The RTR server does not answer; what it has said holds until it expires.
    RtrLost,
    /// What the RTR server has said has expired.
    RtrExpired,
    /// RPKI judges a peering otherwise than before.
    RegistryChanged,
    /// A gateway's connection to a circuit is down because it would send too many prefixes.
    ConnectionDown,
    /// A new configuration is in force.
    ReloadApplied,
    /// A new configuration had errors and changed nothing.
    ReloadRefused,
    /// The task of an attachment ended by a fault and was started again.
    TaskRestarted,
    /// A kind that this version does not know, from a newer daemon.
    #[serde(other)]
    Unknown,
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
