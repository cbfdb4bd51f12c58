//! All sessions of a measurement: two threads that run them, and what they have told.
//!
//! ```text
//!   director ─ Command 8 ─▶ link × senders and probe    thread churn-send
//!      ▲   └── Command 8 ─▶ link × receivers            thread churn-receive
//!      └────── Event 65536, never waits ────────────────┘
//! ```
//!
//! Senders and receivers do not share a thread, so that a sender that writes without end takes no time from a receiver.

use super::{
    feed::{Order, Sent},
    index::PrefixIndex,
    link::{Command, Event, Lines, Link, Reached, Watch},
    observer::{Goal, Observer},
    reach::Reach,
    report::Ending,
    stream::StreamError,
    topology::{Role, Seat, Sessions},
    version::Version,
};
use crate::{
    family::Families,
    session::{Announce, Settings},
    transport::PeerOptions,
};
use ipnet::IpNet;
use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time,
};
use tokio_util::sync::CancellationToken;

/// Name of the thread that runs senders and the probe.
pub(super) const SEND_THREAD: &str = "churn-send";
/// Name of the thread that runs receivers.
pub(super) const RECEIVE_THREAD: &str = "churn-receive";
/// Niceness of that thread: what has arrived is to be seen when it arrives, and not when the speaker leaves the processor.
const FIRST: i32 = -10;
/// Commands that may wait for a session.
const COMMANDS: usize = 8;
/// What sessions have told and nobody has read yet.
const EVENTS: usize = 65_536;

/// All sessions, in the order of the topology's seats.
pub(super) struct Fleet {
    members: Vec<Member>,
    events: mpsc::Receiver<(usize, Event)>,
    interrupt: CancellationToken,
    losses: Losses,
    /// Attempts that did not bring a session up for good, and the last reason.
    pub(super) failures: u32,
    pub(super) last_failure: Option<String>,
    /// The last single change that the first receiver has seen, and how many it has in this phase.
    pub(super) probed: Option<(Version, Instant)>,
    pub(super) changes_seen: u64,
    threads: Vec<JoinHandle<()>>,
}

/// What a session that ends by itself means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Losses {
    /// One more failed attempt: it is opened again.
    FailedAttempts,
    /// [`Interrupted::SessionLost`].
    Interrupt,
}

/// One session and the last that it has told.
pub(super) struct Member {
    pub(super) seat: Seat,
    commands: mpsc::Sender<Command>,
    progress: Arc<AtomicU32>,
    pub(super) up: Option<Instant>,
    pub(super) sent: Option<Sent>,
    pub(super) reached: Option<Reached>,
}

/// Why waiting for the sessions ended early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Interrupted {
    /// An established session ended by itself.
    #[error("{role} ({address}) lost its session: {reason}")]
    SessionLost {
        /// Whose.
        role: Role,
        /// Its address.
        address: IpAddr,
        /// Why.
        reason: String,
    },
    /// It took too long.
    #[error("nothing more came within {} s: {missing}", after.as_secs())]
    TimedOut {
        /// How long it was waited for.
        after: Duration,
        /// What is missing.
        missing: String,
    },
    /// The user has seen enough.
    #[error("interrupted")]
    ByUser,
    /// A change cannot be announced.
    #[error(transparent)]
    Unencodable(#[from] StreamError),
    /// A thread of the generator died.
    #[error("a session's task of the generator has died; please report this")]
    TaskDied,
}

impl Interrupted {
    /// What the report says of the phase.
    pub(super) const fn ending(&self) -> Ending {
        match self {
            Self::SessionLost { .. } => Ending::SessionLost,
            Self::TimedOut { .. } => Ending::TimedOut,
            Self::ByUser | Self::Unencodable(_) | Self::TaskDied => Ending::Interrupted,
        }
    }
}

