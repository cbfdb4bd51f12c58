//! A session beside the one that a test mistreats. It keeps to the rules, keepalives included, and must never notice.

use crate::{
    lab::failure::{Failure, Outcome, ensure},
    octets::{self, OpenFields},
    peer::{Heard, Peer},
    plan::Circuit,
};
use std::{
    net::{Shutdown, TcpStream},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// What both sides propose, in seconds.
const HOLD_TIME: u16 = 9;
/// How long it listens before it looks whether a KEEPALIVE is due.
const LISTEN: Duration = Duration::from_millis(500);

/// A well-behaved peer in a thread of its own.
pub(crate) struct Innocent {
    circuit: Circuit,
    stream: TcpStream,
    life: JoinHandle<Outcome>,
}

impl Innocent {
    /// Brings its session up.
    pub(crate) fn establish(circuit: &Circuit) -> Outcome<Self> {
        let mut peer = Peer::open_sent(circuit)?;
        peer.confirm(&OpenFields { hold_time: HOLD_TIME, ..OpenFields::of(circuit) })?;
        peer.send(&octets::keepalive())?;
        let stream = peer.stream().try_clone()?;
        stream.set_read_timeout(Some(LISTEN))?;
        let life = thread::spawn(move || live(peer));
        Ok(Self { circuit: circuit.clone(), stream, life })
    }

    pub(crate) fn circuit(&self) -> &Circuit {
        &self.circuit
    }

    /// Ends the session.
    ///
    /// # Errors
    /// What the peer did not like about its life.
    pub(crate) fn end(self) -> Outcome {
        ensure!(!self.life.is_finished(), "the innocent session ended early: {:?}", self.life.join());
        self.stream.shutdown(Shutdown::Both)?;
        self.life.join().map_err(|_| Failure::from("the innocent peer's thread panicked"))?
    }
}

/// Sends a KEEPALIVE each third of the hold time, and expects to hear something within the hold time.
fn live(mut peer: Peer) -> Outcome {
    let hold = Duration::from_secs(HOLD_TIME.into());
    let (mut heard, mut sent) = (Instant::now(), Instant::now());
    loop {
        match peer.try_hear()? {
            Some(Heard::Closed | Heard::Reset) => return Ok(()),
            Some(Heard::Notification(notification)) => return Err(format!("told {notification}").into()),
            Some(Heard::Open(_) | Heard::Keepalive | Heard::Update { .. } | Heard::RouteRefresh) => {
                heard = Instant::now();
            }
            None => {}
        }
        ensure!(heard.elapsed() < hold, "the daemon said nothing for {hold:?}");
        if sent.elapsed() >= hold / 3 {
            peer.send(&octets::keepalive())?;
            sent = Instant::now();
        }
    }
}
