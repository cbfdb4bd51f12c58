//! What a new configuration touches: nothing but the sessions that it must.

use super::*;
use crate::{
    azure::VlanId,
    session::Announce,
    transport::{Hops, Md5Key},
    wire::{HoldTime, Notification},
};

/// A change of the settings.
type Change = fn(&mut Settings);

#[tokio::test]
async fn a_session_goes_on_through_changes_that_need_no_reset() {
    let changes: [(&str, Change); 9] = [
        ("a limit", |settings| settings.limits = drop_above(50, None)),
        ("a limit that only warns", |settings| {
            settings.limits.ipv4 = PrefixLimit::Warn { max: NonZeroU32::new(1).unwrap() };
        }),
        ("nothing announced", |settings| settings.advertise = Advertise::No),
        ("everything announced", |settings| settings.advertise = Advertise::Yes),
        ("hold time", |settings| settings.sessions[0].bgp.hold = HoldTime::from_seconds(30).unwrap()),
        ("keepalive", |settings| settings.sessions[0].bgp.keepalive = Duration::from_secs(5)),
        ("connect retry", |settings| settings.sessions[0].bgp.connect_retry = Duration::from_secs(9)),
        ("idle hold", |settings| settings.sessions[0].bgp.idle_hold = Duration::from_secs(2)),
        ("who opens", |settings| settings.sessions[0].bgp.opening = Opening::Active),
    ];
    let mut bench = Bench::new();
    let mut edge = bench.meet().await;
    for (step, (name, change)) in (1..).zip(changes) {
        bench.reconfigure(change).await;
        edge.announce(&prefixes(step), &route()).await;
        bench.until_held(step.into()).await;
        let view = bench.session().await;
        assert_eq!((view.established, view.dropped), (1, 0), "{name}");
    }
}

#[tokio::test]
async fn a_session_that_must_be_reset_is_told_so_and_comes_back() {
    let changes: [(&str, Change); 7] = [
        ("identifier", |settings| {
            settings.sessions[0].bgp.local_identifier = Identifier::new([10, 9, 9, 9].into()).unwrap();
        }),
        ("address", |settings| settings.sessions[0].local_address = [172, 16, 0, 6].into()),
        ("endpoint", |settings| settings.sessions[0].local_endpoint.set_port(PORT + 1)),
        ("next hop", |settings| {
            settings.sessions[0].export.next_hop.ipv4 = Some(NextHop::V4([172, 16, 0, 9].into()));
        }),
        ("VLAN", |settings| settings.sessions[0].vlan_id = VlanId::new(200).unwrap()),
        ("capabilities", |settings| settings.sessions[0].bgp.route_refresh = Announce::No),
        ("TTL security", |settings| settings.sessions[0].options.hops = Hops::Gtsm),
    ];
    let mut bench = Bench::new();
    for (name, change) in changes {
        let mut edge = bench.meet().await;
        edge.announce(&prefixes(1), &route()).await;
        bench.until_held(1).await;
        bench.reconfigure(change).await;
        assert_eq!(edge.last_words().await, Notification::OTHER_CONFIGURATION_CHANGE, "{name}");
        assert_eq!(bench.session().await.received.ipv4, 0, "{name}");
    }
    bench.meet().await;
}

#[tokio::test]
async fn a_changed_key_takes_effect_at_once() {
    let mut bench = Bench::new();
    let mut edge = bench.meet().await;
    let key = Some(Md5Key::try_from("s3cretKey").unwrap());
    bench.reconfigure(|settings| settings.sessions[0].options.key = key).await;
    assert_eq!(edge.last_words().await, Notification::OTHER_CONFIGURATION_CHANGE);
    bench.meet().await;
}

#[tokio::test]
async fn only_the_session_that_changes_is_reset() {
    let mut bench = Bench::with(|settings| settings.sessions.push(ipv6_session()));
    let (mut ipv4, mut ipv6) = (bench.meet().await, bench.meet_over(1).await);
    bench.reconfigure(|settings| settings.sessions[1].bgp.idle_hold = Duration::from_millis(2)).await;
    bench
        .reconfigure(|settings| settings.sessions[1].local_address = IpAddr::V6("fd00::6".parse().unwrap()))
        .await;
    assert_eq!(ipv6.last_words().await, Notification::OTHER_CONFIGURATION_CHANGE);
    bench.meet_over(1).await;
    ipv4.announce(&prefixes(1), &route()).await;
    bench.until_held(1).await;
    let view = bench.session().await;
    assert_eq!((view.neighbor, view.established, view.dropped), ([172, 16, 0, 1].into(), 1, 0));
    bench.reconfigure(|settings| drop(settings.sessions.pop())).await;
    bench.reconfigure(|settings| settings.sessions.push(ipv6_session())).await;
    bench.meet_over(1).await;
    assert_eq!(bench.session().await.dropped, 0);
}

