//! The machine cell by cell, its timers, collisions, and two peers that talk to each other.

mod bench;
mod cells;
mod graceful;
mod ledger;
mod negotiation;
mod peers;
mod properties;
mod simulation;
mod words;

use super::{Action, ConnectionId, DialFailure, Outgoing, Peer, Settings, StateName};
use crate::{
    asn::Asn,
    family::Families,
    wire::{Identifier, Notification, Open},
};
use std::time::{Duration, Instant};

const MSEE: Asn = Asn::MICROSOFT_EDGE;
const EDGE: Asn = Asn::constant(65010);

fn identifier(last: u8) -> Identifier {
    Identifier::new([10, 0, 0, last].into()).unwrap()
}

/// The settings of an MSEE with the identifier 10.0.0.2 and an edge with AS 65010.
fn settings() -> Settings {
    Settings::new(MSEE, EDGE, identifier(2), Families::BOTH)
}

/// The OPEN of the edge that `settings` expects, with the identifier 10.0.0.`last`.
fn edge_open(last: u8) -> Open {
    let mirrored = Settings::new(EDGE, MSEE, identifier(last), Families::BOTH);
    super::negotiate::open(&mirrored, super::negotiate::Offer::Capabilities)
}

/// What the driver says of a peer that does not listen.
fn refusal() -> DialFailure {
    DialFailure { cause: "connection refused".into(), remedy: "start BGP there".into() }
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
