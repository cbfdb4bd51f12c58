//! What a machine wants done: everything that the driver must do is one of these.

use super::{down::DownReason, negotiate::Session};
use crate::wire::{Message, Notification, Open};
use std::{fmt, sync::Arc};

/// One connection, or one attempt to open one; never used twice during the life of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId {
    /// Which machine of the peer.
    pub(crate) machine: u32,
    /// Which of the machine's connections; a machine that dials has one after the other.
    pub(crate) attempt: u32,
}

impl ConnectionId {
    /// The first connection of a machine.
    pub(crate) const fn first(machine: u32) -> Self {
        Self { machine, attempt: 0 }
    }

    /// The machine's next connection.
    pub(crate) const fn next(self) -> Self {
        Self { machine: self.machine, attempt: self.attempt.wrapping_add(1) }
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.machine, self.attempt)
    }
}

/// What the driver must do, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a TCP connection to the peer, and report it dialled or failed; a `Close` in between calls it off.
    Connect(ConnectionId),
    /// Send a message after those already handed over.
    Send(ConnectionId, Outgoing),
    /// Send what was handed over, as far as the peer takes it, and close. Nothing need be reported about it any more.
    Close(ConnectionId),
    /// The session is up: routes may be exchanged as negotiated.
    Established(ConnectionId, Arc<Session>),
    /// The session that was up is over: its routes are to be forgotten.
    Down(ConnectionId, DownReason),
    /// A connection ended, or could not be opened, before the session was up; for the log.
    Failed(ConnectionId, DownReason),
}

impl Action {
    /// The connection that the action is about.
    pub const fn connection(&self) -> ConnectionId {
        match self {
            Self::Connect(id)
            | Self::Send(id, _)
            | Self::Close(id)
            | Self::Established(id, _)
            | Self::Down(id, _)
            | Self::Failed(id, _) => *id,
        }
    }
}

/// A message that the state machine sends; UPDATEs and ROUTE-REFRESHes are the driver's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// Our OPEN.
    Open(Open),
    /// A KEEPALIVE.
    Keepalive,
    /// The last message of a connection.
    Notification(Notification),
}

impl From<Outgoing> for Message<'_> {
    fn from(outgoing: Outgoing) -> Self {
        match outgoing {
            Outgoing::Open(open) => Self::Open(open),
            Outgoing::Keepalive => Self::Keepalive,
            Outgoing::Notification(notification) => Self::Notification(notification),
        }
    }
}
