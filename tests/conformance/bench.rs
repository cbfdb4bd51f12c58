//! What every test has: a daemon, circuits to mistreat, and the innocent session that must outlive it.

#![allow(dead_code, reason = "the fault suite uses it too, and each its own part")]

use crate::{
    daemon::{Daemon, Descriptors},
    innocent::Innocent,
    lab::{
        failure::{Outcome, ensure},
        wait::until,
    },
    plan::{Circuit, Plan},
};
use msee::api::schema::{Direction, SessionState};
use std::time::Duration;

/// A daemon and the circuits to mistreat.
pub(crate) struct Bench {
    pub(crate) daemon: Daemon,
    pub(crate) plan: Plan,
}

impl Bench {
    /// The circuit of a number.
    pub(crate) fn circuit(&self, number: usize) -> &Circuit {
        &self.plan.circuits[number]
    }

    /// Waits until the circuit's session is Established.
    pub(crate) fn is_established(&self, circuit: &Circuit) -> Outcome {
        until(&format!("{} is Established", circuit.name()), || {
            let state = self.daemon.session(circuit)?.state;
            ensure!(state == SessionState::Established, "{state}");
            Ok(())
        })
    }

    /// Watches the daemon for two seconds of the innocent session's uptime: it must be busy for less than a fifth of them.
    pub(crate) fn does_not_spin(&self) -> Outcome {
        let circuit = self.plan.circuits.last().ok_or("a plan without circuits")?;
        let (uptime_before, busy_before) = (uptime(self, circuit)?, self.daemon.processor_time()?);
        let passed = until("two seconds of uptime", || {
            let passed = uptime(self, circuit)?.saturating_sub(uptime_before);
            ensure!(passed >= Duration::from_secs(2), "{passed:?}");
            Ok(passed)
        })?;
        let busy = self.daemon.processor_time()?.saturating_sub(busy_before);
        ensure!(busy < passed / 5, "the daemon was busy for {busy:?} of {passed:?}");
        Ok(())
    }

    /// Waits until the daemon holds exactly these prefixes from the circuit's peer.
    pub(crate) fn holds(&self, circuit: &Circuit, prefixes: &[&str]) -> Outcome {
        until(&format!("{} announces {prefixes:?}", circuit.name()), || {
            let routes = self.daemon.routes(circuit, Direction::Received)?;
            let held: Vec<_> = routes.iter().map(|route| route.network.to_string()).collect();
            ensure!(held == prefixes, "{held:?}");
            Ok(())
        })
    }
}

/// Runs a test beside an innocent session; the plan's last circuit is that session's.
///
/// # Panics
/// When the test fails, when the innocent session was touched, or when the daemon is not well afterwards.
pub(crate) fn run(plan: Plan, test: impl FnOnce(&mut Bench) -> Outcome) {
    run_with(plan, Descriptors::Inherited, test);
}

/// As [`run`], with a limit on the daemon's descriptors.
pub(crate) fn run_with(plan: Plan, descriptors: Descriptors, test: impl FnOnce(&mut Bench) -> Outcome) {
    beside(Daemon::start(&plan, descriptors), plan, test);
}

/// As [`run`], with the daemon started through another command.
pub(crate) fn run_through(plan: Plan, through: &[&str], test: impl FnOnce(&mut Bench) -> Outcome) {
    beside(Daemon::start_through(&plan, through), plan, test);
}

fn beside(daemon: Outcome<Daemon>, plan: Plan, test: impl FnOnce(&mut Bench) -> Outcome) {
    let outcome = daemon.and_then(|daemon| {
        let mut bench = Bench { daemon, plan };
        let tested = tested(&mut bench, test);
        tested.map_err(|failure| {
            let log = bench.daemon.log().unwrap_or_default();
            format!("{failure}\nthe daemon's log:\n{log}").into()
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

fn tested(bench: &mut Bench, test: impl FnOnce(&mut Bench) -> Outcome) -> Outcome {
    let circuit = bench.plan.circuits.last().ok_or("a plan without circuits")?.clone();
    let innocent = Innocent::establish(&circuit)?;
    bench.is_established(&circuit)?;
    let before = uptime(bench, &circuit)?;
    test(bench)?;
    bench.daemon.lives()?;
    let after = uptime(bench, &circuit)?;
    ensure!(after > before, "the innocent session's uptime went from {before:?} to {after:?}");
    let log = bench.daemon.log()?;
    ensure!(!log.contains("panicked") && !log.contains("has died"), "a task of the daemon died");
    ensure!(bench.daemon.status()?.task_restarts == 0, "a task of the daemon was started again");
    let shown = bench.daemon.command(&["show", "sessions"])?;
    ensure!(shown.contains(&innocent.circuit().peer_address().to_string()), "msee show sessions: {shown}");
    innocent.end()
}

/// How long the session has been up, if it was never down.
fn uptime(bench: &Bench, circuit: &Circuit) -> Outcome<Duration> {
    let session = bench.daemon.session(circuit)?;
    let untouched = session.state == SessionState::Established
        && (session.connections_established, session.connections_dropped) == (1, 0);
    ensure!(untouched, "the innocent session was touched: {session:?}");
    Ok(Duration::from_millis(session.peer_uptime_msec))
}
