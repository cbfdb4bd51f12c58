//! `msee churn`: a load generator and meter for any BGP speaker.
//!
//! Senders announce a table, receivers learn it through the speaker under test, a probe times single changes. What is
//! sent is encoded before the clock starts ([`stream`]), what is received is counted per prefix ([`census`]), and both
//! have a thread of their own ([`fleet`]). The [`Director`] goes through the [`Phase`](report::Phase)s and makes the
//! [`Report`].

mod absence;
mod census;
mod director;
mod feed;
mod fleet;
mod index;
mod key;
mod link;
mod meter;
mod observer;
mod pace;
mod reach;
mod report;
mod stream;
mod table;
mod topology;
mod version;

pub use director::{Director, HoldUntil, News, Outcome, Plan, PlanError};
pub use meter::Unmeasurable;
pub use report::{
    Cell, Comparison, Ending, Figure, Generator, Goal, Latency, Limit, Load, Machine, Phase, PhaseReport,
    Quantity, Report, Row, Sample, Speaker, html,
};
pub use stream::StreamError;
pub use table::{ListError, Sharing, Table, read_list, share, synthetic_prefixes};
#[cfg(feature = "mrt")]
pub use table::{MrtError, read_mrt};
pub use topology::{NextHops, Opening, Role, Seat, Sessions, Topology, TopologyError, face_to_face};
