//! The task of one session: its state machine, its connection, what it sends and what it has seen.

use super::{
    feed::{Feed, Order, Sent},
    observer::{Goal, Heard, Observer},
    reach::Reach,
    version::Version,
};
use crate::{
    session::{
        self, Action, ConnectionId, DialFailure, DownReason, Outgoing, Output, Peer, Settings, TcpFailure,
    },
    transport::{BUFFER_LIMIT, Connection, Received},
    wire::{Message, MessageError, Negotiated},
};
use std::{
    future::{self, Future},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, oneshot},
    task, time,
};

/// How long the speaker may take to read our last words.
const FAREWELL: Duration = Duration::from_secs(1);
/// Reads or writes in one go, before the other sessions of the thread get their turn.
const TURN: usize = 16;
/// When to look again if nothing is due.
const LATER: Duration = Duration::from_hours(1);
/// A receiver that waits for many prefixes does not look at the socket each time that the speaker writes a few octets:
/// after a read of less than this it lets them gather. So a speaker pays for its small writes, and the generator does not.
const WORTHWHILE: usize = 16 * 1024;
const GATHER: Duration = Duration::from_micros(500);
/// How long a sender sleeps at most between events that are finely paced; the runtime's own timer counts milliseconds.
const DOZE: Duration = Duration::from_micros(100);
/// After giving way for so long, a processor has others who want it.
const CROWDED: Duration = Duration::from_micros(50);

/// What a session is told to do.
#[derive(Debug)]
pub(super) enum Command {
    /// Open the session, and open it again whenever it ends.
    Open,
    /// Send this, once the session is up; ends with [`Event::Sent`].
    Send(Order),
    /// Let the stream under way be the last of its order.
    Finish,
    /// Begin anew with what was heard and how long it was waited for; the reply says that this is done.
    CountAnew(oneshot::Sender<()>),
    /// Wait for this; ends with [`Event::Reached`]. The reply says that it is waited for from now on.
    Expect(Goal, oneshot::Sender<()>),
    /// Look for the probe's prefix without sleeping, no longer than this; the reply says that it is being done.
    Attend(Duration, oneshot::Sender<()>),
    /// Break the connection without a word and stay away; the reply says when.
    Break(oneshot::Sender<Instant>),
    /// Shut the session down in order, and end.
    Close,
}

/// What a session has to tell.
#[derive(Debug)]
pub(super) enum Event {
    /// The session is established.
    Up(Instant),
    /// It was established and is over.
    Down(String),
    /// It does not come up, for now.
    Failed(String),
    /// An order was carried out.
    Sent(Sent),
    /// What was waited for has come.
    Reached(Reached),
    /// The probe's prefix has come in a version.
    Probed(Version, Instant),
}

/// What a receiver looks like when it has reached its goal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached {
    /// When the last octets were read.
    pub(super) at: Instant,
    /// How long it has waited for the speaker since the phase began.
    pub(super) idle: Duration,
    /// What it has heard since the phase began.
    pub(super) heard: Heard,
}

type Dialling = Pin<Box<dyn Future<Output = (ConnectionId, Result<Connection, DialFailure>)> + Send>>;

/// One session and its task's state.
pub(super) struct Link {
    number: usize,
    settings: Settings,
    reach: Reach,
    peer: Peer,
    actions: Vec<Action>,
    dialling: Option<Dialling>,
    connection: Option<(ConnectionId, Connection)>,
    feed: Option<Feed>,
    watch: Option<Watch>,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<(usize, Event)>,
}

/// What a receiver has beside a sender.
pub(super) struct Watch {
    pub(super) observer: Observer,
    /// Where it shows how far it is.
    pub(super) progress: Arc<AtomicU32>,
    /// Time without anything to read since the phase began, and what was heard before.
    idle: Duration,
    heard_before: Heard,
    /// Nothing is read before this time.
    gathering: Option<Instant>,
    attention: Option<Attention>,
}

/// A look-out for the probe's prefix: until then, what comes is read at once.
struct Attention {
    until: Instant,
    manner: Manner,
}

