//! What runs out: space for the log, descriptors.

use crate::{
    bench,
    footprint::Footprint,
    lab::{
        failure::{Outcome, ensure},
        process,
        wait::until,
    },
    octets,
    peer::Peer,
    plan::{Circuit, Plan},
};
use std::{net::TcpStream, process::Command};

/// The log goes to a device without any space.
const TO_A_FULL_DISK: &[&str] = &["sh", "-c", "exec \"$@\" >/dev/full 2>&1", "sh"];
/// Standard output and error are closed.
const TO_NOBODY: &[&str] = &["sh", "-c", "exec \"$@\" >&- 2>&-", "sh"];
/// The log goes to a reader that is gone.
const TO_A_BROKEN_PIPE: &[&str] = &["bash", "-c", "exec \"$@\" > >(exec true) 2>&1", "bash"];

/// Every kind of event that is logged happens once: up, down, refused, reloaded.
fn make_a_noise(bench: &bench::Bench, circuit: &Circuit) -> Outcome {
    let mut peer = until("a session comes up", || Peer::established(circuit))?;
    peer.send(&octets::update(&octets::mandatory(circuit), &octets::prefix(20, 0)))?;
    bench.holds(circuit, &["10.20.0.0/24"])?;
    bench.daemon.reload()?;
    std::fs::write(bench.daemon.file(), "[[circuit")?;
    ensure!(bench.daemon.reload().is_err(), "a broken file was accepted");
    std::fs::write(bench.daemon.file(), bench.plan.to_toml())?;
    // A malformed attribute is logged with its octets.
    let malformed = [octets::attribute(0x40, 1, &[9]), octets::as_path(&[65010])].concat();
    peer.send(&octets::update(&malformed, &octets::prefix(20, 0)))?;
    bench.holds(circuit, &[])?;
    peer.reset()?;
    bench.daemon.reset_due_to(circuit, "reset by peer").map(drop)
}

#[test]
fn a_log_that_cannot_be_written_costs_bgp_nothing() {
    for through in [TO_A_FULL_DISK, TO_NOBODY, TO_A_BROKEN_PIPE] {
        bench::run_through(Plan::circuits(2), through, |bench| {
            let before = Footprint::of(bench)?;
            for _ in 0..3 {
                make_a_noise(bench, bench.circuit(0))?;
            }
            before.is_back(bench)
        });
    }
}

#[test]
fn with_sixty_four_descriptors_it_does_not_spin_and_takes_everybody_once_there_are_more() {
    const PEERS: usize = 100;
    bench::run_through(Plan::circuits(PEERS + 1), &["prlimit", "--nofile=64:4096"], |bench| {
        let control = bench.plan.control();
        let idle = (0..200).map(|_| TcpStream::connect(control)).collect::<Result<Vec<_>, _>>()?;
        let waiting = bench.plan.circuits[..PEERS].iter().map(Peer::connect).collect::<Outcome<Vec<_>>>()?;
        until("the listener has run out of descriptors", || {
            let log = bench.daemon.log()?;
            ensure!(log.contains("cannot accept connections now"), "the log does not say so");
            Ok(())
        })?;
        bench.does_not_spin()?;
        drop((idle, waiting));
        let pid = bench.daemon.status()?.pid.to_string();
        process::output(Command::new("prlimit").args(["--pid", &pid, "--nofile=4096"]))?;
        let peers = bench.plan.circuits[..PEERS].iter().map(|circuit| {
            until(&format!("{} is Established", circuit.name()), || Peer::established(circuit))
        });
        let peers = peers.collect::<Outcome<Vec<_>>>()?;
        ensure!(peers.len() == PEERS, "{} sessions", peers.len());
        Ok(())
    });
}

#[test]
fn a_state_directory_that_cannot_be_made_is_counted_and_operations_go_on() {
    // Below something that is no directory.
    bench::run(Plan::circuits(2).with_state_dir("/dev/null/msee"), |bench| {
        let circuit = bench.circuit(0);
        let peering = format!("{}/private", circuit.name());
        let mut peer = Peer::established(circuit)?;
        let said = bench.daemon.command(&["disable", &peering])?;
        ensure!(said.contains("the next start would not know of it"), "{said}");
        peer.hear_notification()?;
        let state = bench.daemon.status()?.state.ok_or("no state directory in the status")?;
        ensure!(state.errors > 0 && state.failure.is_some(), "{state:?}");
        bench.daemon.command(&["enable", &peering])?;
        until("the session is up again", || Peer::established(circuit)).map(drop)
    });
}
