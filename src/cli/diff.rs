//! `msee diff`.

use super::{
    exit::Failure,
    output::{OutputArgs, Screen},
    reload,
};
use crate::{
    api::{Client, schema::DiffRequest},
    config,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Shows what a reload of a file would change, and which sessions it would reset.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Diff {
    /// The configuration, TOML.
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl Diff {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let request = request(&self.config)
            .map_err(|source| Failure::Unreadable { path: self.config.clone(), source })?;
        screen.show(&client.diff(&request).await?, reload::changes)
    }
}

/// The file for the daemon, which may not run in the same directory.
fn request(path: &Path) -> io::Result<DiffRequest> {
    let text = fs::read_to_string(path)?;
    Ok(DiffRequest { name: path.display().to_string(), directory: config::directory_of(path)?, text })
}
