//! `msee show sessions`, like a BGP summary.

use crate::{
    api::{
        Client,
        schema::{PrefixCounts, Session, SessionState, SessionsQuery},
    },
    azure::AttachmentId,
    cli::{
        exit::Failure,
        output::Screen,
        table::{Column, Listing, Look, Tone, cell, optional, printable, toned},
        time_text,
    },
    family::{Families, Family},
};
use comfy_table::Cell;

/// BGP sessions: state, uptime, prefixes, and why one is down.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Sessions {
    /// Only the sessions of this attachment, for example ams-1/private/primary.
    #[arg(value_name = "ID")]
    attachment: Option<AttachmentId>,
}

impl Sessions {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let query = SessionsQuery { attachment: self.attachment.clone() };
        screen.show(&client.sessions(&query).await?, |sessions, look| text(sessions, look))
    }
}

const COLUMNS: &[Column] = &[
    Column::Text("Attachment"),
    Column::Text("Neighbor"),
    Column::Number("AS"),
    Column::Text("State"),
    Column::Text("Up"),
    Column::Number("PfxRcd"),
    Column::Number("PfxSnt"),
    Column::Text("Reason"),
];

fn text(sessions: &[Session], look: Look) -> String {
    if sessions.is_empty() {
        return "no sessions\n".into();
    }
    let remedies = sessions.iter().filter_map(|session| {
        let remedy = Trouble::of(session)?.remedy?;
        Some(format!("\n{} {}: {}", session.attachment, session.neighbor_addr, printable(remedy)))
    });
    let remedies: String = remedies.collect();
    let end = if remedies.is_empty() { "" } else { "\n" };
    Listing::new(look, COLUMNS).rows(sessions.iter().map(row)) + &remedies + end
}

fn row(session: &Session) -> Vec<Cell> {
    vec![
        cell(&session.attachment),
        cell(session.neighbor_addr),
        cell(session.remote_as),
        state(session.state),
        cell(up(session)),
        cell(count(session.pfx_rcd, session.family)),
        cell(count(session.pfx_snt, session.family)),
        optional(Trouble::of(session).map(|trouble| trouble.cause)),
    ]
}

/// A state in its colour.
pub(super) fn state(state: SessionState) -> Cell {
    let tone = match state {
        SessionState::Established => Tone::Good,
        SessionState::IdleAdmin => Tone::Neutral,
        SessionState::OpenSent | SessionState::OpenConfirm => Tone::Warning,
        SessionState::Idle | SessionState::Connect | SessionState::Active => Tone::Bad,
    };
    toned(state, tone)
}

/// How long the session has been up; `never` if it has never been.
pub(super) fn up(session: &Session) -> String {
    match (session.state, session.connections_established) {
        (SessionState::Established, _) => time_text::duration(session.peer_uptime_msec),
        (_, 0) => "never".into(),
        (_, _) => "-".into(),
    }
}

/// `3998`; `3998+12` (IPv4+IPv6) where one session carries both families.
pub(super) fn count(counts: PrefixCounts, families: Families) -> String {
    match (families.contains(Family::Ipv4), families.contains(Family::Ipv6)) {
        (true, true) => format!("{}+{}", counts.ipv4, counts.ipv6),
        (false, true) => counts.ipv6.to_string(),
        (_, false) => counts.ipv4.to_string(),
    }
}

/// What keeps a session down, or from working.
pub(crate) struct Trouble<'a> {
    pub(crate) cause: &'a str,
    pub(crate) remedy: Option<&'a str>,
}

impl<'a> Trouble<'a> {
    /// What was found out, else how the last attempt ended if the session is down.
    pub(crate) fn of(session: &'a Session) -> Option<Self> {
        if let Some(cause) = &session.diagnosis {
            return Some(Self { cause, remedy: session.remedy.as_deref() });
        }
        if session.state == SessionState::Established {
            return None;
        }
        let reset = session.last_reset.as_ref()?;
        Some(Self { cause: &reset.due_to, remedy: reset.remedy.as_deref().or(session.remedy.as_deref()) })
    }
}
