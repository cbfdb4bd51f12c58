//! Which change an announcement belongs to: a mark in its AS_PATH.
//!
//! Of what a sender says about a route, only the AS_PATH is sure to reach a receiver. The second AS of a changed path is
//! one that is private (RFC 6996) and says how many changes there have been; a speaker may skip changes that a later one
//! has overtaken, but it must bring the last.

use crate::{asn::Asn, wire::AttributeCode};

/// The AS of version 0; [`Version::LAST`] more follow.
const FIRST: u32 = 4_210_000_000;
/// ASes of a received path that are looked at: the speaker's, the sender's, the mark, and one for a route server's quirk.
const DEPTH: usize = 4;

/// The number of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Version(u32);

impl Version {
    /// The highest version.
    const LAST: u32 = 9_999_999;

    /// The version of a number, beginning anew after ten million.
    pub(super) const fn new(number: u32) -> Self {
        Self(number % (Self::LAST + 1))
    }

    /// The next version.
    #[must_use]
    pub(super) const fn next(self) -> Self {
        Self::new(self.0 + 1)
    }

    /// The AS that stands for it.
    pub(super) fn asn(self) -> Asn {
        Asn::constant(FIRST + self.0)
    }

    fn of_asn(asn: u32) -> Option<Self> {
        let number = asn.checked_sub(FIRST)?;
        (number <= Self::LAST).then_some(Self(number))
    }

    /// The version in a field of path attributes with four-octet AS numbers; `None` if no mark is there.
    pub(super) fn read(attributes: &[u8]) -> Option<Self> {
        let path = as_path(attributes)?;
        let (_, numbers) = path.split_at_checked(2)?;
        numbers.as_chunks().0.iter().take(DEPTH).find_map(|octets| Self::of_asn(u32::from_be_bytes(*octets)))
    }
}

/// The value of AS_PATH. Malformed fields were answered with an error before this looks at them.
fn as_path(attributes: &[u8]) -> Option<&[u8]> {
    const EXTENDED_LENGTH: u8 = 0x10;
    let mut rest = attributes;
    loop {
        let (&[flags, code], after) = rest.split_first_chunk()?;
        let (length, after) = if flags & EXTENDED_LENGTH == 0 {
            let (&length, after) = after.split_first()?;
            (usize::from(length), after)
        } else {
            let (&length, after) = after.split_first_chunk()?;
            (usize::from(u16::from_be_bytes(length)), after)
        };
        let (value, after) = after.split_at_checked(length)?;
        if code == AttributeCode::AS_PATH.0 {
            return Some(value);
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: [u8; 4] = [0x40, 1, 1, 0];

    fn path(asns: &[u32]) -> Vec<u8> {
        let count = u8::try_from(asns.len()).unwrap();
        let mut octets = vec![0x50, 2, 0, 2 + 4 * count, 2, count];
        octets.extend(asns.iter().flat_map(|asn| asn.to_be_bytes()));
        octets
    }

    #[test]
    fn the_mark_is_found_behind_the_speaker_and_the_sender() {
        let mark = Version::new(7).asn().get();
        for (name, asns, found) in [
            ("plain eBGP", &[65000, 4_200_000_000, mark, 3333][..], Some(7)),
            ("a route server, which adds nothing", &[4_200_000_000, mark, 3333], Some(7)),
            ("no mark", &[65000, 4_200_000_000, 3333], None),
            ("far behind", &[1, 2, 3, 4, mark], None),
            ("an empty path", &[], None),
        ] {
            let attributes = [&ORIGIN[..], &path(asns)].concat();
            assert_eq!(Version::read(&attributes), found.map(Version::new), "{name}");
        }
        assert_eq!(Version::read(&ORIGIN), None);
        assert_eq!(Version::read(&[0x40, 2, 200, 2]), None);
    }

    #[test]
    fn versions_begin_anew_after_the_last() {
        assert_eq!(Version::new(Version::LAST).next(), Version::new(0));
    }
}
