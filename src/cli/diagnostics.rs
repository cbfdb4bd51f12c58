//! What is wrong with a configuration, with the line of the file that it is about.

use super::table::Look;
use crate::config::error::{Finding, Located};
use std::io::{self, Write};

/// Says something on standard error, if it can be said there: unlike `eprint!`, this does not panic on a full disk.
pub(super) fn say(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// A finding with its place, a caret and the remedy; ends with a newline.
#[cfg(feature = "fancy")]
pub(super) fn text<T: Finding>(finding: &Located<T>, look: Look) -> String {
    use super::table::Colour;
    use miette::{GraphicalReportHandler, GraphicalTheme};

    let theme = match look.colour {
        Colour::On => GraphicalTheme::unicode(),
        Colour::Off => GraphicalTheme::unicode_nocolor(),
    };
    // Off a terminal no line is broken: whoever reads it searches for the words.
    let width = look.width.map_or(usize::MAX, usize::from);
    let mut text = String::new();
    let rendered =
        GraphicalReportHandler::new_themed(theme).with_width(width).render_report(&mut text, finding);
    match rendered {
        Ok(()) => text.trim_end().to_owned() + "\n",
        Err(std::fmt::Error) => plain(finding),
    }
}

/// A finding with its place and the remedy; ends with a newline.
#[cfg(not(feature = "fancy"))]
pub(super) fn text<T: Finding>(finding: &Located<T>, _: Look) -> String {
    plain(finding)
}

fn plain<T: Finding>(finding: &Located<T>) -> String {
    format!("{}\n", finding.plain())
}
