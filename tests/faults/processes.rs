//! Processes that are killed, stopped, starved, or told another time of day.

use crate::{
    bench::{self, Bench},
    daemon::{Daemon, Descriptors},
    footprint::Footprint,
    innocent::Innocent,
    lab::{
        failure::{Failure, Outcome, ensure},
        process::{self, Process, Signal},
        wait::until,
    },
    octets::{self, OpenFields},
    peer::{Heard, Peer},
    plan::{Circuit, Plan},
};
use msee::{
    api::schema::{Direction, Route, SessionState},
    wire::Notification,
};
use std::{env, fs, io::Write, path::Path, process::Command, thread, time::Duration};

/// A peer that announces so many prefixes, and the daemon's view of them.
fn announce(daemon: &Daemon, circuit: &Circuit, prefixes: u8) -> Outcome<(Peer, Vec<Route>)> {
    let mut peer = until(&format!("{} is Established", circuit.name()), || Peer::established(circuit))?;
    for number in 0..prefixes {
        peer.send(&octets::update(&octets::mandatory(circuit), &octets::prefix(20, number)))?;
    }
    let routes = until("all routes have arrived", || {
        let routes = daemon.routes(circuit, Direction::Received)?;
        ensure!(routes.len() == usize::from(prefixes), "{} of {prefixes}", routes.len());
        Ok(routes)
    })?;
    Ok((peer, routes))
}

#[test]
fn a_router_that_is_killed_leaves_the_other_alone_and_comes_back_with_the_same_tables() {
    const PREFIXES: u8 = 200;
    // The pair as two processes: each has one leg of the circuit.
    let (killed, survivor) = (Plan::circuits(1), Plan::circuits(2));
    bench::run(survivor, |bench| {
        let leg = bench.circuit(0);
        let (_peer, table) = announce(&bench.daemon, leg, PREFIXES)?;
        let before = bench.daemon.session(leg)?;
        let circuit = &killed.circuits[0];
        let mut last: Option<Vec<Route>> = None;
        for round in 0..5 {
            // Bound to the same endpoints at once, with the last life's connections still in the kernel.
            let mut daemon = Daemon::start(&killed, Descriptors::Inherited)?;
            let (mut peer, routes) = announce(&daemon, circuit, PREFIXES)?;
            let networks = |routes: &[Route]| routes.iter().map(|route| route.network).collect::<Vec<_>>();
            ensure!(networks(&routes) == networks(&table), "round {round}: the legs' tables differ");
            ensure!(
                last.as_ref().is_none_or(|last| *last == routes),
                "round {round}: not the table of the last life"
            );
            last = Some(routes);
            daemon.signal(Signal::Kill)?;
            let status = daemon.ended()?;
            ensure!(!status.success(), "{status}");
            // The peer sees the end at once; its routes would go.
            let end = peer.hear_the_end()?;
            ensure!(matches!(end, Heard::Reset | Heard::Closed), "{end:?}");
        }
        let after = bench.daemon.session(leg)?;
        ensure!(
            after.connections_dropped == 0 && after.peer_uptime_msec >= before.peer_uptime_msec,
            "{after:?}"
        );
        ensure!(
            bench.daemon.routes(leg, Direction::Received)? == table,
            "the surviving leg's table has changed"
        );
        Ok(())
    });
}

#[test]
fn a_daemon_that_is_killed_while_it_starts_starts_the_next_time() {
    let plan = Plan::circuits(20);
    for _ in 0..10 {
        let mut daemon = match Daemon::start(&plan, Descriptors::Inherited) {
            Ok(daemon) => daemon,
            Err(failure) => panic!("{failure}"),
        };
        let ended = daemon.signal(Signal::Kill).and_then(|()| daemon.ended());
        assert!(ended.is_ok(), "{ended:?}");
    }
    bench::run(plan, |bench| Peer::established(bench.circuit(0)).map(drop));
}