/// How a receiver waits for the next octets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// On an idle machine: waking up takes longer than all that the speaker does.
    Awake,
    /// On a busy one: whoever wakes up runs sooner than whoever gives way again and again.
    Asleep,
}

impl Watch {
    pub(super) fn new(observer: Observer, progress: Arc<AtomicU32>) -> Self {
        let (idle, heard_before) = (Duration::ZERO, Heard::default());
        Self { observer, progress, idle, heard_before, gathering: None, attention: None }
    }

    fn attend(&mut self, until: Instant) {
        self.attention = Some(Attention { until, manner: Manner::Awake });
        self.gathering = None;
    }

    /// How the probe's prefix is waited for, if it is.
    fn attention(&self, now: Instant) -> Option<Manner> {
        self.attention.as_ref().filter(|attention| now < attention.until).map(|attention| attention.manner)
    }

    /// Notes that others have had the processor meanwhile.
    fn gave_way(&mut self) {
        if let Some(attention) = &mut self.attention {
            attention.manner = Manner::Asleep;
        }
    }

    /// Notes that all has been read that there was: the next octets gather first, unless one prefix is looked out for.
    fn drained(&mut self, now: Instant) {
        let gather = self.observer.waits() && self.attention(now).is_none();
        self.gathering = gather.then(|| now + GATHER);
    }

    fn count_anew(&mut self) {
        (self.idle, self.heard_before) = (Duration::ZERO, self.observer.heard());
    }

    fn reached(&mut self, at: Instant) -> Option<Reached> {
        self.progress.store(self.observer.progress(), Ordering::Relaxed);
        let heard = self.observer.heard().since(self.heard_before);
        self.observer.reached().then_some(Reached { at, idle: self.idle, heard })
    }
}

/// What made the task wake.
enum Wake {
    Told(Option<Command>),
    Dialled(ConnectionId, Result<Connection, DialFailure>),
    Readable,
    Writable,
    /// A timer of the state machine.
    Time,
    /// Nothing: the task must not sleep.
    Again,
}

/// The channels of a link.
pub(super) struct Lines {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) events: mpsc::Sender<(usize, Event)>,
}

impl Link {
    /// A session that waits for [`Command::Open`]; `number` is its place among all.
    pub(super) fn new(
        number: usize,
        settings: Settings,
        reach: Reach,
        watch: Option<Watch>,
        lines: Lines,
    ) -> Self {
        Self {
            number,
            peer: Peer::new(settings.clone(), number as u64),
            settings,
            reach,
            actions: Vec::new(),
            dialling: None,
            connection: None,
            feed: None,
            watch,
            commands: lines.commands,
            events: lines.events,
        }
    }

    /// Runs until it is told to close.
    pub(super) async fn run(mut self) {
        loop {
            let wake = self.wake().await;
            let now = Instant::now();
            match wake {
                Wake::Told(None | Some(Command::Close)) => break,
                Wake::Told(Some(command)) => self.obey(command, now),
                Wake::Dialled(id, outcome) => self.dialled(id, outcome, now),
                Wake::Readable => self.read(now),
                Wake::Writable => self.write(now),
                Wake::Time => self.peer.expire(now, &mut self.actions),
                Wake::Again => {}
            }
            self.perform(now);
        }
        self.close().await;
    }

