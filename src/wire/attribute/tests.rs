use super::*;
use crate::{
    asn::Asn,
    community::Community,
    wire::{
        AsWidth, MessageLimit, Negotiated, Update,
        samples::{NEW, OLD, hex},
    },
};
use bytes::BytesMut;
use ipnet::{Ipv4Net, Ipv6Net};

fn asns<const N: usize>(numbers: [u32; N]) -> [Asn; N] {
    numbers.map(|number| Asn::try_from(number).unwrap())
}

fn sequence<const N: usize>(numbers: [u32; N]) -> Segment {
    Segment::Sequence(asns(numbers).into())
}

fn path<const N: usize>(segments: [Segment; N]) -> AsPath {
    AsPath { segments: segments.into() }
}

#[test]
fn every_row_is_in_the_order_of_its_code() {
    assert!(ROWS.is_sorted_by_key(|row| row.code));
    assert_eq!(AttributeCode::MULTI_EXIT_DISC.to_string(), "MULTI_EXIT_DISC");
    assert_eq!(AttributeCode(99).to_string(), "attribute 99");
}

#[test]
fn paths_are_measured_and_printed_as_operators_know_them() {
    let set = Segment::Set(asns([1, 2]).into());
    let confederation = Segment::ConfedSequence(asns([64512, 64513]).into());
    for (path, length, first, text) in [
        (AsPath::default(), 0, None, ""),
        (path([sequence([65010, 65020]), set.clone()]), 3, Some(65010), "65010 65020 {1,2}"),
        (path([set]), 1, None, "{1,2}"),
        (path([confederation, sequence([65010])]), 1, None, "(64512 64513) 65010"),
        (path([Segment::ConfedSet(asns([64512, 64513]).into())]), 0, None, "[64512,64513]"),
    ] {
        assert_eq!(
            (path.length(), path.first().map(Asn::get), path.to_string()),
            (length, first, text.to_owned())
        );
    }
    let path = path([sequence([65010]), Segment::Set(asns([1, 2]).into())]);
    assert!(path.contains(Asn::constant(2)) && !path.contains(Asn::constant(3)));
}

#[test]
fn prepending_begins_a_new_segment_when_the_first_is_full() {
    let me = Asn::MICROSOFT_EDGE;
    let full = AsPath::sequence(vec![Asn::constant(65010); 255]);
    for (rule, path, count, segments) in [
        ("an empty path", AsPath::default(), 1, vec![1]),
        ("a sequence with room", AsPath::sequence(asns([65010, 65020])), 2, vec![4]),
        ("nothing to prepend", AsPath::sequence(asns([65010])), 0, vec![1]),
        ("a full sequence", full, 1, vec![1, 255]),
        ("a set", path([Segment::Set(asns([1, 2]).into())]), 1, vec![1, 2]),
        ("more than a segment holds", AsPath::default(), 300, vec![255, 45]),
    ] {
        let prepended = path.prepended(me, count);
        let lengths: Vec<_> = prepended.segments.iter().map(|segment| segment.numbers().len()).collect();
        assert_eq!(lengths, segments, "{rule}");
        assert_eq!(prepended.length(), path.length() + count, "{rule}");
        assert!(count == 0 || prepended.first() == Some(me), "{rule}");
    }
}

#[test]
fn as4_attributes_are_merged_as_rfc_6793_4_2_3_says() {
    let trans = Asn::TRANS.get();
    let aggregator = |asn| Aggregator { asn: Asn::try_from(asn).unwrap(), identifier: [10, 0, 0, 1].into() };
    for (rule, two, four, aggregators, want) in [
        ("no AS4_PATH", path([sequence([65010, trans])]), None, (None, None), "65010 23456"),
        (
            "an OLD speaker prepended itself",
            path([sequence([65010, trans, trans])]),
            Some(path([sequence([100_000, 100_001])])),
            (None, None),
            "65010 100000 100001",
        ),
        (
            "AS4_PATH is longer and ignored",
            path([sequence([trans])]),
            Some(path([sequence([100_000, 100_001])])),
            (None, None),
            "23456",
        ),
        (
            "a set counts one",
            path([sequence([65010]), Segment::Set(asns([1, 2]).into()), sequence([trans])]),
            Some(path([sequence([100_000])])),
            (None, None),
            "65010 {1,2} 100000",
        ),
        (
            "an AGGREGATOR that is not AS_TRANS: AS4_PATH is out of date",
            path([sequence([65010, trans])]),
            Some(path([sequence([100_000])])),
            (Some(aggregator(65010)), Some(aggregator(100_000))),
            "65010 23456",
        ),
        (
            "an AGGREGATOR alone says nothing about AS4_PATH",
            path([sequence([65010, trans])]),
            Some(path([sequence([100_000])])),
            (Some(aggregator(65010)), None),
            "65010 100000",
        ),
    ] {
        let (two_aggregator, four_aggregator) = aggregators;
        let (merged, chosen) = as4::merge(two, four, two_aggregator, four_aggregator);
        assert_eq!(merged.to_string(), want, "{rule}");
        assert_eq!(chosen, two_aggregator, "{rule}");
    }
    let (trans, four) = (Some(aggregator(trans)), Some(aggregator(100_000)));
    assert_eq!(as4::merge(AsPath::default(), None, trans, four).1, four);
}

