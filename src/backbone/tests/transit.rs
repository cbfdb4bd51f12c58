//! `[lab] open_transit`: every best route goes to all peerings.

use super::*;

const A: &str = "a/private/primary";
const B: &str = "b/private/primary";
const C: &str = "c/microsoft/secondary";

async fn three_peerings() -> Bench {
    let mut bench = Bench::new(Mode::Transit).await;
    for id in [A, B, C] {
        bench.attach(id).await;
    }
    bench
}

fn from_as(asn: u32, med: Option<u32>) -> Attributes {
    PathAttributes { med, ..path([asn]) }.into()
}

#[tokio::test]
async fn a_route_goes_to_all_but_its_source_as_an_external_speaker_passes_it_on() {
    let mut bench = three_peerings().await;
    bench.announce(A, &[("192.0.2.0/24", from_as(65010, Some(9))), ("2001:db8::/32", route6(1))]).await;
    assert!(bench.told(A).is_empty());
    for id in [B, C] {
        let want = ["192.0.2.0/24 from a/private/primary", "2001:db8::/32 from a/private/primary"];
        assert_eq!(bench.told(id), want);
    }
    let heard = &bench.edges[B].heard[&net("192.0.2.0/24")];
    assert_eq!(heard.as_path, AsPath::sequence([MSEE, Asn::constant(65010)]));
    assert_eq!((heard.next_hop, heard.med), (NextHop::V4(MSEE_ADDRESS), None));
}

#[tokio::test]
async fn what_attachments_say_as_soon_as_they_begin_is_heard() {
    const LAST: &str = "d/private/primary";
    let mut bench = three_peerings().await;
    // All at once, as when a daemon starts whose peers have been waiting for it.
    let (_others, mut attaches): (Vec<_>, Vec<_>) =
        (10..20).map(|number| edge(number, "e/private/primary")).unzip();
    let (last, attach) = edge(9, LAST);
    attaches.push(attach);
    for attach in attaches {
        bench.commands.send(Command::Attach(attach)).await.unwrap();
    }
    let news = last.changes([(net("192.0.2.0/24"), Some(last.marked(&route(1))))]);
    bench.edges.insert(LAST.to_owned(), last);
    bench.uplinks.send(news).await.unwrap();
    bench.join(LAST).await;
    assert_eq!(bench.told(A), ["192.0.2.0/24 from d/private/primary"]);
    bench.announce(A, &[("198.51.100.0/24", route(1))]).await;
    assert_eq!(bench.told(LAST), ["198.51.100.0/24 from a/private/primary"]);
}

#[tokio::test]
async fn a_route_that_shall_stay_inside_is_told_to_nobody() {
    let mut bench = three_peerings().await;
    let inside = |communities: &[Community]| {
        Attributes::from(PathAttributes { communities: communities.into(), ..path([65010]) })
    };
    let edge = &bench.edges[A];
    let news = |route: Attributes| edge.changes([(net("192.0.2.0/24"), Some(route))]);
    let first = news(inside(&[]));
    for community in [Community::NO_EXPORT, Community::NO_ADVERTISE, Community::NO_EXPORT_SUBCONFED] {
        let kept = bench.edges[A].changes([(net("192.0.2.0/24"), Some(inside(&[community])))]);
        bench.uplink(kept).await;
        assert!(bench.edges[B].heard.is_empty(), "{community}");
    }
    bench.uplink(first).await;
    assert_eq!(bench.edges[B].heard.len(), 1);
    let kept = bench.edges[A].changes([(net("192.0.2.0/24"), Some(inside(&[Community::NO_ADVERTISE])))]);
    bench.uplink(kept).await;
    assert!(bench.edges[B].heard.is_empty(), "what was told before is withdrawn");
}

