//! The daemons that the table is held against, each configured as a plain external speaker with a peer per case.

mod bird;
mod frr;
mod msee;
mod namespaced;

use super::stand::Shared;
use crate::{
    lab::failure::Outcome,
    plan::{PEER_AS, Seat},
};
use std::fmt;

/// A daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Msee,
    Bird,
    Frr,
}

/// A running daemon.
pub(crate) trait Speaker: Send {
    /// Its addresses, and those of its peers.
    fn place(&self) -> &Shared;

    /// Fails if it has ended or if a part of it has.
    fn lives(&mut self) -> Outcome;

    /// What it has logged.
    fn log(&self) -> Outcome<String>;
}

impl Kind {
    /// Starts it with a peer for each seat.
    pub(crate) fn start(self, seats: &[Seat]) -> Outcome<Box<dyn Speaker>> {
        Ok(match self {
            Self::Msee => Box::new(msee::Msee::start(seats)?),
            Self::Bird => Box::new(bird::start(seats)?),
            Self::Frr => Box::new(frr::start(seats)?),
        })
    }

    /// What is missing to run it, if anything is.
    pub(crate) fn missing(self) -> Option<String> {
        match self {
            Self::Msee => None,
            Self::Bird => namespaced::missing(::msee::cli::gen_ce::Kind::Bird),
            Self::Frr => namespaced::missing(::msee::cli::gen_ce::Kind::Frr),
        }
    }

    /// Its name and version.
    pub(crate) fn version(self) -> Outcome<String> {
        match self {
            Self::Msee => Ok(format!("msee {}", env!("CARGO_PKG_VERSION"))),
            Self::Bird => bird::version(),
            Self::Frr => frr::version(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Msee => "msee",
            Self::Bird => "BIRD",
            Self::Frr => "FRR",
        })
    }
}

/// The seats of the peers that watch; those of the cases follow.
pub(crate) fn watching() -> [Seat; 3] {
    [10, 11, 12].map(|above| Seat { asn: u32::from(PEER_AS) + above, ..Seat::default() })
}
