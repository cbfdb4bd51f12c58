//! Routes in both directions of a session.

use super::*;
use crate::{
    attachment::tests::edge::Heard,
    community::{Community, ExtendedCommunity, LargeCommunity},
    rib::Change,
    wire::{RefreshSubtype, attribute::UnknownAttribute},
};

#[tokio::test]
async fn the_initial_table_is_followed_by_end_of_rib() {
    let bench = Bench::new();
    bench.tell([("10.1.0.0/16", Some(own())), ("10.2.0.0/16", Some(own()))]).await;
    let mut edge = bench.meet().await;
    edge.hear_learnt(2).await;
    assert!(edge.ends_of_rib.is_empty(), "the backbone may have more");
    bench.offer(&[("10.3.0.0/16", own())]).await;
    edge.hear_until(|_, heard| matches!(heard, Heard::EndOfRib(_))).await;
    assert_eq!((edge.learnt.len(), edge.ends_of_rib), (3, vec![Family::Ipv4]));
    let view = bench.session().await;
    assert_eq!((view.state, view.advertised.ipv4), (ViewedState::Running(StateName::Established), 3));
}

#[tokio::test]
async fn a_session_that_comes_back_is_told_everything_again() {
    let bench = Bench::new();
    bench.offer(&[("10.1.0.0/16", own())]).await;
    let mut edge = bench.meet().await;
    edge.hear_learnt(1).await;
    drop(edge);
    let mut edge = bench.meet().await;
    edge.hear_until(|_, heard| matches!(heard, Heard::EndOfRib(_))).await;
    assert_eq!(edge.learnt.len(), 1);
}

#[tokio::test]
async fn a_route_refresh_brings_every_route_again() {
    let bench = Bench::new();
    bench.offer(&[("10.1.0.0/16", own()), ("10.2.0.0/16", own())]).await;
    let mut edge = bench.meet().await;
    edge.hear_until(|_, heard| matches!(heard, Heard::EndOfRib(_))).await;
    edge.learnt.clear();
    edge.ask_for_refresh(Family::Ipv6).await;
    edge.ask_for_refresh(Family::Ipv4).await;
    edge.hear_learnt(2).await;
}

#[tokio::test]
async fn a_refresh_is_told_between_markers() {
    let bench = Bench::new();
    bench.offer(&[("10.1.0.0/16", own()), ("10.2.0.0/16", own())]).await;
    let mut edge = bench.meet().await;
    edge.hear_until(|_, heard| matches!(heard, Heard::EndOfRib(_))).await;
    edge.ask_for_refresh(Family::Ipv4).await;
    edge.hear_until(|_, heard| *heard == Heard::Refresh(RefreshSubtype::Begin)).await;
    edge.learnt.clear();
    edge.hear_until(|_, heard| *heard == Heard::Refresh(RefreshSubtype::End)).await;
    assert_eq!(edge.learnt.len(), 2);
}

#[tokio::test]
async fn a_route_that_shall_stay_inside_is_not_told_and_is_withdrawn_when_it_comes_to_be_one() {
    for kept in [Community::NO_EXPORT, Community::NO_ADVERTISE, Community::NO_EXPORT_SUBCONFED] {
        let bench = Bench::new();
        let inside = PathAttributes { communities: [Community::new(65020, 1), kept].into(), ..route() };
        bench.offer(&[("192.0.2.0/24", inside.clone()), ("198.51.100.0/24", route())]).await;
        let mut edge = bench.meet().await;
        edge.hear_until(|_, heard| matches!(heard, Heard::EndOfRib(_))).await;
        assert!(edge.learnt.keys().eq([&"198.51.100.0/24".parse().unwrap()]), "{kept}");
        bench.tell([("198.51.100.0/24", Some(inside))]).await;
        edge.hear_learnt(0).await;
    }
}

