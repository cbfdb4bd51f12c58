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
    format!("msee {}\n", status.version)
        + &look.properties([
            ("Up", time_text::duration(status.uptime_msec)),
            ("AS", status.asn.to_string()),
            ("Azure's rules", rules),
            ("Configuration", config),
            ("State", state),
            ("Control", status.control_address.to_string()),
            ("Process", status.pid.to_string()),
        ])
}
