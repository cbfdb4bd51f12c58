//! What both OPENs agreed on, as far as the codec must know it.

use crate::family::Families;

/// What depends on the session and reaches the codec: small, `Copy`, fixed once OPENs are exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Negotiated {
    /// Width of AS numbers in `AS_PATH` and `AGGREGATOR` (RFC 6793).
    pub as_width: AsWidth,
    /// Largest message, header included (RFC 8654).
    pub message_limit: MessageLimit,
    /// Families that both sides announced (RFC 4760 section 8).
    pub families: Families,
    /// Whether ROUTE-REFRESH may be sent (RFC 2918).
    pub route_refresh: RouteRefreshSupport,
}

impl Negotiated {
    /// What holds before any OPEN has been read: plain RFC 4271.
    pub const BEFORE_OPEN: Self = Self {
        as_width: AsWidth::Two,
        message_limit: MessageLimit::Standard,
        families: Families::IPV4,
        route_refresh: RouteRefreshSupport::Absent,
    };
}

/// Octets of an AS number inside `AS_PATH` and `AGGREGATOR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AsWidth {
    /// RFC 4271: the other side is an "OLD" speaker.
    Two,
    /// RFC 6793: both sides are "NEW" speakers.
    Four,
}

impl AsWidth {
    /// The width in octets.
    pub const fn octets(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }
}

/// Largest message that a session carries, header included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageLimit {
    /// 4,096 octets (RFC 4271 section 4.1).
    Standard,
    /// 65,535 octets (RFC 8654); OPEN and KEEPALIVE stay at 4,096.
    Extended,
}

impl MessageLimit {
    /// The limit in octets.
    pub const fn octets(self) -> usize {
        match self {
            Self::Standard => 4096,
            Self::Extended => 65_535,
        }
    }
}

/// Whether the peer answers a ROUTE-REFRESH (RFC 2918).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteRefreshSupport {
    /// One side did not announce the capability.
    Absent,
    /// Both sides announced it.
    Present,
    /// The same, and that its begin and end are marked (RFC 7313).
    Enhanced,
}
