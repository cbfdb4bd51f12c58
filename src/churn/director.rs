//! Runs the phases of a measurement one after the other.

use super::{
    feed::{Order, Repeat},
    fleet::{Fleet, Interrupted, Member, RECEIVE_THREAD, SEND_THREAD},
    index::PrefixIndex,
    link::Reached,
    meter::{self, Meter, Unmeasurable, Usage},
    observer::Goal,
    report::{Generator, Latencies, Load, Phase, PhaseReport},
    stream::{Stream, StreamError},
    table::{Author, Table},
    topology::{Role, Seat, Sessions},
    version::Version,
};
use ipnet::IpNet;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// When a change that has not arrived counts as lost.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the first receiver looks for a change without sleeping.
const ATTENTION: Duration = Duration::from_millis(5);
/// How long a speaker must do nothing to be at rest, and how long that is waited for.
const REST: Duration = Duration::from_millis(60);
const REST_TIMEOUT: Duration = Duration::from_secs(5);

/// What to measure, and with what.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who peers with whom.
    pub sessions: Sessions,
    /// What is announced, by all senders together.
    pub table: Table,
    /// What to measure; table and loss only once, and in the order of [`Phase::ALL`].
    pub phases: Vec<Phase>,
    /// When the senders begin.
    pub hold_until: HoldUntil,
    /// The prefix of single changes; not in the table.
    pub probe: IpNet,
    /// How many single changes of each kind.
    pub probes: u32,
    /// The time between two of them, on average.
    pub probe_interval: Duration,
    /// How often each prefix changes in the churn.
    pub churn_passes: u32,
    /// Changes a second of the paced churn, of all senders together.
    pub events_per_second: u32,
    /// The speaker's processes.
    pub pids: Vec<u32>,
    /// How long a phase may last.
    pub timeout: Duration,
}

/// When the senders begin with the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum HoldUntil {
    /// When all sessions are established.
    #[default]
    AllUp,
    /// Each when its own session is established; the time of the table includes that of the sessions.
    OwnUp,
}

/// A measurement that cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Of the table.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// Of the processes.
    #[error(transparent)]
    Meter(#[from] Unmeasurable),
    /// There is nobody to announce.
    #[error("there is no sender")]
    Nobody,
    /// There is nothing to announce.
    #[error("the table is empty: no prefix of a family that the sessions carry")]
    EmptyTable,
    /// The probe's prefix is in the table.
    #[error("the probe's prefix {0} is in the table; choose another one")]
    ProbeInTable(IpNet),
    /// No threads or descriptors.
    #[error("the sessions cannot be started: {0}")]
    System(#[from] io::Error),
}

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
}

/// Passes over the table, for each sender.
type Passes = Vec<(Role, Vec<Arc<Stream>>)>;

/// What the machine had used when a phase began.
struct Before {
    usage: Option<Usage>,
    send: Duration,
    receive: Duration,
}

