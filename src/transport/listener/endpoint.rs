//! The task of one local endpoint: it owns the socket and the table of its peers.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    os::fd::AsFd,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    time,
};
use tracing::{debug, warn};

use super::{
    error::ListenError,
    pace::Pace,
    peers::{Enrolment, Lease, Peers},
    tally::EndpointTally,
};
use crate::transport::{
    connection::{self, Connection, Unfit},
    options::{self, PeerOptions},
    sockopt,
    throttle::Throttle,
};

/// Connections that may wait in the kernel; a thousand peers that connect at once are all answered.
/// The kernel takes `net.core.somaxconn` (4096 by default) if that is less.
const BACKLOG: i32 = 4096;
/// Commands that may wait; who has more to say waits himself.
const COMMANDS: usize = 64;
/// How often what others can cause at will is logged.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// What others ask of the task.
#[derive(Debug)]
pub(super) enum Command {
    /// Let a peer in.
    Enrol(Enrolment, oneshot::Sender<Result<Lease, ListenError>>),
    /// Replace a peer's options.
    Change { peer: IpAddr, options: PeerOptions, done: oneshot::Sender<Result<(), ListenError>> },
    /// Forget the peers whose lease is over. Not answered if none is left: then the endpoint closes.
    Sweep(oneshot::Sender<()>),
    /// Die, as of an error in the program.
    #[cfg(test)]
    Panic(oneshot::Sender<()>),
}

/// The way to the task.
#[derive(Clone, Debug)]
pub(super) struct EndpointHandle {
    local: SocketAddr,
    commands: mpsc::Sender<Command>,
    tally: Arc<EndpointTally>,
    /// To look at, not to keep open.
    listener: Weak<TcpListener>,
}

impl EndpointHandle {
    /// Segments that the kernel dropped at the listening socket; `None` if it is closed.
    pub(super) fn dropped(&self) -> Option<u32> {
        sockopt::dropped(self.listener.upgrade()?.as_fd()).ok()
    }

    pub(super) const fn local(&self) -> SocketAddr {
        self.local
    }

    pub(super) const fn tally(&self) -> &Arc<EndpointTally> {
        &self.tally
    }

    /// Sends a command and waits for its answer; `None` if the endpoint closes or has closed.
    pub(super) async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.ok()?;
        tokio::select! {
            biased;
            answer = answer => answer.ok(),
            // A command that is sent just as the task ends stays in the channel, and its reply with it.
            () = self.commands.closed() => None,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.commands.is_closed()
    }

    /// Returns when the socket is closed.
    pub(super) async fn closed(&self) {
        self.commands.closed().await;
    }
}

/// One listening socket and its peers.
#[derive(Debug)]
pub(super) struct Endpoint {
    handle: EndpointHandle,
    listener: Arc<TcpListener>,
    peers: Peers,
    commands: mpsc::Receiver<Command>,
    pace: Pace,
    strangers: Throttle,
    refusals: Throttle,
    stalls: Throttle,
}

impl Endpoint {
    /// Binds, sets the first peer's key, and only then listens.
    pub(super) fn open(local: SocketAddr, first: Enrolment) -> Result<(Self, Lease), ListenError> {
        let failed = |source| ListenError::from_socket(local, source);
        let socket = options::socket(local, first.options.binding).map_err(failed)?;
        // A restarted daemon takes its endpoints back while old connections are in TIME_WAIT.
        socket.set_reuse_address(true).map_err(failed)?;
        socket.bind(&local.into()).map_err(failed)?;
        let mut peers = Peers::new(local);
        let lease = peers.enrol(socket.as_fd(), first)?;
        socket.listen(BACKLOG).map_err(failed)?;
        let listener = Arc::new(TcpListener::from_std(socket.into()).map_err(failed)?);
        let (sender, commands) = mpsc::channel(COMMANDS);
        let bound = listener.local_addr().map_err(failed)?;
        let handle = EndpointHandle {
            local: bound,
            commands: sender,
            tally: Arc::default(),
            listener: Arc::downgrade(&listener),
        };
        let endpoint = Self {
            handle,
            listener,
            peers,
            commands,
            pace: Pace::Steady,
            strangers: Throttle::new(LOG_INTERVAL),
            refusals: Throttle::new(LOG_INTERVAL),
            stalls: Throttle::new(LOG_INTERVAL),
        };
        Ok((endpoint, lease))
    }

