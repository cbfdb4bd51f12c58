//! Attribute type codes and flags (RFC 4271 section 4.3, IANA "BGP Path Attributes").

use super::row;
use std::fmt;

/// The type code of a path attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeCode(pub u8);

impl AttributeCode {
    /// RFC 4271.
    pub const ORIGIN: Self = Self(1);
    /// RFC 4271.
    pub const AS_PATH: Self = Self(2);
    /// RFC 4271.
    pub const NEXT_HOP: Self = Self(3);
    /// RFC 4271.
    pub const MULTI_EXIT_DISC: Self = Self(4);
    /// RFC 4271.
    pub const LOCAL_PREF: Self = Self(5);
    /// RFC 4271.
    pub const ATOMIC_AGGREGATE: Self = Self(6);
    /// RFC 4271.
    pub const AGGREGATOR: Self = Self(7);
    /// RFC 1997.
    pub const COMMUNITIES: Self = Self(8);
    /// RFC 4456.
    pub const ORIGINATOR_ID: Self = Self(9);
    /// RFC 4456.
    pub const CLUSTER_LIST: Self = Self(10);
    /// RFC 4760.
    pub const MP_REACH_NLRI: Self = Self(14);
    /// RFC 4760.
    pub const MP_UNREACH_NLRI: Self = Self(15);
    /// RFC 4360.
    pub const EXTENDED_COMMUNITIES: Self = Self(16);
    /// RFC 6793.
    pub const AS4_PATH: Self = Self(17);
    /// RFC 6793.
    pub const AS4_AGGREGATOR: Self = Self(18);
    /// RFC 8092.
    pub const LARGE_COMMUNITIES: Self = Self(32);
    /// RFC 9234.
    pub const ONLY_TO_CUSTOMER: Self = Self(35);
}

impl fmt::Display for AttributeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match row(*self) {
            Some(row) => f.write_str(row.name),
            None => write!(f, "attribute {}", self.0),
        }
    }
}

/// The four flag bits of an attribute; the other four are ignored when received and zero when sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flags(pub u8);

impl Flags {
    /// The attribute need not be understood by everybody.
    pub(super) const OPTIONAL: u8 = 0x80;
    /// The attribute is passed on, even by those who do not understand it.
    pub(super) const TRANSITIVE: u8 = 0x40;
    /// Somebody on the way did not understand it.
    pub(super) const PARTIAL: u8 = 0x20;
    /// The length has two octets.
    pub(super) const EXTENDED_LENGTH: u8 = 0x10;

    pub(super) const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// What the Optional and Transitive bits say.
    pub(super) const fn category(self) -> Category {
        match (self.has(Self::OPTIONAL), self.has(Self::TRANSITIVE)) {
            (false, true) => Category::WellKnown,
            (true, true) => Category::OptionalTransitive,
            (true, false) => Category::OptionalNonTransitive,
            (false, false) => Category::Contradictory,
        }
    }
}

/// The categories of path attributes (RFC 4271 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// Everybody understands it; transitive.
    WellKnown,
    /// Passed on by those who do not understand it.
    OptionalTransitive,
    /// Dropped by those who do not understand it.
    OptionalNonTransitive,
    /// Neither optional nor transitive: no attribute is that.
    Contradictory,
}

impl Category {
    /// The flags that an attribute of this category is sent with.
    pub(super) const fn flags(self) -> u8 {
        match self {
            Self::WellKnown => Flags::TRANSITIVE,
            Self::OptionalTransitive => Flags::OPTIONAL | Flags::TRANSITIVE,
            Self::OptionalNonTransitive => Flags::OPTIONAL,
            Self::Contradictory => 0,
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WellKnown => "well-known",
            Self::OptionalTransitive => "optional transitive",
            Self::OptionalNonTransitive => "optional non-transitive",
            Self::Contradictory => "neither optional nor transitive",
        })
    }
}

/// Flags of MP_REACH_NLRI and MP_UNREACH_NLRI as they are sent: the length has two octets.
pub(in crate::wire) const MP_ATTRIBUTE_FLAGS: u8 =
    Category::OptionalNonTransitive.flags() | Flags::EXTENDED_LENGTH;
