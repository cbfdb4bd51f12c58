//! `msee check`.

use super::{diagnostics, exit::Failure, table::Look};
use crate::config::{self, Loaded};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Checks a configuration and shows all its errors at once.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Check {
    /// The configuration, TOML.
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,
}

impl Check {
    pub(super) fn perform(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let loaded = config::load(&self.config)?;
        let look = Look::of_stderr();
        for warning in &loaded.warnings {
            diagnostics::say(&diagnostics::text(warning, look));
        }
        Ok(writeln!(out, "{}", summary(&self.config, &loaded))?)
    }
}

/// `lab.toml: 1 circuit, 2 attachments, 2 sessions, 1 virtual network, no warning`.
fn summary(path: &Path, Loaded { plan, warnings, .. }: &Loaded) -> String {
    let sessions = plan.attachments.iter().map(|attachment| attachment.sessions.len()).sum();
    let counts = [
        (plan.circuits.len(), "circuit"),
        (plan.attachments.len(), "attachment"),
        (sessions, "session"),
        (plan.virtual_networks.len(), "virtual network"),
        (warnings.len(), "warning"),
    ];
    format!("{}: {}", path.display(), counts.map(|(count, noun)| counted(count, noun)).join(", "))
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}"),
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
