//! Runs the phases of a measurement one after the other.

mod phases;
mod plan;

pub use plan::{HoldUntil, Plan, PlanError};

use super::{
    fleet::{Fleet, Interrupted, Member, RECEIVE_THREAD, SEND_THREAD},
    index::PrefixIndex,
    link::Reached,
    meter::{self, Meter, Spent, Usage},
    report::{Ending, Generator, Load, Phase, PhaseReport, Sample},
    stream::{Stream, StreamError},
    table::{Author, Table},
    topology::{Role, Seat},
    version::Version,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// How long a speaker must do nothing to be at rest, and how long that is waited for.
const REST: Duration = Duration::from_millis(60);
const REST_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a phase is looked at while it lasts.
const SAMPLING: Duration = Duration::from_millis(50);

/// A measurement under way.
pub struct Director {
    plan: Plan,
    fleet: Fleet,
    shares: Vec<(Role, Author, Table)>,
    tables: Vec<(Role, Arc<Stream>)>,
    /// Who sends single changes.
    probe: (Role, Author),
    meter: Meter,
    version: Version,
    size: u32,
    underway: Underway,
    news: Box<dyn FnMut(News)>,
}

/// The phase under way, and what the machine had used when it began.
struct Underway {
    phase: Phase,
    since: Instant,
    usage: Option<Usage>,
    send: Spent,
    receive: Spent,
    samples: Vec<Sample>,
}

/// What a user may want to see while a measurement runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// A phase begins, and is at its end when it has come so far.
    Begins {
        /// Which.
        phase: Phase,
        /// Sessions, changes, or prefixes at each receiver.
        goal: u64,
    },
    /// It has come so far; after a loss, so many prefixes are left.
    At(u64),
}

/// How a measurement ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The phases, the last of them maybe not complete.
    pub phases: Vec<PhaseReport>,
    /// Why not all of them took place.
    pub ended_early: Option<String>,
}

impl Director {
    /// Encodes the table and prepares the sessions; nothing is sent before [`run`](Self::run).
    ///
    /// # Errors
    /// [`PlanError`]
    pub fn new(
        plan: Plan,
        interrupt: CancellationToken,
        news: impl FnMut(News) + 'static,
    ) -> Result<Self, PlanError> {
        let index = Arc::new(PrefixIndex::new(plan.table.prefixes()));
        if index.number(&plan.probe).is_some() {
            return Err(PlanError::ProbeInTable(plan.probe));
        }
        if index.is_empty() {
            return Err(PlanError::EmptyTable);
        }
        let author = |seat: &Seat| Author { asn: seat.asn, next_hops: seat.next_hops };
        let seats = &plan.sessions.seats;
        let senders: Vec<_> = seats.iter().filter(|seat| matches!(seat.role, Role::Sender(_))).collect();
        let parts = plan.table.split(senders.len());
        let shares: Vec<_> =
            senders.iter().zip(parts).map(|(seat, part)| (seat.role, author(seat), part)).collect();
        let families = plan.sessions.families;
        let tables = shares
            .iter()
            .map(|(role, author, part)| Ok((*role, Arc::new(Stream::table(part, *author, families)?))))
            .collect::<Result<Vec<_>, StreamError>>()?;
        // Face to face there is no probe beside the sender.
        let probe = seats.iter().find(|seat| seat.role == Role::Probe).or(senders.first().copied());
        let probe = probe.map(|seat| (seat.role, author(seat))).ok_or(PlanError::Nobody)?;
        let meter = Meter::new(plan.pids.clone());
        meter.read()?;
        let fleet = Fleet::start(plan.sessions.clone(), &index, plan.probe, interrupt)?;
        let (version, size) = (Version::default(), index.len());
        let underway = Underway::new(Phase::Up, None);
        let news = Box::new(news);
        Ok(Self { plan, fleet, shares, tables, probe, meter, version, size, underway, news })
    }

