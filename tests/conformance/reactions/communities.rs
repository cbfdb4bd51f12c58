//! Communities of all three sizes: their lengths, and those that everybody knows (RFC 1997, 4360, 8092, 7606 section 7.14).

use super::case::{Case, Fate, NON_TRANSITIVE, OPTIONAL, PARTIAL, WELL_KNOWN, beside, passed_on, update};
use crate::octets::attribute;

const COMMUNITIES: u8 = 8;
const EXTENDED: u8 = 16;
const LARGE: u8 = 32;

/// A route target, which is transitive.
const TARGET: [u8; 8] = [0x00, 0x02, 0xFD, 0xF2, 0, 0, 0, 1];
/// A link bandwidth, which is not.
const BANDWIDTH: [u8; 8] = [0x40, 0x04, 0xFD, 0xF2, 0, 0, 0, 1];
const ONE: [u8; 12] = [0, 0, 0xFD, 0xF2, 0, 0, 0, 1, 0, 0, 0, 1];
const TWO: [u8; 12] = [0, 0, 0xFD, 0xF2, 0, 0, 0, 2, 0, 0, 0, 2];

pub(crate) fn cases() -> Vec<Case> {
    [standard(), extended(), large()].into_iter().flatten().collect()
}

fn costs(rule: &'static str, name: &str, flags: u8, code: u8, value: &[u8]) -> Case {
    update(rule, name, beside(&attribute(flags, code, value)), Fate::Withdrawn)
}

fn carried(rule: &'static str, name: &str, flags: u8, code: u8, value: &[u8]) -> Case {
    let attribute = attribute(flags, code, value);
    update(rule, name, beside(&attribute), passed_on(&attribute))
}

/// A value of which another one is passed on.
fn becomes(rule: &'static str, name: &str, code: u8, value: &[u8], told: &[u8]) -> Case {
    update(rule, name, beside(&attribute(OPTIONAL, code, value)), passed_on(&attribute(OPTIONAL, code, told)))
}

fn standard() -> Vec<Case> {
    // A route that is kept inside is, to the second peer, one that has gone.
    let stays = |name, low| costs("RFC 1997", name, OPTIONAL, COMMUNITIES, &[0xFF, 0xFF, 0xFF, low]);
    let length = |name, value: &[u8]| costs("RFC 7606 7.8", name, OPTIONAL, COMMUNITIES, value);
    vec![
        carried("RFC 1997", "one community", OPTIONAL, COMMUNITIES, &[0xFD, 0xF2, 0, 1]),
        carried("RFC 1997", "two communities", OPTIONAL, COMMUNITIES, &[0xFD, 0xF2, 0, 1, 0xFD, 0xF2, 0, 2]),
        carried(
            "RFC 1997",
            "communities with the Partial bit",
            OPTIONAL | PARTIAL,
            COMMUNITIES,
            &[0xFD, 0xF2, 0, 1],
        ),
        carried("RFC 1997", "60 communities", OPTIONAL, COMMUNITIES, &sixty()),
        carried(
            "RFC 1997",
            "a reserved community that nobody knows",
            OPTIONAL,
            COMMUNITIES,
            &[0xFF, 0xFF, 0x10, 1],
        ),
        stays("NO_EXPORT", 0x01),
        stays("NO_ADVERTISE", 0x02),
        stays("NO_EXPORT_SUBCONFED", 0x03),
        costs(
            "RFC 1997",
            "NO_EXPORT behind another community",
            OPTIONAL,
            COMMUNITIES,
            &[0xFD, 0xF2, 0, 1, 0xFF, 0xFF, 0xFF, 0x01],
        ),
        length("COMMUNITIES of no octets", &[]),
        length("COMMUNITIES of three octets", &[0; 3]),
        length("COMMUNITIES of five octets", &[0; 5]),
        costs("RFC 7606 3(c)", "COMMUNITIES well-known", WELL_KNOWN, COMMUNITIES, &[0, 1, 0, 1]),
        costs("RFC 7606 3(c)", "COMMUNITIES non-transitive", NON_TRANSITIVE, COMMUNITIES, &[0, 1, 0, 1]),
    ]
}

/// More than 255 octets would be two; this is the longest list in one octet of length, in ascending order.
fn sixty() -> Vec<u8> {
    (1..=60_u8).flat_map(|number| [0xFD, 0xF2, 0, number]).collect()
}

fn extended() -> Vec<Case> {
    let length = |name, value: &[u8]| costs("RFC 7606 7.14", name, OPTIONAL, EXTENDED, value);
    vec![
        carried("RFC 4360 2", "an extended community", OPTIONAL, EXTENDED, &TARGET),
        carried(
            "RFC 4360 2",
            "an extended community of an unknown type",
            OPTIONAL,
            EXTENDED,
            &[0x3F, 9, 1, 2, 3, 4, 5, 6],
        ),
        update(
            "RFC 4360 6",
            "a non-transitive extended community",
            beside(&attribute(OPTIONAL, EXTENDED, &BANDWIDTH)),
            passed_on(&[]),
        ),
        becomes(
            "RFC 4360 6",
            "a transitive and a non-transitive extended community",
            EXTENDED,
            &[BANDWIDTH, TARGET].concat(),
            &TARGET,
        ),
        length("EXTENDED_COMMUNITIES of no octets", &[]),
        length("EXTENDED_COMMUNITIES of seven octets", &TARGET[..7]),
        length("EXTENDED_COMMUNITIES of nine octets", &[0; 9]),
        costs("RFC 7606 3(c)", "EXTENDED_COMMUNITIES well-known", WELL_KNOWN, EXTENDED, &TARGET),
        costs("RFC 7606 3(c)", "EXTENDED_COMMUNITIES non-transitive", NON_TRANSITIVE, EXTENDED, &TARGET),
    ]
}

fn large() -> Vec<Case> {
    let length = |name, value: &[u8]| costs("RFC 8092 6", name, OPTIONAL, LARGE, value);
    vec![
        carried("RFC 8092 3", "a large community", OPTIONAL, LARGE, &ONE),
        carried("RFC 8092 3", "two large communities", OPTIONAL, LARGE, &[ONE, TWO].concat()),
        becomes("RFC 8092 3", "a large community twice", LARGE, &[ONE, ONE].concat(), &ONE),
        becomes(
            "RFC 8092 3",
            "a large community again behind another",
            LARGE,
            &[ONE, TWO, ONE].concat(),
            &[ONE, TWO].concat(),
        ),
        carried("RFC 8092 3", "a large community of zeros", OPTIONAL, LARGE, &[0; 12]),
        length("LARGE_COMMUNITIES of no octets", &[]),
        length("LARGE_COMMUNITIES of eleven octets", &ONE[..11]),
        length("LARGE_COMMUNITIES of 13 octets", &[0; 13]),
        costs("RFC 7606 3(c)", "LARGE_COMMUNITIES well-known", WELL_KNOWN, LARGE, &ONE),
        costs("RFC 7606 3(c)", "LARGE_COMMUNITIES non-transitive", NON_TRANSITIVE, LARGE, &ONE),
    ]
}

#[test]
fn communities_are_carried_kept_or_cost_the_route() {
    super::run::msee_passes(&cases());
}