fn sample() -> PathAttributes {
    PathAttributes::new(
        Origin::Incomplete,
        AsPath::sequence(asns([65010])),
        NextHop::V4([172, 16, 0, 1].into()),
    )
}

fn written(attributes: &PathAttributes, negotiated: Negotiated) -> Vec<u8> {
    EncodedAttributes::<Ipv4Net>::encode(attributes, negotiated).unwrap().octets().to_vec()
}

#[test]
fn two_octet_sessions_carry_large_numbers_in_as4_attributes() {
    let mut attributes = sample();
    let mandatory = "40 01 01 02  40 02 04 0201 fdf2  40 03 04 ac100001";
    assert_eq!(written(&attributes, OLD), hex(mandatory));
    attributes.as_path = AsPath::sequence(asns([65010, 100_000]));
    attributes.aggregator =
        Some(Aggregator { asn: Asn::constant(100_000), identifier: [10, 0, 0, 1].into() });
    let want = "40 01 01 02  40 02 06 0202 fdf2 5ba0  40 03 04 ac100001  c0 07 06 5ba0 0a000001
        c0 11 0a 0202 0000fdf2 000186a0  c0 12 08 000186a0 0a000001";
    assert_eq!(written(&attributes, OLD), hex(want));
}

#[test]
fn attributes_are_written_in_the_order_of_their_codes() {
    let unknown = |code, value: &[u8]| UnknownAttribute { code, flags: 0xE0, value: value.into() };
    let attributes = PathAttributes {
        med: Some(100),
        communities: vec![Community::NO_EXPORT; 64].into(),
        unknown: [unknown(40, &[7]), unknown(23, &[])].into(),
        large_communities: [crate::community::LargeCommunity { global: 1, local1: 2, local2: 3 }].into(),
        ..sample()
    };
    let octets = written(&attributes, NEW);
    let codes: Vec<u8> = codes(&octets);
    assert_eq!(codes, [1, 2, 3, 4, 8, 23, 32, 40]);
    let communities = octets.windows(4).position(|header| header == [0xD0, 8, 1, 0]);
    assert!(communities.is_some(), "256 octets need the extended length");
}

/// The codes of whole attributes.
fn codes(octets: &[u8]) -> Vec<u8> {
    let scan = Scan::new(octets).unwrap();
    let raw = RawAttributes::new(&scan, NextHopSource::Attribute, AsWidth::Four);
    raw.iter().map(|attribute| attribute.unwrap().code.0).collect()
}

#[test]
fn a_path_beyond_255_numbers_is_written_in_segments() {
    let numbers: Vec<Asn> = (1..=300).map(|number| Asn::try_from(number).unwrap()).collect();
    let one_segment = AsPath { segments: [Segment::Sequence(numbers.clone().into())].into() };
    let attributes = PathAttributes { as_path: one_segment, ..sample() };
    let octets = written(&attributes, NEW);
    let update = Update { withdrawn: &[], attributes: &octets, nlri: &[0] };
    let parts = update.split(NEW).unwrap();
    let read = parts.announcements().next().unwrap().attributes.parse().unwrap().attributes;
    assert_eq!(read.as_path, AsPath::sequence(numbers));
}

#[test]
fn what_cannot_be_sent_is_refused_before_a_prefix_is_taken() {
    let wrong = EncodedAttributes::<Ipv6Net>::encode(&sample(), NEW).unwrap_err();
    assert_eq!(wrong.to_string(), "an ipv4 next hop cannot be announced with ipv6 prefixes");
    let long = PathAttributes { communities: vec![Community::NO_EXPORT; 1020].into(), ..sample() };
    let too_long = EncodedAttributes::<Ipv4Net>::encode(&long, NEW).unwrap_err();
    assert_eq!(too_long, Unencodable::TooLong { octets: 4132, limit: 4096 });
    let extended = Negotiated { message_limit: MessageLimit::Extended, ..NEW };
    assert!(EncodedAttributes::<Ipv4Net>::encode(&long, extended).is_ok());
}

