//! What is compared: a quantity of a phase of a scenario.

use crate::churn::report::{Ending, Latency, Phase, PhaseReport, Report, approximately};
use serde::{Deserialize, Serialize};

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Figure {
    /// What people call it.
    pub title: String,
    /// Of the reports of this scenario; `None`: of those that have none.
    pub scenario: Option<String>,
    /// In this phase.
    pub phase: Phase,
    /// What.
    pub quantity: Quantity,
    /// What one would like to see.
    pub goal: Option<Goal>,
}

/// What one would like to see, in the unit of the quantity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// So much or less.
    AtMost(f64),
    /// So much or more.
    AtLeast(f64),
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Quantity {
    /// Wall-clock seconds.
    Seconds,
    /// CPU seconds of the speaker.
    CpuSeconds,
    /// MiB of its resident memory after the phase.
    ResidentMebioctets,
    /// Events a second.
    EventsPerSecond,
    /// Half of the changes took no longer, in milliseconds.
    P50Milliseconds,
    /// 99 of 100 changes took no longer, in milliseconds.
    P99Milliseconds,
    /// Attempts that did not open a session.
    FailedAttempts,
}

impl Quantity {
    /// What a phase is looked at for.
    const fn of(phase: Phase) -> &'static [Self] {
        match phase {
            Phase::Up => &[Self::Seconds, Self::CpuSeconds, Self::FailedAttempts],
            Phase::Table => &[Self::Seconds, Self::CpuSeconds, Self::ResidentMebioctets],
            Phase::Idle | Phase::Paced | Phase::Flood => &[Self::P50Milliseconds, Self::P99Milliseconds],
            Phase::Churn => &[Self::EventsPerSecond, Self::CpuSeconds],
            Phase::Loss => &[Self::Seconds, Self::CpuSeconds],
        }
    }

    /// Its unit.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::CpuSeconds => "CPU-s",
            Self::ResidentMebioctets => "MiB",
            Self::EventsPerSecond => "events/s",
            Self::P50Milliseconds => "ms p50",
            Self::P99Milliseconds => "ms p99",
            Self::FailedAttempts => "refused",
        }
    }

    /// Digits behind the point that mean something.
    pub const fn decimals(self) -> usize {
        match self {
            Self::Seconds | Self::CpuSeconds | Self::P50Milliseconds | Self::P99Milliseconds => 3,
            Self::ResidentMebioctets | Self::EventsPerSecond | Self::FailedAttempts => 0,
        }
    }

    /// True if a flood that was given up has this all the same: changes were timed, and only what the senders wrote beside
    /// them did not get through.
    pub(super) fn is_known_before_the_end(self, phase: &PhaseReport) -> bool {
        matches!(self, Self::P50Milliseconds | Self::P99Milliseconds)
            && phase.phase == Phase::Flood
            && phase.ending == Ending::TimedOut
            && phase.latency.is_some()
    }

    pub(super) fn value(self, phase: &PhaseReport) -> Option<f64> {
        let latency = |pick: fn(&Latency) -> f64| phase.latency.as_ref().map(|found| pick(found) / 1e3);
        match self {
            Self::Seconds => Some(phase.wall_seconds),
            Self::CpuSeconds => phase.speaker_cpu_seconds,
            Self::ResidentMebioctets => {
                phase.speaker_resident_octets.map(|octets| approximately(octets) / 1_048_576.0)
            }
            Self::EventsPerSecond => phase.events_per_second(),
            Self::P50Milliseconds => latency(|found| found.p50_microseconds),
            Self::P99Milliseconds => latency(|found| found.p99_microseconds),
            Self::FailedAttempts => Some(phase.failed_attempts.into()),
        }
    }
}

impl Figure {
    /// All that can be compared in these reports, scenario by scenario, in the order of the phases.
    pub fn all(reports: &[Report]) -> Vec<Self> {
        let mut scenarios: Vec<&Option<String>> = Vec::new();
        for report in reports {
            if !scenarios.contains(&&report.scenario) {
                scenarios.push(&report.scenario);
            }
        }
        let figure = |scenario: &Option<String>, phase: Phase, quantity| {
            let title = match scenario {
                Some(scenario) => format!("{scenario}: {phase}"),
                None => phase.to_string(),
            };
            Self { title, scenario: scenario.clone(), phase, quantity, goal: None }
        };
        let of_phase = |phase: Phase| Quantity::of(phase).iter().map(move |quantity| (phase, *quantity));
        scenarios
            .into_iter()
            .flat_map(|scenario| {
                let quantities = Phase::ALL.into_iter().flat_map(of_phase);
                quantities.map(move |(phase, quantity)| figure(scenario, phase, quantity))
            })
            .collect()
    }
}
