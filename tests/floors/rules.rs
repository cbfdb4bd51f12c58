//! The rules that each file keeps. Each is a function from the files to what breaks it.

mod content;
mod cycles;
mod imports;
mod vocabulary;

pub(crate) use content::{length, moved, unfinished};
pub(crate) use cycles::cycles;
pub(crate) use imports::imports;
pub(crate) use vocabulary::{effects, file_names, unbounded};

use std::fmt;

/// A line that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    path: String,
    line: usize,
    what: String,
}

impl Breach {
    fn new(source: &crate::source::Source<'_>, line: usize, what: impl Into<String>) -> Self {
        Self { path: source.path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// What a rule says about literal source text.
#[cfg(test)]
fn said(rule: fn(&[crate::source::Source<'_>]) -> Vec<Breach>, files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<_> = files.iter().map(|(path, text)| crate::source::Source::read(path, text)).collect();
    rule(&sources).iter().map(Breach::to_string).collect()
}
