//! Files of data as the configuration names them.

use crate::config::{
    data_file::{self, Stamp},
    error::{DataFault, Span},
    report::Report,
};
use std::{
    fmt::Display,
    path::{Path, PathBuf},
};
use toml::Spanned;

/// A file that a key names, and the state that it is in.
pub(super) struct DataFile {
    key: &'static str,
    at: Span,
    path: PathBuf,
    pub(super) stamp: Stamp,
}

/// The file that a key names, if there is the key and the file.
pub(super) fn find(
    key: &'static str,
    written: Option<&Spanned<String>>,
    directory: &Path,
    report: &mut Report,
) -> Option<DataFile> {
    let written = written?;
    let path = directory.join(written.get_ref());
    match data_file::stamp(&path) {
        Ok(stamp) => Some(DataFile { key, at: written.span(), path, stamp }),
        Err(error) => {
            report.refuse(written.span(), DataFault::Unreadable { key, path, kind: error.kind() });
            None
        }
    }
}

impl DataFile {
    /// What a parser makes of the file, or nothing and a report.
    pub(super) fn parsed<T, E: Display>(
        file: Option<&Self>,
        parse: impl FnOnce(&[u8]) -> Result<T, E>,
        report: &mut Report,
    ) -> Option<T> {
        let Self { key, at, path, .. } = file?;
        let (key, path) = (*key, path.clone());
        let fault = match data_file::read(&path) {
            Err(error) => DataFault::Unreadable { key, path, kind: error.kind() },
            Ok(octets) => match parse(&octets) {
                Ok(parsed) => return Some(parsed),
                Err(malformed) => DataFault::Malformed { key, path, what: malformed.to_string() },
            },
        };
        report.refuse(at.clone(), fault);
        None
    }
}
