//! `msee show status`.

use crate::{
    api::{Client, schema},
    cli::{exit::Failure, output::Screen, table::Look, time_text},
};

/// The daemon: version, uptime, file, rules.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Status {}

impl Status {
    pub(super) async fn perform(self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        screen.show(&client.status().await?, text)
    }
}

fn text(status: &schema::Status, look: Look) -> String {
    let rules = if status.transit {
        "none: open transit, every route is accepted and passed on".to_owned()
    } else {
        status.rules.clone()
    };
    let config = status.config.as_ref().map_or_else(|| "none".into(), |path| path.display().to_string());
    let state = status.state.as_ref().map_or_else(
        || "none: what is done on circuits ends with the daemon; set state_dir".to_owned(),
        |state| match &state.failure {
            None => state.directory.display().to_string(),
            Some(why) => format!("not written: {why}; {} errors", state.errors),
        },
    );
    let rtr = status.rtr.as_ref().map_or_else(|| "none".to_owned(), rtr);
    format!("msee {}\n", status.version)
        + &look.properties([
            ("Up", time_text::duration(status.uptime_msec)),
            ("AS", status.asn.to_string()),
            ("Azure's rules", rules),
            ("Configuration", config),
            ("State", state),
            ("RTR", rtr),
            ("Control", status.control_address.to_string()),
            ("Process", status.pid.to_string()),
            ("Task restarts", status.task_restarts.to_string()),
            ("Calls refused", status.requests_refused.to_string()),
        ])
}

/// `127.0.0.1:3323: 451230 ROA payloads, serial 17, confirmed 0:00:12 ago`.
fn rtr(rtr: &schema::Rtr) -> String {
    let schema::Rtr { server, payloads, .. } = rtr;
    let serial = rtr.serial.map_or_else(String::new, |serial| format!(", serial {serial}"));
    let said = format!("{server}: {payloads} ROA payloads{serial}");
    match (&rtr.failure, rtr.confirmed_msec, rtr.expires_in_msec) {
        (Some(why), _, Some(rest)) => {
            format!("{said}, which hold for {}; lost: {why}", time_text::duration(rest))
        }
        (Some(why), _, None) => format!("{said}; lost: {why}"),
        (None, Some(since), _) => format!("{said}, confirmed {} ago", time_text::duration(since)),
        (None, None, _) => format!("{server}: connecting"),
    }
}
