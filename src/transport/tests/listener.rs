use std::io::{ErrorKind, Read};

use super::*;
use crate::transport::ListenError;

/// A connection without any of our options, as a scanner makes it.
fn stranger(from: &str, to: SocketAddr) -> std::net::TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&port_0(from).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    let stream = std::net::TcpStream::from(socket);
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_source_is_reset_without_an_answer() {
    let listeners = Listeners::new();
    let mut peer = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", plain()).await;
    for count in 1..=20 {
        let mut scanner = stranger("127.0.0.9", peer.endpoint());
        let error = scanner.read(&mut [0; 64]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(peer.registration.endpoint_tally().strangers.value(), count);
    }
    peer.meet(plain()).await;
}

#[tokio::test]
async fn silent_connections_block_neither_their_peer_nor_others() {
    let listeners = Listeners::new();
    let mut silent = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", plain()).await;
    let mut other = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.3", plain()).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(silent.meet(plain()).await);
    }
    other.meet(plain()).await;
    silent.meet(plain()).await;
}

#[tokio::test]
async fn a_full_channel_costs_only_its_own_peer_a_connection() {
    let listeners = Listeners::new();
    let slow = Neighbour::with_room_for(1, &listeners, port_0("127.0.0.1"), "127.0.0.2", plain()).await;
    let mut other = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.3", plain()).await;

    let _waiting = slow.dial(plain(), DEADLINE).await.unwrap();
    until("the first waits", || slow.registration.tally().accepted.value() == 1).await;
    let mut dropped = slow.dial(plain(), DEADLINE).await.unwrap();
    assert_eq!(rest_of(&mut dropped).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(slow.registration.tally().not_taken.value(), 1);

    other.meet(plain()).await;
    assert_eq!(other.registration.tally().not_taken.value(), 0);
}

#[tokio::test]
async fn two_hundred_peers_that_connect_at_once_are_all_accepted() {
    let listeners = Listeners::new();
    let (mut neighbours, mut dials) = (Vec::new(), tokio::task::JoinSet::new());
    for host in 1..=200 {
        let address = format!("127.0.1.{host}");
        neighbours.push(Neighbour::of(&listeners, port_0("127.0.0.1"), &address, plain()).await);
    }
    for neighbour in &neighbours {
        let (local, peer) = (SocketAddr::new(neighbour.address, 0), neighbour.endpoint());
        dials.spawn(connect(Dial { local, peer, options: plain(), timeout: DEADLINE }));
    }
    let dialled: Vec<_> = soon(dials.join_all()).await.into_iter().map(Result::unwrap).collect();
    for neighbour in &mut neighbours {
        let connection = soon(neighbour.connections.recv()).await.unwrap();
        assert_eq!(connection.peer().ip(), neighbour.address);
    }
    assert_eq!(dialled.len(), 200);
}

#[tokio::test]
async fn the_endpoint_listens_from_its_first_peer_to_its_last() {
    let listeners = Listeners::new();
    let one = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", plain()).await;
    let mut two = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.3", plain()).await;
    let endpoint = two.endpoint();
    one.registration.release().await;
    two.meet(plain()).await;
    two.registration.release().await;
    let dial = Dial { local: port_0("127.0.0.3"), peer: endpoint, options: plain(), timeout: DEADLINE };
    assert!(matches!(connect(dial).await, Err(DialError::Refused { .. })));
    Neighbour::of(&listeners, endpoint, "127.0.0.2", plain()).await.meet(plain()).await;
}

#[tokio::test]
async fn a_dropped_peer_can_be_registered_again_at_once() {
    let listeners = Listeners::new();
    let first = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", plain()).await;
    let (endpoint, registration) = (first.endpoint(), first.registration);
    drop(registration);
    // Perhaps on the same socket, perhaps on a new one: whichever the task came to first.
    let mut again = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", keyed("key")).await;
    assert_eq!(again.endpoint().ip(), endpoint.ip());
    again.meet(keyed("key")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_register_and_leave_at_once() {
    let listeners = Listeners::new();
    let anchor = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", plain()).await;
    let endpoint = anchor.endpoint();
    anchor.registration.release().await;
    let mut peers = tokio::task::JoinSet::new();
    for host in 1..=16 {
        let listeners = listeners.clone();
        peers.spawn(async move {
            for round in 0..20 {
                let address = format!("127.0.2.{host}");
                let mut peer = Neighbour::of(&listeners, endpoint, &address, plain()).await;
                peer.meet(plain()).await;
                if round % 2 == 0 {
                    peer.registration.release().await;
                }
            }
        });
    }
    soon(peers.join_all()).await;
}

#[tokio::test]
async fn what_cannot_be_listened_for_is_named() {
    let listeners = Listeners::new();
    let peer = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", plain()).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (sender, _connections) = mpsc::channel(1);
    let refusal =
        async |local, peer| listeners.register(local, ip(peer), plain(), sender.clone()).await.unwrap_err();

    let error = refusal(port_0("127.0.0.1"), "127.0.0.2").await;
    assert!(matches!(error, ListenError::PeerTaken { .. }), "{error}");
    let error = refusal(port_0("127.0.0.1"), "::1").await;
    assert!(matches!(error, ListenError::OtherFamily { .. }), "{error}");
    let error = refusal(taken.local_addr().unwrap(), "127.0.0.2").await;
    assert!(matches!(error, ListenError::InUse { .. }), "{error}");
    let error = refusal("192.0.2.77:1179".parse().unwrap(), "192.0.2.78").await;
    assert!(matches!(error, ListenError::NoLocalAddress { .. }), "{error}");
    assert!(error.remedy().contains("ip address add 192.0.2.77/30"), "{}", error.remedy());
    drop(peer);
}
