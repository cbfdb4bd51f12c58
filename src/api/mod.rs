//! The control endpoint: HTTP and JSON on `[daemon].control`.
//!
//! [`schema`] is what both ends say, [`Control`] what the daemon must answer, [`server`] and [`client`] the two
//! ends. The server has a budget of connections, sizes and times, so that its callers cannot hurt BGP.

pub mod client;
mod control;
mod daemon;
mod endpoints;
mod extract;
#[cfg(feature = "fault-injection")]
mod faults;
mod guard;
mod metrics;
mod rate;
pub mod schema;
pub mod server;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
pub(crate) mod tests;

pub use client::{Client, ClientError};
pub use control::{Access, Control};
pub use daemon::DaemonControl;
pub use schema::{ControlError, ErrorCode};
pub use server::serve;
