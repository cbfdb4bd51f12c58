//! A valid OPEN that waits for a moment, because the connection that a collision would keep may yet bring one too.
//!
//! When both sides dial at the same time, each OPEN reaches a side that has not seen the other one. A side that answered
//! at once could establish the connection which the peer is just closing in favour of the other (RFC 4271 section 6.8
//! compares connections in OpenConfirm only), and close that other in turn: both would be lost. So an OPEN on the
//! connection that would lose is not answered while the one that would win waits for its own; section 6.8 allows to
//! look at connections in OpenSent once the identifier is known. The wait is short: the other may be a silent one.
//!
//! An OPEN that says that the peer restarts waits too, if the session has only just come up (RFC 4724 section 5): it may be
//! of the start that the session came of, and then the peer goes on with that. A KEEPALIVE on the established connection
//! finds out: a peer that has forgotten it resets it.

use super::Peer;
use crate::session::{
    action::{Action, ConnectionId, Outgoing},
    collision::Direction,
    event::Event,
    negotiate::Session,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// An OPEN that is not answered yet; its machine still waits for one.
#[derive(Clone, Debug)]
pub(super) struct Deferral {
    connection: ConnectionId,
    session: Arc<Session>,
    awaited: Awaited,
    until: Instant,
    first_keepalive: FirstKeepalive,
}

/// What a deferred OPEN waits for.
#[derive(Clone, Copy, Debug)]
enum Awaited {
    /// The OPEN on a connection of this direction, which would be preferred.
    Open(Direction),
    /// The end of the established session.
    End(OldConnection),
}

/// What the established connection has shown since an OPEN waits for its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OldConnection {
    /// Nothing.
    Silent,
    /// The peer has sent something.
    Heard,
}

/// Whether the peer's answer to our OPEN came before we answered its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FirstKeepalive {
    Awaited,
    Received,
}

impl Deferral {
    pub(super) const fn until(&self) -> Instant {
        self.until
    }
}

impl Peer {
    /// The peer answers an OPEN within a round trip, unless it is busy; a collision is not decided sooner.
    pub(super) const GRACE: Duration = Duration::from_secs(2);

    /// The connection whose OPEN is deferred.
    pub(super) fn deferred(&self) -> Option<ConnectionId> {
        self.deferral.as_ref().map(|deferral| deferral.connection)
    }

    /// Defers the OPEN if a connection that would be preferred to this one waits for its own; gives it back if not.
    pub(super) fn defer(
        &mut self,
        connection: ConnectionId,
        direction: Direction,
        preferred: Direction,
        session: Arc<Session>,
        now: Instant,
    ) -> Option<Arc<Session>> {
        if direction == preferred || !self.awaits_open(preferred) {
            return Some(session);
        }
        let until = now + Self::GRACE;
        let first_keepalive = FirstKeepalive::Awaited;
        let awaited = Awaited::Open(preferred);
        self.deferral = Some(Deferral { connection, session, awaited, until, first_keepalive });
        None
    }

    /// Defers the OPEN of a peer that restarts until the established session has ended, or until that time.
    pub(super) fn await_end(
        &mut self,
        connection: ConnectionId,
        session: Arc<Session>,
        until: Instant,
        now: Instant,
        out: &mut Vec<Action>,
    ) {
        if let Some(older) = self.deferral.take() {
            self.report(older.connection, Event::OpenCollisionDump, now, out);
        }
        let (awaited, first_keepalive) = (Awaited::End(OldConnection::Silent), FirstKeepalive::Awaited);
        self.deferral = Some(Deferral { connection, session, awaited, until, first_keepalive });
        out.push(Action::Send(self.main.connection(), Outgoing::Keepalive));
    }

    /// Keeps a KEEPALIVE for the machine whose OPEN is deferred; false if it is not for such a one.
    pub(super) fn defer_keepalive(&mut self, id: ConnectionId, event: &Event) -> bool {
        match &mut self.deferral {
            Some(Deferral { awaited: Awaited::End(old), .. }) if self.main.is_about(id) => {
                *old = OldConnection::Heard;
                false
            }
            Some(deferral) if deferral.connection == id && *event == Event::KeepAliveMsg => {
                deferral.first_keepalive = FirstKeepalive::Received;
                true
            }
            Some(_) | None => false,
        }
    }

    /// Answers the deferred OPEN once nothing better is to be expected; forgets it if its connection is over.
    pub(super) fn review_deferral(&mut self, now: Instant, out: &mut Vec<Action>) {
        let Some(deferral) = &self.deferral else {
            return;
        };
        if !self.machines().any(|machine| machine.is_about(deferral.connection)) {
            self.deferral = None;
        } else if now >= deferral.until || !self.is_awaited(deferral.awaited) {
            self.answer_deferred(now, out);
        }
    }

    /// Answers the deferred OPEN, if there is one.
    pub(super) fn answer_deferred(&mut self, now: Instant, out: &mut Vec<Action>) {
        if let Some(Deferral { connection, session, first_keepalive, awaited, .. }) = self.deferral.take() {
            match awaited {
                Awaited::End(OldConnection::Heard) if self.session().is_some() => {
                    return self.report(connection, Event::OpenCollisionDump, now, out);
                }
                Awaited::End(_) => self.report(self.main.connection(), Event::PeerRestarted, now, out),
                Awaited::Open(_) => {}
            }
            self.confirm(connection, session, now, out);
            match first_keepalive {
                FirstKeepalive::Received => self.report(connection, Event::KeepAliveMsg, now, out),
                FirstKeepalive::Awaited => {}
            }
        }
    }

    fn is_awaited(&self, awaited: Awaited) -> bool {
        match awaited {
            Awaited::Open(direction) => self.awaits_open(direction),
            Awaited::End(_) => self.session().is_some(),
        }
    }

    /// True if a connection of this direction is being opened, or is open and has no OPEN of the peer.
    fn awaits_open(&self, direction: Direction) -> bool {
        self.machines().any(|machine| {
            machine.direction() == direction && machine.is_live() && machine.session().is_none()
        })
    }
}
