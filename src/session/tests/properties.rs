//! Whatever happens to a peer, in whatever order: it does not panic, and its actions keep the rules of the ledger.

use super::{
    Action, ConnectionId, Instant, Notification, Peer, Settings, edge_open, ledger::Ledger, seconds, settings,
};
use crate::{
    asn::Asn,
    family::Family,
    session::{Opening, Output, Received, StateName, Stop, TcpFailure},
    wire::{
        HeaderError, MessageError, Open, OpenError, UpdateError,
        notification::{CeaseSubcode, ErrorCode, OpenSubcode},
    },
};
use proptest::{collection::vec, prelude::*, sample::Index};
use std::time::Duration;

#[derive(Clone, Debug)]
enum Move {
    Start,
    Stop(Stop),
    Limit(Option<Duration>),
    Accept,
    Dialled(Index),
    Lost(Index, TcpFailure),
    Receive(Index, Received),
    Blocked(Index),
    Progress(Index, Output),
    Pass(Duration),
    Expire,
}

fn received() -> impl Strategy<Value = Received> {
    let plain = || Open { capabilities: Vec::new(), ..edge_open(1) };
    prop_oneof![
        4 => Just(Received::Open(edge_open(1))),
        2 => Just(Received::Open(edge_open(3))),
        1 => Just(Received::Open(plain())),
        1 => Just(Received::Open(Open { asn: Asn::constant(65011), ..edge_open(1) })),
        8 => Just(Received::Keepalive),
        2 => Just(Received::Update),
        1 => Just(Received::RouteRefresh),
        1 => Just(Received::Notification(Notification::cease(CeaseSubcode::AdministrativeReset))),
        1 => Just(Received::Notification(Notification::COLLISION)),
        1 => Just(Received::Notification(Notification::bare(ErrorCode::Open(
            OpenSubcode::UnsupportedOptionalParameter
        )))),
        1 => Just(Received::Malformed(MessageError::Header(HeaderError::BadType(9)))),
        1 => Just(Received::Malformed(MessageError::Open(OpenError::Version(3)))),
        1 => Just(Received::Malformed(MessageError::Update(UpdateError::Lengths { octets: 4 }))),
    ]
}

fn moves() -> impl Strategy<Value = Move> {
    let index = any::<Index>;
    prop_oneof![
        2 => Just(Move::Start),
        1 => prop_oneof![Just(Stop::Shutdown(None)), Just(Stop::Reset(None))].prop_map(Move::Stop),
        1 => prop_oneof![Just(None), Just(Some(seconds(30))), Just(Some(Duration::MAX))].prop_map(Move::Limit),
        6 => Just(Move::Accept),
        6 => index().prop_map(Move::Dialled),
        3 => (index(), prop_oneof![Just(TcpFailure::ClosedByPeer), Just(TcpFailure::Broken("reset".into()))])
            .prop_map(|(at, how)| Move::Lost(at, how)),
        20 => (index(), received()).prop_map(|(at, received)| Move::Receive(at, received)),
        1 => index().prop_map(Move::Blocked),
        1 => (index(), prop_oneof![Just(Output::Pending), Just(Output::Drained)])
            .prop_map(|(at, output)| Move::Progress(at, output)),
        4 => (0..200_000_u64).prop_map(|millis| Move::Pass(Duration::from_millis(millis))),
        8 => Just(Move::Expire),
    ]
}

/// A peer, and every connection that it ever had: reports also come about those that are over.
struct Play {
    peer: Peer,
    ledger: Ledger,
    now: Instant,
    dialling: Vec<ConnectionId>,
    known: Vec<ConnectionId>,
    wish: Wish,
}

/// What the operator and the limit left the peer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Up,
    Stopped,
    Limited,
}

