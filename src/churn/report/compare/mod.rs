//! Several reports side by side: medians of the rounds of each speaker, and their ratio to the first.

mod cell;
mod figure;

pub use cell::Cell;
pub use figure::{Figure, Goal, Quantity};

use super::{Limit, Load, Report};
use serde::Serialize;
use std::collections::BTreeMap;

/// Speakers side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The speakers, the first of them the base.
    pub speakers: Vec<Speaker>,
    /// What was measured of at least one of them.
    pub rows: Vec<Row>,
    /// Machines and loads.
    pub facts: Vec<String>,
    /// What makes the comparison doubtful.
    pub doubts: Vec<String>,
}

/// One speaker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Speaker {
    /// What its reports call it.
    pub label: String,
    /// Its reports, of the scenario that has the most.
    pub rounds: usize,
}

/// One figure of all speakers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Which.
    pub figure: Figure,
    /// A cell for each speaker; `None` if it has no such phase.
    pub cells: Vec<Option<Cell>>,
}

impl Comparison {
    /// Puts reports side by side; those with the same label and scenario are rounds of one speaker. The first speaker is
    /// the base. Figures of which nobody has a value are left out.
    pub fn new(reports: &[Report], figures: &[Figure]) -> Self {
        let mut speakers: Vec<(&str, Vec<&Report>)> = Vec::new();
        for report in reports {
            match speakers.iter_mut().find(|(label, _)| *label == report.label) {
                Some((_, rounds)) => rounds.push(report),
                None => speakers.push((&report.label, vec![report])),
            }
        }
        Self {
            rows: figures.iter().filter_map(|figure| Row::new(figure, &speakers)).collect(),
            facts: facts(reports),
            doubts: doubts(reports),
            speakers: speakers
                .iter()
                .map(|(label, reports)| Speaker { label: (*label).to_owned(), rounds: rounds(reports) })
                .collect(),
        }
    }
}

impl Row {
    fn new(figure: &Figure, speakers: &[(&str, Vec<&Report>)]) -> Option<Self> {
        let cells: Vec<Option<Cell>> = speakers
            .iter()
            .map(|(_, reports)| {
                let of_scenario = reports.iter().filter(|report| report.scenario == figure.scenario);
                let phases = of_scenario.flat_map(|report| &report.phases);
                let phases: Vec<_> = phases.filter(|found| found.phase == figure.phase).collect();
                Cell::new(figure.quantity, &phases)
            })
            .collect();
        cells.iter().any(Option::is_some).then(|| {
            let base = cells.first().copied().flatten();
            let cells = cells.iter().map(|cell| cell.map(|cell| cell.over(base))).collect();
            Self { figure: figure.clone(), cells }
        })
    }
}

fn rounds(reports: &[&Report]) -> usize {
    let mut rounds: BTreeMap<&Option<String>, usize> = BTreeMap::new();
    for report in reports {
        *rounds.entry(&report.scenario).or_default() += 1;
    }
    rounds.into_values().max().unwrap_or_default()
}

/// The text of a scenario as it stands before what is said of it.
fn before(scenario: Option<&String>) -> String {
    scenario.map(|scenario| format!("{scenario}: ")).unwrap_or_default()
}

/// What was measured with: a line for each machine and each load.
fn facts(reports: &[Report]) -> Vec<String> {
    let mut facts = Vec::new();
    for report in reports {
        let fact = format!("{}; generator msee {}", report.machine, report.msee_version);
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    for report in reports {
        let fact = format!("{}{}", before(report.scenario.as_ref()), report.load);
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    facts
}

fn doubts(reports: &[Report]) -> Vec<String> {
    let mut doubts = Vec::new();
    for (number, report) in reports.iter().enumerate() {
        let earlier = reports.iter().take(number);
        let mut rounds = earlier.filter(|earlier| earlier.scenario == report.scenario);
        let doubt = format!(
            "{}the loads differ: sessions, prefixes, attribute sets or withdrawals",
            before(report.scenario.as_ref())
        );
        if rounds.any(|earlier| !earlier.load.is_like(&report.load)) && !doubts.contains(&doubt) {
            doubts.push(doubt);
        }
    }
    if reports.windows(2).any(|pair| matches!(pair, [one, other] if one.machine != other.machine)) {
        doubts.push("the machines differ".to_owned());
    }
    for report in reports {
        if let Some(why) = &report.ended_early {
            doubts.push(format!("{}{} ended early, {why}", before(report.scenario.as_ref()), report.label));
        }
    }
    doubts.extend(busy(reports));
    doubts
}

/// Where the speaker may be faster than its figure.
fn busy(reports: &[Report]) -> impl Iterator<Item = String> {
    let mut found: Vec<(String, usize)> = Vec::new();
    for report in reports {
        let limited = report.phases.iter().filter(|phase| phase.limit() == Some(Limit::Generator));
        for phase in limited {
            let text = format!(
                "{}the generator was the limit of {} in phase {}",
                before(report.scenario.as_ref()),
                report.label,
                phase.phase
            );
            match found.iter_mut().find(|(known, _)| *known == text) {
                Some((_, rounds)) => *rounds += 1,
                None => found.push((text, 1)),
            }
        }
    }
    found.into_iter().map(|(text, rounds)| match rounds {
        1 => format!("{text} in one round"),
        rounds => format!("{text} in {rounds} rounds"),
    })
}

impl Load {
    /// True if the speaker had the same to do.
    fn is_like(&self, other: &Self) -> bool {
        let said = |load: &Self| {
            (load.senders, load.receivers, load.prefixes, load.attribute_sets, load.withdrawals_percent)
        };
        said(self) == said(other)
    }
}

#[cfg(test)]
mod tests;
