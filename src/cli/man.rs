//! `msee man`.

use super::{Cli, exit::Failure};
use clap::CommandFactory;
use std::{io, path::PathBuf};

/// Writes the man pages, one for each verb; for packages.
#[derive(Clone, Debug, clap::Args)]
#[command(hide = true)]
pub(super) struct Man {
    /// A directory that is there.
    directory: PathBuf,
}

impl Man {
    pub(super) fn perform(&self) -> Result<(), Failure> {
        let written = || -> io::Result<()> {
            std::fs::read_dir(&self.directory)?;
            clap_mangen::generate_to(Cli::command(), &self.directory)
        };
        written().map_err(|source| Failure::Unwritable { path: self.directory.clone(), source })
    }
}
