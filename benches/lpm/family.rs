//! What the measurements ask of an address family.

use ipnet::{Ipv4Net, Ipv6Net};
use msee::fib::{Address, NextHopId};
use rand::{RngExt, rngs::SmallRng};
use std::net::{Ipv4Addr, Ipv6Addr};

pub(crate) trait Family: Address<Prefix = <Self as Family>::Route> + Ord {
    type Route: Copy + prefix_trie::Prefix + Send + Sync;

    const NAME: &'static str;

    fn anywhere(random: &mut SmallRng) -> Self;
    fn inside(prefix: Self::Route, random: &mut SmallRng) -> Self;
    fn network_order(self) -> Vec<u8>;
    fn parts(prefix: Self::Route) -> (Self, u8);
    fn mixed(prefix: Self::Route) -> u64;
}

impl Family for Ipv4Addr {
    type Route = Ipv4Net;

    const NAME: &'static str = "IPv4";

    fn anywhere(random: &mut SmallRng) -> Self {
        random.random::<u32>().into()
    }

    fn inside(prefix: Ipv4Net, random: &mut SmallRng) -> Self {
        (prefix.network().to_bits() | random.random::<u32>() & prefix.hostmask().to_bits()).into()
    }

    fn network_order(self) -> Vec<u8> {
        self.octets().to_vec()
    }

    fn parts(prefix: Ipv4Net) -> (Self, u8) {
        (prefix.network(), prefix.prefix_len())
    }

    fn mixed(prefix: Ipv4Net) -> u64 {
        mix(u64::from(prefix.network().to_bits()) << 8 | u64::from(prefix.prefix_len()))
    }
}

impl Family for Ipv6Addr {
    type Route = Ipv6Net;

    const NAME: &'static str = "IPv6";

    fn anywhere(random: &mut SmallRng) -> Self {
        (random.random::<u128>() >> 3 | 1 << 125).into()
    }

    fn inside(prefix: Ipv6Net, random: &mut SmallRng) -> Self {
        (prefix.network().to_bits() | random.random::<u128>() & prefix.hostmask().to_bits()).into()
    }

    fn network_order(self) -> Vec<u8> {
        self.octets().to_vec()
    }

    fn parts(prefix: Ipv6Net) -> (Self, u8) {
        (prefix.network(), prefix.prefix_len())
    }

    fn mixed(prefix: Ipv6Net) -> u64 {
        let bits = prefix.network().to_bits();
        #[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
        let halves = mix((bits >> 64) as u64) ^ bits as u64;
        mix(halves.wrapping_add(u64::from(prefix.prefix_len())))
    }
}

/// One of 255 next hops, by a hash of the prefix.
pub(crate) fn next_hop<F: Family>(prefix: F::Route) -> NextHopId {
    number(F::mixed(prefix) % 255 + 1)
}

/// Another one of them.
pub(crate) fn other_next_hop<F: Family>(prefix: F::Route) -> NextHopId {
    number((F::mixed(prefix) + 1) % 255 + 1)
}

fn number(number: u64) -> NextHopId {
    let number = u32::try_from(number).ok().and_then(|number| NextHopId::try_from(number).ok());
    number.unwrap_or(NextHopId::MAX)
}

/// The finalizer of splitmix64.
fn mix(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ value >> 31
}
