//! Small values for the tests of this module.

use super::Attributes;
use crate::{
    asn::Asn,
    wire::{AsPath, NextHop, Origin, PathAttributes},
};
use ipnet::{Ipv4Net, Ipv6Net};
use std::net::Ipv4Addr;

/// Attributes that differ from those of every other number.
pub(super) fn path_attributes(number: u32) -> PathAttributes {
    let path = AsPath::sequence([Asn::constant(65010), Asn::constant(1 + number % 7)]);
    let next_hop = NextHop::V4(Ipv4Addr::new(172, 16, 0, 1));
    PathAttributes { med: Some(number), ..PathAttributes::new(Origin::Igp, path, next_hop) }
}

/// As [`path_attributes`], for prefixes of IPv6.
pub(super) fn path_attributes_v6(number: u32) -> PathAttributes {
    let next_hop = NextHop::V6 { global: (0xFD00_u128 << 112 | 1).into(), link_local: None };
    PathAttributes { next_hop, ..path_attributes(number) }
}

pub(super) fn attributes(number: u32) -> Attributes {
    path_attributes(number).into()
}

/// The n-th of prefixes with 16 and 24 bits; each odd one is inside the even one before it.
pub(super) fn ipv4(number: u32) -> Ipv4Net {
    let length = if number.is_multiple_of(2) { 16 } else { 24 };
    Ipv4Net::new((0x0A00_0000 + ((number / 2) << 16)).into(), length).unwrap()
}

/// The n-th of prefixes with 48 bits.
pub(super) fn ipv6(number: u32) -> Ipv6Net {
    Ipv6Net::new((0xFD00_u128 << 112 | u128::from(number) << 80).into(), 48).unwrap()
}