#[test]
fn a_daemon_that_is_stopped_for_longer_than_the_hold_time_loses_that_session_cleanly_and_no_other() {
    const HOLD: Duration = Duration::from_secs(3);
    bench::run(Plan::circuits(3), |bench| {
        let before = Footprint::of(bench)?;
        let [short, none] = [bench.circuit(0), bench.circuit(1)];
        let mut peer = Peer::established_with(short, &OpenFields { hold_time: 3, ..OpenFields::of(short) })?;
        let (patient, table) = announce(&bench.daemon, none, 10)?;
        peer.send(&octets::update(&octets::mandatory(short), &octets::prefix(20, 0)))?;
        bench.holds(short, &["10.20.0.0/24"])?;
        bench.daemon.signal(Signal::Stop)?;
        peer.stream().set_read_timeout(Some(HOLD))?;
        // What was on the way when it stopped; then nothing for the whole hold time.
        while peer.try_hear()?.is_some() {}
        peer.send(&octets::notification(4, 0, &[]))?;
        drop(peer);
        bench.daemon.signal(Signal::Continue)?;
        bench.daemon.reset_due_to(short, "the peer sent NOTIFICATION hold timer expired")?;
        bench.holds(short, &[])?;
        let mut peer = until("the session is up again", || {
            Peer::established_with(short, &OpenFields { hold_time: 3, ..OpenFields::of(short) })
        })?;
        // Stopped again, with a peer that says nothing: now it is the daemon's own hold timer.
        bench.daemon.signal(Signal::Stop)?;
        peer.stream().set_read_timeout(Some(HOLD + Duration::from_secs(1)))?;
        while peer.try_hear()?.is_some() {}
        bench.daemon.signal(Signal::Continue)?;
        let last_words = peer.hear_notification()?;
        ensure!(last_words == Notification::HOLD_TIMER_EXPIRED, "{last_words}");
        let session = bench.daemon.session(none)?;
        ensure!((session.connections_established, session.connections_dropped) == (1, 0), "{session:?}");
        ensure!(
            bench.daemon.routes(none, Direction::Received)? == table,
            "the other peer's table has changed"
        );
        drop((peer, patient));
        before.is_back(bench)
    });
}

#[test]
fn one_processor_with_a_load_beside_still_sends_keepalives_in_time() {
    const LOADS: usize = 4;
    // The innocent peer beside expects to be heard from within its hold time of 9 s, for two of them.
    bench::run_through(Plan::circuits(3), &["taskset", "-c", "0", "nice", "-n", "10"], |bench| {
        let [churning, short] = [bench.circuit(0), bench.circuit(1)];
        let directory = tempfile::tempdir()?;
        let load = |number: usize| {
            let mut command = Command::new("taskset");
            command.args(["-c", "0", "sh", "-c", "while :; do :; done"]);
            Process::spawn(command, &directory.path().join(number.to_string()))
        };
        let loads = (0..LOADS).map(load).collect::<Outcome<Vec<_>>>()?;
        let witness = Innocent::establish(short)?;
        let mut peer = until("a session comes up beside the load", || Peer::established(churning))?;
        let mut round = 0_u8;
        until("two hold times have passed", || {
            round = round.wrapping_add(1);
            for number in 0..=u8::MAX {
                let attributes =
                    [octets::mandatory(churning), octets::attribute(0xC0, 8, &[0, 1, 0, round])].concat();
                peer.send(&octets::update(&attributes, &octets::prefix(30, number)))?;
            }
            let up = bench.daemon.session(short)?.peer_uptime_msec;
            ensure!(up >= 18_000, "{up} ms");
            Ok(())
        })?;
        let last = format!("0:1:0:{round}");
        until("the churning peer's routes are the newest", || {
            let routes = bench.daemon.routes(churning, Direction::Received)?;
            let newest = |route: &&Route| route.communities == [format!("1:{round}")];
            let current = routes.iter().filter(newest).count();
            ensure!(current == 256, "{current} of 256 are of round {last}: {:?}", routes.first());
            Ok(())
        })?;
        witness.end()?;
        drop(loads);
        Ok(())
    });
}

/// The library that tells a process another time of day, and leaves the monotonic clock alone.
const LIBFAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

