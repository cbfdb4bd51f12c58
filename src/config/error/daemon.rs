//! Faults of `[daemon]` and `[routers]`.

use super::file::in_words;
use crate::{azure::rules::NotARulesProfile, config::NotAControlToken, wire::open::Identifier};
use std::{io::ErrorKind, net::SocketAddr, path::PathBuf};

/// Something in `[daemon]` or `[routers]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DaemonFault {
    /// No such set of rules.
    #[error("rules: {0}")]
    Rules(#[from] NotARulesProfile),
    /// Not an AS number.
    #[error("asn is {0}, which is not an AS number")]
    Asn(i64),
    /// Not an address and port.
    #[error("control is {0:?}, which is not an address and a port")]
    Control(String),
    /// Anybody could control the daemon.
    #[error("control listens on {0}, which other machines may reach, and asks nobody for a token")]
    ControlIsOpen(SocketAddr),
    /// Nothing that can be counted, or no request at all.
    #[error("control_requests_per_s is {0}; it takes 1 to 1000000")]
    RequestsPerSecond(i64),
    /// The file holds no token.
    #[error("control_token_file {path:?}: {fault}")]
    ControlToken {
        /// The file.
        path: PathBuf,
        /// What is wrong with its content.
        fault: NotAControlToken,
    },
    /// The file cannot be read.
    #[error("control_token_file {path:?} cannot be read: {words}", words = in_words(*kind))]
    UnreadableToken {
        /// The file.
        path: PathBuf,
        /// What the system says.
        kind: ErrorKind,
    },
    /// Not an IPv4 address, or 0.0.0.0.
    #[error("router_id is {0:?}; a BGP Identifier is written as an IPv4 address and is not 0.0.0.0")]
    RouterId(String),
    /// The pair would not be two routers.
    #[error("both routers have router_id {0}")]
    RouterIdsEqual(Identifier),
}

impl DaemonFault {
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::Rules(_) => "write rules = \"current\" or rules = \"2015\"".to_owned(),
            Self::Asn(_) => "write a number from 1 to 4294967295; Microsoft's is 12076".to_owned(),
            Self::Control(_) => {
                "write control = \"127.0.0.1:8179\"; IPv6 is written \"[::1]:8179\"".to_owned()
            }
            Self::ControlIsOpen(_) => {
                "write control = \"127.0.0.1:8179\", or name a control_token_file".to_owned()
            }
            Self::RequestsPerSecond(_) => {
                "write a number of requests, or remove the key: 1000 are answered then".to_owned()
            }
            Self::ControlToken { path, .. } | Self::UnreadableToken { path, .. } => {
                let path = path.display();
                format!("`(umask 077; openssl rand -hex 24 > {path})` makes one; the daemon's user reads it")
            }
            Self::RouterId(_) => {
                "write an IPv4 address, or remove the key: the interface address is used then".to_owned()
            }
            Self::RouterIdsEqual(_) => "give each router its own, as two routers have (RFC 6286)".to_owned(),
        }
    }
}
