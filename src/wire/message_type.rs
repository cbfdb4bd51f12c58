//! The types of messages, and which lengths each may have (RFC 4271 section 4).

use super::negotiated::MessageLimit;
use std::{fmt, ops::RangeInclusive};

/// Octets of marker, length and type.
pub(super) const HEADER_OCTETS: usize = 19;
/// Octets of an UPDATE without routes and attributes: the header and two lengths.
pub(super) const EMPTY_UPDATE_OCTETS: usize = HEADER_OCTETS + 4;

/// The type octet of a message (RFC 4271 section 4.1, RFC 2918).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum MessageType {
    /// Begins a session.
    Open = 1,
    /// Carries routes.
    Update = 2,
    /// Ends a session and says why.
    Notification = 3,
    /// Keeps the hold timer from expiring.
    Keepalive = 4,
    /// Asks for all routes again (RFC 2918).
    RouteRefresh = 5,
}

impl MessageType {
    /// The number on the wire.
    pub const fn octet(self) -> u8 {
        self as u8
    }

    /// The type of a number, if it has one.
    pub const fn from_octet(octet: u8) -> Option<Self> {
        match octet {
            1 => Some(Self::Open),
            2 => Some(Self::Update),
            3 => Some(Self::Notification),
            4 => Some(Self::Keepalive),
            5 => Some(Self::RouteRefresh),
            _ => None,
        }
    }

    /// Octets that a message of this type may have, header included.
    ///
    /// RFC 8654 section 3 lifts the upper bound for all but OPEN and KEEPALIVE. A ROUTE-REFRESH is longer than 23
    /// octets only with outbound route filters (RFC 5291), which are never negotiated here.
    pub(super) const fn lengths(self, limit: MessageLimit) -> RangeInclusive<usize> {
        match self {
            Self::Open => 29..=MessageLimit::Standard.octets(),
            Self::Update => EMPTY_UPDATE_OCTETS..=limit.octets(),
            Self::Notification => 21..=limit.octets(),
            Self::Keepalive => HEADER_OCTETS..=HEADER_OCTETS,
            Self::RouteRefresh => 23..=23,
        }
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "OPEN",
            Self::Update => "UPDATE",
            Self::Notification => "NOTIFICATION",
            Self::Keepalive => "KEEPALIVE",
            Self::RouteRefresh => "ROUTE-REFRESH",
        })
    }
}
