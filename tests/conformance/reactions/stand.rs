//! Where a case is played: the speaker's addresses, this case's own seat and prefixes, and the peers that watch.

use super::{
    update::{Prefix, Told},
    watcher::Watcher,
    wire::Wire,
};
use crate::{
    lab::failure::{Failure, Outcome},
    octets::{self, KEEPALIVE, OPEN, OpenFields},
    peer::Connect,
};
use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::fd::AsRawFd,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// How long an OPEN is waited for: the kernel may have lost a connection that it took in the speaker's place.
const ATTEMPT: Duration = Duration::from_secs(4);
/// How long it is tried to get an OPEN at all.
const OPEN_PATIENCE: Duration = Duration::from_secs(20);
/// How often a session is kept alive that waits.
const SECOND: Duration = Duration::from_secs(1);
/// How long to wait before the next attempt to connect.
const AGAIN: Duration = Duration::from_millis(100);

/// Addresses of a speaker and of its peers.
pub(crate) struct Place {
    /// Where the speaker listens.
    pub(crate) endpoint: SocketAddr,
    /// Where each peer connects from.
    pub(crate) sources: Vec<Ipv4Addr>,
    /// Where the peers listen, and the speaker dials.
    pub(crate) peer_port: u16,
    /// The network namespace that all this is in, unless it is the test's own.
    pub(crate) namespace: Option<File>,
    /// How long the speaker may take to do what a case waits for.
    pub(crate) patience: Duration,
    /// How many cases are played at the same time: no more than the speaker's queue of connections holds.
    pub(crate) at_once: usize,
}

impl Place {
    /// Takes this thread to where the speaker is.
    pub(crate) fn enter(&self) -> Outcome {
        let Some(namespace) = &self.namespace else { return Ok(()) };
        // SAFETY: setns takes two integers; the descriptor is open as long as the borrow.
        match unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error().into()),
        }
    }

    pub(crate) fn connect(&self, seat: usize) -> Outcome<Wire> {
        Wire::new(self.from(seat).open()?, self.patience)
    }

    /// How the peer of a seat connects.
    pub(crate) fn from(&self, seat: usize) -> Connect {
        Connect { from: self.sources[seat], to: self.endpoint, receive_buffer: None }
    }

    /// Connects until the speaker has sent its OPEN.
    pub(crate) fn open_sent(&self, seat: usize) -> Outcome<Wire> {
        let end = Instant::now() + OPEN_PATIENCE;
        loop {
            let connected = self.from(seat).open().map_err(Failure::from);
            let attempt = connected.and_then(|stream| Wire::new(stream, ATTEMPT)).and_then(|mut wire| {
                wire.hear_message(OPEN)?;
                Ok(wire.with_patience(self.patience))
            });
            match attempt {
                Ok(wire) => return Ok(wire),
                Err(failure) if Instant::now() > end => return Err(format!("no OPEN: {failure}").into()),
                Err(_) => thread::sleep(AGAIN),
            }
        }
    }

    /// Goes on until the speaker has accepted our OPEN.
    pub(crate) fn open_confirm(&self, seat: usize, open: &OpenFields) -> Outcome<Wire> {
        let mut wire = self.open_sent(seat)?;
        wire.say(&open.message());
        wire.hear_message(KEEPALIVE)?;
        Ok(wire)
    }

    /// Brings a session up.
    pub(crate) fn established(&self, seat: usize, open: &OpenFields) -> Outcome<Wire> {
        let mut wire = self.open_confirm(seat, open)?;
        wire.say(&octets::keepalive());
        Ok(wire)
    }
}

/// The peers beside the one that a case plays.
pub(crate) struct Watchers {
    /// Speaks both families and four-octet AS numbers.
    pub(crate) plain: Watcher,
    /// Knows no capability at all: IPv4, two-octet AS numbers.
    pub(crate) old: Watcher,
    /// As `plain`, with messages of up to 65,535 octets.
    pub(crate) extended: Watcher,
}