#[tokio::test]
async fn a_source_is_told_of_others_and_forgets_them_when_its_own_route_is_best() {
    let mut bench = three_peerings().await;
    bench.announce(A, &[("192.0.2.0/24", route(2))]).await;
    assert_eq!(bench.told(B), ["192.0.2.0/24 from a/private/primary"]);
    bench.announce(B, &[("192.0.2.0/24", route(1))]).await;
    assert!(bench.told(B).is_empty());
    assert_eq!(bench.told(A), ["192.0.2.0/24 from b/private/primary"]);
    bench.withdraw(B, &["192.0.2.0/24"]).await;
    assert_eq!((bench.told(A).len(), bench.told(B).len()), (0, 1));
}

#[tokio::test]
async fn a_session_that_comes_up_is_told_the_table_and_its_end() {
    let mut bench = three_peerings().await;
    for id in [A, B, C] {
        assert_eq!(bench.edges[id].ends_of_rib, [Family::Ipv4, Family::Ipv6]);
    }
    bench.announce(A, &[("192.0.2.0/24", route(1)), ("2001:db8::/32", route6(1))]).await;
    bench.join(B).await;
    assert_eq!((bench.told(B).len(), bench.edges[B].ends_of_rib.len()), (2, 2));
    let listener = bench.edges[B].listener();
    bench.silence();
    bench.uplink(Uplink::Again(listener, Family::Ipv6)).await;
    assert_eq!(bench.edges[B].messages, [1], "a refresh is for one family");
    let markers = [(RefreshSubtype::Begin, 0), (RefreshSubtype::End, 1)];
    assert_eq!(bench.edges[B].markers, markers, "RFC 7313 4 around what is told again");
    assert_eq!(bench.edges[B].window.advertised(Family::Ipv6), 1);
    bench.uplink(Uplink::Leave(listener)).await;
    bench.silence();
    bench.announce(A, &[("198.51.100.0/24", route(1))]).await;
    assert!(bench.edges[B].messages.is_empty(), "nobody listens there");
}

