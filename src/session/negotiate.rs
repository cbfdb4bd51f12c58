//! Our OPEN, and what the peer's OPEN and ours agree on.

use super::{
    down::DownReason,
    graceful_restart::AgreedRestart,
    role::{self, RoleMismatch},
    settings::{Announce, Settings},
};
use crate::{
    asn::Asn,
    family::Families,
    wire::{
        AsWidth, Capability, HoldTime, Identifier, MessageLimit, Negotiated, Notification, Notifications,
        Open, RestartCapability, RestartState, RouteRefreshSupport,
        notification::{ErrorCode, OpenSubcode},
    },
};
use std::time::Duration;

/// What two valid OPENs agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What the codec must know.
    pub negotiated: Negotiated,
    /// The lower one of both hold times.
    pub hold: HoldTime,
    /// The longest time between our KEEPALIVEs, before jitter; `None` with a hold time of zero.
    pub keepalive: Option<Duration>,
    /// What both sides say about graceful restart, if both do.
    pub graceful_restart: Option<AgreedRestart>,
    /// The peer's OPEN.
    pub peer: Open,
}

impl Session {
    /// True if the peer keeps our routes after any NOTIFICATION but a Hard Reset (RFC 8538 section 4).
    pub(crate) fn survives_notifications(&self) -> bool {
        self.graceful_restart.is_some_and(|agreed| agreed.notifications == Notifications::LeaveRoutes)
    }

    /// Why the session ends when the `HoldTimer` expires.
    pub(crate) fn silence(&self) -> DownReason {
        DownReason::HoldTimerExpired(self.hold.duration().unwrap_or_default())
    }
}

/// Which form of OPEN to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// With everything that the settings announce.
    Capabilities,
    /// The same, while we come back from a restart (RFC 4724 section 4.1).
    Restarting,
    /// Without optional parameters, for a peer that refused them (RFC 5492 section 3).
    Plain,
}

/// Why a well-formed OPEN of the peer is not accepted (RFC 4271 section 6.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenRefusal {
    /// The peer is in another AS than configured.
    #[error("the peer says that it is AS {found}, configured is AS {expected}")]
    WrongAs {
        /// The AS number in the settings.
        expected: Asn,
        /// The AS number in the peer's OPEN.
        found: Asn,
    },
    /// The peer of our own AS has our identifier (RFC 6286 section 2.2).
    #[error("the peer has our own BGP identifier {0}")]
    OwnIdentifier(Identifier),
    /// No address family is wanted by both sides.
    #[error("no address family in common: {wanted} here, {} at the peer", families_or_none(*offered))]
    NoCommonFamily {
        /// What the settings announce.
        wanted: Families,
        /// What the peer announced, as far as it is known here.
        offered: Families,
    },
    /// Roles that do not fit (RFC 9234 section 4.2).
    #[error(transparent)]
    Role(#[from] RoleMismatch),
}

fn families_or_none(families: Families) -> String {
    if families.is_empty() { "none that is known here".to_owned() } else { families.to_string() }
}

impl OpenRefusal {
    /// The NOTIFICATION that answers the OPEN.
    pub fn notification(&self) -> Notification {
        match self {
            Self::WrongAs { .. } => Notification::bare(ErrorCode::Open(OpenSubcode::BadPeerAs)),
            Self::OwnIdentifier(_) => Notification::bare(ErrorCode::Open(OpenSubcode::BadBgpIdentifier)),
            Self::NoCommonFamily { wanted, .. } => {
                let missing: Vec<_> = wanted.iter().map(Capability::Multiprotocol).collect();
                Notification::unsupported_capability(&missing)
            }
            Self::Role(mismatch) => mismatch.notification(),
        }
    }
}

/// Our OPEN.
pub(crate) fn open(settings: &Settings, offer: Offer) -> Open {
    let capabilities = match offer {
        Offer::Capabilities => capabilities(settings, RestartState::Steady),
        Offer::Restarting => capabilities(settings, RestartState::Restarting),
        Offer::Plain => Vec::new(),
    };
    Open {
        asn: settings.local_asn,
        hold_time: settings.hold,
        identifier: settings.local_identifier,
        capabilities,
    }
}