    pub(super) fn handle(&self) -> EndpointHandle {
        self.handle.clone()
    }

    /// Accepts until the last peer is gone.
    pub(super) async fn run(mut self) {
        while !self.peers.is_empty() {
            tokio::select! {
                biased;
                Some(command) = self.commands.recv() => self.obey(command),
                () = self.peers.released() => self.peers.sweep(self.listener.as_fd()),
                outcome = accept(&self.listener, self.pace) => self.accepted(outcome, Instant::now()),
            }
        }
        // The socket goes before the channel: who sees the channel closed may bind the address again.
        drop(self.listener);
        drop(self.commands);
    }

    /// Answers nobody who has stopped waiting for it.
    fn obey(&mut self, command: Command) {
        let socket = self.listener.as_fd();
        self.peers.sweep(socket);
        match command {
            Command::Enrol(enrolment, reply) => {
                let _ = reply.send(self.peers.enrol(socket, enrolment));
            }
            Command::Change { peer, options, done } => {
                let _ = done.send(self.peers.change(socket, peer, options));
            }
            Command::Sweep(done) if !self.peers.is_empty() => {
                let _ = done.send(());
            }
            Command::Sweep(_unanswered) => {}
            #[cfg(test)]
            Command::Panic(_unanswered) => panic!("a test wants it"),
        }
    }

    fn accepted(&mut self, outcome: io::Result<(TcpStream, SocketAddr)>, now: Instant) {
        match outcome {
            Ok((stream, from)) => {
                self.pace = Pace::Steady;
                self.admit(stream, from, now);
            }
            Err(error) if is_about_one_connection(&error) => {
                debug!(%error, "a connection ended before it was accepted");
            }
            Err(error) => {
                self.handle.tally.stalls.count();
                if let Some(more) = self.stalls.admit(now) {
                    let local = self.handle.local;
                    warn!(%local, %error, more, "cannot accept connections now; new ones wait, sessions go on");
                }
                self.pace = self.pace.slower(now);
            }
        }
    }

    /// Hands the connection to its peer, or resets it. Never waits.
    fn admit(&mut self, stream: TcpStream, from: SocketAddr, now: Instant) {
        let local = self.handle.local;
        let Some(peer) = self.peers.find(from.ip()) else {
            self.handle.tally.strangers.count();
            connection::reset(stream);
            if let Some(more) = self.strangers.admit(now) {
                warn!(%local, from = %from.ip(), more, "refused a connection: no neighbour has this address");
            }
            return;
        };
        let refusal = match Connection::accepted(stream, from, &peer.options) {
            Ok(connection) => match peer.accepted.try_send(Box::new(connection)) {
                Ok(()) => return peer.tally.accepted.count(),
                Err(TrySendError::Full(connection) | TrySendError::Closed(connection)) => {
                    peer.tally.not_taken.count();
                    connection.abort();
                    "its peering takes no more connections now".to_owned()
                }
            },
            Err(unfit) => {
                match unfit {
                    Unfit::TooFar(_) => peer.tally.too_far.count(),
                    Unfit::Unsigned(_) | Unfit::Socket(_) => peer.tally.unfit.count(),
                }
                unfit.to_string()
            }
        };
        if let Some(more) = self.refusals.admit(now) {
            warn!(%local, peer = %from.ip(), more, "refused a connection: {refusal}");
        }
    }
}

/// Waits out the pause, if there is one, and then for a connection.
async fn accept(listener: &TcpListener, pace: Pace) -> io::Result<(TcpStream, SocketAddr)> {
    if let Pace::Paused { until, .. } = pace {
        time::sleep_until(until.into()).await;
    }
    listener.accept().await
}

/// Errors that `accept` passes on from the connection it took off the queue (accept(2), "Error handling"). All
/// others, such as no descriptors, will be there again at the next call.
fn is_about_one_connection(error: &io::Error) -> bool {
    use libc::{
        ECONNABORTED, EHOSTDOWN, EHOSTUNREACH, EINTR, ENETDOWN, ENETUNREACH, ENONET, ENOPROTOOPT, EOPNOTSUPP,
        EPROTO,
    };
    matches!(
        error.raw_os_error(),
        Some(
            ECONNABORTED
                | EHOSTDOWN
                | EHOSTUNREACH
                | EINTR
                | ENETDOWN
                | ENETUNREACH
                | ENONET
                | ENOPROTOOPT
                | EOPNOTSUPP
                | EPROTO
        )
    )
}
