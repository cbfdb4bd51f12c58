//! What an attachment reports of itself.

use crate::azure::AttachmentId;
use tokio::sync::mpsc;

/// Something worth telling an operator, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Where it happened.
    pub attachment: AttachmentId,
    /// What kind of thing.
    pub kind: EventKind,
    /// The line.
    pub message: String,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A session reached Established.
    SessionUp,
    /// A session left Established.
    SessionDown,
    /// An attempt failed before the session was up.
    SessionFailed,
    /// An operator stopped the sessions.
    SessionDisabled,
    /// An operator started them again.
    SessionEnabled,
    /// 80 % of a prefix limit, or a limit that only warns, is reached.
    PrefixWarning,
    /// A prefix limit ended a session.
    PrefixLimitExceeded,
    /// The kernel dropped segments because of their MD5 signature.
    Md5Mismatch,
    /// A session cannot be signed or listened for.
    Unlistened,
    /// Segments of an established session get lost, as with an MTU that differs.
    SegmentsLost,
    /// Sessions stay down until it is known whose the addresses are.
    ValidationNeeded,
}

/// Where events go: a bounded channel, so that a storm of them delays nobody.
#[derive(Clone, Debug)]
pub struct Events(mpsc::Sender<Event>);

impl Events {
    /// Events go to this channel.
    pub const fn new(channel: mpsc::Sender<Event>) -> Self {
        Self(channel)
    }

    /// Reports an event and logs it.
    pub(super) fn report(&self, attachment: &AttachmentId, kind: EventKind, message: String) {
        match kind {
            EventKind::SessionUp
            | EventKind::SessionFailed
            | EventKind::SessionEnabled
            | EventKind::SessionDisabled => tracing::info!(%attachment, "{message}"),
            EventKind::SessionDown
            | EventKind::PrefixWarning
            | EventKind::PrefixLimitExceeded
            | EventKind::Md5Mismatch
            | EventKind::Unlistened
            | EventKind::SegmentsLost
            | EventKind::ValidationNeeded => tracing::warn!(%attachment, "{message}"),
        }
        // The log above has it, should the history be behind.
        let _ = self.0.try_send(Event { attachment: attachment.clone(), kind, message });
    }
}
