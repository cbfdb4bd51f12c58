//! Capabilities (RFC 5492), of which a speaker ignores those that it does not know.

use super::{
    case::{Case, opens},
    open::{refused, right},
};
use crate::{
    octets::{self, CAPABILITIES, OpenFields},
    plan::{DAEMON_AS, PEER_AS},
};

/// The capabilities themselves, without the parameter around them.
const PLAIN: &[u8] = {
    let [_, _, plain @ ..] = CAPABILITIES else { panic!() };
    plain
};

pub(crate) fn cases() -> Vec<Case> {
    let and = |capabilities: &[u8]| right().and_capabilities(capabilities);
    let ignored = |name, capabilities: &[u8]| opens("RFC 5492 3", name, and(capabilities));
    let families = [octets::family(1), octets::family(2)].concat();
    let [high, low] = PEER_AS.to_be_bytes();
    let as_number = [65, 4, 0, 0, high, low];
    let each = [octets::family(1), octets::family(2), as_number]
        .iter()
        .flat_map(|capability| [&[2, 6][..], capability].concat())
        .collect::<Vec<_>>();
    let malformed = |name, capabilities: &[u8]| {
        refused("RFC 4271 6.2", name, &right().with_capabilities(capabilities), (2, 0), &[])
    };
    let foreign = |name, capability: &[u8]| {
        let open = right().with_capabilities(&[capability, &as_number].concat());
        refused("RFC 5492 5", name, &open, (2, 7), &families)
    };
    let twice = |capability: &[u8]| and(capability);
    vec![
        opens(
            "RFC 5492 4",
            "each capability in a parameter of its own",
            OpenFields { parameters: octets::counted(&each), ..right() },
        ),
        opens("RFC 5492 4", "all capabilities in one parameter", right().with_capabilities(PLAIN)),
        opens("RFC 5492 4", "a capability twice", twice(&octets::family(1))),
        opens("RFC 5492 4", "the AS number twice", twice(&as_number)),
        ignored("an unknown capability", &[99, 2, 0xAB, 0xCD]),
        ignored("an unknown capability of no octets", &[99, 0]),
        ignored("an unknown capability of 200 octets", &[&[99, 200][..], &[0; 200]].concat()),
        ignored("the reserved capability 0", &[0, 0]),
        ignored("capability 255 of private use", &[255, 1, 0]),
        ignored("cisco's old route refresh", &[128, 0]),
        ignored("the deprecated dynamic capability", &[67, 1, 1]),
        ignored("a host name", &[73, 7, 4, b'p', b'e', b'e', b'r', 1, b'x']),
        ignored("ADD-PATH, to receive", &[69, 4, 0, 1, 1, 1]),
        ignored("an extended next hop", &[5, 6, 0, 1, 0, 1, 0, 2]),
        ignored("a family that nobody knows", &[1, 4, 0x40, 4, 0, 71]),
        ignored("IPv4 multicast", &[1, 4, 0, 1, 0, 2]),
        opens(
            "RFC 4760 8",
            "a reserved octet that is not zero",
            right().with_capabilities(&[1, 4, 0, 1, 0xFF, 1, 65, 4, 0, 0, high, low]),
        ),
        opens("RFC 4760 8", "no family: IPv4 is meant", right().with_capabilities(&as_number)),
        malformed("a capability longer than its parameter", &[64, 200]),
        malformed("half a capability", &[&octets::family(1)[..], &[65]].concat()),
        malformed("an AS capability of two octets", &[&octets::family(1)[..], &[65, 2, high, low]].concat()),
        malformed("an AS capability of no octets", &[&octets::family(1)[..], &[65, 0]].concat()),
        foreign("only a family that nobody knows", &[1, 4, 0x40, 4, 0, 71]),
        foreign("only IPv4 multicast", &[1, 4, 0, 1, 0, 2]),
        refused(
            "RFC 4271 6.2",
            "the speaker's AS in the capability alone",
            &OpenFields { asn: PEER_AS, ..right().in_as(DAEMON_AS) },
            (2, 2),
            &[],
        ),
    ]
}

#[test]
fn capabilities_are_ignored_or_agreed_on() {
    super::run::msee_passes(&cases());
}
