use super::*;
use crate::{
    asn::Asn,
    churn::{
        absence::Absence,
        stream::Stream,
        table::{Author, Sharing, Table, share, synthetic_prefixes},
        topology::NextHops,
    },
    wire::{AsWidth, Message, MessageLimit, RouteRefreshSupport, frame, write_withdrawals},
};
use bytes::BytesMut;

fn negotiated(families: Families) -> Negotiated {
    Negotiated {
        as_width: AsWidth::Four,
        message_limit: MessageLimit::Standard,
        families,
        route_refresh: RouteRefreshSupport::Absent,
    }
}

fn author() -> Author {
    Author {
        asn: Asn::constant(65_001),
        next_hops: NextHops { ipv4: Some([192, 0, 2, 1].into()), ipv6: Some("2001:db8::1".parse().unwrap()) },
    }
}

/// 300 prefixes of IPv4 and 50 of IPv6.
fn table() -> Table {
    let mut prefixes = synthetic_prefixes(300, 1);
    prefixes.extend(
        (0_u128..50).map(|number| {
            IpNet::from(Ipv6Net::new(((0x2001_0db8 << 96) + (number << 80)).into(), 48).unwrap())
        }),
    );
    share(&prefixes, 60, Sharing::Skewed, 1)
}

fn all_there() -> Absence {
    Absence::new(350, 0, 1)
}

fn observer(table: &Table) -> Observer {
    let probe = "198.18.0.0/24".parse().unwrap();
    Observer::new(Arc::new(PrefixIndex::new(table.prefixes())), probe)
}

fn hear(observer: &mut Observer, octets: &[u8], families: Families) {
    let (mut rest, negotiated) = (octets, negotiated(families));
    while let Some((message, length)) = Message::decode(rest, negotiated).unwrap() {
        let Message::Update(update) = message else { panic!("{message:?}") };
        observer.update(&update, negotiated).unwrap();
        rest = &rest[length..];
    }
    observer.take_in();
}

#[test]
fn a_goal_is_reached_once_and_only_with_every_prefix() {
    let table = table();
    let size = u32::try_from(table.prefixes().len()).unwrap();
    let mut observer = observer(&table);
    observer.expect(Goal::Held(size));
    let stream = Stream::table(&table, author(), Families::BOTH).unwrap();
    // The same messages twice are not twice as many prefixes.
    for _ in 0..2 {
        hear(&mut observer, stream.whole_messages(0, stream.octets().len() / 2), Families::BOTH);
        assert!(!observer.reached());
    }
    hear(&mut observer, stream.octets(), Families::BOTH);
    assert!(observer.reached() && !observer.reached());
    let version = Version::new(3);
    observer.expect(Goal::Changed(Changed { version, current: size, held: size }));
    assert_eq!((observer.progress(), observer.waits()), (0, true));
    hear(
        &mut observer,
        Stream::pass(&table, author(), Version::new(2), 1, &mut all_there()).unwrap().octets(),
        Families::BOTH,
    );
    assert_eq!(observer.progress(), 0, "an earlier version");
    hear(
        &mut observer,
        Stream::pass(&table, author(), version, 2, &mut all_there()).unwrap().octets(),
        Families::BOTH,
    );
    assert!(observer.reached());
    observer.expect(Goal::Held(0));
    observer.lost();
    assert!(observer.reached());
}

#[test]
fn a_goal_with_withdrawals_is_reached_when_these_are_gone_and_the_others_have_changed() {
    let table = table();
    let mut observer = observer(&table);
    hear(&mut observer, Stream::table(&table, author(), Families::BOTH).unwrap().octets(), Families::BOTH);
    let (version, mut absence) = (Version::new(1), Absence::new(350, 20, 1));
    let pass = Stream::pass(&table, author(), version, 1, &mut absence).unwrap();
    let left = 350 - absence.count();
    assert!((1..350).contains(&left));
    observer.expect(Goal::Changed(Changed { version, current: left, held: left }));
    let mut messages = pass.octets();
    while !messages.is_empty() {
        assert!(!observer.reached(), "{} octets are left", messages.len());
        let first = frame(messages, MessageLimit::Standard).unwrap().unwrap().octets();
        hear(&mut observer, &messages[..first], Families::BOTH);
        messages = &messages[first..];
    }
    assert!(observer.reached());
    observer.expect(Goal::Held(350));
    let again = Stream::absent(&table, author(), version, &absence).unwrap();
    assert_eq!(again.prefixes(), u64::from(absence.count()));
    hear(&mut observer, again.octets(), Families::BOTH);
    assert!(observer.reached());
}

#[test]
fn withdrawn_prefixes_are_not_held() {
    let table = table().of(Families::IPV4);
    let mut observer = observer(&table);
    hear(&mut observer, Stream::table(&table, author(), Families::IPV4).unwrap().octets(), Families::IPV4);
    let mut gone = table.prefixes().iter().rev().take(40).filter_map(|prefix| match prefix {
        IpNet::V4(net) => Some(*net),
        IpNet::V6(_) => None,
    });
    let mut octets = BytesMut::new();
    write_withdrawals(&mut gone, MessageLimit::Standard, &mut octets);
    hear(&mut observer, &octets, Families::IPV4);
    assert_eq!(observer.progress(), 260);
    assert_eq!((observer.heard().announced, observer.heard().withdrawn), (300, 40));
}

#[test]
fn the_probe_is_seen_in_its_version_and_counts_for_no_goal() {
    let table = table();
    let mut observer = observer(&table);
    let (set, _) = table.groups().next().unwrap();
    for prefix in ["198.18.0.0/24", "203.0.113.0/24"] {
        let change = Stream::change(set, prefix.parse().unwrap(), author(), Version::new(7)).unwrap();
        hear(&mut observer, change.octets(), Families::IPV4);
    }
    assert_eq!(observer.probed().collect::<Vec<_>>(), [Version::new(7)]);
    assert_eq!((observer.progress(), observer.heard().foreign), (0, 2));
}

#[test]
fn an_update_that_ends_the_session_changes_nothing() {
    let table = table();
    let mut observer = observer(&table);
    let IpNet::V4(prefix) = table.prefixes()[0] else { panic!("IPv4 comes first") };
    let mut octets = BytesMut::new();
    write_withdrawals(&mut std::iter::once(prefix), MessageLimit::Standard, &mut octets);
    let Ok(Some((Message::Update(update), _))) = Message::decode(&octets, negotiated(Families::IPV4)) else {
        panic!("no UPDATE")
    };
    let broken = Update { nlri: &[33, 1, 2, 3, 4, 5], ..update };
    assert!(observer.update(&broken, negotiated(Families::IPV4)).is_err());
    assert_eq!(observer.heard().withdrawn, 0);
}
