//! The log on standard error, for the verbs that run a daemon.

use super::table::Colour;
use std::{
    fmt,
    io::{self, Write},
    str::FromStr,
    sync::Mutex,
};
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
            .with_writer(Mutex::new(Forgiving { out: io::stderr(), format: self.log_format, lost: 0 }))
            // It says so on standard error, which panics if that is what cannot be written.
            .log_internal_errors(false)
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

/// Where the log goes when that may fail: a full disk, or a reader that is gone, costs lines and nothing else.
struct Forgiving<W> {
    out: W,
    format: LogFormat,
    /// Lines since the last one that was written.
    lost: u64,
}

impl<W: Write> Write for Forgiving<W> {
    /// Takes one line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let admitted = self.admit_loss().and_then(|()| self.out.write_all(line));
        if admitted.is_err() {
            self.lost += 1;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.out.flush();
        Ok(())
    }
}

impl<W: Write> Forgiving<W> {
    /// Says how many lines are missing before the one that follows.
    fn admit_loss(&mut self) -> io::Result<()> {
        if self.lost > 0 {
            let message = format!("{} lines of the log could not be written", self.lost);
            match self.format {
                LogFormat::Human => writeln!(self.out, "WARN {message}")?,
                LogFormat::Json => writeln!(self.out, "{{\"level\":\"WARN\",\"message\":\"{message}\"}}")?,
            }
            self.lost = 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with space for so many octets.
    struct Disk {
        written: Vec<u8>,
        space: usize,
    }

    impl Write for Disk {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            let fits = octets.len().min(self.space - self.written.len());
            if fits == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.written.extend_from_slice(&octets[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    #[test]
    fn lines_that_do_not_fit_are_counted_and_owned_up_to() {
        for (format, want) in [
            (LogFormat::Human, "one\nWARN 2 lines of the log could not be written\nfour\n"),
            (
                LogFormat::Json,
                "one\n{\"level\":\"WARN\",\"message\":\"2 lines of the log could not be written\"}\nfour\n",
            ),
        ] {
            let out = Disk { written: Vec::new(), space: 4 };
            let mut log = Forgiving { out, format, lost: 0 };
            for line in ["one\n", "two\n", "three\n"] {
                log.write_all(line.as_bytes()).unwrap();
                log.flush().unwrap();
            }
            log.out.space = 200;
            log.write_all(b"four\n").unwrap();
            assert_eq!(String::from_utf8_lossy(&log.out.written), want);
        }
    }
}
