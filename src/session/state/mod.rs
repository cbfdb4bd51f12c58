//! The six states of RFC 4271 section 8.2.2: a file and a function for each, an arm for each event.
#![expect(clippy::match_same_arms, reason = "events are grouped as RFC 4271 groups them")]

mod active;
mod connect;
mod established;
mod idle;
mod open_confirm;
mod open_sent;

use super::negotiate::Session;
use std::{fmt, sync::Arc};

/// A state, and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Refuses connections.
    Idle,
    /// Dials.
    Connect(Tcp),
    /// Listens, and dials again when the `ConnectRetryTimer` expires.
    Active(Tcp),
    /// Our OPEN is sent.
    OpenSent,
    /// Both OPENs are exchanged.
    OpenConfirm(Arc<Session>),
    /// Routes may be exchanged.
    Established(Arc<Session>),
}

/// Whether there is a TCP connection before our OPEN is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tcp {
    /// Not yet.
    Awaited,
    /// There is one, and the `DelayOpenTimer` runs.
    DelayingOpen,
}

/// The name of a state; those nearer to Established are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub enum StateName {
    /// The session is stopped, or waits before it starts again.
    Idle,
    /// A TCP connection to the peer is being opened.
    Connect,
    /// Waiting for the peer's TCP connection, or for the next dial.
    Active,
    /// Waiting for the peer's OPEN.
    OpenSent,
    /// Waiting for the peer's first KEEPALIVE.
    OpenConfirm,
    /// The session is up.
    Established,
}

impl State {
    pub(crate) const fn name(&self) -> StateName {
        match self {
            Self::Idle => StateName::Idle,
            Self::Connect(_) => StateName::Connect,
            Self::Active(_) => StateName::Active,
            Self::OpenSent => StateName::OpenSent,
            Self::OpenConfirm(_) => StateName::OpenConfirm,
            Self::Established(_) => StateName::Established,
        }
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "Idle",
            Self::Connect => "Connect",
            Self::Active => "Active",
            Self::OpenSent => "OpenSent",
            Self::OpenConfirm => "OpenConfirm",
            Self::Established => "Established",
        })
    }
}
