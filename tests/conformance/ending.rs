//! How the daemon ends, and what another one finds: a Cease for every peer, exit code 0, and free ports.

use crate::{
    daemon::{Daemon, Descriptors},
    lab::{
        failure::{Outcome, ensure},
        process::Signal,
    },
    peer::{Connect, Heard, Peer},
    plan::Plan,
};
use msee::wire::Notification;

/// Ends a daemon that has an established session, one that waits for the peer, and a connection that says nothing.
fn ends_with_a_cease(signal: Signal) -> Outcome {
    let plan = Plan::circuits(3);
    let mut daemon = Daemon::start(&plan, Descriptors::Inherited)?;
    let [up, confirming, silent] = [0, 1, 2].map(|number| &plan.circuits[number]);
    let mut up = Peer::established(up)?;
    let mut confirming = Peer::open_confirm(confirming)?;
    let mut silent = Peer::open_sent(silent)?;
    daemon.signal(signal)?;
    for peer in [&mut up, &mut confirming, &mut silent] {
        let last_words = peer.hear_notification()?;
        ensure!(last_words == Notification::shutdown(Some("msee is shutting down")), "{last_words}");
    }
    let status = daemon.ended()?;
    ensure!(status.code() == Some(0), "{signal:?} ends the daemon with {status}");
    let log = daemon.log()?;
    ensure!(log.contains("ending: every session is shut down"), "the log does not say so: {log}");
    Ok(())
}

#[test]
fn sigterm_ends_every_session_with_a_cease() -> Outcome {
    ends_with_a_cease(Signal::Terminate)
}

#[test]
fn sigint_ends_every_session_with_a_cease() -> Outcome {
    ends_with_a_cease(Signal::Interrupt)
}

#[test]
fn a_peer_that_does_not_close_delays_nobody() -> Outcome {
    let plan = Plan::circuits(1);
    let mut daemon = Daemon::start(&plan, Descriptors::Inherited)?;
    let stubborn = Peer::established(&plan.circuits[0])?;
    daemon.signal(Signal::Terminate)?;
    ensure!(daemon.ended()?.success(), "the daemon did not end well");
    drop(stubborn);
    Ok(())
}

#[test]
fn a_daemon_that_was_killed_leaves_its_ports_to_the_next() -> Outcome {
    let plan = Plan::circuits(2);
    let mut killed = Daemon::start(&plan, Descriptors::Inherited)?;
    let mut peers = plan.circuits.iter().map(Peer::established).collect::<Outcome<Vec<_>>>()?;
    killed.signal(Signal::Kill)?;
    ensure!(!killed.ended()?.success(), "SIGKILL is no success");
    for peer in &mut peers {
        let end = peer.hear_until("the end", |heard| matches!(heard, Heard::Closed | Heard::Reset))?;
        ensure!(matches!(end, Heard::Closed | Heard::Reset), "{end:?}");
    }
    let refused = Connect::of(&plan.circuits[0]).open();
    ensure!(refused.is_err(), "something still listens");
    // The peers keep their ends open: the addresses are in use as far as TCP can see.
    let next = Daemon::start(&plan, Descriptors::Inherited)?;
    let again = plan.circuits.iter().map(Peer::established).collect::<Outcome<Vec<_>>>()?;
    let log = next.log()?;
    // With `fault-injection` the first line says so, whatever the ports are.
    let mut others = log.lines().filter(|line| !line.contains("this build is for tests"));
    let complaint = others.find(|line| line.contains("WARN") || line.contains("ERROR"));
    ensure!(complaint.is_none(), "{log}");
    drop((peers, again));
    Ok(())
}

#[test]
fn a_second_daemon_for_the_same_endpoint_says_what_is_in_its_way() -> Outcome {
    let plan = Plan::circuits(1);
    let first = Daemon::start(&plan, Descriptors::Inherited)?;
    let second = first.command(&["run", "-c", &first.file().to_string_lossy()]);
    let refusal = second.err().map(|refusal| refusal.to_string()).unwrap_or_default();
    ensure!(refusal.contains("exit status: 1"), "{refusal}");
    ensure!(refusal.contains(&plan.control().to_string()), "{refusal}");
    Peer::established(&plan.circuits[0]).map(drop)
}
