//! The transport on the addresses of the loopback interface, with the kernel's own TCP MD5.

mod connection;
mod descriptors;
mod gtsm;
mod listener;
mod md5;
#[cfg(feature = "rpki")]
mod rtr;

use std::{
    future::Future,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::{sync::mpsc, time};

use super::{
    Connection, Dial, DialError, Hops, Listeners, Md5Key, PeerOptions, Received, Registration, connect,
};

/// How long anything may take that must happen.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long to wait for what must not happen.
const BRIEFLY: Duration = Duration::from_millis(300);

/// What must happen, but within the deadline.
async fn soon<F: Future>(future: F) -> F::Output {
    time::timeout(DEADLINE, future).await.expect("it does not happen")
}

/// Waits for a state that others bring about.
async fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let poll = async {
        while !reached() {
            time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(time::timeout(DEADLINE, poll).await.is_ok(), "{what}");
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn port_0(address: &str) -> SocketAddr {
    SocketAddr::new(ip(address), 0)
}

fn plain() -> PeerOptions {
    PeerOptions::default()
}

fn keyed(key: &str) -> PeerOptions {
    PeerOptions { key: Some(Md5Key::try_from(key).unwrap()), ..PeerOptions::default() }
}

fn gtsm() -> PeerOptions {
    PeerOptions { hops: Hops::Gtsm, ..PeerOptions::default() }
}

/// A registered peer and the connections that came from it.
struct Neighbour {
    address: IpAddr,
    registration: Registration,
    connections: mpsc::Receiver<Box<Connection>>,
}

impl Neighbour {
    async fn of(listeners: &Listeners, local: SocketAddr, address: &str, options: PeerOptions) -> Self {
        Self::with_room_for(8, listeners, local, address, options).await
    }

    async fn with_room_for(
        connections: usize,
        listeners: &Listeners,
        local: SocketAddr,
        address: &str,
        options: PeerOptions,
    ) -> Self {
        let (sender, connections) = mpsc::channel(connections);
        let address = ip(address);
        let registration = listeners.register(local, address, options, sender).await.unwrap();
        Self { address, registration, connections }
    }

    fn endpoint(&self) -> SocketAddr {
        self.registration.local()
    }

    /// Connects as this neighbour.
    async fn dial(&self, options: PeerOptions, timeout: Duration) -> Result<Connection, DialError> {
        let local = SocketAddr::new(self.address, 0);
        connect(Dial { local, peer: self.endpoint(), options, timeout }).await
    }

    /// Connects as this neighbour and returns both ends.
    async fn meet(&mut self, options: PeerOptions) -> (Connection, Connection) {
        let theirs = self.dial(options, DEADLINE).await.unwrap();
        let ours = soon(self.connections.recv()).await.unwrap();
        assert_eq!((ours.peer(), theirs.peer()), (theirs.local(), ours.local()));
        (*ours, theirs)
    }
}

/// Sends octets from one end to the other, and compares.
async fn transfer(from: &mut Connection, to: &mut Connection, octets: &[u8]) {
    from.output().extend_from_slice(octets);
    let mut arrived = Vec::new();
    while arrived.len() < octets.len() {
        tokio::select! {
            ready = soon(from.writable()), if from.pending() > 0 => { ready.unwrap(); from.write().unwrap(); }
            ready = soon(to.readable()) => {
                ready.unwrap();
                assert_ne!(to.read().unwrap(), Received::End, "after {} octets", arrived.len());
                arrived.extend_from_slice(to.received());
                to.consume(to.received().len());
            }
        }
    }
    assert!(arrived == octets, "{} octets arrived changed", arrived.len());
}

/// Reads to the end; an error is an end too.
async fn rest_of(connection: &mut Connection) -> std::io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    loop {
        soon(connection.readable()).await.unwrap();
        if connection.read()? == Received::End {
            return Ok(octets);
        }
        octets.extend_from_slice(connection.received());
        connection.consume(connection.received().len());
    }
}
