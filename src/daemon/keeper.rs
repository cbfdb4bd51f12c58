//! The task that keeps the state on disk. Nobody waits for the disk but who wants to know that it is written.

use super::{
    events::EntryKind,
    state::{self, Note, State},
    task::Daemon,
};
use std::{path::PathBuf, time::Duration};
use tokio::{
    sync::watch,
    task::{JoinHandle, spawn_blocking},
};

/// Between attempts while the disk refuses.
const RETRY: Duration = Duration::from_secs(5);
/// How long an operator waits to hear whether his change is kept.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the daemon's end waits for the disk.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What shall be on disk; only the newest counts.
#[derive(Clone, Debug, Default)]
struct Draft {
    revision: u64,
    text: String,
}

/// How far the disk has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keeping {
    /// The newest state that was tried.
    revision: u64,
    /// Attempts that have failed since the start.
    pub errors: u64,
    /// Why the last attempt failed, if it did.
    pub failure: Option<String>,
}

/// Hands states to the task.
#[derive(Debug)]
pub(super) struct Keeper {
    wanted: watch::Sender<Draft>,
    pub(super) keeping: watch::Receiver<Keeping>,
    health: Health,
    task: JoinHandle<()>,
}

/// Whether the disk takes what it is given, as the last word about it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Works,
    Fails(String),
}

/// Says whether a change is kept.
#[derive(Clone, Debug)]
pub(super) struct Receipt {
    revision: u64,
    keeping: watch::Receiver<Keeping>,
}

impl Keeper {
    /// Starts the task for a state directory.
    pub(super) fn start(directory: PathBuf) -> Self {
        let (wanted, drafts) = watch::channel(Draft::default());
        let (outcomes, keeping) = watch::channel(Keeping::default());
        let task = tokio::spawn(keep(directory, drafts, outcomes));
        Self { wanted, keeping, health: Health::Works, task }
    }

    /// Has a state written, soon, if it is another one.
    pub(super) fn keep(&self, text: String) -> Receipt {
        self.wanted.send_if_modified(|draft| {
            let is_news = draft.text != text;
            if is_news {
                *draft = Draft { revision: draft.revision + 1, text };
            }
            is_news
        });
        Receipt { revision: self.wanted.borrow().revision, keeping: self.keeping.clone() }
    }

    /// Waits until the disk begins to refuse, or takes again what it is given; safe to cancel.
    async fn turn(&mut self) -> Health {
        loop {
            if self.keeping.changed().await.is_err() {
                return std::future::pending().await;
            }
            let failure = self.keeping.borrow_and_update().failure.clone();
            let now = failure.map_or(Health::Works, Health::Fails);
            if std::mem::discriminant(&now) != std::mem::discriminant(&self.health) {
                self.health = now.clone();
                return now;
            }
        }
    }

    /// Waits until the newest state has been tried, for a moment.
    pub(super) async fn end(self) {
        drop(self.wanted);
        // A disk that hangs does not keep the daemon from ending.
        let _ = tokio::time::timeout(LAST_WORDS, self.task).await;
    }
}

impl Receipt {
    /// Waits until the state has been tried; the failure if it is not kept.
    pub(super) async fn failure(mut self) -> Option<String> {
        let tried = self.keeping.wait_for(|keeping| keeping.revision >= self.revision);
        match tokio::time::timeout(PATIENCE, tried).await {
            Ok(Ok(keeping)) => keeping.failure.clone(),
            Ok(Err(_)) => None,
            Err(_) => Some("the disk does not answer".to_owned()),
        }
    }
}

/// Waits for a turn of the disk; for ever without a state directory.
pub(super) async fn turn(keeper: &mut Option<Keeper>) -> Health {
    match keeper {
        Some(keeper) => keeper.turn().await,
        None => std::future::pending().await,
    }
}

impl Daemon {
    /// Has what operations have made of the configuration written down, if there is a state directory.
    pub(super) fn keep(&self) -> Option<Receipt> {
        let keeper = self.keeper.as_ref()?;
        let overlay = self.document.as_ref().map(|document| document.overlay().clone()).unwrap_or_default();
        Some(keeper.keep(State { overlay, stopped: self.stopped.clone() }.text()))
    }

    pub(super) fn note_keeping(&mut self, turn: Health) {
        match turn {
            Health::Works => {
                let message = "what is done now outlives the daemon again".to_owned();
                tracing::info!("{message}");
                self.note(None, EntryKind::StateSaved, message);
            }
            Health::Fails(why) => {
                let message = format!(
                    "what is done now would not outlive the daemon: {why}; make room or mend the directory: it is tried \
                     again every {} s",
                    RETRY.as_secs()
                );
                tracing::error!("{message}");
                self.note(None, EntryKind::StateUnsaved, message);
            }
        }
    }

    pub(super) fn note_state(&mut self, note: Note) {
        match note {
            Note::Restored(message) => {
                tracing::info!("{message}");
                self.note(None, EntryKind::StateRestored, message);
            }
            Note::Refused(message) => {
                tracing::error!("{message}");
                self.note(None, EntryKind::StateRefused, message);
            }
        }
    }
}

async fn keep(directory: PathBuf, mut drafts: watch::Receiver<Draft>, outcomes: watch::Sender<Keeping>) {
    loop {
        let failing = outcomes.borrow().failure.is_some();
        tokio::select! {
            changed = drafts.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(RETRY), if failing => {}
        }
        let Draft { revision, text } = drafts.borrow_and_update().clone();
        let target = directory.clone();
        let outcome = spawn_blocking(move || state::write(&target, &text)).await;
        let failure = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(format!("{}: {error}", directory.display())),
            Err(died) => Some(died.to_string()),
        };
        outcomes.send_modify(|keeping| {
            keeping.revision = revision;
            keeping.errors += u64::from(failure.is_some());
            keeping.failure = failure;
        });
    }
}
