//! ORIGIN, AS_PATH and NEXT_HOP that are wrong or missing (RFC 7606 sections 3 and 7.1 to 7.3).

use super::case::{
    BEHIND, Case, Fate, GATEWAY, NON_TRANSITIVE, OPTIONAL, PARTIAL, SPEAKER, WELL_KNOWN, base, beside,
    instead, passed_on, passed_on_with_path, update,
};
use crate::{
    octets::{as_path, attribute, next_hop, origin, segment},
    plan::{DAEMON_AS, PEER_AS},
};

const ORIGIN: u8 = 1;
const AS_PATH: u8 = 2;
const NEXT_HOP: u8 = 3;
const PEER: u32 = PEER_AS as u32;

/// An attribute whose error costs the route.
fn costs(rule: &'static str, name: &str, code: u8, replacement: &[u8]) -> Case {
    update(rule, name, instead(code, replacement), Fate::Withdrawn)
}

pub(crate) fn cases() -> Vec<Case> {
    [missing(), flags(), origins(), paths(), next_hops(), forms()].into_iter().flatten().collect()
}

fn missing() -> Vec<Case> {
    const RULE: &str = "RFC 7606 3(d)";
    vec![
        costs(RULE, "no ORIGIN", ORIGIN, &[]),
        costs(RULE, "no AS_PATH", AS_PATH, &[]),
        costs(RULE, "no NEXT_HOP", NEXT_HOP, &[]),
        update(RULE, "NEXT_HOP alone", next_hop(GATEWAY), Fate::Withdrawn),
        update(RULE, "no attribute at all", Vec::new(), Fate::Withdrawn),
    ]
}

fn flags() -> Vec<Case> {
    const RULE: &str = "RFC 7606 3(c)";
    let path = segment(2, &[PEER, BEHIND]);
    let attributes: [(&str, u8, &[u8]); 3] =
        [("ORIGIN", ORIGIN, &[0]), ("AS_PATH", AS_PATH, &path), ("NEXT_HOP", NEXT_HOP, &GATEWAY.octets())];
    let wrong = [
        ("optional transitive", OPTIONAL),
        ("optional non-transitive", NON_TRANSITIVE),
        ("neither optional nor transitive", 0),
    ];
    let row = |(name, code, value): (&str, u8, &[u8])| {
        wrong
            .map(|(what, flags)| costs(RULE, &format!("{name} {what}"), code, &attribute(flags, code, value)))
    };
    attributes.into_iter().flat_map(row).collect()
}

fn origins() -> Vec<Case> {
    const RULE: &str = "RFC 7606 7.1";
    let value = |name, value: &[u8]| costs(RULE, name, ORIGIN, &attribute(WELL_KNOWN, ORIGIN, value));
    let right = |name, octet: u8| {
        let attribute = attribute(WELL_KNOWN, ORIGIN, &[octet]);
        let path = as_path(&[DAEMON_AS.into(), PEER, BEHIND]);
        let told = Fate::As([&attribute[..], &path, &next_hop(SPEAKER)].concat());
        update("RFC 4271 5.1.1", name, instead(ORIGIN, &attribute), told)
    };
    vec![
        right("ORIGIN IGP", 0),
        right("ORIGIN EGP", 1),
        right("ORIGIN INCOMPLETE", 2),
        value("ORIGIN 3", &[3]),
        value("ORIGIN 255", &[255]),
        value("ORIGIN of no octets", &[]),
        value("ORIGIN of two octets", &[0, 0]),
    ]
}

fn paths() -> Vec<Case> {
    const RULE: &str = "RFC 7606 7.2";
    let path = |rule, name, value: &[u8]| costs(rule, name, AS_PATH, &attribute(WELL_KNOWN, AS_PATH, value));
    let peer = segment(2, &[PEER]);
    let then = |more: &[u8]| [&peer, more].concat();
    let carried = |rule, name, value: &[u8], told: &[u8]| {
        let told = passed_on_with_path(&attribute(WELL_KNOWN, AS_PATH, told));
        update(rule, name, instead(AS_PATH, &attribute(WELL_KNOWN, AS_PATH, value)), told)
    };
    let full: Vec<u32> = std::iter::once(PEER).chain(100_001..100_255).collect();
    vec![
        path(RULE, "segment type 0", &then(&segment(0, &[BEHIND]))),
        path(RULE, "segment type 5", &then(&segment(5, &[BEHIND]))),
        path(RULE, "segment type 255", &then(&segment(255, &[BEHIND]))),
        path(RULE, "a segment without numbers", &then(&[2, 0])),
        path(RULE, "a segment longer than the path", &then(&[2, 2, 0, 0, 0xFD, 0xE9])),
        path(RULE, "a segment that ends inside a number", &then(&[2, 1, 0, 0])),
        path(RULE, "one octet behind the last segment", &then(&[2])),
        path(RULE, "numbers of two octets", &[2, 2, 0xFD, 0xF2, 0xFD, 0xE9]),
        path("RFC 5065 5.3", "a confederation sequence", &[segment(3, &[BEHIND]), peer.clone()].concat()),
        path("RFC 5065 5.3", "a confederation set", &then(&segment(4, &[BEHIND]))),
        path("RFC 7607 2", "AS 0 at the end", &segment(2, &[PEER, 0])),
        path("RFC 7607 2", "AS 0 in the middle", &segment(2, &[PEER, 0, BEHIND])),
        path("RFC 7607 2", "AS 0 in front", &segment(2, &[0, PEER])),
        carried(
            "RFC 4271 5.1.2",
            "two sequences",
            &then(&segment(2, &[BEHIND])),
            &[segment(2, &[DAEMON_AS.into(), PEER]), segment(2, &[BEHIND])].concat(),
        ),
        carried(
            "RFC 4271 5.1.2",
            "a sequence of 255 numbers",
            &segment(2, &full),
            &[segment(2, &[DAEMON_AS.into()]), segment(2, &full)].concat(),
        ),
        carried(
            "RFC 4271 5.1.2",
            "the same AS many times",
            &segment(2, &[PEER; 20]),
            &segment(2, &[&[DAEMON_AS.into()][..], &[PEER; 20]].concat()),
        ),
        carried(
            "RFC 6793 9",
            "AS_TRANS between NEW speakers",
            &segment(2, &[PEER, 23_456]),
            &segment(2, &[DAEMON_AS.into(), PEER, 23_456]),
        ),
        carried(
            "RFC 6793 3",
            "the largest AS number",
            &segment(2, &[PEER, u32::MAX - 1]),
            &segment(2, &[DAEMON_AS.into(), PEER, u32::MAX - 1]),
        ),
    ]
}