/// Everything that a case needs.
pub(crate) struct Stand<'a> {
    pub(crate) place: &'a Place,
    pub(crate) watchers: &'a Watchers,
    /// Of the case: its peer and its prefixes belong to nobody else.
    pub(crate) seat: usize,
}

impl Stand<'_> {
    /// The prefixes of the case.
    pub(crate) fn prefixes(&self) -> Prefixes {
        Prefixes::of(self.seat)
    }

    pub(crate) fn source(&self) -> Ipv4Addr {
        self.place.sources[self.seat]
    }

    /// What this case's peer says when it means it.
    pub(crate) fn open(&self) -> OpenFields {
        OpenFields::right(identifier(self.seat))
    }

    pub(crate) fn connect(&self) -> Outcome<Wire> {
        self.place.connect(self.seat)
    }

    pub(crate) fn open_sent(&self) -> Outcome<Wire> {
        self.place.open_sent(self.seat)
    }

    pub(crate) fn established(&self) -> Outcome<Wire> {
        self.place.established(self.seat, &self.open())
    }

    /// Where the speaker dials this case's peer.
    pub(crate) fn listen(&self) -> Outcome<TcpListener> {
        Ok(TcpListener::bind((self.source(), self.place.peer_port))?)
    }

    /// Takes the connection that the speaker opens.
    pub(crate) fn accept(&self, listener: &TcpListener) -> Outcome<Wire> {
        listener.set_nonblocking(true)?;
        let end = Instant::now() + self.place.patience;
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false)?;
                    return Wire::new(stream, self.place.patience);
                }
                Err(_) if Instant::now() < end => thread::sleep(AGAIN / 4),
                Err(error) => return Err(Failure::from(format!("the speaker does not dial: {error}"))),
            }
        }
    }

    /// Announces another prefix and waits until the second peer has it: all before it has been taken in, and the session
    /// stays.
    pub(crate) fn goes_on(&self, wire: &mut Wire) -> Outcome {
        self.goes_on_with(wire, &super::case::base())
    }

    /// As [`goes_on`](Self::goes_on), with attributes as this session carries them.
    pub(crate) fn goes_on_with(&self, wire: &mut Wire, attributes: &[u8]) -> Outcome {
        let marker = self.prefixes().marker;
        wire.say(&octets::update(attributes, &marker.octets));
        let end = Instant::now() + self.place.patience;
        loop {
            let arrived = self.watchers.plain.has_route(&marker, SECOND);
            wire.is_open()?;
            match arrived {
                Err(_) if Instant::now() < end => wire.say(&octets::keepalive()),
                arrived => return arrived.map_err(|failure| format!("of the next prefix {failure}").into()),
            }
        }
    }

    /// Waits until the second peer is told this of the case's first prefix.
    pub(crate) fn told(&self, wanted: &Told) -> Outcome {
        self.watchers.plain.is_told(&self.prefixes().subject, wanted, self.place.patience)
    }
}

/// The identifier of the peer in a seat.
pub(crate) fn identifier(seat: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 66, 16, u8::try_from(seat).unwrap_or(u8::MAX))
}

/// The prefixes of one case.
pub(crate) struct Prefixes {
    /// The one that is judged.
    pub(crate) subject: Prefix,
    /// A second one.
    pub(crate) second: Prefix,
    /// The one that is announced afterwards.
    pub(crate) marker: Prefix,
    /// An IPv6 one.
    pub(crate) ipv6: Prefix,
}

impl Prefixes {
    pub(crate) fn of(seat: usize) -> Self {
        let number = u8::try_from(seat).unwrap_or(u8::MAX);
        let ipv4 = |first| Prefix { afi: 1, octets: vec![24, first, 0, number] };
        Self {
            subject: ipv4(20),
            second: ipv4(22),
            marker: ipv4(21),
            ipv6: Prefix { afi: 2, octets: vec![48, 0x2a, 0, 0, 0, 0, number] },
        }
    }
}

/// A place is shared by the threads that play cases in it.
pub(crate) type Shared = Arc<Place>;
