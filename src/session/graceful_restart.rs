//! Graceful restart (RFC 4724, RFC 8538): what both sides say about it, and what is kept of a peer's routes while
//! the peer is away.
//!
//! ```text
//!            down, the peer may restart          up, still forwarding           End-of-RIB
//!  Settled ───────────────────────────▶ Away ─────────────────────────▶ Back ───────────────▶ Settled
//!                                         │ Restart Time, or up without    │ stale time
//!                                         ▼ having kept forwarding         ▼
//!                                       stale routes go                  stale routes go
//! ```

use super::{down::DownReason, negotiate::Session, settings::Announce};
use crate::{
    family::{Families, Family, PerFamily},
    wire::{ForwardingState, Notifications, RestartCapability, RestartState, RestartTime},
};
use std::time::{Duration, Instant};

/// What an operator wants of graceful restart on one session; without it there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GracefulRestart {
    /// Which part we take.
    pub part: Part,
    /// How long the peer may wait for us.
    pub restart_time: RestartTime,
    /// How long a peer that is back may take to announce again what it had announced.
    pub stale_time: Duration,
    /// How long we wait for the End-of-RIB of all peers after a restart of ours.
    pub deferral_time: Duration,
    /// Whether a NOTIFICATION leaves routes in place too (RFC 8538).
    pub notifications: Announce,
}

/// Which part of a graceful restart we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A peer that restarts keeps its routes here; a restart of ours loses them there.
    Helper,
    /// Ours are kept as well: we are a router whose forwarding goes on while its BGP restarts.
    Full,
}

impl GracefulRestart {
    /// Two minutes to come back, as most routers announce it; six for a peer to say everything again.
    pub const fn new(part: Part) -> Self {
        Self {
            part,
            restart_time: match RestartTime::new(120) {
                Some(time) => time,
                None => RestartTime::NONE,
            },
            stale_time: Duration::from_mins(6),
            deferral_time: Duration::from_mins(1),
            notifications: Announce::Yes,
        }
    }

    /// The capability of our OPEN.
    pub(super) fn capability(&self, state: RestartState, families: Families) -> RestartCapability {
        let forwarding = |family| match self.part {
            Part::Full if families.contains(family) => Some(ForwardingState::Preserved),
            Part::Full | Part::Helper => None,
        };
        RestartCapability {
            state,
            notifications: match self.notifications {
                Announce::Yes => Notifications::LeaveRoutes,
                Announce::No => Notifications::EndAll,
            },
            time: match self.part {
                Part::Full => self.restart_time,
                Part::Helper => RestartTime::NONE,
            },
            families: PerFamily { ipv4: forwarding(Family::Ipv4), ipv6: forwarding(Family::Ipv6) },
        }
    }

    /// What follows from the peer's capability and ours.
    pub(super) fn agree(&self, peer: RestartCapability) -> AgreedRestart {
        let notifications = match (self.notifications, peer.notifications) {
            (Announce::Yes, Notifications::LeaveRoutes) => Notifications::LeaveRoutes,
            (Announce::No, _) | (_, Notifications::EndAll) => Notifications::EndAll,
        };
        AgreedRestart { peer, notifications, stale_time: self.stale_time }
    }
}

/// What two OPENs agreed on about graceful restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgreedRestart {
    /// The peer's capability.
    pub peer: RestartCapability,
    /// Whether both sides leave routes in place after a NOTIFICATION.
    pub notifications: Notifications,
    /// How long the peer may take to announce its routes again.
    stale_time: Duration,
}

impl AgreedRestart {
    /// Whether the peer's routes stay for its Restart Time after the session has ended like this.
    fn survives(&self, reason: &DownReason) -> bool {
        match reason {
            // RFC 4724 section 4.2.
            DownReason::Tcp(_) | DownReason::PeerRestarted => true,
            // RFC 8538 section 4.
            DownReason::NotificationReceived(notification) => {
                self.notifications == Notifications::LeaveRoutes && !notification.is_hard_reset()
            }
            DownReason::HoldTimerExpired(_)
            | DownReason::SendHoldTimerExpired(_)
            | DownReason::Header(_)
            | DownReason::Open(_)
            | DownReason::Update(_)
            | DownReason::RouteRefresh(_)
            | DownReason::UnexpectedMessage { .. }
            | DownReason::UnexpectedEvent(_)
            | DownReason::Collision => self.notifications == Notifications::LeaveRoutes,
            DownReason::Stopped(_)
            | DownReason::Limited(_)
            | DownReason::NoOpen(_)
            | DownReason::DialTimedOut(_)
            | DownReason::Refused => false,
        }
    }
}

