//! The running daemon when things go wrong around it: crowds of connections, killed and stopped processes, full disks,
//! clocks that jump, a processor that others want, cables that are cut.
//!
//! What must hold is the same everywhere: sessions that the fault does not concern keep their uptime, those that it does
//! concern come back, the tables are exact afterwards, and the daemon has as many descriptors, and about as much memory,
//! as before. The daemon, the peers and the innocent session beside them are those of the conformance suite.

#[path = "../conformance/bench.rs"]
mod bench;
mod callers;
mod crowds;
#[path = "../conformance/daemon.rs"]
mod daemon;
mod footprint;
#[path = "../conformance/innocent.rs"]
mod innocent;
#[path = "../lab/mod.rs"]
mod lab;
mod links;
#[path = "../conformance/octets.rs"]
mod octets;
#[cfg(feature = "fault-injection")]
mod panics;
#[path = "../conformance/peer.rs"]
mod peer;
#[path = "../conformance/plan.rs"]
mod plan;
mod processes;
mod reloads;
mod resources;
mod secrets;
