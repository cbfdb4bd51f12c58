//! All connections of one configured session: which of them is kept, and when the session starts again.

mod connections;
mod deferral;
mod received;
mod replace;
mod restart;

pub use received::Received;

use self::deferral::Deferral;
use super::{
    action::{Action, ConnectionId},
    down::{DownReason, Ended},
    event::{AutomaticStop, DialFailure, Event, Stop, TcpFailure},
    fsm::{Fsm, Output},
    idle_hold::IdleHold,
    negotiate::{Offer, Session},
    settings::{Opening, Settings},
    state::StateName,
    timers::Jitter,
};
use crate::{
    family::Family,
    wire::{Negotiated, Open},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// One configured session with all its connections.
///
/// The peering's own machine dials or listens. Each accepted connection has a machine of its own until it is
/// established (RFC 4271 section 8.2.1), so that a silent one keeps nobody out; it then takes the place of the
/// peering's.
///
/// The driver does every [`Action`] in the order given, and reports about a connection until it has reported its end
/// or was told to `Close` it. Reports about connections that are over are ignored.
#[derive(Clone, Debug)]
pub struct Peer {
    settings: Arc<Settings>,
    jitter: Jitter,
    wish: Wish,
    main: Fsm,
    /// Oldest first, at most [`Peer::INCOMING`].
    incoming: Vec<Fsm>,
    next_machine: u32,
    offer: Offer,
    /// Until when our OPENs say that we come back from a restart (RFC 4724 section 4.1).
    restarting_until: Option<Instant>,
    deferral: Option<Deferral>,
    idle_hold: IdleHold,
    rest: Rest,
    established_since: Option<Instant>,
    last_ended: Option<Ended>,
    counters: Counters,
}

/// Whether the session is to be up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// Not before it is started.
    Stopped,
    /// It is.
    Running,
    /// Not before this time, because of a limit; `None`: not before it is started.
    Limited(Option<Instant>),
}

/// What the `IdleHoldTimer` keeps the peering from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// From dials of ours only: the session had not been up, and the peer may well reach us.
    FromDialling,
    /// From connections of the peer too: a session that comes and goes must not do so at the peer's pace.
    FromPeering,
}

/// What happens to a connection of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Admission {
    /// It gets a machine.
    Accept,
    /// It is closed with the reason (RFC 4486 section 4).
    Reject,
    /// It is closed without a word: a NOTIFICATION would have the peer back off for longer than the obstacle lasts.
    Postpone,
}

/// How often the session came and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Times that it was established.
    pub established: u64,
    /// Times that it was lost or ended after that.
    pub dropped: u64,
}

impl Peer {
    /// Accepted connections that may wait for the peer's OPEN at a time; when another one comes, the oldest goes.
    pub const INCOMING: usize = 4;

    /// A session that is stopped; `seed` determines the jitter of its timers.
    pub fn new(settings: Settings, seed: u64) -> Self {
        let settings = Arc::new(settings);
        let mut jitter = Jitter::new(seed);
        Self {
            main: Fsm::numbered(0, Arc::clone(&settings), jitter.fork()),
            settings,
            jitter,
            wish: Wish::Stopped,
            incoming: Vec::new(),
            next_machine: 1,
            offer: Offer::Capabilities,
            restarting_until: None,
            deferral: None,
            idle_hold: IdleHold::default(),
            rest: Rest::FromDialling,
            established_since: None,
            last_ended: None,
            counters: Counters::default(),
        }
    }

    /// The operator wants the session, now: a waiting time after a failure or a limit is cut short.
    pub fn start(&mut self, now: Instant, out: &mut Vec<Action>) {
        self.wish = Wish::Running;
        self.idle_hold.reset();
        self.set_offer(self.best_offer());
        let opening = self.settings.opening;
        let start = if self.is_confirming() {
            Event::AutomaticStartDamped(opening, Self::GRACE)
        } else {
            Event::ManualStart(opening)
        };
        self.main.step(start, now, out);
    }

    /// What kept the session from coming up is gone: a waiting time after a failure is cut short.
    pub fn retry(&mut self, now: Instant, out: &mut Vec<Action>) {
        if self.wish == Wish::Running {
            self.start(now, out);
        }
    }

    /// The operator ends the session; after [`Stop::Reset`] it starts again unless it was stopped before.
    pub fn stop(&mut self, cause: Stop, now: Instant, out: &mut Vec<Action>) {
        self.wish = match (&cause, self.wish) {
            (Stop::Reset(_), Wish::Running | Wish::Limited(_)) => Wish::Running,
            (Stop::Reset(_), Wish::Stopped)
            | (Stop::Shutdown(_) | Stop::Deconfigured | Stop::ConfigurationChange, _) => Wish::Stopped,
        };
        self.idle_hold.reset();
        self.all(&Event::ManualStop(cause), now, out);
    }

    /// The peer announced more than it may: ends the session with Cease/1 and `count` as its data.
    ///
    /// The session starts again after `restart`; with `None` not before [`start`](Self::start). Until then the peer's
    /// connections are refused.
    pub fn prefix_limit_exceeded(
        &mut self,
        family: Family,
        count: u32,
        restart: Option<Duration>,
        now: Instant,
        out: &mut Vec<Action>,
    ) {
        match self.wish {
            Wish::Running => {
                self.wish = Wish::Limited(restart.and_then(|restart| now.checked_add(restart)));
                self.all(&Event::AutomaticStop(AutomaticStop::PrefixLimit { family, count }), now, out);
            }
            Wish::Stopped | Wish::Limited(_) => {}
        }
    }

