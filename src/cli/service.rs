//! What the service manager is told while the daemon runs: systemd's `sd_notify`, silence where nobody listens.
//!
//! `READY` when every listener is bound or has a reason not to be, `RELOADING` and `READY` around a reload, `STOPPING` at the
//! end, and `WATCHDOG` as long as the tasks that carry routes answer.

use crate::{
    attachment::{Command, Listening},
    backbone,
    daemon::{Directory, Gone, Handle},
};
use sd_notify::NotifyState;
use std::time::Duration;

/// Tells the manager something, if there is one. One that does not listen is no reason to stop.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager does not listen");
    }
}

/// Waits until the daemon has begun to listen, and says so.
pub(super) async fn report_ready(handle: &Handle) {
    if let Ok(listening) = handle.begun().await {
        tell(&[NotifyState::Ready, NotifyState::Status(&status(listening))]);
    }
}

/// A reload begins; [`report_ready`] or [`report_refused`] ends it.
pub(super) fn report_reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// A reload has changed nothing, and the old configuration goes on.
pub(super) fn report_refused(why: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(&format!("the configuration was refused: {why}"))]);
}

/// The daemon ends.
pub(super) fn report_stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Tells the manager's watchdog, twice in its time, that every attachment and the backbone answer; one that hangs keeps it
/// from that. Returns at once if there is no watchdog.
pub(super) async fn feed_watchdog(handle: &Handle) {
    let Some(within) = sd_notify::watchdog_enabled() else { return };
    let mut tick = tokio::time::interval((within / 2).max(Duration::from_millis(1)));
    loop {
        tick.tick().await;
        if pulse(&handle.directory()).await.is_ok() {
            tell(&[NotifyState::Watchdog]);
        }
    }
}

async fn pulse(directory: &Directory) -> Result<(), Gone> {
    for id in directory.attachments.keys() {
        // One that has died is started again by the daemon; only one that hangs is a reason to restart all.
        let _ = directory.ask(id, Command::Limits).await;
    }
    directory.ask_backbone(|reply| backbone::Command::ForwardingTables { reply }).await.map(drop)
}

fn status(listening: Listening) -> String {
    let Listening { bound, waiting } = listening;
    match waiting {
        0 => format!("listening for {bound} sessions"),
        _ => format!("listening for {bound} sessions; {waiting} wait for their address"),
    }
}
