//! `msee show limits`.

use crate::{
    api::{
        Client,
        schema::{Limit, LimitAction, LimitState},
    },
    cli::{
        exit::Failure,
        output::Screen,
        table::{Column, Listing, Look, Tone, cell, optional, toned},
    },
};
use comfy_table::Cell;

/// Prefix limits: what is held, what may be held, and what happens beyond.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Limits {}

impl Limits {
    pub(super) async fn perform(self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        screen.show(&client.limits().await?, |limits, look| text(limits, look))
    }
}

const COLUMNS: &[Column] = &[
    Column::Text("Attachment"),
    Column::Text("Family"),
    Column::Number("Held"),
    Column::Number("Limit"),
    Column::Number("%"),
    Column::Text("State"),
    Column::Number("Warns at"),
    Column::Text("Beyond"),
];

/// Limits below each other.
pub(super) fn text(limits: &[Limit], look: Look) -> String {
    if limits.is_empty() {
        return "no limits\n".into();
    }
    Listing::new(look, COLUMNS).rows(limits.iter().map(row))
}

fn row(limit: &Limit) -> Vec<Cell> {
    let tone = match limit.state {
        LimitState::Ok => Tone::Good,
        LimitState::Warning => Tone::Warning,
        LimitState::Exceeded => Tone::Bad,
    };
    vec![
        cell(&limit.attachment),
        cell(limit.family),
        cell(limit.held),
        limit.max.map_or_else(|| cell("unlimited"), cell),
        optional(limit.percent),
        toned(limit.state, tone),
        optional(limit.warning_at),
        cell(beyond(limit)),
    ]
}

fn beyond(limit: &Limit) -> String {
    match (limit.max, limit.action, limit.restart_seconds) {
        (None, _, _) => String::new(),
        (_, LimitAction::Warn, _) => "warns".into(),
        (_, LimitAction::Drop, Some(seconds)) => format!("drops the session, restarts after {seconds} s"),
        (_, LimitAction::Drop, None) => "drops the session until it is enabled".into(),
    }
}