fn capabilities(settings: &Settings, restart: RestartState) -> Vec<Capability> {
    let mut capabilities: Vec<_> = settings.families.iter().map(Capability::Multiprotocol).collect();
    if settings.route_refresh == Announce::Yes {
        capabilities.extend([Capability::RouteRefresh, Capability::EnhancedRouteRefresh]);
    }
    if settings.extended_messages == Announce::Yes {
        capabilities.push(Capability::ExtendedMessage);
    }
    if let Some(ours) = settings.role {
        capabilities.push(Capability::Role(ours.role.code()));
    }
    if let Some(wanted) = &settings.graceful_restart {
        capabilities.push(Capability::GracefulRestart(wanted.capability(restart, settings.families)));
    }
    capabilities.push(Capability::FourOctetAs(settings.local_asn));
    capabilities
}

/// Judges the peer's OPEN against the settings, and against the OPEN that we sent or are about to send.
///
/// # Errors
/// [`OpenRefusal`], which ends the connection with its NOTIFICATION.
pub(crate) fn negotiate(settings: &Settings, offer: Offer, peer: Open) -> Result<Session, OpenRefusal> {
    if peer.asn != settings.peer_asn {
        return Err(OpenRefusal::WrongAs { expected: settings.peer_asn, found: peer.asn });
    }
    // Between two ASes the same identifier is allowed (RFC 6286 section 2.1).
    if settings.is_internal() && peer.identifier == settings.local_identifier {
        return Err(OpenRefusal::OwnIdentifier(peer.identifier));
    }
    role::check(settings.role, &peer.capabilities)?;
    let ours = open(settings, offer).capabilities;
    let both =
        |wanted: fn(&Capability) -> bool| ours.iter().any(wanted) && peer.capabilities.iter().any(wanted);
    let families = families(&ours).intersection(families(&peer.capabilities));
    if families.is_empty() {
        let (wanted, offered) = (settings.families, self::families(&peer.capabilities));
        return Err(OpenRefusal::NoCommonFamily { wanted, offered });
    }
    let negotiated = Negotiated {
        as_width: if both(|capability| matches!(capability, Capability::FourOctetAs(_))) {
            AsWidth::Four
        } else {
            AsWidth::Two
        },
        message_limit: if both(|capability| matches!(capability, Capability::ExtendedMessage)) {
            MessageLimit::Extended
        } else {
            MessageLimit::Standard
        },
        families,
        route_refresh: match (
            both(|capability| matches!(capability, Capability::RouteRefresh)),
            both(|capability| matches!(capability, Capability::EnhancedRouteRefresh)),
        ) {
            (true, true) => RouteRefreshSupport::Enhanced,
            (true, false) => RouteRefreshSupport::Present,
            (false, _) => RouteRefreshSupport::Absent,
        },
    };
    let hold = lower(settings.hold, peer.hold_time);
    let keepalive = hold.duration().map(|hold| settings.keepalive.min(hold / 3));
    let graceful_restart = match offer {
        Offer::Plain => None,
        Offer::Capabilities | Offer::Restarting => settings
            .graceful_restart
            .zip(restart(&peer.capabilities))
            .map(|(ours, theirs)| ours.agree(theirs)),
    };
    Ok(Session { negotiated, hold, keepalive, graceful_restart, peer })
}

/// The families that an OPEN announces; without any multiprotocol capability it means IPv4 unicast (RFC 4760
/// section 8).
fn families(capabilities: &[Capability]) -> Families {
    let mut multiprotocol = capabilities
        .iter()
        .filter_map(|capability| match capability {
            Capability::Multiprotocol(family) => Some(Some(*family)),
            Capability::OtherFamily { .. } => Some(None),
            Capability::RouteRefresh
            | Capability::EnhancedRouteRefresh
            | Capability::ExtendedMessage
            | Capability::Role(_)
            | Capability::GracefulRestart(_)
            | Capability::FourOctetAs(_)
            | Capability::Unknown { .. } => None,
        })
        .peekable();
    if multiprotocol.peek().is_none() { Families::IPV4 } else { multiprotocol.flatten().collect() }
}

/// What the peer says of graceful restart; of several capabilities the last counts (RFC 4724 section 3).
fn restart(capabilities: &[Capability]) -> Option<RestartCapability> {
    capabilities.iter().rev().find_map(Capability::graceful_restart)
}

/// The smaller hold time (RFC 4271 section 4.2); zero is the smallest and turns the timers off.
fn lower(ours: HoldTime, theirs: HoldTime) -> HoldTime {
    if ours.seconds() <= theirs.seconds() { ours } else { theirs }
}
