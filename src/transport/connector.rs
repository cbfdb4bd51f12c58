//! Outgoing connections.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    os::fd::AsFd,
    time::Duration,
};

use tokio::{net::TcpSocket, time};

use super::{
    connection::Connection,
    md5::{self, Md5Error, Signing},
    options::{self, PeerOptions},
};

/// One attempt to reach a peer.
#[derive(Clone, Debug)]
pub struct Dial {
    /// The address to come from; port 0 lets the kernel choose one.
    pub local: SocketAddr,
    /// Where the peer listens.
    pub peer: SocketAddr,
    /// Its key and distance.
    pub options: PeerOptions,
    /// When to give up.
    pub timeout: Duration,
}

/// Why a peer was not reached.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The peer answered with a reset.
    #[error("{peer} refused the connection")]
    Refused {
        /// Where we wanted to connect.
        peer: SocketAddr,
    },
    /// The peer did not answer.
    #[error("no answer from {peer}{}", if *signing == Signing::Md5 { " that is signed with our MD5 key" } else { "" })]
    TimedOut {
        /// Where we wanted to connect.
        peer: SocketAddr,
        /// With MD5, a missing or different key on the other side looks the same as a peer that is not there.
        signing: Signing,
    },
    /// There is no route, or the network said that there is no such host.
    #[error("{peer} is unreachable: {source}")]
    Unreachable {
        /// Where we wanted to connect.
        peer: SocketAddr,
        /// What the kernel said.
        source: io::Error,
    },
    /// This machine does not have the address to come from.
    #[error("{address} is not an address of this machine")]
    NoLocalAddress {
        /// The address.
        address: IpAddr,
    },
    /// The key cannot be used; nothing was sent.
    #[error("cannot sign for {peer}: {source}")]
    Md5 {
        /// The peer's address.
        peer: IpAddr,
        /// What the kernel said.
        source: Md5Error,
    },
    /// Anything else.
    #[error("cannot connect from {local} to {peer}: {source}")]
    Socket {
        /// Where we come from.
        local: SocketAddr,
        /// Where we wanted to connect.
        peer: SocketAddr,
        /// What the kernel said.
        source: io::Error,
    },
}

impl DialError {
    /// What an operator can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Refused { peer } => {
                format!("check that BGP listens on {peer} there, and knows us as its neighbour")
            }
            Self::TimedOut { peer, signing: Signing::Md5 } => format!(
                "often a missing or wrong MD5 key: compare both sides; a peer that does not listen on {peer} looks \
                 the same, as its refusal is not signed"
            ),
            Self::TimedOut { peer, signing: Signing::Off } => format!(
                "check the link and any filter on port {}; a peer with an MD5 key ignores us as long as there is \
                 none here",
                peer.port()
            ),
            Self::Unreachable { peer, .. } => {
                format!("check that the link is up and that {} is on it: BGP goes one hop only", peer.ip())
            }
            Self::NoLocalAddress { address } => options::add_address(*address),
            Self::Md5 { source, .. } => source.remedy().to_owned(),
            Self::Socket { .. } => "check both endpoints and the limits of this process".to_owned(),
        }
    }
}

/// Connects to a peer.
///
/// # Errors
/// [`DialError`], after at most `timeout`. With a key, never an unsigned connection.
pub async fn connect(dial: Dial) -> Result<Connection, DialError> {
    let socket = prepare(&dial)?;
    match time::timeout(dial.timeout, socket.connect(dial.peer)).await {
        Err(_elapsed) => Err(DialError::TimedOut { peer: dial.peer, signing: dial.options.signing() }),
        Ok(outcome) => outcome
            .and_then(|stream| Connection::dialled(stream, dial.peer))
            .map_err(|error| dial.failed(error)),
    }
}

/// A bound socket with every option set that the first segment needs.
fn prepare(dial: &Dial) -> Result<TcpSocket, DialError> {
    let failed = |source| DialError::Socket { local: dial.local, peer: dial.peer, source };
    let socket = options::socket(dial.local, dial.options.binding).map_err(failed)?;
    options::prepare_connection(socket.as_fd(), dial.local, dial.options.hops).map_err(failed)?;
    if let Some(key) = &dial.options.key {
        md5::install(socket.as_fd(), dial.peer.ip(), key)
            .map_err(|source| DialError::Md5 { peer: dial.peer.ip(), source })?;
    }
    // For a port that the kernel chooses, it would let it choose one that is taken.
    socket.set_reuse_address(dial.local.port() != 0).map_err(failed)?;
    socket.bind(&dial.local.into()).map_err(|source| match source.kind() {
        io::ErrorKind::AddrNotAvailable => DialError::NoLocalAddress { address: dial.local.ip() },
        _ => failed(source),
    })?;
    Ok(TcpSocket::from_std_stream(socket.into()))
}

impl Dial {
    fn failed(&self, error: io::Error) -> DialError {
        use io::ErrorKind::{
            ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable, TimedOut,
        };
        let (local, peer) = (self.local, self.peer);
        match error.kind() {
            ConnectionRefused | ConnectionReset => DialError::Refused { peer },
            TimedOut => DialError::TimedOut { peer, signing: self.options.signing() },
            HostUnreachable | NetworkUnreachable => DialError::Unreachable { peer, source: error },
            _ => DialError::Socket { local, peer, source: error },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Md5Key;

    #[test]
    fn what_the_kernel_answers_becomes_a_cause_with_a_remedy() {
        let signed = Some(Md5Key::try_from("s3cretKey").unwrap());
        for (errno, key, cause, remedy) in [
            (libc::ECONNREFUSED, None, "10.0.0.1:179 refused the connection", "listens on 10.0.0.1:179"),
            (libc::ECONNRESET, None, "refused", "knows us as its neighbour"),
            (libc::ETIMEDOUT, None, "no answer from 10.0.0.1:179", "filter on port 179"),
            (libc::ETIMEDOUT, signed, "signed with our MD5 key", "missing or wrong MD5 key"),
            (libc::EHOSTUNREACH, None, "unreachable: No route to host", "10.0.0.1 is on it"),
            (libc::ENETUNREACH, None, "unreachable: Network is unreachable", "link is up"),
            (libc::EADDRNOTAVAIL, None, "cannot connect from 10.0.0.2:0 to 10.0.0.1:179", "limits"),
        ] {
            let dial = Dial {
                local: "10.0.0.2:0".parse().unwrap(),
                peer: "10.0.0.1:179".parse().unwrap(),
                options: PeerOptions { key, ..PeerOptions::default() },
                timeout: Duration::from_secs(5),
            };
            let error = dial.failed(io::Error::from_raw_os_error(errno));
            assert!(error.to_string().contains(cause), "{error}");
            assert!(error.remedy().contains(remedy), "{}", error.remedy());
        }
    }

    #[tokio::test]
    async fn an_address_of_another_machine_is_named_with_the_command_that_adds_it() {
        let (local, peer) = ("192.0.2.77:0".parse().unwrap(), "192.0.2.78:179".parse().unwrap());
        let options = PeerOptions::default();
        let error =
            connect(Dial { local, peer, options, timeout: Duration::from_secs(5) }).await.unwrap_err();
        assert_eq!(error.to_string(), "192.0.2.77 is not an address of this machine");
        assert!(error.remedy().contains("ip address add 192.0.2.77/30"), "{}", error.remedy());
    }
}
