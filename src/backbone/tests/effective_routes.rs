//! Which routes a virtual network uses, and how readers page through them.

use super::*;

const PRIMARY: &str = "a/private/primary";
const SECONDARY: &str = "a/private/secondary";
const OTHER: &str = "b/private/primary";

/// A network of both families that is linked to the circuits `a` and `b`, with their weights.
async fn hub(weight_of_a: u16, weight_of_b: u16) -> Bench {
    let mut bench = Bench::new(Mode::Azure).await;
    for id in [PRIMARY, SECONDARY, OTHER] {
        bench.attach(id).await;
    }
    configure(&mut bench, weight_of_a, weight_of_b).await;
    bench
}

async fn configure(bench: &mut Bench, weight_of_a: u16, weight_of_b: u16) {
    let links = [("a", weight_of_a), ("b", weight_of_b)];
    bench.configure(&[network("hub", &["10.1.0.0/16", "fd00:1::/48"], &links)]).await;
}

#[tokio::test]
async fn the_route_in_use_is_chosen_as_azure_does() {
    for (name, weights, lengths, want) in [
        (
            "equal over both links of a circuit",
            (0, 0),
            [Some(1), Some(1), None],
            "via a/private/primary a/private/secondary",
        ),
        (
            "equal over two circuits",
            (0, 0),
            [Some(1), Some(1), Some(1)],
            "via a/private/primary a/private/secondary b/private/primary",
        ),
        ("a prepended link is a backup", (0, 0), [Some(1), Some(3), None], "via a/private/primary"),
        ("a shorter path on the other circuit", (0, 0), [Some(2), Some(2), Some(1)], "via b/private/primary"),
        ("weight before path length", (10, 0), [Some(5), Some(6), Some(1)], "via a/private/primary"),
        (
            "weight counts only where there is a route",
            (10, 0),
            [None, None, Some(4)],
            "via b/private/primary",
        ),
    ] {
        let mut bench = hub(weights.0, weights.1).await;
        for (id, length) in [PRIMARY, SECONDARY, OTHER].into_iter().zip(lengths) {
            if let Some(length) = length {
                bench.announce(id, &[("192.168.0.0/16", route(length))]).await;
            }
        }
        let found = bench.lookup("hub", "192.168.7.7").await;
        assert_eq!(found, Some(format!("192.168.0.0/16 {want}")), "{name}");
    }
}

#[tokio::test]
async fn a_changed_weight_moves_the_traffic_that_flows() {
    let mut bench = hub(0, 0).await;
    for id in [PRIMARY, OTHER] {
        bench.announce(id, &[("192.168.0.0/16", route(1))]).await;
    }
    for (weights, want) in [
        ((100, 0), "via a/private/primary"),
        ((100, 200), "via b/private/primary"),
        ((0, 0), "via a/private/primary b/private/primary"),
    ] {
        configure(&mut bench, weights.0, weights.1).await;
        let found = bench.lookup("hub", "192.168.0.1").await;
        assert_eq!(found, Some(format!("192.168.0.0/16 {want}")), "{weights:?}");
    }
}

#[tokio::test]
async fn the_second_best_takes_over_when_the_best_is_withdrawn() {
    let mut bench = hub(0, 0).await;
    bench.announce(PRIMARY, &[("192.168.0.0/16", route(1))]).await;
    bench.announce(OTHER, &[("192.168.0.0/16", route(2))]).await;
    bench.announce(PRIMARY, &[("192.168.0.0/16", route(3))]).await;
    assert_eq!(
        bench.effective("hub").await[1],
        "192.168.0.0/16 via b/private/primary",
        "replaced by a worse one"
    );
    bench.withdraw(OTHER, &["192.168.0.0/16"]).await;
    assert_eq!(bench.effective("hub").await[1], "192.168.0.0/16 via a/private/primary");
    bench.withdraw(PRIMARY, &["192.168.0.0/16", "203.0.113.0/24"]).await;
    assert_eq!(bench.effective("hub").await, ["10.1.0.0/16 local", "fd00:1::/48 local"]);
}

#[tokio::test]
async fn the_networks_own_space_is_preferred_to_what_customers_announce_inside_it() {
    let mut bench = hub(0, 0).await;
    bench
        .announce(
            PRIMARY,
            &[
                ("10.0.0.0/8", route(1)),
                ("10.1.0.0/16", route(1)),
                ("10.1.2.0/24", route(1)),
                ("fd00:1:0:5::/64", route6(1)),
            ],
        )
        .await;
    assert_eq!(
        bench.effective("hub").await,
        [
            "10.0.0.0/8 via a/private/primary",
            "10.1.0.0/16 local",
            "10.1.2.0/24 hidden from a/private/primary",
            "fd00:1::/48 local",
            "fd00:1:0:5::/64 hidden from a/private/primary",
        ]
    );
    for (address, want) in [
        ("10.1.2.3", "10.1.0.0/16 local"),
        ("10.2.0.1", "10.0.0.0/8 via a/private/primary"),
        ("fd00:1:0:5::1", "fd00:1::/48 local"),
    ] {
        assert_eq!(bench.lookup("hub", address).await.as_deref(), Some(want), "{address}");
    }
    bench.configure(&[network("hub", &["10.9.0.0/16"], &[("a", 0)])]).await;
    assert_eq!(
        bench.effective("hub").await,
        [
            "10.0.0.0/8 via a/private/primary",
            "10.1.0.0/16 via a/private/primary",
            "10.1.2.0/24 via a/private/primary",
            "10.9.0.0/16 local",
            "fd00:1:0:5::/64 via a/private/primary",
        ],
        "a space that moves away uncovers them"
    );
}

