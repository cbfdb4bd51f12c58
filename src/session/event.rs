//! What can happen to one connection's machine: the events of RFC 4271 section 8.1, numbered as there.
//!
//! Left out are 14 and 15 (`TcpConnection_Valid`, `Tcp_CR_Invalid`): the transport layer refuses unknown sources
//! before there is a machine.

use super::{
    negotiate::{OpenRefusal, Session},
    settings::Opening,
    timers::Timer,
};
use crate::{
    family::Family,
    wire::{HeaderError, Notification, OpenError, RefreshError, UpdateError},
};
use std::{sync::Arc, time::Duration};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// 1, and 4 with a passive opening: the operator wants the session.
    ManualStart(Opening),
    /// 2: the operator does not want it.
    ManualStop(Stop),
    /// 3, and 5 with a passive opening: the system wants the session, at once.
    AutomaticStart(Opening),
    /// 6, and 7 with a passive opening: the system wants the session once the `IdleHoldTime` given has passed.
    AutomaticStartDamped(Opening, Duration),
    /// 8: the system does not want it.
    AutomaticStop(AutomaticStop),
    /// 9 to 13, and `SendHoldTimer_Expires` (RFC 9687).
    Expired(Timer),
    /// 16: the peer answered our dial.
    TcpCrAcked,
    /// 17: a connection of the peer was accepted.
    TcpConnectionConfirmed,
    /// 18: the connection ended, or the dial failed.
    TcpConnectionFails(TcpFailure),
    /// 19, and 20 while the `DelayOpenTimer` runs: a valid OPEN, and what it and ours agree on.
    BgpOpen(Arc<Session>),
    /// 21: a header that is no BGP header.
    BgpHeaderErr(HeaderError),
    /// 22: an OPEN that is malformed or not acceptable.
    BgpOpenMsgErr(OpenFault),
    /// 23: another connection with the same peer is preferred (section 6.8).
    OpenCollisionDump,
    /// 24: a NOTIFICATION with the code for an unsupported version.
    NotifMsgVerErr(Notification),
    /// 25: any other NOTIFICATION.
    NotifMsg(Notification),
    /// 26.
    KeepAliveMsg,
    /// 27: an UPDATE; what it holds is the RIB's concern.
    UpdateMsg,
    /// 28: an UPDATE that ends the session even under RFC 7606.
    UpdateMsgErr(UpdateError),
    /// A ROUTE-REFRESH that ends the session (RFC 7313 section 5).
    RouteRefreshMsgErr(RefreshError),
    /// The peer has opened another connection because it has restarted (RFC 4724 section 5).
    PeerRestarted,
    /// A ROUTE-REFRESH (RFC 2918), which RFC 4271 does not number.
    RouteRefreshMsg,
}

/// Why the operator stops a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Cease/Administrative Shutdown with a text for the peer's operator, up to 255 octets (RFC 9003).
    Shutdown(Option<String>),
    /// Cease/Administrative Reset, likewise; the session then starts again by itself.
    Reset(Option<String>),
    /// Cease/Peer De-configured.
    Deconfigured,
    /// Cease/Other Configuration Change.
    ConfigurationChange,
}

impl Stop {
    /// The NOTIFICATION that says so.
    pub fn notification(&self) -> Notification {
        match self {
            Self::Shutdown(text) => Notification::shutdown(text.as_deref()),
            Self::Reset(text) => Notification::administrative_reset(text.as_deref()),
            Self::Deconfigured => Notification::PEER_DECONFIGURED,
            Self::ConfigurationChange => Notification::OTHER_CONFIGURATION_CHANGE,
        }
    }
}

/// Why the system stops a session by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutomaticStop {
    /// Cease/Maximum Number of Prefixes Reached (RFC 4486 section 4).
    PrefixLimit {
        /// The family that exceeded its limit.
        family: Family,
        /// The number that stands in the NOTIFICATION.
        count: u32,
    },
}

impl AutomaticStop {
    /// The NOTIFICATION that says so.
    pub fn notification(self) -> Notification {
        match self {
            Self::PrefixLimit { family, count } => Notification::maximum_prefixes(family, count),
        }
    }
}

/// Why a TCP connection could not be opened, in the driver's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialFailure {
    /// What went wrong.
    pub cause: String,
    /// What the operator can do about it.
    pub remedy: String,
}

/// How a TCP connection failed, in the driver's words where it has some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpFailure {
    /// It could not be opened: refused, unreachable, timed out, …
    NotConnected(DialFailure),
    /// The peer closed it.
    ClosedByPeer,
    /// It broke: reset, timed out, …
    Broken(String),
}

/// An OPEN that is answered with a NOTIFICATION.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenFault {
    /// Its octets are wrong.
    #[error("OPEN: {0}")]
    Malformed(#[from] OpenError),
    /// What it says is not acceptable to this session.
    #[error(transparent)]
    Refused(#[from] OpenRefusal),
}

impl OpenFault {
    /// The NOTIFICATION that answers it.
    pub fn notification(&self) -> Notification {
        match self {
            Self::Malformed(error) => error.notification(),
            Self::Refused(refusal) => refusal.notification(),
        }
    }
}
