//! What can be wrong with path attributes, and what follows from it (RFC 7606).

use super::{
    code::{AttributeCode, Category},
    row,
};
use crate::wire::{
    nlri::PrefixFault,
    notification::{ErrorCode, Notification, UpdateSubcode},
};
use std::{fmt, net::IpAddr};

/// What happens to an UPDATE with an error (RFC 7606 section 2), mildest first: of several errors the strongest
/// treatment counts (section 3 h).
///
/// "AFI/SAFI disable" is missing on purpose: wherever RFC 7606 allows it, it allows a session reset too, and a peer
/// whose routes are ignored from then on would believe them in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Treatment {
    /// The route is taken without the attribute.
    DiscardAttribute,
    /// The prefixes are handled as if the UPDATE had withdrawn them.
    TreatAsWithdraw,
    /// The session ends with a NOTIFICATION.
    ResetSession,
}

/// An error in one path attribute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} at octet {offset} of the path attributes: {fault}")]
pub struct AttributeError {
    /// Which attribute.
    pub code: AttributeCode,
    /// Octets of the attribute field before it.
    pub offset: usize,
    /// What is wrong.
    pub fault: Fault,
    /// The attribute as received: flags, code, length and value; empty if it is missing.
    pub raw: Box<[u8]>,
}

/// What is wrong with an attribute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The attribute field ends inside the attribute's header or value.
    #[error("{needed} octets are needed, {available} are left")]
    Overrun {
        /// Octets that the header or the value needs.
        needed: usize,
        /// Octets that the attribute field still has.
        available: usize,
    },
    /// The Optional or Transitive bit does not fit the code.
    #[error("the flags say {found}, this attribute is {expected}")]
    Flags {
        /// Category by the flags received.
        found: Category,
        /// Category by the code.
        expected: Category,
    },
    /// A length that the attribute cannot have.
    #[error("a length of {octets} octets is not allowed")]
    Length {
        /// Octets of the value.
        octets: usize,
    },
    /// Not optional, yet unknown.
    #[error("this attribute is not known, although its flags say that everybody knows it")]
    UnrecognizedWellKnown,
    /// A mandatory attribute is not there.
    #[error("the attribute is missing")]
    Missing,
    /// The attribute was there before; the first one counts.
    #[error("the attribute stands there twice")]
    Duplicate,
    /// An origin other than 0, 1 and 2.
    #[error("origin {0} is not defined")]
    Origin(u8),
    /// The path is malformed.
    #[error("{0}")]
    AsPath(#[from] AsPathFault),
    /// An address that no router can have.
    #[error("{0} is not the address of a router")]
    NextHop(IpAddr),
    /// AS 0 (RFC 7607).
    #[error("AS 0 is reserved")]
    AsZero,
    /// A next hop length that does not fit the family.
    #[error("a next hop of {octets} octets does not fit the address family")]
    NextHopLength {
        /// Octets of the next hop.
        octets: usize,
    },
    /// A prefix inside MP_REACH_NLRI or MP_UNREACH_NLRI.
    #[error("{0}")]
    Prefix(#[from] PrefixFault),
    /// Only peers inside the own AS may send it.
    #[error("an external peer must not send this attribute")]
    FromExternalPeer,
    /// The path holds an AS_SET (RFC 9774).
    #[error("the path holds an AS_SET, which is deprecated")]
    AsSet,
    /// More than this router takes.
    #[error("there are {count} of them, {max} are taken")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: u16,
    },
    /// AS4_PATH or AS4_AGGREGATOR although both sides use four octets (RFC 6793 section 4.1).
    #[error("a session with four-octet AS numbers must not carry this attribute")]
    FromNewSpeaker,
}

/// Why an AS_PATH or AS4_PATH is malformed (RFC 7606 section 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AsPathFault {
    /// A segment is longer than what remains.
    #[error("a segment of the path is longer than the path")]
    Overrun,
    /// A segment type that is not defined.
    #[error("segment type {0} is not defined")]
    UnknownSegment(u8),
    /// A segment without numbers.
    #[error("a segment of the path holds no AS number")]
    EmptySegment,
    /// Confederation segments must not leave the confederation (RFC 5065 section 5.1).
    #[error("the path holds a confederation segment, which an external peer must not send")]
    Confederation,
    /// AS 0 (RFC 7607).
    #[error("the path holds AS 0, which is reserved")]
    AsZero,
}

