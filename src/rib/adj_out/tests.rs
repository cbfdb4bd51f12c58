//! A peer that reads what is packed, with the codec, and must end up knowing what it should.

use super::*;
use crate::{
    rib::testing::{attributes, ipv4, ipv6, path_attributes_v6},
    wire::{
        AsWidth, Message, MessageLimit, Negotiated, Nlri, PathAttributes, RefreshSubtype,
        RouteRefreshSupport, Unencodable, attribute::UnknownAttribute,
    },
};
use bytes::BytesMut;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::{collection::vec, prelude::*};
use std::collections::{BTreeMap, BTreeSet};

const NEGOTIATED: Negotiated = Negotiated {
    as_width: AsWidth::Four,
    message_limit: MessageLimit::Standard,
    families: crate::family::Families::BOTH,
    route_refresh: RouteRefreshSupport::Present,
};

/// What the other side of the session has learnt.
#[derive(Default)]
struct Peer {
    routes: BTreeMap<IpNet, PathAttributes>,
    /// Lengths of the UPDATEs, in octets.
    updates: Vec<usize>,
    ends_of_rib: usize,
    /// Announcements and withdrawals that told nothing new.
    repetitions: usize,
    /// What it would forget at the end of a refresh that has begun (RFC 7313 section 4).
    stale: Option<BTreeSet<IpNet>>,
    refreshes: usize,
}

impl Peer {
    fn read(&mut self, octets: &[u8]) {
        let mut rest = octets;
        while let Some((message, length)) = Message::decode(rest, NEGOTIATED).unwrap() {
            rest = &rest[length..];
            let update = match message {
                Message::Update(update) => update,
                Message::RouteRefresh(marker) => {
                    self.note(marker.subtype);
                    continue;
                }
                other => panic!("{other:?} is not an UPDATE"),
            };
            let parts = update.split(NEGOTIATED).unwrap();
            assert_eq!(parts.errors, None);
            self.updates.push(length);
            self.ends_of_rib += usize::from(parts.end_of_rib.is_some());
            for prefix in parts.withdrawn().cloned().flat_map(Nlri::nets) {
                self.repetitions += usize::from(self.routes.remove(&prefix).is_none());
                self.confirm(&prefix);
            }
            for announcement in parts.announcements() {
                let attributes = announcement.attributes.parse().unwrap().attributes;
                for prefix in announcement.nlri.clone().nets() {
                    self.confirm(&prefix);
                    let before = self.routes.insert(prefix, attributes.clone());
                    self.repetitions += usize::from(before.as_ref() == Some(&attributes));
                }
            }
        }
        assert!(rest.is_empty(), "the last message is complete");
    }

    fn confirm(&mut self, prefix: &IpNet) {
        if let Some(stale) = &mut self.stale {
            stale.remove(prefix);
        }
    }

    fn note(&mut self, marker: RefreshSubtype) {
        match marker {
            RefreshSubtype::Begin => self.stale = Some(self.routes.keys().copied().collect()),
            RefreshSubtype::End => {
                let stale = self.stale.take().expect("an end follows a begin");
                assert_eq!(stale, BTreeSet::new(), "it would forget what it should know");
                self.refreshes += 1;
            }
            other => panic!("{other:?} is no marker"),
        }
    }

    /// Reads everything that is pending, with enough room for it.
    fn drain<P: Prefix>(&mut self, out: &mut AdjOut<P>) -> Packed {
        let mut octets = BytesMut::new();
        let packed = out.pack(NEGOTIATED, &mut octets, usize::MAX);
        self.read(&octets);
        assert_eq!(out.progress(), Progress::Told);
        packed
    }
}

/// Attributes whose one unknown attribute has this many octets.
fn long_attributes(octets: usize) -> Attributes {
    let unknown = UnknownAttribute { code: 99, flags: 0xE0, value: vec![7; octets].into() };
    PathAttributes { unknown: Box::new([unknown]), ..attributes(1).read() }.into()
}

