//! The fixed fields of an OPEN, and its parameters (RFC 4271 sections 4.2 and 6.2, RFC 6286, RFC 9072).

use super::case::{Case, State, answered, instead, opens, opens_as_old, opens_with};
use crate::{
    octets::{self, CAPABILITIES, OpenFields},
    plan::{DAEMON_AS, Seat},
};
use std::net::Ipv4Addr;

/// A number that two octets cannot hold.
const LARGE: u32 = 4_200_000_001;

/// An OPEN that is right; its identifier is nobody else's.
pub(super) fn right() -> OpenFields {
    OpenFields::right(Ipv4Addr::new(10, 66, 99, 99))
}

/// An OPEN that is refused.
pub(super) fn refused(
    rule: &'static str,
    name: &str,
    open: &OpenFields,
    numbers: (u8, u8),
    data: &[u8],
) -> Case {
    answered(rule, name, State::OpenSent, open.message(), numbers, data)
}

pub(crate) fn cases() -> Vec<Case> {
    [fields(), parameters(), extended()].into_iter().flatten().collect()
}

fn fields() -> Vec<Case> {
    let version = |version| OpenFields { version, ..right() };
    let holding = |hold_time| OpenFields { hold_time, ..right() };
    let identified = |a, b, c, d| OpenFields { identifier: Ipv4Addr::new(a, b, c, d), ..right() };
    let alone = |asn| OpenFields { asn, parameters: vec![0], ..right() };
    vec![
        refused("RFC 4271 6.2", "version 0", &version(0), (2, 1), &[0, 4]),
        refused("RFC 4271 6.2", "version 3", &version(3), (2, 1), &[0, 4]),
        refused("RFC 4271 6.2", "version 5", &version(5), (2, 1), &[0, 4]),
        refused("RFC 4271 6.2", "version 255", &version(255), (2, 1), &[0, 4]),
        refused("RFC 4271 6.2", "the AS of the speaker", &right().in_as(DAEMON_AS), (2, 2), &[]),
        refused("RFC 4271 6.2", "another AS", &alone(65_011), (2, 2), &[]),
        refused("RFC 6793 4.2.1", "another AS in the capability", &right().in_as(65_011), (2, 2), &[]),
        refused("RFC 6793 9", "AS_TRANS without the capability", &alone(octets::AS_TRANS), (2, 2), &[]),
        refused("RFC 4271 6.2", "a hold time of 1 s", &holding(1), (2, 6), &[]),
        refused("RFC 4271 6.2", "a hold time of 2 s", &holding(2), (2, 6), &[]),
        opens("RFC 4271 4.2", "a hold time of 0", holding(0)),
        opens("RFC 4271 4.2", "a hold time of 3 s", holding(3)),
        opens("RFC 4271 4.2", "a hold time of 65,535 s", holding(u16::MAX)),
        refused("RFC 6286 2.2", "identifier 0.0.0.0", &identified(0, 0, 0, 0), (2, 3), &[]),
        opens("RFC 6286 2.1", "identifier 0.0.0.1", identified(0, 0, 0, 1)),
        opens("RFC 6286 2.1", "identifier 224.0.0.1", identified(224, 0, 0, 1)),
        opens("RFC 6286 2.1", "identifier 255.255.255.255", identified(255, 255, 255, 255)),
        opens("RFC 6286 2.1", "the identifier of the speaker", identified(10, 66, 0, 1)),
        opens_with(
            "RFC 6793 4.1",
            "an AS number of four octets",
            right().in_as_of_four_octets(LARGE),
            instead(2, &octets::as_path(&[LARGE])),
        )
        .on(Seat { asn: LARGE, ..Seat::default() }),
    ]
}

fn parameters() -> Vec<Case> {
    let with = |parameters: &[u8]| OpenFields { parameters: parameters.to_vec(), ..right() };
    let row =
        |name, parameters: &[u8], numbers| refused("RFC 4271 6.2", name, &with(parameters), numbers, &[]);
    let unknown_behind = [CAPABILITIES, &[7, 1, 0]].concat();
    vec![
        row("an unknown parameter", &[3, 7, 1, 0], (2, 4)),
        row("an unknown parameter of no octets", &[2, 7, 0], (2, 4)),
        row("an unknown parameter behind the capabilities", &octets::counted(&unknown_behind), (2, 4)),
        row("the authentication parameter", &[3, 1, 1, 0], (2, 4)),
        row("parameters longer than the message", &[9], (2, 0)),
        row("parameters longer than the message by one", &[3, 2, 0], (2, 0)),
        row("half a parameter", &[1, 2], (2, 0)),
        row("a parameter longer than the parameters", &[2, 2, 1], (2, 0)),
        opens_as_old("RFC 4271 4.2", "no parameters", with(&[0])),
        opens_as_old("RFC 5492 4", "a parameter without capabilities", with(&[2, 2, 0])),
    ]
}

fn extended() -> Vec<Case> {
    const RULE: &str = "RFC 9072 2";
    let form = |plain: u8, parameters: &[u8]| {
        let length = u16::try_from(parameters.len()).unwrap_or(u16::MAX).to_be_bytes();
        OpenFields { parameters: [&[plain, 255][..], &length, parameters].concat(), ..right() }
    };
    let raw = |parameters: &[u8]| OpenFields { parameters: parameters.to_vec(), ..right() };
    let wide = [&[2, 0, 18][..], &CAPABILITIES[2..]].concat();
    let unknown = [&[2, 1, 44, 99, 255][..], &[0; 255], &[100, 41], &[0; 41]].concat();
    let large = [&wide[..], &unknown].concat();
    let refused = |name, open: &OpenFields, numbers| refused(RULE, name, open, numbers, &[]);
    vec![
        opens(RULE, "the extended form", form(255, &wide)),
        opens(RULE, "the extended form with another plain length", form(10, &wide)),
        opens(RULE, "the extended form with more than 255 octets", form(255, &large)),
        refused("an extended length beyond the message", &raw(&[255, 255, 0, 9, 2, 0, 0]), (2, 0)),
        refused("an extended parameter header of two octets", &form(255, &[2, 0]), (2, 0)),
        refused("an extended parameter longer than its area", &form(255, &[2, 0, 9, 0]), (2, 0)),
        refused("half an extended length", &raw(&[255, 255, 0]), (2, 0)),
        refused("a plain length of 255 and nothing behind it", &raw(&[255]), (2, 0)),
        refused("an unknown parameter of the extended form", &form(255, &[7, 0, 1, 0]), (2, 4)),
    ]
}

#[test]
fn an_open_is_judged_by_its_fields_and_parameters() {
    super::run::msee_passes(&cases());
}