/// What is kept of a peer's routes from one session to the next (RFC 4724 section 4.2).
#[derive(Clone, Debug, Default)]
pub struct Retention {
    /// Of the session that is up, or was last.
    agreed: Option<AgreedRestart>,
    stages: PerFamily<Stage>,
}

/// How far a family's routes are on their way through a restart of the peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Nothing is stale.
    #[default]
    Settled,
    /// The peer is away; at this time its routes go.
    Away(Instant),
    /// It is back and announces its routes again; at this time those go that it has not.
    Back(Instant),
}

impl Stage {
    const fn until(self) -> Option<Instant> {
        match self {
            Self::Settled => None,
            Self::Away(until) | Self::Back(until) => Some(until),
        }
    }
}

impl Retention {
    /// The session is up. Returns the families whose stale routes go at once, because the peer has not kept them or
    /// no longer carries them.
    pub fn established(&mut self, session: &Session, now: Instant) -> Families {
        self.agreed = session.graceful_restart;
        let mut lost = Families::NONE;
        for family in Family::ALL {
            if self.stages[family] == Stage::Settled {
                continue;
            }
            let kept = session.negotiated.families.contains(family)
                && self
                    .agreed
                    .is_some_and(|agreed| agreed.peer.families[family] == Some(ForwardingState::Preserved));
            let until = self.agreed.and_then(|agreed| now.checked_add(agreed.stale_time));
            self.stages[family] = match until {
                Some(until) if kept => Stage::Back(until),
                Some(_) | None => {
                    lost = lost.with(family);
                    Stage::Settled
                }
            };
        }
        lost
    }

    /// The session that carried these families is over. Returns those whose routes stay, stale, until the peer is back.
    pub fn down(&mut self, reason: &DownReason, families: Families, now: Instant) -> Families {
        let agreed = self.agreed.take().filter(|agreed| agreed.survives(reason));
        let stays = |family: &Family| {
            agreed.is_some_and(|agreed| {
                agreed.peer.families[*family].is_some() && agreed.peer.time != RestartTime::NONE
            })
        };
        let kept: Families = families.iter().filter(stays).collect();
        for family in families.iter() {
            let until = agreed.and_then(|agreed| now.checked_add(agreed.peer.time.duration()));
            self.stages[family] = match until {
                Some(until) if kept.contains(family) => Stage::Away(until),
                Some(_) | None => Stage::Settled,
            };
        }
        kept
    }

    /// The peer has announced all routes of a family; true if those go now that are still stale.
    pub fn end_of_rib(&mut self, family: Family) -> bool {
        let back = self.is_coming_back(family);
        if back {
            self.stages[family] = Stage::Settled;
        }
        back
    }

    /// True until the End-of-RIB of a peer that has restarted.
    pub fn is_coming_back(&self, family: Family) -> bool {
        matches!(self.stages[family], Stage::Back(_))
    }

    /// The operator wants nothing of the peer any longer. Returns the families whose stale routes go.
    pub fn forget(&mut self) -> Families {
        self.settle(|stage| stage != Stage::Settled)
    }

    /// Returns the families whose stale routes go because their time is over.
    pub fn expire(&mut self, now: Instant) -> Families {
        self.settle(|stage| stage.until().is_some_and(|until| until <= now))
    }

    fn settle(&mut self, over: impl Fn(Stage) -> bool) -> Families {
        let families: Families =
            Family::ALL.into_iter().filter(|family| over(self.stages[*family])).collect();
        families.iter().for_each(|family| self.stages[family] = Stage::Settled);
        families
    }

    /// When [`expire`](Self::expire) must be called next.
    pub fn deadline(&self) -> Option<Instant> {
        Family::ALL.into_iter().filter_map(|family| self.stages[family].until()).min()
    }
}

/// Whose End-of-RIB we wait for after a restart of ours (RFC 4724 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// The session is not up yet.
    Unheard,
    /// The peer has not told all routes of these families.
    Awaited(Families),
    /// Nothing is waited for.
    Over,
}

impl Recovery {
    /// The session is up: a peer that does not restart gracefully, or restarts itself, is not waited for.
    pub fn established(&mut self, session: &Session) {
        if *self != Self::Over {
            let steady = session.graceful_restart.filter(|agreed| agreed.peer.state == RestartState::Steady);
            *self = steady.map_or(Self::Over, |_| Self::Awaited(session.negotiated.families));
        }
    }

    /// The peer has told all routes of a family.
    pub fn end_of_rib(&mut self, family: Family) {
        if let Self::Awaited(families) = self {
            *families = families.without(family);
            if families.is_empty() {
                *self = Self::Over;
            }
        }
    }
}
