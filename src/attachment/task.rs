//! The loop of an attachment: what it waits for, and who takes it in.

use super::{
    answer,
    event::{EventKind, Events},
    link::{Decoding, Link, LinkId, Reading, Ready},
    portion::{LastWord, Portion, Portions},
    restart::{Restart, Start},
    routes::Routes,
    settings::{AdminState, Advertise, SessionSettings, Settings},
    transit::SessionNumbers,
    view::{Command, Listening},
};
use crate::{
    deadline::sleep_until_or_never,
    family::{Families, Family, PerFamily},
    policy::Export,
    rib::{Batch, Downlink, PeerIdentity, RouteChanges, Source, Uplink},
    session::{ConnectionId, Stop},
    step_back::step_back,
    transport::{AddressNews, Connection, DialError, ListenError, Listeners, Registration},
};
use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::{AbortHandle, JoinSet},
};

/// Before listening is tried again if no news of an address comes first, as when another process has the port.
const LISTEN_RETRY: Duration = Duration::from_secs(2);
/// Between two looks at what the kernel knows: of wrong keys while a session is down, of lost segments while it is up.
const DIAGNOSIS_INTERVAL: Duration = Duration::from_secs(2);
/// Connections that may wait for the task.
const ACCEPTED: usize = 16;

/// Everything outside an attachment that it works with.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Where it listens.
    pub listeners: Listeners,
    /// Where its route changes go.
    pub uplink: mpsc::Sender<Uplink>,
    /// Who has sent some last.
    pub last_word: LastWord,
    /// Where its events go.
    pub events: Events,
    /// When addresses come and go.
    pub addresses: AddressNews,
    /// Whether peers may know it from before.
    pub start: Start,
}

/// One peering on one router.
pub struct Attachment {
    pub(super) settings: Settings,
    pub(super) links: Vec<Link>,
    pub(super) routes: Routes,
    pub(super) batch: Batch,
    /// What the batch is to be.
    portion: Portion,
    portions: Portions,
    pub(super) events: Events,
    pub(super) source: Source,
    /// Families whose session is down because of its prefix limit.
    pub(super) tripped: PerFamily<bool>,
    /// Whether an operator lets the sessions run; the configuration must want them as well.
    pub(super) operator: AdminState,
    pub(super) initial_table: InitialTable,
    pub(super) peer: PerFamily<Option<PeerIdentity>>,
    pub(super) session_numbers: SessionNumbers,
    /// Sessions that are over, by the family of their addresses, and that the backbone still packs for.
    pub(super) unheard: PerFamily<bool>,
    pub(super) restart: Restart,
    listeners: Listeners,
    addresses: AddressNews,
    /// Who waits until every listener has been tried.
    beginners: Vec<oneshot::Sender<Listening>>,
    uplink: mpsc::Sender<Uplink>,
    /// Shares of what may be under way to the backbone.
    turns: Arc<Semaphore>,
    accepted: mpsc::Sender<Box<Connection>>,
    pub(super) errands: JoinSet<Errand>,
    pub(super) dials: Vec<(LinkId, ConnectionId, AbortHandle)>,
    pub(super) farewells: JoinSet<()>,
    next_diagnosis: Instant,
    next_link: u32,
    next_seed: u64,
}

/// How far the backbone has come with everything that there is to advertise, which End-of-RIB waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum InitialTable {
    /// It must be asked for it once more, because what it sent was not kept.
    Wanted,
    /// It has been asked, or sends it unasked as at the start.
    Arriving,
    /// It has sent all of it, and sends what changes.
    Complete,
}

/// Something that takes time and is done beside the loop.
pub(super) enum Errand {
    Dialled(LinkId, ConnectionId, Result<Connection, DialError>),
    Listening(LinkId, Result<Registration, ListenError>),
    ListenAgain(LinkId),
}