    async fn wake(&mut self) -> Wake {
        let asleep = Instant::now();
        let paced = self.feed.as_ref().filter(|_| self.is_up()).and_then(|feed| feed.next(asleep));
        let gathering = self.watch.as_ref().and_then(|watch| watch.gathering);
        let deadlines = [paced, gathering, self.peer.deadline()].into_iter().flatten();
        let deadline = deadlines.min().unwrap_or(asleep + LATER);
        let awake = self.watch.as_ref().and_then(|watch| watch.attention(asleep)) == Some(Manner::Awake);
        let fine = paced.filter(|_| self.feed.as_ref().is_some_and(Feed::is_fine));
        let pause = fine.map_or(Duration::ZERO, |due| due.saturating_duration_since(asleep).min(DOZE));
        let owes = self.owes(asleep);
        let Self { commands, dialling, connection, .. } = self;
        let connection = connection.as_ref().map(|(_, connection)| connection);
        let wake = tokio::select! {
            biased;
            command = commands.recv() => Wake::Told(command),
            () = time::sleep_until(deadline.into()) => {
                if gathering == Some(deadline) {
                    Wake::Readable
                } else if paced == Some(deadline) {
                    Wake::Writable
                } else {
                    Wake::Time
                }
            }
            (id, outcome) = pending_or(dialling.as_mut()) => Wake::Dialled(id, outcome),
            () = readable(connection), if gathering.is_none() => Wake::Readable,
            () = writable(connection), if owes => Wake::Writable,
            () = look_again(pause), if awake || fine.is_some() => Wake::Again,
        };
        match &wake {
            Wake::Dialled(..) => self.dialling = None,
            Wake::Readable => {
                if let Some(watch) = &mut self.watch {
                    watch.idle += asleep.elapsed();
                    watch.gathering = None;
                }
            }
            Wake::Again => {
                if let Some(watch) = self.watch.as_mut().filter(|_| asleep.elapsed() >= CROWDED) {
                    watch.gave_way();
                }
            }
            Wake::Told(_) | Wake::Writable | Wake::Time => {}
        }
        wake
    }

    fn is_up(&self) -> bool {
        self.peer.session().is_some()
    }

    /// True if there is something to write as soon as the socket takes it.
    fn owes(&self, now: Instant) -> bool {
        let pending = self.connection.as_ref().is_some_and(|(_, connection)| connection.pending() > 0);
        pending || (self.is_up() && self.feed.as_ref().is_some_and(|feed| feed.next(now).is_none()))
    }

    fn obey(&mut self, command: Command, now: Instant) {
        match command {
            Command::Open => self.peer.start(now, &mut self.actions),
            Command::Send(order) => {
                self.feed = Some(Feed::new(order));
                self.write(Instant::now());
            }
            Command::Finish => {
                if let Some(feed) = &mut self.feed {
                    feed.stop();
                }
            }
            Command::CountAnew(done) => {
                if let Some(watch) = &mut self.watch {
                    watch.count_anew();
                }
                let _ = done.send(());
            }
            Command::Expect(goal, waiting) => {
                if let Some(watch) = &mut self.watch {
                    watch.observer.expect(goal);
                }
                // Nobody waits any more if the measurement was interrupted.
                let _ = waiting.send(());
                self.notice(now);
            }
            Command::Attend(duration, attending) => {
                if let Some(watch) = &mut self.watch {
                    watch.attend(now + duration);
                }
                let _ = attending.send(());
            }
            Command::Break(when) => {
                if let Some((_, connection)) = self.connection.take() {
                    connection.abort();
                }
                let _ = when.send(now);
                (self.feed, self.dialling) = (None, None);
                self.peer = Peer::new(self.settings.clone(), self.number as u64);
            }
            Command::Close => {}
        }
    }

    fn dialled(&mut self, id: ConnectionId, outcome: Result<Connection, DialFailure>, now: Instant) {
        match outcome {
            Ok(connection) => {
                self.connection = Some((id, connection));
                self.peer.dialled(id, now, &mut self.actions);
            }
            Err(failure) => self.peer.dial_failed(id, failure, now, &mut self.actions),
        }
    }

    fn read(&mut self, now: Instant) {
        let mut octets = 0;
        for _ in 0..TURN {
            let Some((id, connection)) = &mut self.connection else { break };
            let id = *id;
            let failure = match connection.read() {
                Ok(Received::Nothing) => {
                    if let Some(watch) = self.watch.as_mut().filter(|_| octets < WORTHWHILE) {
                        watch.drained(now);
                    }
                    break;
                }
                Ok(Received::End) => TcpFailure::ClosedByPeer,
                Ok(received) => {
                    if let Received::Octets(count) = received {
                        octets += count;
                    }
                    let now = Instant::now();
                    self.consume(id, now);
                    self.notice(now);
                    continue;
                }
                Err(error) => TcpFailure::Broken(error.to_string()),
            };
            self.lost(id, failure, now);
        }
    }

