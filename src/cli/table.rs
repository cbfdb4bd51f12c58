//! Tables for people: no borders, numbers to the right, as wide as the terminal if there is one.

use comfy_table::{
    Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, Width, presets::NOTHING,
};
use std::{
    env,
    io::{self, IsTerminal},
};

/// What the output looks like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Columns of the terminal; unlimited in a file or pipe, so that one line stays one line.
    pub(super) width: Option<u16>,
    /// Whether states have colours.
    pub(super) colour: Colour,
}

/// Whether the output has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    /// States are green, yellow or red.
    On,
    /// Nothing but text.
    Off,
}

impl Colour {
    /// On a terminal, unless `NO_COLOR` has a value.
    pub(super) fn on(stream: &impl IsTerminal) -> Self {
        let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if stream.is_terminal() && !plain { Self::On } else { Self::Off }
    }
}

impl Look {
    /// What suits standard output.
    pub(super) fn of_stdout() -> Self {
        Self { width: Table::new().width(), colour: Colour::on(&io::stdout()) }
    }

    /// What suits standard error.
    pub(super) fn of_stderr() -> Self {
        Self { width: Table::new().use_stderr().width(), colour: Colour::on(&io::stderr()) }
    }

    fn table(self) -> Table {
        let mut table = Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).force_no_tty();
        if let Some(width) = self.width {
            table.set_width(width);
        }
        if self.colour == Colour::On {
            table.enforce_styling();
        }
        table
    }

    /// Names and values below each other.
    pub(super) fn properties(self, properties: impl IntoIterator<Item = (&'static str, String)>) -> String {
        let mut table = self.table();
        table.add_rows(properties.into_iter().map(|(name, value)| [cell(name), cell(value)]));
        for (column, padding) in table.column_iter_mut().zip([(2, 2), (0, 0)]) {
            column.set_padding(padding);
        }
        table.trim_fmt() + "\n"
    }
}

/// A column's title, and how its cells stand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column {
    /// To the left.
    Text(&'static str),
    /// To the right.
    Number(&'static str),
}

/// A table that may be printed in parts: the title once, the columns as wide as the first part needs.
#[derive(Debug)]
pub(super) struct Listing {
    look: Look,
    columns: &'static [Column],
    /// Width of each column's content in the parts printed so far; empty before the first.
    widths: Vec<u16>,
}

impl Listing {
    pub(super) const fn new(look: Look, columns: &'static [Column]) -> Self {
        Self { look, columns, widths: Vec::new() }
    }

    /// The next rows as text that ends with a newline.
    pub(super) fn rows(&mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> String {
        let mut table = self.look.table();
        if self.widths.is_empty() {
            table.set_header(self.columns.iter().map(|column| match column {
                Column::Text(title) | Column::Number(title) => Cell::new(title),
            }));
        }
        table.add_rows(rows);
        if table.is_empty() && table.header().is_none() {
            return String::new();
        }
        table.discover_columns();
        let mut columns = self.columns.iter().zip(table.column_iter_mut()).enumerate().peekable();
        while let Some((index, (kind, column))) = columns.next() {
            let gap = if columns.peek().is_some() { 2 } else { 0 };
            column.set_padding((0, gap));
            if matches!(kind, Column::Number(_)) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            if let Some(width) = self.widths.get(index) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width + gap)));
            }
        }
        if self.widths.is_empty() {
            self.widths = table.column_max_content_widths();
        }
        table.trim_fmt() + "\n"
    }
}

/// A cell. Control characters are replaced: some texts come from the peer, and none of them drives a terminal.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers pass numbers, words and texts that they have just made"
)]
pub(super) fn cell(content: impl ToString) -> Cell {
    Cell::new_owned(printable(&content.to_string()))
}

/// A cell that may be empty.
pub(super) fn optional(content: Option<impl ToString>) -> Cell {
    content.map_or_else(|| Cell::new(""), cell)
}

/// How good a state is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it should be.
    Good,
    /// As an operator wanted it, or of no interest.
    Neutral,
    /// Worth a look.
    Warning,
    /// Broken.
    Bad,
}

/// A cell with the colour of its state.
pub(super) fn toned(content: impl ToString, tone: Tone) -> Cell {
    let cell = cell(content);
    match tone {
        Tone::Good => cell.fg(Color::Green),
        Tone::Neutral => cell,
        Tone::Warning => cell.fg(Color::Yellow),
        Tone::Bad => cell.fg(Color::Red),
    }
}

/// The text with a replacement character for every control character.
pub(super) fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{FFFD}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[Column::Text("Network"), Column::Number("Metric"), Column::Text("Path")];
    const PLAIN: Look = Look { width: None, colour: Colour::Off };

    #[test]
    fn later_parts_stand_under_the_first() {
        let mut listing = Listing::new(PLAIN, COLUMNS);
        let row = |network: &str, metric: u32| vec![cell(network), cell(metric), cell("65010")];
        assert_eq!(
            listing.rows([row("10.100.0.0/16", 5)]),
            "Network        Metric  Path\n10.100.0.0/16       5  65010\n"
        );
        assert_eq!(listing.rows([row("10.1.0.0/16", 1234)]), "10.1.0.0/16      1234  65010\n");
        assert_eq!(listing.rows([]), "");
    }

    #[test]
    fn a_terminal_bounds_the_width_and_a_pipe_does_not() {
        let path = "65010 ".repeat(40);
        let rows = || [vec![cell("10.0.0.0/8"), cell(1), cell(path.trim())]];
        let narrow = Listing::new(Look { width: Some(80), ..PLAIN }, COLUMNS).rows(rows());
        assert!(narrow.lines().count() > 3 && narrow.lines().all(|line| line.len() <= 80), "{narrow}");
        assert_eq!(Listing::new(PLAIN, COLUMNS).rows(rows()).lines().count(), 2);
    }

    #[test]
    fn only_a_terminal_sees_colours_and_no_peer_sends_them() {
        let row = || [vec![toned("up", Tone::Good), cell("\u{1b}[31mred\n"), cell("")]];
        let plain = Listing::new(PLAIN, COLUMNS).rows(row());
        assert!(!plain.contains('\u{1b}') && plain.contains("\u{FFFD}[31mred\u{FFFD}"), "{plain:?}");
        let coloured = Listing::new(Look { width: None, colour: Colour::On }, COLUMNS).rows(row());
        assert!(coloured.contains("\u{1b}["), "{coloured:?}");
    }
}