/// What ends a wait.
enum Wake {
    Command(Command),
    Downlink(Downlink),
    Errand(Errand),
    Accepted(Box<Connection>),
    Ready(Family, Ready),
    HandedOver,
    Deadline,
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
pub(super) enum Course {
    On,
    End(Stop),
}

impl Attachment {
    /// An attachment that has not started its sessions. `seed` makes the jitter of its timers.
    pub fn new(settings: Settings, source: Source, surroundings: Surroundings, seed: u64) -> (Self, Inbox) {
        let (accepted, incoming) = mpsc::channel(ACCEPTED);
        let attachment = Self {
            routes: Routes::new(source, &settings),
            links: Vec::new(),
            batch: Batch::with_room(Portion::AMONG_OTHERS.room),
            portion: Portion::AMONG_OTHERS,
            portions: Portions::new(source, surroundings.last_word),
            events: surroundings.events,
            source,
            tripped: PerFamily::default(),
            operator: AdminState::Enabled,
            initial_table: InitialTable::Arriving,
            peer: PerFamily::default(),
            session_numbers: SessionNumbers::default(),
            unheard: PerFamily::default(),
            restart: Restart::of(surroundings.start, &settings),
            turns: Arc::new(Semaphore::new(Portion::UNDER_WAY as usize)),
            listeners: surroundings.listeners,
            addresses: surroundings.addresses,
            beginners: Vec::new(),
            uplink: surroundings.uplink,
            accepted,
            errands: JoinSet::new(),
            dials: Vec::new(),
            farewells: JoinSet::new(),
            next_diagnosis: Instant::now(),
            next_link: 0,
            next_seed: seed,
            settings,
        };
        (attachment, Inbox(incoming))
    }

    /// The same attachment, whose sessions wait for [`Command::Enable`].
    #[must_use]
    pub fn stopped(self) -> Self {
        Self { operator: AdminState::Disabled, ..self }
    }

    /// Runs the sessions until [`Command::End`], or until nobody can command any more.
    ///
    /// Boxed, because a future holds what moves into it twice.
    pub async fn run(
        mut self: Box<Self>,
        Inbox(mut incoming): Inbox,
        mut commands: mpsc::Receiver<Command>,
        mut downlink: mpsc::Receiver<Downlink>,
    ) {
        self.report_held();
        for session in self.settings.sessions.clone() {
            self.begin(session, Instant::now());
        }
        self.settle(Instant::now());
        let (uplink, turns) = (self.uplink.clone(), Arc::clone(&self.turns));
        loop {
            let deadline = self.deadline();
            let reading = self.reading();
            let shares = self.portion.shares;
            let wake = tokio::select! {
                biased;
                command = commands.recv() => Wake::Command(command.unwrap_or(Command::End(Stop::Shutdown(None)))),
                Some(news) = downlink.recv() => Wake::Downlink(news),
                Some((turn, slot)) = turn(&turns, shares, &uplink), if self.owes_uplink() => {
                    slot.send(self.next_uplink(turn, Instant::now()));
                    Wake::HandedOver
                }
                Some(connection) = incoming.recv() => Wake::Accepted(connection),
                wake = poll_fn(|context| self.poll_wake(context, reading)) => wake,
                () = sleep_until_or_never(deadline) => Wake::Deadline,
            };
            let now = Instant::now();
            let more_news = matches!(wake, Wake::Downlink(_));
            if let Course::End(stop) = self.wake(wake, now) {
                // Nobody reads it from here on: the backbone shall not wait for the goodbye.
                drop(downlink);
                self.end(&stop, now).await;
                return;
            }
            // What has come meanwhile is written together with what woke us.
            while more_news && let Ok(news) = downlink.try_recv() {
                self.downlink(news);
            }
            self.settle(now);
            if self.links.iter().any(|link| link.decoding == Decoding::Interrupted) {
                // A peer that has much to say lets the others speak in between.
                step_back().await;
            }
        }
    }

    /// Whether peers may be read from.
    fn reading(&self) -> Reading {
        if self.batch.has_room() && !self.routes.is_losing() { Reading::Open } else { Reading::Held }
    }

