//! One peer, a clock that the test moves, and a driver that does what the test says.

use super::{
    Action, ConnectionId, Duration, Instant, Notification, Open, Outgoing, Peer, Settings, edge_open,
    seconds, settings,
};
use crate::{
    session::{DownReason, Received, StateName},
    wire::{HeaderError, MessageError},
};

/// A peer with a clock that the test moves, and the actions of its last call.
pub(super) struct Bench {
    pub(super) peer: Peer,
    pub(super) now: Instant,
    pub(super) out: Vec<Action>,
}

impl Bench {
    pub(super) fn new(settings: Settings) -> Self {
        Self { peer: Peer::new(settings, 1), now: Instant::now(), out: Vec::new() }
    }

    pub(super) fn started() -> Self {
        let mut bench = Self::new(settings());
        bench.call(Peer::start);
        bench
    }

    pub(super) fn call<T>(&mut self, call: impl FnOnce(&mut Peer, Instant, &mut Vec<Action>) -> T) -> T {
        self.out.clear();
        call(&mut self.peer, self.now, &mut self.out)
    }

    pub(super) fn receive(&mut self, id: ConnectionId, received: impl Into<Received>) {
        let received = received.into();
        self.call(|peer, now, out| peer.received(id, received, now, out));
    }

    pub(super) fn accept(&mut self) -> ConnectionId {
        self.call(Peer::accepted)
    }

    /// The connection that the last call asked for.
    pub(super) fn dial(&self) -> ConnectionId {
        self.out
            .iter()
            .find_map(|action| match action {
                Action::Connect(id) => Some(*id),
                Action::Send(..)
                | Action::Close(_)
                | Action::Established(..)
                | Action::Down(..)
                | Action::Failed(..) => None,
            })
            .unwrap()
    }

    pub(super) fn answer(&mut self, id: ConnectionId) {
        self.call(|peer, now, out| peer.dialled(id, now, out));
    }

    /// Lets time pass until the next deadline, and what is due happen.
    pub(super) fn wait(&mut self) {
        self.now = self.peer.deadline().unwrap();
        self.call(Peer::expire);
    }

    pub(super) fn wait_for(&mut self, time: Duration) {
        let end = self.now + time;
        while self.peer.deadline().is_some_and(|deadline| deadline <= end) {
            self.wait();
        }
        self.now = end;
    }

    pub(super) fn establish(&mut self, id: ConnectionId) {
        self.receive(id, edge_open(1));
        self.receive(id, Received::Keepalive);
        assert_eq!(self.peer.state(), StateName::Established);
    }

    /// A session that our dial brought up.
    pub(super) fn established() -> (Self, ConnectionId) {
        let mut bench = Self::started();
        let id = bench.dial();
        bench.answer(id);
        bench.establish(id);
        (bench, id)
    }

    pub(super) fn wait_with_keepalives(&mut self, id: ConnectionId, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.wait_for(seconds(30).min(end - self.now));
            self.receive(id, Received::Keepalive);
        }
    }

    /// The NOTIFICATION that the last call sent on a connection.
    pub(super) fn notified(&self, id: ConnectionId) -> Option<&Notification> {
        self.out.iter().find_map(|action| match action {
            Action::Send(on, Outgoing::Notification(notification)) if *on == id => Some(notification),
            Action::Send(..)
            | Action::Connect(_)
            | Action::Close(_)
            | Action::Established(..)
            | Action::Down(..)
            | Action::Failed(..) => None,
        })
    }

    pub(super) fn reason(&self) -> &DownReason {
        &self.peer.last_ended().unwrap().reason
    }
}

impl From<Open> for Received {
    fn from(open: Open) -> Self {
        Self::Open(open)
    }
}

impl From<HeaderError> for Received {
    fn from(error: HeaderError) -> Self {
        Self::Malformed(MessageError::Header(error))
    }
}
