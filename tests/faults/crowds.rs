//! Connections in numbers: silent ones, strangers, one octet a second, resets, five hundred peers at once, fifty sessions
//! lost at once.

use crate::{
    bench::{self, Bench},
    footprint::Footprint,
    lab::{
        failure::{Failure, Outcome, ensure},
        wait::until,
    },
    octets::{self, OpenFields},
    peer::{Connect, Peer},
    plan::{Circuit, Dialling, Plan},
};
use msee::api::schema::{Session, SessionState};
use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// A session comes up for a circuit and its route arrives, while whatever else goes on.
fn comes_up(bench: &Bench, circuit: &Circuit) -> Outcome<Peer> {
    let mut peer = until(&format!("{} is Established", circuit.name()), || Peer::established(circuit))?;
    peer.send(&octets::update(&octets::mandatory(circuit), &octets::prefix(20, 0)))?;
    bench.holds(circuit, &["10.20.0.0/24"])?;
    Ok(peer)
}

#[test]
fn a_thousand_silent_connections_from_a_peers_own_address_keep_it_out_for_no_moment() {
    bench::run(Plan::circuits(3), |bench| {
        let before = Footprint::of(bench)?;
        let circuit = bench.circuit(0);
        let open = OpenFields::of(circuit).message();
        let mut silent = Vec::new();
        for number in 0..1_000 {
            // The daemon resets what is too much; the others say nothing, or a part of an OPEN, and stay.
            let Ok(mut stream) = Connect::of(circuit).open() else { continue };
            let _ = stream.write_all(&open[..number % open.len()]);
            silent.push(stream);
        }
        let own = comes_up(bench, circuit)?;
        let others = comes_up(bench, bench.circuit(1))?;
        drop((own, others, silent));
        before.is_back(bench)
    });
}

#[test]
fn two_thousand_strangers_are_reset_and_cost_nothing() {
    bench::run(Plan::circuits(2), |bench| {
        let before = Footprint::of(bench)?;
        let to = bench.circuit(0).daemon_endpoint();
        for number in 0..2_000_u16 {
            let [high, low] = number.to_be_bytes();
            let stranger = Connect { from: Ipv4Addr::new(127, 255, high, low), to, receive_buffer: None };
            let heard = stranger.open().and_then(|mut stream| stream.read(&mut [0]));
            let reset = heard.as_ref().is_err_and(|error| error.kind() == ErrorKind::ConnectionReset);
            ensure!(reset, "stranger {number} was not reset: {heard:?}");
        }
        let lines =
            bench.daemon.log()?.lines().filter(|line| line.contains("no neighbour has this address")).count();
        ensure!((1..=20).contains(&lines), "{lines} lines in the log about 2,000 strangers");
        drop(comes_up(bench, bench.circuit(0))?);
        before.is_back(bench)
    });
}

#[test]
fn sixty_peers_of_one_octet_a_second_delay_nobody() {
    bench::run(Plan::circuits(62), |bench| {
        let before = Footprint::of(bench)?;
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let dripping: Vec<_> = bench.plan.circuits[..60]
                .iter()
                .enumerate()
                .map(|(number, circuit)| {
                    let over = &over;
                    scope.spawn(move || drip(circuit, number, over))
                })
                .collect();
            // Long enough for the open timeout of the first half and for the hold time of the second.
            let tested = until("the slow peers have been cut off", || {
                let ended = (0..60).map(|number| bench.daemon.session(bench.circuit(number)));
                let ended = ended.collect::<Outcome<Vec<_>>>()?;
                let still = ended.iter().filter(|session| session.last_reset.is_none()).count();
                ensure!(still == 0, "{still} have not");
                Ok(())
            })
            .and_then(|()| comes_up(bench, bench.circuit(60)))
            .and_then(|_| bench.does_not_spin());
            over.store(true, Ordering::Relaxed);
            for dripping in dripping {
                dripping.join().map_err(|_| Failure::from("a slow peer's thread panicked"))??;
            }
            tested
        })?;
        before.is_back(bench)
    });
}

/// Sends one octet a second for ever, anew when it is cut off: an even number's OPEN, an odd number's UPDATE.
fn drip(circuit: &Circuit, number: usize, over: &AtomicBool) -> Outcome {
    let open = OpenFields { hold_time: 9, ..OpenFields::of(circuit) };
    let update = octets::update(&octets::mandatory(circuit), &octets::prefix(20, 0));
    while !over.load(Ordering::Relaxed) {
        let (mut peer, octets) = if number.is_multiple_of(2) {
            (Peer::connect(circuit)?, open.message())
        } else {
            (Peer::established_with(circuit, &open)?, update.clone())
        };
        for octet in octets.chunks(1) {
            if over.load(Ordering::Relaxed) || peer.send(octet).is_err() {
                break;
            }
            thread::sleep(Duration::from_secs(1));
        }
    }
    Ok(())
}

#[test]
fn three_thousand_connects_and_resets_leave_nothing() {
    bench::run(Plan::circuits(4), |bench| {
        let before = Footprint::of(bench)?;
        thread::scope(|scope| {
            for circuit in &bench.plan.circuits[..3] {
                scope.spawn(move || storm(circuit));
            }
        });
        let peers = bench.plan.circuits[..3].iter().map(|circuit| comes_up(bench, circuit));
        drop(peers.collect::<Outcome<Vec<_>>>()?);
        before.is_back(bench)
    });
}