impl Fleet {
    /// Starts the threads; no session is opened yet.
    ///
    /// # Errors
    /// The system has no threads or descriptors left.
    pub(super) fn start(
        sessions: Sessions,
        index: &Arc<PrefixIndex>,
        probe: IpNet,
        interrupt: CancellationToken,
    ) -> io::Result<Self> {
        let Sessions { seats, families, key } = sessions;
        let options = PeerOptions { key, ..PeerOptions::default() };
        let (sender, events) = mpsc::channel(EVENTS);
        let (mut members, mut senders, mut receivers) = (Vec::new(), Vec::new(), Vec::new());
        for (number, seat) in seats.into_iter().enumerate() {
            let (commands, orders) = mpsc::channel(COMMANDS);
            let progress = Arc::new(AtomicU32::new(0));
            let lines = Lines { commands: orders, events: sender.clone() };
            let watch = (!seat.role.only_announces())
                .then(|| Watch::new(Observer::new(Arc::clone(index), probe), Arc::clone(&progress)));
            let thread = if watch.is_some() { &mut receivers } else { &mut senders };
            let reach = Reach::new(seat.clone(), options.clone());
            thread.push(Link::new(number, settings(&seat, families), reach, watch, lines));
            members.push(Member { seat, commands, progress, up: None, sent: None, reached: None });
        }
        let threads = vec![spawn(SEND_THREAD, 0, senders)?, spawn(RECEIVE_THREAD, FIRST, receivers)?];
        Ok(Self {
            members,
            events,
            interrupt,
            losses: Losses::Interrupt,
            failures: 0,
            last_failure: None,
            probed: None,
            changes_seen: 0,
            threads,
        })
    }

    /// Begins anew with what was sent and reached.
    pub(super) fn forget(&mut self) {
        for member in &mut self.members {
            (member.sent, member.reached) = (None, None);
        }
        self.changes_seen = 0;
    }

