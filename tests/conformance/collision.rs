//! Two connections with one peer: which of them is kept (RFC 4271 section 6.8), and that idle ones keep nobody out.

use crate::{
    bench,
    lab::failure::{Outcome, ensure},
    octets::{self, OpenFields},
    peer::{Heard, Peer},
    plan::{Circuit, Dialling, Plan},
};
use msee::wire::Notification;
use std::net::{Ipv4Addr, TcpListener};

/// A connection that the daemon opened and one that the peer did, both with the daemon's OPEN.
struct Both {
    daemons: Peer,
    peers: Peer,
}

fn both(circuit: &Circuit) -> Outcome<Both> {
    let listener = TcpListener::bind(circuit.peer_endpoint())?;
    let mut daemons = Peer::on(listener.accept()?.0)?;
    let heard = daemons.hear()?;
    ensure!(matches!(heard, Heard::Open(_)), "{heard:?} on the daemon's connection");
    Ok(Both { daemons, peers: Peer::open_sent(circuit)? })
}

fn dialling() -> Plan {
    let mut plan = Plan::circuits(2);
    plan.circuits[0].seat.dialling = Dialling::Both;
    plan
}

/// Sends the peer's OPEN on both connections, either first, and sees which of them the daemon keeps.
fn collide(identifier: Ipv4Addr, kept_and_closed: fn(Both) -> [Peer; 2]) {
    for first in [0, 1] {
        bench::run(dialling(), |bench| {
            let circuit = bench.circuit(0);
            let open = OpenFields::right(identifier).message();
            let mut connections = kept_and_closed(both(circuit)?);
            connections[first].send(&open)?;
            connections[1 - first].send(&open)?;
            let [mut kept, mut closed] = connections;
            let last_words = closed.hear_notification()?;
            ensure!(last_words == Notification::COLLISION, "{last_words} on the connection that loses");
            kept.hear_until("KEEPALIVE", |heard| *heard == Heard::Keepalive)?;
            kept.send(&octets::keepalive())?;
            bench.is_established(circuit)?;
            let session = bench.daemon.session(circuit)?;
            ensure!(session.connections_established == 1, "{session:?}");
            Ok(())
        });
    }
}

#[test]
fn the_peers_connection_is_kept_if_its_identifier_is_higher() {
    collide(Ipv4Addr::new(203, 0, 113, 1), |Both { daemons, peers }| [peers, daemons]);
}

#[test]
fn the_daemons_connection_is_kept_if_its_identifier_is_higher() {
    collide(Ipv4Addr::new(1, 1, 1, 1), |Both { daemons, peers }| [daemons, peers]);
}

#[test]
fn a_connection_beside_an_established_session_is_closed() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        let mut session = Peer::established(circuit)?;
        for identifier in [Ipv4Addr::new(1, 1, 1, 1), Ipv4Addr::new(203, 0, 113, 1)] {
            let mut second = Peer::open_sent(circuit)?;
            second.send(&OpenFields::right(identifier).message())?;
            let last_words = second.hear_notification()?;
            ensure!(last_words == Notification::COLLISION, "{last_words}");
        }
        session.send(&octets::update(&octets::mandatory(circuit), &octets::prefix(20, 0)))?;
        bench.holds(circuit, &["10.20.0.0/24"])?;
        let session = bench.daemon.session(circuit)?;
        ensure!(session.connections_established == 1, "{session:?}");
        Ok(())
    });
}

#[test]
fn a_silent_dial_of_the_daemon_does_not_keep_the_peer_out() {
    bench::run(dialling(), |bench| {
        let circuit = bench.circuit(0);
        let Both { daemons, mut peers } = both(circuit)?;
        peers.confirm(&OpenFields::of(circuit))?;
        peers.send(&octets::keepalive())?;
        bench.is_established(circuit)?;
        drop(daemons);
        let session = bench.daemon.session(circuit)?;
        ensure!(session.connections_established == 1, "{session:?}");
        Ok(())
    });
}

#[test]
fn a_listener_that_does_not_speak_bgp_is_dialled_again() {
    bench::run(dialling(), |bench| {
        let circuit = bench.circuit(0);
        let listener = TcpListener::bind(circuit.peer_endpoint())?;
        let mut web_server = Peer::on(listener.accept()?.0)?;
        web_server.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")?;
        let last_words = web_server.hear_notification()?;
        ensure!(last_words.code.numbers() == (1, 1), "{last_words}");
        let session = bench.daemon.reset_due_to(circuit, "the marker of the message header")?;
        let remedy = session.last_reset.and_then(|reset| reset.remedy).unwrap_or_default();
        ensure!(remedy.contains("speaks BGP on this connection"), "the remedy is {remedy:?}");

        let mut peer = Peer::on(listener.accept()?.0)?;
        peer.confirm(&OpenFields::of(circuit))?;
        peer.send(&octets::keepalive())?;
        bench.is_established(circuit)
    });
}

#[test]
fn silent_connections_do_not_keep_the_peer_out() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        // More than the daemon keeps at a time, before the session and beside it.
        let before = (0..8).map(|_| Peer::connect(circuit)).collect::<Outcome<Vec<_>>>()?;
        let mut session = Peer::established(circuit)?;
        for mut silent in before {
            silent.hear_the_end()?;
        }
        let beside = (0..8).map(|_| Peer::connect(circuit)).collect::<Outcome<Vec<_>>>()?;
        session.send(&octets::update(&octets::mandatory(circuit), &octets::prefix(20, 0)))?;
        bench.holds(circuit, &["10.20.0.0/24"])?;
        drop(beside);
        let session = bench.daemon.session(circuit)?;
        ensure!(session.connections_established == 1, "{session:?}");
        Ok(())
    });
}

#[test]
fn a_slow_loris_is_ended_and_keeps_nobody_out() {
    bench::run(Plan::circuits(3), |bench| {
        let [slow, busy] = [bench.circuit(0), bench.circuit(1)];
        // On its own circuit it has all the time that the daemon gives to anybody without an OPEN.
        let mut dripping = Peer::open_sent(slow)?;
        dripping.drip(&OpenFields::of(slow).message())?;
        let last_words = dripping.hear_notification()?;
        ensure!(last_words == Notification::HOLD_TIMER_EXPIRED, "{last_words}");
        bench.daemon.reset_due_to(slow, "the peer sent no OPEN within 20 s")?;
        Peer::established(slow)?;

        let open = OpenFields::of(busy).message();
        let mut halves = (0..4).map(|_| Peer::open_sent(busy)).collect::<Outcome<Vec<_>>>()?;
        halves.iter_mut().try_for_each(|half| half.send(&open[..open.len() / 2]))?;
        Peer::established(busy).map(drop)
    });
}
