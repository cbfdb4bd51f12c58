//! `msee churn compare`: reports side by side.

use super::ChurnFailure;
use crate::{
    churn::{Cell, Comparison, Report},
    cli::{
        exit::Failure,
        output::{OutputArgs, Screen},
        table::Look,
    },
};
use std::{fmt::Write, fs, path::PathBuf};

/// `msee churn compare`.
#[derive(Clone, Debug, clap::Args)]
pub struct Compare {
    /// Reports that `msee churn --json` wrote. Those with the same label are rounds of one speaker, whose medians are
    /// taken; the first label is what the others are compared with.
    #[arg(value_name = "FILE", num_args = 2.., required = true)]
    pub reports: Vec<PathBuf>,

    /// The form of the comparison.
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl Compare {
    pub(super) fn perform(&self, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let reports = self.reports.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        screen.show(&Comparison::new(&reports), text)
    }
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
    let mut titles = vec!["phase".to_owned(), String::new()];
    let speakers = comparison.speakers.iter();
    titles.extend(speakers.map(|speaker| format!("{} (of {})", speaker.label, speaker.rounds)));
    let columns = titles.len();
    let mut rows = vec![titles];
    for row in &comparison.rows {
        let decimals = row.quantity.decimals();
        let mut cells = vec![row.phase.to_string(), row.quantity.unit().to_owned()];
        cells.extend(row.cells.iter().enumerate().map(|(number, cell)| shown(*cell, decimals, number > 0)));
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
    comparison.notes.iter().try_for_each(|note| writeln!(out, "\nnote: {note}"))
}

fn shown(cell: Option<Cell>, decimals: usize, with_ratio: bool) -> String {
    match cell {
        None => "-".to_owned(),
        Some(Cell { median, ratio: Some(ratio) }) if with_ratio => {
            format!("{median:.decimals$} (×{ratio:.2})")
        }
        Some(Cell { median, .. }) => format!("{median:.decimals$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        churn::{Phase, Quantity, Row, Speaker},
        cli::table::Colour,
    };

    #[test]
    fn a_comparison_is_a_markdown_table_with_ratios_to_the_first() {
        let cell = |median, ratio| Some(Cell { median, ratio });
        let speaker = |label: &str, rounds| Speaker { label: label.to_owned(), rounds };
        let row = |phase, quantity, cells: [Option<Cell>; 2]| Row { phase, quantity, cells: cells.to_vec() };
        let comparison = Comparison {
            speakers: vec![speaker("bird", 3), speaker("msee", 2)],
            rows: vec![
                row(Phase::Table, Quantity::Seconds, [cell(2.07, Some(1.0)), cell(0.35, Some(0.169))]),
                row(Phase::Churn, Quantity::EventsPerSecond, [None, cell(3_000_000.0, None)]),
            ],
            notes: vec!["the machines differ".to_owned()],
        };
        let look = Look { width: None, colour: Colour::Off };
        let want = "\
| phase |          | bird (of 3) | msee (of 2)   |
| ----- | -------- | ----------- | ------------- |
| table | s        | 2.070       | 0.350 (×0.17) |
| churn | events/s | -           | 3000000       |

note: the machines differ
";
        assert_eq!(text(&comparison, look), want);
    }
}