#[tokio::test]
async fn a_session_that_shall_know_nothing_any_longer_forgets_all() {
    let mut bench = three_peerings().await;
    bench.announce(A, &[("192.0.2.0/24", route(1)), ("2001:db8::/32", route6(1))]).await;
    let (nothing, again) = (bench.edges[B].join(None), bench.edges[B].join(Some(MSEE)));
    bench.uplink(nothing).await;
    assert!(bench.told(B).is_empty());
    bench.announce(A, &[("198.51.100.0/24", route(1))]).await;
    assert!(bench.told(B).is_empty());
    bench.uplink(again).await;
    assert_eq!(bench.told(B).len(), 3);
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_told_the_newest_state_when_it_does() {
    const PREFIXES: u32 = 60_000;
    let mut bench = three_peerings().await;
    bench.edges.get_mut(B).unwrap().reads = false;
    let prefix = |number: u32| IpNet::new(Ipv4Addr::from(0x0A00_0000 + (number << 4)).into(), 28).unwrap();
    let numbers: Vec<u32> = (0..PREFIXES).collect();
    for path_length in 1..6 {
        for batch in numbers.chunks(Batch::ROOM) {
            let routes = batch.iter().map(|number| (prefix(*number), Some(route(path_length))));
            bench.change(A, routes.collect()).await;
        }
    }
    let routes = (0..PREFIXES / 2).map(|number| (prefix(number), None));
    bench.change(A, routes.collect()).await;
    let edge = bench.edges.get_mut(B).unwrap();
    let under_way = edge.heard.len();
    assert!(under_way < PREFIXES as usize, "{under_way} prefixes sent to a peer that reads nothing");
    edge.reads = true;
    let written = edge.window.written(SendWindow::LIMIT - edge.window.room());
    assert!(written, "the backbone waits for room");
    let room = Uplink::Room(edge.listener());
    bench.uplink(room).await;
    for _ in 0..20 {
        bench.served().await;
    }
    assert_eq!(bench.told(B), bench.told(C));
    assert_eq!(bench.told(B).len(), PREFIXES as usize / 2);
    let newest = bench.edges[B].heard.values().all(|route| route.as_path.length() == 6);
    assert!(newest, "the newest route to each prefix");
}

#[tokio::test]
async fn the_best_route_is_told_and_the_next_best_when_it_is_lost() {
    let mut bench = three_peerings().await;
    bench.announce(A, &[("192.0.2.0/24", route(2))]).await;
    bench.announce(B, &[("192.0.2.0/24", route(1))]).await;
    assert_eq!(bench.told(C), ["192.0.2.0/24 from b/private/primary"]);
    bench.silence();
    bench.announce(C, &[("192.0.2.0/24", route(3))]).await;
    assert!(bench.edges[A].messages.is_empty(), "a route that is not the best is nobody's news");
    bench.withdraw(B, &["192.0.2.0/24"]).await;
    assert_eq!(bench.told(C), ["192.0.2.0/24 from a/private/primary"]);
    bench.end(A).await;
    assert_eq!(bench.told(B), ["192.0.2.0/24 from c/microsoft/secondary"]);
    bench.withdraw(C, &["192.0.2.0/24"]).await;
    assert!(bench.told(B).is_empty());
}

#[tokio::test]
async fn the_decision_is_that_of_rfc_4271() {
    let other_as = |med| from_as(65020, med);
    for (name, on_a, on_b, want) in [
        ("9.1.2.2 a shorter AS_PATH", route(2), route(1), B),
        (
            "9.1.2.2 b lower ORIGIN",
            PathAttributes { origin: Origin::Egp, ..path([65010]) }.into(),
            route(1),
            B,
        ),
        ("9.1.2.2 c lower MED of one AS", from_as(65010, Some(9)), from_as(65010, Some(3)), B),
        ("9.1.2.2 c MED of two ASes", from_as(65010, Some(9)), other_as(Some(3)), A),
        ("9.1.2.2 f lower identifier", route(1), route(1), A),
    ] {
        let mut bench = three_peerings().await;
        bench.announce(B, &[("192.0.2.0/24", on_b)]).await;
        bench.announce(A, &[("192.0.2.0/24", on_a)]).await;
        assert_eq!(bench.told(C), [format!("192.0.2.0/24 from {want}")], "{name}");
    }
}

#[tokio::test]
async fn a_networks_own_prefix_is_never_replaced_by_a_learnt_route() {
    let mut bench = three_peerings().await;
    bench.announce(A, &[("10.1.0.0/16", route(1))]).await;
    assert_eq!(bench.told(B), ["10.1.0.0/16 from a/private/primary"]);
    bench.configure(&[network("hub", &["10.1.0.0/16"], &[("a", 0)])]).await;
    for id in [A, B, C] {
        assert_eq!(bench.told(id), ["10.1.0.0/16 own"], "{id}: an open transit knows no links");
    }
    bench.silence();
    bench.announce(B, &[("10.1.0.0/16", route(1))]).await;
    assert!(bench.edges[C].messages.is_empty());
    bench.configure(&[]).await;
    assert_eq!(bench.told(C), ["10.1.0.0/16 from a/private/primary"], "what was learnt meanwhile takes over");
}

#[tokio::test]
async fn a_peer_that_comes_back_as_somebody_else_is_ranked_anew() {
    let mut bench = three_peerings().await;
    for id in [A, B] {
        bench.announce(id, &[("192.0.2.0/24", route(1))]).await;
    }
    assert_eq!(bench.told(C), ["192.0.2.0/24 from a/private/primary"]);
    // Its session was lost and came back while the backbone was busy: the batch says only what holds now.
    let edge = bench.edges.get_mut(A).unwrap();
    if let Some(peer) = &mut edge.peer.ipv4 {
        peer.identifier = Identifier::new(Ipv4Addr::new(10, 9, 9, 9)).unwrap();
    }
    bench.announce(A, &[("192.0.2.0/24", route(1))]).await;
    assert_eq!(bench.told(C), ["192.0.2.0/24 from b/private/primary"]);
}

#[tokio::test]
async fn after_a_restart_nobody_is_told_before_all_have_announced_their_routes() {
    let mut bench = Bench::new(Mode::Transit).await;
    for id in [A, B] {
        bench.attach_after(id, Some(DEADLINE)).await;
    }
    bench.attach(C).await;
    bench.announce(A, &[("192.0.2.0/24", route(1))]).await;
    let [a, b] = [A, B].map(|id| bench.edges[id].source);
    bench.uplink(Uplink::Recovered(a)).await;
    assert!(bench.edges[A].ends_of_rib.is_empty() && bench.edges[B].heard.is_empty());
    assert_eq!(bench.edges[C].heard.len(), 1, "who has not restarted gracefully does not wait");
    bench.announce(B, &[("198.51.100.0/24", route(1))]).await;
    bench.uplink(Uplink::Recovered(b)).await;
    for id in [A, B] {
        assert_eq!((bench.told(id).len(), bench.edges[id].ends_of_rib.len()), (1, 2), "{id}");
    }
    bench.join(A).await;
    assert_eq!(bench.edges[A].ends_of_rib.len(), 2, "a later session waits for nobody");
}

#[tokio::test]
async fn after_a_restart_the_wait_for_others_has_an_end() {
    let mut bench = Bench::new(Mode::Transit).await;
    bench.attach_after(A, Some(Duration::from_millis(1))).await;
    while bench.edges[A].ends_of_rib.is_empty() {
        bench.served().await;
    }
}

/// What an edge has been told of each prefix: the OTC of the route.
fn otc(bench: &Bench, id: &str) -> Vec<(String, Option<u32>)> {
    let heard = bench.edges[id].heard.iter();
    heard.map(|(prefix, route)| (prefix.to_string(), route.only_to_customer)).collect()
}

#[tokio::test]
async fn each_audience_is_told_what_its_role_allows_and_with_otc_where_that_asks_for_it() {
    const PROVIDER: &str = "d/private/primary";
    const CUSTOMER: &str = "e/private/primary";
    let mut bench = three_peerings().await;
    for (id, role) in [(PROVIDER, Role::Customer), (CUSTOMER, Role::Provider)] {
        bench.attach(id).await;
        bench.edges.get_mut(id).unwrap().role = Some(role);
        bench.join(id).await;
    }
    let marked = |otc| Attributes::from(PathAttributes { only_to_customer: otc, ..path([65010]) });
    let prefix = |otc| vec![("192.0.2.0/24".to_owned(), otc)];
    let own = Some(MSEE.get());
    for (announced, to_all, to_provider, to_customer) in [
        (None, prefix(None), prefix(None), prefix(own)),
        (Some(9), prefix(Some(9)), vec![], prefix(Some(9))),
        (Some(8), prefix(Some(8)), vec![], prefix(Some(8))),
        (None, prefix(None), prefix(None), prefix(own)),
    ] {
        let news = bench.edges[A].changes([(net("192.0.2.0/24"), Some(marked(announced)))]);
        bench.uplink(news).await;
        let told = |bench: &Bench| [B, PROVIDER, CUSTOMER].map(|id| otc(bench, id));
        let wanted = [to_all, to_provider, to_customer];
        assert_eq!(told(&bench), wanted, "{announced:?}, as it comes");
        for (id, wanted) in [B, PROVIDER, CUSTOMER].into_iter().zip(&wanted) {
            let advertised = bench.edges[id].window.advertised(Family::Ipv4);
            assert_eq!(advertised, wanted.len(), "{id} {announced:?}");
            bench.join(id).await;
            let listener = bench.edges[id].listener();
            bench.uplink(Uplink::Again(listener, Family::Ipv4)).await;
        }
        assert_eq!(told(&bench), wanted, "{announced:?}, to sessions that come up, and once more");
    }
}
