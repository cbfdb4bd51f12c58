//! Address families (RFC 4760), unicast only: the only ones that ExpressRoute peers with.

use std::{fmt, ops::Index, ops::IndexMut};

/// An address family with SAFI 1, unicast (RFC 4760 section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// AFI 1.
    Ipv4,
    /// AFI 2.
    Ipv6,
}

impl Family {
    /// Both families, IPv4 first.
    pub const ALL: [Self; 2] = [Self::Ipv4, Self::Ipv6];
    /// The SAFI of unicast forwarding (RFC 4760 section 6).
    pub const UNICAST: u8 = 1;

    /// The address family identifier on the wire (IANA "Address Family Numbers").
    pub const fn afi(self) -> u16 {
        match self {
            Self::Ipv4 => 1,
            Self::Ipv6 => 2,
        }
    }

    /// The unicast family of an AFI and SAFI, if it is one of ours.
    pub const fn from_wire(afi: u16, safi: u8) -> Option<Self> {
        match (afi, safi) {
            (1, Self::UNICAST) => Some(Self::Ipv4),
            (2, Self::UNICAST) => Some(Self::Ipv6),
            _ => None,
        }
    }

    /// Bits of an address: 32 or 128.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Ipv4 => 32,
            Self::Ipv6 => 128,
        }
    }

    /// The family of a prefix.
    pub const fn of(net: &ipnet::IpNet) -> Self {
        match net {
            ipnet::IpNet::V4(_) => Self::Ipv4,
            ipnet::IpNet::V6(_) => Self::Ipv6,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        })
    }
}

/// A set of families, as small as two bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Families(u8);

impl Families {
    /// No family at all.
    pub const NONE: Self = Self(0);
    /// IPv4 unicast only.
    pub const IPV4: Self = Self(1);
    /// IPv6 unicast only.
    pub const IPV6: Self = Self(2);
    /// Both families on one session.
    pub const BOTH: Self = Self(3);

    const fn bit(family: Family) -> u8 {
        match family {
            Family::Ipv4 => 1,
            Family::Ipv6 => 2,
        }
    }

    /// True if the set holds the family.
    pub const fn contains(self, family: Family) -> bool {
        self.0 & Self::bit(family) != 0
    }

    /// True if no family is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set with the family added.
    #[must_use]
    pub const fn with(self, family: Family) -> Self {
        Self(self.0 | Self::bit(family))
    }

    /// The set with the family taken out.
    #[must_use]
    pub const fn without(self, family: Family) -> Self {
        Self(self.0 & !Self::bit(family))
    }

    /// The families that are in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The families of the set, IPv4 first.
    pub fn iter(self) -> impl Iterator<Item = Family> {
        Family::ALL.into_iter().filter(move |family| self.contains(*family))
    }
}

impl FromIterator<Family> for Families {
    fn from_iter<I: IntoIterator<Item = Family>>(families: I) -> Self {
        families.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Display for Families {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, family) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            family.fmt(f)?;
        }
        Ok(())
    }
}

/// One value for each family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
pub struct PerFamily<T> {
    /// The value for IPv4.
    pub ipv4: T,
    /// The value for IPv6.
    pub ipv6: T,
}

impl<T> Index<Family> for PerFamily<T> {
    type Output = T;

    fn index(&self, family: Family) -> &T {
        match family {
            Family::Ipv4 => &self.ipv4,
            Family::Ipv6 => &self.ipv6,
        }
    }
}

impl<T> IndexMut<Family> for PerFamily<T> {
    fn index_mut(&mut self, family: Family) -> &mut T {
        match family {
            Family::Ipv4 => &mut self.ipv4,
            Family::Ipv6 => &mut self.ipv6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_a_set() {
        let both = Families::IPV4.with(Family::Ipv6);
        assert_eq!(both, Families::BOTH);
        assert_eq!(both.without(Family::Ipv4), Families::IPV6);
        assert_eq!(both.intersection(Families::IPV4).to_string(), "ipv4");
        assert!(Families::IPV4.intersection(Families::IPV6).is_empty());
    }

    #[test]
    fn only_unicast_has_a_family() {
        assert_eq!(Family::from_wire(2, 1), Some(Family::Ipv6));
        assert_eq!(Family::from_wire(1, 2), None);
        assert_eq!(Family::from_wire(25, 1), None);
    }
}