    /// All sessions.
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The sessions that announce the table.
    pub(super) fn senders(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| matches!(member.seat.role, Role::Sender(_)))
    }

    /// The sessions that must learn the table.
    pub(super) fn receivers(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| matches!(member.seat.role, Role::Receiver(_)))
    }

    /// From now on a lost session means this.
    pub(super) const fn take_losses_as(&mut self, losses: Losses) {
        self.losses = losses;
    }

    /// Opens every session; returns when that began.
    pub(super) async fn open(&mut self) -> Result<Instant, Interrupted> {
        let start = Instant::now();
        for member in &self.members {
            member.tell(Command::Open).await?;
        }
        Ok(start)
    }

    /// Lets every receiver wait for a goal, and returns when all do.
    pub(super) async fn expect(&mut self, goal: Goal) -> Result<(), Interrupted> {
        let mut waiting = Vec::new();
        for member in &mut self.members {
            if matches!(member.seat.role, Role::Receiver(_)) {
                member.reached = None;
                let (reply, answer) = oneshot::channel();
                member.tell(Command::Expect(goal, reply)).await?;
                waiting.push(answer);
            }
        }
        for answer in waiting {
            answer.await.map_err(|_| Interrupted::TaskDied)?;
        }
        Ok(())
    }

    /// Lets every receiver begin anew with what it has heard and how long it has waited.
    pub(super) async fn count_anew(&mut self) -> Result<(), Interrupted> {
        let mut answers = Vec::new();
        for member in self.receivers() {
            let (reply, answer) = oneshot::channel();
            member.tell(Command::CountAnew(reply)).await?;
            answers.push(answer);
        }
        for answer in answers {
            answer.await.map_err(|_| Interrupted::TaskDied)?;
        }
        Ok(())
    }

    /// Gives the sender of this number an order.
    pub(super) async fn send(&mut self, role: Role, order: Order) -> Result<(), Interrupted> {
        for member in self.members.iter_mut().filter(|member| member.seat.role == role) {
            member.sent = None;
            member.tell(Command::Send(order.clone())).await?;
        }
        Ok(())
    }

    /// Lets the first receiver look for the probe's prefix without sleeping; returns when it does.
    pub(super) async fn attend(&mut self, duration: Duration) -> Result<(), Interrupted> {
        let (reply, answer) = oneshot::channel();
        if let Some(receiver) = self.receivers().next() {
            receiver.tell(Command::Attend(duration, reply)).await?;
            answer.await.map_err(|_| Interrupted::TaskDied)?;
        }
        Ok(())
    }

    /// Lets every sender come to the end of the stream under way.
    pub(super) async fn finish(&mut self) -> Result<(), Interrupted> {
        for member in self.senders() {
            member.tell(Command::Finish).await?;
        }
        Ok(())
    }

    /// Breaks the connection of every sender; returns when the first went.
    pub(super) async fn break_senders(&mut self) -> Result<Option<Instant>, Interrupted> {
        let mut answers = Vec::new();
        for member in &mut self.members {
            if matches!(member.seat.role, Role::Sender(_)) {
                let (reply, answer) = oneshot::channel();
                member.up = None;
                member.tell(Command::Break(reply)).await?;
                answers.push(answer);
            }
        }
        let mut first = None;
        for answer in answers {
            let broken = answer.await.map_err(|_| Interrupted::TaskDied)?;
            first = Some(first.map_or(broken, |first: Instant| first.min(broken)));
        }
        Ok(first)
    }

    /// Takes note of what the sessions tell until `done`.
    ///
    /// # Errors
    /// [`Interrupted`]; `missing` says what is not there after the timeout.
    pub(super) async fn until(
        &mut self,
        timeout: Duration,
        done: impl Fn(&Self) -> bool,
        missing: impl Fn(&Self) -> String,
    ) -> Result<(), Interrupted> {
        let deadline = time::Instant::now() + timeout;
        while !done(self) {
            tokio::select! {
                biased;
                event = self.events.recv() => match event {
                    Some((number, event)) => self.note(number, event)?,
                    None => return Err(Interrupted::TaskDied),
                },
                () = self.interrupt.cancelled() => return Err(Interrupted::ByUser),
                () = time::sleep_until(deadline) => {
                    return Err(Interrupted::TimedOut { after: timeout, missing: missing(self) });
                }
            }
        }
        Ok(())
    }

    /// As `until`, for nothing but time.
    pub(super) async fn pass(&mut self, duration: Duration) -> Result<(), Interrupted> {
        match self.until(duration, |_| false, |_| String::new()).await {
            Err(Interrupted::TimedOut { .. }) => Ok(()),
            outcome => outcome,
        }
    }

    fn note(&mut self, number: usize, event: Event) -> Result<(), Interrupted> {
        let Some(member) = self.members.get_mut(number) else { return Ok(()) };
        match event {
            Event::Up(at) => member.up = Some(at),
            Event::Down(reason) if self.losses == Losses::Interrupt => {
                member.up = None;
                let Seat { role, address, .. } = member.seat;
                return Err(Interrupted::SessionLost { role, address, reason });
            }
            Event::Failed(reason) | Event::Down(reason) => {
                member.up = None;
                self.failures += 1;
                self.last_failure = Some(format!("{}: {reason}", member.seat.role));
            }
            Event::Sent(sent) => member.sent = Some(sent),
            Event::Reached(reached) => member.reached = Some(reached),
            // One receiver is enough to time a change.
            Event::Probed(version, at) if member.seat.role == Role::Receiver(0) => {
                self.probed = Some((version, at));
                self.changes_seen += 1;
            }
            Event::Probed(..) => {}
        }
        Ok(())
    }

    /// Shuts every session down and waits for the threads, which takes no longer than their goodbyes.
    pub(super) async fn close(self) {
        for member in &self.members {
            let _ = member.commands.send(Command::Close).await;
        }
        drop(self.members);
        let threads = self.threads;
        let joined =
            tokio::task::spawn_blocking(move || threads.into_iter().for_each(|thread| drop(thread.join())));
        let _ = joined.await;
    }
}

impl Member {
    async fn tell(&self, command: Command) -> Result<(), Interrupted> {
        self.commands.send(command).await.map_err(|_| Interrupted::TaskDied)
    }

    /// How far a receiver is.
    pub(super) fn progress(&self) -> u32 {
        self.progress.load(Ordering::Relaxed)
    }
}

fn spawn(name: &str, niceness: i32, links: Vec<Link>) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        // Linux has a niceness for each thread. Without the right to it the generator measures all the same.
        let _ = rustix::process::nice(niceness);
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for link in links {
                tasks.spawn(link.run());
            }
            while tasks.join_next().await.is_some() {}
        });
    })
}

fn settings(seat: &Seat, families: Families) -> Settings {
    Settings {
        idle_hold: Duration::from_millis(200),
        // All daemons get messages of one size, whatever else they could send.
        extended_messages: Announce::No,
        ..Settings::new(seat.asn, seat.peer_asn, seat.identifier, families)
    }
}
