//! What ExpressRoute promises, row by row, shown by the running daemon to real routers of customers.
//!
//! A test is named after the row of the service that it proves. Without root or without the daemons it says what it
//! left out; with `MSEE_REQUIRE_PEERS` set that is a failure.

mod circuits;
#[path = "../lab/mod.rs"]
mod lab;
mod operations;
mod ownership;
mod private;
#[cfg(feature = "rpki")]
mod rtr;
mod services;
mod topologies;

/// The path of a file that tests read.
fn data(name: &str) -> String {
    format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))
}