    /// Sessions and table.
    pub fn load(&self) -> Load {
        Load {
            senders: self.fleet.senders().count(),
            receivers: self.fleet.receivers().count(),
            prefixes: self.size,
            attribute_sets: self.plan.table.attribute_sets(),
            withdrawals_percent: self.plan.withdrawals_percent,
            table_octets: self.tables.iter().map(|(_, stream)| stream.octets().len() as u64).sum(),
        }
    }

    /// Runs all phases, or as many as can be before something or somebody ends them.
    pub async fn run(mut self) -> Outcome {
        let mut outcome = Outcome::default();
        for phase in self.phases() {
            match self.phase(phase).await {
                Ok(report) => outcome.phases.push(report),
                Err(interrupted) => {
                    outcome.ended_early = Some(format!("{phase}: {interrupted}"));
                    outcome.phases.push(self.incomplete(interrupted.ending()));
                    break;
                }
            }
        }
        self.fleet.close().await;
        outcome
    }

    /// The phases to go through: what was asked for needs sessions, and mostly a table.
    fn phases(&self) -> Vec<Phase> {
        let wanted = &self.plan.phases;
        let needs_table = wanted.iter().any(|phase| *phase > Phase::Table);
        Phase::ALL
            .into_iter()
            .filter(|phase| match phase {
                Phase::Up => true,
                Phase::Table => needs_table || wanted.contains(phase),
                other => wanted.contains(other),
            })
            .collect()
    }

    async fn phase(&mut self, phase: Phase) -> Result<PhaseReport, Interrupted> {
        self.fleet.forget();
        match phase {
            Phase::Up => self.up().await,
            Phase::Table => self.table().await,
            Phase::Idle => self.idle().await,
            Phase::Paced => self.paced().await,
            Phase::Flood => self.flood().await,
            Phase::Churn => self.churn().await,
            Phase::Loss => self.loss().await,
        }
    }

    /// Waits until the speaker is at rest and takes note of what was used before the phase.
    async fn begin(&mut self, phase: Phase, goal: u64) -> Result<(), Interrupted> {
        self.underway = Underway::new(phase, None);
        self.rest().await?;
        self.fleet.count_anew().await?;
        self.underway = Underway::new(phase, self.usage());
        (self.news)(News::Begins { phase, goal });
        Ok(())
    }

    /// Waits for something in the phase under way.
    async fn until(
        &mut self,
        done: impl Fn(&Fleet) -> bool,
        missing: impl Fn(&Fleet) -> String,
    ) -> Result<(), Interrupted> {
        let start = Instant::now();
        loop {
            match self.fleet.until(SAMPLING, &done, &missing).await {
                Err(Interrupted::TimedOut { .. }) if start.elapsed() < self.plan.timeout => self.look(),
                Err(Interrupted::TimedOut { missing, .. }) => {
                    return Err(Interrupted::TimedOut { after: self.plan.timeout, missing });
                }
                outcome => return outcome,
            }
        }
    }

    /// Looks at the phase under way, at times.
    fn look(&mut self) {
        let seconds = self.underway.since.elapsed().as_secs_f64();
        let last = self.underway.samples.last().map_or(0.0, |sample| sample.seconds);
        if seconds - last >= SAMPLING.as_secs_f64() {
            self.sample(seconds);
        }
    }

    fn sample(&mut self, seconds: f64) {
        let (usage, progress) = (self.usage(), self.progress());
        let cpu = |usage: Usage| {
            let before = self.underway.usage.unwrap_or_default();
            usage.cpu.saturating_sub(before.cpu).as_secs_f64()
        };
        let cpu_seconds = usage.map(cpu);
        let resident_octets = usage.map(|usage| usage.resident_octets);
        self.underway.samples.push(Sample { seconds, progress, cpu_seconds, resident_octets });
        (self.news)(News::At(progress));
    }

    /// How far the phase under way has come: where the last session or receiver is.
    fn progress(&self) -> u64 {
        match self.underway.phase {
            Phase::Up => self.fleet.members().iter().filter(|member| member.up.is_some()).count() as u64,
            Phase::Idle | Phase::Flood => self.fleet.changes_seen,
            Phase::Table | Phase::Paced | Phase::Churn => {
                self.fleet.receivers().map(Member::progress).min().unwrap_or_default().into()
            }
            Phase::Loss => self.fleet.receivers().map(Member::progress).max().unwrap_or_default().into(),
        }
    }