    fn wake(&mut self, wake: Wake, now: Instant) -> Course {
        match wake {
            Wake::Command(command) => return self.command(command, now),
            Wake::Downlink(news) => self.downlink(news),
            Wake::Errand(errand) => self.errand(errand, now),
            Wake::Accepted(connection) => self.accept(*connection, now),
            Wake::Ready(family, Ready::Readable(id)) => self.read(family, id, now),
            Wake::Ready(family, Ready::Writable(id)) => self.write(family, id, now),
            Wake::HandedOver => {}
            Wake::Deadline => self.expire(now),
        }
        Course::On
    }

    /// Carries out what is owed after anything has happened: actions, UPDATEs, the batch.
    fn settle(&mut self, now: Instant) {
        self.perform();
        for index in 0..self.links.len() {
            if (self.owes(index) || self.hears(index))
                && let Some(link) = self.links.get(index)
                && let Some((id, _)) = link.established
            {
                self.write(link.settings.transport(), id, now);
            }
        }
        self.perform();
        self.routes.hand_on_lost(&mut self.batch);
        let uplink = self.uplink.clone();
        while self.owes_uplink() {
            let turn = Arc::clone(&self.turns).try_acquire_many_owned(self.portion.shares);
            let (Ok(turn), Ok(slot)) = (turn, uplink.try_reserve()) else { break };
            slot.send(self.next_uplink(turn, now));
            self.routes.hand_on_lost(&mut self.batch);
        }
    }

    pub(super) fn link(&mut self, family: Family) -> Option<&mut Link> {
        self.links.iter_mut().find(|link| link.settings.transport() == family)
    }

    /// Whether sessions are wanted, by the configuration and by the operator.
    pub(super) fn state(&self) -> AdminState {
        match (self.settings.state, self.operator) {
            (AdminState::Enabled, AdminState::Enabled) => AdminState::Enabled,
            (AdminState::Disabled, _) | (_, AdminState::Disabled) => AdminState::Disabled,
        }
    }

    /// Prepares a session and starts it, unless the attachment is disabled.
    pub(super) fn begin(&mut self, settings: SessionSettings, now: Instant) {
        let id = LinkId(self.next_link);
        self.next_link = self.next_link.wrapping_add(1);
        self.next_seed =
            self.next_seed.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        let mut link = Link::new(id, settings, self.next_seed);
        self.recover(&mut link, now);
        if self.state() == AdminState::Enabled {
            link.peer.start(now, &mut link.actions);
        }
        self.links.push(link);
        self.listen(id);
    }

    /// Has the listener take the connections of a link's peer, unless the link is gone.
    fn listen(&mut self, id: LinkId) {
        let Some(link) = self.links.iter().find(|link| link.id == id) else { return };
        let (local, peer) = (link.settings.local_endpoint, link.settings.peer_endpoint.ip());
        let options = link.settings.options.clone();
        let (listeners, accepted) = (self.listeners.clone(), self.accepted.clone());
        self.errands.spawn(async move {
            Errand::Listening(id, listeners.register(local, peer, options, accepted).await)
        });
    }

    /// When [`expire`](Self::expire) is due, or a look for what keeps a session from working.
    fn deadline(&self) -> Option<Instant> {
        let diagnosis = (!self.links.is_empty()).then_some(self.next_diagnosis);
        self.links.iter().filter_map(Link::deadline).chain(diagnosis).min()
    }

    fn expire(&mut self, now: Instant) {
        for link in &mut self.links {
            if link.deadline().is_some_and(|deadline| deadline <= now) {
                link.peer.expire(now, &mut link.actions);
                self.routes.leave_stale(link.retention.expire(now));
                self.routes.leave_stale(link.refreshing.expire(now));
            }
        }
        self.answer_requests(now);
        if now >= self.next_diagnosis {
            self.next_diagnosis = now + DIAGNOSIS_INTERVAL;
            self.diagnose_md5();
            self.listen_where_nobody_does();
            self.diagnose_paths();
        }
    }

    /// Registers again with endpoints whose task has died.
    fn listen_where_nobody_does(&mut self) {
        let mut lost = Vec::new();
        for link in &mut self.links {
            if link.registration.take_if(|registration| registration.is_lost()).is_some() {
                lost.push(link.id);
            }
        }
        for id in lost {
            self.listen(id);
        }
    }