#[tokio::test]
async fn what_the_peer_leaves_out_of_its_refresh_goes_at_the_end() {
    let mut bench = Bench::with(|settings| settings.limits = drop_above(5, None));
    let mut edge = bench.meet().await;
    let all = prefixes(6);
    edge.announce(&all[..4], &route()).await;
    bench.until_held(4).await;
    // An end without a begin says nothing, nor does a marker of a family that the session does not carry.
    edge.mark_refresh(Family::Ipv4, RefreshSubtype::End).await;
    edge.mark_refresh(Family::Ipv6, RefreshSubtype::Begin).await;
    edge.mark_refresh(Family::Ipv4, RefreshSubtype::Begin).await;
    edge.announce(&all[2..5], &route()).await;
    bench.until_held(5).await;
    assert_eq!(bench.limit().await.held, 5, "on one session all that is held counts");
    edge.mark_refresh(Family::Ipv4, RefreshSubtype::End).await;
    bench.until_held(3).await;
    let view = bench.session().await;
    assert_eq!((view.dropped, bench.limit().await.held), (0, 3));
    drop(edge);
    bench.until_held(0).await;
    while bench.uplink.try_recv().is_ok() {}
}

#[tokio::test]
async fn a_routes_unknown_attributes_and_communities_pass_through() {
    let bench = Bench::new();
    let unknown = UnknownAttribute { code: 99, flags: 0xE0, value: vec![7; 300].into() };
    let learnt = PathAttributes {
        as_path: AsPath::sequence([Asn::constant(65020), Asn::constant(4_200_000_001)]),
        med: Some(50),
        communities: [Community::new(65020, 1)].into(),
        extended_communities: [
            ExtendedCommunity([0, 2, 0xFD, 0xE8, 0, 0, 0, 1]),
            ExtendedCommunity([0x40, 2, 0xFD, 0xE8, 0, 0, 0, 1]),
        ]
        .into(),
        large_communities: [LargeCommunity { global: 65020, local1: 1, local2: 2 }].into(),
        unknown: [unknown].into(),
        ..route()
    };
    bench.offer(&[("192.0.2.0/24", learnt.clone())]).await;
    let mut edge = bench.meet().await;
    edge.hear_learnt(1).await;
    let sent = edge.learnt.values().next().unwrap();
    let want = PathAttributes {
        as_path: learnt.as_path.prepended(MSEE, 1),
        next_hop: NextHop::V4([172, 16, 0, 2].into()),
        med: None,
        extended_communities: learnt.extended_communities[..1].into(),
        ..learnt
    };
    assert_eq!(*sent, want);
}

#[tokio::test]
async fn a_route_does_not_go_back_to_where_it_came_from() {
    let bench = Bench::new();
    let mut edge = bench.meet().await;
    let own_route = Offer { source: Some(Source(1)), attributes: route().into() };
    let others = Offer { source: Some(Source(2)), attributes: route().into() };
    let mut news = Advertisements::default();
    news.push("192.0.2.0/24".parse().unwrap(), Some(own_route.clone()));
    news.push("198.51.100.0/24".parse().unwrap(), Some(others));
    bench.downlink.send(Downlink::Routes(Arc::new(news))).await.unwrap();
    edge.hear_learnt(1).await;
    assert!(edge.learnt.contains_key(&"198.51.100.0/24".parse().unwrap()));
    // The edge's own route to the other prefix becomes the best one: what it knew from others is withdrawn.
    let mut news = Advertisements::default();
    news.push("198.51.100.0/24".parse().unwrap(), Some(own_route));
    bench.downlink.send(Downlink::Routes(Arc::new(news))).await.unwrap();
    edge.hear_learnt(0).await;
}

#[tokio::test]
async fn what_the_edge_announces_reaches_the_backbone_and_leaves_it_with_the_session() {
    let mut bench = Bench::new();
    let mut edge = bench.meet().await;
    edge.announce(&prefixes(3), &route()).await;
    let batch = bench.changes().await;
    let want: Vec<Change<Ipv4Net>> =
        prefixes(3).into_iter().map(|prefix| change(prefix, Some(route()))).collect();
    assert_eq!(batch.changes().collect::<Vec<_>>(), want);
    edge.withdraw(&prefixes(1)).await;
    assert_eq!(bench.changes().await.changes().collect::<Vec<_>>(), [change(prefixes(1)[0], None)]);
    drop(edge);
    let gone: Vec<Change<Ipv4Net>> = prefixes(3)[1..].iter().map(|prefix| change(*prefix, None)).collect();
    assert_eq!(in_order(&bench.changes().await), gone);
}

