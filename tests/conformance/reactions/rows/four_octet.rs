//! Two-octet sessions beside four-octet ones (RFC 6793), and AS 0 on them (RFC 7607).

use super::{
    case::{Case, Fate, GATEWAY, OPTIONAL, SPEAKER, beside, passed_on, update},
    stand::Stand,
    update::{Attributes, Prefix, Told},
    wire::Wire,
};
use crate::{
    lab::failure::Outcome,
    octets::{self, AS_TRANS, OpenFields, as_path, attribute, next_hop, origin, segment, segment_of_two},
    plan::{DAEMON_AS, PEER_AS},
};

const LARGE: u32 = 4_200_000_001;
const US: u32 = DAEMON_AS as u32;
const PEER: u32 = PEER_AS as u32;

pub(crate) fn cases() -> Vec<Case> {
    [from_old(), to_old(), between_new()].into_iter().flatten().collect()
}

/// ORIGIN, an AS_PATH of two-octet numbers, NEXT_HOP, and more.
pub(super) fn old(path: &[u8], more: &[Vec<u8>]) -> Vec<u8> {
    [&origin()[..], &attribute(0x40, 2, path), &next_hop(GATEWAY), &more.concat()].concat()
}

fn established(stand: &Stand<'_>) -> Outcome<Wire> {
    stand.place.established(stand.seat, &OpenFields { parameters: vec![0], ..stand.open() })
}

/// Announces the case's first prefix over a session with two-octet numbers, first as it should be, then as the row has it.
pub(super) fn from(rule: &'static str, name: &'static str, attributes: Vec<u8>, fate: Fate) -> Case {
    Case::new(rule, name, move |stand| {
        let mut wire = established(stand)?;
        let patience = stand.place.patience;
        let prefixes = stand.prefixes();
        let plain = old(&segment_of_two(2, &[PEER_AS, 64900]), &[]);
        let announced = |wire: &mut Wire, prefix: &Prefix, attributes: &[u8]| {
            wire.say(&octets::update(attributes, &prefix.octets));
            let arrived = stand.watchers.plain.has_route(prefix, patience);
            wire.is_open()?;
            arrived
        };
        announced(&mut wire, &prefixes.subject, &plain)?;
        wire.say(&octets::update(&attributes, &prefixes.subject.octets));
        announced(&mut wire, &prefixes.marker, &plain)?;
        stand.told(&fate.told()?)
    })
}

/// AS4_PATH with these segments.
pub(super) fn as4_path(value: &[u8]) -> Vec<u8> {
    attribute(OPTIONAL, 17, value)
}

fn from_old() -> Vec<Case> {
    let path = segment_of_two(2, &[PEER_AS, AS_TRANS, 64901]);
    let two = || segment_of_two(2, &[PEER_AS, 64901]);
    let told = |numbers: &[u32], more: &[u8]| {
        Fate::As([&origin()[..], &as_path(numbers), &next_hop(SPEAKER), more].concat())
    };
    let unmerged = || told(&[US, PEER, AS_TRANS.into(), 64901], &[]);
    let merged = || told(&[US, PEER, LARGE, 64901], &[]);
    let ignored = |rule, name, value: &[u8]| from(rule, name, old(&path, &[as4_path(value)]), unmerged());
    let aggregator = |asn: u16| attribute(OPTIONAL, 7, &[&asn.to_be_bytes()[..], &[192, 0, 2, 1]].concat());
    let as4_aggregator =
        |asn: u32| attribute(OPTIONAL, 18, &[&asn.to_be_bytes()[..], &[192, 0, 2, 2]].concat());
    let aggregated =
        |asn: u32, last: u8| attribute(OPTIONAL, 7, &[&asn.to_be_bytes()[..], &[192, 0, 2, last]].concat());
    vec![
        from("RFC 6793 4.1", "two-octet numbers", old(&two(), &[]), told(&[US, PEER, 64901], &[])),
        from(
            "RFC 6793 4.2.3",
            "AS4_PATH as long as AS_PATH",
            old(&path, &[as4_path(&segment(2, &[PEER, LARGE, 64901]))]),
            merged(),
        ),
        from(
            "RFC 6793 4.2.3",
            "AS4_PATH shorter than AS_PATH",
            old(&path, &[as4_path(&segment(2, &[LARGE, 64901]))]),
            merged(),
        ),
        ignored("RFC 6793 4.2.3", "AS4_PATH longer than AS_PATH", &segment(2, &[PEER, LARGE, 64901, 64902])),
        ignored("RFC 6793 6", "AS4_PATH of half a number", &[2, 1, 0, 0]),
        ignored("RFC 6793 6", "AS4_PATH of one octet", &[2]),
        ignored("RFC 6793 6", "AS4_PATH with segment type 7", &segment(7, &[LARGE])),
        ignored("RFC 6793 6", "AS4_PATH with an empty segment", &[2, 0]),
        ignored("RFC 7607 2", "AS4_PATH with AS 0", &segment(2, &[PEER, 0, 64901])),
        from(
            "RFC 6793 6",
            "AS4_PATH with a confederation segment: it is left out of it",
            old(&path, &[as4_path(&[segment(3, &[64903]), segment(2, &[LARGE, 64901])].concat())]),
            merged(),
        ),
        from(
            "RFC 7606 7.2",
            "four-octet numbers on a two-octet session",
            old(&segment(2, &[PEER, 64901]), &[]),
            Fate::Withdrawn,
        ),
        from(
            "RFC 7607 2",
            "AS 0 of two octets",
            old(&segment_of_two(2, &[PEER_AS, 0]), &[]),
            Fate::Withdrawn,
        ),
        from(
            "RFC 6793 4.1",
            "AGGREGATOR of six octets",
            old(&two(), &[aggregator(64901)]),
            told(&[US, PEER, 64901], &aggregated(64901, 1)),
        ),
        from(
            "RFC 7606 7.7",
            "AGGREGATOR of eight octets on a two-octet session",
            old(&two(), &[aggregated(64901, 1)]),
            told(&[US, PEER, 64901], &[]),
        ),
        from(
            "RFC 6793 4.2.3",
            "AGGREGATOR of AS_TRANS and AS4_AGGREGATOR",
            old(&two(), &[aggregator(AS_TRANS), as4_aggregator(LARGE)]),
            told(&[US, PEER, 64901], &aggregated(LARGE, 2)),
        ),
        from(
            "RFC 6793 4.2.3",
            "an AGGREGATOR that is not AS_TRANS: both AS4 attributes are void",
            old(&path, &[aggregator(64901), as4_path(&segment(2, &[LARGE, 64901])), as4_aggregator(LARGE)]),
            told(&[US, PEER, AS_TRANS.into(), 64901], &aggregated(64901, 1)),
        ),
        from(
            "RFC 6793 6",
            "AS4_AGGREGATOR of six octets",
            old(&two(), &[aggregator(AS_TRANS), attribute(OPTIONAL, 18, &[0; 6])]),
            told(&[US, PEER, 64901], &aggregated(AS_TRANS.into(), 1)),
        ),
        from(
            "RFC 7607 2",
            "AS4_AGGREGATOR of AS 0",
            old(&two(), &[aggregator(AS_TRANS), as4_aggregator(0)]),
            told(&[US, PEER, 64901], &aggregated(AS_TRANS.into(), 1)),
        ),
    ]
}

