use std::os::fd::AsFd;

use super::*;
use crate::transport::{Md5Counters, Md5Diagnosis, Signing, md5};

#[tokio::test]
async fn the_right_key_connects_and_transfers_in_both_families() {
    for address in ["127.0.0.1", "::1"] {
        let listeners = Listeners::new();
        let mut peer = Neighbour::of(&listeners, port_0(address), address, keyed("s3cretKey")).await;
        let (mut ours, mut theirs) = peer.meet(keyed("s3cretKey")).await;
        transfer(&mut ours, &mut theirs, &vec![1; 100_000]).await;
        transfer(&mut theirs, &mut ours, &vec![2; 100_000]).await;
    }
}

#[tokio::test]
async fn what_does_not_match_never_connects_and_is_diagnosed() {
    use Md5Diagnosis::{KeysDiffer, PeerSigns, PeerUnsigned};
    for (name, here, there, diagnosis) in [
        ("another key", keyed("one"), keyed("two"), KeysDiffer),
        ("a longer key", keyed("one"), keyed("one1"), KeysDiffer),
        ("no key there", keyed("one"), plain(), PeerUnsigned),
        ("no key here", plain(), keyed("two"), PeerSigns),
    ] {
        for address in ["127.0.0.1", "::1"] {
            let listeners = Listeners::new();
            let mut peer = Neighbour::of(&listeners, port_0(address), address, here.clone()).await;
            let before = Md5Counters::read().unwrap();
            let error = peer.dial(there.clone(), BRIEFLY).await.unwrap_err();
            assert!(
                matches!(&error, DialError::TimedOut { signing, .. } if *signing == there.signing()),
                "{name}: {error}"
            );
            // Other tests provoke the same in this namespace, so compare what this one must have provoked.
            let rises = Md5Counters::read().unwrap().since(&before);
            let rose = match diagnosis {
                KeysDiffer => rises.failure,
                PeerUnsigned => rises.not_found,
                PeerSigns => rises.unexpected,
            };
            assert!(rose > 0, "{name} {address}: {rises:?}");
            assert!(rises.diagnose(here.signing()).is_some(), "{name} {address}: {rises:?}");
            assert!(peer.connections.try_recv().is_err(), "{name} {address}");
        }
    }
}

#[tokio::test]
async fn two_peers_of_one_listener_have_their_own_keys() {
    let listeners = Listeners::new();
    let mut one = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", keyed("one")).await;
    let local = SocketAddr::new(ip("127.0.0.1"), 0);
    let mut two = Neighbour::of(&listeners, local, "127.0.0.3", keyed("two")).await;
    let mut none = Neighbour::of(&listeners, local, "127.0.0.4", plain()).await;
    assert_eq!(one.endpoint(), two.endpoint());
    one.meet(keyed("one")).await;
    two.meet(keyed("two")).await;
    none.meet(plain()).await;
    one.dial(keyed("two"), BRIEFLY).await.unwrap_err();
    two.dial(plain(), BRIEFLY).await.unwrap_err();
}

#[tokio::test]
async fn a_key_is_replaced_added_and_removed_on_a_live_listener() {
    let listeners = Listeners::new();
    let mut peer = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", keyed("old")).await;
    let (mut ours, mut theirs) = peer.meet(keyed("old")).await;

    peer.registration.change(keyed("new")).await.unwrap();
    peer.meet(keyed("new")).await;
    peer.dial(keyed("old"), BRIEFLY).await.unwrap_err();

    peer.registration.change(plain()).await.unwrap();
    peer.meet(plain()).await;

    peer.registration.change(keyed("again")).await.unwrap();
    peer.meet(keyed("again")).await;
    peer.dial(plain(), BRIEFLY).await.unwrap_err();

    // The first connection has kept its key through all that.
    transfer(&mut ours, &mut theirs, b"old").await;
}

#[tokio::test]
async fn a_released_peer_takes_its_key_with_it() {
    let listeners = Listeners::new();
    let _other = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", plain()).await;
    let peer = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.3", keyed("key")).await;
    let endpoint = peer.endpoint();
    peer.registration.release().await;
    // With the key still there, an unsigned SYN would be ignored; without, the connection opens and is reset.
    let dial = Dial { local: port_0("127.0.0.3"), peer: endpoint, options: plain(), timeout: DEADLINE };
    let refused = match connect(dial).await {
        Ok(mut connection) => rest_of(&mut connection).await.is_err(),
        Err(error) => matches!(error, DialError::Refused { .. }),
    };
    assert!(refused);
}

#[tokio::test]
async fn a_handshake_from_before_the_key_does_not_stay_unsigned() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dial = Dial {
        local: port_0("127.0.0.2"),
        peer: listener.local_addr().unwrap(),
        options: plain(),
        timeout: DEADLINE,
    };
    let (theirs, accepted) = tokio::join!(connect(dial), listener.accept());
    let (mut theirs, (stream, from)) = (theirs.unwrap(), accepted.unwrap());
    let mut ours = Connection::accepted(stream, from, &keyed("key")).unwrap();

    let before = Md5Counters::read().unwrap();
    theirs.output().extend_from_slice(b"unsigned");
    theirs.write().unwrap();
    until("the kernel drops it", || Md5Counters::read().unwrap().since(&before).not_found > 0).await;
    assert_eq!(ours.read().unwrap(), Received::Nothing);
}

#[tokio::test]
async fn a_refusal_of_a_signed_connection_cannot_be_seen() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dial = |options| Dial { local: port_0("127.0.0.2"), peer: closed, options, timeout: BRIEFLY };
    assert!(matches!(connect(dial(plain())).await.unwrap_err(), DialError::Refused { .. }));
    let error = connect(dial(keyed("key"))).await.unwrap_err();
    assert!(matches!(error, DialError::TimedOut { signing: Signing::Md5, .. }), "{error}");
    assert!(error.remedy().contains("does not listen"), "{}", error.remedy());
}

#[test]
fn deleting_a_key_that_is_not_there_is_fine() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    md5::withdraw(socket.as_fd(), ip("127.0.0.2")).unwrap();
}

#[test]
fn the_kernel_takes_keys_of_1_and_of_80_octets_for_both_families() {
    for (local, peer) in [("127.0.0.1:0", "10.0.0.1"), ("[::1]:0", "2001:db8::1")] {
        let socket = std::net::TcpListener::bind(local).unwrap();
        for length in [1, 25, Md5Key::MAX_OCTETS] {
            let key = Md5Key::try_from("k".repeat(length).as_str()).unwrap();
            md5::install(socket.as_fd(), ip(peer), &key).unwrap();
        }
        md5::withdraw(socket.as_fd(), ip(peer)).unwrap();
    }
}
