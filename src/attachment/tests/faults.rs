//! Peers that misbehave.

use super::*;
use crate::attachment::AttributeFaults;
use crate::wire::{
    Message, Notification, Update,
    attribute::{Segment, UnknownAttribute},
    notification::{ErrorCode, HeaderSubcode},
};

#[tokio::test]
async fn an_update_with_a_bad_attribute_withdraws_its_routes_and_keeps_the_session() {
    let bench = Bench::new();
    let mut edge = bench.meet().await;
    edge.announce(&prefixes(2), &route()).await;
    bench.until_held(2).await;
    // ORIGIN of value 3, AS_PATH and NEXT_HOP as they should be, for the first prefix (RFC 7606 section 7.1).
    let attributes =
        [&[0x40, 1, 1, 3][..], &[0x40, 2, 6, 2, 1, 0, 0, 0xFD, 0xF2], &[0x40, 3, 4, 172, 16, 0, 1]].concat();
    let malformed = Update { withdrawn: &[], attributes: &attributes, nlri: &[24, 11, 0, 0] };
    edge.send(&Message::Update(malformed)).await;
    bench.until_held(1).await;
    let view = bench.session().await;
    assert_eq!((view.established, view.dropped), (1, 0));
    assert_eq!(bench.received().await[0].prefix, IpNet::from(prefixes(2)[1]));
}

#[tokio::test]
async fn what_is_not_taken_is_counted_and_withdrawn() {
    let bench = Bench::with(|settings| settings.sessions[0].import.bounds.as_path = 3);
    let mut edge = bench.meet().await;
    edge.announce(&prefixes(4), &route()).await;
    bench.until_held(4).await;
    let all = prefixes(3);
    let set = AsPath { segments: [Segment::Set([EDGE].into())].into() };
    edge.announce(&all[..1], &PathAttributes { as_path: set, ..route() }).await;
    let long = AsPath::sequence([EDGE; 4]);
    edge.announce(&all[1..2], &PathAttributes { as_path: long, ..route() }).await;
    edge.announce(&all[2..], &PathAttributes { as_path: AsPath::sequence([EDGE; 3]), ..route() }).await;
    let view = bench.until("two routes are gone", |session| session.received.ipv4 == 2).await;
    let want = AttributeFaults { as_sets: 1, beyond_bounds: 1, ..AttributeFaults::default() };
    assert_eq!((view.faults, view.dropped), (want, 0));
}

#[tokio::test]
async fn octets_that_are_no_message_are_answered_before_the_connection_closes() {
    let mut wrong_length = vec![0xFF; 16];
    wrong_length.extend([0, 18, 4]);
    let mut wrong_type = vec![0xFF; 16];
    wrong_type.extend([0, 19, 9]);
    for (name, octets, subcode, data) in [
        ("6.1 a marker that is not all ones", vec![0; 19], HeaderSubcode::ConnectionNotSynchronized, vec![]),
        ("6.1 a length below 19", wrong_length, HeaderSubcode::BadMessageLength, vec![0, 18]),
        ("6.1 a type that nobody knows", wrong_type, HeaderSubcode::BadMessageType, vec![9]),
    ] {
        let bench = Bench::new();
        let mut edge = bench.meet().await;
        edge.announce(&prefixes(1), &route()).await;
        edge.send_octets(&octets).await;
        let words = edge.last_words().await;
        assert_eq!(words, Notification { code: ErrorCode::Header(subcode), data }, "{name}");
        let view = bench.session().await;
        assert_eq!((view.dropped, view.received.ipv4), (1, 0), "{name}");
        bench.meet().await;
    }
}

#[tokio::test]
async fn a_malformed_message_before_the_open_is_answered_too() {
    let bench = Bench::new();
    let mut edge = bench.dial().await;
    edge.send_octets(&[0; 19]).await;
    let words = edge.last_words().await;
    assert_eq!(words.code, ErrorCode::Header(HeaderSubcode::ConnectionNotSynchronized));
    assert_eq!(bench.session().await.established, 0);
}

#[tokio::test]
async fn silent_connections_keep_the_real_peer_out_no_longer() {
    let bench = Bench::new();
    let mut silent = Vec::new();
    for _ in 0..10 {
        silent.push(bench.dial().await);
    }
    let mut edge = bench.meet().await;
    edge.announce(&prefixes(1), &route()).await;
    bench.until_held(1).await;
}

#[tokio::test]
async fn a_connection_that_ends_takes_its_routes_along_and_the_next_one_is_let_in() {
    let bench = Bench::new();
    for round in 1..=3 {
        let mut edge = bench.meet().await;
        edge.announce(&prefixes(5), &route()).await;
        bench.until_held(5).await;
        drop(edge);
        bench.until_held(0).await;
        assert_eq!(bench.session().await.dropped, round);
    }
}

#[tokio::test]
async fn a_task_that_is_aborted_leaves_no_socket_behind() {
    let bench = Bench::new();
    let mut edge = bench.meet().await;
    bench.task.abort();
    edge.hear_until(|_, _| false).await;
    assert!(soon(bench.task).await.unwrap_err().is_cancelled());
    Bench::start(bench.settings, 8).meet().await;
}

#[tokio::test]
async fn a_peer_that_does_not_read_loses_its_session_after_the_send_hold_time() {
    let bench = Bench::with(|settings| {
        settings.sessions[0].bgp.send_hold = Some(Duration::from_millis(300));
    });
    let edge = bench.meet().await;
    // More than the kernel keeps for a socket that nobody reads.
    let route = |number: u32| PathAttributes {
        unknown: [UnknownAttribute {
            code: 99,
            flags: 0xE0,
            value: [&number.to_be_bytes()[..], &[7; 3500]].concat().into(),
        }]
        .into(),
        ..Export::virtual_network_route(Family::Ipv4)
    };
    for (number, prefix) in (0..).zip(prefixes(6000)) {
        bench.offer(&[(&prefix.to_string(), route(number))]).await;
    }
    let view = bench.until("the session ends", |session| session.dropped == 1).await;
    let reason = view.last_end.unwrap().reason;
    assert!(reason.starts_with("send hold timer expired"), "{reason}");
    drop(edge);
    bench.meet().await;
}

#[tokio::test]
async fn a_family_that_was_not_negotiated_is_ignored() {
    let bench = Bench::new();
    let mut edge = bench.meet().await;
    let next_hop = NextHop::V6 { global: "fd99::1".parse().unwrap(), link_local: None };
    edge.announce_ipv6(&["fd00:1::/48".parse().unwrap()], &PathAttributes { next_hop, ..route() }).await;
    edge.announce(&prefixes(1), &route()).await;
    edge.end_of_rib(Family::Ipv4).await;
    bench.until_held(1).await;
    assert_eq!(bench.session().await.dropped, 0);
}

#[tokio::test]
async fn a_listener_that_dies_ends_no_session_and_is_opened_again() {
    let bench = Bench::new();
    let edge = bench.meet().await;
    let local = bench.settings.sessions[0].local_endpoint;
    bench.listeners.panic(local).await;
    assert_eq!(bench.session().await.state, ViewedState::Running(StateName::Established));
    drop(edge);
    let edge = bench.meet().await;
    bench.until("the session is up again", |session| session.established == 2).await;
    drop(edge);
}
