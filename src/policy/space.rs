//! Which address space is unicast, and which of that is routed in the Internet (IANA special-purpose
//! address registries, RFC 6890).

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{Ipv4Addr, Ipv6Addr};

const fn v4(a: u8, b: u8, c: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), length)
}

const fn v6(first: u16, second: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), length)
}

/// "This network", loopback, link-local, multicast and reserved.
const NOT_UNICAST_V4: [Ipv4Net; 5] =
    [v4(0, 0, 0, 8), v4(127, 0, 0, 8), v4(169, 254, 0, 16), v4(224, 0, 0, 4), v4(240, 0, 0, 4)];
/// Unspecified and loopback with the rest of ::/8, link-local, multicast.
const NOT_UNICAST_V6: [Ipv6Net; 3] = [v6(0, 0, 8), v6(0xfe80, 0, 10), v6(0xff00, 0, 8)];

/// RFC 1918, RFC 6598, protocol assignments, documentation (RFC 5737) and benchmarking (RFC 2544).
const NOT_GLOBAL_V4: [Ipv4Net; 9] = [
    v4(10, 0, 0, 8),
    v4(100, 64, 0, 10),
    v4(172, 16, 0, 12),
    v4(192, 0, 0, 24),
    v4(192, 0, 2, 24),
    v4(192, 168, 0, 16),
    v4(198, 18, 0, 15),
    v4(198, 51, 100, 24),
    v4(203, 0, 113, 24),
];
/// What IANA has given out for global unicast (RFC 4291 section 2.4).
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);
/// Documentation (RFC 3849).
const DOCUMENTATION_V6: Ipv6Net = v6(0x2001, 0xdb8, 32);

/// True if no part of the prefix lies in space that is never a unicast destination.
///
/// A shorter prefix that covers such space, as a default route or 0.0.0.0/1 does, is a route to the rest
/// of it and counts as unicast.
#[inline]
pub(super) fn is_unicast(prefix: IpNet) -> bool {
    match prefix {
        IpNet::V4(prefix) => !NOT_UNICAST_V4.iter().any(|space| covers(*space, prefix)),
        IpNet::V6(prefix) => !NOT_UNICAST_V6.iter().any(|space| space.contains(&prefix)),
    }
}

/// The same as [`Ipv4Net::contains`], for every route that comes: it compares bits and makes no addresses.
fn covers(space: Ipv4Net, prefix: Ipv4Net) -> bool {
    let differ = space.addr().to_bits() ^ prefix.addr().to_bits();
    space.prefix_len() <= prefix.prefix_len() && u32::from(space.prefix_len()) <= differ.leading_zeros()
}

/// True if the prefix neither lies in nor covers space that the Internet does not route.
pub(super) fn is_global(prefix: IpNet) -> bool {
    match prefix {
        IpNet::V4(prefix) => {
            !NOT_GLOBAL_V4.iter().any(|space| space.contains(&prefix) || prefix.contains(space))
        }
        IpNet::V6(prefix) => GLOBAL_V6.contains(&prefix) && !DOCUMENTATION_V6.contains(&prefix),
    }
}
