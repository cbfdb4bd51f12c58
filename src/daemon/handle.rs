//! How the rest of the process reaches a running daemon.

use super::{
    events::Entry,
    keeper::{Keeping, Receipt},
    lower,
    restarts::Deaths,
    rtr::RtrStatus,
};
use crate::{
    attachment::{self, Held, Listening, SessionView},
    azure::AttachmentId,
    backbone,
    config::{
        ConfigErrors, Document, Operation, Plan, Shard, diff::Difference, document::Forbidden, plan::Transit,
        transition::Illegal,
    },
};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Instant};
use tokio::sync::{mpsc, oneshot, watch};

/// What runs now: a snapshot that is replaced as a whole when the configuration changes.
#[derive(Debug)]
pub struct Directory {
    /// What was wanted last.
    pub plan: Plan,
    /// The file that the plan came from, if it came from one.
    pub file: Option<PathBuf>,
    /// That file, and what operations have made of it.
    pub document: Option<Arc<Document>>,
    /// The RTR server that is asked, if one is.
    pub rtr: Option<RtrStatus>,
    /// Which part of the file's circuits is served; all of them if absent.
    pub shard: Option<Shard>,
    /// When the daemon started.
    pub started: Instant,
    /// The attachments, to be asked.
    pub attachments: BTreeMap<AttachmentId, mpsc::Sender<attachment::Command>>,
    /// Those whose task has died at least once.
    pub deaths: BTreeMap<AttachmentId, Deaths>,
    /// The backbone, to be asked.
    pub backbone: mpsc::Sender<backbone::Command>,
}

/// The daemon, or what was asked in it, has ended meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it has ended meanwhile")]
pub struct Gone;

/// Why a configuration was not applied; the old one stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ReloadRefused {
    /// There is no file to read again.
    #[error("the daemon runs without a configuration file")]
    NoFile,
    /// The file has errors.
    #[error(transparent)]
    Invalid(#[from] ConfigErrors),
    /// Azure does not change circuits in that way.
    #[error("{}", listed(.0))]
    Illegal(Vec<Illegal>),
    /// The daemon is ending.
    #[error("the daemon is ending")]
    Ending(#[from] Gone),
}

/// Why an operation was not carried out; everything stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum OperationRefused {
    /// There is no configuration that could be changed.
    #[error("the daemon runs without a configuration file")]
    NoDocument,
    /// Nobody does that to a circuit.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The configuration that would come of it has errors.
    #[error(transparent)]
    Invalid(#[from] ConfigErrors),
    /// Azure does not change circuits in that way.
    #[error("{}", listed(.0))]
    Illegal(Vec<Illegal>),
    /// The daemon is ending.
    #[error("the daemon is ending")]
    Ending(#[from] Gone),
}

fn listed(illegal: &[Illegal]) -> String {
    illegal.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What an operation has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What has changed.
    pub difference: Difference,
    /// Why it would not outlive the process, although it should.
    pub unkept: Option<String>,
}

/// What the daemon's own task is asked to do.
pub(super) enum Request {
    Reload(oneshot::Sender<Result<Difference, ReloadRefused>>),
    Apply(Box<Plan>, oneshot::Sender<Difference>),
    Operate(Operation, oneshot::Sender<Result<(Difference, Option<Receipt>), OperationRefused>>),
    Disable { which: Vec<AttachmentId>, text: Option<String>, reply: oneshot::Sender<Option<Receipt>> },
    Enable { which: Vec<AttachmentId>, reply: oneshot::Sender<Option<Receipt>> },
    Events { after: Option<u64>, limit: usize, of: Option<AttachmentId>, reply: oneshot::Sender<Vec<Entry>> },
}

/// Reaches a running daemon; cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    directory: watch::Receiver<Arc<Directory>>,
    /// With a state directory.
    keeping: Option<watch::Receiver<Keeping>>,
}

impl Handle {
    pub(super) const fn new(
        requests: mpsc::Sender<Request>,
        directory: watch::Receiver<Arc<Directory>>,
        keeping: Option<watch::Receiver<Keeping>>,
    ) -> Self {
        Self { requests, directory, keeping }
    }

    /// How the state directory is written, if there is one.
    pub fn keeping(&self) -> Option<Keeping> {
        self.keeping.as_ref().map(|keeping| keeping.borrow().clone())
    }

    /// What runs now.
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory.borrow())
    }

    /// Waits until every attachment runs and has tried to listen.
    ///
    /// # Errors
    /// [`Gone`] if the daemon ends before that.
    pub async fn begun(&self) -> Result<Listening, Gone> {
        let mut directory = self.directory.clone();
        let all_run =
            |directory: &Arc<Directory>| directory.attachments.len() == directory.plan.attachments.len();
        let directory = Arc::clone(&*directory.wait_for(all_run).await.map_err(|_| Gone)?);
        let mut all = Listening::default();
        for commands in directory.attachments.values() {
            // One that has died meanwhile is started again, and listens then.
            if let Ok(Listening { bound, waiting }) = ask(commands, attachment::Command::Listening).await {
                all.bound += bound;
                all.waiting += waiting;
            }
        }
        Ok(all)
    }

    /// Reads the configuration file again and applies the difference.
    ///
    /// # Errors
    /// [`ReloadRefused`]; then everything is as it was.
    pub async fn reload(&self) -> Result<Difference, ReloadRefused> {
        self.request(Request::Reload).await?
    }

    /// Applies another plan.
    ///
    /// # Errors
    /// [`Gone`] if the daemon is ending.
    pub async fn apply(&self, plan: Plan) -> Result<Difference, Gone> {
        self.request(|reply| Request::Apply(Box::new(plan), reply)).await
    }

    /// Carries out an operation on a circuit.
    ///
    /// # Errors
    /// [`OperationRefused`]; then everything is as it was.
    pub async fn operate(&self, operation: Operation) -> Result<Done, OperationRefused> {
        let (difference, receipt) = self.request(|reply| Request::Operate(operation, reply)).await??;
        Ok(Done { difference, unkept: unkept(receipt).await })
    }

    /// Stops the sessions of attachments, with a text for the peers, until they are enabled again; returns why that
    /// would not outlive the process, if it should.
    ///
    /// # Errors
    /// [`Gone`] if the daemon is ending.
    pub async fn disable(
        &self,
        which: Vec<AttachmentId>,
        text: Option<String>,
    ) -> Result<Option<String>, Gone> {
        Ok(unkept(self.request(|reply| Request::Disable { which, text, reply }).await?).await)
    }

    /// Starts the sessions of attachments again; returns as [`Handle::disable`].
    ///
    /// # Errors
    /// [`Gone`] if the daemon is ending.
    pub async fn enable(&self, which: Vec<AttachmentId>) -> Result<Option<String>, Gone> {
        Ok(unkept(self.request(|reply| Request::Enable { which, reply }).await?).await)
    }

    /// Up to `limit` events, oldest first: those behind `after`, or else the newest; of one attachment, or of all.
    ///
    /// # Errors
    /// [`Gone`] if the daemon is ending.
    pub async fn events(
        &self,
        after: Option<u64>,
        limit: usize,
        of: Option<AttachmentId>,
    ) -> Result<Vec<Entry>, Gone> {
        self.request(|reply| Request::Events { after, limit, of, reply }).await
    }

    async fn request<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T, Gone> {
        ask(&self.requests, request).await
    }
}

