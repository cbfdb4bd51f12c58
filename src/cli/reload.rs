//! `msee reload`, and how changes of a configuration are shown.

use super::{
    exit::Failure,
    output::{OutputArgs, Screen},
    table::{Column, Listing, Look, Tone, cell, toned},
};
use crate::api::{Client, schema::Changes};

/// Makes the daemon read its file again and apply what has changed.
///
/// A file with an error changes nothing. Sessions that the changes do not touch stay up.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Reload {
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl Reload {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        screen.show(&client.reload().await?, changes)
    }
}

const COLUMNS: &[Column] = &[Column::Text("Subject"), Column::Text("Session"), Column::Text("Change")];

/// Changes below each other, with what each does to sessions.
pub(super) fn changes(changes: &Changes, look: Look) -> String {
    if changes.changes.is_empty() {
        return "no change\n".into();
    }
    Listing::new(look, COLUMNS).rows(changes.changes.iter().map(|change| {
        let session = if change.resets { toned("resets", Tone::Warning) } else { cell("stays") };
        vec![cell(&change.subject), session, cell(&change.what)]
    }))
}
