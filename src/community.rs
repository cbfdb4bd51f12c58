//! Communities: standard (RFC 1997), extended (RFC 4360) and large (RFC 8092).

use std::{fmt, str::FromStr};

/// A standard community, `12076:51002` (RFC 1997).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Community(pub u32);

impl Community {
    /// Not to be advertised outside the confederation (RFC 1997).
    pub const NO_EXPORT: Self = Self(0xFFFF_FF01);
    /// Not to be advertised to anybody (RFC 1997).
    pub const NO_ADVERTISE: Self = Self(0xFFFF_FF02);
    /// Not to be advertised to external peers (RFC 1997).
    pub const NO_EXPORT_SUBCONFED: Self = Self(0xFFFF_FF03);

    /// The community `asn:value`.
    pub const fn new(asn: u16, value: u16) -> Self {
        Self((asn as u32) << 16 | value as u32)
    }

    /// The upper 16 bits, an AS number unless the community is well-known.
    pub const fn asn(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// The lower 16 bits.
    pub const fn value(self) -> u16 {
        (self.0 & 0xFFFF) as u16
    }
}

impl fmt::Display for Community {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NO_EXPORT => f.write_str("no-export"),
            Self::NO_ADVERTISE => f.write_str("no-advertise"),
            Self::NO_EXPORT_SUBCONFED => f.write_str("no-export-subconfed"),
            Self(_) => write!(f, "{}:{}", self.asn(), self.value()),
        }
    }
}

/// Text that is not a standard community.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a community; write two numbers up to 65535, for example \"12076:51002\"")]
pub struct NotACommunity(String);

impl FromStr for Community {
    type Err = NotACommunity;

    fn from_str(text: &str) -> Result<Self, NotACommunity> {
        let named = [Self::NO_EXPORT, Self::NO_ADVERTISE, Self::NO_EXPORT_SUBCONFED];
        if let Some(known) = named.into_iter().find(|known| known.to_string() == text) {
            return Ok(known);
        }
        text.split_once(':')
            .and_then(|(asn, value)| Some(Self::new(asn.parse().ok()?, value.parse().ok()?)))
            .ok_or_else(|| NotACommunity(text.to_owned()))
    }
}

/// An extended community as its eight octets (RFC 4360).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtendedCommunity(pub [u8; 8]);

impl ExtendedCommunity {
    /// True if the community may cross an AS border: the T bit, 0x40 of the type, is clear (RFC 4360 section 2).
    pub const fn is_transitive(self) -> bool {
        self.0[0] & 0x40 == 0
    }
}

impl fmt::Display for ExtendedCommunity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [kind, subtype, value @ ..] = self.0;
        let raw = u64::from_be_bytes(self.0);
        let name = match subtype {
            0x02 => "rt",
            0x03 => "soo",
            _ => return write!(f, "0x{raw:016x}"),
        };
        let [high, low] =
            [u16::from_be_bytes([value[0], value[1]]), u16::from_be_bytes([value[4], value[5]])];
        let first_four = u32::from_be_bytes([value[0], value[1], value[2], value[3]]);
        match kind & 0x3F {
            0x00 => write!(f, "{name}:{high}:{}", raw & 0xFFFF_FFFF),
            0x01 => write!(f, "{name}:{}:{low}", std::net::Ipv4Addr::from(first_four)),
            0x02 => write!(f, "{name}:{first_four}:{low}"),
            _ => write!(f, "0x{raw:016x}"),
        }
    }
}

/// A large community, `64496:1:2` (RFC 8092).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LargeCommunity {
    /// Global administrator, an AS number as a rule.
    pub global: u32,
    /// First part that the administrator defines.
    pub local1: u32,
    /// Second part that the administrator defines.
    pub local2: u32,
}

impl fmt::Display for LargeCommunity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.global, self.local1, self.local2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_communities_read_as_they_print() {
        for text in ["12076:51002", "0:0", "65535:65280", "no-export", "no-advertise"] {
            assert_eq!(text.parse::<Community>().unwrap().to_string(), text);
        }
        for text in ["12076", "12076:65536", "a:b", "1:2:3", ""] {
            assert!(text.parse::<Community>().is_err(), "{text}");
        }
    }

    #[test]
    fn extended_communities_know_whether_they_cross_a_border() {
        assert!(ExtendedCommunity([0x00, 2, 0xFD, 0xE8, 0, 0, 0, 1]).is_transitive());
        assert!(!ExtendedCommunity([0x43, 0, 0, 0, 0, 0, 0, 0]).is_transitive());
        assert_eq!(ExtendedCommunity([0, 2, 0xFD, 0xE8, 0, 0, 0, 1]).to_string(), "rt:65000:1");
    }
}