impl AttributeError {
    /// What follows for the UPDATE: the one place where RFC 7606 is decided.
    pub fn treatment(&self) -> Treatment {
        let row = row(self.code);
        match &self.fault {
            // The next hop comes before the NLRI, but its length was right: the NLRI has been found.
            // The same holds for an MP attribute with wrong flags.
            Fault::NextHop(_) | Fault::Missing | Fault::Flags { .. } => Treatment::TreatAsWithdraw, // 7.3, 3 d, 3 c
            Fault::UnrecognizedWellKnown => Treatment::ResetSession, // RFC 4271 6.3; not revised
            _ if self.code.locates_nlri() => Treatment::ResetSession, // 3 g, 3 j, 5.3, 7.11, 7.12
            // 4; RFC 9774 section 3; ours.
            Fault::Overrun { .. } | Fault::AsSet | Fault::TooMany { .. } => Treatment::TreatAsWithdraw,
            Fault::Duplicate | Fault::FromExternalPeer | Fault::FromNewSpeaker => {
                Treatment::DiscardAttribute // 3 g; 7.5, 7.9, 7.10; RFC 6793 section 4.1
            }
            _ => row.map_or(Treatment::TreatAsWithdraw, |row| row.malformed), // 7.1 to 7.8, 7.14
        }
    }

    /// The NOTIFICATION for the case that the session ends: the attribute is its data where RFC 4271 section 6.3 asks.
    pub fn notification(&self) -> Notification {
        let subcode = self.subcode();
        let data = match subcode {
            UpdateSubcode::MissingWellKnownAttribute => vec![self.code.0],
            UpdateSubcode::MalformedAttributeList | UpdateSubcode::MalformedAsPath => Vec::new(),
            _ => self.raw.to_vec(),
        };
        Notification { code: ErrorCode::Update(subcode), data }
    }

    fn subcode(&self) -> UpdateSubcode {
        match self.fault {
            Fault::Overrun { .. } | Fault::Duplicate | Fault::TooMany { .. } => {
                UpdateSubcode::MalformedAttributeList
            }
            Fault::Flags { .. } => UpdateSubcode::AttributeFlagsError,
            Fault::Length { .. } if self.code.locates_nlri() => UpdateSubcode::OptionalAttributeError,
            Fault::Length { .. } => UpdateSubcode::AttributeLengthError,
            Fault::UnrecognizedWellKnown => UpdateSubcode::UnrecognizedWellKnownAttribute,
            Fault::Missing => UpdateSubcode::MissingWellKnownAttribute,
            Fault::Origin(_) => UpdateSubcode::InvalidOrigin,
            Fault::AsPath(_) | Fault::AsSet => UpdateSubcode::MalformedAsPath,
            Fault::NextHop(_) => UpdateSubcode::InvalidNextHop,
            Fault::AsZero
            | Fault::NextHopLength { .. }
            | Fault::Prefix(_)
            | Fault::FromExternalPeer
            | Fault::FromNewSpeaker => UpdateSubcode::OptionalAttributeError,
        }
    }
}

impl AttributeCode {
    /// True for the attributes that hold prefixes: with an error in one of them nobody knows which are meant.
    pub(super) const fn locates_nlri(self) -> bool {
        matches!(self, Self::MP_REACH_NLRI | Self::MP_UNREACH_NLRI)
    }
}

/// All errors in the attributes of one UPDATE, at least one, in wire order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeErrors {
    first: AttributeError,
    others: Vec<AttributeError>,
}

impl AttributeErrors {
    /// The errors, unless there are none.
    pub(in crate::wire) fn new(errors: Vec<AttributeError>) -> Option<Self> {
        let mut errors = errors.into_iter();
        Some(Self { first: errors.next()?, others: errors.collect() })
    }

    /// The errors in wire order.
    pub fn iter(&self) -> impl Iterator<Item = &AttributeError> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The error whose treatment counts: the first of the strongest (RFC 7606 section 3 h).
    pub fn strongest(&self) -> &AttributeError {
        self.others.iter().fold(&self.first, |strongest, error| {
            if error.treatment() > strongest.treatment() { error } else { strongest }
        })
    }

    /// What follows for the UPDATE.
    pub fn treatment(&self) -> Treatment {
        self.strongest().treatment()
    }

    /// True if the route can be taken without the attributes concerned.
    pub(super) fn are_discarded(&self) -> bool {
        self.treatment() == Treatment::DiscardAttribute
    }
}

impl From<AttributeError> for AttributeErrors {
    fn from(first: AttributeError) -> Self {
        Self { first, others: Vec::new() }
    }
}

impl std::error::Error for AttributeErrors {}

impl fmt::Display for AttributeErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}
