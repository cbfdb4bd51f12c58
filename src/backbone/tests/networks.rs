//! Virtual networks linked to circuits: what customers learn of them, and who takes part.

use super::*;

const PRIMARY: &str = "a/private/primary";
const SECONDARY: &str = "a/private/secondary";
const ELSEWHERE: &str = "b/private/primary";

/// A backbone with both routers' private peerings of circuit `a` and one of circuit `b`.
async fn two_circuits() -> Bench {
    let mut bench = Bench::new(Mode::Azure).await;
    for id in [PRIMARY, SECONDARY, ELSEWHERE] {
        bench.attach(id).await;
    }
    bench
}

#[tokio::test]
async fn s06_both_routers_of_a_linked_circuit_advertise_the_whole_space_alike() {
    let mut bench = two_circuits().await;
    bench.configure(&[network("hub", &["10.1.0.0/16", "fd00:1::/48"], &[("a", 0)])]).await;
    let told = ["10.1.0.0/16 own", "fd00:1::/48 own"];
    assert_eq!(bench.told(PRIMARY), told);
    assert_eq!(bench.edges[PRIMARY].told, bench.edges[SECONDARY].told);
    assert!(bench.told(ELSEWHERE).is_empty());
}

#[tokio::test]
async fn what_customers_learn_follows_links_and_spaces() {
    let mut bench = two_circuits().await;
    let hub = |space: &[&str], links: &[(&str, u16)]| vec![network("hub", space, links)];
    let space = ["10.1.0.0/16"];
    for (name, networks, on_a, on_b) in [
        ("linked to no circuit", hub(&space, &[]), vec![], vec![]),
        ("linked to one", hub(&space, &[("a", 0)]), vec!["10.1.0.0/16 own"], vec![]),
        (
            "linked to another as well",
            hub(&space, &[("a", 0), ("b", 0)]),
            vec!["10.1.0.0/16 own"],
            vec!["10.1.0.0/16 own"],
        ),
        ("unlinked from one", hub(&space, &[("b", 0)]), vec![], vec!["10.1.0.0/16 own"]),
        (
            "a space that grows",
            hub(&["10.1.0.0/16", "10.2.0.0/16"], &[("b", 0)]),
            vec![],
            vec!["10.1.0.0/16 own", "10.2.0.0/16 own"],
        ),
        ("a space that changes", hub(&["10.3.0.0/16"], &[("b", 0)]), vec![], vec!["10.3.0.0/16 own"]),
        (
            "two networks behind one circuit",
            vec![
                network("hub", &["10.1.0.0/16"], &[("a", 0)]),
                network("spoke", &["10.2.0.0/16"], &[("a", 0)]),
            ],
            vec!["10.1.0.0/16 own", "10.2.0.0/16 own"],
            vec![],
        ),
        ("one of them deleted", hub(&space, &[("a", 0)]), vec!["10.1.0.0/16 own"], vec![]),
        ("no network at all", vec![], vec![], vec![]),
    ] {
        bench.configure(&networks).await;
        assert_eq!(
            (bench.told(PRIMARY), bench.told(ELSEWHERE)),
            (on_a.into_iter().map(str::to_owned).collect(), on_b.into_iter().map(str::to_owned).collect()),
            "{name}"
        );
        assert_eq!(bench.told(PRIMARY), bench.told(SECONDARY), "{name}");
    }
}

#[tokio::test]
async fn only_what_changes_is_told() {
    let mut bench = two_circuits().await;
    bench.configure(&[network("hub", &["10.1.0.0/16"], &[("a", 0)])]).await;
    bench.silence();
    bench.configure(&[network("hub", &["10.1.0.0/16", "10.2.0.0/16"], &[("a", 5)])]).await;
    assert_eq!(bench.edges[PRIMARY].messages, [1]);
    assert_eq!(bench.edges[ELSEWHERE].messages, [0; 0]);
}

#[tokio::test]
async fn an_attachment_that_begins_late_gets_everything_and_its_completion() {
    let mut bench = Bench::new(Mode::Azure).await;
    bench.configure(&[network("hub", &["10.1.0.0/16"], &[("a", 0)])]).await;
    bench.attach(PRIMARY).await;
    assert_eq!(bench.told(PRIMARY), ["10.1.0.0/16 own"]);
    assert_eq!(bench.edges[PRIMARY].completions, 1);
}

#[tokio::test]
async fn a_resync_sends_everything_once_more_to_the_one_that_asks() {
    let mut bench = two_circuits().await;
    bench.configure(&[network("hub", &["10.1.0.0/16", "fd00:1::/48"], &[("a", 0)])]).await;
    bench.silence();
    bench.edges.get_mut(PRIMARY).unwrap().told.clear();
    bench.resync(PRIMARY).await;
    assert_eq!(bench.told(PRIMARY), ["10.1.0.0/16 own", "fd00:1::/48 own"]);
    assert_eq!(bench.edges[PRIMARY].completions, 2);
    assert!(bench.edges[SECONDARY].messages.is_empty());
    bench.resync(ELSEWHERE).await;
    assert_eq!(bench.edges[ELSEWHERE].completions, 2, "with nothing to send it is complete at once");
}

