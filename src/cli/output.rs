//! Answers on standard output, as a table or as JSON.

use super::{
    exit::Failure,
    table::{Column, Listing, Look},
};
use comfy_table::Cell;
use serde::Serialize;
use std::io::Write;

/// `-o`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct OutputArgs {
    /// A table for people, or JSON.
    #[arg(
        id = "output",
        short = 'o',
        long = "output",
        value_name = "FORMAT",
        global = true,
        value_enum,
        default_value_t
    )]
    pub(super) format: Format,
}

impl OutputArgs {
    /// Where a verb's answer goes.
    pub(super) fn screen(self, out: &mut dyn Write, look: Look) -> Screen<'_> {
        Screen { out, format: self.format, look }
    }
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Columns under titles.
    #[default]
    Table,
    /// One JSON document with the keys of the control endpoint; one per line with `--follow`.
    Json,
}

/// Where an answer goes, and how.
pub(super) struct Screen<'a> {
    out: &'a mut dyn Write,
    pub(super) format: Format,
    pub(super) look: Look,
}

impl Screen<'_> {
    /// Prints `answer` as JSON, or as what `text` makes of it.
    pub(super) fn show<T: Serialize>(
        &mut self,
        answer: &T,
        text: impl FnOnce(&T, Look) -> String,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Table => self.print(&text(answer, self.look)),
            Format::Json => {
                let json = serde_json::to_string_pretty(answer).map_err(std::io::Error::from)?;
                self.print(&format!("{json}\n"))
            }
        }
    }

    /// Prints text at once, so that nothing waits in a buffer while the next page is fetched.
    pub(super) fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes())?;
        Ok(self.out.flush()?)
    }
}

/// A long list on its way out page by page: one table, or one JSON object with one array, an element per line.
pub(super) struct Pages<'s, 'a> {
    screen: &'s mut Screen<'a>,
    key: &'static str,
    columns: &'static [Column],
    listing: Option<Listing>,
    elements: usize,
}

impl<'s, 'a> Pages<'s, 'a> {
    /// `key` names the array in JSON. Nothing is printed before the first page: it may be refused.
    pub(super) fn new(screen: &'s mut Screen<'a>, key: &'static str, columns: &'static [Column]) -> Self {
        Self { screen, key, columns, listing: None, elements: 0 }
    }

    /// Prints the next elements.
    pub(super) fn page<T: Serialize>(
        &mut self,
        elements: &[T],
        row: impl Fn(&T) -> Vec<Cell>,
    ) -> Result<(), Failure> {
        if elements.is_empty() {
            return Ok(());
        }
        let text = match self.screen.format {
            Format::Table => {
                let gap = if self.listing.is_none() && self.elements > 0 { "\n" } else { "" };
                let listing =
                    self.listing.get_or_insert_with(|| Listing::new(self.screen.look, self.columns));
                gap.to_owned() + &listing.rows(elements.iter().map(row))
            }
            Format::Json => {
                let lines = elements.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>();
                let lines = lines.map_err(std::io::Error::from)?;
                let before =
                    if self.elements == 0 { format!("{{\"{}\":[\n", self.key) } else { ",\n".into() };
                before + &lines.join(",\n")
            }
        };
        self.elements += elements.len();
        self.screen.print(&text)
    }

    /// What follows has a table of its own, with titles and widths; in JSON it is the same array.
    pub(super) fn next_table(&mut self) {
        self.listing = None;
    }

    /// Ends the list; `empty` says in words that there was nothing.
    pub(super) fn end(self, empty: &str) -> Result<(), Failure> {
        match (self.screen.format, self.elements) {
            (Format::Json, 0) => self.screen.print(&format!("{{\"{}\":[]}}\n", self.key)),
            (Format::Json, _) => self.screen.print("\n]}\n"),
            (Format::Table, 0) => self.screen.print(&format!("{empty}\n")),
            (Format::Table, _) => Ok(()),
        }
    }
}