#[tokio::test]
async fn the_longest_prefix_decides_about_an_address() {
    let mut bench = hub(0, 0).await;
    bench
        .announce(PRIMARY, &[("0.0.0.0/0", route(1)), ("192.168.0.0/16", route(1)), ("::/0", route6(1))])
        .await;
    bench.announce(OTHER, &[("192.168.7.0/24", route(9)), ("192.168.7.7/32", route(9))]).await;
    for (address, want) in [
        ("192.168.7.7", Some("192.168.7.7/32 via b/private/primary")),
        ("192.168.7.8", Some("192.168.7.0/24 via b/private/primary")),
        ("192.168.8.1", Some("192.168.0.0/16 via a/private/primary")),
        ("203.0.113.1", Some("0.0.0.0/0 via a/private/primary")),
        ("fd00:9::1", Some("::/0 via a/private/primary")),
    ] {
        assert_eq!(bench.lookup("hub", address).await.as_deref(), want, "{address}");
    }
    bench.withdraw(PRIMARY, &["0.0.0.0/0", "::/0"]).await;
    assert_eq!(bench.lookup("hub", "203.0.113.1").await, None);
    assert_eq!(bench.lookup("hub", "fd00:9::1").await, None);
}

#[tokio::test]
async fn a_row_says_who_offers_the_route_and_why_it_is_used() {
    let mut bench = hub(7, 0).await;
    bench.announce(PRIMARY, &[("192.168.0.0/16", route(2))]).await;
    let page = bench.page("hub", Some(Family::Ipv4), Some(net("10.1.0.0/16")), 10).await.unwrap();
    let hop = EffectiveNextHop {
        attachment: PRIMARY.parse().unwrap(),
        neighbor: IpAddr::from([172, 16, 0, 1]),
        as_path: "65010 65010".to_owned(),
        weight: 7,
    };
    let row = EffectiveRoute { prefix: net("192.168.0.0/16"), next_hop: NextHopKind::Gateway(vec![hop]) };
    assert_eq!(page, EffectiveRoutes { routes: vec![row], next: None });
}

#[tokio::test]
async fn pages_of_any_size_make_up_the_table() {
    let mut bench = hub(0, 0).await;
    let ipv4: Vec<String> = (0..7).map(|number| format!("192.168.{number}.0/24")).collect();
    let ipv6: Vec<String> = (0..5).map(|number| format!("fd00:2:{number}::/48")).collect();
    let routes: Vec<(&str, Attributes)> = ipv4
        .iter()
        .map(|prefix| (prefix.as_str(), route(1)))
        .chain(ipv6.iter().map(|prefix| (prefix.as_str(), route6(1))))
        .collect();
    bench.announce(PRIMARY, &routes).await;
    for family in [None, Some(Family::Ipv4), Some(Family::Ipv6)] {
        let whole = bench.page("hub", family, None, 100).await.unwrap();
        let rows = match family {
            None => 14,
            Some(Family::Ipv4) => 8,
            Some(Family::Ipv6) => 6,
        };
        assert_eq!((whole.routes.len(), whole.next), (rows, None), "{family:?}");
        for limit in 1..=rows + 1 {
            let (mut pages, mut after) = (Vec::new(), None);
            loop {
                let page = bench.page("hub", family, after, limit).await.unwrap();
                assert!(page.routes.len() <= limit, "{family:?}, {limit} rows at most");
                assert!(page.next.is_none() || page.routes.len() == limit, "{family:?}, {limit} rows");
                pages.extend(page.routes);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(pages, whole.routes, "{family:?} in pages of {limit}");
        }
    }
    let none = bench.page("hub", None, None, 0).await.unwrap();
    assert_eq!(none, EffectiveRoutes::default(), "no row is asked for, so there is none to go on from");
}

#[tokio::test]
async fn an_unknown_network_is_answered_with_those_that_exist() {
    let mut bench = hub(0, 0).await;
    bench.configure(&[network("hub", &["10.1.0.0/16"], &[]), network("spoke", &["10.2.0.0/16"], &[])]).await;
    let error = bench.page("hup", None, None, 10).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no virtual network \"hup\"; there are: hub, spoke");
    let (reply, answer) = oneshot::channel();
    let question = Command::Lookup { network: "hup".to_owned(), address: IpAddr::from([10, 1, 0, 1]), reply };
    bench.commands.send(question).await.unwrap();
    assert_eq!(answer.await.unwrap(), Err(error));
}