    fn diagnose_paths(&mut self) {
        for link in &mut self.links {
            if link.diagnose_path()
                && let Some((cause, remedy)) = link.path.diagnosis()
            {
                let message = format!("neighbor {}: {cause}; {remedy}", link.settings.peer_address);
                self.events.report(&self.settings.id, EventKind::SegmentsLost, message);
            }
        }
    }

    fn diagnose_md5(&mut self) {
        for link in &mut self.links {
            if let Some(diagnosis) = link.diagnose_md5() {
                let peer = link.settings.peer_address;
                let message = format!("neighbor {peer}: {diagnosis}; {}", diagnosis.remedy());
                self.events.report(&self.settings.id, EventKind::Md5Mismatch, message);
            }
        }
    }

    fn poll_wake(&mut self, context: &mut Context<'_>, reading: Reading) -> Poll<Wake> {
        while let Poll::Ready(Some(outcome)) = self.errands.poll_join_next(context) {
            // An errand that was called off has nothing to report.
            if let Ok(errand) = outcome {
                return Poll::Ready(Wake::Errand(errand));
            }
        }
        for (index, link) in self.links.iter().enumerate() {
            if let Poll::Ready(ready) = link.poll_ready(context, reading, self.owes(index)) {
                return Poll::Ready(Wake::Ready(link.settings.transport(), ready));
            }
        }
        Poll::Pending
    }

    fn command(&mut self, command: Command, now: Instant) -> Course {
        match command {
            Command::End(stop) => return Course::End(stop),
            #[cfg(any(test, feature = "fault-injection"))]
            #[allow(clippy::panic, reason = "it is what was asked for")]
            Command::Panic => panic!("a test wants it"),
            Command::Reconfigure(settings) => self.reconfigure(*settings, now),
            Command::Disable(text) => self.disable(text.as_deref(), now),
            Command::Enable => self.enable(now),
            Command::Sessions(reply) => {
                self.diagnose_md5();
                let (routes, state) = (&self.routes, self.state());
                let held = self.settings.held.as_ref();
                let views = self.links.iter().map(|link| answer::session(link, routes, state, held, now));
                let _ = reply.send(views.collect());
            }
            Command::Listening(reply) => {
                self.beginners.push(reply);
                self.report_listening();
            }
            Command::Limits(reply) => {
                let carried: Families =
                    self.links.iter().flat_map(|link| link.settings.families().iter()).collect();
                let _ = reply.send(answer::limits(&self.routes, carried, self.tripped));
            }
            Command::Prefixes(family, which, reply) => {
                let _ = reply.send(answer::prefixes(&self.routes, family, which));
            }
            Command::Received(prefixes, reply) => {
                let _ = reply.send(answer::received(&self.routes, &prefixes));
            }
            Command::Advertised(query, reply) => {
                let _ = reply.send(answer::advertised(&self.routes, &query));
            }
            Command::Lookup(address, reply) => {
                let _ = reply.send(answer::lookup(&self.routes, address));
            }
        }
        Course::On
    }

    fn downlink(&mut self, news: Downlink) {
        match news {
            Downlink::Octets { transport, session, octets } => self.hear(transport, session, octets),
            Downlink::Routes(offers) => {
                let exports: Vec<(Families, Export)> =
                    self.links.iter().map(|link| (link.settings.families(), link.settings.export)).collect();
                for (families, export) in exports {
                    for family in families.iter() {
                        self.routes.offer(family, &offers, &export);
                    }
                }
            }
            Downlink::Refresh => self.routes.repeat(&mut self.batch),
            Downlink::Complete => {
                // If it is to be asked for once more, this is the end of what was not kept.
                if self.initial_table == InitialTable::Arriving {
                    self.initial_table = InitialTable::Complete;
                }
                for index in 0..self.links.len() {
                    self.complete_initial_table(index);
                }
            }
        }
    }

    /// Has End-of-RIB follow the initial table of an established session.
    pub(super) fn complete_initial_table(&mut self, index: usize) {
        let Some(link) = self.links.get(index) else { return };
        if self.initial_table == InitialTable::Complete
            && self.settings.advertise != Advertise::Transit
            && let Some((_, negotiated)) = link.established
        {
            negotiated.families.iter().for_each(|family| self.routes.complete(family));
        }
    }

