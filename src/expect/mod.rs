//! What a lab must come to show: a file of assertions, and how each is waited for.
//!
//! `file` has the shape of the TOML, `lower` its meaning as [`Expectation`]s, `observe` asks the daemon about one of
//! them, `wait` asks until it holds or its time is over, `junit` writes down how all of them went.

mod assertion;
mod fault;
mod file;
mod junit;
mod lower;
mod observe;
#[cfg(test)]
mod tests;
mod wait;

pub use assertion::{
    Assertion, EffectiveRouteIs, Expectation, LimitIs, LookupFinds, NextHops, Presence, RouteAttributes,
    RouteIs, SessionIs, Table,
};
pub use fault::ExpectationFault;
pub use junit::junit;
pub use wait::{Verdict, wait};

use crate::config::{self, Errors, error::Source, report::Report, shape};
use std::path::Path;

/// Reads a file of expectations, in its order.
///
/// # Errors
/// Everything that is wrong with it, each with its place and a remedy.
pub fn load(path: &Path) -> Result<Vec<Expectation>, Errors<ExpectationFault>> {
    parse(&path.display().to_string(), &config::text_of(path)?)
}

/// Reads expectations from text; `name` is what errors call it.
///
/// # Errors
/// As [`load`].
pub fn parse(name: &str, text: &str) -> Result<Vec<Expectation>, Errors<ExpectationFault>> {
    let mut report = Report::new(Source::new(name, text));
    let file = shape::tables::<file::File, _>(text, &mut report);
    let expectations = file.map_or_else(Vec::new, |file| lower::expectations(&file, &mut report));
    report.conclude().map(|_no_warnings| expectations)
}
