//! Files that hold one secret: the key of a peering, the token of the control endpoint.

use crate::config::{
    error::{Concern, Span},
    report::Report,
};
use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

/// Longer files hold no secret of ours; the rest is not read.
const LONGEST: u64 = 4_096;

/// The text of the file without the end of its line. Warns if others can read it as well.
pub(super) fn read(path: &Path, at: Span, report: &mut Report) -> io::Result<String> {
    // Opening a pipe that nobody writes to would wait for ever.
    if !path.metadata()?.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    if is_open_to_others(path) {
        report.warn(at, Concern::SecretIsReadable(path.to_owned()));
    }
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text)
}

/// Whether every user of the machine may read a file.
pub(in crate::config) fn is_open_to_others(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}
