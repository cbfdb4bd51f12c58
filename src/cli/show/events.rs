//! `msee show events`.

use crate::{
    api::{
        Client,
        schema::{Event, EventKind, EventsQuery},
    },
    cli::{
        exit::Failure,
        output::{Format, Screen},
        table::{Column, Listing, Look, Tone, cell, optional, toned},
        time_text,
    },
};
use comfy_table::Cell;
use std::time::Duration;

/// How often `--follow` asks for more.
const POLL: Duration = Duration::from_secs(1);

/// What has happened, oldest first.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Events {
    /// Goes on with what happens from now on, until Ctrl-C; in JSON an event per line.
    #[arg(short, long)]
    follow: bool,
}

impl Events {
    pub(super) async fn perform(self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        if self.follow {
            return follow(client, screen).await;
        }
        screen.show(&client.events(&EventsQuery::default()).await?, |events, look| text(events, look))
    }
}

/// Ends only when the daemon does, or the reader.
async fn follow(client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
    let mut listing = Listing::new(screen.look, COLUMNS);
    let mut query = EventsQuery::default();
    loop {
        let events = client.events(&query).await?;
        screen.print(&following(&events, screen.format, &mut listing)?)?;
        query.after = Some(events.last().map_or(query.after.unwrap_or(0), |event| event.seq));
        if events.is_empty() {
            tokio::time::sleep(POLL).await;
        }
    }
}

fn following(events: &[Event], format: Format, listing: &mut Listing) -> Result<String, Failure> {
    match format {
        Format::Table => Ok(listing.rows(events.iter().map(row))),
        Format::Json => {
            let lines = events.iter().map(|event| Ok(serde_json::to_string(event)? + "\n"));
            Ok(lines.collect::<Result<_, serde_json::Error>>().map_err(std::io::Error::from)?)
        }
    }
}

const COLUMNS: &[Column] =
    &[Column::Text("Time"), Column::Text("Event"), Column::Text("Attachment"), Column::Text("Message")];

/// Events below each other.
pub(super) fn text(events: &[Event], look: Look) -> String {
    if events.is_empty() {
        return "no events\n".into();
    }
    Listing::new(look, COLUMNS).rows(events.iter().map(row))
}

fn row(event: &Event) -> Vec<Cell> {
    let tone = match event.kind {
        EventKind::SessionUp
        | EventKind::ReloadApplied
        | EventKind::OperationApplied
        | EventKind::StateSaved
        | EventKind::RtrConnected
        | EventKind::RedundancyRestored => Tone::Good,
        EventKind::SessionDisabled
        | EventKind::SessionEnabled
        | EventKind::StateRestored
        | EventKind::RegistryChanged
        | EventKind::Unknown => Tone::Neutral,
        EventKind::PrefixWarning
        | EventKind::SessionFailed
        | EventKind::ValidationNeeded
        | EventKind::RtrLost
        | EventKind::LinkNotReady => Tone::Warning,
        EventKind::SessionDown
        | EventKind::RedundancyLost
        | EventKind::ConnectionDown
        | EventKind::PrefixLimitExceeded
        | EventKind::Md5Mismatch
        | EventKind::Md5Unsupported
        | EventKind::SegmentsLost
        | EventKind::ReloadRefused
        | EventKind::StateRefused
        | EventKind::StateUnsaved
        | EventKind::RtrExpired
        | EventKind::TaskRestarted => Tone::Bad,
    };
    vec![
        cell(time_text::instant(event.at_epoch)),
        toned(event.kind, tone),
        optional(event.attachment.as_ref()),
        cell(&event.message),
    ]
}
