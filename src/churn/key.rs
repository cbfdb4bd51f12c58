//! An IPv4 prefix as one number, read from the wire without a copy of variable length.

use ipnet::{IpNet, Ipv4Net};

/// Address, without host bits, and length of an IPv4 prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(u64);

impl Key {
    /// The /0.
    pub(super) const ANY: Self = Self::new(0, 0);

    /// Bits beyond the length are cleared; the length is at most 32.
    const fn new(address: u32, length: u8) -> Self {
        // As 64 bits, because a /0 shifts all 32 out.
        let host = 0xFFFF_FFFF_u64 >> length;
        Self((address as u64 & !host) << 8 | length as u64)
    }

    /// The key of a prefix, if it is one of IPv4.
    pub(super) fn of(prefix: &IpNet) -> Option<Self> {
        match prefix {
            IpNet::V4(net) => Some(Self::from(*net)),
            IpNet::V6(_) => None,
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "40 bits, of which these are the upper 32")]
    pub(super) const fn address(self) -> u32 {
        (self.0 >> 8) as u32
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lowest octet")]
    pub(super) const fn length(self) -> u8 {
        self.0 as u8
    }

    /// The prefix.
    #[cfg(test)]
    pub(super) fn net(self) -> Option<IpNet> {
        Ipv4Net::new(self.address().into(), self.length()).ok().map(IpNet::V4)
    }
}

impl From<Ipv4Net> for Key {
    fn from(net: Ipv4Net) -> Self {
        Self::new(net.addr().into(), net.prefix_len())
    }
}

/// The keys of a field of IPv4 prefixes whose lengths have been checked.
#[derive(Clone, Debug)]
pub(super) struct Keys<'a>(pub(super) &'a [u8]);

impl Iterator for Keys<'_> {
    type Item = Key;

    fn next(&mut self) -> Option<Key> {
        let (&length, after) = self.0.split_first()?;
        let length = length.min(32);
        // Four octets are read even if the prefix has fewer: what is too much are host bits.
        let address = match after.first_chunk() {
            Some(four) => u32::from_be_bytes(*four),
            None => after.iter().zip([24, 16, 8]).map(|(octet, shift)| u32::from(*octet) << shift).sum(),
        };
        self.0 = after.get(usize::from(length.div_ceil(8))..).unwrap_or_default();
        Some(Key::new(address, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Prefixes;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_the_prefixes_of_the_field(
            prefixes in prop::collection::vec((any::<[u8; 4]>(), 0_u8..=32), 0..50),
        ) {
            let mut octets = Vec::new();
            for (address, length) in prefixes {
                octets.push(length);
                octets.extend(&address[..usize::from(length.div_ceil(8))]);
            }
            let want: Vec<IpNet> =
                Prefixes::<Ipv4Net>::check(&octets).unwrap().map(IpNet::V4).collect();
            let nets: Vec<IpNet> = Keys(&octets).filter_map(Key::net).collect();
            prop_assert_eq!(&nets, &want);
            let keys: Vec<Key> = want.iter().filter_map(Key::of).collect();
            prop_assert_eq!(Keys(&octets).collect::<Vec<_>>(), keys);
        }
    }
}