#[derive(Clone, Debug)]
enum Step {
    Set(u32, Option<u32>),
    Pack(usize),
    Complete,
    Refresh(RouteRefreshSupport),
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        40 => (0u32..40, proptest::option::weighted(0.7, 0u32..4)).prop_map(|(p, a)| Step::Set(p, a)),
        4 => (0usize..200).prop_map(Step::Pack),
        1 => Just(Step::Complete),
        1 => Just(Step::Refresh(RouteRefreshSupport::Present)),
        2 => Just(Step::Refresh(RouteRefreshSupport::Enhanced)),
        1 => Just(Step::Reset),
    ]
}

proptest! {
    #[test]
    fn the_peer_ends_up_knowing_what_it_should(steps in vec(step(), 0..300)) {
        let (mut out, mut peer) = (AdjOut::<Ipv4Net>::new(), Peer::default());
        let mut wanted: BTreeMap<IpNet, PathAttributes> = BTreeMap::new();
        let (mut refreshed, mut completed) = (false, false);
        for step in steps {
            match step {
                Step::Set(prefix, number) => {
                    let (prefix, number) = (ipv4(prefix), number.map(attributes));
                    out.set(prefix, number.as_ref());
                    match number {
                        Some(number) => wanted.insert(prefix.into(), number.read()),
                        None => wanted.remove(&prefix.into()),
                    };
                }
                Step::Pack(budget) => {
                    let mut octets = BytesMut::new();
                    out.pack(NEGOTIATED, &mut octets, budget);
                    prop_assert!(octets.len() < budget + MessageLimit::Standard.octets());
                    peer.read(&octets);
                }
                Step::Complete => {
                    completed = true;
                    out.complete();
                }
                Step::Refresh(support) => {
                    refreshed = true;
                    out.refresh(support);
                }
                Step::Reset => {
                    (peer, completed) = (Peer::default(), false);
                    out.reset();
                }
            }
            prop_assert_eq!(out.len(), wanted.len());
            prop_assert_eq!(out.told(), peer.routes.len());
        }
        peer.drain(&mut out);
        prop_assert_eq!(&peer.routes, &wanted);
        prop_assert_eq!(&peer.stale, &None, "what has begun has ended");
        prop_assert_eq!(peer.ends_of_rib, usize::from(completed));
        prop_assert!(refreshed || peer.repetitions == 0);
        prop_assert!(peer.updates.iter().all(|octets| *octets <= MessageLimit::Standard.octets()));

        let listed: Vec<_> = out.routes_after(None).map(|(prefix, route)| (prefix, route.progress)).collect();
        let sorted: Vec<Ipv4Net> = listed.iter().map(|(prefix, _)| *prefix).collect();
        prop_assert!(sorted.is_sorted() && sorted.len() == wanted.len());
        prop_assert!(listed.iter().all(|(_, progress)| *progress == Progress::Told));
    }
}

#[test]
fn a_route_that_is_back_to_what_was_told_is_not_told() {
    let (mut out, mut peer) = (AdjOut::new(), Peer::default());
    out.set(ipv4(1), Some(&attributes(1)));
    peer.drain(&mut out);
    out.set(ipv4(1), None);
    assert_eq!(out.progress(), Progress::Pending);
    out.set(ipv4(1), Some(&attributes(1)));
    out.set(ipv4(2), Some(&attributes(1)));
    out.set(ipv4(2), None);
    assert_eq!(out.progress(), Progress::Told);
    assert_eq!(peer.drain(&mut out), Packed::default());
    assert_eq!(peer.updates.len(), 1);
}

#[test]
fn routes_with_equal_attributes_share_an_update() {
    let (mut out, mut peer) = (AdjOut::new(), Peer::default());
    for number in 0..300 {
        out.set(ipv4(number), Some(&attributes(number % 2)));
    }
    let packed = peer.drain(&mut out);
    assert_eq!((packed.announced, peer.updates.len()), (300, 2));
}