/// What a peer with two-octet numbers is told of a route of a four-octet session.
fn to_old() -> Vec<Case> {
    let row = |rule, name, path: &[u32], more: Vec<u8>, told: Vec<u8>| {
        let attributes = [origin(), as_path(path), next_hop(GATEWAY), more].concat();
        let told = [&origin()[..], &next_hop(SPEAKER), &told].concat();
        Case::new(rule, name, move |stand| {
            let mut wire = stand.established()?;
            let subject = stand.prefixes().subject;
            wire.say(&octets::update(&attributes, &subject.octets));
            stand.goes_on(&mut wire)?;
            let wanted = Told::Announced(Attributes::read(&told)?);
            stand.watchers.old.is_told(&subject, &wanted, stand.place.patience)
        })
    };
    let two = |numbers: &[u16]| attribute(0x40, 2, &segment_of_two(2, numbers));
    let aggregator = |asn: u32| attribute(OPTIONAL, 7, &[&asn.to_be_bytes()[..], &[192, 0, 2, 1]].concat());
    let short = |asn: u16| attribute(OPTIONAL, 7, &[&asn.to_be_bytes()[..], &[192, 0, 2, 1]].concat());
    let as4_path = as4_path(&segment(2, &[US, PEER, LARGE]));
    let as4_aggregator = attribute(OPTIONAL, 18, &[&LARGE.to_be_bytes()[..], &[192, 0, 2, 1]].concat());
    vec![
        row(
            "RFC 6793 4.2.2",
            "a path of small numbers to an OLD speaker",
            &[PEER, 64901],
            Vec::new(),
            two(&[DAEMON_AS, PEER_AS, 64901]),
        ),
        row(
            "RFC 6793 4.2.2",
            "a path with a large number to an OLD speaker",
            &[PEER, LARGE],
            Vec::new(),
            [two(&[DAEMON_AS, PEER_AS, AS_TRANS]), as4_path].concat(),
        ),
        row(
            "RFC 6793 4.2.2",
            "an AGGREGATOR of a small number to an OLD speaker",
            &[PEER, 64901],
            aggregator(64901),
            [two(&[DAEMON_AS, PEER_AS, 64901]), short(64901)].concat(),
        ),
        row(
            "RFC 6793 4.2.2",
            "an AGGREGATOR of a large number to an OLD speaker",
            &[PEER, 64901],
            aggregator(LARGE),
            [two(&[DAEMON_AS, PEER_AS, 64901]), short(AS_TRANS), as4_aggregator].concat(),
        ),
    ]
}

fn between_new() -> Vec<Case> {
    let left_out = |name, code, value: &[u8]| {
        update("RFC 6793 4.1", name, beside(&attribute(OPTIONAL, code, value)), passed_on(&[]))
    };
    vec![
        left_out("AS4_PATH from a NEW speaker", 17, &segment(2, &[LARGE])),
        left_out("a malformed AS4_PATH from a NEW speaker", 17, &[9]),
        left_out("AS4_AGGREGATOR from a NEW speaker", 18, &[0, 0, 0, 1, 192, 0, 2, 1]),
        left_out("AS4_AGGREGATOR of AS 0 from a NEW speaker", 18, &[0; 8]),
    ]
}

#[test]
fn two_and_four_octet_sessions_understand_each_other() {
    super::run::msee_passes(&cases());
}