fn next_hops() -> Vec<Case> {
    let value =
        |rule, name, value: &[u8]| costs(rule, name, NEXT_HOP, &attribute(WELL_KNOWN, NEXT_HOP, value));
    let length = |name, octets: &[u8]| value("RFC 7606 7.3", name, octets);
    let address = |name, octets: [u8; 4]| value("RFC 4271 6.3", name, &octets);
    vec![
        length("NEXT_HOP of no octets", &[]),
        length("NEXT_HOP of three octets", &[10, 66, 15]),
        length("NEXT_HOP of five octets", &[10, 66, 15, 1, 0]),
        length("NEXT_HOP of 16 octets", &[0; 16]),
        address("NEXT_HOP 0.0.0.0", [0; 4]),
        address("NEXT_HOP 127.0.0.1", [127, 0, 0, 1]),
        address("NEXT_HOP 224.0.0.1", [224, 0, 0, 1]),
        address("NEXT_HOP 240.0.0.1", [240, 0, 0, 1]),
        address("NEXT_HOP 255.255.255.255", [255; 4]),
        address("NEXT_HOP is the speaker", SPEAKER.octets()),
    ]
}

/// How attributes may stand in their field.
fn forms() -> Vec<Case> {
    let long =
        |code, value: &[u8]| [&[WELL_KNOWN | 0x10, code, 0][..], &crate::octets::counted(value)].concat();
    let path = as_path(&[PEER, BEHIND]);
    let raw = |name, octets: &[u8]| update("RFC 7606 4", name, beside(octets), Fate::Withdrawn);
    let first = |name, octets: &[u8]| update("RFC 7606 3(g)", name, beside(octets), passed_on(&[]));
    vec![
        update(
            "RFC 4271 5",
            "attributes in another order",
            [next_hop(GATEWAY), path.clone(), origin()].concat(),
            passed_on(&[]),
        ),
        update(
            "RFC 4271 4.3",
            "a short value with the Extended Length bit",
            instead(ORIGIN, &long(ORIGIN, &[0])),
            passed_on(&[]),
        ),
        update(
            "RFC 4271 4.3",
            "flags that are not used",
            instead(ORIGIN, &attribute(WELL_KNOWN | 0x0F, ORIGIN, &[0])),
            passed_on(&[]),
        ),
        update(
            "RFC 7606 3(c)",
            "the Partial bit on a well-known attribute",
            instead(ORIGIN, &attribute(WELL_KNOWN | PARTIAL, ORIGIN, &[0])),
            passed_on(&[]),
        ),
        first("ORIGIN twice", &attribute(WELL_KNOWN, ORIGIN, &[2])),
        first("a second ORIGIN that is wrong", &attribute(WELL_KNOWN, ORIGIN, &[9])),
        first("AS_PATH twice", &as_path(&[PEER, 64902])),
        first("NEXT_HOP twice", &next_hop([10, 66, 15, 2].into())),
        raw("an attribute longer than the field", &[0x80, 4, 200, 0]),
        raw("an attribute longer than the field by one", &[0x80, 4, 4, 0, 0, 0]),
        raw("a header of one octet", &[0x80]),
        raw("a header of two octets", &[0x80, 4]),
        raw("an extended header of three octets", &[0x90, 4, 0]),
        raw("an unknown attribute longer than the field", &[0xC0, 99, 5, 1]),
        update(
            "RFC 7606 3(h)",
            "one error that costs an attribute and one that costs the route",
            [&attribute(0x40, ORIGIN, &[9])[..], &base()[4..], &attribute(0x40, 6, &[1])].concat(),
            Fate::Withdrawn,
        ),
    ]
}

#[test]
fn a_wrong_mandatory_attribute_costs_the_route_and_not_the_session() {
    super::run::msee_passes(&cases());
}