#[test]
fn updates_are_filled_up_to_the_message_size() {
    let (mut out, mut peer) = (AdjOut::new(), Peer::default());
    for number in 0..4000 {
        out.set(ipv6(number), Some(&path_attributes_v6(1).into()));
    }
    assert_eq!(peer.drain(&mut out).announced, 4000);
    let (last, full) = peer.updates.split_last().unwrap();
    assert!(full.iter().all(|octets| (4096 - 16..=4096).contains(octets)), "{full:?}, then {last}");

    (0..4000).for_each(|number| out.set(ipv6(number), None));
    assert_eq!(peer.drain(&mut out).withdrawn, 4000);
    assert!(peer.routes.is_empty());
}

#[test]
fn a_peer_that_does_not_read_costs_no_more_than_the_table() {
    let mut out = AdjOut::<Ipv4Net>::new();
    for round in 0..200 {
        for prefix in 0..100 {
            let wanted = attributes(1000 * round + prefix);
            out.set(ipv4(prefix), (prefix % 3 != 0 || round % 2 == 0).then_some(&wanted));
        }
        assert!(out.pending.entries() <= 2 * 100 + 300, "{} entries in round {round}", out.pending.entries());
    }
    let mut peer = Peer::default();
    assert_eq!(peer.drain(&mut out).announced, out.len());
}

#[test]
fn end_of_rib_follows_the_initial_table_even_if_routes_keep_changing() {
    let (mut out, mut peer) = (AdjOut::new(), Peer::default());
    (0..1000).for_each(|number| out.set(ipv6(number), Some(&path_attributes_v6(number % 10).into())));
    out.complete();
    let mut later = 1000;
    while peer.ends_of_rib == 0 {
        assert!(later < 2000, "End-of-RIB never came");
        out.set(ipv6(later), Some(&path_attributes_v6(later).into()));
        later += 1;
        let mut octets = BytesMut::new();
        out.pack(NEGOTIATED, &mut octets, 1);
        peer.read(&octets);
    }
    assert!((0..1000).all(|number| peer.routes.contains_key(&ipv6(number).into())));
    out.complete();
    peer.drain(&mut out);
    assert_eq!(peer.ends_of_rib, 1);
}

#[test]
fn an_empty_table_ends_too() {
    let (mut out, mut peer) = (AdjOut::<Ipv6Net>::new(), Peer::default());
    assert_eq!(out.progress(), Progress::Told);
    out.complete();
    assert_eq!(out.progress(), Progress::Pending);
    peer.drain(&mut out);
    assert_eq!((peer.ends_of_rib, peer.updates.len()), (1, 1));
}

#[test]
fn a_refresh_tells_everything_again_and_still_withdraws() {
    let (mut out, mut peer) = (AdjOut::new(), Peer::default());
    (0..5).for_each(|number| out.set(ipv4(number), Some(&attributes(number))));
    peer.drain(&mut out);
    out.refresh(RouteRefreshSupport::Present);
    out.set(ipv4(0), None);
    let packed = peer.drain(&mut out);
    assert_eq!((packed.announced, packed.withdrawn, peer.repetitions), (4, 1, 4));
    assert_eq!(peer.routes.len(), 4);
}

#[test]
fn requests_while_a_refresh_is_under_way_are_one() {
    let mut out = AdjOut::new();
    (0..4).for_each(|number| out.set(ipv4(number), Some(&attributes(number))));
    out.complete();
    let mut told = || {
        let mut octets = BytesMut::new();
        out.pack(NEGOTIATED, &mut octets, 1).announced
    };
    let first: usize = std::iter::from_fn(|| Some(told()).filter(|announced| *announced > 0)).sum();
    assert_eq!(first, 4);
    out.refresh(RouteRefreshSupport::Present);
    let mut octets = BytesMut::new();
    assert_eq!(out.pack(NEGOTIATED, &mut octets, 1).announced, 1, "under way");
    (0..1000).for_each(|_| out.refresh(RouteRefreshSupport::Present));
    assert_eq!(out.pack(NEGOTIATED, &mut octets, usize::MAX).announced, 3 + 4, "the rest, and all once more");
    assert_eq!(out.progress(), Progress::Told);
}