#[tokio::test]
async fn the_backbone_gets_all_accepted_routes_again_when_it_asks() {
    let mut bench = Bench::new();
    let mut edge = bench.meet().await;
    edge.announce(&prefixes(3), &route()).await;
    edge.announce(&["127.0.0.0/8".parse().unwrap()], &route()).await;
    bench.until_held(4).await;
    while bench.uplink.try_recv().is_ok() {}
    bench.downlink.send(Downlink::Refresh).await.unwrap();
    let again: Vec<Change<Ipv4Net>> =
        prefixes(3).into_iter().map(|prefix| change(prefix, Some(route()))).collect();
    assert_eq!(in_order(&bench.changes().await), again, "without the one that was refused");
}

#[tokio::test]
async fn a_backbone_that_does_not_read_stops_the_reading_and_loses_nothing() {
    const PREFIXES: u32 = 100_000;
    let mut settings = settings(vec![session([172, 16, 0, 2].into(), [172, 16, 0, 1].into())]);
    settings.sessions[0].bgp.extended_messages = session::Announce::Yes;
    let mut bench = Bench::start(settings, 1);
    let mut edge = bench.meet().await;
    let announcing = tokio::spawn(async move {
        edge.announce(&prefixes(PREFIXES), &route()).await;
        edge
    });
    let full = Batch::ROOM as u64;
    bench.until("the batch is full", |session| session.received.ipv4 >= full).await;
    // However often it could read on, it does not.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    let held = bench.session().await.received.ipv4;
    assert!(held < u64::from(PREFIXES), "{held} prefixes read although nobody wants them");
    let mut handed_on = std::collections::BTreeSet::new();
    while handed_on.len() < PREFIXES as usize {
        handed_on.extend(bench.changes().await.changes::<Ipv4Net>().map(|change| change.prefix));
    }
    assert!(handed_on.into_iter().eq(prefixes(PREFIXES)));
    let view = bench.session().await;
    assert_eq!((view.received.ipv4, view.dropped), (u64::from(PREFIXES), 0));
    soon(announcing).await.unwrap();
}

#[tokio::test]
async fn two_attachments_that_both_dial_bring_the_session_up_and_exchange_routes() {
    let near = session([172, 16, 0, 2].into(), [172, 16, 0, 1].into());
    let mut far = session([172, 16, 0, 1].into(), [172, 16, 0, 2].into());
    (far.local_endpoint, far.peer_endpoint) = (near.peer_endpoint, near.local_endpoint);
    far.import.local_asn = EDGE;
    far.export.local_asn = EDGE;
    let identifier = Identifier::new([10, 0, 0, 1].into()).unwrap();
    far.bgp = session::Settings {
        local_asn: EDGE,
        peer_asn: MSEE,
        local_identifier: identifier,
        opening: Opening::Active,
        ..far.bgp
    };
    let msee = Bench::with(|settings| {
        settings.sessions = vec![near];
        settings.sessions[0].bgp.opening = Opening::Active;
    });
    let edge = Bench::with(|settings| settings.sessions = vec![far]);
    msee.offer(&[("10.1.0.0/16", own())]).await;
    edge.offer(&[("192.168.0.0/16", own()), ("192.168.1.0/24", own())]).await;
    msee.until_held(2).await;
    edge.until_held(1).await;
    let learnt = edge.received().await.swap_remove(0);
    assert_eq!(learnt.attributes.read().as_path, AsPath::sequence([MSEE]));
    assert_eq!(learnt.attributes.next_hop().address(), IpAddr::from([172, 16, 0, 2]));
    for side in [&msee, &edge] {
        let view = side.session().await;
        assert_eq!(view.dropped, 0, "a collision is no lost session");
    }
}

/// A virtual network's route, before it is exported.
fn own() -> PathAttributes {
    Export::virtual_network_route(Family::Ipv4)
}

fn change(prefix: Ipv4Net, attributes: Option<PathAttributes>) -> Change<Ipv4Net> {
    Change { prefix, attributes: attributes.map(Attributes::from) }
}

/// The changes in prefix order; a whole table goes in no order.
fn in_order(batch: &Batch) -> Vec<Change<Ipv4Net>> {
    let mut changes: Vec<_> = batch.changes().collect();
    changes.sort_by_key(|change| change.prefix);
    changes
}
