//! Autonomous system numbers (RFC 6793).

use std::{fmt, num::NonZeroU32, str::FromStr};

/// A four-octet autonomous system number, never 0.
///
/// AS 0 is reserved and must not be used (RFC 7607), so it is refused once, where numbers enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asn(NonZeroU32);

/// AS 0 was given where an autonomous system number is needed (RFC 7607).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("AS 0 is reserved (RFC 7607)")]
pub struct AsZero;

/// Text that is not an autonomous system number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an AS number; write a number from 1 to 4294967295")]
pub struct NotAnAsn(String);

impl Asn {
    /// The ASN of every MSEE, on all peerings (Azure: "ExpressRoute routing requirements").
    pub const MICROSOFT_EDGE: Self = Self::constant(12076);
    /// The ASN of a virtual network gateway (Azure: "About VPN gateway and BGP").
    pub const VNET_GATEWAY: Self = Self::constant(65515);
    /// `AS_TRANS`, which stands for any number above 65535 in a two-octet field (RFC 6793 section 9).
    pub const TRANS: Self = Self::constant(23456);

    /// For numbers written in the source; a zero does not compile.
    #[allow(clippy::panic, reason = "in the source it is the compiler that panics")]
    pub const fn constant(number: u32) -> Self {
        match NonZeroU32::new(number) {
            Some(number) => Self(number),
            None => panic!("AS 0 is reserved"),
        }
    }

    /// The number itself, 1 to 4294967295.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// What a two-octet field carries for this AS: itself, or `AS_TRANS` (RFC 6793 section 4.2.2).
    pub fn two_octets(self) -> u16 {
        u16::try_from(self.get()).unwrap_or(23456)
    }

    /// True for 64512–65534 and 4200000000–4294967294 (RFC 6996).
    pub const fn is_private(self) -> bool {
        matches!(self.get(), 64_512..=65_534 | 4_200_000_000..=4_294_967_294)
    }

    /// True for 64496–64511 and 65536–65551 (RFC 5398).
    pub const fn is_documentation(self) -> bool {
        matches!(self.get(), 64_496..=64_511 | 65_536..=65_551)
    }
}

impl TryFrom<u32> for Asn {
    type Error = AsZero;

    fn try_from(number: u32) -> Result<Self, AsZero> {
        NonZeroU32::new(number).map(Self).ok_or(AsZero)
    }
}

impl FromStr for Asn {
    type Err = NotAnAsn;

    fn from_str(text: &str) -> Result<Self, NotAnAsn> {
        text.parse().map(Self).map_err(|_| NotAnAsn(text.to_owned()))
    }
}

impl fmt::Display for Asn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_refused_at_the_edge() {
        assert_eq!(Asn::try_from(0), Err(AsZero));
        assert!("0".parse::<Asn>().is_err());
        assert_eq!("4200000000".parse::<Asn>().unwrap().get(), 4_200_000_000);
    }

    #[test]
    fn four_octet_numbers_become_as_trans_in_two_octets() {
        assert_eq!(Asn::constant(12076).two_octets(), 12076);
        assert_eq!(Asn::constant(65536).two_octets(), 23456);
    }

    #[test]
    fn private_and_documentation_ranges_end_where_the_rfcs_say() {
        for (number, private, documentation) in [
            (64_495, false, false),
            (64_496, false, true),
            (64_511, false, true),
            (64_512, true, false),
            (65_534, true, false),
            (65_535, false, false),
            (65_536, false, true),
            (65_551, false, true),
            (65_552, false, false),
            (4_200_000_000, true, false),
            (4_294_967_294, true, false),
            (4_294_967_295, false, false),
        ] {
            let asn = Asn::constant(number);
            assert_eq!((asn.is_private(), asn.is_documentation()), (private, documentation), "{number}");
        }
    }
}
