//! `msee churn config`: the speaker's side of the sessions, as configuration that the daemon reads.
//!
//! Plain eBGP: everything is accepted from every session and advertised to the receivers, and nothing to those that only
//! announce. All sessions wait for the generator to dial.

mod bird;
mod frr;
mod gobgp;
mod msee_run;
mod openbgpd;
#[cfg(test)]
mod tests;

use super::{ChurnFailure, TopologyArgs};
use crate::{
    churn::{Seat, Topology},
    cli::exit::Failure,
};
use std::{
    io::Write,
    net::{IpAddr, Ipv4Addr},
};

/// `msee churn config`.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// The daemon that is measured.
    #[arg(long, value_enum)]
    pub kind: Kind,

    /// The sessions.
    #[command(flatten)]
    pub topology: TopologyArgs,
}

/// A daemon that can be measured without writing its configuration by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Kind {
    /// BIRD 2.
    Bird,
    /// FRRouting 8 and newer.
    Frr,
    /// GoBGP 3.
    Gobgp,
    /// OpenBGPD 7 and newer.
    Openbgpd,
    /// This one.
    Msee,
}

/// What every writer needs.
struct Site<'a> {
    topology: &'a Topology,
    seats: &'a [Seat],
    key: Option<&'a str>,
}

impl Config {
    pub(super) fn perform(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let topology = self.topology.topology()?;
        let sessions = topology.sessions().map_err(ChurnFailure::from)?;
        let site = Site { topology: &topology, seats: &sessions.seats, key: self.topology.key.as_deref() };
        Ok(out.write_all(site.text(self.kind).as_bytes())?)
    }
}

impl Site<'_> {
    fn text(&self, kind: Kind) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = match kind {
            Kind::Bird => bird::write(self, &mut text),
            Kind::Frr => frr::write(self, &mut text),
            Kind::Gobgp => gobgp::write(self, &mut text),
            Kind::Openbgpd => openbgpd::write(self, &mut text),
            Kind::Msee => msee_run::write(self, &mut text),
        };
        text
    }

    fn address(&self) -> IpAddr {
        self.topology.speaker.ip()
    }

    fn port(&self) -> u16 {
        self.topology.speaker.port()
    }

    /// The speaker's BGP identifier.
    fn router_id(&self) -> Ipv4Addr {
        match self.address() {
            IpAddr::V4(address) => address,
            IpAddr::V6(_) => Ipv4Addr::new(10, 66, 0, 1),
        }
    }
}