/// Connects and resets; the daemon may have reset the connection before, for want of room.
fn storm(circuit: &Circuit) {
    for number in 0..1_000 {
        let Ok(mut peer) = Peer::connect(circuit) else { continue };
        // Some before the daemon has accepted, some with its OPEN on the way, some in OpenConfirm.
        let _ = match number % 50 {
            0 => peer.hear().map(drop),
            1 => peer.send(&OpenFields::of(circuit).message()),
            _ => Ok(()),
        };
        let _ = peer.reset();
    }
}

#[test]
fn five_hundred_peers_that_connect_at_once_are_all_served() {
    const PEERS: usize = 500;
    const ROUTES: u8 = 100;
    bench::run(Plan::circuits(PEERS + 1), |bench| {
        let before = Footprint::of(bench)?;
        let began = Instant::now();
        let opening = |circuit: Circuit| {
            let mut peer = Peer::established(&circuit)?;
            for number in 0..ROUTES {
                peer.send(&octets::update(&octets::mandatory(&circuit), &octets::prefix(20, number)))?;
            }
            Ok(peer)
        };
        let opening: Vec<_> = bench.plan.circuits[..PEERS]
            .iter()
            .map(|circuit| {
                let circuit = circuit.clone();
                thread::spawn(move || opening(circuit))
            })
            .collect();
        let peers = opening
            .into_iter()
            .map(|opening| opening.join().map_err(|_| Failure::from("a peer's thread panicked"))?)
            .collect::<Outcome<Vec<_>>>()?;
        println!("{PEERS} peers are Established after {:.1?}", began.elapsed());
        until("every route of every peer has arrived", || {
            let sessions = bench.daemon.sessions()?;
            let whole = |session: &&Session| session.pfx_rcd.ipv4 == u64::from(ROUTES);
            let served = sessions.iter().filter(whole).count();
            ensure!(served == PEERS, "from {served} of {PEERS} peers");
            Ok(())
        })?;
        for session in bench.daemon.sessions()? {
            let once = (session.connections_established, session.connections_dropped) == (1, 0);
            ensure!(session.state == SessionState::Established && once, "{session:?}");
        }
        println!("{:?} before, {:?} with all of them", before, Footprint::of(bench)?);
        drop(peers);
        before.is_back(bench)
    });
}

#[test]
fn fifty_sessions_that_are_reset_at_once_all_return_with_one_attempt_each() {
    const PEERS: usize = 50;
    let mut plan = Plan::circuits(PEERS + 1);
    for circuit in &mut plan.circuits[..PEERS] {
        circuit.seat.dialling = Dialling::Both;
    }
    // Before the daemon starts, so that its first attempts do not fail and back off.
    let listening: Vec<_> =
        plan.circuits[..PEERS].iter().map(|circuit| TcpListener::bind(circuit.peer_endpoint())).collect();
    bench::run(plan, |bench| {
        let listening = listening.into_iter().collect::<Result<Vec<_>, _>>()?;
        let circuits = &bench.plan.circuits[..PEERS];
        let dialled = |listener: &TcpListener, circuit: &Circuit| {
            let mut peer = Peer::on(listener.accept()?.0)?;
            let at = Instant::now();
            peer.confirm(&OpenFields::of(circuit))?;
            peer.send(&octets::keepalive())?;
            Ok::<_, Failure>((at, peer))
        };
        let all_dialled = || {
            thread::scope(|scope| {
                let dialled: Vec<_> = listening
                    .iter()
                    .zip(circuits)
                    .map(|(listener, circuit)| scope.spawn(move || dialled(listener, circuit)))
                    .collect();
                let joined = dialled
                    .into_iter()
                    .map(|dialled| dialled.join().map_err(|_| Failure::from("a peer's thread panicked"))?);
                joined.collect::<Outcome<Vec<_>>>()
            })
        };
        let all_up = |established: u64| {
            until("all sessions are up", || {
                for circuit in circuits {
                    let session = bench.daemon.session(circuit)?;
                    let counts = (session.connections_established, session.connections_dropped);
                    let up = session.state == SessionState::Established;
                    ensure!(up && counts == (established, established - 1), "{session:?}");
                }
                Ok(())
            })
        };
        let first = all_dialled()?;
        all_up(1)?;
        let reset = Instant::now();
        first.into_iter().try_for_each(|(_, peer)| peer.reset())?;
        let again = all_dialled()?;
        all_up(2)?;
        // A stampede would be attempts beyond these.
        for listener in &listening {
            listener.set_nonblocking(true)?;
            let more = listener.accept().map(|(_, from)| from);
            ensure!(
                more.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock),
                "one more: {more:?}"
            );
        }
        let mut after: Vec<_> = again.iter().map(|(at, _)| at.duration_since(reset)).collect();
        after.sort();
        println!("the daemon dialls again after {:.2?} to {:.2?}", after[0], after[PEERS - 1]);
        Ok(())
    });
}
