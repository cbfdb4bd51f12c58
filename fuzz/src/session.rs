//! The session machine: an input is a sequence of events, and the ledger of the machine's own tests follows what it does.

#[path = "../../src/session/tests/ledger.rs"]
mod ledger;

use bytes::BytesMut;
use ledger::Ledger;
use msee::{
    asn::Asn,
    family::{Families, Family},
    session::{
        Action, ConnectionId, DialFailure, Opening, Outgoing, Output, Peer, Received, Settings, StateName,
        Stop, TcpFailure,
    },
    wire::{Identifier, Message, Negotiated},
};
use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

/// The first octet says how the session is configured, the second seeds its timers; then an event is an octet for what
/// happens, one for the connection, and one more for how long or how much. A message that is received follows as so many
/// octets.
pub fn session(input: &[u8]) {
    let Some((&[shape, seed], mut steps)) = input.split_first_chunk::<2>() else { return };
    let Some(mut play) = Play::new(shape, seed) else { return };
    while let Some((&[what, which, amount], rest)) = steps.split_first_chunk::<3>() {
        let octets = if what % 16 == 0 { rest.get(..usize::from(amount)).unwrap_or(rest) } else { &[] };
        steps = rest.get(octets.len()..).unwrap_or_default();
        play.step(what % 16, which, amount, octets);
    }
}

struct Play {
    peer: Peer,
    ledger: Ledger,
    now: Instant,
    /// Connections that are being opened.
    dialling: Vec<ConnectionId>,
    /// Every connection that was opened: reports also come about those that are over.
    known: Vec<ConnectionId>,
    /// What the peer sends when it keeps to the rules.
    mirrored: Settings,
}

impl Play {
    fn new(shape: u8, seed: u8) -> Option<Self> {
        let identifier = |last| Identifier::new(Ipv4Addr::new(10, 0, 0, last));
        let (msee, edge) = (Asn::MICROSOFT_EDGE, Asn::constant(65010));
        let mut settings = Settings::new(msee, edge, identifier(2)?, Families::BOTH);
        if shape & 1 != 0 {
            settings.opening = Opening::Passive;
        }
        if shape & 2 != 0 {
            settings.delay_open = Some(Duration::from_secs(u64::from(shape >> 4)));
        }
        // The peer's identifier decides collisions either way.
        let mirrored =
            Settings::new(edge, msee, identifier(if shape & 4 == 0 { 1 } else { 3 })?, Families::BOTH);
        Some(Self {
            peer: Peer::new(settings, seed.into()),
            ledger: Ledger::default(),
            now: Instant::now(),
            dialling: Vec::new(),
            known: Vec::new(),
            mirrored,
        })
    }

    fn step(&mut self, what: u8, which: u8, amount: u8, octets: &[u8]) {
        let (now, mut out) = (self.now, Vec::new());
        let pick = |from: &[ConnectionId]| from.get(usize::from(which) % from.len().max(1)).copied();
        let dialling = matches!(what, 6 | 8);
        let id = pick(if dialling { &self.dialling } else { &self.known });
        match (what, id) {
            (0, Some(id)) => self.receive(id, octets, &mut out),
            (1 | 2, Some(id)) => {
                let open = Received::Open(self.mirrored.open());
                self.peer.received(id, open, now, &mut out);
            }
            (3 | 4, Some(id)) => self.peer.received(id, Received::Keepalive, now, &mut out),
            (5, Some(id)) => self.peer.received(id, Received::Update, now, &mut out),
            (6, Some(id)) => {
                self.peer.dialled(id, now, &mut out);
                self.known.push(id);
            }
            (7, Some(id)) => {
                let how = if amount & 1 == 0 {
                    TcpFailure::ClosedByPeer
                } else {
                    TcpFailure::Broken("reset".into())
                };
                self.ledger.lost(id);
                self.peer.closed(id, how, now, &mut out);
            }
            (8, Some(id)) => {
                let failure = DialFailure { cause: "refused".into(), remedy: "start it".into() };
                self.ledger.lost(id);
                self.peer.dial_failed(id, failure, now, &mut out);
            }
            (9, Some(id)) if amount & 1 == 0 => self.peer.send_blocked(id, now),
            (9, Some(id)) => {
                let output = if amount & 2 == 0 { Output::Pending } else { Output::Drained };
                self.peer.send_progress(id, output, now);
            }
            (10, _) => {
                let id = self.peer.accepted(now, &mut out);
                self.ledger.accepted(id);
                self.known.push(id);
            }
            (11, _) => self.now += Duration::from_millis(u64::from(which) << (amount % 12)),
            (12, _) => self.expire(&mut out),
            (13, _) => self.peer.stop(stop(which), now, &mut out),
            (14, _) => {
                let restart = (amount > 0).then(|| Duration::from_secs(u64::from(amount)));
                self.peer.prefix_limit_exceeded(Family::Ipv4, u32::from(which), restart, now, &mut out);
            }
            _ => self.peer.start(now, &mut out),
        }
        if dialling {
            self.dialling.retain(|begun| Some(*begun) != id);
        }
        self.dialling.extend(out.iter().filter_map(|action| match action {
            Action::Connect(id) => Some(*id),
            _ => None,
        }));
        self.ledger.take(&out, &self.peer);
    }

    /// Octets as they come from a socket: what they are, and what is wrong with them.
    fn receive(&mut self, id: ConnectionId, octets: &[u8], out: &mut Vec<Action>) {
        let negotiated = self.peer.negotiated().unwrap_or(Negotiated::BEFORE_OPEN);
        let received = match Message::decode(octets, negotiated) {
            Ok(None) => return,
            Ok(Some((message, _))) => Received::from(message),
            Err(error) => Received::from(error),
        };
        self.peer.received(id, received, self.now, out);
        for action in out {
            if let Action::Send(_, outgoing) = action {
                let written = Message::from(outgoing.clone()).encode(negotiated, &mut BytesMut::new());
                assert!(written.is_ok(), "{outgoing:?} cannot be sent");
            }
        }
    }

    /// Nothing happens before the deadline, and at the deadline it moves on.
    fn expire(&mut self, out: &mut Vec<Action>) {
        let Some(deadline) = self.peer.deadline() else { return };
        if self.now < deadline {
            self.peer.expire(self.now, out);
            assert_eq!((out.len(), self.peer.deadline()), (0, Some(deadline)));
            self.now = deadline;
        }
        self.peer.expire(self.now, out);
        assert!(self.peer.deadline().is_none_or(|next| next > self.now), "what was due was not done");
    }
}

fn stop(which: u8) -> Stop {
    match which % 4 {
        0 => Stop::Shutdown(Some("x".repeat(usize::from(which)))),
        1 => Stop::Reset(None),
        2 => Stop::Deconfigured,
        _ => Stop::ConfigurationChange,
    }
}