impl Director {
    /// Encodes the table and prepares the sessions; nothing is sent before [`run`](Self::run).
    ///
    /// # Errors
    /// [`PlanError`]
    pub fn new(plan: Plan, interrupt: CancellationToken) -> Result<Self, PlanError> {
        let index = Arc::new(PrefixIndex::new(plan.table.prefixes()));
        let known = match plan.probe {
            IpNet::V4(net) => index.ipv4(net),
            IpNet::V6(net) => index.ipv6(net),
        };
        if known.is_some() {
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
        Ok(Self { plan, fleet, shares, tables, probe, meter, version, size })
    }

    /// Sessions and table.
    pub fn load(&self) -> Load {
        Load {
            senders: self.fleet.senders().count(),
            receivers: self.fleet.receivers().count(),
            prefixes: self.size,
            attribute_sets: self.plan.table.attribute_sets(),
            table_octets: self.tables.iter().map(|(_, stream)| stream.octets().len() as u64).sum(),
        }
    }

    /// Runs all phases; each that ends is told to `ended`. Why it ended early, if it did.
    pub async fn run(mut self, mut ended: impl FnMut(PhaseReport)) -> Option<String> {
        let mut early = None;
        for phase in self.phases() {
            match self.phase(phase).await {
                Ok(Some(report)) => ended(report),
                Ok(None) => {}
                Err(interrupted) => {
                    early = Some(format!("{phase}: {interrupted}"));
                    break;
                }
            }
        }
        self.fleet.close().await;
        early
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

    async fn phase(&mut self, phase: Phase) -> Result<Option<PhaseReport>, Interrupted> {
        Ok(Some(match phase {
            Phase::Up if self.plan.hold_until == HoldUntil::OwnUp => return Ok(None),
            Phase::Up => self.up().await?,
            Phase::Table => self.table().await?,
            Phase::Idle => self.idle().await?,
            Phase::Paced => self.paced().await?,
            Phase::Flood => self.flood().await?,
            Phase::Churn => self.churn().await?,
            Phase::Loss => self.loss().await?,
        }))
    }

    async fn up(&mut self) -> Result<PhaseReport, Interrupted> {
        let before = self.before();
        let start = self.fleet.open().await?;
        self.until(|fleet| fleet.members().iter().all(|member| member.up.is_some()), not_up).await?;
        let last = self.fleet.members().iter().filter_map(|member| member.up).max();
        let wall = last.map_or(Duration::ZERO, |last| last.saturating_duration_since(start));
        let sessions = self.fleet.members().len() as u64;
        let mut report = PhaseReport::new(Phase::Up, wall.as_secs_f64(), sessions);
        report.failed_attempts = self.fleet.failures;
        self.complete(report, &before, false).await
    }

    async fn table(&mut self) -> Result<PhaseReport, Interrupted> {
        self.fleet.expect(Goal::Held(self.size)).await?;
        self.rest().await?;
        let before = self.before();
        for (role, stream) in self.tables.clone() {
            self.fleet.send(role, once(stream)).await?;
        }
        let opened = match self.plan.hold_until {
            HoldUntil::AllUp => None,
            HoldUntil::OwnUp => Some(self.fleet.open().await?),
        };
        self.until(|fleet| all_sent(fleet) && all_reached(fleet), not_reached).await?;
        let wall = self.wall(opened);
        self.complete(PhaseReport::new(Phase::Table, wall, self.size.into()), &before, true).await
    }

    async fn idle(&mut self) -> Result<PhaseReport, Interrupted> {
        self.rest().await?;
        let before = self.before();
        let (start, mut latencies) = (Instant::now(), Latencies::default());
        for _ in 0..self.plan.probes {
            self.probe(&mut latencies).await?;
        }
        let wall = start.elapsed().as_secs_f64();
        let mut report = PhaseReport::new(Phase::Idle, wall, self.plan.probes.into());
        report.latency = latencies.summary();
        self.complete(report, &before, false).await
    }

    async fn paced(&mut self) -> Result<PhaseReport, Interrupted> {
        let probing = (self.plan.probe_interval * self.plan.probes).as_millis();
        let wanted = u128::from(self.plan.events_per_second) * probing / 1_000;
        let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
        let size = u64::from(self.size);
        let senders = self.shares.len() as u64;
        // Beyond one change for each prefix, only whole passes: then all senders end with the same version.
        let passes = (wanted / size).max(1);
        let first = self.version.next();
        let mut orders = Vec::new();
        let mut events = 0;
        for (role, author, part) in &self.shares {
            let own = part.prefixes().len() as u64;
            let count = if wanted < size { (wanted / senders).min(own) } else { passes * own };
            let stream = Stream::events(part, *author, first, count, 1);
            let stream = stream.map_err(|error| encoding(&error))?;
            let rate = u64::from(self.plan.events_per_second) / senders;
            let rate = u32::try_from(rate).unwrap_or(u32::MAX).max(1);
            events += count;
            orders.push((*role, Order { events_per_second: Some(rate), ..once(Arc::new(stream)) }));
        }
        (1..=passes).for_each(|_| self.version = self.version.next());
        let changed = u32::try_from(events).unwrap_or(self.size).min(self.size);
        self.fleet.expect(Goal::Current(self.version, changed)).await?;
        self.rest().await?;
        let before = self.before();
        let mut latencies = Latencies::default();
        for (role, order) in orders {
            self.fleet.send(role, order).await?;
        }
        while !all_sent(&self.fleet) {
            self.probe(&mut latencies).await?;
        }
        self.until(all_reached, not_reached).await?;
        let wall = self.wall(None);
        let mut report = PhaseReport::new(Phase::Paced, wall, events);
        report.latency = latencies.summary();
        self.complete(report, &before, true).await
    }

    async fn flood(&mut self) -> Result<PhaseReport, Interrupted> {
        let passes = self.passes(2)?;
        self.rest().await?;
        let before = self.before();
        for (role, streams) in passes {
            let order = Order { streams, repeat: Repeat::UntilStopped, events_per_second: None };
            self.fleet.send(role, order).await?;
        }
        let mut latencies = Latencies::default();
        // The speaker shall have its hands full when the first change comes.
        self.fleet.pass(self.plan.probe_interval * 20).await?;
        for _ in 0..self.plan.probes {
            self.probe(&mut latencies).await?;
        }
        self.fleet.finish().await?;
        self.until(all_sent, not_sent).await?;
        let sent = self.fleet.senders().filter_map(|member| member.sent);
        let events: u64 = sent.map(|sent| sent.prefixes).sum();
        // One pass more shows when all has gone through.
        let last = self.passes(1)?;
        self.fleet.expect(Goal::Current(self.version, self.size)).await?;
        let started = self.fleet.senders().filter_map(|member| member.sent).map(|sent| sent.started).min();
        for (role, streams) in last {
            let order = Order { streams, repeat: Repeat::Once, events_per_second: None };
            self.fleet.send(role, order).await?;
        }
        self.until(|fleet| all_sent(fleet) && all_reached(fleet), not_reached).await?;
        let mut report = PhaseReport::new(Phase::Flood, self.wall(started), events + u64::from(self.size));
        report.latency = latencies.summary();
        self.complete(report, &before, true).await
    }

    async fn churn(&mut self) -> Result<PhaseReport, Interrupted> {
        let passes = self.passes(self.plan.churn_passes)?;
        self.fleet.expect(Goal::Current(self.version, self.size)).await?;
        self.rest().await?;
        let before = self.before();
        for (role, streams) in passes {
            let order = Order { streams, repeat: Repeat::Once, events_per_second: None };
            self.fleet.send(role, order).await?;
        }
        self.until(|fleet| all_sent(fleet) && all_reached(fleet), not_reached).await?;
        let events = u64::from(self.size) * u64::from(self.plan.churn_passes);
        self.complete(PhaseReport::new(Phase::Churn, self.wall(None), events), &before, true).await
    }

    async fn loss(&mut self) -> Result<PhaseReport, Interrupted> {
        self.fleet.expect(Goal::Held(0)).await?;
        self.rest().await?;
        let before = self.before();
        let broken = self.fleet.break_senders().await?;
        self.until(all_reached, not_reached).await?;
        let wall = self.wall(broken);
        self.complete(PhaseReport::new(Phase::Loss, wall, self.size.into()), &before, true).await
    }

    /// So many passes over the table for each sender; the last one has the director's version then.
    fn passes(&mut self, count: u32) -> Result<Passes, Interrupted> {
        let mut all: Vec<_> = self.shares.iter().map(|(role, ..)| (*role, Vec::new())).collect();
        for pass in 0..count {
            self.version = self.version.next();
            for ((_, streams), (_, author, part)) in all.iter_mut().zip(&self.shares) {
                let stream = Stream::pass(part, *author, self.version, pass.into())
                    .map_err(|error| encoding(&error))?;
                streams.push(Arc::new(stream));
            }
        }
        Ok(all)
    }

    /// Sends one change and waits until it has arrived; then waits for about the interval.
    async fn probe(&mut self, latencies: &mut Latencies) -> Result<(), Interrupted> {
        self.version = self.version.next();
        let version = self.version;
        let (role, author) = self.probe;
        let Some((attributes, _)) = self.plan.table.groups().next() else { return Ok(()) };
        let change = Stream::change(attributes, self.plan.probe, author, version);
        let change = Arc::new(change.map_err(|error| encoding(&error))?);
        self.fleet.attend(ATTENTION).await?;
        self.fleet.send(role, once(change)).await?;
        let arrived = move |fleet: &Fleet| {
            fleet.probed.is_some_and(|(seen, _)| seen == version) && sent_by(fleet, role).is_some()
        };
        match self.fleet.until(PROBE_TIMEOUT, arrived, |_| String::new()).await {
            Err(Interrupted::TimedOut { .. }) => latencies.record_lost(),
            outcome => {
                outcome?;
                if let (Some(sent), Some((_, seen))) = (sent_by(&self.fleet, role), self.fleet.probed) {
                    latencies.record(seen.saturating_duration_since(sent));
                }
            }
        }
        let mut random = StdRng::seed_from_u64(u64::from(version.asn().get()));
        let interval = self.plan.probe_interval.mul_f64(random.random_range(0.5..1.5));
        self.fleet.pass(interval).await
    }

    async fn until(
        &mut self,
        done: impl Fn(&Fleet) -> bool,
        missing: impl FnOnce(&Fleet) -> String,
    ) -> Result<(), Interrupted> {
        self.fleet.until(self.plan.timeout, done, missing).await
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

    fn before(&self) -> Before {
        Before {
            // A speaker that has died shows as lost sessions.
            usage: self.meter.read().ok().flatten(),
            send: meter::own_threads(SEND_THREAD),
            receive: meter::own_threads(RECEIVE_THREAD),
        }
    }

    /// Adds what the machine has used in a phase; with `settle` when the speaker is at rest again.
    async fn complete(
        &mut self,
        mut report: PhaseReport,
        before: &Before,
        settle: bool,
    ) -> Result<PhaseReport, Interrupted> {
        let sent: Vec<_> = self.fleet.members().iter().filter_map(|member| member.sent).collect();
        let reached: Vec<Reached> = self.fleet.receivers().filter_map(|member| member.reached).collect();
        let heard = || reached.iter().map(|reached| reached.heard);
        report.generator = Generator {
            send_cpu_seconds: (meter::own_threads(SEND_THREAD).saturating_sub(before.send)).as_secs_f64(),
            receive_cpu_seconds: (meter::own_threads(RECEIVE_THREAD).saturating_sub(before.receive))
                .as_secs_f64(),
            blocked_seconds: sent.iter().map(|sent| sent.blocked.as_secs_f64()).fold(0.0, f64::max),
            idle_seconds: reached
                .iter()
                .map(|reached| reached.idle.as_secs_f64())
                .reduce(f64::min)
                .unwrap_or(0.0),
            updates_received: heard().map(|heard| heard.updates).sum(),
            prefixes_received: heard().map(|heard| heard.announced + heard.withdrawn).sum(),
            foreign_prefixes: heard().map(|heard| heard.foreign).sum(),
        };
        if settle {
            self.rest().await?;
        }
        report.set_usage(before.usage, self.meter.read().ok().flatten());
        Ok(report)
    }

    /// Waits until the speaker does nothing.
    async fn rest(&mut self) -> Result<(), Interrupted> {
        const STEP: Duration = Duration::from_millis(20);
        let (start, mut quiet) = (Instant::now(), Duration::ZERO);
        let mut before = self.meter.read().ok().flatten();
        while quiet < REST && start.elapsed() < REST_TIMEOUT && before.is_some() {
            self.fleet.pass(STEP).await?;
            let now = self.meter.read().ok().flatten();
            let used = now.zip(before).map(|(now, before)| now.cpu.saturating_sub(before.cpu));
            quiet = if used.is_some_and(|used| used < STEP / 20) { quiet + STEP } else { Duration::ZERO };
            before = now;
        }
        Ok(())
    }
}

fn once(stream: Arc<Stream>) -> Order {
    Order { streams: vec![stream], repeat: Repeat::Once, events_per_second: None }
}

/// The table could be encoded, and so can its changes; should they not, nothing comes.
fn encoding(error: &StreamError) -> Interrupted {
    Interrupted::TimedOut { after: Duration::ZERO, missing: error.to_string() }
}

fn sent_by(fleet: &Fleet, role: Role) -> Option<Instant> {
    let probe = fleet.members().iter().find(|member| member.seat.role == role)?;
    probe.sent.map(|sent| sent.started)
}

fn all_sent(fleet: &Fleet) -> bool {
    fleet.senders().all(|member| member.sent.is_some())
}

fn all_reached(fleet: &Fleet) -> bool {
    fleet.receivers().all(|member| member.reached.is_some())
}

fn not_up(fleet: &Fleet) -> String {
    let down: Vec<&Member> = fleet.members().iter().filter(|member| member.up.is_none()).collect();
    let first = down.first().map(|member| member.seat.role.to_string()).unwrap_or_default();
    let reason = fleet.last_failure.as_deref().unwrap_or("the speaker has not answered");
    format!("{} of {} sessions are not up, {first} first: {reason}", down.len(), fleet.members().len())
}

fn not_reached(fleet: &Fleet) -> String {
    let waiting: Vec<&Member> = fleet.receivers().filter(|member| member.reached.is_none()).collect();
    let first = waiting.first().map(|member| format!("{} is at {}", member.seat.role, member.progress()));
    format!("{} receivers lack prefixes, {}", waiting.len(), first.unwrap_or_else(|| not_sent(fleet)))
}

fn not_sent(fleet: &Fleet) -> String {
    let sending = fleet.senders().filter(|member| member.sent.is_none()).count();
    format!("{sending} senders have not got rid of all that they have to send")
}
