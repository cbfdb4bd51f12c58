//! Why a peer cannot be listened for.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use crate::transport::{md5::Md5Error, options};

/// A peer could not be registered, or not be changed.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The machine does not have the address, or does not have it yet.
    #[error("cannot listen on {local}: {} is not an address of this machine", local.ip())]
    NoLocalAddress {
        /// The endpoint.
        local: SocketAddr,
    },
    /// Ports below 1024 need a privilege.
    #[error("cannot listen on {local}: permission denied")]
    PermissionDenied {
        /// The endpoint.
        local: SocketAddr,
    },
    /// Another process listens there, or another endpoint on all addresses.
    #[error("cannot listen on {local}: the port is in use")]
    InUse {
        /// The endpoint.
        local: SocketAddr,
    },
    /// Peers on one endpoint are told apart by their address.
    #[error("{local} has a neighbour {peer} already")]
    PeerTaken {
        /// The endpoint.
        local: SocketAddr,
        /// The peer's address.
        peer: IpAddr,
    },
    /// An IPv4 peer on an IPv6 endpoint, or the reverse.
    #[error("{local} and {peer} are not of the same address family")]
    OtherFamily {
        /// The endpoint.
        local: SocketAddr,
        /// The peer's address.
        peer: IpAddr,
    },
    /// The peer's key cannot be used, so the peer is not let in.
    #[error("cannot sign for {peer} on {local}: {source}")]
    Md5 {
        /// The endpoint.
        local: SocketAddr,
        /// The peer's address.
        peer: IpAddr,
        /// What the kernel said.
        source: Md5Error,
    },
    /// Nobody serves the endpoint any more.
    #[error("nothing listens on {local} any more")]
    EndpointLost {
        /// The endpoint.
        local: SocketAddr,
    },
    /// Anything else.
    #[error("cannot listen on {local}: {source}")]
    Socket {
        /// The endpoint.
        local: SocketAddr,
        /// What the kernel said.
        source: io::Error,
    },
}

impl ListenError {
    /// Names the errors that have a remedy of their own.
    pub(in crate::transport) fn from_socket(local: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrNotAvailable => Self::NoLocalAddress { local },
            io::ErrorKind::PermissionDenied => Self::PermissionDenied { local },
            io::ErrorKind::AddrInUse => Self::InUse { local },
            _ => Self::Socket { local, source },
        }
    }

    /// What an operator can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::NoLocalAddress { local } => options::add_address(local.ip()),
            Self::PermissionDenied { local } => format!(
                "port {} needs root or `setcap cap_net_bind_service+ep` on the program; a lab can set local_endpoint \
                 to a port above 1023",
                local.port()
            ),
            Self::InUse { local } => format!(
                "another BGP daemon? `ss -ltnp 'sport = :{}'` names the process that has it",
                local.port()
            ),
            Self::PeerTaken { .. } => {
                "give each neighbour of an endpoint its own address, or each its own local_endpoint"
                    .to_owned()
            }
            Self::OtherFamily { .. } => "use two IPv4 or two IPv6 addresses".to_owned(),
            Self::Md5 { source, .. } => source.remedy().to_owned(),
            Self::EndpointLost { .. } => "register the neighbour again".to_owned(),
            Self::Socket { .. } => {
                "check the endpoint's address and the limits of this process (`ulimit -n`)".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_answers_becomes_a_cause_with_a_remedy() {
        let local = "172.16.0.2:179".parse().unwrap();
        for (errno, cause, remedy) in [
            (libc::EADDRNOTAVAIL, "is not an address of this machine", "ip address add 172.16.0.2/30"),
            (libc::EACCES, "permission denied", "cap_net_bind_service"),
            (libc::EADDRINUSE, "in use", "another BGP daemon"),
            (libc::EMFILE, "open files", "ulimit -n"),
        ] {
            let error = ListenError::from_socket(local, io::Error::from_raw_os_error(errno));
            assert!(error.to_string().contains(cause), "{error}");
            assert!(error.to_string().contains("172.16.0.2:179"), "{error}");
            assert!(error.remedy().contains(remedy), "{}", error.remedy());
        }
    }
}