#[test]
fn what_is_read_is_written_with_its_partial_bit_and_without_its_duplicates() {
    let mandatory = "40 01 01 02  40 02 06 0201 0000fdf2  40 03 04 ac100001";
    let one = "00000001 00000002 00000003";
    for (name, came, goes) in [
        ("AGGREGATOR", "e0 07 08 0000fdf2 0a000001", "e0 07 08 0000fdf2 0a000001"),
        ("COMMUNITIES", "e0 08 04 fdf20001", "e0 08 04 fdf20001"),
        ("EXTENDED_COMMUNITIES", "e0 10 08 0002fdf200000001", "e0 10 08 0002fdf200000001"),
        ("LARGE_COMMUNITIES", &format!("e0 20 0c {one}"), &format!("e0 20 0c {one}")),
        ("no MULTI_EXIT_DISC", "a0 04 04 00000001", "80 04 04 00000001"),
        ("RFC 8092 3 twice the same", &format!("c0 20 18 {one} {one}"), &format!("c0 20 0c {one}")),
    ] {
        let field = hex(&format!("{mandatory} {came}"));
        let update = Update { withdrawn: &[], attributes: &field, nlri: &[0] };
        let parts = update.split(NEW).unwrap();
        let read = parts.announcements().next().unwrap().attributes.parse().unwrap().attributes;
        assert_eq!(written(&read, NEW), hex(&format!("{mandatory} {goes}")), "{name}");
    }
}

#[test]
fn unknown_attributes_are_carried_byte_for_byte_with_the_partial_bit() {
    let value: Vec<u8> = (0..=255).cycle().take(3000).collect();
    let mut attributes = hex("40 01 01 00 40 02 06 0201 00002f2c 40 03 04 ac100001 d0 63 0bb8");
    attributes.extend(&value);
    attributes.extend(hex("80 64 01 00"));
    let update = Update { withdrawn: &[], attributes: &attributes, nlri: &[0] };
    let parts = update.split(NEW).unwrap();
    let read = parts.announcements().next().unwrap().attributes.parse().unwrap().attributes;
    assert_eq!(*read.unknown, [UnknownAttribute { code: 99, flags: 0xE0, value: value.clone().into() }]);
    let sent = written(&read, NEW);
    assert!(sent.ends_with(&value) && sent[sent.len() - 3004..].starts_with(&[0xF0, 99, 0x0B, 0xB8]));
}

#[test]
fn the_key_tells_apart_all_that_parses_differently() {
    let reach = "80 0e 18 0002 01 10 fd990000000000000000000000000001 00 10fd00";
    let rest = "40 01 01 00 40 02 06 0201 00002f2c 40 03 04 ac100001";
    let (plain, both) = (hex(rest), hex(&[reach, rest].concat()));
    let mut keys = Vec::new();
    for (attributes, nlri, negotiated) in
        [(&plain, &[0][..], NEW), (&plain, &[0], OLD), (&both, &[], NEW), (&both, &[], OLD)]
    {
        let update = Update { withdrawn: &[], attributes, nlri };
        let parts = update.split(negotiated).unwrap();
        for announcement in parts.announcements() {
            keys.push(announcement.attributes.key(&mut BytesMut::new()).to_vec());
        }
    }
    assert_eq!(keys.len(), 4);
    assert_eq!(keys[0], plain, "the common case is the field itself");
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4);
}

#[test]
fn the_key_leaves_out_what_is_withdrawn_beside_it() {
    let rest = "40 01 01 00 40 02 06 0201 00002f2c";
    let unreach = "80 0f 06 0002 01 10fd00";
    let next_hop = "40 03 04 ac100001";
    let plain = hex(&[rest, next_hop].concat());
    for order in [[unreach, rest, next_hop], [rest, unreach, next_hop], [rest, next_hop, unreach]] {
        let attributes = hex(&order.concat());
        let update = Update { withdrawn: &[], attributes: &attributes, nlri: &[0] };
        let parts = update.split(NEW).unwrap();
        let mut scratch = BytesMut::new();
        assert_eq!(parts.announcements().next().unwrap().attributes.key(&mut scratch), plain);
    }
}
