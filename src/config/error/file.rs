//! Faults of the file and of its shape.

use std::{io::ErrorKind, path::PathBuf};

/// The file cannot be read, or says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// The system refuses it.
    #[error("cannot be read: {words}", words = in_words(*.0))]
    Unreadable(ErrorKind),
    /// A directory stands where a file is needed.
    #[error("is a directory")]
    Directory(PathBuf),
    /// Larger than any configuration.
    #[error("is larger than {0} MiB")]
    TooLarge(u64),
    /// TOML is UTF-8.
    #[error("octet {0:#04x} is not UTF-8")]
    NotUtf8(u8),
    /// Not TOML.
    #[error("not valid TOML: {0}")]
    Syntax(String),
    /// No circuit.
    #[error("no circuit is configured: there is nothing to run")]
    NothingToRun,
}

/// A key, or the type of its value, that no table has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeFault {
    /// A key that the table does not know.
    #[error("unknown key {key:?}")]
    UnknownKey {
        /// The key as written.
        key: String,
        /// The one that was probably meant.
        nearest: Option<String>,
        /// Every key of the table.
        known: Vec<String>,
    },
    /// A value of the wrong type.
    #[error("{key}: {mismatch}")]
    WrongType {
        /// The key.
        key: String,
        /// Found and expected type.
        mismatch: String,
    },
    /// `[circuit]` or `circuit = …` where `[[circuit]]` is needed.
    #[error("this is not a {header} table")]
    NotRepeated {
        /// The table as its header is written.
        header: &'static str,
    },
    /// A key that the table must have.
    #[error("{key} is missing in {table}")]
    Missing {
        /// The key.
        key: &'static str,
        /// The table as its header is written.
        table: &'static str,
        /// A line that would do.
        example: String,
    },
    /// More errors than anybody reads.
    #[error("more than {0} keys are unknown or of the wrong type; the rest is not shown")]
    TooMany(usize),
}

/// The system's reason, where the standard library's words are for programmers.
pub(super) fn in_words(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::NotFound => "no such file".to_owned(),
        ErrorKind::InvalidData => "it is not text in UTF-8".to_owned(),
        ErrorKind::InvalidInput | ErrorKind::IsADirectory => "it is not a regular file".to_owned(),
        other => other.to_string(),
    }
}

impl FileFault {
    pub(crate) fn remedy(&self) -> String {
        match self {
            Self::Unreadable(ErrorKind::NotFound) => "check the path; relative paths start here".to_owned(),
            Self::Unreadable(ErrorKind::PermissionDenied) => "let the daemon's user read the file".to_owned(),
            Self::Unreadable(_) => "name a regular file that can be read".to_owned(),
            Self::Directory(path) => {
                format!("name the file inside it, for example {}", path.join("msee.toml").display())
            }
            Self::TooLarge(_) => "check that the path names a configuration".to_owned(),
            Self::NotUtf8(_) => "save the file as UTF-8".to_owned(),
            Self::Syntax(_) => "correct the syntax; strings stand in quotes, tables in [brackets]".to_owned(),
            Self::NothingToRun => "add a [[circuit]] with a [[circuit.peering]]; config/minimal.toml is the \
                                   shortest example"
                .to_owned(),
        }
    }
}

impl ShapeFault {
    pub(crate) fn remedy(&self) -> String {
        match self {
            Self::UnknownKey { nearest, known, .. } => {
                let known = known.join(", ");
                match nearest {
                    Some(nearest) => format!("did you mean {nearest}? the keys here are {known}"),
                    None => format!("remove it; the keys here are {known}"),
                }
            }
            Self::WrongType { key, mismatch } => match mismatch.rsplit("expected ").next() {
                Some("a string") => format!("write {key} = \"…\", in quotes"),
                Some("an integer") => format!("write {key} as a number, without quotes"),
                Some("a boolean") => format!("write {key} = true or {key} = false, without quotes"),
                Some("a sequence") => format!("write {key} = […], in brackets"),
                _ => format!("correct the value of {key}"),
            },
            Self::NotRepeated { header } => {
                format!("write {header}, in double brackets: there may be several")
            }
            Self::Missing { example, .. } => format!("add {example}"),
            Self::TooMany(_) => "correct these first".to_owned(),
        }
    }
}
