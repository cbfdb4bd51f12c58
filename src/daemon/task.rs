//! The daemon's own task: it starts everything, watches over it, and ends it.

use super::{
    events::{EntryKind, History},
    gateways::{self, TooManyPrefixes},
    handle::{Directory, Handle, ReloadRefused, Request},
    lower::{self, UnusableKey},
    redundancy::{Redundancy, Turn},
};
use crate::{
    attachment::{self, Attachment, Events, Start, Surroundings},
    azure::AttachmentId,
    backbone::{self, Attach, Backbone},
    config::{self, Document, Plan},
    rib::{Source, Uplink},
    session::Stop,
    transport::Listeners,
};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
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
/// Before an attachment whose task died is started again.
const RESTART_AFTER: Duration = Duration::from_secs(1);
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
    pub(super) document: Option<Document>,
    pub(super) running: BTreeMap<AttachmentId, Running>,
    pub(super) backbone: mpsc::Sender<backbone::Command>,
    pub(super) history: History,
    redundancy: Redundancy,
    started: Instant,
    backbone_task: JoinHandle<()>,
    uplink: mpsc::Sender<Uplink>,
    listeners: Listeners,
    tasks: JoinSet<()>,
    /// Which attachment a task is, and its number in the backbone.
    owners: HashMap<Id, (AttachmentId, Source)>,
    sources: u32,
    /// Attachments whose task died, each with the time to start it again, the next one first.
    restarts: VecDeque<(Instant, AttachmentId, Source)>,
    requests: mpsc::Receiver<Request>,
    events: mpsc::Receiver<attachment::Event>,
    event_sender: mpsc::Sender<attachment::Event>,
    directory: watch::Sender<Arc<Directory>>,
}

/// An attachment that runs.
pub(super) struct Running {
    pub(super) commands: mpsc::Sender<attachment::Command>,
    pub(super) source: Source,
}

impl Daemon {
    /// A daemon for a plan, with the handle to reach it. `file` is read again on a reload.
    ///
    /// Must be called in a tokio runtime: the backbone's task starts here.
    pub fn new(plan: Plan, file: Option<PathBuf>) -> (Self, Handle) {
        let (uplink, uplinks) = mpsc::channel(UPLINKS);
        let (backbone, commands) = mpsc::channel(COMMANDS);
        let backbone_task = tokio::spawn(Backbone::new(lower::mode(&plan)).run(uplinks, commands));
        let (request_sender, requests) = mpsc::channel(COMMANDS);
        let (event_sender, events) = mpsc::channel(EVENTS);
        let started = Instant::now();
        let (directory, reader) = watch::channel(Arc::new(Directory {
            plan: plan.clone(),
            file: file.clone(),
            started,
            attachments: BTreeMap::new(),
            backbone: backbone.clone(),
        }));
        let daemon = Self {
            plan,
            file,
            document: None,
            running: BTreeMap::new(),
            backbone,
            history: History::default(),
            redundancy: Redundancy::default(),
            started,
            backbone_task,
            uplink,
            listeners: Listeners::new(),
            tasks: JoinSet::new(),
            owners: HashMap::new(),
            sources: 0,
            restarts: VecDeque::new(),
            requests,
            events,
            event_sender,
            directory,
        };
        (daemon, Handle::new(request_sender, reader))
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
                () = sleep_until_first(&self.restarts) => self.restart().await,
            }
        };
        self.end().await;
        outcome
    }

    async fn start_all(&mut self) -> Result<(), DaemonError> {
        // A backbone that is gone is noticed by the loop.
        let _ = self.backbone.send(backbone::Command::Configure(lower::topology(&self.plan))).await;
        self.note_overloaded(&[]);
        for wanted in self.plan.attachments.clone() {
            let settings = lower::attachment(self.plan.transit, &wanted)?;
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
            Some(document) => document.succeeded_by(loaded.document).load(&self.plan),
        });
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(errors) => return Ok(Err(ReloadRefused::Invalid(errors))),
        };
        for warning in &loaded.warnings {
            tracing::warn!("{}", warning.plain());
        }
        let illegal = self.illegal(&loaded.plan).await;
        if !illegal.is_empty() {
            return Ok(Err(ReloadRefused::Illegal(illegal)));
        }
        self.document = Some(loaded.document);
        Ok(Ok(self.reconcile(loaded.plan).await?))
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
            events: Events::new(self.event_sender.clone()),
            start,
        };
        let (attachment, accepted) = Attachment::new(settings, source, surroundings, rand::random());
        let task = self.tasks.spawn(attachment.run(accepted, inbox, downlinks));
        self.owners.insert(task.id(), (id.clone(), source));
        self.running.insert(id, Running { commands, source });
    }

    /// An attachment's task is over, asked to or not.
    async fn ended(&mut self, task: Id, died: Option<String>) {
        let Some((id, source)) = self.owners.remove(&task) else { return };
        let _ = self.uplink.send(Uplink::Ended(source)).await;
        let wanted = self.running.get(&id).is_some_and(|running| running.source == source);
        if !wanted {
            return;
        }
        let why = died.unwrap_or_else(|| "it ended unasked".to_owned());
        let message = format!("the task has died and is started again: {why}");
        tracing::error!(attachment = %id, "{message}");
        self.note(Some(id.clone()), EntryKind::TaskRestarted, message);
        self.restarts.push_back((Instant::now() + RESTART_AFTER, id, source));
    }

    /// Starts the attachment again that has waited longest, if it is still wanted.
    async fn restart(&mut self) {
        let Some((_, id, source)) = self.restarts.pop_front() else { return };
        if self.running.get(&id).is_some_and(|running| running.source == source)
            && let Some(wanted) = self.plan.attachment(&id)
            && let Ok(settings) = lower::attachment(self.plan.transit, wanted)
        {
            self.start(settings, Start::Restart).await;
            self.publish();
        }
    }

    /// Shows readers what runs now.
    pub(super) fn publish(&self) {
        let attachments =
            self.running.iter().map(|(id, running)| (id.clone(), running.commands.clone())).collect();
        self.directory.send_replace(Arc::new(Directory {
            plan: self.plan.clone(),
            file: self.file.clone(),
            started: self.started,
            attachments,
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
        self.backbone_task.abort();
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

/// Waits until the first restart is due; for ever if there is none.
async fn sleep_until_first<T>(restarts: &VecDeque<(Instant, AttachmentId, T)>) {
    match restarts.front() {
        Some((due, ..)) => tokio::time::sleep_until((*due).into()).await,
        None => std::future::pending().await,
    }
}
