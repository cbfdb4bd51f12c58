//! What outlives the process: what operations have made of the file, and which sessions the operator has stopped.
//!
//! One file in `state_dir`, replaced as a whole: what is written is beside it until it is complete.

use crate::{
    azure::AttachmentId,
    config::{Loaded, Overlay},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The file in the state directory.
const FILE: &str = "operations.toml";
/// Shared keys may stand in it.
const OWNER_ONLY: u32 = 0o600;
const HEADING: &str = "# What was done on the running daemon, and is done again when it starts. Written by msee: a change of this\n\
    # file while the daemon runs is lost.\n\n";

/// Sessions that the operator has stopped, with the text that the peer was told.
pub(super) type Stopped = BTreeMap<AttachmentId, Option<String>>;

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    pub(super) overlay: Overlay,
    pub(super) stopped: Stopped,
}

/// The same as it is written.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    change: Overlay,
    #[serde(default)]
    disabled: Vec<Disabled>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Disabled {
    attachment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// A state file that cannot be used.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    #[error("{}", .0.to_string().trim_end())]
    Malformed(#[from] toml::de::Error),
    #[error(transparent)]
    NotAnAttachment(#[from] crate::azure::peering::NotAName),
}

/// What a daemon starts from.
pub(super) struct Restored {
    /// The configuration with what was done before.
    pub(super) loaded: Loaded,
    pub(super) stopped: Stopped,
    /// What is to be said about it.
    pub(super) notes: Vec<Note>,
}

/// Something to be said about the state that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// It holds again.
    Restored(String),
    /// All or a part of it does not.
    Refused(String),
}

/// Reads the state beside a configuration. A file that cannot be used is set aside, and the daemon starts without it.
pub(super) fn restore(loaded: Loaded) -> Restored {
    let nothing = |loaded, notes| Restored { loaded, stopped: Stopped::new(), notes };
    let Some(directory) = loaded.plan.daemon.state_dir.clone() else { return nothing(loaded, Vec::new()) };
    let path = directory.join(FILE);
    let state = match read(&path) {
        Ok(None) => return nothing(loaded, Vec::new()),
        Ok(Some(state)) => state,
        Err(broken) => return nothing(loaded, vec![set_aside(&path, &broken.to_string())]),
    };
    let (document, dropped) = loaded.document.clone().with(&state.overlay);
    let restored = match document.load(&loaded.plan) {
        Ok(restored) => restored,
        Err(errors) => {
            let why = errors.iter().next().map_or_else(String::new, |error| error.plain().to_string());
            return nothing(loaded, vec![set_aside(&path, &why.replace("\n  ", "; "))]);
        }
    };
    let mut notes = Vec::new();
    let mut held: Vec<String> = document.overlay().changes().iter().map(ToString::to_string).collect();
    let exists = |id: &AttachmentId| restored.plan.attachment(id).is_some();
    let stopped: Stopped = state.stopped.into_iter().filter(|(id, _)| exists(id)).collect();
    held.extend(stopped.keys().map(|id| format!("{id} disabled")));
    if !held.is_empty() {
        notes.push(Note::Restored(format!("as it was before the start: {}", held.join("; "))));
    }
    if !dropped.is_empty() {
        let dropped: Vec<String> = dropped.iter().map(ToString::to_string).collect();
        notes.push(Note::Refused(format!(
            "the configuration file has changed since, and holds instead of: {}; repeat the operation if it is wanted",
            dropped.join("; ")
        )));
    }
    Restored { loaded: restored, stopped, notes }
}

fn read(path: &Path) -> Result<Option<State>, Broken> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Written { change, disabled } = toml::from_str(&text)?;
    let stopped = disabled.into_iter().map(|one| Ok((one.attachment.parse()?, one.message)));
    Ok(Some(State { overlay: change, stopped: stopped.collect::<Result<_, Broken>>()? }))
}

/// Keeps a file that cannot be used from being overwritten.
fn set_aside(path: &Path, why: &str) -> Note {
    let aside = path.with_extension("toml.broken");
    let (path, aside, moved) = (path.display(), aside.display(), fs::rename(path, &aside));
    let where_it_is = match moved {
        Ok(()) => format!("it is now {aside}; put it right, move it back and start again"),
        Err(error) => format!("and it cannot be moved to {aside}: {error}; put it right and start again"),
    };
    Note::Refused(format!("{path} cannot be used, so nothing of before holds: {why}; {where_it_is}"))
}

impl State {
    /// The text of the file.
    pub(super) fn text(&self) -> String {
        let disabled = self.stopped.iter();
        let disabled = disabled
            .map(|(id, message)| Disabled { attachment: id.to_string(), message: message.clone() })
            .collect();
        let written = Written { change: self.overlay.clone(), disabled };
        // Tables of strings, numbers and tables are always TOML.
        HEADING.to_owned() + &toml::to_string(&written).unwrap_or_default()
    }
}

/// Writes the file of a state directory, which is made if it is missing.
pub(super) fn write(directory: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let path = directory.join(FILE);
    let beside = path.with_extension("toml.new");
    let outcome = write_all(&beside, text).and_then(|()| fs::rename(&beside, &path));
    if outcome.is_err() {
        // Half a file on a full disk helps nobody.
        let _ = fs::remove_file(&beside);
    }
    outcome?;
    File::open(directory)?.sync_all()
}

fn write_all(path: &PathBuf, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(OWNER_ONLY).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
