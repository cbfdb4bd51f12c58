//! The machine of one connection: its state, its timers, and what several states do alike.

use super::{
    action::{Action, ConnectionId, Outgoing},
    collision::Direction,
    down::DownReason,
    event::{Event, TcpFailure},
    negotiate::{self, Offer, Session},
    settings::{Opening, Settings},
    state::{State, StateName, Tcp},
    timers::{Jitter, Timer, Timers},
};
use crate::wire::MessageType;
use std::{
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

/// The state machine of one connection (RFC 4271 section 8.2).
///
/// It knows neither of other connections nor of how often it has failed: that is the [`Peer`](super::Peer)'s.
#[derive(Clone, Debug)]
pub struct Fsm {
    pub(super) settings: Arc<Settings>,
    pub(super) offer: Offer,
    pub(super) state: State,
    pub(super) opening: Opening,
    pub(super) timers: Timers,
    pub(super) connection: ConnectionId,
    direction: Direction,
    jitter: Jitter,
}

/// Whether octets still wait to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// None do.
    Drained,
    /// Some do.
    Pending,
}

impl Fsm {
    /// For the next OPEN and the timers armed from now on.
    pub(super) fn replace_settings(&mut self, settings: &Arc<Settings>) {
        self.settings = Arc::clone(settings);
    }

    /// KEEPALIVEs are never sent more often (RFC 4271 section 4.4).
    const SHORTEST_KEEPALIVE: Duration = Duration::from_secs(1);

    /// A machine in Idle; `seed` determines its jitter.
    pub fn new(settings: Arc<Settings>, seed: u64) -> Self {
        Self::numbered(0, settings, Jitter::new(seed))
    }

    pub(super) fn numbered(machine: u32, settings: Arc<Settings>, jitter: Jitter) -> Self {
        Self {
            opening: settings.opening,
            settings,
            offer: Offer::Capabilities,
            state: State::Idle,
            timers: Timers::default(),
            connection: ConnectionId::first(machine),
            direction: Direction::Outgoing,
            jitter,
        }
    }

    /// The state's name.
    pub const fn state(&self) -> StateName {
        self.state.name()
    }

    /// The connection that the machine is about now, or was last.
    pub const fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// What the OPENs agreed on, once they are exchanged.
    pub const fn session(&self) -> Option<&Arc<Session>> {
        match &self.state {
            State::Idle | State::Connect(_) | State::Active(_) | State::OpenSent => None,
            State::OpenConfirm(session) | State::Established(session) => Some(session),
        }
    }

    /// When [`expire`](Self::expire) must be called next; `None` while no timer runs.
    pub fn deadline(&self) -> Option<Instant> {
        self.timers.deadline()
    }

    /// Takes one event and appends what is to be done.
    pub fn step(&mut self, event: Event, now: Instant, out: &mut Vec<Action>) {
        self.state = match mem::replace(&mut self.state, State::Idle) {
            State::Idle => self.idle(event, now, out),
            State::Connect(tcp) => self.connect(tcp, event, now, out),
            State::Active(tcp) => self.active(tcp, event, now, out),
            State::OpenSent => self.open_sent(event, now, out),
            State::OpenConfirm(session) => self.open_confirm(session, event, now, out),
            State::Established(session) => self.established(session, event, now, out),
        };
    }

    /// Takes every timer event whose time has come; before the deadline nothing changes.
    pub fn expire(&mut self, now: Instant, out: &mut Vec<Action>) {
        for timer in Timer::ALL {
            if self.timers.take_due(timer, now) {
                self.step(Event::Expired(timer), now, out);
            }
        }
    }

    /// Octets wait to be sent and the peer takes none: the `SendHoldTimer` runs from the first such report on.
    pub fn send_blocked(&mut self, now: Instant) {
        if !self.timers.is_armed(Timer::SendHold) {
            self.restart_send_hold(now);
        }
    }

    /// The peer took octets: the `SendHoldTimer` starts anew, or stops when nothing is left to send.
    pub fn send_progress(&mut self, output: Output, now: Instant) {
        match output {
            Output::Drained => self.timers.disarm(Timer::SendHold),
            Output::Pending => self.restart_send_hold(now),
        }
    }