    /// Takes in every whole message that has been read.
    fn consume(&mut self, id: ConnectionId, now: Instant) {
        let (mut taken, mut updates) = (0, false);
        let mut negotiated = self.peer.negotiated();
        while let Some((_, connection)) = &self.connection {
            let octets = connection.received().get(taken..).unwrap_or_default();
            let received = match Message::decode(octets, negotiated.unwrap_or(Negotiated::BEFORE_OPEN)) {
                Ok(None) => break,
                Ok(Some((message, length))) => {
                    taken += length;
                    match (message, negotiated, &mut self.watch) {
                        (Message::Update(_), Some(_), None) => {
                            updates = true;
                            continue;
                        }
                        (Message::Update(update), Some(negotiated), Some(watch)) => {
                            match watch.observer.update(&update, negotiated) {
                                Ok(()) => {
                                    updates = true;
                                    continue;
                                }
                                Err(error) => MessageError::from(error).into(),
                            }
                        }
                        (message, _, _) => session::Received::from(message),
                    }
                }
                Err(error) => error.into(),
            };
            let malformed = matches!(received, session::Received::Malformed(_));
            self.peer.received(id, received, now, &mut self.actions);
            self.perform(now);
            if malformed {
                return;
            }
            negotiated = self.peer.negotiated();
        }
        if let Some(watch) = &mut self.watch {
            watch.observer.take_in();
        }
        if updates {
            // For the hold timer, one is as good as many.
            self.peer.received(id, session::Received::Update, now, &mut self.actions);
        }
        if let Some((_, connection)) = &mut self.connection {
            connection.consume(taken);
        }
    }

    /// Tells what a receiver has seen.
    fn notice(&mut self, at: Instant) {
        let Some(watch) = &mut self.watch else { return };
        for version in watch.observer.probed() {
            watch.attention = None;
            tell(&self.events, self.number, Event::Probed(version, at));
        }
        if let Some(reached) = watch.reached(at) {
            tell(&self.events, self.number, Event::Reached(reached));
        }
    }

    /// Writes what is pending and what the order at hand allows.
    fn write(&mut self, now: Instant) {
        let up = self.is_up();
        let mut now = now;
        for _ in 0..TURN {
            let Some((id, connection)) = &mut self.connection else { return };
            let id = *id;
            let mut feed = self.feed.as_mut().filter(|_| up);
            if let Some(feed) = &mut feed {
                feed.start(now);
                let room = BUFFER_LIMIT.saturating_sub(connection.pending());
                connection.output().extend_from_slice(feed.take(room, now));
            }
            let written = match connection.write() {
                Ok(written) => written,
                Err(error) => return self.lost(id, TcpFailure::Broken(error.to_string()), now),
            };
            now = Instant::now();
            let drained = connection.pending() == 0;
            match (written, drained) {
                (0, true) => {}
                (0, false) => self.peer.send_blocked(id, now),
                (_, true) => self.peer.send_progress(id, Output::Drained, now),
                (_, false) => self.peer.send_progress(id, Output::Pending, now),
            }
            let Some(feed) = feed else { return };
            if !drained {
                return feed.blocked(now);
            }
            feed.unblocked(now);
            if feed.is_over() {
                if let Some(feed) = self.feed.take() {
                    tell(&self.events, self.number, Event::Sent(feed.finish(now)));
                }
                return;
            }
            if feed.next(now).is_some() {
                return;
            }
        }
    }

    /// The connection has ended by itself.
    fn lost(&mut self, id: ConnectionId, failure: TcpFailure, now: Instant) {
        self.connection = None;
        self.peer.closed(id, failure, now, &mut self.actions);
    }

