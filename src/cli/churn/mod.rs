//! `msee churn`: loads a BGP speaker and measures what it does with that.

mod arguments;
mod compare;
mod machine;
mod progress;
mod run;
pub mod speaker;

pub use arguments::{LoadArgs, TopologyArgs};

use super::{exit::Failure, table::Look};
use crate::{
    churn::{ListError, PlanError, TopologyError},
    transport::Md5KeyLength,
};
use std::{io, io::Write, path::PathBuf};

/// Loads any BGP speaker and measures it: N senders announce a table, M receivers learn it through the speaker, a probe
/// times single changes.
///
/// All sessions dial the speaker; `msee churn config` prints a configuration of the speaker that fits.
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Churn {
    /// A measurement.
    #[command(flatten)]
    pub run: run::Run,

    /// Anything else.
    #[command(subcommand)]
    pub what: Option<What>,
}

/// What `msee churn` can do beside measuring.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum What {
    /// Prints the speaker's configuration for the same sessions.
    Config(speaker::Config),
    /// Puts reports side by side.
    Compare(compare::Compare),
}

/// A measurement that did not take place.
#[derive(Debug, thiserror::Error)]
pub enum ChurnFailure {
    /// A list of prefixes cannot be read.
    #[error(transparent)]
    List(#[from] ListError),
    /// An MRT file cannot be read.
    #[cfg(feature = "mrt")]
    #[error(transparent)]
    Mrt(#[from] crate::churn::MrtError),
    /// The key of the sessions cannot be used.
    #[error("--key: {0}")]
    Key(Md5KeyLength),
    /// The sessions cannot be as they were asked for.
    #[error(transparent)]
    Topology(#[from] TopologyError),
    /// It cannot begin.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A file is no report.
    #[error("{} is no report of `msee churn --json`: {source}", path.display())]
    NotAReport {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A file holds no figures.
    #[error("{} says nothing of figures to compare: {source}", path.display())]
    NotFigures {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<toml::de::Error>,
    },
    /// The system does not tell signals.
    #[error("signals cannot be caught: {0}")]
    Signals(#[source] io::Error),
    /// A report cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It began and did not come to its end; the report says how far it came.
    #[error("the measurement ended early, in phase {0}")]
    EndedEarly(String),
}

impl Churn {
    pub(super) fn perform(&self, out: &mut dyn Write, look: Look) -> Result<(), Failure> {
        match &self.what {
            Some(What::Config(config)) => config.perform(out),
            Some(What::Compare(compare)) => compare.perform(&mut compare.output.screen(out, look)),
            None => self.run.perform(&mut self.run.output.screen(out, look)),
        }
    }
}
