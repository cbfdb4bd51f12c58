//! Incoming connections: one socket per local endpoint, any number of peers on each.
//!
//! ```text
//!  register ─┐                       ┌─▶ bounded channel of peer 172.16.0.1 ─▶ its attachment
//!  change    ├─▶ commands ─▶ Endpoint┤
//!  release  ─┘              (a task) └─▶ bounded channel of peer 172.16.0.9 ─▶ its attachment
//! ```
//!
//! Peers on one endpoint are told apart by their source address. The task never waits for a peer: a connection that
//! its peer's channel has no room for is reset, and so is one from an address that nobody registered.

mod endpoint;
mod error;
mod pace;
mod peers;
mod tally;

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use tokio::sync::{Mutex, mpsc};

use self::{
    endpoint::{Command, Endpoint, EndpointHandle},
    peers::{Enrolment, Lease},
};
pub use self::{
    error::ListenError,
    tally::{Counter, EndpointTally, PeerTally},
};
use super::{connection::Connection, options::PeerOptions};

/// All listening sockets of the daemon; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Listeners {
    /// Locked while a peer registers, so that two peers of one endpoint do not both try to bind it.
    endpoints: Arc<Mutex<HashMap<SocketAddr, EndpointHandle>>>,
}

impl Listeners {
    /// No sockets yet: an endpoint listens from its first peer to its last.
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts connections to `local` from `peer` until the registration is dropped, and sends them to `accepted`.
    ///
    /// A connection that `accepted` has no room for is reset, so its capacity is the number of connections that may
    /// wait for their peer. The first peer's key is set before the socket listens, that of later peers before
    /// they are let in: there is no moment in which an unsigned connection gets through.
    ///
    /// With port 0 the kernel chooses one, see [`Registration::local`]. Must be called in a tokio runtime; the
    /// endpoint's task is spawned there.
    ///
    /// # Errors
    /// [`ListenError`]; none of them changes anything for the other peers, and each can be tried again.
    pub async fn register(
        &self,
        local: SocketAddr,
        peer: IpAddr,
        options: PeerOptions,
        accepted: mpsc::Sender<Box<Connection>>,
    ) -> Result<Registration, ListenError> {
        let enrolment = Enrolment { peer, options, accepted };
        let mut endpoints = self.endpoints.lock().await;
        endpoints.retain(|_, endpoint| !endpoint.is_closed());
        if let Some(endpoint) = endpoints.get(&local)
            && let Some(outcome) = endpoint.ask(|reply| Command::Enrol(enrolment.clone(), reply)).await
        {
            return Ok(Registration { peer, endpoint: endpoint.clone(), lease: outcome? });
        }
        // Nobody listens there, or the last peer left while we asked: then the socket is closed by now.
        let (open, lease) = Endpoint::open(local, enrolment)?;
        let endpoint = open.handle();
        endpoints.insert(local, endpoint.clone());
        tokio::spawn(open.run());
        Ok(Registration { peer, endpoint, lease })
    }

    /// Has the task of an endpoint die, as of an error in the program.
    #[cfg(test)]
    pub(crate) async fn panic(&self, local: SocketAddr) {
        let endpoint = self.endpoints.lock().await.get(&local).cloned();
        let endpoint = endpoint.unwrap_or_else(|| panic!("nothing listens on {local}"));
        assert_eq!(endpoint.ask(Command::Panic).await, None);
    }
}

/// A peer that may connect; dropping it takes the peer and its key away from the endpoint.
///
/// Connections that were accepted before are not touched, neither by dropping nor by changing.
#[derive(Debug)]
pub struct Registration {
    peer: IpAddr,
    endpoint: EndpointHandle,
    lease: Lease,
}

impl Registration {
    /// The address and port that the endpoint is bound to.
    pub const fn local(&self) -> SocketAddr {
        self.endpoint.local()
    }

    /// Replaces the peer's key and distance for connections to come.
    ///
    /// # Errors
    /// [`ListenError`]; then the peer keeps what it had.
    pub async fn change(&self, options: PeerOptions) -> Result<(), ListenError> {
        let (peer, local) = (self.peer, self.local());
        let outcome = self.endpoint.ask(|done| Command::Change { peer, options, done }).await;
        outcome.unwrap_or(Err(ListenError::EndpointLost { local }))
    }

    /// Segments that the kernel dropped at the listening socket, from this peer or another; `None` if it is closed.
    ///
    /// Signatures that do not fit are the usual cause, so that a rise, together with one of
    /// [`Md5Counters`](super::Md5Counters), says whose session is concerned.
    pub fn dropped(&self) -> Option<u32> {
        self.endpoint.dropped()
    }

    /// As dropping, but returns when the peer is gone, and with the last peer the socket.
    pub async fn release(self) {
        let Self { endpoint, lease, .. } = self;
        drop(lease);
        if endpoint.ask(Command::Sweep).await.is_none() {
            endpoint.closed().await;
        }
    }

    /// Whether nobody listens any more although the peer is registered: the endpoint's task has died.
    /// Register again then.
    pub fn is_lost(&self) -> bool {
        self.endpoint.is_closed()
    }

    /// What has happened to connections from this peer.
    pub const fn tally(&self) -> &Arc<PeerTally> {
        self.lease.tally()
    }

    /// What has happened on the endpoint apart from its peers.
    pub const fn endpoint_tally(&self) -> &Arc<EndpointTally> {
        self.endpoint.tally()
    }
}
