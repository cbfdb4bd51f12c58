//! Faults of what a peering wants of BGP beyond what every session has.

use crate::wire::RestartTime;

/// Something about a part of BGP that is off unless it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolFault {
    /// Not a part in a graceful restart.
    #[error("{0:?} is no part in a graceful restart")]
    Part(String),
    /// Not a role of RFC 9234.
    #[error("{0:?} is no BGP role")]
    Role(String),
    /// Not a word for AS_SETs.
    #[error("as_sets is {0:?}")]
    AsSets(String),
    /// Not a number of anything.
    #[error("{key} is {found}, which is not between 1 and 65535")]
    AttributeLimit {
        /// The key.
        key: &'static str,
        /// The number as written.
        found: i64,
    },
    /// Twelve bits hold it.
    #[error("restart_s is {0}, which is not between 1 and {longest}", longest = RestartTime::LONGEST)]
    RestartTime(i64),
    /// A helper's own restart is an ordinary one.
    #[error("{0} has no meaning for a helper, whose own routes do not outlast its restart")]
    OfFullRestart(&'static str),
}

impl ProtocolFault {
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::Part(_) => {
                "write \"helper\" to keep the routes of a peer that restarts, or \"full\" to have ours kept too"
                    .to_owned()
            }
            Self::Role(_) => {
                "write what the router is to the customer: \"provider\", \"customer\", \"peer\", \"rs\" (route server) or \"rs-client\""
                    .to_owned()
            }
            Self::AsSets(_) => "write \"refuse\" as RFC 9774 asks, or \"accept\"".to_owned(),
            Self::AttributeLimit { .. } => "write the most that a route may have of it, 1 to 65535".to_owned(),
            Self::RestartTime(_) => {
                format!("write whole seconds from 1 to {} (RFC 4724 section 3)", RestartTime::LONGEST)
            }
            Self::OfFullRestart(key) => format!("remove {key}, or write part = \"full\""),
        }
    }
}
