//! One TCP connection to the daemon, from a peer's address, and whatever octets a test wants on it.

#![allow(dead_code, reason = "the fault suite uses it too, and each its own part")]

use crate::{
    lab::{
        failure::{Failure, Outcome, ensure},
        wait::until,
    },
    octets::{self, OpenFields},
    plan::Circuit,
};
use msee::{
    family::Families,
    wire::{AsWidth, Message, MessageLimit, Negotiated, Notification, Open, RouteRefreshSupport},
};
use socket2::{Domain, Socket, Type};
use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream},
    time::Duration,
};

/// How long the daemon may take to say what a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the daemon's messages are read with; how long they may be is the session's.
const NEGOTIATED: Negotiated = Negotiated {
    as_width: AsWidth::Four,
    message_limit: MessageLimit::Standard,
    families: Families::BOTH,
    route_refresh: RouteRefreshSupport::Absent,
};

/// Something that the daemon did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Open(Open),
    Keepalive,
    /// The three fields of an UPDATE.
    Update {
        withdrawn: Vec<u8>,
        attributes: Vec<u8>,
        nlri: Vec<u8>,
    },
    Notification(Notification),
    RouteRefresh,
    /// It closed the connection in order.
    Closed,
    /// It reset the connection.
    Reset,
}

impl Heard {
    /// The end of the daemon's IPv4 routes, as it stands on the wire (RFC 4724 section 2).
    const END_OF_RIB: Self = Self::Update { withdrawn: Vec::new(), attributes: Vec::new(), nlri: Vec::new() };
}

/// How to connect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connect {
    pub(crate) from: Ipv4Addr,
    pub(crate) to: SocketAddr,
    /// Octets of the receive buffer; `None` for the kernel's choice.
    pub(crate) receive_buffer: Option<usize>,
}

impl Connect {
    pub(crate) fn of(circuit: &Circuit) -> Self {
        Self { from: circuit.source(), to: circuit.daemon_endpoint(), receive_buffer: None }
    }

    pub(crate) fn open(self) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if let Some(octets) = self.receive_buffer {
            socket.set_recv_buffer_size(octets)?;
        }
        socket.bind(&SocketAddrV4::new(self.from, 0).into())?;
        socket.connect_timeout(&self.to.into(), PATIENCE)?;
        Ok(socket.into())
    }
}

/// One connection.
pub(crate) struct Peer {
    stream: TcpStream,
    received: Vec<u8>,
    negotiated: Negotiated,
}

