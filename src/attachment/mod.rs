//! One peering on one router: the task that owns its sessions, its RIB and its policy.
//!
//! ```text
//!   listener ── accepted ──┐                      ┌── Uplink ──▶ backbone   (one batch per read)
//!   sockets ── readable ───┤                      │
//!   commands ──────────────┼──▶ Attachment::run ──┼── Event ───▶ daemon
//!   backbone ── Downlink ──┘                      └── octets ──▶ sockets    (what the Adj-RIB-Out owes)
//! ```
//!
//! Nothing here waits with an arm of its loop unread: a batch that the backbone has no room for stays and
//! coalesces, and reading from the peer stops, so that TCP slows this peer alone.

mod answer;
mod event;
mod link;
mod path;
mod perform;
mod portion;
mod receive;
mod reconfigure;
mod refresh;
mod restart;
mod routes;
mod settings;
mod task;
mod transit;
mod view;

pub use answer::sessions_at_rest;
pub use event::{Event, EventKind, Events};
pub use link::{AttributeFaults, Traffic};
pub use portion::LastWord;
pub use restart::Start;
pub use settings::{AdminState, Advertise, Held, SessionSettings, Settings};
pub use task::{Attachment, Surroundings};
pub use view::{
    AdvertisedQuery, Command, EndView, LimitView, Listening, RestartView, RouteView, RoutesPage, SessionView,
    ViewedState, Which,
};

#[cfg(test)]
pub(crate) mod tests;
