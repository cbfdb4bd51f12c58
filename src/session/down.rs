//! Why a session or a connection ended, in an operator's words, with the next step.

use super::{
    event::{AutomaticStop, OpenFault, Stop, TcpFailure},
    negotiate::OpenRefusal,
    state::StateName,
};
use crate::wire::{
    HeaderError, MessageType, Notification, RefreshError, UpdateError,
    notification::{CeaseSubcode, ErrorCode, FsmSubcode, OpenSubcode},
};
use std::time::{Duration, Instant};

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DownReason {
    /// The operator's wish; Cease was sent if the peer had our OPEN.
    #[error("{}", stopped(.0))]
    Stopped(Stop),
    /// The peer exceeded a limit; Cease was sent.
    #[error("{}", limited(*.0))]
    Limited(AutomaticStop),
    /// Nothing was heard for the hold time (RFC 4271 section 6.5).
    #[error("hold timer expired: nothing was heard for {} s", .0.as_secs())]
    HoldTimerExpired(Duration),
    /// The peer took nothing for the send hold time (RFC 9687).
    #[error("send hold timer expired: the peer took nothing for {} s", .0.as_secs())]
    SendHoldTimerExpired(Duration),
    /// The peer sent no OPEN in time.
    #[error("the peer sent no OPEN within {} s", .0.as_secs())]
    NoOpen(Duration),
    /// The peer ended the session.
    #[error("the peer sent NOTIFICATION {0}")]
    NotificationReceived(Notification),
    /// A message header that cannot be read.
    #[error("{0}")]
    Header(HeaderError),
    /// The peer's OPEN was answered with a NOTIFICATION.
    #[error(transparent)]
    Open(OpenFault),
    /// An UPDATE that ends the session even under RFC 7606.
    #[error("UPDATE: {0}")]
    Update(UpdateError),
    /// A marker of a refresh with a wrong length (RFC 7313 section 5).
    #[error("{0}")]
    RouteRefresh(RefreshError),
    /// A message that the state does not allow (RFC 6608).
    #[error("the peer sent {message} in state {state}, which does not allow it")]
    UnexpectedMessage {
        /// The message.
        message: MessageType,
        /// The state it came in.
        state: StateName,
    },
    /// An event that the state does not allow and that is not a message; a fault of the driver.
    #[error("an event came that state {0} does not allow")]
    UnexpectedEvent(StateName),
    /// The dial did not succeed before it was time for the next one.
    #[error("no answer to our TCP connection within {} s", .0.as_secs())]
    DialTimedOut(Duration),
    /// The TCP connection could not be opened, or ended.
    #[error("{}", failed(.0))]
    Tcp(TcpFailure),
    /// Another connection with the same peer is preferred (RFC 4271 section 6.8).
    #[error("closed in favour of another connection with the same peer")]
    Collision,
    /// The peer opened a new connection because it has lost this one (RFC 4724 section 5).
    #[error("the peer has restarted and opened a new connection")]
    PeerRestarted,
    /// A connection came while the session is stopped or waits to start again.
    #[error("the peer's connection was refused while the session is idle")]
    Refused,
}

fn stopped(stop: &Stop) -> String {
    let (what, text) = match stop {
        Stop::Shutdown(text) => ("administratively shut down", text.as_deref()),
        Stop::Reset(text) => ("administratively reset", text.as_deref()),
        Stop::Deconfigured => ("removed from the configuration", None),
        Stop::ConfigurationChange => ("reset by a change of the configuration", None),
    };
    text.map_or_else(|| what.to_owned(), |text| format!("{what}: {text:?}"))
}

fn limited(stop: AutomaticStop) -> String {
    match stop {
        AutomaticStop::PrefixLimit { family, count } => {
            format!("{family} prefix limit of {count} exceeded")
        }
    }
}

fn failed(failure: &TcpFailure) -> String {
    match failure {
        TcpFailure::NotConnected(failure) => format!("TCP connection to the peer failed: {}", failure.cause),
        TcpFailure::ClosedByPeer => "the peer closed the TCP connection".to_owned(),
        TcpFailure::Broken(why) => format!("TCP connection lost: {why}"),
    }
}

impl DownReason {
    /// The NOTIFICATION that tells the peer; `None` where there is nobody to tell or nothing to answer.
    pub fn notification(&self) -> Option<Notification> {
        match self {
            Self::Stopped(stop) => Some(stop.notification()),
            Self::Limited(stop) => Some(stop.notification()),
            Self::HoldTimerExpired(_) | Self::NoOpen(_) => Some(Notification::HOLD_TIMER_EXPIRED),
            Self::SendHoldTimerExpired(_) => Some(Notification::SEND_HOLD_TIMER_EXPIRED),
            Self::Header(error) => Some(error.notification()),
            Self::Open(fault) => Some(fault.notification()),
            Self::Update(error) => Some(error.notification()),
            Self::RouteRefresh(error) => Some(error.notification()),
            Self::UnexpectedMessage { message, state } => {
                Some(Notification::unexpected(fsm_subcode(*state), *message))
            }
            Self::UnexpectedEvent(_) => Some(Notification::bare(ErrorCode::Fsm(FsmSubcode::Unspecific))),
            Self::Collision => Some(Notification::COLLISION),
            Self::Refused => Some(Notification::CONNECTION_REJECTED),
            // A NOTIFICATION is never answered with another one (RFC 4271 section 6.4).
            Self::NotificationReceived(_) | Self::DialTimedOut(_) | Self::Tcp(_) | Self::PeerRestarted => {
                None
            }
        }
    }

