//! NOTIFICATIONs in words, as the RFCs name their codes.

use super::{CeaseSubcode, ErrorCode, FsmSubcode, HeaderSubcode, Notification, OpenSubcode, UpdateSubcode};
use std::fmt;

impl fmt::Display for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code.fmt(f)?;
        if let Some(cause) = self.reset_for() {
            return write!(f, " ({cause})");
        }
        match self.shutdown_text() {
            // Quoted and escaped: the peer wrote it, and it ends up in logs and on terminals.
            Some(text) => write!(f, " {text:?}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (class, subcode) = match self {
            Self::Header(subcode) => ("message header error", subcode.words()),
            Self::Open(subcode) => ("OPEN message error", subcode.words()),
            Self::Update(subcode) => ("UPDATE message error", subcode.words()),
            Self::HoldTimerExpired => ("hold timer expired", ""),
            Self::Fsm(subcode) => ("finite state machine error", subcode.words()),
            Self::Cease(subcode) => ("Cease", subcode.words()),
            Self::RouteRefresh(1) => ("ROUTE-REFRESH message error", "invalid message length"),
            Self::RouteRefresh(subcode) => {
                return write!(f, "ROUTE-REFRESH message error/subcode {subcode}");
            }
            Self::SendHoldTimerExpired => ("send hold timer expired", ""),
            Self::Unassigned { code, subcode } => return write!(f, "code {code}/subcode {subcode}"),
        };
        f.write_str(class)?;
        if subcode.is_empty() { Ok(()) } else { write!(f, "/{subcode}") }
    }
}

impl HeaderSubcode {
    const fn words(self) -> &'static str {
        match self {
            Self::Unspecific => "",
            Self::ConnectionNotSynchronized => "connection not synchronized",
            Self::BadMessageLength => "bad message length",
            Self::BadMessageType => "bad message type",
        }
    }
}

impl OpenSubcode {
    const fn words(self) -> &'static str {
        match self {
            Self::Unspecific => "",
            Self::UnsupportedVersionNumber => "unsupported version number",
            Self::BadPeerAs => "bad peer AS",
            Self::BadBgpIdentifier => "bad BGP identifier",
            Self::UnsupportedOptionalParameter => "unsupported optional parameter",
            Self::UnacceptableHoldTime => "unacceptable hold time",
            Self::UnsupportedCapability => "unsupported capability",
            Self::RoleMismatch => "role mismatch",
        }
    }
}

impl UpdateSubcode {
    const fn words(self) -> &'static str {
        match self {
            Self::Unspecific => "",
            Self::MalformedAttributeList => "malformed attribute list",
            Self::UnrecognizedWellKnownAttribute => "unrecognized well-known attribute",
            Self::MissingWellKnownAttribute => "missing well-known attribute",
            Self::AttributeFlagsError => "attribute flags error",
            Self::AttributeLengthError => "attribute length error",
            Self::InvalidOrigin => "invalid ORIGIN attribute",
            Self::InvalidNextHop => "invalid NEXT_HOP attribute",
            Self::OptionalAttributeError => "optional attribute error",
            Self::InvalidNetworkField => "invalid network field",
            Self::MalformedAsPath => "malformed AS_PATH",
        }
    }
}

impl FsmSubcode {
    const fn words(self) -> &'static str {
        match self {
            Self::Unspecific => "",
            Self::OpenSent => "unexpected message in OpenSent",
            Self::OpenConfirm => "unexpected message in OpenConfirm",
            Self::Established => "unexpected message in Established",
        }
    }
}

impl CeaseSubcode {
    const fn words(self) -> &'static str {
        match self {
            Self::Unspecific => "",
            Self::MaximumPrefixesReached => "maximum number of prefixes reached",
            Self::AdministrativeShutdown => "administrative shutdown",
            Self::PeerDeconfigured => "peer de-configured",
            Self::AdministrativeReset => "administrative reset",
            Self::ConnectionRejected => "connection rejected",
            Self::OtherConfigurationChange => "other configuration change",
            Self::ConnectionCollisionResolution => "connection collision resolution",
            Self::OutOfResources => "out of resources",
            Self::HardReset => "hard reset",
            Self::BfdDown => "BFD down",
        }
    }
}
