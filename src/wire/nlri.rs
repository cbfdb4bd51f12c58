//! Prefixes on the wire (RFC 4271 section 4.3, RFC 4760 section 5): a length in bits, then as many octets as it needs.
//!
//! Octets are checked once, as a whole, before any prefix is used; reading them afterwards cannot fail, allocates
//! nothing and copies only the address.

use crate::family::{Families, Family};
use bytes::{BufMut, BytesMut};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{fmt, marker::PhantomData};

/// A prefix type that NLRI can hold: [`Ipv4Net`] or [`Ipv6Net`].
pub trait Prefix: Copy + Eq + Ord + std::hash::Hash + fmt::Debug + fmt::Display + sealed::Octets {
    /// The family of all prefixes of this type.
    const FAMILY: Family;
    /// Octets of the longest prefix, its length included.
    const LONGEST: usize;
}

mod sealed {
    /// How a prefix type is read and written.
    pub trait Octets: Sized {
        /// The prefix of `length` bits; bits beyond the length are irrelevant (RFC 4271 section 4.3) and cleared.
        fn from_octets(length: u8, octets: &[u8]) -> Option<Self>;
        fn put(self, out: &mut bytes::BytesMut);
    }
}

impl Prefix for Ipv4Net {
    const FAMILY: Family = Family::Ipv4;
    const LONGEST: usize = 5;
}

impl Prefix for Ipv6Net {
    const FAMILY: Family = Family::Ipv6;
    const LONGEST: usize = 17;
}

impl sealed::Octets for Ipv4Net {
    fn from_octets(length: u8, octets: &[u8]) -> Option<Self> {
        // Spelt out, because a copy of a few octets whose number is not known is a call.
        let address = match *octets {
            [a, b, c] => [a, b, c, 0],
            [a, b] => [a, b, 0, 0],
            [a, b, c, d] => [a, b, c, d],
            [a] => [a, 0, 0, 0],
            [] => [0; 4],
            _ => return None,
        };
        Self::new(address.into(), length).ok().map(|net| net.trunc())
    }

    fn put(self, out: &mut BytesMut) {
        let (length, [a, b, c, d]) = (self.prefix_len(), self.trunc().addr().octets());
        match octets_of(length) {
            3 => out.put_slice(&[length, a, b, c]),
            2 => out.put_slice(&[length, a, b]),
            1 => out.put_slice(&[length, a]),
            0 => out.put_u8(length),
            _ => out.put_slice(&[length, a, b, c, d]),
        }
    }
}

impl sealed::Octets for Ipv6Net {
    fn from_octets(length: u8, octets: &[u8]) -> Option<Self> {
        let mut address = [0; 16];
        address.get_mut(..octets.len())?.copy_from_slice(octets);
        Self::new(address.into(), length).ok().map(|net| net.trunc())
    }

    fn put(self, out: &mut BytesMut) {
        let (length, address) = (self.prefix_len(), self.trunc().addr().octets());
        out.put_u8(length);
        out.put_slice(address.get(..octets_of(length)).unwrap_or(&address));
    }
}

/// Octets that a prefix of `length` bits fills.
fn octets_of(length: u8) -> usize {
    usize::from(length.div_ceil(8))
}

/// Writes prefixes until fewer than `room` octets could be too few for the next; returns how many it took.
pub(super) fn write<P: Prefix>(
    prefixes: &mut impl Iterator<Item = P>,
    room: usize,
    out: &mut BytesMut,
) -> usize {
    let start = out.len();
    let mut written = 0;
    while out.len() - start + P::LONGEST <= room {
        let Some(prefix) = prefixes.next() else { break };
        prefix.put(out);
        written += 1;
    }
    written
}

/// Checked prefixes of one family, in wire order; cloning starts again without reading anything twice.
#[derive(Clone, PartialEq, Eq)]
pub struct Prefixes<'a, P> {
    rest: &'a [u8],
    family: PhantomData<P>,
}

impl<'a, P: Prefix> Prefixes<'a, P> {
    /// No prefix at all.
    pub const EMPTY: Self = Self { rest: &[], family: PhantomData };

