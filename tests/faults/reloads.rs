//! Reloads while routes change.

use crate::{
    bench::{self, Bench},
    lab::{
        failure::{Failure, Outcome, ensure},
        wait::until,
    },
    octets,
    peer::Peer,
    plan::{Circuit, Plan},
};
use msee::api::schema::Direction;
use std::{
    collections::BTreeSet,
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

/// Prefixes that come and go.
const PREFIXES: u8 = 250;

/// Announces and withdraws until told to stop, and returns what is announced in the end.
fn churn(mut peer: Peer, circuit: &Circuit, over: &AtomicBool) -> Outcome<(Peer, BTreeSet<String>)> {
    let mut announced = BTreeSet::new();
    for step in 0_u32.. {
        let number = u8::try_from(step * 7 % u32::from(PREFIXES))?;
        let (prefix, name) = (octets::prefix(50, number), format!("10.50.{number}.0/24"));
        let update = if step % 3 == 2 {
            announced.remove(&name);
            octets::update_with(&prefix, &[], &[])
        } else {
            announced.insert(name);
            octets::update(&octets::mandatory(circuit), &prefix)
        };
        peer.send(&update)?;
        if over.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok((peer, announced))
}

#[test]
fn two_hundred_reloads_under_churn_leave_the_exact_view_and_reset_nobody() {
    bench::run(Plan::circuits(4), |bench| {
        let over = AtomicBool::new(false);
        let circuits = &bench.plan.circuits[..3];
        let churned = thread::scope(|scope| {
            let churning: Vec<_> = circuits
                .iter()
                .map(|circuit| {
                    let over = &over;
                    scope.spawn(move || churn(Peer::established(circuit)?, circuit, over))
                })
                .collect();
            let reloaded = (0..200).try_for_each(|number| reload(bench, number));
            over.store(true, Ordering::Relaxed);
            let ended = churning.into_iter().map(|churning| {
                churning.join().map_err(|_| Failure::from("a churning peer's thread panicked"))?
            });
            let ended = ended.collect::<Outcome<Vec<_>>>();
            reloaded.and(ended)
        })?;
        for (circuit, (_, announced)) in circuits.iter().zip(&churned) {
            until(&format!("{} has exactly what its peer announces", circuit.name()), || {
                let routes = bench.daemon.routes(circuit, Direction::Received)?;
                let held: BTreeSet<_> = routes.iter().map(|route| route.network.to_string()).collect();
                ensure!(held == *announced, "{} held, {} announced", held.len(), announced.len());
                Ok(())
            })?;
            let session = bench.daemon.session(circuit)?;
            ensure!((session.connections_established, session.connections_dropped) == (1, 0), "{session:?}");
        }
        Ok(())
    });
}

/// A reload of another address space, and in between of a file that must be refused.
fn reload(bench: &Bench, number: usize) -> Outcome {
    let space: &[&str] =
        if number.is_multiple_of(2) { &["10.2.0.0/16"] } else { &["10.1.0.0/16", "10.2.0.0/16"] };
    let right = bench.plan.clone().with_address_space(space).to_toml();
    if number.is_multiple_of(10) {
        for wrong in
            [String::new(), right.replacen("vlan_id", "vlan", 1), right[..right.len() / 2].to_owned()]
        {
            fs::write(bench.daemon.file(), wrong)?;
            ensure!(bench.daemon.reload().is_err(), "a wrong file was accepted in round {number}");
        }
    }
    fs::write(bench.daemon.file(), right)?;
    bench.daemon.reload()
}
