//! Faults of peerings.

use super::file::in_words;
use crate::{
    asn::Asn,
    azure::{PeeringKind, VlanId, asn::RESERVED, shared_key::NotASharedKey},
};
use std::{io::ErrorKind, path::PathBuf};

/// Something in `[[circuit.peering]]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeeringFault {
    /// Not a routing domain.
    #[error("kind is {0:?}")]
    Kind(String),
    /// Two peerings of one kind in a circuit.
    #[error("the circuit has a {0} peering already")]
    Duplicate(PeeringKind),
    /// Not a state.
    #[error("state is {0:?}")]
    State(String),
    /// Not an AS number.
    #[error("peer_asn is {0}, which is not an AS number")]
    PeerAsn(i64),
    /// Kept by Azure.
    #[error("peer_asn {0} is reserved by Azure ({start} to {end})", start = RESERVED.start(), end = RESERVED.end())]
    ReservedAsn(Asn),
    /// "Windows peering" took public numbers only.
    #[error(
        "peer_asn {0} is private; under the rules of 2015 Microsoft peering takes public AS numbers only"
    )]
    PrivateAsn(Asn),
    /// The provider sells no Microsoft peering.
    #[error("{0} did not offer Microsoft peering in 2015")]
    NotOffered(String),
    /// No customer can have it.
    #[error("peer_asn {0} is reserved ({rfc})", rfc = rfc_of_reserved(*.0))]
    SpecialAsn(Asn),
    /// The session would be an internal one.
    #[error("peer_asn {0} is the routers' own; peerings are external BGP")]
    OwnAsn(Asn),
    /// Not a tag.
    #[error("vlan_id is {0}, which is not between 1 and 4094")]
    VlanId(i64),
    /// A tag used twice.
    #[error("VLAN {vlan} carries the {other} peering of this circuit already")]
    VlanClash {
        /// The tag.
        vlan: VlanId,
        /// The peering that has it.
        other: PeeringKind,
    },
    /// Not a key.
    #[error("shared_key: {0}")]
    SharedKey(#[from] NotASharedKey),
    /// The file holds no key.
    #[error("shared_key_file {path:?}: {fault}")]
    SharedKeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with its content.
        fault: NotASharedKey,
    },
    /// The file cannot be read.
    #[error("shared_key_file {path:?} cannot be read: {words}", words = in_words(*kind))]
    UnreadableKey {
        /// The file.
        path: PathBuf,
        /// What the system says.
        kind: ErrorKind,
    },
    /// Two keys for one peering.
    #[error("both shared_key and shared_key_file are given")]
    TwoKeys,
    /// Not a number of prefixes.
    #[error("the prefix limit is {0}, which is not between 1 and 4294967295")]
    PrefixLimit(i64),
    /// Not an action.
    #[error("action is {0:?}")]
    LimitAction(String),
    /// A warning ends nothing, so nothing restarts.
    #[error("restart_s has no meaning with action = \"warn\"")]
    RestartOfWarning,
    /// Neither a table nor the one word.
    #[error("{key} is {found:?}")]
    SessionWord {
        /// The key.
        key: &'static str,
        /// The text as written.
        found: String,
    },
    /// No session at all.
    #[error("both routers are disabled, so that the peering does not exist")]
    NoRouter,
}

fn rfc_of_reserved(asn: Asn) -> &'static str {
    if asn == Asn::TRANS { "AS_TRANS, RFC 6793" } else { "RFC 7300" }
}

impl PeeringFault {
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::Kind(_) => "write \"private\", \"microsoft\" or \"public\"".to_owned(),
            Self::Duplicate(_) => {
                "a circuit has one peering of each kind: remove one, or add a [[circuit]]".to_owned()
            }
            Self::State(_) => "write \"Enabled\" or \"Disabled\"".to_owned(),
            Self::PeerAsn(_) => "write the customer's AS number, 1 to 4294967295".to_owned(),
            Self::ReservedAsn(_) => "use another number; 64512 to 65514 are private".to_owned(),
            Self::PrivateAsn(_) => {
                "use an AS number that a registry has given to the customer, or rules = \"current\""
                    .to_owned()
            }
            Self::NotOffered(_) => {
                "choose another provider, rules = \"current\", or say microsoft_peering = true in a \
                 [[service_provider]]"
                    .to_owned()
            }
            Self::SpecialAsn(_) => {
                "use another number; 64512 to 65514 and 4200000000 to 4294967294 are private".to_owned()
            }
            Self::OwnAsn(_) => "write the customer's AS number".to_owned(),
            Self::VlanId(_) => "write a tag from 1 to 4094".to_owned(),
            Self::VlanClash { .. } => "give each peering of a circuit its own vlan_id".to_owned(),
            Self::SharedKey(_) => "write 1 to 25 letters and digits".to_owned(),
            Self::SharedKeyFile { .. } => {
                "let the file hold one line of 1 to 25 letters and digits".to_owned()
            }
            Self::UnreadableKey { .. } => {
                "check the path, which starts at the configuration's directory, and who may read the file"
                    .to_owned()
            }
            Self::TwoKeys => "remove one of them".to_owned(),
            Self::PrefixLimit(_) => "write at least 1, or remove the key for Azure's own limit".to_owned(),
            Self::LimitAction(_) => "write \"drop\" or \"warn\"".to_owned(),
            Self::RestartOfWarning => "remove restart_s, or write action = \"drop\"".to_owned(),
            Self::SessionWord { key, .. } => {
                format!("write {key} = \"disabled\", or a table: {key} = {{ passive = true }}")
            }
            Self::NoRouter => "enable a router, write state = \"Disabled\", or remove the peering".to_owned(),
        }
    }
}
