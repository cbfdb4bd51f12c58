//! The daemon's own task: it starts everything, watches over it, and ends it.

use super::{
    events::{EntryKind, History},
    gateways::{self, TooManyPrefixes},
    handle::{Directory, Handle, ReloadRefused, Request},
    keeper::{self, Keeper},
    links::Links,
    lower::{self, UnusableKey},
    redundancy::{Redundancy, Turn},
    restarts::Restarts,
    rtr::{self, Rtr},
    state::{self, Restored, Stopped},
    surplus::Surplus,
};
use crate::{
    attachment::{self, Attachment, Events, LastWord, Start, Surroundings},
    azure::AttachmentId,
    backbone::{self, Attach, Backbone},
    config::{self, Document, Loaded, Plan, Shard},
    deadline::sleep_until_or_never,
    rib::{Source, Uplink},
    session::Stop,
    transport::{AddressNews, Listeners},
};
use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    sync::{mpsc, watch},
    task::{Id, JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

/// Messages that may wait for the backbone; each is one read of one socket at most.
const UPLINKS: usize = 256;
/// Messages that may wait for an attachment.
const DOWNLINKS: usize = 64;
/// Questions that may wait, for anybody.
const COMMANDS: usize = 32;
/// Events that may wait for the history.
const EVENTS: usize = 4096;
/// How long the end of everything may take.
const END_WITHIN: Duration = Duration::from_secs(5);

/// Why a daemon ends by itself.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The task behind both routers died: no route can be trusted any more.
    #[error("the backbone's task has died: {0}")]
    BackboneDied(String),
    /// A plan that TCP cannot carry out.
    #[error(transparent)]
    UnusableKey(#[from] UnusableKey),
}

/// A daemon that has been told what to be, and not been started.
pub struct Daemon {
    pub(super) plan: Plan,
    pub(super) file: Option<PathBuf>,
    /// What the plan comes from, with what operations have made of it.
    pub(super) document: Option<Arc<Document>>,
    /// Attachments whose sessions the operator has stopped.
    pub(super) stopped: Stopped,
    /// With a state directory.
    pub(super) keeper: Option<Keeper>,
    /// With an RTR server.
    pub(super) rtr: Option<Rtr>,
    /// How often one has said something new.
    pub(super) heard: u64,
    shard: Option<Shard>,
    pub(super) running: BTreeMap<AttachmentId, Running>,
    pub(super) backbone: mpsc::Sender<backbone::Command>,
    pub(super) history: History,
    redundancy: Redundancy,
    started: Instant,
    backbone_task: JoinHandle<()>,
    uplink: mpsc::Sender<Uplink>,
    last_word: LastWord,
    listeners: Listeners,
    tasks: JoinSet<()>,
    /// Which attachment a task is, and its number in the backbone.
    owners: HashMap<Id, (AttachmentId, Source)>,
    sources: u32,
    pub(super) restarts: Restarts,
    pub(super) surplus: Surplus,
    requests: mpsc::Receiver<Request>,
    events: mpsc::Receiver<attachment::Event>,
    event_sender: mpsc::Sender<attachment::Event>,
    directory: watch::Sender<Arc<Directory>>,
    pub(super) links: Links,
    addresses: AddressNews,
}

/// An attachment that runs.
pub(super) struct Running {
    pub(super) commands: mpsc::Sender<attachment::Command>,
    pub(super) source: Source,
    started: Instant,
}

impl Daemon {
    /// A daemon for a plan, with the handle to reach it. `file` is read again on a reload.
    ///
    /// Must be called in a tokio runtime: the backbone's task starts here.
    pub fn new(plan: Plan, file: Option<PathBuf>) -> (Self, Handle) {
        Self::beside(plan, file, None)
    }

    /// A daemon for a configuration that was read from `file`, as it was when it ended last: what was done then is in
    /// the state directory, if there is one. Its circuits can be operated on.
    ///
    /// Must be called in a tokio runtime, as [`Daemon::new`].
    pub fn from_configuration(loaded: Loaded, file: PathBuf) -> (Self, Handle) {
        let Restored { loaded, stopped, notes } = state::restore(loaded);
        let keeper = loaded.plan.daemon.state_dir.clone().map(Keeper::start);
        let (mut daemon, handle) = Self::beside(loaded.plan, Some(file), keeper);
        daemon.document = Some(Arc::new(loaded.document));
        daemon.stopped = stopped;
        for note in notes {
            daemon.note_state(note);
        }
        (daemon, handle)
    }

    fn beside(plan: Plan, file: Option<PathBuf>, keeper: Option<Keeper>) -> (Self, Handle) {
        let (uplink, uplinks) = mpsc::channel(UPLINKS);
        let (backbone, commands) = mpsc::channel(COMMANDS);
        let backbone_task = tokio::spawn(Backbone::new(lower::mode(&plan)).run(uplinks, commands));
        let (request_sender, requests) = mpsc::channel(COMMANDS);
        let (event_sender, events) = mpsc::channel(EVENTS);
        let started = Instant::now();
        let (directory, reader) = watch::channel(Arc::new(Directory {
            plan: plan.clone(),
            file: file.clone(),
            document: None,
            rtr: None,
            shard: None,
            started,
            attachments: BTreeMap::new(),
            deaths: BTreeMap::new(),
            backbone: backbone.clone(),
        }));
        let keeping = keeper.as_ref().map(|keeper| keeper.keeping.clone());
        let daemon = Self {
            plan,
            file,
            document: None,
            stopped: Stopped::new(),
            keeper,
            rtr: None,
            heard: 0,
            shard: None,
            running: BTreeMap::new(),
            backbone,
            history: History::default(),
            redundancy: Redundancy::default(),
            started,
            backbone_task,
            uplink,
            last_word: LastWord::default(),
            listeners: Listeners::new(),
            tasks: JoinSet::new(),
            owners: HashMap::new(),
            sources: 0,
            restarts: Restarts::default(),
            surplus: Surplus::default(),
            requests,
            events,
            event_sender,
            directory,
            links: Links::default(),
            addresses: AddressNews::listen().unwrap_or_else(|error| {
                tracing::warn!(%error, "no news of links: what is not there yet is tried again every few seconds");
                AddressNews::none()
            }),
        };
        (daemon, Handle::new(request_sender, reader, keeping))
    }

    /// The same daemon, which serves only its part of the circuits: now, and after each reload.
    #[must_use]
    pub fn with_shard(mut self, shard: Option<Shard>) -> Self {
        self.shard = shard;
        self.plan = self.own_part(self.plan.clone());
        self.publish();
        self
    }

    /// What is served of a plan; what cannot work because of that is logged.
    pub(super) fn own_part(&self, plan: Plan) -> Plan {
        let Some(shard) = self.shard else { return plan };
        let (part, cuts) = shard.of_plan(plan);
        for cut in cuts {
            tracing::warn!("{cut}; {}", cut.remedy());
        }
        part
    }

    /// Starts every attachment of the plan and serves until `stop`, then shuts all sessions down with Cease/2.
    ///
    /// # Errors
    /// [`DaemonError`] if it cannot go on; the sessions are shut down then as well.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), DaemonError> {
        self.start_all().await?;
        let outcome = loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break Ok(()),
                Some(request) = self.requests.recv() => if let Err(error) = self.serve(request).await {
                    break Err(error);
                },
                ended = &mut self.backbone_task => {
                    let why = ended.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string());
                    break Err(DaemonError::BackboneDied(why));
                }
                Some(ended) = self.tasks.join_next_with_id() => match ended {
                    Ok((task, ())) => self.ended(task, None).await,
                    Err(error) => self.ended(error.id(), Some(error.to_string())).await,
                },
                Some(event) = self.events.recv() => self.record(event),
                turn = keeper::turn(&mut self.keeper) => self.note_keeping(turn),
                news = rtr::news(&mut self.rtr) => if let Err(error) = self.hear(news).await {
                    break Err(error);
                },
                () = sleep_until_or_never(self.restarts.next()) => self.restart().await,
                () = sleep_until_or_never(self.surplus.due()) => self.surplus.give_back(),
                () = self.addresses.changed(), if self.links.are_managed() => self.settle_links().await,
            }
        };
        self.end().await;
        outcome
    }

    async fn start_all(&mut self) -> Result<(), DaemonError> {
        // A backbone that is gone is noticed by the loop.
        let _ = self.backbone.send(backbone::Command::Configure(lower::topology(&self.plan))).await;
        self.note_overloaded(&[]);
        self.follow_rtr();
        self.surplus.note(Instant::now());
        let settle = |wanted| lower::attachment(self.plan.transit, wanted);
        let settings = self.plan.attachments.iter().map(settle).collect::<Result<Vec<_>, _>>()?;
        self.settle_links().await;
        for settings in settings {
            self.start(settings, Start::Restart).await;
        }
        self.publish();
        Ok(())
    }

    async fn serve(&mut self, request: Request) -> Result<(), DaemonError> {
        match request {
            Request::Events { after, limit, of, reply } => {
                let _ = reply.send(self.history.entries(after, limit, of.as_ref()));
            }
            Request::Apply(plan, reply) => {
                let difference = self.reconcile(*plan).await?;
                let _ = reply.send(difference);
            }
            Request::Operate(operation, reply) => {
                let outcome = self.operate(&operation).await?;
                let _ = reply.send(outcome);
            }
            Request::Disable { which, text, reply } => {
                let _ = reply.send(self.disable(which, text.as_deref()).await);
            }
            Request::Enable { which, reply } => {
                let _ = reply.send(self.enable(&which).await);
            }
            Request::Reload(reply) => {
                let outcome = self.reload().await?;
                self.note_reload(&outcome);
                let _ = reply.send(outcome);
            }
        }
        Ok(())
    }

    /// Reads the file again and applies what has changed, if Azure would.
    async fn reload(&mut self) -> Result<Result<config::Difference, ReloadRefused>, DaemonError> {
        let Some(file) = self.file.as_deref() else { return Ok(Err(ReloadRefused::NoFile)) };
        let loaded = config::load_after(file, Some(&self.plan)).and_then(|loaded| match &self.document {
            None => Ok(loaded),
            Some(document) => document.succeeded_by(loaded, &self.plan),
        });
        let mut loaded = match loaded {
            Ok(loaded) => loaded,
            Err(errors) => return Ok(Err(ReloadRefused::Invalid(errors))),
        };
        for warning in &loaded.warnings {
            tracing::warn!("{}", warning.plain());
        }
        loaded.plan = self.own_part(loaded.plan);
        let illegal = self.illegal(&loaded.plan).await;
        if !illegal.is_empty() {
            return Ok(Err(ReloadRefused::Illegal(illegal)));
        }
        self.document = Some(Arc::new(loaded.document));
        let difference = self.reconcile(loaded.plan).await?;
        self.keep();
        Ok(Ok(difference))
    }

    fn note_reload(&mut self, outcome: &Result<config::Difference, ReloadRefused>) {
        let (kind, message) = match outcome {
            Ok(difference) if difference.is_empty() => {
                (EntryKind::ReloadApplied, "configuration read again: nothing has changed".to_owned())
            }
            Ok(difference) => {
                let changes: Vec<String> = difference.changes.iter().map(ToString::to_string).collect();
                (EntryKind::ReloadApplied, format!("configuration applied: {}", changes.join("; ")))
            }
            Err(refused) => {
                let first = match refused {
                    ReloadRefused::Invalid(errors) => {
                        errors.iter().next().map(|error| error.plain().to_string().replace("\n  ", "; "))
                    }
                    ReloadRefused::NoFile | ReloadRefused::Illegal(_) | ReloadRefused::Ending(_) => None,
                };
                let why = first.map_or_else(String::new, |first| format!(": {first}"));
                (EntryKind::ReloadRefused, format!("configuration refused, nothing changed: {refused}{why}"))
            }
        };
        if outcome.is_ok() {
            tracing::info!("{message}");
        } else {
            tracing::error!("{message}");
        }
        self.note(None, kind, message);
    }

    /// Notes the gateways' connections that are down now, except those that were before.
    pub(super) fn note_overloaded(&mut self, before: &[TooManyPrefixes]) {
        for down in gateways::overloaded(&self.plan) {
            if !before.contains(&down) {
                tracing::warn!("{down}");
                self.note(None, EntryKind::ConnectionDown, down.to_string());
            }
        }
    }

    pub(super) fn note(&mut self, attachment: Option<AttachmentId>, kind: EntryKind, message: String) {
        self.history.push(SystemTime::now(), attachment, kind, message);
    }

    fn record(&mut self, event: attachment::Event) {
        let attachment::Event { attachment, kind, message } = event;
        let turn = self.redundancy.note(&attachment, kind);
        if kind == attachment::EventKind::SessionDown {
            self.surplus.note(Instant::now());
        }
        self.note(Some(attachment), EntryKind::Attachment(kind), message);
        match turn {
            Some(Turn::Restored(message)) => self.note(None, EntryKind::RedundancyRestored, message),
            Some(Turn::Lost(message)) => self.note(None, EntryKind::RedundancyLost, message),
            None => {}
        }
    }

    /// Starts the task of an attachment.
    pub(super) async fn start(&mut self, settings: attachment::Settings, start: Start) {
        self.sources += 1;
        let source = Source(self.sources);
        let id = settings.id.clone();
        let (downlink, downlinks) = mpsc::channel(DOWNLINKS);
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let deferral = match start {
            Start::Restart => settings.deferral_time(),
            Start::New => None,
        };
        let attach = Attach { source, id: id.clone(), downlink, deferral };
        let _ = self.backbone.send(backbone::Command::Attach(attach)).await;
        let surroundings = Surroundings {
            listeners: self.listeners.clone(),
            uplink: self.uplink.clone(),
            last_word: self.last_word.clone(),
            events: Events::new(self.event_sender.clone()),
            addresses: self.addresses.clone(),
            start,
        };
        let (attachment, accepted) = Attachment::new(settings, source, surroundings, rand::random());
        let attachment = if self.stopped.contains_key(&id) { attachment.stopped() } else { attachment };
        let task = self.tasks.spawn(Box::new(attachment).run(accepted, inbox, downlinks));
        self.owners.insert(task.id(), (id.clone(), source));
        self.running.insert(id, Running { commands, source, started: Instant::now() });
    }

    /// An attachment's task is over, asked to or not.
    async fn ended(&mut self, task: Id, died: Option<String>) {
        let Some((id, source)) = self.owners.remove(&task) else { return };
        let _ = self.uplink.send(Uplink::Ended(source)).await;
        let Some(running) = self.running.get(&id).filter(|running| running.source == source) else { return };
        let cause = died.unwrap_or_else(|| "it ended unasked".to_owned());
        let pause = self.restarts.died(&id, source, cause.clone(), running.started, Instant::now());
        let message = format!("the task has died and is started again in {} s: {cause}", pause.as_secs());
        tracing::error!(attachment = %id, "{message}");
        self.note(Some(id), EntryKind::TaskRestarted, message);
        self.publish();
    }

    /// Starts an attachment again whose pause is over, if it is still wanted.
    async fn restart(&mut self) {
        let Some((id, source)) = self.restarts.take_due(Instant::now()) else { return };
        if self.running.get(&id).is_some_and(|running| running.source == source)
            && let Some(wanted) = self.plan.attachment(&id)
            && let Ok(settings) = lower::attachment(self.plan.transit, wanted)
        {
            self.start(settings, Start::Restart).await;
        }
        self.publish();
    }

    /// Shows readers what runs now.
    pub(super) fn publish(&self) {
        let attachments =
            self.running.iter().map(|(id, running)| (id.clone(), running.commands.clone())).collect();
        self.directory.send_replace(Arc::new(Directory {
            plan: self.plan.clone(),
            file: self.file.clone(),
            document: self.document.clone(),
            rtr: self.rtr.as_ref().map(|rtr| rtr.status.clone()),
            shard: self.shard,
            started: self.started,
            attachments,
            deaths: self.restarts.deaths(),
            backbone: self.backbone.clone(),
        }));
    }

    async fn end(mut self) {
        let stop = Stop::Shutdown(Some("msee is shutting down".to_owned()));
        for running in self.running.values() {
            let _ = running.commands.send(attachment::Command::End(stop.clone())).await;
        }
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(END_WITHIN, all).await.is_err() {
            tracing::warn!("some sessions did not end in time and are cut off");
        }
        self.links.leave().await;
        self.backbone_task.abort();
        if let Some(keeper) = self.keeper.take() {
            keeper.end().await;
        }
    }

    /// Ends every attachment and the backbone, and starts anew for the plan as it is.
    pub(super) async fn start_over(&mut self) -> Result<(), DaemonError> {
        for running in std::mem::take(&mut self.running).into_values() {
            let _ = running.commands.send(attachment::Command::End(Stop::ConfigurationChange)).await;
        }
        while self.tasks.join_next().await.is_some() {}
        self.owners.clear();
        let (uplink, uplinks) = mpsc::channel(UPLINKS);
        let (backbone, commands) = mpsc::channel(COMMANDS);
        self.backbone_task.abort();
        self.backbone_task = tokio::spawn(Backbone::new(lower::mode(&self.plan)).run(uplinks, commands));
        self.uplink = uplink;
        self.backbone = backbone;
        self.start_all().await
    }
}
