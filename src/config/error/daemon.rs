//! Faults of `[daemon]` and `[routers]`.

use crate::{azure::rules::NotARulesProfile, wire::open::Identifier};

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
            Self::RouterId(_) => {
                "write an IPv4 address, or remove the key: the interface address is used then".to_owned()
            }
            Self::RouterIdsEqual(_) => "give each router its own, as two routers have (RFC 6286)".to_owned(),
        }
    }
}
