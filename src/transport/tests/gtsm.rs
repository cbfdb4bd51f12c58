use std::os::fd::AsFd;

use socket2::SockRef;

use super::*;
use crate::transport::options;

/// Dials a listener that keeps the SYN, and returns the accepted stream.
async fn syn_of(address: &str, options: PeerOptions) -> tokio::net::TcpStream {
    let listener = tokio::net::TcpListener::bind(port_0(address)).await.unwrap();
    let peer = listener.local_addr().unwrap();
    options::prepare_listener(listener.as_fd(), peer, Hops::Gtsm).unwrap();
    let dial = Dial { local: port_0(address), peer, options, timeout: DEADLINE };
    let (dialled, accepted) = tokio::join!(connect(dial), listener.accept());
    dialled.unwrap();
    accepted.unwrap().0
}

#[tokio::test]
async fn segments_leave_with_the_ttl_of_the_distance() {
    for address in ["127.0.0.1", "::1"] {
        for (options, ttl) in [(plain(), 1), (gtsm(), 255)] {
            let stream = syn_of(address, options).await;
            assert_eq!(options::arrival_ttl(stream.as_fd()), Some(ttl), "{address}");
        }
    }
}

#[tokio::test]
async fn accepted_connections_are_network_control_without_nagle() {
    let listeners = Listeners::new();
    for address in ["127.0.0.1", "::1"] {
        let mut peer = Neighbour::of(&listeners, port_0(address), address, plain()).await;
        let (ours, theirs) = peer.meet(plain()).await;
        for (name, connection) in [("accepted", &ours), ("dialled", &theirs)] {
            let socket = SockRef::from(connection);
            let (class, ttl) = if address == "::1" {
                (socket.tclass_v6(), socket.unicast_hops_v6())
            } else {
                (socket.tos_v4(), socket.ttl_v4())
            };
            assert_eq!(class.unwrap(), 0xc0, "{name} {address}");
            assert_eq!(ttl.unwrap(), 1, "{name} {address}");
            assert!(socket.tcp_nodelay().unwrap(), "{name} {address}");
        }
    }
}

#[tokio::test]
async fn with_ttl_security_on_both_sides_octets_pass_signed_or_not() {
    let signed = PeerOptions { hops: Hops::Gtsm, ..keyed("s3cretKey") };
    for (address, options) in
        [("127.0.0.1", gtsm()), ("::1", gtsm()), ("127.0.0.1", signed.clone()), ("::1", signed)]
    {
        let listeners = Listeners::new();
        let mut peer = Neighbour::of(&listeners, port_0(address), address, options.clone()).await;
        let (mut ours, mut theirs) = peer.meet(options).await;
        transfer(&mut ours, &mut theirs, &vec![3; 50_000]).await;
        transfer(&mut theirs, &mut ours, &vec![4; 50_000]).await;
    }
}

#[tokio::test]
async fn a_sender_without_ttl_255_is_reset_but_not_the_peers_without_ttl_security() {
    let listeners = Listeners::new();
    let mut secure = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", gtsm()).await;
    let mut single = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.3", plain()).await;
    assert_eq!(secure.endpoint(), single.endpoint());

    // An ordinary socket sends with TTL 64.
    let far = tokio::net::TcpSocket::new_v4().unwrap();
    far.bind(port_0("127.0.0.2")).unwrap();
    let far = far.connect(secure.endpoint()).await;
    until("it is counted", || secure.registration.tally().too_far.value() == 1).await;
    drop(far);
    assert!(secure.connections.try_recv().is_err());
    single.meet(plain()).await;
    secure.meet(gtsm()).await;
}

#[tokio::test]
async fn an_answer_without_ttl_255_is_not_heard() {
    let listeners = Listeners::new();
    let peer = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", plain()).await;
    assert!(matches!(peer.dial(gtsm(), BRIEFLY).await, Err(DialError::TimedOut { .. })));
}

#[tokio::test]
async fn ttl_security_is_switched_on_and_off_on_a_live_listener() {
    let listeners = Listeners::new();
    let mut peer = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", plain()).await;
    peer.registration.change(gtsm()).await.unwrap();
    peer.meet(gtsm()).await;
    peer.registration.change(plain()).await.unwrap();
    peer.meet(plain()).await;
    assert!(matches!(peer.dial(gtsm(), BRIEFLY).await, Err(DialError::TimedOut { .. })));
}
