//! Restarts: of a peer, whose routes stay here meanwhile, and of the daemon, whose routes stay with the peers.

use super::{
    link::Link,
    settings::{AdminState, Settings},
    task::Attachment,
};
use crate::{
    family::Family,
    session::{Part, Recovery},
};
use std::time::Instant;

/// Whether peers may know an attachment from before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The daemon has started, or this task again after it died.
    Restart,
    /// It was configured while the daemon ran.
    New,
}

/// Our own restart (RFC 4724 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restart {
    /// Peers may keep our routes, and we theirs to come.
    Recovering,
    /// There was none, or the backbone has been told that it is over.
    Over,
}

impl Restart {
    pub(super) fn of(start: Start, settings: &Settings) -> Self {
        match start {
            Start::Restart if settings.deferral_time().is_some() => Self::Recovering,
            Start::Restart | Start::New => Self::Over,
        }
    }
}

impl Attachment {
    /// Has a session come back from a restart of ours, if there was one and the session restarts gracefully.
    pub(super) fn recover(&self, link: &mut Link, now: Instant) {
        let full = link.settings.bgp.graceful_restart.is_some_and(|wanted| wanted.part == Part::Full);
        if self.restart == Restart::Recovering && full {
            link.peer.restart(now);
            link.recovery = Recovery::Unheard;
        }
    }

    /// True if the backbone has still to be told that every peer has announced its routes.
    pub(super) fn has_recovered(&self) -> bool {
        self.restart == Restart::Recovering
            && (self.state() == AdminState::Disabled
                || self.links.iter().all(|link| link.recovery == Recovery::Over))
    }

    /// A peer has announced all its routes of a family (RFC 4724 section 2).
    pub(super) fn end_of_rib(&mut self, index: usize, family: Family) {
        let Some(link) = self.links.get_mut(index) else { return };
        link.recovery.end_of_rib(family);
        if link.retention.end_of_rib(family) {
            let stale = self.routes.stale(family);
            tracing::info!(attachment = %self.settings.id, peer = %link.settings.peer_address, %family, stale,
                "the peer has announced its routes again; what is stale goes");
            self.routes.leave_stale(crate::family::Families::NONE.with(family));
        }
    }

    /// Nothing is kept any longer for peers that are away.
    pub(super) fn forget_stale(&mut self) {
        for link in &mut self.links {
            self.routes.leave_stale(link.retention.forget());
        }
    }
}