    /// The `SendHoldTimer` runs in Established only, and never without a hold time (RFC 9687 section 3).
    fn restart_send_hold(&mut self, now: Instant) {
        if let State::Established(session) = &self.state
            && let Some(send_hold) = self.settings.send_hold_time(session.hold)
        {
            self.timers.arm(Timer::SendHold, now, send_hold);
        }
    }

    pub(super) const fn direction(&self) -> Direction {
        self.direction
    }

    /// True while there is a TCP connection.
    pub(super) const fn is_connected(&self) -> bool {
        match self.state {
            State::Idle | State::Connect(Tcp::Awaited) | State::Active(Tcp::Awaited) => false,
            State::Connect(Tcp::DelayingOpen)
            | State::Active(Tcp::DelayingOpen)
            | State::OpenSent
            | State::OpenConfirm(_)
            | State::Established(_) => true,
        }
    }

    /// True while there is a TCP connection or a dial.
    pub(super) fn is_live(&self) -> bool {
        self.is_connected() || self.state == State::Connect(Tcp::Awaited)
    }

    /// True if `id` names the connection that there is now.
    pub(super) fn is_about(&self, id: ConnectionId) -> bool {
        self.connection == id && self.is_live()
    }

    /// Leaves Idle.
    pub(super) fn begin(&mut self, opening: Opening, now: Instant, out: &mut Vec<Action>) -> State {
        self.opening = opening;
        self.timers.disarm_all();
        match opening {
            Opening::Active => self.dial(now, out),
            Opening::Passive => State::Active(Tcp::Awaited),
        }
    }

    /// Waits in Idle for the `IdleHoldTime`.
    pub(super) fn hold_idle(&mut self, opening: Opening, time: Duration, now: Instant) -> State {
        self.opening = opening;
        let time = self.jitter.shorten(time);
        self.timers.arm(Timer::IdleHold, now, time);
        State::Idle
    }

    /// Opens a new connection.
    pub(super) fn dial(&mut self, now: Instant, out: &mut Vec<Action>) -> State {
        self.connection = self.connection.next();
        self.direction = Direction::Outgoing;
        self.restart_connect_retry(now);
        out.push(Action::Connect(self.connection));
        State::Connect(Tcp::Awaited)
    }

    /// Waits for the peer, and for the next dial if there is to be one.
    pub(super) fn listen(&mut self, now: Instant) -> State {
        self.timers.disarm_all();
        match self.opening {
            Opening::Active => self.restart_connect_retry(now),
            Opening::Passive => {}
        }
        State::Active(Tcp::Awaited)
    }

    /// Puts off a dial that is due earlier.
    pub(super) fn dial_not_before(&mut self, time: Instant) {
        for timer in [Timer::ConnectRetry, Timer::IdleHold] {
            self.timers.put_off(timer, time);
        }
    }

    fn restart_connect_retry(&mut self, now: Instant) {
        let time = self.jitter.shorten(self.settings.connect_retry);
        self.timers.arm(Timer::ConnectRetry, now, time);
    }

    /// A TCP connection is there: sends our OPEN, or delays it in the state given.
    pub(super) fn opened(
        &mut self,
        direction: Direction,
        delay_in: fn(Tcp) -> State,
        now: Instant,
        out: &mut Vec<Action>,
    ) -> State {
        self.direction = direction;
        self.timers.disarm(Timer::ConnectRetry);
        match self.settings.delay_open {
            Some(delay) => {
                self.timers.arm(Timer::DelayOpen, now, delay);
                delay_in(Tcp::DelayingOpen)
            }
            None => self.send_open(now, out),
        }
    }

    /// Sends our OPEN and waits for the peer's.
    pub(super) fn send_open(&mut self, now: Instant, out: &mut Vec<Action>) -> State {
        self.push_open(out);
        self.timers.arm(Timer::Hold, now, self.open_timeout());
        State::OpenSent
    }