    /// The phase under way, which has not come to its end.
    fn incomplete(&mut self, ending: Ending) -> PhaseReport {
        let mut report = PhaseReport::new(
            self.underway.phase,
            self.underway.since.elapsed().as_secs_f64(),
            self.progress(),
        );
        report.ending = ending;
        report.failed_attempts = self.fleet.failures;
        report.set_usage(self.underway.usage, self.usage());
        report.samples = std::mem::take(&mut self.underway.samples);
        report
    }

    /// What the speaker has used; one that has died shows as lost sessions.
    fn usage(&self) -> Option<Usage> {
        self.meter.read().ok().flatten()
    }

    /// From `start`, or the first octet that a sender wrote, to the last one that a receiver needed.
    fn wall(&self, start: Option<Instant>) -> f64 {
        let sent = self.fleet.senders().filter_map(|member| member.sent);
        let start = start.or_else(|| sent.map(|sent| sent.started).min());
        let end = self.fleet.receivers().filter_map(|member| member.reached).map(|reached| reached.at).max();
        match (start, end) {
            (Some(start), Some(end)) => end.saturating_duration_since(start).as_secs_f64(),
            _ => 0.0,
        }
    }

    /// Adds what the machine has used; the speaker's part when it is at rest again.
    async fn complete(&mut self, mut report: PhaseReport) -> Result<PhaseReport, Interrupted> {
        self.sample(self.underway.since.elapsed().as_secs_f64());
        let sent: Vec<_> = self.fleet.members().iter().filter_map(|member| member.sent).collect();
        let reached: Vec<Reached> = self.fleet.receivers().filter_map(|member| member.reached).collect();
        let heard = || reached.iter().map(|reached| reached.heard);
        let sending = meter::own_threads(SEND_THREAD).since(self.underway.send);
        let receiving = meter::own_threads(RECEIVE_THREAD).since(self.underway.receive);
        report.generator = Generator {
            send_cpu_seconds: sending.cpu.as_secs_f64(),
            receive_cpu_seconds: receiving.cpu.as_secs_f64(),
            cpu_wait_seconds: sending.in_line.max(receiving.in_line).as_secs_f64(),
            blocked_seconds: sent.iter().map(|sent| sent.blocked.as_secs_f64()).fold(0.0, f64::max),
            idle_seconds: reached
                .iter()
                .map(|reached| reached.idle.as_secs_f64())
                .reduce(f64::min)
                .unwrap_or_default(),
            updates_received: heard().map(|heard| heard.updates).sum(),
            withdrawals_received: heard().map(|heard| heard.withdrawn).sum(),
            prefixes_received: heard().map(|heard| heard.announced + heard.withdrawn).sum(),
            foreign_prefixes: heard().map(|heard| heard.foreign).sum(),
        };
        self.rest().await?;
        report.set_usage(self.underway.usage, self.usage());
        report.samples = std::mem::take(&mut self.underway.samples);
        Ok(report)
    }

    /// Waits until the speaker does nothing.
    async fn rest(&mut self) -> Result<(), Interrupted> {
        const STEP: Duration = Duration::from_millis(20);
        let (start, mut quiet) = (Instant::now(), Duration::ZERO);
        let mut before = self.usage();
        while quiet < REST && start.elapsed() < REST_TIMEOUT && before.is_some() {
            self.fleet.pass(STEP).await?;
            let now = self.usage();
            let used = now.zip(before).map(|(now, before)| now.cpu.saturating_sub(before.cpu));
            quiet = if used.is_some_and(|used| used < STEP / 20) { quiet + STEP } else { Duration::ZERO };
            before = now;
        }
        Ok(())
    }
}

impl Underway {
    fn new(phase: Phase, usage: Option<Usage>) -> Self {
        Self {
            phase,
            since: Instant::now(),
            usage,
            send: meter::own_threads(SEND_THREAD),
            receive: meter::own_threads(RECEIVE_THREAD),
            samples: Vec::new(),
        }
    }
}
