//! How the connections of one peer affect each other: collision, promotion, and the next start.

use super::{Peer, Rest, Wish};
use crate::{
    family::Family,
    session::{
        action::{Action, ConnectionId},
        collision::{Direction, Keep, Speaker, preferred, resolve},
        down::{DownReason, Ended},
        event::{Event, OpenFault},
        fsm::Fsm,
        negotiate::{Offer, Session, negotiate},
        state::StateName,
        timers::Timer,
    },
    wire::{
        Open, RestartState,
        notification::{ErrorCode, OpenSubcode},
    },
};
use std::{
    iter, mem,
    sync::Arc,
    time::{Duration, Instant},
};

impl Peer {
    pub(super) fn machines(&self) -> impl Iterator<Item = &Fsm> {
        iter::once(&self.main).chain(&self.incoming)
    }

    /// The machine whose connection this is; the peering's own first, since it has nearly all the traffic.
    pub(super) fn machine(&mut self, id: ConnectionId) -> Option<&mut Fsm> {
        iter::once(&mut self.main).chain(&mut self.incoming).find(|machine| machine.is_about(id))
    }

    /// Lets one connection's machine know.
    pub(super) fn report(&mut self, id: ConnectionId, event: Event, now: Instant, out: &mut Vec<Action>) {
        let mark = out.len();
        if self.defer_keepalive(id, &event) {
            return;
        }
        if let Some(machine) = self.machine(id) {
            machine.step(event, now, out);
            self.settle(mark, now, out);
        }
    }

    /// Lets every machine know, the peering's own last.
    pub(super) fn all(&mut self, event: &Event, now: Instant, out: &mut Vec<Action>) {
        let mark = out.len();
        for machine in self.incoming.iter_mut().chain(iter::once(&mut self.main)) {
            machine.step(event.clone(), now, out);
        }
        self.settle(mark, now, out);
    }

    /// Judges the peer's OPEN: against the settings, then against the other connections (RFC 4271 section 6.8).
    pub(super) fn judge(&mut self, id: ConnectionId, open: Open, now: Instant, out: &mut Vec<Action>) {
        let Some((state, direction, offer)) =
            self.machine(id).map(|machine| (machine.state(), machine.direction(), machine.offer))
        else {
            return;
        };
        let session = match negotiate(&self.settings, offer, open) {
            Ok(session) => Arc::new(session),
            Err(refusal) => {
                return self.report(id, Event::BgpOpenMsgErr(OpenFault::Refused(refusal)), now, out);
            }
        };
        let deferred = self.deferred() == Some(id);
        if deferred {
            self.answer_deferred(now, out);
        }
        if deferred || state > StateName::OpenSent {
            return self.report(id, Event::BgpOpen(session), now, out);
        }
        let local = Speaker { identifier: self.settings.local_identifier, asn: self.settings.local_asn };
        let peer = Speaker { identifier: session.peer.identifier, asn: session.peer.asn };
        let preferred = preferred(local, peer);
        if self.has_restarted(&session)
            && let Some(until) = self.settles_at(now)
        {
            return self.await_end(id, session, until, now, out);
        }
        match self.collide(id, direction, preferred, &session, now, out) {
            Keep::Existing => self.report(id, Event::OpenCollisionDump, now, out),
            Keep::New => {
                if let Some(session) = self.defer(id, direction, preferred, session, now) {
                    self.confirm(id, session, now, out);
                }
            }
        }
    }

    /// Answers the peer's OPEN.
    ///
    /// A dial that would follow closely waits: the peer may establish this connection while a collision with the dial's,
    /// which may be preferred, has it closed here.
    pub(super) fn confirm(
        &mut self,
        id: ConnectionId,
        session: Arc<Session>,
        now: Instant,
        out: &mut Vec<Action>,
    ) {
        self.report(id, Event::BgpOpen(session), now, out);
        self.main.dial_not_before(now + Self::GRACE);
    }

    /// True while a connection of the peer may be established any moment.
    pub(super) fn is_confirming(&self) -> bool {
        self.incoming.iter().any(|machine| machine.state() == StateName::OpenConfirm)
    }

    /// Closes the other connection that has a valid OPEN, if there is one and it is not the one to keep.
    ///
    /// An established session stays (`CollisionDetectEstablishedState` off), unless the peer has restarted.
    fn collide(
        &mut self,
        new: ConnectionId,
        direction: Direction,
        preferred: Direction,
        open: &Session,
        now: Instant,
        out: &mut Vec<Action>,
    ) -> Keep {
        let deferred = self.deferred();
        let rival = self.machines().find(|machine| {
            let id = machine.connection();
            id != new && (machine.session().is_some() || deferred == Some(id))
        });
        let Some(rival) = rival else {
            return Keep::New;
        };
        let existing = rival.connection();
        if rival.state() == StateName::Established {
            if self.has_restarted(open) {
                self.report(existing, Event::PeerRestarted, now, out);
                return Keep::New;
            }
            return Keep::Existing;
        }
        if resolve(preferred, rival.direction(), direction) == Keep::Existing {
            return Keep::Existing;
        }
        self.report(existing, Event::OpenCollisionDump, now, out);
        Keep::New
    }