#[tokio::test]
async fn s07_microsoft_and_public_peerings_neither_feed_a_network_nor_learn_of_it() {
    let mut bench = two_circuits().await;
    let others = ["a/microsoft/primary", "a/public/secondary"];
    for id in others {
        bench.attach(id).await;
    }
    bench.configure(&[network("hub", &["10.1.0.0/16"], &[("a", 0)])]).await;
    for id in others {
        bench.announce(id, &[("198.51.100.0/24", route(1))]).await;
        assert!(bench.told(id).is_empty(), "{id}");
    }
    assert_eq!(bench.effective("hub").await, ["10.1.0.0/16 local"]);
}

#[tokio::test]
async fn s02_circuits_with_the_same_prefixes_do_not_see_each_other() {
    let mut bench = two_circuits().await;
    bench
        .configure(&[
            network("hub", &["10.1.0.0/16"], &[("a", 0)]),
            network("other", &["10.1.0.0/16"], &[("b", 0)]),
        ])
        .await;
    bench.announce(PRIMARY, &[("192.168.0.0/16", route(1)), ("192.168.1.0/24", route(1))]).await;
    bench.announce(ELSEWHERE, &[("192.168.0.0/16", route(3))]).await;
    assert_eq!(
        bench.effective("hub").await,
        ["10.1.0.0/16 local", "192.168.0.0/16 via a/private/primary", "192.168.1.0/24 via a/private/primary"]
    );
    assert_eq!(bench.effective("other").await, ["10.1.0.0/16 local", "192.168.0.0/16 via b/private/primary"]);
    for id in [PRIMARY, ELSEWHERE] {
        assert_eq!(bench.told(id), ["10.1.0.0/16 own"], "{id} learns no customer's route");
    }
}

#[tokio::test]
async fn the_routes_of_an_attachment_leave_with_it() {
    let mut bench = two_circuits().await;
    bench.configure(&[network("hub", &["10.1.0.0/16"], &[("a", 0)])]).await;
    for id in [PRIMARY, SECONDARY] {
        bench.announce(id, &[("192.168.0.0/16", route(1)), ("fd00:2::/48", route6(1))]).await;
    }
    bench.end(PRIMARY).await;
    assert_eq!(
        bench.effective("hub").await,
        [
            "10.1.0.0/16 local",
            "192.168.0.0/16 via a/private/secondary",
            "fd00:2::/48 via a/private/secondary"
        ]
    );
    bench.end(SECONDARY).await;
    assert_eq!(bench.effective("hub").await, ["10.1.0.0/16 local"]);
    assert_eq!(bench.lookup("hub", "192.168.0.1").await, None);
}

#[tokio::test]
async fn what_an_attachment_says_after_its_end_is_nobodys() {
    let mut bench = two_circuits().await;
    bench.configure(&[network("hub", &["10.1.0.0/16"], &[("a", 0)])]).await;
    let late = bench.edges[PRIMARY].changes([(net("192.168.0.0/16"), Some(route(1)))]);
    bench.end(PRIMARY).await;
    bench.uplink(late).await;
    assert_eq!(bench.effective("hub").await, ["10.1.0.0/16 local"]);
}

#[tokio::test]
async fn a_customers_routes_leave_an_unlinked_network_and_come_back_when_it_is_linked_again() {
    let mut bench = two_circuits().await;
    let hub = |links: &[(&str, u16)]| network("hub", &["10.1.0.0/16"], links);
    bench.announce(PRIMARY, &[("192.168.0.0/16", route(1)), ("fd00:2::/48", route6(1))]).await;
    let linked =
        ["10.1.0.0/16 local", "192.168.0.0/16 via a/private/primary", "fd00:2::/48 via a/private/primary"];
    for (name, links, want) in [
        ("linked after the routes came", &[("a", 0)][..], &linked[..]),
        ("unlinked", &[], &["10.1.0.0/16 local"]),
        ("linked again", &[("a", 7)], &linked),
        ("linked to another circuit instead", &[("b", 0)], &["10.1.0.0/16 local"]),
    ] {
        bench.configure(&[hub(links)]).await;
        assert_eq!(bench.effective("hub").await, want, "{name}");
    }
}

#[tokio::test]
async fn after_a_restart_end_of_rib_waits_until_all_have_announced_their_routes() {
    let mut bench = Bench::new(Mode::Azure).await;
    bench.configure(&[network("hub", &["10.1.0.0/16"], &[("a", 0)])]).await;
    bench.attach_after("a/private/primary", Some(DEADLINE)).await;
    bench.attach_after("a/private/secondary", Some(DEADLINE)).await;
    let sources = bench.edges.values().map(|edge| edge.source).collect::<Vec<_>>();
    for (heard, source) in sources.into_iter().enumerate() {
        let edge = &bench.edges["a/private/primary"];
        assert_eq!((edge.told.len(), edge.completions), (1, 0), "{heard} of 2");
        bench.uplink(Uplink::Recovered(source)).await;
    }
    assert!(bench.edges.values().all(|edge| edge.completions == 1));
}
