//! The daemon: both routers of the pair, made to be what a [`Plan`] says, watched over and told apart.
//!
//! ```text
//!  signals, HTTP ──▶ Handle ── Request ──▶ Daemon ── spawns, reconfigures ──▶ Attachment × n
//!                      │                     ▲  │                              │  ▲
//!                      │ Directory           │  └ Command ─▶ Backbone ◀ Uplink ┘  │
//!                      ▼ (snapshot)        Event                 └──── Downlink ───┘
//!                    attachments, backbone
//! ```
//!
//! Every arrow is a bounded channel. Readers find an attachment in the [`Directory`] and ask it themselves, so that
//! neither the daemon's task nor another attachment is in the way.

mod events;
mod gateways;
mod handle;
mod keeper;
mod links;
mod lower;
mod operate;
mod reconcile;
mod redundancy;
mod restarts;
mod rtr;
mod signals;
mod state;
mod surplus;
mod task;

pub use events::{Entry, EntryKind};
pub use handle::{Directory, Done, Gone, Handle, OperationRefused, ReloadRefused};
pub use keeper::Keeping;
pub use lower::{UnusableKey, attachment as settings, selection};
pub use restarts::Deaths;
pub use rtr::{RtrState, RtrStatus};
pub use signals::{Signal, Signals};
pub use task::{Daemon, DaemonError};

#[cfg(test)]
mod tests;

#[cfg(doc)]
use crate::config::Plan;