#[test]
fn a_wall_clock_that_jumps_ends_no_session() {
    if !Path::new(LIBFAKETIME).exists() {
        let missing = "a_wall_clock_that_jumps_ends_no_session: install the Debian package libfaketime (./test.sh does)";
        assert!(env::var_os("MSEE_REQUIRE_PEERS").is_none(), "{missing}");
        // Not eprintln!: the test harness would swallow it, and an omission must be seen.
        let _ = writeln!(std::io::stderr(), "left out: {missing}");
        return;
    }
    let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("no directory: {error}"));
    let file = directory.path().join("offset");
    fs::write(&file, "+0").unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let through = [
        "env".to_owned(),
        format!("LD_PRELOAD={LIBFAKETIME}"),
        format!("FAKETIME_TIMESTAMP_FILE={}", file.display()),
        "FAKETIME_NO_CACHE=1".to_owned(),
        "DONT_FAKE_MONOTONIC=1".to_owned(),
    ];
    let through: Vec<&str> = through.iter().map(String::as_str).collect();
    bench::run_through(Plan::circuits(3), &through, |bench| {
        let [short, other] = [bench.circuit(0), bench.circuit(1)];
        let witness = Innocent::establish(short)?;
        bench.is_established(short)?;
        for (number, offset) in (1..).zip(["+1h", "-1h", "+10y", "-10y", "+0"]) {
            fs::write(&file, offset)?;
            // A session that comes and goes is an event, with the time of day that the daemon now sees.
            let (peer, _) = announce(&bench.daemon, other, number)?;
            drop(peer);
            bench.holds(other, &[])?;
            sees_the_time(bench, offset)?;
            let session = bench.daemon.session(short)?;
            let kept = (session.connections_established, session.connections_dropped) == (1, 0);
            ensure!(session.state == SessionState::Established && kept, "at {offset}: {session:?}");
        }
        witness.end()
    });
}

/// Checks that the daemon was indeed told another time.
fn sees_the_time(bench: &Bench, offset: &str) -> Outcome {
    let year = |text: &str| text.get(..4).and_then(|year| year.parse::<i32>().ok());
    let date = process::output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    let today = year(&date).ok_or_else(|| Failure::from(format!("no year in {date:?}")))?;
    let expected = match offset {
        "+10y" => today + 10,
        "-10y" => today - 10,
        _ => today,
    };
    let log = bench.daemon.log()?;
    let last = log.lines().last().and_then(year);
    // An hour may take it into the next year, ten years of 365 days out of it.
    ensure!(
        last.is_some_and(|seen| (seen - expected).abs() <= 1),
        "{offset}: the log says {last:?}, not {expected}"
    );
    Ok(())
}

#[test]
fn peers_that_are_killed_and_return_have_their_routes_back() {
    bench::run(Plan::circuits(11).open_transit(), |bench| {
        let before = Footprint::of(bench)?;
        let [circuits @ .., watcher] = &bench.plan.circuits[..10] else { return Err("ten circuits".into()) };
        let watching = Peer::established(watcher)?;
        let told = |count: usize| {
            until(&format!("the watcher is told {count} routes"), || {
                let routes = bench.daemon.routes(watcher, Direction::Advertised)?;
                ensure!(routes.len() == count, "{} routes", routes.len());
                Ok(routes)
            })
        };
        let everybody = || {
            thread::scope(|scope| {
                let peers: Vec<_> = circuits
                    .iter()
                    .zip(0..)
                    .map(|(circuit, number)| {
                        scope.spawn(move || {
                            let mut peer = until("it is up", || Peer::established(circuit))?;
                            peer.send(&octets::update(
                                &octets::mandatory(circuit),
                                &octets::prefix(40, number),
                            ))?;
                            Ok(peer)
                        })
                    })
                    .collect();
                let joined = peers
                    .into_iter()
                    .map(|peer| peer.join().map_err(|_| Failure::from("a peer's thread panicked"))?);
                joined.collect::<Outcome<Vec<_>>>()
            })
        };
        let without = told(1)?;
        let mut first = None;
        for _ in 0..3 {
            let peers = everybody()?;
            let table = told(1 + circuits.len())?;
            ensure!(first.as_ref().is_none_or(|first| *first == table), "not the table of the first time");
            first = Some(table);
            // As the kernel does for a process that is killed with octets unread.
            peers.into_iter().try_for_each(Peer::reset)?;
            ensure!(told(1)? == without, "another table than before the peers came");
        }
        drop(watching);
        before.is_back(bench)
    });
}
