//! A measurement from the command line.

use super::{ChurnFailure, LoadArgs, TopologyArgs, machine::machine, progress::bar};
use crate::{
    churn::{self, Director, HoldUntil, Outcome, Phase, Plan, Report},
    cli::{
        exit::Failure,
        output::{OutputArgs, Screen},
    },
    daemon::Signals,
};
use ipnet::IpNet;
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::Duration,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio_util::sync::CancellationToken;

/// What can be measured without a speaker.
const SELF_TEST: [Phase; 4] = [Phase::Up, Phase::Table, Phase::Idle, Phase::Churn];

/// A measurement.
#[derive(Clone, Debug, clap::Args)]
pub struct Run {
    /// The sessions.
    #[command(flatten)]
    pub topology: TopologyArgs,

    /// The table.
    #[command(flatten)]
    pub load: LoadArgs,

    /// What to measure; sessions and table come first in any case.
    #[arg(
        long,
        value_enum,
        value_name = "PHASE",
        value_delimiter = ',',
        default_values_t = [Phase::Up, Phase::Table, Phase::Idle, Phase::Paced, Phase::Flood, Phase::Churn, Phase::Loss]
    )]
    pub phases: Vec<Phase>,

    /// Measures the generator itself: a sender and a receiver talk to each other, with no speaker between them.
    #[arg(long)]
    pub self_test: bool,

    /// When the senders begin with the table.
    #[arg(long, value_enum, default_value_t)]
    pub hold_until: HoldUntil,

    /// Single changes that are timed in each of the phases idle, paced and flood.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    pub probes: u32,

    /// The time between two of them, on average.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1)]
    pub probe_interval: u64,

    /// The prefix of the single changes.
    #[arg(long, value_name = "PREFIX", default_value = "198.18.0.0/24")]
    pub probe_prefix: IpNet,

    /// How often each prefix changes in the phase churn.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub churn_passes: u32,

    /// How many of the changes in the phases paced, flood and churn are withdrawals; the next change of such a prefix
    /// announces it again. The seed says which.
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100))]
    pub withdrawals: u8,

    /// Changes a second in the phase paced.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub rate: u32,

    /// A process of the speaker, whose CPU time and memory are measured with its children's; may be given several times.
    #[arg(long, value_name = "PID", value_delimiter = ',')]
    pub pid: Vec<u32>,

    /// How long a phase may last.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub timeout: u64,

    /// What the report calls the speaker.
    #[arg(long, value_name = "TEXT", default_value = "speaker")]
    pub label: String,

    /// What the report calls the load, for comparisons of several.
    #[arg(long, value_name = "TEXT")]
    pub scenario: Option<String>,

    /// Where to write the report as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Where to write the report as one HTML page with plots.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// The form of the report on standard output.
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl Run {
    pub(super) fn perform(&self, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let plan = self.plan()?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
        let report = runtime.block_on(self.measure(plan))?;
        screen.show(&report, |report, _| report.to_string())?;
        if let Some(path) = &self.json {
            let json = serde_json::to_string_pretty(&report).map_err(std::io::Error::from)?;
            write(path, &format!("{json}\n"))?;
        }
        if let Some(path) = &self.html {
            write(path, &churn::html(&report))?;
        }
        match report.ended_early {
            Some(why) => Err(ChurnFailure::EndedEarly(why).into()),
            None => Ok(()),
        }
    }

    fn plan(&self) -> Result<Plan, Failure> {
        let topology = self.topology.topology()?;
        let (sessions, phases) = if self.self_test {
            (churn::face_to_face(free_endpoint()?, topology.families), SELF_TEST.to_vec())
        } else {
            (topology.sessions().map_err(ChurnFailure::from)?, self.phases.clone())
        };
        let table = self.load.table(topology.families, topology.speaker_asn)?;
        Ok(Plan {
            sessions,
            table,
            phases,
            hold_until: self.hold_until,
            probe: self.probe_prefix,
            probes: self.probes,
            probe_interval: Duration::from_millis(self.probe_interval),
            churn_passes: self.churn_passes,
            withdrawals_percent: self.withdrawals,
            seed: self.load.seed,
            events_per_second: self.rate,
            pids: self.pid.clone(),
            timeout: Duration::from_secs(self.timeout),
        })
    }

    async fn measure(&self, plan: Plan) -> Result<Report, ChurnFailure> {
        let interrupt = CancellationToken::new();
        let director = Director::new(plan, interrupt.clone(), bar())?;
        let mut signals = Signals::listen().map_err(ChurnFailure::Signals)?;
        let waiting = tokio::spawn(async move {
            // Whatever the signal is, the report is wanted.
            signals.next().await;
            interrupt.cancel();
        });
        let started = OffsetDateTime::now_utc().truncate_to_second().format(&Rfc3339);
        let load = director.load();
        let Outcome { phases, ended_early } = director.run().await;
        waiting.abort();
        Ok(Report {
            msee_version: env!("CARGO_PKG_VERSION").to_owned(),
            label: self.label.clone(),
            scenario: self.scenario.clone(),
            started_at: started.unwrap_or_default(),
            load,
            machine: machine(),
            phases,
            ended_early,
        })
    }
}

/// A port of the loopback that nobody has now.
fn free_endpoint() -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Failure::Runtime)?;
    listener.local_addr().map_err(Failure::Runtime)
}

fn write(path: &Path, text: &str) -> Result<(), ChurnFailure> {
    fs::write(path, text).map_err(|source| ChurnFailure::Unwritable { path: path.to_owned(), source })
}
