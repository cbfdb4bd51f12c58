//! What the table asks of an address family.

use ipnet::{Ipv4Net, Ipv6Net};
use std::{
    fmt::Debug,
    hash::Hash,
    net::{Ipv4Addr, Ipv6Addr},
};

/// An address that a [`Fib`](super::Fib) can look up: `Ipv4Addr` or `Ipv6Addr`, nothing else.
pub trait Address:
    Copy + Debug + Eq + Hash + Send + Sync + 'static + sealed::Radix<Net = <Self as Address>::Prefix>
{
    /// The prefixes of the family.
    type Prefix: Copy + Debug + Eq + Hash + Send + Sync + 'static;
}

impl Address for Ipv4Addr {
    type Prefix = Ipv4Net;
}

impl Address for Ipv6Addr {
    type Prefix = Ipv6Net;
}

pub(super) mod sealed {
    //! The bit string under an address; named here so that no other crate can add a family.

    use super::{Debug, Ipv4Addr, Ipv4Net, Ipv6Addr, Ipv6Net};

    /// The bits of an address and its prefixes, most significant first.
    pub trait Radix: Sized {
        /// `u32` or `u128`.
        type Bits: Copy + Debug + Eq + Send + Sync + 'static;
        /// The prefix type of the address.
        type Net;
        /// Bits of an address.
        const LENGTH: u8;

        /// The bits of the address.
        fn bits(self) -> Self::Bits;
        /// Network bits, host part cleared, and length of a prefix.
        fn split(net: Self::Net) -> (Self::Bits, u8);
        /// The prefix of these bits; host bits are cleared. `None` if the length is more than the address has.
        fn net(bits: Self::Bits, length: u8) -> Option<Self::Net>;
        /// How many leading bits two addresses share.
        fn common(left: Self::Bits, right: Self::Bits) -> u8;
        /// The bit after the first `position` bits; `position` is less than the length of an address.
        fn bit(bits: Self::Bits, position: u8) -> bool;
    }

    macro_rules! radix {
        ($address:ty, $net:ty, $bits:ty) => {
            #[expect(clippy::cast_possible_truncation, reason = "an address has at most 128 bits")]
            impl Radix for $address {
                type Bits = $bits;
                type Net = $net;
                const LENGTH: u8 = <$bits>::BITS as u8;

                fn bits(self) -> $bits {
                    self.to_bits()
                }

                fn split(net: $net) -> ($bits, u8) {
                    (net.network().to_bits(), net.prefix_len())
                }

                fn net(bits: $bits, length: u8) -> Option<$net> {
                    <$net>::new(<$address>::from_bits(bits), length).ok().map(|net| net.trunc())
                }

                fn common(left: $bits, right: $bits) -> u8 {
                    (left ^ right).leading_zeros() as u8
                }

                fn bit(bits: $bits, position: u8) -> bool {
                    (bits << position).leading_ones() > 0
                }
            }
        };
    }

    radix!(Ipv4Addr, Ipv4Net, u32);
    radix!(Ipv6Addr, Ipv6Net, u128);
}
