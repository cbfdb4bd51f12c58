//! One family of a session that is told the transit's table.

use super::{backlog::Backlog, table::Hearer};
use crate::{
    family::Family,
    rib::{Downlink, Prefix, SendWindow, SessionNumber, Source},
    wire::{Negotiated, PassedOn},
};
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::mpsc;

/// A session, and how far it has been told.
pub(super) struct Session<P> {
    pub(super) source: Source,
    pub(super) transport: Family,
    pub(super) number: SessionNumber,
    pub(super) negotiated: Negotiated,
    /// Without it the peer shall know nothing.
    pub(super) how: Option<PassedOn>,
    pub(super) window: Arc<SendWindow>,
    pub(super) downlink: mpsc::Sender<Downlink>,
    /// Empty while the session keeps up.
    pub(super) backlog: Backlog<P>,
    /// Which of the audiences it belongs to.
    pub(super) audience: usize,
    pub(super) turn: Turn,
}

/// Whether a session that is behind can be told more now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is not behind, or will say when it has room.
    None,
    /// It is listed among those that can.
    Listed,
}

impl<P: Prefix> Session<P> {
    /// Messages that always find a place in the channel, whatever the transit has sent.
    const RESERVED: usize = 8;

    /// Which routes it is told.
    pub(super) fn hearer(&self) -> Hearer {
        Hearer { source: self.source, role: self.how.and_then(|how| how.role) }
    }

    /// True if it can be sent something without waiting.
    pub(super) fn has_room(&self) -> bool {
        self.window.room() > 0 && self.downlink.capacity() > Self::RESERVED
    }

    /// True if it can be told news as they come.
    pub(super) fn keeps_up(&self) -> bool {
        self.backlog.is_empty() && self.has_room()
    }

    /// Sends whole messages; call it only if there is room.
    pub(super) fn send(&self, octets: Bytes) {
        if octets.is_empty() {
            return;
        }
        self.window.sent(octets.len());
        let (transport, session) = (self.transport, self.number);
        // An attachment that has ended needs nothing more; nobody else fills the channel.
        let _ = self.downlink.try_send(Downlink::Octets { transport, session, octets });
    }
}
