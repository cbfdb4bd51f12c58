//! The BGP state machine (RFC 4271 section 8), without I/O: (event, now) → actions.
//!
//! ```text
//!              dialled, accepted, received, closed, expire
//!   driver  ───────────────────────────────────────────────▶  Peer   one configured session: collision (6.8),
//!      ▲                                                       │     back-off, stop and restart, counters
//!      │                                                       ▼
//!      └───────────────────────  Vec<Action>  ◀─────────────  Fsm    one connection: state, timers
//! ```
//!
//! A [`Peer`] has one machine for the peering, which dials or listens, and one for each connection that was accepted
//! and has not shown yet who it is. Whichever is established first becomes the peering's machine.
//!
//! Time is a value: a driver calls [`Peer::expire`] when [`Peer::deadline`] has come. A call before that changes
//! nothing, so it may wake spuriously. It should read what the socket holds before it calls `expire`, so that a process
//! that was suspended does not take messages that wait for messages that never came.
#![deny(clippy::wildcard_enum_match_arm, clippy::match_wildcard_for_single_variants)]

mod action;
mod collision;
mod down;
mod event;
mod fsm;
mod graceful_restart;
mod idle_hold;
mod negotiate;
mod peer;
mod refresh;
mod role;
mod settings;
mod state;
mod timers;

pub use action::{Action, ConnectionId, Outgoing};
pub use down::{DownReason, Ended};
pub use event::{AutomaticStop, DialFailure, Event, OpenFault, Stop, TcpFailure};
pub use fsm::{Fsm, Output};
pub use graceful_restart::{AgreedRestart, GracefulRestart, Part, Recovery, Retention};
pub use negotiate::{OpenRefusal, Session};
pub use peer::{Counters, Peer, Received};
pub use refresh::{Refreshing, Requests};
pub use role::{LocalRole, RoleMismatch, RoleMode};
pub use settings::{Announce, OpenTimeout, Opening, Settings};
pub use state::StateName;
pub use timers::Timer;

#[cfg(test)]
mod tests;