    /// Checks every length of `octets`, so that reading cannot fail later.
    ///
    /// # Errors
    /// [`PrefixFault`] for the first prefix that is too long for the family or longer than what remains
    /// (RFC 7606 section 5.3).
    pub fn check(octets: &'a [u8]) -> Result<Self, PrefixFault> {
        let mut rest = octets;
        while let Some((&length, after)) = rest.split_first() {
            let offset = octets.len() - rest.len();
            if length > P::FAMILY.bits() {
                return Err(PrefixFault::TooLong { offset, length, family: P::FAMILY });
            }
            rest = after.get(octets_of(length)..).ok_or(PrefixFault::Overrun {
                offset,
                length,
                available: after.len(),
            })?;
        }
        Ok(Self { rest: octets, family: PhantomData })
    }

    /// True if no prefix is left.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

impl<P: Prefix> Iterator for Prefixes<'_, P> {
    type Item = P;

    fn next(&mut self) -> Option<P> {
        let (&length, after) = self.rest.split_first()?;
        let (octets, rest) = after.split_at_checked(octets_of(length))?;
        self.rest = rest;
        P::from_octets(length, octets)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest.len().div_ceil(P::LONGEST), Some(self.rest.len()))
    }
}

impl<P: Prefix> fmt::Debug for Prefixes<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Checked prefixes of one field of an UPDATE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nlri<'a> {
    /// From a classic field, or AFI 1 in an MP attribute.
    Ipv4(Prefixes<'a, Ipv4Net>),
    /// AFI 2 in an MP attribute.
    Ipv6(Prefixes<'a, Ipv6Net>),
}

impl<'a> Nlri<'a> {
    /// Checks octets as prefixes of one family.
    ///
    /// # Errors
    /// As [`Prefixes::check`].
    pub fn check(family: Family, octets: &'a [u8]) -> Result<Self, PrefixFault> {
        Ok(match family {
            Family::Ipv4 => Self::Ipv4(Prefixes::check(octets)?),
            Family::Ipv6 => Self::Ipv6(Prefixes::check(octets)?),
        })
    }

    /// The family of every prefix.
    pub const fn family(&self) -> Family {
        match self {
            Self::Ipv4(_) => Family::Ipv4,
            Self::Ipv6(_) => Family::Ipv6,
        }
    }

    /// True if there is no prefix.
    pub const fn is_empty(&self) -> bool {
        match self {
            Self::Ipv4(prefixes) => prefixes.is_empty(),
            Self::Ipv6(prefixes) => prefixes.is_empty(),
        }
    }

    /// The prefixes of both kinds as one type, for logs and tests; the hot path matches on the family instead.
    pub fn nets(self) -> impl Iterator<Item = IpNet> + 'a {
        let (v4, v6) = match self {
            Self::Ipv4(prefixes) => (prefixes, Prefixes::EMPTY),
            Self::Ipv6(prefixes) => (Prefixes::EMPTY, prefixes),
        };
        v4.map(IpNet::V4).chain(v6.map(IpNet::V6))
    }
}

/// An address family by its numbers, whether it is one of ours or not (RFC 4760 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AfiSafi {
    /// Address family identifier.
    pub afi: u16,
    /// Subsequent address family identifier.
    pub safi: u8,
}

impl AfiSafi {
    /// The family, if the session carries it.
    pub(super) fn carried(self, families: Families) -> Option<Family> {
        Family::from_wire(self.afi, self.safi).filter(|family| families.contains(*family))
    }
}

impl From<Family> for AfiSafi {
    fn from(family: Family) -> Self {
        Self { afi: family.afi(), safi: Family::UNICAST }
    }
}

impl fmt::Display for AfiSafi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Family::from_wire(self.afi, self.safi) {
            Some(family) => write!(f, "{family} unicast"),
            None => write!(f, "AFI {} SAFI {}", self.afi, self.safi),
        }
    }
}

/// Why octets are not prefixes of their family (RFC 7606 section 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PrefixFault {
    /// More bits than an address has.
    #[error("the prefix at octet {offset} has {length} bits, more than an {family} address")]
    TooLong {
        /// Octets before the prefix.
        offset: usize,
        /// Bits that it claims.
        length: u8,
        /// Family of the field.
        family: Family,
    },
    /// Longer than what remains of the field.
    #[error("the prefix at octet {offset} has {length} bits, but {available} octets follow")]
    Overrun {
        /// Octets before the prefix.
        offset: usize,
        /// Bits that it claims.
        length: u8,
        /// Octets after its length.
        available: usize,
    },
}

#[cfg(test)]
mod tests;
