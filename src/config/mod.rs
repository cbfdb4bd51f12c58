//! TOML to a validated desired state, and what a change of it touches.
//!
//! `shape` reads text into the tables of `file`, `lower` checks them and gives them their meaning as a [`Plan`],
//! `diff` compares two plans. Errors of all stages end in one report, each with its place and a remedy.

mod control_token;
mod data_file;
pub mod diff;
pub mod document;
pub mod error;
pub(crate) mod file;
mod lower;
pub(crate) mod nearest;
pub mod operation;
mod overlay;
mod ownership;
pub mod plan;
pub(crate) mod report;
pub(crate) mod shape;
pub mod shard;
pub mod transition;

pub use control_token::{ControlToken, NotAControlToken};
pub use data_file::Stamped;
pub use diff::{Change, Difference, Effect, diff};
pub use document::Document;
pub use error::{ConfigError, ConfigErrors, Errors, Finding, Warning};
pub use operation::Operation;
pub use overlay::{Overlaid, Overlay};
pub use plan::Plan;
pub use shard::Shard;

use error::{Concern, FileFault, Located, Source};
use report::Report;
use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
};

/// Nobody writes more by hand; 100,000 circuits fit.
const LARGEST_FILE: u64 = 64 << 20;

/// A configuration that holds.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What shall run.
    pub plan: Plan,
    /// What is probably not meant, in the order of the file.
    pub warnings: Vec<Warning>,
    /// What it was read from, for operations on it.
    pub document: Document,
}

/// Reads a configuration file; relative paths in it start at its directory.
///
/// # Errors
/// Everything that is wrong with the file, in its order. A file that cannot be read is one error without a place.
pub fn load(path: &Path) -> Result<Loaded, ConfigErrors> {
    load_after(path, None)
}

/// The same while a plan runs: files of data that it has read and that have not changed are not read again.
///
/// # Errors
/// As [`load`].
pub fn load_after(path: &Path, running: Option<&Plan>) -> Result<Loaded, ConfigErrors> {
    let (name, text) = (path.display().to_string(), text_of(path)?);
    let directory =
        directory_of(path).map_err(|error| whole_file(&name, FileFault::Unreadable(error.kind())))?;
    let mut loaded = parse_after(&name, &text, &directory, running)?;
    if lower::is_open_to_others(path) && error::holds_secrets(&text) {
        let concern = Concern::SecretIsReadable(path.to_owned());
        loaded.warnings.insert(0, Located::new(&Source::new(&name, &text), None, concern));
    }
    Ok(loaded)
}

/// Where relative paths in a configuration file start: absolute, so that a file means the same to everybody who reads it,
/// wherever they were started.
///
/// # Errors
/// The system does not say where this process was started.
pub(crate) fn directory_of(path: &Path) -> io::Result<PathBuf> {
    Ok(std::path::absolute(path)?.parent().unwrap_or(Path::new("/")).to_owned())
}

/// The text of a file.
///
/// # Errors
/// Why it cannot be read, or where it is not UTF-8.
pub(crate) fn text_of<F: Finding + From<FileFault>>(path: &Path) -> Result<String, Errors<F>> {
    let name = path.display().to_string();
    let octets = read(path).map_err(|fault| whole_file(&name, fault))?;
    String::from_utf8(octets).map_err(|error| {
        let (valid, rest) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let text = format!("{}\u{fffd}", String::from_utf8_lossy(valid));
        let fault = FileFault::NotUtf8(rest.first().copied().unwrap_or(0));
        let at = valid.len()..text.len();
        Errors::only(Located::new(&Source::new(&name, &text), Some(at), F::from(fault)))
    })
}

/// A fault without a place in the file.
fn whole_file<F: Finding + From<FileFault>>(name: &str, fault: FileFault) -> Errors<F> {
    Errors::only(Located::new(&Source::new(name, ""), None, F::from(fault)))
}

/// Reads a configuration from text.
///
/// `name` is what errors call the file; `directory` is where relative paths in it start.
///
/// # Errors
/// Everything that is wrong with the text, in its order: all faults of syntax, or else all others.
pub fn parse(name: &str, text: &str, directory: &Path) -> Result<Loaded, ConfigErrors> {
    parse_after(name, text, directory, None)
}

/// The same while a plan runs, as [`load_after`].
///
/// # Errors
/// As [`parse`].
pub fn parse_after(
    name: &str,
    text: &str,
    directory: &Path,
    running: Option<&Plan>,
) -> Result<Loaded, ConfigErrors> {
    let mut report = Report::new(Source::new(name, text));
    let file = shape::read(text, &mut report);
    let plan = lower::plan(&file, directory, running, &mut report);
    report.conclude().map(|warnings| Loaded {
        plan,
        warnings,
        document: Document::new(name, text, directory),
    })
}

fn read(path: &Path) -> Result<Vec<u8>, FileFault> {
    let unreadable = |error: io::Error| match error.kind() {
        ErrorKind::IsADirectory => FileFault::Directory(path.to_owned()),
        kind => FileFault::Unreadable(kind),
    };
    let mut octets = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST_FILE + 1).read_to_end(&mut octets).map_err(unreadable)?;
    if octets.len() as u64 > LARGEST_FILE {
        return Err(FileFault::TooLarge(LARGEST_FILE >> 20));
    }
    Ok(octets)
}

#[cfg(test)]
mod tests;
