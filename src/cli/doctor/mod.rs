//! `msee doctor`: what keeps a lab from coming up, and what to do about it.

mod check;
mod machine;
mod peers;
mod ports;
mod quick;
mod sessions;

use super::{
    DEFAULT_CONTROL,
    exit::Failure,
    output::{OutputArgs, Screen},
};
use crate::{
    api::{
        Client,
        schema::{Limit, LimitState, Session, SessionsQuery, Status},
    },
    config::{self, Plan},
};
use check::Check;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Looks for what keeps sessions and routes from coming up, and names the remedy of each thing.
///
/// Looks at the kernel, the privileges, addresses and ports of this machine, then asks the running daemon what its peers
/// do; without a daemon it connects to each peer itself and reads the peer's OPEN. Ends with 1 if anything has failed.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Doctor {
    /// The configuration, TOML; default: that of the running daemon.
    #[arg(short, long, value_name = "FILE", conflicts_with = "quick")]
    config: Option<PathBuf>,

    /// Only asks the daemon whether all its parts answer: for health checks. Needs neither file nor root.
    #[arg(long)]
    quick: bool,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// What JSON has.
#[derive(Serialize)]
struct Report {
    healthy: bool,
    checks: Vec<Check>,
}

/// A daemon that answers.
struct Running {
    status: Status,
    sessions: Vec<Session>,
    limits: Vec<Limit>,
}

impl Doctor {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        if self.quick {
            return quick::perform(client, screen).await;
        }
        let named = self.config.as_deref().map(config::load).transpose()?.map(|loaded| loaded.plan);
        let client = match &named {
            // The file says where its daemon is, unless the command line does.
            Some(plan) if client.control() == DEFAULT_CONTROL => {
                Client::new(&plan.daemon.control.to_string())?
            }
            _ => client.clone(),
        };
        let running = ask(&client).await;
        let plan = named.or_else(|| plan_of(running.as_ref().ok()?.status.config.as_deref()?));

        let mut checks = machine::checks(plan.as_ref(), self.config.as_deref());
        match &running {
            Ok(running) => checks.push(daemon(&running.status)),
            Err(why) => checks.push(Check::left_out("daemon", client.control(), why.to_string())),
        }
        let sessions = running.as_ref().ok().map(|running| running.sessions.as_slice());
        if let Some(plan) = &plan {
            checks.extend(ports::checks(plan, sessions));
        }
        match (&running, &plan) {
            (Ok(running), _) => {
                checks.extend(running.sessions.iter().flat_map(sessions::checks));
                checks.extend(running.limits.iter().filter_map(limit));
            }
            (Err(_), Some(plan)) => checks.extend(peers::checks(plan).await),
            (Err(_), None) => checks.push(Check::warning(
                "configuration",
                "none",
                "no file is named and no daemon answers: only the machine was looked at",
                "name the configuration with -c FILE, or start the daemon",
            )),
        }
        let failed = checks.iter().filter(|check| check.has_failed()).count();
        let report = Report { healthy: failed == 0, checks };
        screen.show(&report, |report, look| check::text(&report.checks, look))?;
        if failed == 0 { Ok(()) } else { Err(Failure::Unhealthy(failed)) }
    }
}

async fn ask(client: &Client) -> Result<Running, crate::api::ClientError> {
    Ok(Running {
        status: client.status().await?,
        sessions: client.sessions(&SessionsQuery::default()).await?,
        limits: client.limits().await?,
    })
}

/// The daemon's file as far as this process may read it; what is wrong with it is `msee check`'s to say.
fn plan_of(file: &Path) -> Option<Plan> {
    config::load(file).ok().map(|loaded| loaded.plan)
}

fn daemon(status: &Status) -> Check {
    let own = env!("CARGO_PKG_VERSION");
    let subject = status.control_address;
    if status.version == own {
        Check::ok("daemon", subject, format!("msee {own} answers, process {}", status.pid))
    } else {
        Check::warning(
            "daemon",
            subject,
            format!("the daemon is msee {}, this program {own}", status.version),
            "restart the daemon after an update",
        )
    }
}

fn limit(limit: &Limit) -> Option<Check> {
    let found = format!("{} of {} {} prefixes are held", limit.held, limit.max?, limit.family);
    let remedy = "announce fewer prefixes at the customer edge, or set a higher prefix_limit";
    match limit.state {
        LimitState::Ok => None,
        LimitState::Warning => Some(Check::warning("prefix limit", &limit.attachment, found, remedy)),
        LimitState::Exceeded => Some(Check::failed("prefix limit", &limit.attachment, found, remedy)),
    }
}