#[tokio::test]
async fn a_session_that_is_removed_says_that_it_was_deconfigured() {
    let mut bench = Bench::with(|settings| settings.sessions.push(ipv6_session()));
    let mut ipv6 = bench.meet_over(1).await;
    bench.reconfigure(|settings| drop(settings.sessions.pop())).await;
    assert_eq!(ipv6.last_words().await, Notification::PEER_DECONFIGURED);
    assert_eq!(bench.ask(Command::Sessions).await.len(), 1);
}

#[tokio::test]
async fn with_advertise_no_everything_is_withdrawn_and_with_yes_the_backbone_is_asked_again() {
    let mut bench = Bench::new();
    let own = || Export::virtual_network_route(Family::Ipv4);
    bench.offer(&[("10.1.0.0/16", own()), ("10.2.0.0/16", own())]).await;
    let mut edge = bench.meet().await;
    edge.hear_learnt(2).await;
    bench.reconfigure(|settings| settings.advertise = Advertise::No).await;
    edge.hear_learnt(0).await;
    bench.offer(&[("10.3.0.0/16", own())]).await;
    while bench.uplink.try_recv().is_ok() {}
    bench.reconfigure(|settings| settings.advertise = Advertise::Yes).await;
    assert!(matches!(soon(bench.uplink.recv()).await, Some(Uplink::Resync(Source(1)))));
    bench.offer(&[("10.3.0.0/16", own())]).await;
    edge.hear_learnt(1).await;
    assert_eq!(bench.session().await.dropped, 0);
}

#[tokio::test]
async fn a_new_sessions_end_of_rib_waits_for_the_resync() {
    let mut bench = Bench::new();
    let own = || Export::virtual_network_route(Family::Ipv4);
    bench.offer(&[("10.1.0.0/16", own())]).await;
    let mut edge = bench.meet().await;
    bench.reconfigure(|settings| settings.sessions[0].local_address = [172, 16, 0, 6].into()).await;
    edge.last_words().await;
    let mut edge = bench.meet().await;
    bench.offer(&[("10.1.0.0/16", own())]).await;
    edge.hear_until(|edge, _| !edge.ends_of_rib.is_empty()).await;
    assert_eq!(edge.learnt.len(), 1, "routes that came before End-of-RIB");
}

#[tokio::test]
async fn settings_replaced_while_the_listener_is_set_up_hold() {
    let mut bench = Bench::new();
    // The task has not run yet, so that this comes before the first listener is there.
    let key = Some(Md5Key::try_from("s3cretKey").unwrap());
    bench.reconfigure(|settings| settings.sessions[0].options.key = key).await;
    bench.meet().await;
}

#[tokio::test]
async fn ipv6_sessions_run_over_whatever_endpoints_they_are_given() {
    // What BGP sees is IPv6, what TCP uses is IPv4, as in a lab on loopback.
    let mut edge_side = ipv6_session();
    std::mem::swap(&mut edge_side.local_endpoint, &mut edge_side.peer_endpoint);
    edge_side.bgp.opening = Opening::Passive;
    let msee_side = SessionSettings {
        local_endpoint: edge_side.peer_endpoint,
        peer_endpoint: edge_side.local_endpoint,
        bgp: session::Settings { opening: Opening::Active, ..ipv6_session().bgp },
        ..ipv6_session()
    };
    let identifier = Identifier::new([10, 0, 0, 1].into()).unwrap();
    edge_side.bgp.local_identifier = identifier;
    (edge_side.bgp.local_asn, edge_side.bgp.peer_asn) = (EDGE, MSEE);
    std::mem::swap(&mut edge_side.local_address, &mut edge_side.peer_address);
    let _edge = Bench::with(|settings| settings.sessions = vec![edge_side]);
    let msee = Bench::with(|settings| settings.sessions = vec![msee_side]);
    msee.until("the session is up", |session| session.established == 1).await;
}

#[tokio::test]
async fn two_sessions_over_one_pair_of_addresses_are_told_apart_by_the_port() {
    let bench = Bench::with(|settings| {
        let mut ipv6 = ipv6_session();
        ipv6.peer_endpoint.set_ip(settings.sessions[0].peer_endpoint.ip());
        ipv6.local_endpoint.set_ip(settings.sessions[0].local_endpoint.ip());
        ipv6.local_endpoint.set_port(PORT + 1);
        settings.sessions.push(ipv6);
    });
    bench.meet_over(1).await;
    bench.meet_over(0).await;
}

fn ipv6_session() -> SessionSettings {
    let [local, peer] = ["fd00::2", "fd00::1"].map(|text| text.parse().unwrap());
    session(IpAddr::V6(local), IpAddr::V6(peer))
}
