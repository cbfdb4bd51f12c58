//! What is wrong with a file of expectations.

use crate::{
    api::schema::NotASessionTarget,
    config::{
        Finding,
        error::{FileFault, ShapeFault},
    },
};
use miette::Severity;

/// A reason to refuse a file of expectations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpectationFault {
    /// The file as a whole.
    #[error(transparent)]
    File(#[from] FileFault),
    /// Keys and the types of their values.
    #[error(transparent)]
    Shape(#[from] ShapeFault),
    /// An empty file would always pass.
    #[error("nothing is expected")]
    Empty,
    /// Not a peering on a router, nor on both.
    #[error(transparent)]
    Attachment(#[from] NotASessionTarget),
    /// Both routers where one must be named.
    #[error("{0} names two peerings; a lookup asks one table")]
    OneRouter(String),
    /// A word that is none of those that are known.
    #[error("{key} is {found:?}")]
    Word {
        /// The key.
        key: &'static str,
        /// The word as written.
        found: String,
        /// The one that was probably meant.
        nearest: Option<String>,
        /// All that are known.
        known: Vec<String>,
    },
    /// Not an address.
    #[error("{key} is {found:?}, which is no IP address")]
    Address {
        /// The key.
        key: &'static str,
        /// The text as written.
        found: String,
    },
    /// Not a prefix, or not a whole one.
    #[error("prefix is {found:?}, which is no prefix")]
    Prefix {
        /// The text as written.
        found: String,
        /// The prefix that it lies in.
        nearest: Option<String>,
    },
    /// An address and a prefix that cannot match.
    #[error("{address} does not lie in {prefix}")]
    Outside {
        /// What is looked up.
        address: String,
        /// What shall be found.
        prefix: String,
    },
    /// Not an AS_PATH.
    #[error("as_path is {0:?}, which is no list of AS numbers")]
    Path(String),
    /// Not a community.
    #[error("{0:?} is not a community")]
    Community(String),
    /// A number out of its range.
    #[error("{key} is {found}, which is not between 0 and {max}")]
    Number {
        /// The key.
        key: &'static str,
        /// The number as written.
        found: i64,
        /// The largest that makes sense.
        max: u32,
    },
    /// An attribute of what shall not be there.
    #[error("{key} says what the route is like, and present = false that there is none")]
    LikeNothing {
        /// The key.
        key: &'static str,
    },
    /// Policy does not refuse what it makes itself.
    #[error("an advertised route is never refused")]
    RefusedAdvertised,
    /// A limit without anything to compare.
    #[error("nothing is said about the limit")]
    LimitIsNothing,
    /// A lookup in no table or in two.
    #[error("a lookup needs virtual_network or attachment, and not both")]
    Tables,
}

impl Finding for ExpectationFault {
    const SEVERITY: Severity = Severity::Error;

    fn remedy(&self) -> String {
        match self {
            Self::File(fault) => fault.remedy(),
            Self::Shape(fault) => fault.remedy(),
            Self::Empty => {
                "add a [[session]], [[route]], [[limit]], [[lookup]] or [[effective_route]]".to_owned()
            }
            Self::Attachment(_) => {
                "write CIRCUIT/KIND/ROUTER, or CIRCUIT/KIND for both routers; `msee show sessions` lists them"
                    .to_owned()
            }
            Self::OneRouter(name) => format!("write {name}/primary or {name}/secondary"),
            Self::Word { nearest: Some(nearest), known, .. } => {
                format!("did you mean {nearest:?}? it is one of {}", known.join(", "))
            }
            Self::Word { nearest: None, known, .. } => format!("write one of {}", known.join(", ")),
            Self::Address { key, .. } => format!("write {key} as an address alone, for example \"10.0.0.1\""),
            Self::Prefix { nearest: Some(nearest), .. } => format!("write {nearest:?}"),
            Self::Prefix { nearest: None, .. } => "write address and length, for example \"10.0.0.0/16\"".to_owned(),
            Self::Outside { .. } => "correct one of the two".to_owned(),
            Self::Path(_) => {
                "write AS numbers as `msee show routes` does, for example \"65010 65020\"".to_owned()
            }
            Self::Community(_) => {
                "write it as `msee show routes` does: \"12076:51002\", \"64496:1:2\", \"rt:65000:1\" or \"no-export\""
                    .to_owned()
            }
            Self::Number { max, .. } => format!("write a whole number from 0 to {max}"),
            Self::LikeNothing { key } => format!("remove {key}, or present = false"),
            Self::RefusedAdvertised => "remove refused, or write direction = \"received\"".to_owned(),
            Self::LimitIsNothing => "add max, held or state".to_owned(),
            Self::Tables => "name the table in which the address is looked up".to_owned(),
        }
    }
}
