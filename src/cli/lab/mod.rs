//! `msee lab`: everything in one process.

mod narrator;

use super::{
    exit::Failure,
    log::LogArgs,
    output::{Format, OutputArgs, Screen},
    run,
    table::Look,
};
use crate::{
    api::Client,
    daemon::Signals,
    lab::{self, EdgeEnded, StartError, StepFailed},
};
use narrator::Narrator;
use std::{
    io::{self, Write},
    pin::pin,
};
use tokio::{net::TcpListener, runtime::Handle};
use tokio_util::sync::CancellationToken;

/// Runs the pair and two built-in customer edges in one process: no root, no file.
///
/// Shows sessions, routes, a lookup, the loss of a link and the 4,001st prefix, then stays up until Ctrl-C, and `msee
/// show` answers from a second terminal.
#[derive(Clone, Debug, clap::Args)]
// The demonstration makes sessions go down; what the log says about that is on the screen already.
#[command(mut_arg("log_level", |argument| argument.default_value("error")))]
pub struct Lab {
    /// Ends after the demonstration: with 0 if all went as it should, else with 1 and what did not.
    #[arg(long)]
    pub check: bool,

    /// Prints the lab's configuration and ends; a good start for a lab of your own.
    #[arg(long, conflicts_with = "check")]
    pub print_config: bool,

    /// The log.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Why a lab did not show what it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum LabFailure {
    /// It cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its control endpoint cannot be opened.
    #[error("the control endpoint {control} cannot be opened: {source}")]
    ControlEndpoint {
        /// `--control`.
        control: String,
        /// Why.
        source: io::Error,
    },
    /// A step did not lead where it should.
    #[error(transparent)]
    Step(#[from] StepFailed),
    /// A customer edge does not answer.
    #[error(transparent)]
    Edge(#[from] EdgeEnded),
    /// The scenario asks what the command line does not know.
    #[error("`msee {command}` is no command: {fault}")]
    NoCommand {
        /// What it asks.
        command: &'static str,
        /// What is wrong with it.
        fault: clap::Error,
    },
    /// A signal came before the last step of a check, or its reader left.
    #[error("the check was interrupted")]
    Interrupted,
}

impl LabFailure {
    pub(super) const fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::ControlEndpoint { .. } => {
                Some("end the daemon that has it, or name another endpoint with --control ADDRESS:PORT")
            }
            Self::Start(error) => error.remedy(),
            Self::Step(_) | Self::Edge(_) | Self::NoCommand { .. } | Self::Interrupted => None,
        }
    }
}

impl Lab {
    pub(super) fn perform(&self, control: &Client, out: &mut dyn Write, look: Look) -> Result<(), Failure> {
        let mut screen = OutputArgs { format: Format::Table }.screen(out, look);
        if self.print_config {
            return screen.print(lab::CONFIGURATION);
        }
        self.log.start();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
        // A check opens no endpoint that anybody else could want, so that it can run beside anything.
        let control = if self.check { "127.0.0.1:0" } else { control.control() };
        let endpoint = run::endpoint_runtime().map_err(Failure::Runtime)?;
        runtime.block_on(self.run(control, endpoint.handle(), &mut screen))
    }

    async fn run(&self, control: &str, served_on: &Handle, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let endpoint = |source| LabFailure::ControlEndpoint { control: control.to_owned(), source };
        let listener = TcpListener::bind(control).await.map_err(endpoint)?;
        let mut plan = lab::plan()?;
        plan.daemon.control = listener.local_addr().map_err(endpoint)?;
        let client = Client::new(&plan.daemon.control.to_string())?;
        let signals = Signals::listen().map_err(Failure::Runtime)?;
        let (daemon, lab) = lab::Lab::new(plan).map_err(LabFailure::from)?;

        let stop = CancellationToken::new();
        let mut daemon = pin!(run::serve(daemon, lab.handle(), (listener, served_on), signals, stop.clone()));
        let mut narrator = Narrator { lab: &lab, client, screen };
        let told = tokio::select! {
            ended = &mut daemon => {
                return ended.and(if self.check { Err(LabFailure::Interrupted.into()) } else { Ok(()) });
            }
            told = narrator.tell() => told,
        };
        let told = match told {
            Ok(()) if self.check => narrator.conclude(),
            Ok(()) => narrator.invite(),
            // Nobody saw how the check ended, so that it is not a good end as it is for a table.
            Err(Failure::Output(_)) if self.check => Err(LabFailure::Interrupted.into()),
            failed => failed,
        };
        if self.check || told.is_err() {
            stop.cancel();
        }
        let ended = daemon.await;
        told.and(ended)
    }
}