    fn errand(&mut self, errand: Errand, now: Instant) {
        match errand {
            Errand::Dialled(link, id, outcome) => self.dialled(link, id, outcome, now),
            Errand::ListenAgain(link) => self.listen(link),
            Errand::Listening(link, outcome) => {
                self.listening(link, outcome, now);
                self.report_listening();
            }
        }
    }

    fn listening(&mut self, id: LinkId, outcome: Result<Registration, ListenError>, now: Instant) {
        let Some(link) = self.links.iter_mut().find(|link| link.id == id) else { return };
        let error = match outcome {
            Ok(registration) => {
                link.registration = Some(registration);
                if link.unlistened.take().is_some() {
                    // What kept us from listening kept us from dialling too, and no waiting time is left of that.
                    link.peer.retry(now, &mut link.actions);
                }
                link.md5_is_innocent();
                return;
            }
            Err(error) => error,
        };
        let fault = (error.to_string(), error.remedy());
        if link.unlistened.as_ref() != Some(&fault) {
            let message = format!("neighbor {}: {}; {}", link.settings.peer_address, fault.0, fault.1);
            link.unlistened = Some(fault);
            self.events.report(&self.settings.id, EventKind::Unlistened, message);
        }
        let mut addresses = self.addresses.clone();
        self.errands.spawn(async move {
            tokio::select! {
                () = addresses.changed() => {}
                () = tokio::time::sleep(LISTEN_RETRY) => {}
            }
            Errand::ListenAgain(id)
        });
    }

    /// Answers who waits for the listeners, unless one has not been tried yet.
    fn report_listening(&mut self) {
        let tried = |link: &Link| link.registration.is_some() || link.unlistened.is_some();
        if self.links.iter().all(tried) {
            let bound = self.links.iter().filter(|link| link.registration.is_some()).count();
            let listening = Listening { bound, waiting: self.links.len() - bound };
            for reply in self.beginners.drain(..) {
                let _ = reply.send(listening);
            }
        }
    }

    fn owes_uplink(&self) -> bool {
        self.initial_table == InitialTable::Wanted
            || !self.batch.is_empty()
            || self.owes_about_hearing()
            || self.has_recovered()
    }

    fn next_uplink(&mut self, turn: OwnedSemaphorePermit, now: Instant) -> Uplink {
        if self.initial_table == InitialTable::Wanted {
            self.initial_table = InitialTable::Arriving;
            return Uplink::Resync(self.source);
        }
        if let Some(about) = self.next_about_hearing() {
            return about;
        }
        if self.batch.is_empty() && self.has_recovered() {
            self.restart = Restart::Over;
            return Uplink::Recovered(self.source);
        }
        self.portion = self.portions.next(now);
        let next = self.batch.next(self.portion.room);
        let batch = std::mem::replace(&mut self.batch, next);
        Uplink::Routes(RouteChanges { source: self.source, peer: self.peer, batch, turn: Some(turn) })
    }

    /// Stops every session and gives the peers a moment to read why.
    async fn end(mut self, stop: &Stop, now: Instant) {
        for link in &mut self.links {
            link.peer.stop(stop.clone(), now, &mut link.actions);
        }
        self.perform();
        self.errands.abort_all();
        // Whoever takes this place listens where we did.
        self.links.clear();
        while self.farewells.join_next().await.is_some() {}
    }
}

/// Connections accepted for an attachment, for [`Attachment::run`].
pub struct Inbox(mpsc::Receiver<Box<Connection>>);

/// Waits until a batch may be sent, and there is room for it.
async fn turn<'a>(
    turns: &Arc<Semaphore>,
    shares: u32,
    uplink: &'a mpsc::Sender<Uplink>,
) -> Option<(OwnedSemaphorePermit, mpsc::Permit<'a, Uplink>)> {
    let turn = Arc::clone(turns).acquire_many_owned(shares).await.ok()?;
    Some((turn, uplink.reserve().await.ok()?))
}
