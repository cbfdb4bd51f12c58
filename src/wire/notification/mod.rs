//! NOTIFICATION (RFC 4271 section 4.5) and the names of its codes.

mod codec;
mod constructors;
mod text;

/// A NOTIFICATION message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Notification {
    /// What went wrong: code and subcode.
    pub code: ErrorCode,
    /// Data, whose meaning depends on the code; at most the message size less 21 octets.
    pub data: Vec<u8>,
}

/// Error code with its subcode; numbers that no RFC names are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// Code 1 (RFC 4271 section 6.1).
    Header(HeaderSubcode),
    /// Code 2 (RFC 4271 section 6.2).
    Open(OpenSubcode),
    /// Code 3 (RFC 4271 section 6.3).
    Update(UpdateSubcode),
    /// Code 4 (RFC 4271 section 6.5).
    HoldTimerExpired,
    /// Code 5 (RFC 4271 section 6.6, RFC 6608).
    Fsm(FsmSubcode),
    /// Code 6 (RFC 4271 section 6.7, RFC 4486).
    Cease(CeaseSubcode),
    /// Code 7 (RFC 7313).
    RouteRefresh(u8),
    /// Code 8 (RFC 9687).
    SendHoldTimerExpired,
    /// A code or subcode pair that has no name here.
    Unassigned {
        /// Error code.
        code: u8,
        /// Error subcode.
        subcode: u8,
    },
}

/// Subcodes of a message header error (RFC 4271 section 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum HeaderSubcode {
    /// No more specific cause.
    Unspecific = 0,
    /// The marker is not all ones.
    ConnectionNotSynchronized = 1,
    /// A length that the type does not allow; the data is that length.
    BadMessageLength = 2,
    /// A type that is not known; the data is that type.
    BadMessageType = 3,
}

/// Subcodes of an OPEN error (RFC 4271 section 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OpenSubcode {
    /// No more specific cause, such as lengths that contradict each other.
    Unspecific = 0,
    /// Another version than 4; the data is the version that is supported.
    UnsupportedVersionNumber = 1,
    /// Another AS number than expected, or AS 0.
    BadPeerAs = 2,
    /// An identifier of zero, or the receiver's own inside its AS (RFC 6286).
    BadBgpIdentifier = 3,
    /// An optional parameter that is not known.
    UnsupportedOptionalParameter = 4,
    /// One or two seconds, or a time that the receiver refuses.
    UnacceptableHoldTime = 6,
    /// A capability that the receiver insists on is missing (RFC 5492); the data is that capability.
    UnsupportedCapability = 7,
    /// Roles that do not fit each other (RFC 9234).
    RoleMismatch = 11,
}

/// Subcodes of an UPDATE error (RFC 4271 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum UpdateSubcode {
    /// No more specific cause.
    Unspecific = 0,
    /// Lengths that contradict each other, or an attribute that stands there twice.
    MalformedAttributeList = 1,
    /// A well-known attribute that is not known; the data is that attribute.
    UnrecognizedWellKnownAttribute = 2,
    /// A mandatory attribute is missing; the data is its type code.
    MissingWellKnownAttribute = 3,
    /// Flags that do not fit the type code; the data is the attribute.
    AttributeFlagsError = 4,
    /// A length that does not fit the type code; the data is the attribute.
    AttributeLengthError = 5,
    /// An origin that is not defined; the data is the attribute.
    InvalidOrigin = 6,
    /// A next hop that is no host address; the data is the attribute.
    InvalidNextHop = 8,
    /// An error in an optional attribute; the data is the attribute.
    OptionalAttributeError = 9,
    /// NLRI that are not prefixes.
    InvalidNetworkField = 10,
    /// An AS_PATH that is malformed.
    MalformedAsPath = 11,
}

/// Subcodes of a finite state machine error (RFC 6608).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum FsmSubcode {
    /// No more specific state.
    Unspecific = 0,
    /// Unexpected message in OpenSent.
    OpenSent = 1,
    /// Unexpected message in OpenConfirm.
    OpenConfirm = 2,
    /// Unexpected message in Established.
    Established = 3,
}

/// Subcodes of Cease (RFC 4486, RFC 8538, RFC 9384).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CeaseSubcode {
    /// No more specific cause.
    Unspecific = 0,
    /// More prefixes than the upper bound; the data is the family and the bound.
    MaximumPrefixesReached = 1,
    /// An operator ended the session; the data is his text (RFC 9003).
    AdministrativeShutdown = 2,
    /// The peer is no longer configured.
    PeerDeconfigured = 3,
    /// An operator restarts the session; the data is his text (RFC 9003).
    AdministrativeReset = 4,
    /// The connection is not wanted now.
    ConnectionRejected = 5,
    /// A change of the configuration needs a new session.
    OtherConfigurationChange = 6,
    /// Another connection with the same peer is kept.
    ConnectionCollisionResolution = 7,
    /// Memory or another resource ran out.
    OutOfResources = 8,
    /// Routes must not be kept across the restart (RFC 8538).
    HardReset = 9,
    /// BFD lost the path (RFC 9384).
    BfdDown = 10,
}

#[cfg(test)]
mod tests;
