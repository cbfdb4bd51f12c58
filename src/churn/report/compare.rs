//! Several reports side by side: medians of the rounds of each speaker, and their ratio to the first.

use super::{Latency, Load, Phase, PhaseReport, Report, approximately};
use serde::Serialize;

/// Speakers side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The speakers, the first of them the base.
    pub speakers: Vec<Speaker>,
    /// What was measured of at least one of them.
    pub rows: Vec<Row>,
    /// What makes the comparison doubtful.
    pub notes: Vec<String>,
}

/// One speaker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Speaker {
    /// What its reports call it.
    pub label: String,
    /// Its reports.
    pub rounds: usize,
}

/// One quantity of all speakers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The phase that it was measured in.
    pub phase: Phase,
    /// What.
    pub quantity: Quantity,
    /// A cell for each speaker; `None` if it has no complete phase of this kind.
    pub cells: Vec<Option<Cell>>,
}

/// The median of one speaker.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// Over its rounds.
    pub median: f64,
    /// Divided by that of the first speaker, if there is one.
    pub ratio: Option<f64>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
}

impl Quantity {
    /// What a phase is looked at for.
    const fn of(phase: Phase) -> &'static [Self] {
        match phase {
            Phase::Up | Phase::Loss => &[Self::Seconds, Self::CpuSeconds],
            Phase::Table => &[Self::Seconds, Self::CpuSeconds, Self::ResidentMebioctets],
            Phase::Idle | Phase::Paced | Phase::Flood => &[Self::P50Milliseconds, Self::P99Milliseconds],
            Phase::Churn => &[Self::EventsPerSecond, Self::CpuSeconds],
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
        }
    }

    /// Digits behind the point that mean something.
    pub const fn decimals(self) -> usize {
        match self {
            Self::Seconds | Self::CpuSeconds | Self::P50Milliseconds | Self::P99Milliseconds => 3,
            Self::ResidentMebioctets | Self::EventsPerSecond => 0,
        }
    }

    fn value(self, phase: &PhaseReport) -> Option<f64> {
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
        }
    }
}

impl Comparison {
    /// Puts reports side by side; those with the same label are rounds of one speaker. The first speaker is the base.
    pub fn new(reports: &[Report]) -> Self {
        let mut speakers: Vec<(&str, Vec<&Report>)> = Vec::new();
        for report in reports {
            match speakers.iter_mut().find(|(label, _)| *label == report.label) {
                Some((_, rounds)) => rounds.push(report),
                None => speakers.push((&report.label, vec![report])),
            }
        }
        let quantities =
            Phase::ALL.into_iter().flat_map(|phase| Quantity::of(phase).iter().map(move |of| (phase, *of)));
        let rows = quantities.filter_map(|(phase, quantity)| Row::new(phase, quantity, &speakers));
        Self {
            rows: rows.collect(),
            notes: notes(reports),
            speakers: speakers
                .iter()
                .map(|(label, rounds)| Speaker { label: (*label).to_owned(), rounds: rounds.len() })
                .collect(),
        }
    }
}

impl Row {
    fn new(phase: Phase, quantity: Quantity, speakers: &[(&str, Vec<&Report>)]) -> Option<Self> {
        let medians: Vec<Option<f64>> = speakers
            .iter()
            .map(|(_, rounds)| {
                let complete = rounds.iter().flat_map(|report| &report.phases).filter(|found| found.complete);
                let of_phase = complete.filter(|found| found.phase == phase);
                median(of_phase.filter_map(|found| quantity.value(found)).collect())
            })
            .collect();
        medians.iter().any(Option::is_some).then(|| {
            let base = medians.first().copied().flatten();
            let ratio = |median: f64| base.filter(|base| *base > 0.0).map(|base| median / base);
            let cell = |median: f64| Cell { median, ratio: ratio(median) };
            Self { phase, quantity, cells: medians.iter().map(|median| median.map(cell)).collect() }
        })
    }
}

/// The middle one, or the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 { Some(upper) } else { Some(f64::midpoint(*values.get(middle - 1)?, upper)) }
}

fn notes(reports: &[Report]) -> Vec<String> {
    let mut notes = Vec::new();
    let Some(first) = reports.first() else { return notes };
    if reports.iter().any(|report| !report.load.is_like(&first.load)) {
        notes.push("the loads differ: sessions, prefixes or attribute sets".to_owned());
    }
    if reports.iter().any(|report| report.machine != first.machine) {
        notes.push("the machines differ".to_owned());
    }
    for report in reports {
        if let Some(why) = &report.ended_early {
            notes.push(format!("{} ended early, {why}", report.label));
        }
    }
    notes
}

impl Load {
    /// True if the speaker had the same to do.
    fn is_like(&self, other: &Self) -> bool {
        (self.senders, self.receivers, self.prefixes, self.attribute_sets)
            == (other.senders, other.receivers, other.prefixes, other.attribute_sets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::churn::report::samples::report;
    use proptest::prelude::*;

    #[test]
    fn rounds_of_one_label_become_one_median_and_the_first_label_is_the_base() {
        let table = |label, seconds| report(label, vec![PhaseReport::new(Phase::Table, seconds, 900_000)]);
        let reports = [
            table("bird", 3.0),
            table("msee", 0.5),
            table("bird", 2.0),
            table("bird", 9.0),
            table("msee", 1.0),
        ];
        let comparison = Comparison::new(&reports);
        let speaker = |label: &str, rounds| Speaker { label: label.to_owned(), rounds };
        assert_eq!(comparison.speakers, [speaker("bird", 3), speaker("msee", 2)]);
        let cell = |median, ratio| Some(Cell { median, ratio: Some(ratio) });
        assert_eq!(
            comparison.rows,
            [Row {
                phase: Phase::Table,
                quantity: Quantity::Seconds,
                cells: vec![cell(3.0, 1.0), cell(0.75, 0.25)],
            }]
        );
        assert_eq!(comparison.notes, Vec::<String>::new());
    }

    #[test]
    fn what_makes_a_comparison_doubtful_is_said() {
        let mut other = report("frr", Vec::new());
        other.load.prefixes += 1;
        other.machine.cpus += 1;
        other.ended_early = Some("table: interrupted".to_owned());
        let mut slow = PhaseReport::new(Phase::Loss, 7.0, 1);
        slow.complete = false;
        other.phases = vec![slow];
        let comparison = Comparison::new(&[report("bird", Vec::new()), other]);
        assert_eq!(
            comparison.notes,
            [
                "the loads differ: sessions, prefixes or attribute sets",
                "the machines differ",
                "frr ended early, table: interrupted"
            ]
        );
        assert_eq!(comparison.rows, [], "a phase that is not complete has no time");
    }

    proptest! {
        #[test]
        fn half_of_the_values_are_on_each_side_of_the_median(values in prop::collection::vec(-1e6_f64..1e6, 1..50)) {
            let median = median(values.clone()).unwrap();
            let below = values.iter().filter(|value| **value < median).count();
            let above = values.iter().filter(|value| **value > median).count();
            prop_assert!(below <= values.len() / 2 && above <= values.len() / 2);
        }
    }
}
