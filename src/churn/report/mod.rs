//! What a measurement found, as it stands in the JSON file.

mod compare;
mod generator;
mod html;
mod latency;
#[cfg(test)]
mod samples;
mod text;

pub use compare::{Cell, Comparison, Figure, Goal, Quantity, Row, Speaker};
pub use generator::{Generator, Limit};
pub use html::html;
pub(super) use latency::Latencies;
pub use latency::Latency;

use super::meter::Usage;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A measurement, whole or as far as it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Version of the generator.
    pub msee_version: String,
    /// What the user calls the speaker.
    pub label: String,
    /// What the user calls the load, if it is one of several.
    #[serde(default)]
    pub scenario: Option<String>,
    /// When it began, RFC 3339.
    pub started_at: String,
    /// What was measured with.
    pub load: Load,
    /// The machine that it ran on.
    pub machine: Machine,
    /// The phases, in their order.
    pub phases: Vec<PhaseReport>,
    /// Why there are not all phases that were asked for.
    pub ended_early: Option<String>,
}

/// Sessions and table of a measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Load {
    /// Sessions that announce.
    pub senders: usize,
    /// Sessions that learn.
    pub receivers: usize,
    /// Prefixes of all senders.
    pub prefixes: u32,
    /// Attribute sets of all senders.
    pub attribute_sets: usize,
    /// Octets of the UPDATEs that announce the table once.
    pub table_octets: u64,
    /// How many of the changes withdraw a prefix.
    #[serde(default)]
    pub withdrawals_percent: u8,
}

/// The machine that both ran on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    /// CPUs that may be used.
    pub cpus: usize,
    /// The CPU's name.
    pub cpu_model: String,
    /// The kernel's release.
    pub kernel: String,
}

/// What is measured, in the order in which it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// All sessions open at once, until the last is established.
    Up,
    /// The senders announce the table, until every receiver holds it.
    Table,
    /// Single changes while nothing else happens.
    Idle,
    /// Single changes while the senders announce changes at a steady rate.
    Paced,
    /// Single changes while the senders announce changes as fast as the speaker takes them.
    Flood,
    /// Changes as fast as the speaker takes them, until every receiver has the last of each prefix.
    Churn,
    /// All senders' connections break, until no receiver holds a prefix of theirs.
    Loss,
}

/// What one phase found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhaseReport {
    /// Which.
    pub phase: Phase,
    /// From the first octet written to the last one needed by the last receiver.
    pub wall_seconds: f64,
    /// What happened in that time: sessions opened, or prefixes changed by the senders.
    pub events: u64,
    /// CPU time of the speaker, until it rests again after the phase.
    pub speaker_cpu_seconds: Option<f64>,
    /// The speaker's resident memory after the phase.
    pub speaker_resident_octets: Option<u64>,
    /// The generator's part.
    pub generator: Generator,
    /// Latency of single changes from the probe to the first receiver.
    pub latency: Option<Latency>,
    /// Attempts that did not open a session.
    pub failed_attempts: u32,
    /// How it ended. If not complete, the time is how long it had lasted, and the events how far it had come.
    pub ending: Ending,
    /// How it went.
    pub samples: Vec<Sample>,
}

/// How a phase ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ending {
    /// All that it waited for came.
    Complete,
    /// Not all came in time.
    TimedOut,
    /// The speaker ended a session.
    SessionLost,
    /// The user ended it, or the generator could not go on.
    Interrupted,
}

/// A phase at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// Since the phase began.
    pub seconds: f64,
    /// Sessions that are up, single changes seen, or prefixes at the last receiver.
    pub progress: u64,
    /// The speaker's CPU time in the phase.
    pub cpu_seconds: Option<f64>,
    /// The speaker's resident memory.
    pub resident_octets: Option<u64>,
}

/// A count as a number that can be divided.
#[expect(clippy::cast_precision_loss, reason = "15 digits are enough for people")]
const fn approximately(count: u64) -> f64 {
    count as f64
}

impl Phase {
    /// All phases in their order.
    pub const ALL: [Self; 7] =
        [Self::Up, Self::Table, Self::Idle, Self::Paced, Self::Flood, Self::Churn, Self::Loss];

    /// The word for it on the command line and in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Table => "table",
            Self::Idle => "idle",
            Self::Paced => "paced",
            Self::Flood => "flood",
            Self::Churn => "churn",
            Self::Loss => "loss",
        }
    }
}

impl Phase {
    /// What its progress counts.
    pub const fn counts(self) -> &'static str {
        match self {
            Self::Up => "sessions",
            Self::Idle | Self::Flood => "changes",
            Self::Table | Self::Paced | Self::Churn | Self::Loss => "prefixes",
        }
    }
}

impl Ending {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::TimedOut => "timed out",
            Self::SessionLost => "session lost",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PhaseReport {
    /// Events a second; `None` if it took no time.
    pub fn events_per_second(&self) -> Option<f64> {
        let events = approximately(self.events);
        (self.wall_seconds > 0.0).then(|| events / self.wall_seconds)
    }

    /// Who was the limit; `None` where nobody was to be, or the phase did not come to its end.
    pub fn limit(&self) -> Option<Limit> {
        match self.phase {
            _ if self.ending != Ending::Complete => None,
            Phase::Idle | Phase::Paced => None,
            Phase::Up => Some(self.generator.limit_of_opening(self.wall_seconds)),
            Phase::Table | Phase::Flood | Phase::Churn | Phase::Loss => {
                Some(self.generator.limit(self.wall_seconds))
            }
        }
    }
}

impl PhaseReport {
    /// A phase of which only the time is known yet.
    pub(super) fn new(phase: Phase, wall_seconds: f64, events: u64) -> Self {
        Self {
            phase,
            wall_seconds,
            events,
            speaker_cpu_seconds: None,
            speaker_resident_octets: None,
            generator: Generator::default(),
            latency: None,
            failed_attempts: 0,
            ending: Ending::Complete,
            samples: Vec::new(),
        }
    }

    pub(super) fn set_usage(&mut self, before: Option<Usage>, after: Option<Usage>) {
        if let (Some(before), Some(after)) = (before, after) {
            self.speaker_cpu_seconds = Some(after.cpu.saturating_sub(before.cpu).as_secs_f64());
            self.speaker_resident_octets = Some(after.resident_octets);
        }
    }
}
