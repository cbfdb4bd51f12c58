//! `msee churn compare`: reports side by side.

use super::ChurnFailure;
use crate::{
    churn::{Cell, Comparison, Figure, Goal, Quantity, Report},
    cli::{
        exit::Failure,
        output::{OutputArgs, Screen},
        table::Look,
    },
};
use serde::Deserialize;
use std::{fmt::Write, fs, path::PathBuf};

/// `msee churn compare`.
#[derive(Clone, Debug, clap::Args)]
pub struct Compare {
    /// Reports that `msee churn --json` wrote. Those with the same label are rounds of one speaker, whose medians are
    /// taken; the first label is what the others are compared with.
    #[arg(value_name = "FILE", num_args = 1.., required = true)]
    pub reports: Vec<PathBuf>,

    /// Which figures to show, with titles and goals, from a TOML file; default: all, scenario by scenario.
    ///
    /// A `[[figure]]` has `title`, `scenario` (what `msee churn --scenario` said), `phase`, `quantity` (seconds, cpuSeconds,
    /// residentMebioctets, eventsPerSecond, p50Milliseconds, p99Milliseconds, failedAttempts) and maybe
    /// `goal = { at_most = 0.35 }` or `{ at_least = 3000000 }`.
    #[arg(long, value_name = "FILE")]
    pub figures: Option<PathBuf>,

    /// The form of the comparison.
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl Compare {
    pub(super) fn perform(&self, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let reports = self.reports.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let figures = match &self.figures {
            Some(path) => figures(path)?,
            None => Figure::all(&reports),
        };
        screen.show(&Comparison::new(&reports, &figures), text)
    }
}

/// A file of figures.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Figures {
    figure: Vec<Figure>,
}

fn figures(path: &PathBuf) -> Result<Vec<Figure>, Failure> {
    let text =
        fs::read_to_string(path).map_err(|source| Failure::Unreadable { path: path.clone(), source })?;
    let figures: Result<Figures, _> = toml::from_str(&text);
    let not_figures = |source| ChurnFailure::NotFigures { path: path.clone(), source: Box::new(source) };
    Ok(figures.map_err(not_figures)?.figure)
}

fn read(path: &PathBuf) -> Result<Report, Failure> {
    let text =
        fs::read_to_string(path).map_err(|source| Failure::Unreadable { path: path.clone(), source })?;
    let report = serde_json::from_str(&text);
    Ok(report.map_err(|source| ChurnFailure::NotAReport { path: path.clone(), source })?)
}

/// A Markdown table: it reads well as it is, and a README takes it.
fn text(comparison: &Comparison, _: Look) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(comparison, &mut out);
    out
}

fn write(comparison: &Comparison, out: &mut String) -> std::fmt::Result {
    let has_goals = comparison.rows.iter().any(|row| row.figure.goal.is_some());
    let mut titles = vec![String::new(), "unit".to_owned()];
    titles.extend(has_goals.then(|| "goal".to_owned()));
    let speakers = comparison.speakers.iter();
    titles.extend(speakers.map(|speaker| format!("{} (of {})", speaker.label, speaker.rounds)));
    let columns = titles.len();
    let mut rows = vec![titles];
    for row in &comparison.rows {
        let (figure, quantity) = (&row.figure, row.figure.quantity);
        let mut cells = vec![figure.title.clone(), quantity.unit().to_owned()];
        cells.extend(has_goals.then(|| goal(figure)));
        cells.extend(row.cells.iter().enumerate().map(|(number, cell)| shown(*cell, quantity, number > 0)));
        rows.push(cells);
    }
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max())
        .map(|width| width.unwrap_or_default().max(3))
        .collect();
    for (number, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            write!(out, "| {cell:width$} ")?;
        }
        writeln!(out, "|")?;
        if number == 0 {
            widths.iter().try_for_each(|width| write!(out, "| {} ", "-".repeat(*width)))?;
            writeln!(out, "|")?;
        }
    }
    writeln!(out, "\nmedians (least to most) ×ratio to the first\n")?;
    comparison.facts.iter().try_for_each(|fact| writeln!(out, "- {fact}"))?;
    comparison.doubts.iter().try_for_each(|doubt| writeln!(out, "- note: {doubt}"))
}

fn goal(figure: &Figure) -> String {
    let decimals = figure.quantity.decimals();
    match figure.goal {
        None => String::new(),
        Some(Goal::AtMost(most)) => format!("≤ {most:.decimals$}"),
        Some(Goal::AtLeast(least)) => format!("≥ {least:.decimals$}"),
    }
}

fn shown(cell: Option<Cell>, quantity: Quantity, with_ratio: bool) -> String {
    let decimals = quantity.decimals();
    match cell {
        None => "-".to_owned(),
        Some(Cell::TimedOut(seconds)) => format!("> {seconds:.0} s"),
        Some(Cell::SessionLost) => "session lost".to_owned(),
        Some(Cell::Measured { median, least, most, ratio }) => {
            let spread = (least < most).then(|| format!(" ({least:.decimals$} to {most:.decimals$})"));
            let times = ratio.filter(|_| with_ratio).map(|ratio| format!(" ×{ratio:.2}"));
            format!("{median:.decimals$}{}{}", spread.unwrap_or_default(), times.unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        churn::{Phase, Row, Speaker},
        cli::table::Colour,
    };

    #[test]
    fn a_comparison_is_a_markdown_table_with_ratios_to_the_first() {
        let measured = |median, least, most, ratio| Some(Cell::Measured { median, least, most, ratio });
        let speaker = |label: &str, rounds| Speaker { label: label.to_owned(), rounds };
        let row = |title: &str, phase, quantity, goal, cells: [Option<Cell>; 3]| {
            let title = title.to_owned();
            let figure = Figure { title, scenario: None, phase, quantity, goal };
            Row { figure, cells: cells.to_vec() }
        };
        let comparison = Comparison {
            speakers: vec![speaker("bird", 3), speaker("msee", 2), speaker("gobgp", 1)],
            rows: vec![
                row(
                    "full table",
                    Phase::Table,
                    Quantity::Seconds,
                    Some(Goal::AtMost(0.35)),
                    [
                        measured(2.07, 1.9, 2.2, Some(1.0)),
                        measured(0.35, 0.35, 0.35, Some(0.169)),
                        Some(Cell::TimedOut(100.04)),
                    ],
                ),
                row(
                    "churn",
                    Phase::Churn,
                    Quantity::EventsPerSecond,
                    None,
                    [None, measured(3_000_000.0, 3_000_000.0, 3_000_000.0, None), Some(Cell::SessionLost)],
                ),
            ],
            facts: vec!["2 CPUs".to_owned()],
            doubts: vec!["the machines differ".to_owned()],
        };
        let look = Look { width: None, colour: Colour::Off };
        let want = "\
|            | unit     | goal    | bird (of 3)            | msee (of 2) | gobgp (of 1) |
| ---------- | -------- | ------- | ---------------------- | ----------- | ------------ |
| full table | s        | ≤ 0.350 | 2.070 (1.900 to 2.200) | 0.350 ×0.17 | > 100 s      |
| churn      | events/s |         | -                      | 3000000     | session lost |

medians (least to most) ×ratio to the first

- 2 CPUs
- note: the machines differ
";
        assert_eq!(text(&comparison, look), want);
    }
}
