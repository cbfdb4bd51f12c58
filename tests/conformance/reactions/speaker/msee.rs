//! `msee run` on loopback addresses of its own, without root: a lab of plain eBGP.

use super::Speaker;
use crate::{
    daemon::{Daemon, Descriptors},
    lab::failure::{Outcome, ensure},
    plan::{Circuit, Plan, Seat},
    reactions::stand::{Place, Shared},
};
use std::{sync::Arc, time::Duration};

pub(super) struct Msee {
    daemon: Daemon,
    place: Shared,
}

impl Msee {
    pub(super) fn start(seats: &[Seat]) -> Outcome<Self> {
        let mut plan = Plan::circuits(seats.len()).open_transit();
        ensure!(plan.circuits.len() == seats.len(), "no addresses for {} peers", seats.len());
        for (circuit, seat) in plan.circuits.iter_mut().zip(seats) {
            circuit.seat = seat.clone();
        }
        let daemon = Daemon::start(&plan, Descriptors::Inherited)?;
        let first = plan.circuits.first().ok_or("a table without cases")?;
        let place = Place {
            endpoint: first.daemon_endpoint(),
            sources: plan.circuits.iter().map(Circuit::source).collect(),
            peer_port: first.peer_endpoint().port(),
            namespace: None,
            patience: Duration::from_secs(30),
            at_once: 24,
        };
        Ok(Self { daemon, place: Arc::new(place) })
    }
}

impl Speaker for Msee {
    fn place(&self) -> &Shared {
        &self.place
    }

    fn lives(&mut self) -> Outcome {
        self.daemon.lives()?;
        let log = self.daemon.log()?;
        ensure!(!log.contains("panicked") && !log.contains("has died"), "a task of the daemon died: {log}");
        Ok(())
    }

    fn log(&self) -> Outcome<String> {
        self.daemon.log()
    }
}
