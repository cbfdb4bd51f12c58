//! What happens in each phase.

use super::{Director, plan::HoldUntil};
use crate::churn::{
    absence::Absence,
    feed::{Order, Repeat},
    fleet::{Fleet, Interrupted, Losses, Member},
    observer::{Changed, Goal},
    report::{Phase, PhaseReport},
    stream::Stream,
    topology::Role,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long all sessions must last to be up.
const LASTING: Duration = Duration::from_millis(100);
/// When a change that has not arrived counts as lost.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the first receiver looks for a change without sleeping.
const ATTENTION: Duration = Duration::from_millis(5);

/// Changes to send, and what will be withdrawn after them.
struct Changes {
    orders: Vec<(Role, Order)>,
    /// Of each sender.
    absences: Vec<Absence>,
}

impl Changes {
    fn absent(&self) -> u32 {
        self.absences.iter().map(Absence::count).sum()
    }
}

impl Director {
    pub(super) async fn up(&mut self) -> Result<PhaseReport, Interrupted> {
        if self.plan.hold_until == HoldUntil::OwnUp {
            // The sessions open together with the table.
            return Ok(PhaseReport::new(Phase::Up, 0.0, 0));
        }
        self.begin(Phase::Up, self.fleet.members().len() as u64).await?;
        let start = self.fleet.open().await?;
        // While it still opens others, a speaker may take a session back.
        self.fleet.take_losses_as(Losses::FailedAttempts);
        while !all_up(&self.fleet) {
            self.until(all_up, not_up).await?;
            self.fleet.pass(LASTING).await?;
        }
        self.fleet.take_losses_as(Losses::Interrupt);
        let last = self.fleet.members().iter().filter_map(|member| member.up).max();
        let wall = last.map_or(Duration::ZERO, |last| last.saturating_duration_since(start));
        let sessions = self.fleet.members().len() as u64;
        let mut report = PhaseReport::new(Phase::Up, wall.as_secs_f64(), sessions);
        report.failed_attempts = self.fleet.failures;
        self.complete(report).await
    }

    pub(super) async fn table(&mut self) -> Result<PhaseReport, Interrupted> {
        self.fleet.expect(Goal::Held(self.size)).await?;
        self.begin(Phase::Table, self.size.into()).await?;
        for (role, stream) in self.tables.clone() {
            self.fleet.send(role, once(stream)).await?;
        }
        let opened = match self.plan.hold_until {
            HoldUntil::AllUp => None,
            HoldUntil::OwnUp => Some(self.fleet.open().await?),
        };
        self.until(|fleet| all_sent(fleet) && all_reached(fleet), not_reached).await?;
        let wall = self.wall(opened);
        self.complete(PhaseReport::new(Phase::Table, wall, self.size.into())).await
    }

    pub(super) async fn idle(&mut self) -> Result<PhaseReport, Interrupted> {
        self.begin(Phase::Idle, self.plan.probes.into()).await?;
        let start = Instant::now();
        for _ in 0..self.plan.probes {
            self.probe().await?;
        }
        let wall = start.elapsed().as_secs_f64();
        self.complete(PhaseReport::new(Phase::Idle, wall, self.plan.probes.into())).await
    }

    pub(super) async fn paced(&mut self) -> Result<PhaseReport, Interrupted> {
        let probing = (self.plan.probe_interval * self.plan.probes).as_millis();
        let wanted = u128::from(self.plan.events_per_second) * probing / 1_000;
        let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
        let size = u64::from(self.size);
        let senders = self.shares.len() as u64;
        // Beyond one change for each prefix, only whole passes: then all senders end with the same version.
        let passes = (wanted / size).max(1);
        let first = self.version.next();
        let mut changes =
            Changes { orders: Vec::new(), absences: self.absences(self.plan.withdrawals_percent) };
        let mut events = 0;
        for ((role, author, part), absence) in self.shares.iter().zip(&mut changes.absences) {
            let own = part.prefixes().len() as u64;
            let count = if wanted < size { (wanted / senders).min(own) } else { passes * own };
            let stream = Stream::events(part, *author, first, count, 1, absence)?;
            let rate = u64::from(self.plan.events_per_second) / senders;
            let rate = u32::try_from(rate).unwrap_or(u32::MAX).max(1);
            events += count;
            changes.orders.push((*role, Order { events_per_second: Some(rate), ..once(Arc::new(stream)) }));
        }
        (1..=passes).for_each(|_| self.version = self.version.next());
        let touched = u32::try_from(events).unwrap_or(self.size).min(self.size);
        let goal = self.changed(touched, &changes);
        self.fleet.expect(Goal::Changed(goal)).await?;
        self.begin(Phase::Paced, goal.current.into()).await?;
        self.send(&changes).await?;
        while !all_sent(&self.fleet) {
            self.probe().await?;
        }
        self.until(all_reached, not_reached).await?;
        let wall = self.wall(None);
        let report = self.complete(PhaseReport::new(Phase::Paced, wall, events)).await?;
        self.restore(&changes).await?;
        Ok(report)
    }

    pub(super) async fn flood(&mut self) -> Result<PhaseReport, Interrupted> {
        let absences = self.absences(self.plan.withdrawals_percent);
        let mut flood = self.passes(2, Repeat::UntilStopped, absences)?;
        self.begin(Phase::Flood, self.plan.probes.into()).await?;
        self.send(&flood).await?;
        // The speaker shall have its hands full when the first change comes.
        self.fleet.pass(self.plan.probe_interval * 20).await?;
        let flooded = Instant::now();
        for _ in 0..self.plan.probes {
            if flooded.elapsed() >= self.plan.flood {
                break;
            }
            self.probe().await?;
        }
        self.fleet.finish().await?;
        self.until(all_sent, not_sent).await?;
        let sent = self.fleet.senders().filter_map(|member| member.sent);
        let events: u64 = sent.map(|sent| sent.prefixes).sum();
        // One pass more, without withdrawals, shows when all has gone through.
        flood.absences.iter_mut().for_each(Absence::end);
        let last = self.passes(1, Repeat::Once, flood.absences)?;
        self.fleet.expect(Goal::Changed(self.changed(self.size, &last))).await?;
        let started = self.fleet.senders().filter_map(|member| member.sent).map(|sent| sent.started).min();
        self.send(&last).await?;
        self.until(|fleet| all_sent(fleet) && all_reached(fleet), not_reached).await?;
        let events = events + u64::from(self.size);
        self.complete(PhaseReport::new(Phase::Flood, self.wall(started), events)).await
    }

    pub(super) async fn churn(&mut self) -> Result<PhaseReport, Interrupted> {
        let absences = self.absences(self.plan.withdrawals_percent);
        let changes = self.passes(self.plan.churn_passes, Repeat::Once, absences)?;
        let goal = self.changed(self.size, &changes);
        self.fleet.expect(Goal::Changed(goal)).await?;
        self.begin(Phase::Churn, goal.current.into()).await?;
        self.send(&changes).await?;
        self.until(|fleet| all_sent(fleet) && all_reached(fleet), not_reached).await?;
        let events = u64::from(self.size) * u64::from(self.plan.churn_passes);
        let report = self.complete(PhaseReport::new(Phase::Churn, self.wall(None), events)).await?;
        self.restore(&changes).await?;
        Ok(report)
    }

    pub(super) async fn loss(&mut self) -> Result<PhaseReport, Interrupted> {
        self.begin(Phase::Loss, self.size.into()).await?;
        self.fleet.expect(Goal::Held(0)).await?;
        let broken = self.fleet.break_senders().await?;
        self.until(all_reached, not_reached).await?;
        let wall = self.wall(broken);
        self.complete(PhaseReport::new(Phase::Loss, wall, self.size.into())).await
    }

    /// Nothing of the table is withdrawn; so many of its changes will be withdrawals.
    fn absences(&self, percent: u8) -> Vec<Absence> {
        let sizes = self.shares.iter().map(|(.., part)| part.prefixes().len());
        (0..).zip(sizes).map(|(sender, size)| Absence::new(size, percent, self.plan.seed ^ sender)).collect()
    }

    /// So many passes over the table for each sender; the last one has the director's version then.
    fn passes(&mut self, count: u32, repeat: Repeat, absences: Vec<Absence>) -> Result<Changes, Interrupted> {
        let order = Order { streams: Vec::new(), repeat, events_per_second: None };
        let orders = self.shares.iter().map(|(role, ..)| (*role, order.clone())).collect();
        let mut changes = Changes { orders, absences };
        for pass in 0..count {
            self.version = self.version.next();
            let Changes { orders, absences } = &mut changes;
            for (((_, order), absence), (_, author, part)) in
                orders.iter_mut().zip(absences).zip(&self.shares)
            {
                let stream = Stream::pass(part, *author, self.version, pass.into(), absence)?;
                order.streams.push(Arc::new(stream));
            }
        }
        Ok(changes)
    }

    /// How the table looks at a receiver when so many of its prefixes have changed.
    fn changed(&self, prefixes: u32, changes: &Changes) -> Changed {
        let absent = changes.absent();
        Changed { version: self.version, current: prefixes - absent, held: self.size - absent }
    }

    async fn send(&mut self, changes: &Changes) -> Result<(), Interrupted> {
        for (role, order) in &changes.orders {
            self.fleet.send(*role, order.clone()).await?;
        }
        Ok(())
    }

    /// Announces what is withdrawn, so that the next phase finds the whole table; not a part of any phase's time.
    async fn restore(&mut self, changes: &Changes) -> Result<(), Interrupted> {
        if changes.absent() == 0 {
            return Ok(());
        }
        self.fleet.expect(Goal::Held(self.size)).await?;
        for ((role, author, part), absence) in self.shares.iter().zip(&changes.absences) {
            let stream = Stream::absent(part, *author, self.version, absence)?;
            self.fleet.send(*role, once(Arc::new(stream))).await?;
        }
        self.until(|fleet| all_sent(fleet) && all_reached(fleet), not_reached).await
    }

    /// Sends one change and waits until it has arrived; then waits for about the interval.
    async fn probe(&mut self) -> Result<(), Interrupted> {
        self.version = self.version.next();
        let version = self.version;
        let (role, author) = self.probe;
        let Some((attributes, _)) = self.plan.table.groups().next() else { return Ok(()) };
        let change = Arc::new(Stream::change(attributes, self.plan.probe, author, version)?);
        self.fleet.attend(ATTENTION).await?;
        self.fleet.send(role, once(change)).await?;
        let arrived = move |fleet: &Fleet| {
            fleet.probed.is_some_and(|(seen, _)| seen == version) && sent_by(fleet, role).is_some()
        };
        let patience = PROBE_TIMEOUT.min(self.plan.timeout);
        match self.fleet.until(patience, arrived, |_| String::new()).await {
            Err(Interrupted::TimedOut { .. }) if self.underway.since.elapsed() < self.plan.timeout => {
                self.underway.latencies.record_lost(patience);
            }
            Err(Interrupted::TimedOut { .. }) => {
                let missing = format!("changes of {} do not arrive", self.plan.probe);
                return Err(Interrupted::TimedOut { after: self.plan.timeout, missing });
            }
            outcome => {
                outcome?;
                if let (Some(sent), Some((_, seen))) = (sent_by(&self.fleet, role), self.fleet.probed) {
                    self.underway.latencies.record(seen.saturating_duration_since(sent));
                }
            }
        }
        let mut random = StdRng::seed_from_u64(u64::from(version.asn().get()));
        let interval = self.plan.probe_interval.mul_f64(random.random_range(0.5..1.5));
        self.fleet.pass(interval).await?;
        self.look();
        Ok(())
    }
}

fn once(stream: Arc<Stream>) -> Order {
    Order { streams: vec![stream], repeat: Repeat::Once, events_per_second: None }
}

fn sent_by(fleet: &Fleet, role: Role) -> Option<Instant> {
    let probe = fleet.members().iter().find(|member| member.seat.role == role)?;
    probe.sent.map(|sent| sent.started)
}

fn all_up(fleet: &Fleet) -> bool {
    fleet.members().iter().all(|member| member.up.is_some())
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
