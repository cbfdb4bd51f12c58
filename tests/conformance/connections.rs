//! TCP connections that come to nothing, in numbers: strangers, resets, a hundred peers at once, a peer that flaps.

use crate::{
    bench,
    daemon::Descriptors,
    lab::{
        failure::{Failure, Outcome, ensure},
        wait::until,
    },
    octets::{self, OpenFields},
    peer::{Connect, Peer},
    plan::{Circuit, Plan},
};
use msee::wire::Notification;
use std::{
    io::{ErrorKind, Read},
    net::TcpStream,
    thread,
};

#[test]
fn a_stranger_is_refused_without_a_word() {
    bench::run(Plan::circuits(1), |bench| {
        let to = bench.circuit(0).daemon_endpoint();
        let stranger = Connect { from: bench.plan.stranger(), to, receive_buffer: None };
        for _ in 0..50 {
            let heard = stranger.open().and_then(|mut stream| stream.read(&mut [0]));
            let reset = heard.as_ref().is_err_and(|error| error.kind() == ErrorKind::ConnectionReset);
            ensure!(reset, "a stranger was not reset: {heard:?}");
        }
        let log = bench.daemon.log()?;
        let lines = log.lines().filter(|line| line.contains("no neighbour has this address")).count();
        ensure!((1..=2).contains(&lines), "{lines} lines about 50 strangers");
        ensure!(log.contains(&bench.plan.stranger().to_string()), "the log does not name the stranger");
        Ok(())
    });
}

#[test]
fn a_storm_of_resets_ends_with_the_storm() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        for number in 0..500 {
            let peer = Peer::connect(circuit)?;
            // Some of them before the daemon has accepted, some with its OPEN on the way.
            if number % 10 == 0 {
                let _ = Peer::on(Connect::of(circuit).open()?)?.hear();
            }
            peer.reset()?;
        }
        Peer::established(circuit)?;
        Ok(())
    });
}

#[test]
fn a_hundred_peers_that_open_at_once_are_all_established() {
    bench::run(Plan::circuits(101), |bench| {
        let peers: Vec<Circuit> = bench.plan.circuits[..100].to_vec();
        let opening: Vec<_> =
            peers.into_iter().map(|circuit| thread::spawn(move || Peer::established(&circuit))).collect();
        let sessions = opening
            .into_iter()
            .map(|opening| opening.join().map_err(|_| Failure::from("a peer's thread panicked"))?)
            .collect::<Outcome<Vec<_>>>()?;
        ensure!(sessions.len() == 100, "{} sessions", sessions.len());
        for circuit in &bench.plan.circuits {
            let session = bench.daemon.session(circuit)?;
            ensure!(session.connections_established == 1, "{session:?}");
            ensure!(session.connections_dropped == 0, "{session:?}");
        }
        Ok(())
    });
}

#[test]
fn a_session_that_falls_silent_inside_an_update_ends_with_the_hold_time() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        let mut peer =
            Peer::established_with(circuit, &OpenFields { hold_time: 3, ..OpenFields::of(circuit) })?;
        let update = octets::update(&octets::mandatory(circuit), &octets::prefix(20, 0));
        peer.send(&update[..update.len() - 1])?;
        let last_words = peer.hear_notification()?;
        ensure!(last_words == Notification::HOLD_TIMER_EXPIRED, "{last_words}");
        bench.daemon.reset_due_to(circuit, "hold timer expired: nothing was heard for 3 s")?;
        Ok(())
    });
}

#[test]
fn a_flapping_peer_leaves_nothing_behind() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        for flap in 1..=4 {
            let mut peer = Peer::established(circuit)?;
            let mandatory = octets::mandatory(circuit);
            peer.send(&octets::update(&mandatory, &octets::prefix(20, flap)))?;
            bench.holds(circuit, &[&format!("10.20.{flap}.0/24")])?;
            // In the middle of an UPDATE.
            peer.send(&octets::update(&mandatory, &octets::prefix(20, 99))[..30])?;
            peer.reset()?;
            bench.daemon.reset_due_to(circuit, "reset by peer")?;
            bench.holds(circuit, &[])?;
            let session = bench.daemon.session(circuit)?;
            ensure!(session.connections_established == u64::from(flap), "{session:?}");
        }
        Ok(())
    });
}

#[test]
fn without_descriptors_the_sessions_live_and_new_ones_come_later() {
    bench::run_with(Plan::circuits(2), Descriptors::AtMost(64), |bench| {
        let circuit = bench.circuit(0);
        let control = bench.plan.control();
        // The control endpoint takes more connections than there are descriptors; then the peer comes.
        let idle = (0..200).map(|_| TcpStream::connect(control)).collect::<Result<Vec<_>, _>>()?;
        let waiting = Peer::connect(circuit)?;
        until("the listener has run out of descriptors", || {
            let log = bench.daemon.log()?;
            ensure!(log.contains("cannot accept connections now"), "the log does not say so");
            Ok(())
        })?;
        bench.does_not_spin()?;
        drop((idle, waiting));
        Peer::established(circuit).map(drop)
    });
}