    /// The next step for the operator, where there is one to name.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Stopped(Stop::Shutdown(_)) => Some("enable the peering again to start the session".to_owned()),
            Self::Limited(_) => Some(
                "announce fewer prefixes at the customer edge (summarise or filter), or use a SKU with a higher limit"
                    .to_owned(),
            ),
            Self::Open(OpenFault::Refused(refusal)) => Some(refusal.remedy()),
            Self::NotificationReceived(notification) => {
                let cause = notification.reset_for().unwrap_or_else(|| notification.clone());
                notified(cause.code).map(str::to_owned)
            }
            Self::HoldTimerExpired(_) => {
                Some("check the path to the peer, and whether the peer's BGP process runs".to_owned())
            }
            Self::SendHoldTimerExpired(_) => {
                Some("the peer does not read: check its load and the path MTU".to_owned())
            }
            Self::NoOpen(_) => Some(
                "something accepts or opens TCP but does not speak BGP: check the peer's BGP process".to_owned(),
            ),
            Self::DialTimedOut(_) => Some(
                "check that the peer is reachable, and with MD5 that both sides have the same key: segments with a \
                 wrong signature are dropped silently"
                    .to_owned(),
            ),
            Self::Tcp(TcpFailure::NotConnected(failure)) => Some(failure.remedy.clone()),
            Self::Tcp(TcpFailure::ClosedByPeer) => {
                Some("the peer gave no reason; its log may, often it has no neighbor with our address".to_owned())
            }
            Self::Header(HeaderError::NotSynchronized) => {
                Some("check that the peer speaks BGP on this connection".to_owned())
            }
            Self::Stopped(Stop::Reset(_) | Stop::Deconfigured | Stop::ConfigurationChange)
            | Self::Open(OpenFault::Malformed(_))
            | Self::Header(HeaderError::BadLength { .. } | HeaderError::BadType(_))
            | Self::Update(_)
            | Self::RouteRefresh(_)
            | Self::UnexpectedMessage { .. }
            | Self::UnexpectedEvent(_)
            | Self::Tcp(TcpFailure::Broken(_))
            | Self::Collision
            | Self::PeerRestarted
            | Self::Refused => None,
        }
    }

    /// True if another connection with the same peer is preferred, by us or by the peer: part of coming up, not a
    /// failure.
    pub(crate) fn is_collision(&self) -> bool {
        const DUMPED: ErrorCode = ErrorCode::Cease(CeaseSubcode::ConnectionCollisionResolution);
        *self == Self::Collision || matches!(self, Self::NotificationReceived(it) if it.code == DUMPED)
    }
}

/// RFC 6608 section 3: only these three states have a subcode.
const fn fsm_subcode(state: StateName) -> FsmSubcode {
    match state {
        StateName::OpenSent => FsmSubcode::OpenSent,
        StateName::OpenConfirm => FsmSubcode::OpenConfirm,
        StateName::Established => FsmSubcode::Established,
        StateName::Idle | StateName::Connect | StateName::Active => FsmSubcode::Unspecific,
    }
}

impl OpenRefusal {
    fn remedy(&self) -> String {
        match self {
            Self::WrongAs { expected, found } => {
                format!("peer_asn is {expected} here but the customer edge says {found}: make them equal")
            }
            Self::OwnIdentifier(identifier) => {
                format!("give one of the two routers another router ID than {identifier}")
            }
            Self::NoCommonFamily { wanted, .. } => {
                format!("activate {wanted} unicast for this neighbor at the peer")
            }
            Self::Role(mismatch) => mismatch.remedy(),
        }
    }
}

/// What a code that the peer sent asks of the operator.
fn notified(code: ErrorCode) -> Option<&'static str> {
    match code {
        ErrorCode::Open(OpenSubcode::BadPeerAs) => {
            Some("the peer expects another AS number from us: check its remote AS for this neighbor")
        }
        ErrorCode::Open(OpenSubcode::BadBgpIdentifier) => {
            Some("the peer does not accept our router ID: is it the same on both sides?")
        }
        ErrorCode::Open(OpenSubcode::UnsupportedCapability) => {
            Some("the peer asks for a capability that is not announced here: compare the address families")
        }
        ErrorCode::Open(OpenSubcode::RoleMismatch) => Some(
            "our roles do not fit, or the peer insists on one: compare bgp_role here with the role at the peer",
        ),
        ErrorCode::Open(OpenSubcode::UnacceptableHoldTime) => {
            Some("the peer does not accept our hold time: compare the timers")
        }
        ErrorCode::HoldTimerExpired => Some("the peer did not hear us: check the path from here to the peer"),
        ErrorCode::Cease(CeaseSubcode::MaximumPrefixesReached) => {
            Some("we announce more prefixes than the peer allows: raise its limit")
        }
        ErrorCode::Cease(CeaseSubcode::AdministrativeShutdown) => {
            Some("the session is shut down at the peer: enable it there")
        }
        ErrorCode::Cease(CeaseSubcode::PeerDeconfigured) => {
            Some("the peer removed us from its configuration")
        }
        ErrorCode::Cease(CeaseSubcode::ConnectionRejected) => {
            Some("the peer does not accept us now: check that it has us as an enabled neighbor")
        }
        ErrorCode::Header(_)
        | ErrorCode::Open(_)
        | ErrorCode::Update(_)
        | ErrorCode::Fsm(_)
        | ErrorCode::Cease(_)
        | ErrorCode::RouteRefresh(_)
        | ErrorCode::SendHoldTimerExpired
        | ErrorCode::Unassigned { .. } => None,
    }
}

/// The last end of the session, or of an attempt to bring it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: Instant,
    /// How long the session had been up; `None` if it was not.
    pub uptime: Option<Duration>,
    /// Why.
    pub reason: DownReason,
}