impl Wish {
    fn after(self, step: &Move) -> Self {
        match (step, self) {
            (Move::Start, _) | (Move::Stop(Stop::Reset(_)), Self::Limited) => Self::Up,
            (Move::Stop(Stop::Shutdown(_) | Stop::Deconfigured | Stop::ConfigurationChange), _) => {
                Self::Stopped
            }
            (Move::Limit(None | Some(Duration::MAX)), Self::Up) => Self::Limited,
            (_, wish) => wish,
        }
    }
}

impl Play {
    fn play(&mut self, step: Move) {
        let mut out = Vec::new();
        let pick = |from: &[ConnectionId], at: Index| (!from.is_empty()).then(|| from[at.index(from.len())]);
        let now = self.now;
        self.wish = self.wish.after(&step);
        match step {
            Move::Start => self.peer.start(now, &mut out),
            Move::Stop(cause) => self.peer.stop(cause, now, &mut out),
            Move::Limit(restart) => {
                self.peer.prefix_limit_exceeded(Family::Ipv4, 4001, restart, now, &mut out);
            }
            Move::Accept => {
                let id = self.peer.accepted(now, &mut out);
                self.ledger.accepted(id);
                self.known.push(id);
            }
            Move::Dialled(at) => {
                if let Some(id) = pick(&self.dialling, at) {
                    self.dialling.retain(|dialling| *dialling != id);
                    self.peer.dialled(id, now, &mut out);
                    self.known.push(id);
                }
            }
            Move::Lost(at, how) => {
                if let Some(id) = pick(&self.known, at) {
                    self.ledger.lost(id);
                    self.peer.closed(id, how, now, &mut out);
                }
            }
            Move::Receive(at, received) => {
                if let Some(id) = pick(&self.known, at) {
                    self.peer.received(id, received, now, &mut out);
                }
            }
            Move::Blocked(at) => {
                if let Some(id) = pick(&self.known, at) {
                    self.peer.send_blocked(id, now);
                }
            }
            Move::Progress(at, output) => {
                if let Some(id) = pick(&self.known, at) {
                    self.peer.send_progress(id, output, now);
                }
            }
            Move::Pass(time) => self.now += time,
            Move::Expire => self.expire(&mut out),
        }
        self.dialling.extend(out.iter().filter_map(|action| match action {
            Action::Connect(id) => Some(*id),
            Action::Send(..)
            | Action::Close(_)
            | Action::Established(..)
            | Action::Down(..)
            | Action::Failed(..) => None,
        }));
        self.ledger.take(&out, &self.peer);
        let waits_for_good = self.peer.state() == StateName::Idle && self.peer.deadline().is_none();
        assert!(!waits_for_good || self.wish != Wish::Up, "a session that is wanted never comes up");
    }

    /// Nothing happens before the deadline, and at the deadline it moves on.
    fn expire(&mut self, out: &mut Vec<Action>) {
        let Some(deadline) = self.peer.deadline() else {
            return;
        };
        if self.now < deadline {
            self.peer.expire(self.now, out);
            assert_eq!((out.len(), self.peer.deadline()), (0, Some(deadline)));
            self.now = deadline;
        }
        self.peer.expire(self.now, out);
        assert!(self.peer.deadline().is_none_or(|next| next > self.now), "what was due was not done");
    }
}

proptest! {
    #[test]
    fn any_course_of_events_keeps_the_rules(
        steps in vec(moves(), 0..200),
        seed in any::<u64>(),
        passive in any::<bool>(),
        delay_open in proptest::option::of(0..10_u64),
    ) {
        let settings = Settings {
            opening: if passive { Opening::Passive } else { Opening::Active },
            delay_open: delay_open.map(seconds),
            ..settings()
        };
        let mut play = Play {
            peer: Peer::new(settings, seed),
            ledger: Ledger::default(),
            now: Instant::now(),
            dialling: Vec::new(),
            known: Vec::new(),
            wish: Wish::Up,
        };
        play.play(Move::Start);
        for step in steps {
            play.play(step);
        }
    }
}
