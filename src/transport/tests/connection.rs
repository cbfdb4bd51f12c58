use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread,
};

use super::*;
use crate::transport::{BUFFER_LIMIT, Farewell};

/// Our end of a connection, and the other as a plain blocking socket.
async fn with_plain_peer() -> (Connection, TcpStream) {
    let listeners = Listeners::new();
    let mut peer = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.1", plain()).await;
    let endpoint = peer.endpoint();
    let theirs = tokio::task::spawn_blocking(move || TcpStream::connect(endpoint)).await.unwrap().unwrap();
    theirs.set_read_timeout(Some(DEADLINE)).unwrap();
    (*soon(peer.connections.recv()).await.unwrap(), theirs)
}

#[tokio::test]
async fn megabytes_cross_bounded_buffers_unchanged() {
    let listeners = Listeners::new();
    let mut peer = Neighbour::of(&listeners, port_0("127.0.0.1"), "127.0.0.2", plain()).await;
    let (mut ours, mut theirs) = peer.meet(plain()).await;
    let octets: Vec<u8> = (0..8_000_000_u32).map(|n| n.to_le_bytes()[n as usize % 3]).collect();
    transfer(&mut ours, &mut theirs, &octets).await;
}

#[tokio::test]
async fn a_reader_that_consumes_nothing_stops_at_the_limit() {
    let (mut ours, mut theirs) = with_plain_peer().await;
    let writer = thread::spawn(move || theirs.write_all(&vec![5; 4 * BUFFER_LIMIT]));
    loop {
        soon(ours.readable()).await.unwrap();
        if ours.read().unwrap() == Received::Full {
            break;
        }
    }
    assert_eq!(ours.received().len(), BUFFER_LIMIT);
    let mut count = BUFFER_LIMIT;
    ours.consume(count);
    count += rest_of(&mut ours).await.unwrap().len();
    assert_eq!(count, 4 * BUFFER_LIMIT);
    writer.join().unwrap().unwrap();
}

#[tokio::test]
async fn the_last_octets_arrive_although_the_peer_had_sent_what_nobody_read() {
    let (ours, mut theirs) = with_plain_peer().await;
    theirs.write_all(&vec![0xff; 100_000]).unwrap();
    let peer = thread::spawn(move || {
        let mut heard = Vec::new();
        // It goes on sending until it hears something, and so also after our close.
        theirs.set_nonblocking(true).unwrap();
        while heard.is_empty() {
            let _ = theirs.write(&[0xff; 1_000]);
            let mut octets = [0; 64];
            match theirs.read(&mut octets) {
                Ok(count) => heard.extend_from_slice(&octets[..count]),
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        theirs.set_nonblocking(false).unwrap();
        theirs.read_to_end(&mut heard).map(|_| heard)
    });
    assert_eq!(ours.farewell(&[3; 21], DEADLINE).await, Farewell::PeerClosed);
    assert_eq!(peer.join().unwrap().unwrap(), [3; 21]);
}

#[tokio::test]
async fn what_was_pending_comes_before_the_last_octets() {
    let (mut ours, mut theirs) = with_plain_peer().await;
    let pending = vec![1; 3_000_000];
    ours.output().extend_from_slice(&pending);
    assert!(!ours.has_room());
    let peer = thread::spawn(move || {
        let mut heard = Vec::new();
        theirs.read_to_end(&mut heard).map(|_| heard)
    });
    assert_eq!(ours.farewell(b"bye", DEADLINE).await, Farewell::PeerClosed);
    let heard = peer.join().unwrap().unwrap();
    assert!(heard.strip_suffix(b"bye") == Some(&pending[..]), "{} octets", heard.len());
}

#[tokio::test]
async fn a_peer_that_never_reads_is_reset_in_time() {
    let (mut ours, mut theirs) = with_plain_peer().await;
    while ours.pending() == 0 {
        ours.output().extend_from_slice(&vec![1; BUFFER_LIMIT]);
        ours.write().unwrap();
    }
    assert_eq!(soon(ours.farewell(b"bye", BRIEFLY)).await, Farewell::Undelivered);
    assert_eq!(theirs.read_to_end(&mut Vec::new()).unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_peer_that_writes_without_end_is_left_in_time() {
    let (ours, mut theirs) = with_plain_peer().await;
    let flood = thread::spawn(move || while theirs.write_all(&vec![9; 65_536]).is_ok() {});
    assert_eq!(soon(ours.farewell(b"bye", BRIEFLY)).await, Farewell::Lingered);
    flood.join().unwrap();
}

#[tokio::test]
async fn a_peer_that_has_gone_costs_no_time() {
    let (mut ours, theirs) = with_plain_peer().await;
    socket2::SockRef::from(&theirs).set_linger(Some(Duration::ZERO)).unwrap();
    drop(theirs);
    assert_eq!(rest_of(&mut ours).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(soon(ours.farewell(b"bye", 100 * DEADLINE)).await, Farewell::Undelivered);
}

#[tokio::test]
async fn the_end_and_an_abort_are_told_apart() {
    let (mut ours, theirs) = with_plain_peer().await;
    drop(theirs);
    assert!(rest_of(&mut ours).await.unwrap().is_empty());

    let (ours, mut theirs) = with_plain_peer().await;
    ours.abort();
    assert_eq!(theirs.read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::ConnectionReset);
}
