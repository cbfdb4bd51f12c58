use super::*;
use crate::{
    asn::Asn,
    churn::{
        table::{Sharing, share, synthetic_prefixes},
        topology::NextHops,
    },
    wire::Message,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn author() -> Author {
    Author {
        asn: Asn::constant(65001),
        next_hops: NextHops { ipv4: Some([192, 0, 2, 1].into()), ipv6: Some("2001:db8::1".parse().unwrap()) },
    }
}

/// A table of both families.
fn table(count: usize, sets: usize) -> Table {
    let mut prefixes = synthetic_prefixes(count, 5);
    prefixes.extend((0..count as u128 / 2).map(|number| {
        let net = Ipv6Net::new(((0x2001_0db8 << 96) + (number << 80)).into(), 48).unwrap();
        IpNet::from(net)
    }));
    share(&prefixes, sets, Sharing::Skewed, 5)
}

/// What a peer learns from a stream: path and version of each prefix, after the last message.
fn learnt(octets: &[u8]) -> BTreeMap<IpNet, (String, Option<Version>)> {
    let (mut rest, mut routes) = (octets, BTreeMap::new());
    while let Some((message, length)) = Message::decode(rest, PLAIN).unwrap() {
        rest = &rest[length..];
        let Message::Update(update) = message else { panic!("{message:?} in a stream of UPDATEs") };
        let version = Version::read(update.attributes);
        let parts = update.split(PLAIN).unwrap();
        for prefix in parts.withdrawn().flat_map(|nlri| nlri.clone().nets()) {
            assert!(routes.remove(&prefix).is_some(), "{prefix} is withdrawn, but was not there");
        }
        for announcement in parts.announcements() {
            let path = announcement.attributes.parse().unwrap().attributes.as_path.to_string();
            for prefix in announcement.nlri.clone().nets() {
                routes.insert(prefix, (path.clone(), version));
            }
        }
    }
    assert_eq!(rest, &[] as &[u8], "the stream ends with a whole message");
    routes
}

fn expected(table: &Table, version: Option<Version>) -> BTreeMap<IpNet, (String, Option<Version>)> {
    let route = |set: &AttributeSet, prefix: &IpNet| {
        let path = set.by(author(), Family::of(prefix), version).unwrap().as_path.to_string();
        (*prefix, (path, version))
    };
    table.groups().flat_map(|(set, prefixes)| prefixes.iter().map(move |prefix| route(set, prefix))).collect()
}

#[test]
fn a_stream_without_a_next_hop_names_the_family() {
    let mut author = author();
    author.next_hops.ipv6 = None;
    let error = Stream::table(&table(4, 2), author, Families::BOTH).unwrap_err();
    assert_eq!(error, StreamError::NoNextHop(Family::Ipv6));
}

#[test]
fn the_octets_of_a_pass_can_be_found_by_events() {
    let table = table(10, 4);
    let stream =
        Stream::events(&table, author(), Version::new(1), 40, 1, &mut Absence::new(15, 0, 1)).unwrap();
    assert_eq!(stream.prefixes(), 40);
    assert_eq!(stream.end_of(0), 0);
    assert_eq!(stream.end_of(40), stream.octets().len());
    assert_eq!(stream.end_of(u64::MAX), stream.octets().len());
    for events in 1..=40 {
        let seen = learnt(&stream.octets()[..stream.end_of(events)]);
        assert_eq!(seen.len(), 15.min(usize::try_from(events).unwrap()));
    }
    // All 15 prefixes come twice, ten of them a third time.
    let versions: Vec<_> = learnt(stream.octets()).into_values().filter_map(|(_, version)| version).collect();
    assert_eq!(versions.iter().filter(|version| **version == Version::new(3)).count(), 10);
    assert_eq!(versions.iter().filter(|version| **version == Version::new(2)).count(), 5);
}

#[test]
fn an_event_is_an_announcement_or_a_withdrawal() {
    let table = table(100, 10);
    let mut absence = Absence::new(150, 30, 1);
    let stream = Stream::events(&table, author(), Version::new(1), 300, 1, &mut absence).unwrap();
    assert_eq!(stream.prefixes(), 300, "each event is one prefix");
    let start = Stream::table(&table, author(), Families::BOTH).unwrap();
    let after = |octets: &[u8]| learnt(&[start.octets(), octets].concat());
    let left = after(stream.octets());
    assert_eq!(left.len(), 150 - absence.count() as usize);
    assert!(left.values().all(|(_, version)| *version == Some(Version::new(2))));
    let half = after(&stream.octets()[..stream.end_of(150)]);
    assert!((50..150).contains(&half.len()), "{} of 150 after a withdrawal of 30 %", half.len());
}

proptest! {
    #[test]
    fn after_passes_with_withdrawals_a_peer_holds_what_is_not_absent(
        count in 1_usize..200,
        sets in 1_usize..60,
        percent in 0_u8..=100,
        passes in 1_u32..4,
    ) {
        let table = table(count, sets);
        let mut absence = Absence::new(table.prefixes().len(), percent, 3);
        let mut octets = Stream::table(&table, author(), Families::BOTH).unwrap().octets().to_vec();
        for pass in 1..=passes {
            let stream = Stream::pass(&table, author(), Version::new(pass), 1, &mut absence).unwrap();
            prop_assert_eq!(stream.prefixes(), table.prefixes().len() as u64, "each prefix changes once");
            octets.extend(stream.octets());
        }
        let mut want = expected(&table, Some(Version::new(passes)));
        for (number, prefix) in table.prefixes().iter().enumerate() {
            if absence.contains(number) {
                want.remove(prefix);
            }
        }
        prop_assert_eq!(learnt(&octets), want);
        octets.extend(Stream::absent(&table, author(), Version::new(passes), &absence).unwrap().octets());
        prop_assert_eq!(learnt(&octets), expected(&table, Some(Version::new(passes))));
    }

    #[test]
    fn a_peer_learns_the_table_and_each_version_of_it(count in 1_usize..200, sets in 1_usize..60) {
        let table = table(count, sets);
        let stream = Stream::table(&table, author(), Families::BOTH).unwrap();
        prop_assert_eq!(learnt(stream.octets()), expected(&table, None));
        prop_assert_eq!(stream.prefixes(), table.prefixes().len() as u64);
        let version = Version::new(9);
        let pass = Stream::pass(&table, author(), version, 1, &mut Absence::new(table.prefixes().len(), 0, 1)).unwrap();
        prop_assert_eq!(learnt(pass.octets()), expected(&table, Some(version)));
        prop_assert_eq!(pass.prefixes(), table.prefixes().len() as u64);
    }
}
