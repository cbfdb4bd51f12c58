//! What can be wrong with an OPEN.

use crate::{
    asn::Asn,
    wire::notification::{ErrorCode, Notification, OpenSubcode},
};

/// The only version of BGP that is spoken here.
pub(super) const VERSION: u8 = 4;

/// An OPEN that cannot be accepted whoever sent it (RFC 4271 section 6.2).
///
/// Whether the peer is the one that was configured is the session's question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another version of the protocol.
    #[error("the peer speaks BGP version {0}; only version 4 is supported")]
    Version(u8),
    /// AS 0 in the field or in the capability (RFC 7607).
    #[error("the peer claims AS 0, which is reserved")]
    AsZero,
    /// The two-octet field is neither `AS_TRANS` nor the number of the capability (RFC 6793 section 4.1).
    #[error("the peer claims AS {field} in the OPEN but AS {capability} in its four-octet AS capability")]
    AsMismatch {
        /// "My Autonomous System".
        field: u16,
        /// The capability's number.
        capability: Asn,
    },
    /// A hold time of one or two seconds.
    #[error("a hold time of {0} s is not allowed; it must be 0 or at least 3 s")]
    HoldTime(u16),
    /// A BGP Identifier of 0.0.0.0 (RFC 6286).
    #[error("the BGP identifier is 0.0.0.0")]
    Identifier,
    /// An optional parameter other than Capabilities.
    #[error("optional parameter {0} is not supported")]
    OptionalParameter(u8),
    /// The optional parameters do not fill exactly the octets that they claim.
    #[error("the optional parameters do not fit their length")]
    ParameterLength,
    /// A capability is longer than the parameter that holds it.
    #[error("a capability is longer than the optional parameter that holds it")]
    CapabilityLength,
    /// A four-octet AS capability that does not hold four octets.
    #[error("the four-octet AS capability has {0} octets instead of 4")]
    FourOctetAsLength(usize),
}

impl OpenError {
    /// The NOTIFICATION that answers this error.
    pub fn notification(&self) -> Notification {
        let (subcode, data) = match self {
            Self::Version(_) => {
                (OpenSubcode::UnsupportedVersionNumber, u16::from(VERSION).to_be_bytes().to_vec())
            }
            Self::AsZero | Self::AsMismatch { .. } => (OpenSubcode::BadPeerAs, Vec::new()),
            Self::HoldTime(_) => (OpenSubcode::UnacceptableHoldTime, Vec::new()),
            Self::Identifier => (OpenSubcode::BadBgpIdentifier, Vec::new()),
            Self::OptionalParameter(_) => (OpenSubcode::UnsupportedOptionalParameter, Vec::new()),
            Self::ParameterLength | Self::CapabilityLength | Self::FourOctetAsLength(_) => {
                (OpenSubcode::Unspecific, Vec::new())
            }
        };
        Notification { code: ErrorCode::Open(subcode), data }
    }
}
