//! Faults of data files and of what is chosen from them.

use super::file::in_words;
use crate::{
    azure::{PeeringKind, communities::VIRTUAL_NETWORK},
    community::{Community, NotACommunity},
};
use std::{io::ErrorKind, path::PathBuf};

/// Something in `[service_prefixes]` or `[[route_filter]]`, or a key that refers to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataFault {
    /// The system refuses the file.
    #[error("{key} {path:?} cannot be read: {words}", words = in_words(*kind))]
    Unreadable {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        kind: ErrorKind,
    },
    /// The file is not what the key says.
    #[error("{key} {path:?}, {what}")]
    Malformed {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Where and why.
        what: String,
    },
    /// Not where a server can be.
    #[error("rtr: {0:?} is not an address and a port")]
    RtrServer(String),
    /// Two places say what RPKI has validated.
    #[error("vrps and rtr are both given")]
    TwoSourcesOfPayloads,
    /// This program was built without it.
    #[error("rtr cannot be used: this msee was built without the feature \"rpki\"")]
    WithoutRtr,
    /// Not a community.
    #[error(transparent)]
    Community(#[from] NotACommunity),
    /// A filter that selects nothing.
    #[error("communities is empty")]
    NoCommunity,
    /// Not one of Microsoft's values.
    #[error("{0} is not a community of Microsoft's services")]
    NotMicrosofts(Community),
    /// A value that Microsoft has to allow.
    #[error("{0} is a value of Office 365, which the subscription is not authorised to use")]
    NotAuthorised(Community),
    /// Two filters of one name.
    #[error("route_filter {0} exists already")]
    DuplicateFilter(String),
    /// No such filter.
    #[error("route_filter {name:?} does not exist")]
    UnknownFilter {
        /// The name as written.
        name: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// Only Microsoft peering can be filtered.
    #[error("{0} peering takes no route filter: what it is sent cannot be selected")]
    FilterOn(PeeringKind),
    /// Nobody could select in 2015.
    #[error("there were no route filters in 2015")]
    FilterIn2015,
    /// Not a value for a virtual network.
    #[error("{0} is not a community for a virtual network")]
    NetworkCommunity(Community),
}

impl DataFault {
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::Unreadable { .. } => {
                "check the path, which starts at the configuration's directory, and who may read the file".to_owned()
            }
            Self::Malformed { key: "service_tags", .. } => {
                "give the JSON of \"Azure IP Ranges and Service Tags\" as Microsoft publishes it; .gz and .xz are read \
                 as they are"
                    .to_owned()
            }
            Self::Malformed { key: "datacenter_ranges", .. } => {
                "give the XML of \"Azure Datacenter IP Ranges\"; .gz and .xz are read as they are".to_owned()
            }
            Self::Malformed { key: "microsoft_365", .. } => {
                "give the JSON that endpoints.office.com answers to endpoints/worldwide".to_owned()
            }
            Self::RtrServer(_) => "write for example rtr = \"127.0.0.1:3323\", where Routinator listens".to_owned(),
            Self::TwoSourcesOfPayloads => "remove one of them".to_owned(),
            Self::WithoutRtr => {
                "build it with `cargo build --release --features rpki`, or let the validator write a file and name it as \
                 vrps"
                    .to_owned()
            }
            Self::Malformed { .. } => "correct that line, or take it out".to_owned(),
            Self::Community(_) | Self::NoCommunity | Self::NotMicrosofts(_) => {
                "write values of Azure's list, for example [\"12076:51002\"] for West Europe".to_owned()
            }
            Self::NotAuthorised(_) => {
                "ask Microsoft for authorisation and then say microsoft_365_authorized = true in [service_prefixes], or \
                 remove the value"
                    .to_owned()
            }
            Self::DuplicateFilter(_) => "give each route filter its own name".to_owned(),
            Self::UnknownFilter { nearest: Some(nearest), .. } => format!("did you mean {nearest:?}?"),
            Self::UnknownFilter { name, nearest: None } => format!("add a [[route_filter]] with name = {name:?}"),
            Self::FilterOn(_) => {
                "remove the key and filter in the customer's own network, or use Microsoft peering".to_owned()
            }
            Self::FilterIn2015 => "remove the key, or write rules = \"current\"".to_owned(),
            Self::NetworkCommunity(_) => {
                format!("write 12076:{} to 12076:{}", VIRTUAL_NETWORK.start(), VIRTUAL_NETWORK.end())
            }
        }
    }
}
