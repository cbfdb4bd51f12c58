//! Reloads: a file that cannot be used keeps everything as it was and is named with its line; one that can is applied,
//! however often and whatever the peers do meanwhile.

use crate::{
    bench::{self, Bench},
    lab::{
        failure::{Failure, Outcome, ensure},
        process::Signal,
        wait::until,
    },
    peer::Peer,
    plan::Plan,
};
use msee::api::schema::{Direction, EventKind};
use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

/// What stands where the configuration should.
enum InPlace {
    Text(String),
    Octets(&'static [u8]),
    Directory,
    Nothing,
}

impl InPlace {
    fn put(&self, bench: &Bench) -> Outcome {
        let file = bench.daemon.file();
        fs::remove_file(&file)?;
        match self {
            Self::Text(text) => fs::write(file, text)?,
            Self::Octets(octets) => fs::write(file, octets)?,
            Self::Directory => fs::create_dir(file)?,
            Self::Nothing => {}
        }
        Ok(())
    }

    fn take_away(&self, bench: &Bench) -> Outcome {
        let file = bench.daemon.file();
        match self {
            Self::Directory => fs::remove_dir(&file)?,
            Self::Text(_) | Self::Octets(_) | Self::Nothing => {}
        }
        Ok(fs::write(file, bench.plan.to_toml())?)
    }
}

#[test]
fn a_file_that_cannot_be_used_changes_nothing_and_is_named() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        let _session = Peer::established(circuit)?;
        let right = bench.plan.to_toml();
        let changed = |from: &str, to: &str| InPlace::Text(right.replacen(from, to, 1));
        let rows = [
            ("no TOML", changed("[[circuit]]", "[[circuit]"), "lab.toml:8:"),
            ("an unknown key", changed("vlan_id", "vlan"), "lab.toml:14:"),
            ("a wrong type", changed("vlan_id = 100", "vlan_id = \"100\""), "lab.toml:14:"),
            (
                "an AS number that Azure keeps",
                changed("peer_asn = 65010", "peer_asn = 65515"),
                "lab.toml:13:",
            ),
            ("a circuit twice", changed("name = \"c1\"", "name = \"c0\""), "lab.toml:19:"),
            ("a peer twice", changed("10.66.16.11", "10.66.16.10"), "lab.toml:27:"),
            ("an empty file", InPlace::Octets(b""), "lab.toml"),
            ("no text", InPlace::Octets(b"[daemon]\n\xff\xfe\n"), "lab.toml"),
            ("a directory", InPlace::Directory, "lab.toml"),
            ("no file", InPlace::Nothing, "lab.toml"),
        ];
        for (mistake, in_place, named) in rows {
            let logged_before = bench.daemon.log()?.len();
            in_place.put(bench)?;
            let refusal = match bench.daemon.command(&["reload"]) {
                Ok(said) => return Err(format!("{mistake} was accepted: {said}").into()),
                Err(refusal) => refusal.to_string(),
            };
            ensure!(refusal.contains("exit status: 1"), "{mistake}: {refusal}");
            ensure!(refusal.contains(named), "{mistake} is not at {named}: {refusal}");
            let logged = bench.daemon.log()?.split_off(logged_before);
            ensure!(logged.lines().count() == 1 && logged.contains(named), "{mistake}: {logged:?}");
            in_place.take_away(bench)?;
        }
        let applied = bench.daemon.command(&["reload"])?;
        ensure!(applied.trim() == "no change", "the right file: {applied}");
        let session = bench.daemon.session(circuit)?;
        ensure!((session.connections_established, session.connections_dropped) == (1, 0), "{session:?}");
        Ok(())
    });
}

/// Writes the plan with another address space for the virtual network.
fn write(bench: &Bench, address_space: &[&'static str]) -> Outcome {
    let plan = bench.plan.clone().with_address_space(address_space);
    Ok(fs::write(bench.daemon.file(), plan.to_toml())?)
}

/// Waits until the innocent peer is told exactly these prefixes.
fn advertises(bench: &Bench, prefixes: &[&str]) -> Outcome {
    let circuit = bench.plan.circuits.last().ok_or("no circuit")?;
    until(&format!("the daemon advertises {prefixes:?}"), || {
        let routes = bench.daemon.routes(circuit, Direction::Advertised)?;
        let told: Vec<_> = routes.iter().map(|route| route.network.to_string()).collect();
        ensure!(told == prefixes, "{told:?}");
        Ok(())
    })
}

#[test]
fn two_hangups_in_a_row_are_one_change() {
    bench::run(Plan::circuits(1), |bench| {
        advertises(bench, &["10.1.0.0/16"])?;
        write(bench, &["10.1.0.0/16", "10.2.0.0/16"])?;
        bench.daemon.signal(Signal::Hangup)?;
        bench.daemon.signal(Signal::Hangup)?;
        advertises(bench, &["10.1.0.0/16", "10.2.0.0/16"])?;
        write(bench, &["10.3.0.0/16"])?;
        bench.daemon.signal(Signal::Hangup)?;
        advertises(bench, &["10.3.0.0/16"])?;
        let applied = |kind| kind == EventKind::ReloadApplied;
        let events = bench.daemon.events()?;
        let reloads = events.iter().filter(|event| applied(event.kind)).count();
        ensure!((2..=3).contains(&reloads), "{reloads} reloads: {events:?}");
        Ok(())
    });
}

#[test]
fn two_hundred_reloads_beside_a_flapping_peer_end_with_the_last() {
    bench::run(Plan::circuits(2), |bench| {
        let over = AtomicBool::new(false);
        let circuit = bench.circuit(0);
        thread::scope(|scope| {
            let flapping = scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    Peer::established(circuit)?.reset()?;
                }
                Ok::<(), Failure>(())
            });
            let reloaded = (0..200).try_for_each(|number| {
                write(
                    bench,
                    if number % 2 == 0 { &["10.2.0.0/16"] } else { &["10.1.0.0/16", "10.2.0.0/16"] },
                )?;
                bench.daemon.reload()
            });
            over.store(true, Ordering::Relaxed);
            flapping.join().map_err(|_| Failure::from("the flapping peer's thread panicked"))??;
            reloaded
        })?;
        write(bench, &["10.3.0.0/16"])?;
        bench.daemon.reload()?;
        advertises(bench, &["10.3.0.0/16"])
    });
}
