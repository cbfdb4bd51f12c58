//! OPEN (RFC 4271 section 4.2).

mod codec;
mod error;
mod parameters;

pub use error::OpenError;

use super::capability::Capability;
use crate::asn::Asn;
use std::{net::Ipv4Addr, num::NonZeroU32, time::Duration};

/// An OPEN message; the version is always 4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// "My Autonomous System" as the session uses it: from the four-octet capability if there is one (RFC 6793).
    pub asn: Asn,
    /// Proposed hold time.
    pub hold_time: HoldTime,
    /// BGP Identifier, not zero (RFC 6286).
    pub identifier: Identifier,
    /// Capabilities in wire order (RFC 5492).
    pub capabilities: Vec<Capability>,
}

/// A hold time (RFC 4271 section 4.2): zero, or at least three seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoldTime {
    /// Zero on the wire: neither keepalives nor a hold timer.
    Off,
    /// The seconds, three or more.
    After(HoldSeconds),
}

/// Seconds of a hold time, 3 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoldSeconds(u16);

impl HoldSeconds {
    /// The seconds, if there are at least three (RFC 4271 section 4.2).
    pub const fn new(seconds: u16) -> Option<Self> {
        if seconds < 3 { None } else { Some(Self(seconds)) }
    }

    /// The number of seconds.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl HoldTime {
    /// The hold time of a number of seconds; `None` for 1 and 2, which RFC 4271 forbids.
    pub const fn from_seconds(seconds: u16) -> Option<Self> {
        match seconds {
            0 => Some(Self::Off),
            _ => match HoldSeconds::new(seconds) {
                Some(seconds) => Some(Self::After(seconds)),
                None => None,
            },
        }
    }

    /// What stands on the wire.
    pub const fn seconds(self) -> u16 {
        match self {
            Self::Off => 0,
            Self::After(seconds) => seconds.get(),
        }
    }

    /// The duration, if there is a hold timer at all.
    pub fn duration(self) -> Option<Duration> {
        match self {
            Self::Off => None,
            Self::After(seconds) => Some(Duration::from_secs(seconds.get().into())),
        }
    }
}

/// A BGP Identifier: four octets, unique inside the AS, not zero (RFC 6286).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(NonZeroU32);

impl Identifier {
    /// The identifier written as an address; `None` for 0.0.0.0.
    pub fn new(address: Ipv4Addr) -> Option<Self> {
        NonZeroU32::new(address.into()).map(Self)
    }

    /// The identifier in the notation of an address.
    pub fn address(self) -> Ipv4Addr {
        self.0.get().into()
    }
}

impl std::fmt::Display for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.address().fmt(f)
    }
}

#[cfg(test)]
mod tests;
