//! The log on standard error, for the verbs that run a daemon.

use super::table::Colour;
use std::{fmt, io, str::FromStr};
use tracing_subscriber::{EnvFilter, filter::ParseError};

/// `--log-level` and `--log-format`.
#[derive(Clone, Debug, clap::Args)]
pub struct LogArgs {
    /// What is logged: error, warn, info, debug or trace, also for one part as in "info,msee::session=debug".
    #[arg(long, env = "MSEE_LOG", value_name = "LEVEL", default_value_t)]
    pub log_level: LogFilter,

    /// Lines for people, or a JSON object per line.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub log_format: LogFormat,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Time, level, message, fields.
    #[default]
    Human,
    /// The same as one JSON object.
    Json,
}

/// Which events are logged; known to be a valid filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".into())
    }
}

impl FromStr for LogFilter {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        EnvFilter::try_new(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl LogArgs {
    /// Sends the process's log to standard error from now on; a second call changes nothing.
    pub fn start(&self) {
        let log = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(&self.log_level.0))
            .with_writer(io::stderr)
            .with_ansi(Colour::on(&io::stderr()) == Colour::On)
            .with_target(false);
        let started = match self.log_format {
            LogFormat::Human => log.try_init(),
            LogFormat::Json => log.json().flatten_event(true).try_init(),
        };
        if started.is_err() {
            tracing::debug!("the log had been started before");
        }
    }
}
