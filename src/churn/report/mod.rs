//! What a measurement found, as it stands in the JSON file.

mod compare;
mod html;
mod latency;
#[cfg(test)]
mod samples;
mod text;

pub use compare::{Cell, Comparison, Quantity, Row, Speaker};
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
    /// False if it was interrupted; then the time is how long it had lasted, and the events how far it had come.
    pub complete: bool,
    /// How it went.
    pub samples: Vec<Sample>,
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

/// What the generator did in a phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Generator {
    /// CPU time of the senders' thread.
    pub send_cpu_seconds: f64,
    /// CPU time of the receivers' thread.
    pub receive_cpu_seconds: f64,
    /// How long the longest blocked sender could not write.
    pub blocked_seconds: f64,
    /// How long the busiest receiver waited for something to read.
    pub idle_seconds: f64,
    /// UPDATEs that all receivers got.
    pub updates_received: u64,
    /// Prefixes in them, announced or withdrawn.
    pub prefixes_received: u64,
    /// Of those, prefixes that are not in the table.
    pub foreign_prefixes: u64,
}

/// Who was too slow for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Limit {
    /// The generator waited for the speaker.
    Speaker,
    /// A thread of the generator was busy all the time: the speaker may be faster than this says.
    Generator,
    /// Neither waited much for the other.
    Neither,
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

impl Limit {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Speaker => "the speaker",
            Self::Generator => "the generator",
            Self::Neither => "neither alone",
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

    /// Who was the limit; `None` where nobody was to be.
    pub fn limit(&self) -> Option<Limit> {
        match self.phase {
            Phase::Up | Phase::Idle | Phase::Paced => None,
            Phase::Table | Phase::Flood | Phase::Churn | Phase::Loss => {
                Some(self.generator.limit(self.wall_seconds))
            }
        }
    }
}

impl Generator {
    /// A thread that is busy most of the time may not follow a faster speaker.
    fn limit(&self, wall_seconds: f64) -> Limit {
        let busy = self.send_cpu_seconds.max(self.receive_cpu_seconds);
        let waited = self.blocked_seconds.max(self.idle_seconds);
        if busy > 0.75 * wall_seconds || self.idle_seconds < 0.1 * wall_seconds {
            Limit::Generator
        } else if waited > 0.3 * wall_seconds {
            Limit::Speaker
        } else {
            Limit::Neither
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
            complete: true,
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