#[test]
fn a_refresh_after_the_initial_table_is_marked_where_the_session_knows_that() {
    let (mut out, mut peer) = (AdjOut::new(), Peer::default());
    (0..5).for_each(|number| out.set(ipv4(number), Some(&attributes(number))));
    out.refresh(RouteRefreshSupport::Enhanced);
    peer.drain(&mut out);
    out.complete();
    peer.drain(&mut out);
    assert_eq!((peer.refreshes, peer.ends_of_rib), (0, 1), "before End-of-RIB nothing is marked");
    out.refresh(RouteRefreshSupport::Present);
    peer.drain(&mut out);
    assert_eq!(peer.refreshes, 0, "the peer does not know markers");
    out.refresh(RouteRefreshSupport::Enhanced);
    out.set(ipv4(0), None);
    out.set(ipv4(1), Some(&attributes(9)));
    let packed = peer.drain(&mut out);
    assert_eq!((peer.refreshes, packed.announced, packed.withdrawn), (1, 4, 1));
}

#[test]
fn a_new_session_is_told_everything() {
    let (mut out, mut peer) = (AdjOut::new(), Peer::default());
    (0..5).for_each(|number| out.set(ipv4(number), Some(&attributes(number))));
    peer.drain(&mut out);
    out.set(ipv4(0), None);
    out.reset();
    assert_eq!((out.told(), out.len()), (0, 4));
    let mut peer = Peer::default();
    let packed = peer.drain(&mut out);
    assert_eq!((packed.announced, packed.withdrawn), (4, 0));
}

#[test]
fn what_no_message_can_carry_is_reported_and_withdrawn() {
    let (mut out, mut peer) = (AdjOut::new(), Peer::default());
    out.set(ipv4(1), Some(&attributes(1)));
    peer.drain(&mut out);
    let long = long_attributes(4090);
    (1..4).for_each(|number| out.set(ipv4(number), Some(&long)));
    out.set(ipv4(4), Some(&attributes(1)));
    let packed = peer.drain(&mut out);
    assert_eq!((packed.announced, packed.withdrawn), (1, 1));
    let [unsendable] = &packed.unsendable[..] else { panic!("{packed:?}") };
    assert_eq!((unsendable.prefixes, &unsendable.attributes), (3, &long));
    assert!(matches!(unsendable.cause, Unencodable::TooLong { limit: 4096, .. }));
    assert_eq!((peer.routes.len(), out.len()), (1, 1));

    let extended = Negotiated { message_limit: MessageLimit::Extended, ..NEGOTIATED };
    out.set(ipv4(1), Some(&long));
    assert_eq!(out.pack(extended, &mut BytesMut::new(), usize::MAX).announced, 1);
}

#[test]
fn an_update_just_fits_and_one_octet_more_does_not() {
    let fixed = (0..4096).find(|octets| {
        let mut out = AdjOut::new();
        out.set(ipv4(1), Some(&long_attributes(*octets)));
        !out.pack(NEGOTIATED, &mut BytesMut::new(), usize::MAX).unsendable.is_empty()
    });
    let longest = fixed.unwrap() - 1;
    let (mut out, mut peer) = (AdjOut::new(), Peer::default());
    (1..4).for_each(|number| out.set(ipv4(number), Some(&long_attributes(longest))));
    assert_eq!(peer.drain(&mut out).announced, 3);
    assert_eq!(peer.updates.len(), 3, "each prefix in an UPDATE of its own: {:?}", peer.updates);
}

#[test]
fn pages_go_on_after_the_last_prefix_seen() {
    let mut out = AdjOut::new();
    (0..10).for_each(|number| out.set(ipv6(number), Some(&path_attributes_v6(number).into())));
    for (prefix, listed) in out.routes_after(None) {
        assert_eq!(out.exact(prefix), Some(listed));
    }
    assert_eq!(out.exact(ipv6(10)), None);
    let page = |after| out.routes_after(after).take(4).map(|(prefix, _)| prefix).collect::<Vec<_>>();
    assert_eq!(page(None), (0..4).map(ipv6).collect::<Vec<_>>());
    assert_eq!(page(Some(ipv6(3))), (4..8).map(ipv6).collect::<Vec<_>>());
    assert_eq!(page(Some(ipv6(9))), []);
}
