//! The peers of one endpoint, in step with the keys and the TTL of its socket.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    os::fd::BorrowedFd,
    sync::Arc,
};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{error::ListenError, tally::PeerTally};
use crate::transport::{
    connection::Connection,
    md5,
    options::{self, Hops, PeerOptions},
};

/// A peer that wants to be let in.
#[derive(Clone, Debug)]
pub(super) struct Enrolment {
    pub(super) peer: IpAddr,
    pub(super) options: PeerOptions,
    pub(super) accepted: mpsc::Sender<Box<Connection>>,
}

/// A peer's right to be in the table; ends with the value.
#[derive(Debug)]
pub(super) struct Lease {
    over: CancellationToken,
    released: Arc<Notify>,
    tally: Arc<PeerTally>,
}

impl Lease {
    pub(super) const fn tally(&self) -> &Arc<PeerTally> {
        &self.tally
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.over.cancel();
        self.released.notify_one();
    }
}

/// The table, by source address.
#[derive(Debug)]
pub(super) struct Peers {
    local: SocketAddr,
    table: HashMap<IpAddr, Peer>,
    released: Arc<Notify>,
}

/// One entry.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) options: PeerOptions,
    pub(super) accepted: mpsc::Sender<Box<Connection>>,
    pub(super) tally: Arc<PeerTally>,
    over: CancellationToken,
}

impl Peers {
    pub(super) fn new(local: SocketAddr) -> Self {
        Self { local, table: HashMap::new(), released: Arc::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    pub(super) fn find(&self, address: IpAddr) -> Option<&Peer> {
        self.table.get(&address).filter(|peer| !peer.over.is_cancelled())
    }

    /// Returns when a lease has ended since the last time: sweep then.
    pub(super) async fn released(&self) {
        self.released.notified().await;
    }

    /// Lets a peer in: its key is on the socket when it is in the table.
    pub(super) fn enrol(
        &mut self,
        socket: BorrowedFd<'_>,
        enrolment: Enrolment,
    ) -> Result<Lease, ListenError> {
        let Enrolment { peer, options, accepted } = enrolment;
        if peer.is_ipv4() != self.local.is_ipv4() {
            return Err(ListenError::OtherFamily { local: self.local, peer });
        }
        if self.table.contains_key(&peer) {
            return Err(ListenError::PeerTaken { local: self.local, peer });
        }
        self.apply(socket, peer, &options)?;
        let (over, tally) = (CancellationToken::new(), Arc::<PeerTally>::default());
        let lease =
            Lease { over: over.clone(), released: Arc::clone(&self.released), tally: Arc::clone(&tally) };
        self.table.insert(peer, Peer { options, accepted, tally, over });
        Ok(lease)
    }

    /// Replaces a peer's options.
    pub(super) fn change(
        &mut self,
        socket: BorrowedFd<'_>,
        peer: IpAddr,
        options: PeerOptions,
    ) -> Result<(), ListenError> {
        if !self.table.contains_key(&peer) {
            return Err(ListenError::EndpointLost { local: self.local });
        }
        self.apply(socket, peer, &options)?;
        if let Some(entry) = self.table.get_mut(&peer) {
            entry.options = options;
        }
        Ok(())
    }

    /// The key comes last: it is the one step that changes what the peer can do.
    fn apply(&self, socket: BorrowedFd<'_>, peer: IpAddr, options: &PeerOptions) -> Result<(), ListenError> {
        let strictest = self.strictest_but(Some(peer)).max(options.hops);
        options::prepare_listener(socket, self.local, strictest)
            .map_err(|source| ListenError::from_socket(self.local, source))?;
        let had_key = self.table.get(&peer).is_some_and(|entry| entry.options.key.is_some());
        match &options.key {
            Some(key) => md5::install(socket, peer, key),
            None if had_key => md5::withdraw(socket, peer),
            None => Ok(()),
        }
        .map_err(|source| ListenError::Md5 { local: self.local, peer, source })
    }

    /// Forgets the peers whose lease is over, and their keys.
    pub(super) fn sweep(&mut self, socket: BorrowedFd<'_>) {
        let local = self.local;
        let before = self.table.len();
        for (peer, entry) in self.table.extract_if(|_, entry| entry.over.is_cancelled()) {
            if entry.options.key.is_some()
                && let Err(error) = md5::withdraw(socket, peer)
            {
                warn!(%local, %peer, %error, "the MD5 key of a neighbour that is gone cannot be deleted");
            }
        }
        if self.table.len() < before
            && let Err(error) = options::prepare_listener(socket, local, self.strictest_but(None))
        {
            warn!(%local, %error, "the TTL of the listener cannot be changed");
        }
    }

    /// The strictest distance of all peers except one.
    fn strictest_but(&self, peer: Option<IpAddr>) -> Hops {
        let others = self.table.iter().filter(|(address, _)| Some(**address) != peer);
        others.map(|(_, other)| other.options.hops).max().unwrap_or_default()
    }
}
