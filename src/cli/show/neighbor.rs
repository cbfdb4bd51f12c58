//! `msee show neighbor`.

use super::{events, limits, sessions};
use crate::{
    api::{
        Client,
        schema::{self, AttributeErrors, GracefulRestart, Session, SessionState},
    },
    azure::AttachmentId,
    cli::{exit::Failure, output::Screen, table::Look, time_text},
};

/// Everything about one attachment: its sessions, limits and last events.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Neighbor {
    /// The attachment, for example ams-1/private/primary.
    #[arg(value_name = "ID")]
    attachment: AttachmentId,
}

impl Neighbor {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        screen.show(&client.neighbor(&self.attachment).await?, text)
    }
}

fn text(neighbor: &schema::Neighbor, look: Look) -> String {
    let mut text: String = neighbor.sessions.iter().map(|session| paragraph(session, look) + "\n").collect();
    if neighbor.task_restarts > 0 {
        text += &look.properties([("Task restarts", neighbor.task_restarts.to_string())]);
        text += "\n";
    }
    text += &limits::text(&neighbor.limits, look);
    text += "\n";
    text + &events::text(&neighbor.events, look)
}

fn paragraph(session: &Session, look: Look) -> String {
    let title = format!(
        "{}: BGP neighbor {}, remote AS {}, local AS {}\n",
        session.attachment, session.neighbor_addr, session.remote_as, session.local_as
    );
    let state = match session.state {
        SessionState::Established => format!("Established, up for {}", sessions::up(session)),
        other => other.to_string(),
    };
    let remote_id = session.remote_router_id.map_or_else(|| "unknown".into(), |id| id.to_string());
    let count = |counts| sessions::count(counts, session.family);
    let mut properties = vec![
        ("State", state),
        ("Families", session.family.to_string()),
        ("Local address", session.local_addr.to_string()),
        ("Router ID", format!("local {}, remote {remote_id}", session.local_router_id)),
        ("Hold time", timers(session)),
        ("Protection", protection(session).into()),
        (
            "Prefixes",
            format!(
                "received {}, refused {}, sent {}",
                count(session.pfx_rcd),
                count(session.pfx_refused),
                count(session.pfx_snt)
            ),
        ),
        ("Attribute sets", session.attribute_sets.to_string()),
        ("Attribute errors", attribute_errors(session.attribute_errors)),
        ("Messages", format!("received {}, sent {}", session.msg_rcvd, session.msg_sent)),
        (
            "Connections",
            format!(
                "established {}, dropped {}",
                session.connections_established, session.connections_dropped
            ),
        ),
        ("Capabilities sent", session.capabilities.sent.join(", ")),
        ("Capabilities received", session.capabilities.received.join(", ")),
    ];
    if let Some(restart) = &session.graceful_restart {
        properties.push(("Graceful restart", graceful_restart(restart, &count(restart.stale_prefixes))));
    }
    if let Some(reset) = &session.last_reset {
        properties.push(("Last reset", format!("{}: {}", time_text::instant(reset.at_epoch), reset.due_to)));
        properties.extend(reset.remedy.clone().map(|remedy| ("Remedy", remedy)));
    }
    properties.extend(session.diagnosis.clone().map(|diagnosis| ("Diagnosis", diagnosis)));
    properties.extend(session.remedy.clone().map(|remedy| ("Remedy", remedy)));
    title + &look.properties(properties)
}

fn timers(session: &Session) -> String {
    match session.hold_time_msec {
        0 => "off".into(),
        hold => format!(
            "{} s, keepalive {} s, send hold {} s",
            hold / 1000,
            session.keep_alive_msec / 1000,
            session.send_hold_time_msec / 1000
        ),
    }
}

fn attribute_errors(errors: AttributeErrors) -> String {
    let AttributeErrors { malformed, as_sets, beyond_limits, discarded } = errors;
    format!(
        "withdrawn: malformed {malformed}, AS_SET {as_sets}, beyond limits {beyond_limits}; attribute discarded {discarded}"
    )
}

/// `full, restart time 120 s; 3 prefixes stale for 57 s`.
fn graceful_restart(restart: &GracefulRestart, stale: &str) -> String {
    let time = restart.restart_time_sec.map_or_else(String::new, |time| format!(", restart time {time} s"));
    let stale = restart
        .stale_for_msec
        .map_or_else(String::new, |time| format!("; {stale} prefixes stale for at most {} s", time / 1000));
    format!("{}{time}{stale}", restart.part)
}

const fn protection(session: &Session) -> &'static str {
    match (session.md5, session.ttl_security) {
        (true, true) => "TCP MD5, TTL security",
        (true, false) => "TCP MD5",
        (false, true) => "TTL security",
        (false, false) => "none",
    }
}