    /// The dial that [`Action::Connect`] asked for succeeded.
    pub fn dialled(&mut self, id: ConnectionId, now: Instant, out: &mut Vec<Action>) {
        self.report(id, Event::TcpCrAcked, now, out);
    }

    /// The dial that [`Action::Connect`] asked for failed, for the reason given in words.
    pub fn dial_failed(
        &mut self,
        id: ConnectionId,
        failure: DialFailure,
        now: Instant,
        out: &mut Vec<Action>,
    ) {
        self.report(id, Event::TcpConnectionFails(TcpFailure::NotConnected(failure)), now, out);
    }

    /// The listener accepted a connection from the peer's address.
    ///
    /// The connection always gets a number; if it is refused, the actions already say so.
    pub fn accepted(&mut self, now: Instant, out: &mut Vec<Action>) -> ConnectionId {
        let mut machine = Fsm::numbered(self.next_machine, Arc::clone(&self.settings), self.jitter.fork());
        self.next_machine = self.next_machine.wrapping_add(1);
        machine.offer = self.offer;
        let id = machine.connection();
        match self.admission() {
            Admission::Accept => {
                self.make_room(now, out);
                machine.step(Event::ManualStart(Opening::Passive), now, out);
                machine.step(Event::TcpConnectionConfirmed, now, out);
                self.incoming.push(machine);
            }
            Admission::Reject => machine.refuse(out),
            Admission::Postpone => {
                machine.close(StateName::Idle, DownReason::Refused, out);
            }
        }
        id
    }

    fn admission(&self) -> Admission {
        match (self.wish, self.rest) {
            (Wish::Stopped | Wish::Limited(None), _) => Admission::Reject,
            (Wish::Limited(Some(_)), _) => Admission::Postpone,
            (Wish::Running, Rest::FromPeering) if self.main.state() == StateName::Idle => Admission::Postpone,
            (Wish::Running, Rest::FromPeering | Rest::FromDialling) => Admission::Accept,
        }
    }

    /// A message came; a malformed one too.
    pub fn received(&mut self, id: ConnectionId, received: Received, now: Instant, out: &mut Vec<Action>) {
        match received.into_event() {
            Ok(event) => self.report(id, event, now, out),
            Err(open) => self.judge(id, open, now, out),
        }
    }

    /// The TCP connection ended without our doing.
    pub fn closed(&mut self, id: ConnectionId, how: TcpFailure, now: Instant, out: &mut Vec<Action>) {
        self.report(id, Event::TcpConnectionFails(how), now, out);
    }

    /// Octets wait to be sent and the peer takes none (RFC 9687); may be reported as often as it is noticed.
    pub fn send_blocked(&mut self, id: ConnectionId, now: Instant) {
        if let Some(machine) = self.machine(id) {
            machine.send_blocked(now);
        }
    }

    /// The peer took octets (RFC 9687).
    pub fn send_progress(&mut self, id: ConnectionId, output: Output, now: Instant) {
        if let Some(machine) = self.machine(id) {
            machine.send_progress(output, now);
        }
    }

    /// When [`expire`](Self::expire) must be called next; `None` while nothing is waited for.
    pub fn deadline(&self) -> Option<Instant> {
        let restart = match self.wish {
            Wish::Limited(restart) => restart,
            Wish::Stopped | Wish::Running => None,
        };
        let deferral = self.deferral.as_ref().map(Deferral::until);
        let recovery = self.restarting_until;
        self.machines().filter_map(Fsm::deadline).chain(restart).chain(deferral).chain(recovery).min()
    }

    /// Does all whose time has come; before the deadline nothing.
    pub fn expire(&mut self, now: Instant, out: &mut Vec<Action>) {
        let mark = out.len();
        if self.restarting_until.is_some_and(|until| until <= now) {
            self.recovered();
        }
        self.main.expire(now, out);
        for machine in &mut self.incoming {
            machine.expire(now, out);
        }
        self.settle(mark, now, out);
        self.review_deferral(now, out);
        if let Wish::Limited(Some(restart)) = self.wish
            && restart <= now
        {
            self.wish = Wish::Running;
            self.main.step(Event::AutomaticStart(self.settings.opening), now, out);
        }
    }

    /// The state of the connection that is furthest.
    pub fn state(&self) -> StateName {
        self.machines().map(Fsm::state).max().unwrap_or(StateName::Idle)
    }

    /// What was agreed on with the peer, while the session is up.
    pub fn session(&self) -> Option<&Arc<Session>> {
        self.main.session().filter(|_| self.main.state() == StateName::Established)
    }

    /// What the codec must know about the session, while it is up.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.session().map(|session| session.negotiated)
    }

    /// The peer's OPEN, while the session is up.
    pub fn peer_open(&self) -> Option<&Open> {
        self.session().map(|session| &session.peer)
    }

    /// The connection that the session is up on.
    pub fn established_on(&self) -> Option<ConnectionId> {
        self.session().map(|_| self.main.connection())
    }

    /// Since when the session is up.
    pub fn established_since(&self) -> Option<Instant> {
        self.established_since
    }

    /// The last end of the session or of an attempt; lost collisions are not counted as ends.
    pub fn last_ended(&self) -> Option<&Ended> {
        self.last_ended.as_ref()
    }

    /// How often the session came and went.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// What the session was configured with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}
