use super::*;
use crate::{
    azure::{PeeringKind, Router},
    config,
};
use std::path::Path;

fn session(name: &str, local: &str, peer: &str, families: Families) -> Session {
    Session {
        name: name.into(),
        local_address: local.parse().unwrap(),
        peer_address: peer.parse().unwrap(),
        peer_port: 179,
        peer_asn: Asn::MICROSOFT_EDGE,
        shared_key: None,
        families,
        ttl_security: TtlSecurity::Off,
        timers: None,
    }
}

/// One router with both links of a private peering, keys and timers on the primary link only.
fn edge() -> CustomerEdge {
    let primary = Session {
        shared_key: Some("s3cretKey".parse().unwrap()),
        timers: Some(Timers { hold_s: 9, keepalive_s: 3, connect_retry_s: 1 }),
        ..session("msee_private_primary_ipv4", "172.16.0.1", "172.16.0.2", Families::IPV4)
    };
    CustomerEdge {
        hostname: "ce-a".into(),
        asn: Asn::constant(65010),
        router_id: [172, 16, 0, 1].into(),
        port: 179,
        sessions: vec![
            primary,
            session("msee_private_primary_ipv6", "fd99::1", "fd99::2", Families::IPV6),
            session("msee_private_secondary_ipv4", "172.16.0.5", "172.16.0.6", Families::IPV4),
        ],
        announced: ["10.0.0.0/24", "10.0.1.0/24", "fd10::/48"].map(|net| net.parse().unwrap()).into(),
    }
}

#[test]
fn the_configuration_for_each_daemon() {
    for kind in Kind::ALL {
        insta::assert_snapshot!(kind.name(), edge().configuration(kind).to_string());
    }
}

#[test]
fn a_lab_on_high_ports_says_so_to_both_sides() {
    let mut edge = edge();
    edge.port = 1180;
    edge.sessions[0].peer_port = 1179;
    for kind in Kind::ALL {
        let text = edge.configuration(kind).to_string();
        assert!(text.contains("1180") && text.contains("1179"), "{kind}: {text}");
    }
}

#[test]
fn every_announced_prefix_is_written_once_however_many_there_are() {
    let mut edge = edge();
    edge.announced = (0..10_001u32)
        .map(|n| ipnet::Ipv4Net::new_assert((0x0a00_0000 + (n << 8)).into(), 24).into())
        .collect();
    for kind in Kind::ALL {
        let text = edge.configuration(kind).to_string();
        assert_eq!(text.matches("/24").count(), 10_001, "{kind}");
    }
}

#[test]
fn an_edge_with_nothing_to_announce_announces_nothing() {
    let mut edge = edge();
    edge.announced.clear();
    for kind in Kind::ALL {
        let text = edge.configuration(kind).to_string();
        assert!(!text.contains("prefix-set") && !text.contains("rib add"), "{kind}: {text}");
    }
}

#[test]
fn ttl_security_is_asked_of_the_customer_too() {
    let mut edge = edge();
    let without = Kind::ALL.map(|kind| edge.configuration(kind).to_string());
    edge.sessions[0].ttl_security = TtlSecurity::On;
    for (kind, without) in Kind::ALL.into_iter().zip(without) {
        let with = edge.configuration(kind).to_string();
        assert!(with.contains("ttl") && with.len() > without.len(), "{kind}: {with}");
    }
}

const TWO_CIRCUITS: &str = r#"
[[circuit]]
name = "1.ams"
[[circuit.peering]]
kind = "private"
peer_asn = 65010
vlan_id = 100
primary_peer_address_prefix = "172.16.0.0/30"
secondary_peer_address_prefix = "172.16.0.4/30"
ipv6_primary_peer_address_prefix = "fd99::/126"
shared_key = "s3cretKey"
[[circuit.peering]]
kind = "microsoft"
peer_asn = 64496
vlan_id = 300
primary_peer_address_prefix = "193.0.20.0/30"
secondary_peer_address_prefix = "193.0.20.4/30"

[[circuit]]
name = "lab"
[[circuit.peering]]
kind = "private"
peer_asn = 65020
vlan_id = 100
primary_peer_address_prefix = "172.16.1.0/30"
primary = { local_endpoint = "127.0.0.1:1179", peer_endpoint = "127.0.0.1:1180", ttl_security = true }
secondary_peer_address_prefix = "172.16.1.4/30"
secondary = { local_endpoint = "127.0.0.1:1179", peer_endpoint = "127.0.0.2:1181" }
timers = { hold_s = 9, keepalive_s = 3, connect_retry_s = 2, idle_hold_s = 1 }
"#;

fn of_plan(
    circuit: Option<&str>,
    kind: Option<PeeringKind>,
    routers: &[Router],
) -> Result<CustomerEdge, String> {
    let plan = config::parse("lab.toml", TWO_CIRCUITS, Path::new(".")).unwrap().plan;
    let circuit = circuit.map(|name| name.parse().unwrap());
    let choice = Choice { circuit, kind, routers: routers.to_vec() };
    CustomerEdge::of_plan(&plan, &choice, Vec::new()).map_err(|error| error.to_string())
}

#[test]
fn the_customer_edge_is_the_plan_seen_from_the_other_end() {
    let edge = of_plan(Some("1.ams"), Some(PeeringKind::Private), &[Router::Primary]).unwrap();
    assert_eq!((edge.hostname.as_str(), edge.asn.get(), edge.port), ("ce-1-ams-primary", 65010, 179));
    assert_eq!(edge.router_id.to_string(), "172.16.0.1");
    let ends: Vec<_> =
        edge.sessions.iter().map(|s| format!("{} {} {}", s.name, s.local_address, s.peer_address)).collect();
    assert_eq!(
        ends,
        ["msee_private_primary_ipv4 172.16.0.1 172.16.0.2", "msee_private_primary_ipv6 fd99::1 fd99::2"]
    );
    assert!(edge.sessions.iter().all(|session| session.shared_key.is_some() && session.timers.is_none()));
}

#[test]
fn a_lab_on_loopback_is_configured_with_what_tcp_uses() {
    let edge = of_plan(Some("lab"), None, &[Router::Primary]).unwrap();
    let session = &edge.sessions[0];
    assert_eq!((edge.port, session.peer_port, session.ttl_security), (1180, 1179, TtlSecurity::On));
    assert_eq!(session.peer_address.to_string(), "127.0.0.1");
    assert_eq!(session.timers, Some(Timers { hold_s: 9, keepalive_s: 3, connect_retry_s: 2 }));
}

#[test]
fn a_choice_that_is_no_single_router_says_how_to_narrow_it() {
    for (name, circuit, kind, routers, says) in [
        ("several circuits", None, None, &Router::ALL[..], "--circuit: 1.ams, lab"),
        ("unknown circuit", Some("x"), None, &Router::ALL, "no circuit x"),
        (
            "several ASNs",
            Some("1.ams"),
            None,
            &Router::ALL,
            "--peering: private (AS 65010), microsoft (AS 64496)",
        ),
        ("several ports", Some("lab"), None, &Router::ALL, "(1180, 1181); choose one link with --router"),
        ("no such peering", Some("lab"), Some(PeeringKind::Public), &Router::ALL, "no such peering"),
    ] {
        let error = of_plan(circuit, kind, routers).unwrap_err();
        assert!(error.contains(says), "{name}: {error}");
    }
}