    /// True if an OPEN on another connection says that the peer knows nothing of the established session any more
    /// (RFC 4724 section 5).
    ///
    /// The RFC takes the connection alone for that; an OPEN must be waited for, or anybody who can open a connection
    /// could end the session.
    fn has_restarted(&self, open: &Session) -> bool {
        let known = self.session().is_some_and(|session| session.graceful_restart.is_some());
        let restarting =
            open.graceful_restart.is_some_and(|agreed| agreed.peer.state == RestartState::Restarting);
        known && restarting
    }

    /// When an OPEN on another connection can no longer be of the same start as the session; `None` if it cannot now.
    fn settles_at(&self, now: Instant) -> Option<Instant> {
        self.established_since.map(|since| since + Self::SETTLED).filter(|settled| now < *settled)
    }

    /// Closes the oldest silent connection if there is no room for another one.
    pub(super) fn make_room(&mut self, now: Instant, out: &mut Vec<Action>) {
        if self.incoming.len() < Self::INCOMING {
            return;
        }
        let deferred = self.deferred();
        let silent = |machine: &Fsm| machine.session().is_none() && deferred != Some(machine.connection());
        if let Some(silent) = self.incoming.iter().position(silent) {
            self.incoming.remove(silent).step(Event::OpenCollisionDump, now, out);
        }
    }

    /// Draws the conclusions from what the machines did since `mark`.
    pub(super) fn settle(&mut self, mark: usize, now: Instant, out: &mut Vec<Action>) {
        // The usual case, an UPDATE or KEEPALIVE: nothing came up and nothing ended.
        if out.len() == mark && self.main.state() != StateName::Idle {
            return;
        }
        if out.iter().skip(mark).any(|action| matches!(action, Action::Established(..))) {
            self.promote(now, out);
        }
        self.incoming.retain(Fsm::is_connected);
        let mut end = None;
        for action in out.iter().skip(mark) {
            if let Some((id, ended)) = self.note(action, now)
                && id == self.main.connection()
            {
                end = Some(ended);
            }
        }
        let waits_for_start =
            self.main.state() == StateName::Idle && !self.main.timers.is_armed(Timer::IdleHold);
        if self.wish == Wish::Running && waits_for_start {
            let time = self.rest_after(end.as_ref());
            self.main.step(Event::AutomaticStartDamped(self.settings.opening, time), now, out);
        }
        self.review_deferral(now, out);
    }

    /// Gives the peering to the connection that has been established, and closes all others.
    fn promote(&mut self, now: Instant, out: &mut Vec<Action>) {
        let established = |machine: &Fsm| machine.state() == StateName::Established;
        if let Some(winner) = self.incoming.iter().position(established) {
            let winner = self.incoming.remove(winner);
            let loser = mem::replace(&mut self.main, winner);
            self.incoming.push(loser);
        }
        for mut loser in self.incoming.drain(..) {
            loser.step(Event::OpenCollisionDump, now, out);
        }
    }

    /// Keeps the books; gives the connection that ended, if the action says that one did.
    fn note(&mut self, action: &Action, now: Instant) -> Option<(ConnectionId, Ended)> {
        let (id, uptime, reason) = match action {
            Action::Connect(_) | Action::Send(..) | Action::Close(_) => return None,
            Action::Established(..) => {
                self.counters.established += 1;
                self.established_since = Some(now);
                self.recovered();
                return None;
            }
            Action::Down(id, reason) => {
                self.counters.dropped += 1;
                self.set_offer(Offer::Capabilities);
                let since = self.established_since.take().unwrap_or(now);
                (*id, Some(now.saturating_duration_since(since)), reason)
            }
            Action::Failed(id, reason) => {
                self.fall_back(reason);
                (*id, None, reason)
            }
        };
        let ended = Ended { at: now, uptime, reason: reason.clone() };
        if !reason.is_collision() {
            self.last_ended = Some(ended.clone());
        }
        Some((id, ended))
    }

    /// A peer that refuses optional parameters is offered none (RFC 5492 section 3); then only IPv4 is possible.
    fn fall_back(&mut self, reason: &DownReason) {
        const REFUSED: ErrorCode = ErrorCode::Open(OpenSubcode::UnsupportedOptionalParameter);
        if let DownReason::NotificationReceived(notification) = reason
            && notification.code == REFUSED
            && self.settings.families.contains(Family::Ipv4)
        {
            self.set_offer(Offer::Plain);
        }
    }

    pub(super) fn set_offer(&mut self, offer: Offer) {
        self.offer = offer;
        self.main.offer = offer;
    }

    /// Begins the peering's rest after the end of its connection, if it had one, and gives its time.
    ///
    /// A lost collision and the operator's reset are no oscillation and do not lengthen it.
    fn rest_after(&mut self, end: Option<&Ended>) -> Duration {
        let base = self.settings.idle_hold;
        let uptime = end.and_then(|ended| ended.uptime);
        self.rest = if uptime.is_some() { Rest::FromPeering } else { Rest::FromDialling };
        match end.map(|ended| &ended.reason) {
            None | Some(DownReason::Stopped(_)) => base,
            Some(reason) if reason.is_collision() => base,
            Some(_) => self.idle_hold.after_end(base, uptime.unwrap_or_default()),
        }
    }
}