impl Directory {
    /// Asks an attachment something; `None` if there is no such attachment.
    pub async fn ask<T>(
        &self,
        id: &AttachmentId,
        question: impl FnOnce(oneshot::Sender<T>) -> attachment::Command,
    ) -> Option<Result<T, Gone>> {
        Some(ask(self.attachments.get(id)?, question).await)
    }

    /// The sessions of an attachment that waits to be started again; none if it does not.
    pub fn sessions_at_rest(&self, id: &AttachmentId) -> Vec<SessionView> {
        let waits = self.deaths.get(id).filter(|deaths| deaths.again_at.is_some());
        let settings =
            self.plan.attachment(id).and_then(|wanted| lower::attachment(self.plan.transit, wanted).ok());
        let (Some(deaths), Some(mut settings)) = (waits, settings) else { return Vec::new() };
        settings.held = Some(Held {
            cause: format!("the peering's task has died and is started again: {}", deaths.cause),
            remedy: "this is an error of msee: report it with the log".to_owned(),
        });
        attachment::sessions_at_rest(&settings)
    }

    /// True if an attachment's peer is told what all peers of an open transit are told: then the backbone knows what.
    pub fn is_told_by_the_backbone(&self, id: &AttachmentId) -> bool {
        self.plan.transit == Transit::Open && self.attachments.contains_key(id)
    }

    /// Asks the backbone something.
    ///
    /// # Errors
    /// [`Gone`] if the daemon is ending.
    pub async fn ask_backbone<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<T>) -> backbone::Command,
    ) -> Result<T, Gone> {
        ask(&self.backbone, question).await
    }
}

async fn unkept(receipt: Option<Receipt>) -> Option<String> {
    match receipt {
        Some(receipt) => receipt.failure().await,
        None => None,
    }
}

/// Sends a question with the place for its answer, and waits for that.
async fn ask<Q, T>(
    whom: &mpsc::Sender<Q>,
    question: impl FnOnce(oneshot::Sender<T>) -> Q,
) -> Result<T, Gone> {
    let (reply, answer) = oneshot::channel();
    whom.send(question(reply)).await.map_err(|_| Gone)?;
    tokio::select! {
        biased;
        answer = answer => answer.map_err(|_| Gone),
        // A question that is sent just as the task ends stays in the channel, and its reply with it.
        () = whom.closed() => Err(Gone),
    }
}