    pub(super) fn push_open(&self, out: &mut Vec<Action>) {
        out.push(Action::Send(self.connection, Outgoing::Open(negotiate::open(&self.settings, self.offer))));
    }

    pub(super) fn open_timeout(&self) -> Duration {
        match self.direction {
            Direction::Outgoing => self.settings.open_timeout.outgoing,
            Direction::Incoming => self.settings.open_timeout.incoming,
        }
    }

    /// Answers the peer's valid OPEN; from here on its hold time counts.
    pub(super) fn confirm(&mut self, session: Arc<Session>, now: Instant, out: &mut Vec<Action>) -> State {
        self.timers.disarm_all();
        self.send_keepalive(&session, now, out);
        self.heard(&session, now);
        State::OpenConfirm(session)
    }

    pub(super) fn send_keepalive(&mut self, session: &Session, now: Instant, out: &mut Vec<Action>) {
        out.push(Action::Send(self.connection, Outgoing::Keepalive));
        if let Some(interval) = session.keepalive {
            let interval = self.jitter.shorten(interval).max(Self::SHORTEST_KEEPALIVE);
            self.timers.arm(Timer::Keepalive, now, interval);
        }
    }

    /// Restarts the `HoldTimer`; all that an UPDATE costs here.
    pub(super) fn heard(&mut self, session: &Session, now: Instant) {
        match session.hold.duration() {
            Some(hold) => self.timers.arm(Timer::Hold, now, hold),
            None => self.timers.disarm(Timer::Hold),
        }
    }

    /// Ends the connection with the NOTIFICATION that the reason has, if it has one.
    pub(super) fn end(&mut self, from: StateName, reason: DownReason, out: &mut Vec<Action>) -> State {
        if let Some(notification) = reason.notification() {
            out.push(Action::Send(self.connection, Outgoing::Notification(notification)));
        }
        self.close(from, reason, out)
    }

    /// Ends the session for longer than a restart takes: a peer that keeps our routes after a NOTIFICATION is told not to
    /// (RFC 8538 section 5.1).
    pub(super) fn end_for_good(
        &mut self,
        session: &Session,
        reason: DownReason,
        out: &mut Vec<Action>,
    ) -> State {
        if session.survives_notifications()
            && let Some(notification) = reason.notification()
        {
            out.push(Action::Send(self.connection, Outgoing::Notification(notification.hard_reset())));
            return self.close(StateName::Established, reason, out);
        }
        self.end(StateName::Established, reason, out)
    }

    /// Turns away a connection that came while the machine is idle, with the reason that RFC 4486 section 4 wants told.
    pub(super) fn refuse(&self, out: &mut Vec<Action>) {
        let reason = DownReason::Refused;
        out.extend(reason.notification().map(|n| Action::Send(self.connection, Outgoing::Notification(n))));
        out.push(Action::Close(self.connection));
        out.push(Action::Failed(self.connection, reason));
    }

    /// Ends the connection without a word.
    pub(super) fn close(&mut self, from: StateName, reason: DownReason, out: &mut Vec<Action>) -> State {
        out.push(Action::Close(self.connection));
        self.ended(from, reason, out)
    }

    /// The TCP connection is gone, or never came: there is nothing left to close.
    pub(super) fn lost(&mut self, from: StateName, failure: TcpFailure, out: &mut Vec<Action>) -> State {
        self.ended(from, DownReason::Tcp(failure), out)
    }

    fn ended(&mut self, from: StateName, reason: DownReason, out: &mut Vec<Action>) -> State {
        self.timers.disarm_all();
        out.push(match from {
            StateName::Established => Action::Down(self.connection, reason),
            StateName::Idle
            | StateName::Connect
            | StateName::Active
            | StateName::OpenSent
            | StateName::OpenConfirm => Action::Failed(self.connection, reason),
        });
        State::Idle
    }

    /// Ends the connection because of a message that the state does not allow (RFC 6608).
    pub(super) fn unexpected(
        &mut self,
        message: MessageType,
        state: StateName,
        out: &mut Vec<Action>,
    ) -> State {
        self.end(state, DownReason::UnexpectedMessage { message, state }, out)
    }
}
