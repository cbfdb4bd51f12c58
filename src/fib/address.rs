//! What the table asks of an address family.

use super::{direct, table::Table, tree::Tree};
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

    use super::{Debug, Hash, Ipv4Addr, Ipv4Net, Ipv6Addr, Ipv6Net, Table, Tree, direct};

    /// The bits of an address and its prefixes, most significant first.
    pub trait Radix: Sized {
        /// `u32` or `u128`.
        type Bits: Copy + Debug + Eq + Ord + Hash + Send + Sync + 'static;
        /// The prefix type of the address.
        type Net;
        /// What readers of the family search.
        type Table: Table<Self>;
        /// Bits of an address.
        const LENGTH: u8;
        /// The address of zeros.
        const ZERO: Self::Bits;

        /// The bits of the address.
        fn bits(self) -> Self::Bits;
        /// The address of these bits.
        fn of_bits(bits: Self::Bits) -> Self;
        /// Network bits, host part cleared, and length of a prefix.
        fn split(net: Self::Net) -> (Self::Bits, u8);
        /// The prefix of these bits; host bits are cleared. `None` if the length is more than the address has.
        fn net(bits: Self::Bits, length: u8) -> Option<Self::Net>;
        /// The first address of the prefix of this length around an address.
        fn first(bits: Self::Bits, length: u8) -> Self::Bits;
        /// The last address of the prefix of this length around an address.
        fn last(bits: Self::Bits, length: u8) -> Self::Bits;
        /// The address that follows; zero follows the last.
        fn next(bits: Self::Bits) -> Self::Bits;
        /// The 32 bits after the first `offset`; zeros follow the end of the address.
        fn window(bits: Self::Bits, offset: u8) -> u32;
        /// The first 64 bits, and the 64 that begin with the 33rd; zeros follow the end of the address.
        fn upper_and_middle(bits: Self::Bits) -> (u64, u64);
        /// The octets of the address, first one first; zeros follow its end.
        fn padded(self) -> [u8; 16];
        /// The address whose first `end` bits are this number.
        fn place(number: u32, end: u8) -> Self::Bits;
        /// The bits of either.
        fn or(one: Self::Bits, other: Self::Bits) -> Self::Bits;
    }

    macro_rules! radix {
        ($address:ty, $net:ty, $bits:ty, $table:ty, $halves:expr) => {
            #[expect(clippy::cast_possible_truncation, reason = "an address has at most 128 bits")]
            impl Radix for $address {
                type Bits = $bits;
                type Net = $net;
                type Table = $table;
                const LENGTH: u8 = <$bits>::BITS as u8;
                const ZERO: $bits = 0;

                #[inline]
                fn bits(self) -> $bits {
                    self.to_bits()
                }

                #[inline]
                fn of_bits(bits: $bits) -> Self {
                    Self::from_bits(bits)
                }

                fn split(net: $net) -> ($bits, u8) {
                    (net.network().to_bits(), net.prefix_len())
                }

                fn net(bits: $bits, length: u8) -> Option<$net> {
                    <$net>::new(<$address>::from_bits(bits), length).ok().map(|net| net.trunc())
                }

                #[inline]
                fn first(bits: $bits, length: u8) -> $bits {
                    bits & !<$bits>::MAX.checked_shr(length.into()).unwrap_or(0)
                }

                #[inline]
                fn last(bits: $bits, length: u8) -> $bits {
                    bits | <$bits>::MAX.checked_shr(length.into()).unwrap_or(0)
                }

                #[inline]
                fn next(bits: $bits) -> $bits {
                    bits.wrapping_add(1)
                }

                #[inline]
                fn window(bits: $bits, offset: u8) -> u32 {
                    (bits.checked_shl(offset.into()).unwrap_or(0) >> (<$bits>::BITS - 32)) as u32
                }

                #[inline]
                fn upper_and_middle(bits: $bits) -> (u64, u64) {
                    $halves(bits)
                }

                #[inline(always)]
                fn padded(self) -> [u8; 16] {
                    (u128::from(self.to_bits()) << (128 - <$bits>::BITS)).to_be_bytes()
                }

                #[inline]
                fn place(number: u32, end: u8) -> $bits {
                    <$bits>::from(number).checked_shl(<$bits>::BITS - u32::from(end)).unwrap_or(0)
                }

                #[inline]
                fn or(one: $bits, other: $bits) -> $bits {
                    one | other
                }
            }
        };
    }

    radix!(Ipv4Addr, Ipv4Net, u32, direct::Adaptive, |bits| (u64::from(bits) << 32, 0));
    radix!(Ipv6Addr, Ipv6Net, u128, Tree<Ipv6Addr>, |bits| { ((bits >> 64) as u64, (bits >> 32) as u64) });
}
