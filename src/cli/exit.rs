//! How a command ends.

use super::{
    churn::ChurnFailure, diagnostics, gen_ce::NoCustomerEdge, gen_clab::NoTopology, lab::LabFailure,
    table::Look,
};
use crate::{
    api::{ClientError, ControlError},
    config::{ConfigErrors, Errors},
    daemon::DaemonError,
    expect::ExpectationFault,
};
use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode};

/// The exit code of a command; clap itself ends a wrong command line with 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// 0.
    Done,
    /// 1.
    Failed,
    /// 2.
    Misused,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::FAILURE,
            Exit::Misused => Self::from(2),
        }
    }
}

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The daemon does not answer, or refuses.
    #[error(transparent)]
    Control(#[from] ClientError),
    /// Standard output does not take the answer.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
    /// A file cannot be read.
    #[error("{} cannot be read: {}", path.display(), source)]
    Unreadable {
        /// The file, as it was named.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A configuration has errors.
    #[error(transparent)]
    Configuration(#[from] ConfigErrors),
    /// A file of expectations has errors.
    #[error(transparent)]
    Expectations(#[from] Errors<ExpectationFault>),
    /// The lab did not come to show what it should.
    #[error("{missed} of {all} expectations did not come true in time")]
    Unmet {
        /// How many.
        missed: usize,
        /// Of how many.
        all: usize,
    },
    /// A report cannot be written.
    #[error("{} cannot be written: {}", path.display(), source)]
    Unwritable {
        /// The file, as it was named.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No single customer edge fits what was chosen.
    #[error(transparent)]
    NoCustomerEdge(#[from] NoCustomerEdge),
    /// No topology can be made of a configuration.
    #[error(transparent)]
    NoTopology(#[from] NoTopology),
    /// The control endpoint cannot be opened.
    #[error("the control endpoint {address} cannot be opened: {source}")]
    ControlEndpoint {
        /// `[daemon].control`.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The daemon cannot go on.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// The daemon's task died.
    #[error("the daemon has died: {0}; please report this")]
    Died(String),
    /// The lab did not show what it should.
    #[error(transparent)]
    Lab(#[from] LabFailure),
    /// The doctor has found what cannot work.
    #[error("{} failed", if *.0 == 1 { "1 check has".to_owned() } else { format!("{} checks have", .0) })]
    Unhealthy(usize),
    /// A measurement did not take place, or did not come to its end.
    #[error(transparent)]
    Churn(#[from] ChurnFailure),
    /// The token for the daemon cannot be used.
    #[error("--control-token-file {path:?}: {cause}")]
    ControlToken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The system has no resources left to run the command.
    #[error("the command cannot start: {0}")]
    Runtime(io::Error),
}

impl Failure {
    /// Says on standard error what went wrong and what to do about it.
    pub(super) fn report(&self) -> Exit {
        match self {
            // `msee show routes … | head` has got what it wanted.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            _ => {
                diagnostics::say(&self.text(Look::of_stderr()));
                match self {
                    Self::Expectations(_) => Exit::Misused,
                    _ => Exit::Failed,
                }
            }
        }
    }

    fn text(&self, look: Look) -> String {
        let diagnostics: String = match self {
            Self::Configuration(errors) => {
                errors.iter().map(|error| diagnostics::text(error, look)).collect()
            }
            Self::Expectations(errors) => errors.iter().map(|error| diagnostics::text(error, look)).collect(),
            Self::Control(ClientError::Refused(refusal)) => {
                refusal.diagnostics.iter().flat_map(|diagnostic| [diagnostic, "\n"]).collect()
            }
            _ => String::new(),
        };
        let remedy = match self {
            Self::Control(error) => error.remedy().map(|remedy| format!("  remedy: {remedy}\n")),
            Self::ControlEndpoint { .. } => Some(
                "  remedy: end the process that has it, or set another `control` under [daemon]\n".to_owned(),
            ),
            Self::Lab(failure) => failure.remedy().map(|remedy| format!("  remedy: {remedy}\n")),
            _ => None,
        };
        let code = match self {
            Self::Control(ClientError::Refused(ControlError { azure_code: Some(code), .. })) => {
                format!("{code}: ")
            }
            _ => String::new(),
        };
        format!("{diagnostics}error: {code}{self}\n{}", remedy.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::{ControlError, ErrorCode},
        cli::table::Colour,
    };
    use std::path::Path;

    const PIPE: Look = Look { width: None, colour: Colour::Off };

    #[test]
    fn a_failure_says_cause_and_remedy() {
        let refused = |error| Failure::Control(ClientError::Refused(error));
        let unreachable = ClientError::Unreachable {
            control: "127.0.0.1:8179".into(),
            source: io::ErrorKind::ConnectionRefused.into(),
        };
        for (failure, text) in [
            (
                Failure::Control(unreachable),
                "error: no daemon answers on 127.0.0.1:8179: connection refused\n  \
                 remedy: start one with `msee run -c FILE`, or name it with --control ADDRESS:PORT\n",
            ),
            (
                refused(ControlError::new(ErrorCode::NotFound, "no circuit ams-2 is configured")),
                "error: no circuit ams-2 is configured\n",
            ),
            (
                refused(ControlError::invalid_configuration("lab.toml", vec!["lab.toml:1:2: no".into(); 2])),
                "lab.toml:1:2: no\nlab.toml:1:2: no\nerror: lab.toml has 2 errors; nothing was applied\n",
            ),
        ] {
            assert_eq!(failure.text(PIPE), text);
            assert_eq!(failure.report(), Exit::Failed);
        }
    }

    #[cfg(feature = "fancy")]
    #[test]
    fn a_configuration_shows_each_error_at_its_place() {
        let text = "[daemon]\nasn = 0\nport = 179\n";
        let errors = crate::config::parse("lab.toml", text, Path::new("")).unwrap_err();
        insta::assert_snapshot!(Failure::Configuration(errors).text(PIPE));
    }

    #[test]
    fn a_reader_that_has_enough_is_no_failure() {
        assert_eq!(Failure::Output(io::ErrorKind::BrokenPipe.into()).report(), Exit::Done);
        assert_eq!(Failure::Output(io::ErrorKind::StorageFull.into()).report(), Exit::Failed);
    }
}
