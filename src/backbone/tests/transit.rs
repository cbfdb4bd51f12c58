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
async fn a_route_goes_to_all_with_its_source_named() {
    let mut bench = three_peerings().await;
    bench.announce(A, &[("192.0.2.0/24", route(1)), ("2001:db8::/32", route6(1))]).await;
    for id in [A, B, C] {
        // The source is why the attachment that it came from does not send it back.
        assert_eq!(
            bench.told(id),
            ["192.0.2.0/24 from a/private/primary", "2001:db8::/32 from a/private/primary"]
        );
    }
    assert_eq!(bench.edges[B].told[&net("192.0.2.0/24")].attributes, route(1), "as it was learnt");
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
async fn a_late_attachment_gets_the_whole_table_in_portions_and_then_its_completion() {
    let mut bench = three_peerings().await;
    let routes: Vec<(IpNet, Option<Attributes>)> = (0..10_000_u32)
        .map(|number| {
            (IpNet::new(Ipv4Addr::from(0x0A00_0000 + (number << 8)).into(), 24).unwrap(), Some(route(1)))
        })
        .collect();
    bench.change(A, routes).await;
    bench.announce(A, &[("2001:db8::/32", route6(1))]).await;
    bench.attach("d/private/primary").await;
    let late = &bench.edges["d/private/primary"];
    assert_eq!((late.told.len(), late.completions), (10_001, 1));
    assert!(late.messages.iter().all(|prefixes| *prefixes <= 4096), "{:?}", late.messages);
    assert_eq!(late.told, bench.edges[B].told);
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
