//! One TCP connection to a peer, dialled or accepted.

use std::{
    io,
    net::SocketAddr,
    os::fd::{AsFd, BorrowedFd},
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::{io::AsyncWriteExt, net::TcpStream, task, time};

pub use super::buffer::Received;
use super::{
    buffer::{BUFFER_LIMIT, ReadBuffer, WriteBuffer},
    flight::{self, Flight},
    md5::{self, Md5Error},
    options::{self, Hops, PeerOptions},
};

/// A connection and the octets on their way in and out. Dropping it closes it.
///
/// Its owner waits for [`readable`](Self::readable) or [`writable`](Self::writable), which are safe to cancel, and
/// then calls [`read`](Self::read) or [`write`](Self::write), which never wait.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    local: SocketAddr,
    peer: SocketAddr,
    input: ReadBuffer,
    output: WriteBuffer,
}

/// How a [`Connection::farewell`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// The peer took everything and closed its side.
    PeerClosed,
    /// Everything was written, but the peer had not closed its side in time or reset the connection.
    Lingered,
    /// The peer did not take everything in time; the connection was reset.
    Undelivered,
}

/// Whether the peer may send more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    More,
    End,
}

/// Why an accepted connection cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    #[error(
        "its SYN arrived with TTL {0} instead of 255: the peer is not on the link or has no TTL security"
    )]
    TooFar(u8),
    #[error(transparent)]
    Unsigned(#[from] Md5Error),
    #[error("its socket options cannot be set: {0}")]
    Socket(#[from] io::Error),
}

impl Connection {
    pub(super) fn dialled(stream: TcpStream, peer: SocketAddr) -> io::Result<Self> {
        let local = stream.local_addr()?;
        Ok(Self { stream, local, peer, input: ReadBuffer::new(), output: WriteBuffer::default() })
    }

    /// Makes an accepted stream what the peer's options demand, or resets it.
    pub(super) fn accepted(
        stream: TcpStream,
        peer: SocketAddr,
        options: &PeerOptions,
    ) -> Result<Self, Unfit> {
        let connection = Self::dialled(stream, peer)?;
        match connection.protect(options) {
            Ok(()) => Ok(connection),
            Err(unfit) => {
                connection.abort();
                Err(unfit)
            }
        }
    }

    fn protect(&self, options: &PeerOptions) -> Result<(), Unfit> {
        if options.hops == Hops::Gtsm
            && let Some(ttl) = options::arrival_ttl(self.stream.as_fd())
            && ttl < Hops::GTSM_TTL
        {
            return Err(Unfit::TooFar(ttl));
        }
        // It inherited the key from the listener, unless the handshake was over before the listener had the key:
        // then it would run unsigned.
        if let Some(key) = &options.key {
            md5::install(self.stream.as_fd(), self.peer.ip(), key)?;
        }
        Ok(options::prepare_connection(self.stream.as_fd(), self.local, options.hops)?)
    }

    /// Our address and port.
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// The peer's address and port.
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Waits until a read may return something.
    ///
    /// # Errors
    /// Only if the runtime is shutting down.
    pub async fn readable(&self) -> io::Result<()> {
        self.stream.readable().await
    }

    /// Waits until the socket may take octets.
    ///
    /// # Errors
    /// Only if the runtime is shutting down.
    pub async fn writable(&self) -> io::Result<()> {
        self.stream.writable().await
    }

    /// Ready when a read may return something; otherwise the task of `context` is woken then.
    ///
    /// Only the task that polled last is woken.
    pub fn poll_readable(&self, context: &mut Context<'_>) -> Poll<()> {
        // An error is what the read then returns.
        self.stream.poll_read_ready(context).map(|_| ())
    }

    /// Ready when the socket may take octets; otherwise the task of `context` is woken then.
    ///
    /// Only the task that polled last is woken.
    pub fn poll_writable(&self, context: &mut Context<'_>) -> Poll<()> {
        self.stream.poll_write_ready(context).map(|_| ())
    }

    /// Reads once what the socket holds, as far as the buffer has room ([`BUFFER_LIMIT`]).
    ///
    /// # Errors
    /// What ended the connection, e.g. `ConnectionReset`.
    pub fn read(&mut self) -> io::Result<Received> {
        self.input.fill(|room| self.stream.try_read_buf(room))
    }

    /// The octets read and not yet consumed.
    pub fn received(&self) -> &[u8] {
        self.input.octets()
    }

    /// Takes the first `count` octets of [`received`](Self::received) away.
    pub fn consume(&mut self, count: usize) {
        self.input.consume(count);
    }

    /// Where to append what shall be written; nothing leaves before [`write`](Self::write).
    pub fn output(&mut self) -> &mut BytesMut {
        self.output.queue()
    }

    /// Appends octets that go to others as well, without copying them.
    pub fn share(&mut self, octets: Bytes) {
        self.output.share(octets);
    }

    /// Octets appended and not yet taken by the socket.
    pub fn pending(&self) -> usize {
        self.output.len()
    }

    /// False while the peer is slower than what is written to it: append nothing but the last words.
    pub fn has_room(&self) -> bool {
        self.output.len() < BUFFER_LIMIT
    }

    /// Writes as much as the socket takes, and returns how many octets that was.
    ///
    /// # Errors
    /// What ended the connection, e.g. `BrokenPipe`.
    pub fn write(&mut self) -> io::Result<usize> {
        self.output.flush(|pieces| self.stream.try_write_vectored(pieces))
    }

    /// Writes what is pending and then `octets`, and closes so that the peer can read them.
    ///
    /// Closing a socket that holds unread octets, or that gets more of them afterwards, resets the connection, and
    /// a reset may discard what the peer has not read yet (RFC 1122 section 4.2.2.13). So this closes our direction,
    /// and reads until the peer has closed his or `within` is over. Takes no longer than `within`.
    pub async fn farewell(mut self, octets: &[u8], within: Duration) -> Farewell {
        self.output.queue().extend_from_slice(octets);
        let peer_closed = matches!(time::timeout(within, self.say_and_listen()).await, Ok(Ok(())));
        if !self.output.is_empty() {
            self.abort();
            return Farewell::Undelivered;
        }
        if peer_closed { Farewell::PeerClosed } else { Farewell::Lingered }
    }

    /// Writes all, closes our direction, and throws away what still comes until the peer closes his.
    async fn say_and_listen(&mut self) -> io::Result<()> {
        let mut heard = Heard::More;
        while !self.output.is_empty() {
            tokio::select! {
                ready = self.stream.writable() => { ready?; self.write()?; }
                // A peer that cannot get rid of what it writes may not come to read what we write.
                ready = self.stream.readable(), if heard == Heard::More => { ready?; heard = self.ignore()?; }
            }
            task::coop::consume_budget().await;
        }
        self.stream.shutdown().await?;
        while heard == Heard::More {
            self.stream.readable().await?;
            heard = self.ignore()?;
            // Without this, a peer that writes without end would keep the time limit from being looked at.
            task::coop::consume_budget().await;
        }
        Ok(())
    }

    fn ignore(&self) -> io::Result<Heard> {
        match self.stream.try_read(&mut [0; 4096]) {
            Ok(0) => Ok(Heard::End),
            Ok(_) => Ok(Heard::More),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Heard::More),
            Err(error) => Err(error),
        }
    }

    /// What is under way to the peer; `None` if the kernel does not say.
    pub fn flight(&self) -> Option<Flight> {
        flight::flight(self.stream.as_fd()).ok()
    }

    /// Closes at once and without ceremony: the peer sees a reset.
    pub fn abort(self) {
        reset(self.stream);
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// Closes a stream with a reset, which leaves nothing behind in the kernel.
pub(super) fn reset(stream: TcpStream) {
    // A stream that cannot be told to reset is closed the ordinary way.
    let _ = stream.set_zero_linger();
    drop(stream);
}