    /// Does what the state machine asks for.
    fn perform(&mut self, now: Instant) {
        for action in std::mem::take(&mut self.actions) {
            match action {
                Action::Connect(id) => {
                    let reach = self.reach.clone();
                    self.dialling = Some(Box::pin(async move { (id, reach.connection().await) }));
                }
                Action::Send(id, outgoing) => self.send(id, outgoing),
                Action::Close(id) => {
                    if let Some((_, connection)) = self.connection.take_if(|(own, _)| *own == id) {
                        tokio::spawn(connection.farewell(&[], FAREWELL));
                    } else {
                        self.dialling = None;
                    }
                }
                Action::Established(..) => tell(&self.events, self.number, Event::Up(now)),
                Action::Down(_, reason) => {
                    self.feed = None;
                    if let Some(watch) = &mut self.watch {
                        watch.observer.lost();
                    }
                    tell(&self.events, self.number, Event::Down(with_remedy(&reason)));
                }
                Action::Failed(_, reason) => {
                    tell(&self.events, self.number, Event::Failed(with_remedy(&reason)));
                }
            }
        }
    }

    fn send(&mut self, id: ConnectionId, outgoing: Outgoing) {
        let negotiated = self.peer.negotiated().unwrap_or(Negotiated::BEFORE_OPEN);
        if let Some((_, connection)) = self.connection.as_mut().filter(|(own, _)| *own == id)
            && Message::from(outgoing).encode(negotiated, connection.output()).is_ok()
        {
            // What the socket does not take now goes out when it is writable.
            let _ = connection.write();
        }
    }

    async fn close(mut self) {
        let text = Some("the measurement is over".to_owned());
        self.peer.stop(session::Stop::Shutdown(text), Instant::now(), &mut self.actions);
        for action in std::mem::take(&mut self.actions) {
            if let Action::Send(id, outgoing) = action {
                self.send(id, outgoing);
            }
        }
        if let Some((_, connection)) = self.connection {
            connection.farewell(&[], FAREWELL).await;
        }
    }
}

/// The director reads all the time; should it ever lag that far behind, it misses the event and says so at its timeout.
fn tell(events: &mpsc::Sender<(usize, Event)>, number: usize, event: Event) {
    let _ = events.try_send((number, event));
}

fn with_remedy(reason: &DownReason) -> String {
    reason.remedy().map_or_else(|| reason.to_string(), |remedy| format!("{reason}; {remedy}"))
}

async fn pending_or<T>(future: Option<&mut Pin<Box<dyn Future<Output = T> + Send>>>) -> T {
    match future {
        Some(future) => future.await,
        None => future::pending().await,
    }
}

/// Ready when a read may return something; an error is what the read then returns.
async fn readable(connection: Option<&Connection>) {
    match connection {
        Some(connection) => drop(connection.readable().await),
        None => future::pending().await,
    }
}

/// Ready after a short pause of the whole thread, when the driver has looked at the sockets.
async fn look_again(pause: Duration) {
    if pause.is_zero() {
        thread::yield_now();
    } else {
        thread::sleep(pause);
    }
    task::yield_now().await;
}

async fn writable(connection: Option<&Connection>) {
    match connection {
        Some(connection) => drop(connection.writable().await),
        None => future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::churn::index::PrefixIndex;

    #[test]
    fn a_busy_processor_ends_the_spinning_but_not_the_attention() {
        let table = ["10.0.0.0/8".parse().unwrap()];
        let observer = Observer::new(Arc::new(PrefixIndex::new(&table)), "10.9.0.0/16".parse().unwrap());
        let mut watch = Watch::new(observer, Arc::default());
        let now = Instant::now();
        let later = now + Duration::from_millis(5);
        watch.observer.expect(Goal::Held(1));
        watch.drained(now);
        assert_eq!(watch.gathering, Some(now + GATHER));
        watch.attend(later);
        assert!(watch.gathering.is_none() && watch.attention(now) == Some(Manner::Awake));
        watch.gave_way();
        watch.drained(now);
        assert!(watch.gathering.is_none() && watch.attention(now) == Some(Manner::Asleep));
        watch.drained(later);
        assert!(watch.gathering.is_some() && watch.attention(later).is_none());
    }
}