impl Peer {
    /// Speaks on a stream that is connected.
    pub(crate) fn on(stream: TcpStream) -> Outcome<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, received: Vec::new(), negotiated: NEGOTIATED })
    }

    /// Connects from the circuit's address.
    pub(crate) fn connect(circuit: &Circuit) -> Outcome<Self> {
        Self::on(Connect::of(circuit).open()?)
    }

    /// Connects until the daemon has sent its OPEN: it is in OpenSent then.
    pub(crate) fn open_sent(circuit: &Circuit) -> Outcome<Self> {
        until(&format!("the daemon's OPEN for {}", circuit.name()), || {
            let mut peer = Self::connect(circuit)?;
            match peer.hear()? {
                Heard::Open(_) => Ok(peer),
                other => Err(Failure::from(format!("{other:?}"))),
            }
        })
    }

    /// Goes on until the daemon has answered our OPEN: it is in OpenConfirm then.
    pub(crate) fn open_confirm(circuit: &Circuit) -> Outcome<Self> {
        let mut peer = Self::open_sent(circuit)?;
        peer.confirm(&OpenFields::of(circuit))?;
        Ok(peer)
    }

    /// Brings a session up, and waits until the daemon says so by what it sends: its table ends with End-of-RIB.
    pub(crate) fn established(circuit: &Circuit) -> Outcome<Self> {
        Self::established_with(circuit, &OpenFields::of(circuit))
    }

    /// As [`established`](Self::established), with an OPEN of the test's own.
    pub(crate) fn established_with(circuit: &Circuit, open: &OpenFields) -> Outcome<Self> {
        let mut peer = Self::open_sent(circuit)?;
        peer.confirm(open)?;
        peer.send(&octets::keepalive())?;
        peer.hear_until("End-of-RIB", |heard| *heard == Heard::END_OF_RIB)?;
        Ok(peer)
    }

    /// Sends an OPEN and hears the KEEPALIVE that accepts it.
    pub(crate) fn confirm(&mut self, open: &OpenFields) -> Outcome {
        self.send(&open.message())?;
        self.negotiated.message_limit = open.message_limit;
        self.hear_until("KEEPALIVE", |heard| *heard == Heard::Keepalive)?;
        Ok(())
    }

    pub(crate) fn send(&mut self, octets: &[u8]) -> Outcome {
        Ok(self.stream.write_all(octets)?)
    }

    /// Sends one octet a second until the daemon has something to say.
    pub(crate) fn drip(&mut self, octets: &[u8]) -> Outcome {
        self.stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        for octet in octets.chunks(1) {
            self.send(octet)?;
            // A call with a timeout ends early when the machine is stopped and goes on.
            let outcome = loop {
                match self.stream.peek(&mut [0]) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    outcome => break outcome,
                }
            };
            match outcome {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                outcome => {
                    outcome?;
                    self.stream.set_read_timeout(Some(PATIENCE))?;
                    return Ok(());
                }
            }
        }
        Err("the daemon took all octets".into())
    }

    /// Waits for the next message, or for the end of the connection.
    pub(crate) fn hear(&mut self) -> Outcome<Heard> {
        self.try_hear()?.ok_or_else(|| "the daemon says nothing".into())
    }

    /// As [`hear`](Self::hear); `None` when the stream's read timeout is over.
    pub(crate) fn try_hear(&mut self) -> Outcome<Option<Heard>> {
        loop {
            if let Some((heard, octets)) = decode(&self.received, self.negotiated)? {
                self.received.drain(..octets);
                return Ok(Some(heard));
            }
            let mut buffer = [0; 16_384];
            match self.stream.read(&mut buffer) {
                Ok(0) => {
                    ensure!(self.received.is_empty(), "it closed inside a message: {:02x?}", self.received);
                    return Ok(Some(Heard::Closed));
                }
                Ok(octets) => self.received.extend_from_slice(&buffer[..octets]),
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => return Ok(None),
                    ErrorKind::ConnectionReset => return Ok(Some(Heard::Reset)),
                    _ => return Err(error.into()),
                },
            }
        }
    }

    /// Skips what the daemon says until something is what the test waits for.
    pub(crate) fn hear_until(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&Heard) -> bool,
    ) -> Outcome<Heard> {
        loop {
            let heard = self.hear()?;
            if wanted(&heard) {
                return Ok(heard);
            }
            match heard {
                Heard::Open(_) | Heard::Keepalive | Heard::Update { .. } | Heard::RouteRefresh => {}
                Heard::Notification(_) | Heard::Closed | Heard::Reset => {
                    return Err(format!("{heard:?} instead of {what}").into());
                }
            }
        }
    }

    /// Skips until the daemon's NOTIFICATION, and checks that it then closes in order.
    pub(crate) fn hear_notification(&mut self) -> Outcome<Notification> {
        let heard = self.hear_until("a NOTIFICATION", |heard| matches!(heard, Heard::Notification(_)))?;
        let end = self.hear()?;
        match heard {
            Heard::Notification(notification) if end == Heard::Closed => Ok(notification),
            _ => Err(format!("{end:?} after {heard:?}").into()),
        }
    }

    /// Skips until the end of the connection, however it ends.
    pub(crate) fn hear_the_end(&mut self) -> Outcome<Heard> {
        loop {
            if let end @ (Heard::Closed | Heard::Reset) = self.hear()? {
                return Ok(end);
            }
        }
    }

    /// Ends the connection with a reset.
    pub(crate) fn reset(self) -> Outcome {
        Ok(Socket::from(self.stream).set_linger(Some(Duration::ZERO))?)
    }

    /// The stream, for a thread of the test.
    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }
}

fn decode(octets: &[u8], negotiated: Negotiated) -> Outcome<Option<(Heard, usize)>> {
    let Some((message, length)) = Message::decode(octets, negotiated)? else { return Ok(None) };
    let heard = match message {
        Message::Open(open) => Heard::Open(open),
        Message::Keepalive => Heard::Keepalive,
        Message::Update(update) => Heard::Update {
            withdrawn: update.withdrawn.to_vec(),
            attributes: update.attributes.to_vec(),
            nlri: update.nlri.to_vec(),
        },
        Message::Notification(notification) => Heard::Notification(notification),
        Message::RouteRefresh(_) => Heard::RouteRefresh,
    };
    Ok(Some((heard, length)))
}
