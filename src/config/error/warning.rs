//! What is allowed, but probably not meant.

use super::Finding;
use crate::azure::CircuitName;
use miette::Severity;
use std::{net::SocketAddr, path::PathBuf};

/// A doubt about a configuration that is taken nevertheless.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Concern {
    /// Whoever listens on the way learns the token.
    #[error("control listens on {0}, which other machines may reach; its token crosses the network as it is")]
    ControlIsReachable(SocketAddr),
    /// Two keepalives lost end the session.
    #[error("keepalive_s is {keepalive}, more than a third of the hold time of {hold} s")]
    KeepaliveIsLong {
        /// Seconds between keepalives.
        keepalive: u64,
        /// Seconds of the hold time.
        hold: u16,
    },
    /// No session.
    #[error("circuit {0} has no peering")]
    NoPeering(CircuitName),
    /// A secret that is none.
    #[error("every user of this machine can read {0:?}, which holds a secret")]
    SecretIsReadable(PathBuf),
    /// An interface that nothing is put on.
    #[error("interface {0} has no effect: the daemon does not manage addresses")]
    InterfaceNotManaged(String),
    /// Addresses shall be managed, and no session has an interface.
    #[error("manage_addresses has no effect: no session has an interface")]
    NothingManaged,
    /// TCP does not get from loopback to elsewhere.
    #[error("{local} and {peer} cannot reach each other: only one of them is a loopback address")]
    OneEndOnLoopback {
        /// The router's endpoint.
        local: SocketAddr,
        /// The customer edge's endpoint.
        peer: SocketAddr,
    },
}

impl Finding for Concern {
    const SEVERITY: Severity = Severity::Warning;

    fn remedy(&self) -> String {
        match self {
            Self::ControlIsReachable(_) => {
                "write control = \"127.0.0.1:8179\" and reach it through ssh -L, unless nobody else is on that network"
                    .to_owned()
            }
            Self::KeepaliveIsLong { hold, .. } => {
                format!("write keepalive_s = {} (RFC 4271 section 4.4)", (hold / 3).max(1))
            }
            Self::NoPeering(_) => "add a [[circuit.peering]] below it".to_owned(),
            Self::SecretIsReadable(path) => format!("chmod o-rwx {}", path.display()),
            Self::InterfaceNotManaged(_) => {
                "write manage_addresses = true under [daemon], or remove the key".to_owned()
            }
            Self::NothingManaged => {
                "write interface = \"eth1\" under [routers.primary], [routers.secondary] or in a session"
                    .to_owned()
            }
            Self::OneEndOnLoopback { .. } => {
                "give both local_endpoint and peer_endpoint, or neither".to_owned()
            }
        }
    }
}
