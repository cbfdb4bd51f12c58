//! What RPKI says by way of an RTR server: each new state judges what customers claim anew.

use super::{
    events::EntryKind,
    task::{Daemon, DaemonError},
};
use crate::{
    config::{
        Change, Plan, Stamped,
        plan::{Registry, Rpki},
    },
    transport::rtr::{News, follow},
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, task::AbortHandle};

/// News that may wait; each is a whole state.
const NEWS: usize = 2;

/// The server that is asked.
pub(super) struct Rtr {
    server: SocketAddr,
    news: mpsc::Receiver<News>,
    task: AbortHandle,
    pub(super) status: RtrStatus,
}

/// How things stand with an RTR server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtrStatus {
    /// Where it is.
    pub server: SocketAddr,
    /// Whether it is there.
    pub state: RtrState,
    /// Payloads that hold.
    pub payloads: usize,
    /// The server's number for them, if it has said any.
    pub serial: Option<u32>,
}

/// Whether an RTR server is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RtrState {
    /// Nobody knows yet.
    Connecting,
    /// It answers; it has said so last then.
    Connected(Instant),
    /// It does not.
    Lost {
        /// Why.
        why: String,
        /// When what it has said stops to hold, if it has said anything.
        expires: Option<Instant>,
    },
}

impl Rtr {
    fn start(server: SocketAddr) -> Self {
        let (sender, news) = mpsc::channel(NEWS);
        let task = tokio::spawn(follow(server, sender)).abort_handle();
        let status = RtrStatus { server, state: RtrState::Connecting, payloads: 0, serial: None };
        Self { server, news, task, status }
    }
}

impl Drop for Rtr {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Waits for news of the server; for ever without one.
pub(super) async fn news(rtr: &mut Option<Rtr>) -> News {
    match rtr {
        // The task does not end before the receiver.
        Some(rtr) => match rtr.news.recv().await {
            Some(news) => news,
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

fn server(plan: &Plan) -> Option<SocketAddr> {
    match plan.registry {
        Some(Registry { rpki: Rpki::Rtr { server, .. }, .. }) => Some(server),
        _ => None,
    }
}

impl Daemon {
    /// Asks the server that the plan names, and no other.
    pub(super) fn follow_rtr(&mut self) {
        let wanted = server(&self.plan);
        if self.rtr.as_ref().map(|rtr| rtr.server) != wanted {
            self.rtr = wanted.map(Rtr::start);
        }
    }

    /// Takes what the server says.
    ///
    /// # Errors
    /// [`DaemonError`] if the daemon cannot go on.
    pub(super) async fn hear(&mut self, news: News) -> Result<(), DaemonError> {
        let Some(rtr) = &mut self.rtr else { return Ok(()) };
        let (server, was) = (rtr.server, rtr.status.state.clone());
        let connected = RtrState::Connected(Instant::now());
        match news {
            News::Payloads { payloads, count, serial } => {
                rtr.status = RtrStatus { server, state: connected, payloads: count, serial: Some(serial) };
                self.note_rtr_connected(server, &was);
                self.heard += 1;
                let heard = Stamped::heard(self.heard, *payloads);
                self.judge_again(self.plan.with_payloads(Some(heard)), serial).await?;
            }
            News::Confirmed { serial } => {
                rtr.status = RtrStatus { state: connected, serial: Some(serial), ..rtr.status.clone() };
                self.note_rtr_connected(server, &was);
            }
            News::Lost { why, expires_in } => {
                let expires = expires_in.map(|rest| Instant::now() + rest);
                rtr.status.state = RtrState::Lost { why: why.clone(), expires };
                if !matches!(was, RtrState::Lost { .. }) {
                    self.note_rtr_lost(&why, expires_in);
                }
            }
            News::Expired => {
                rtr.status.payloads = 0;
                rtr.status.serial = None;
                if let RtrState::Lost { expires, .. } = &mut rtr.status.state {
                    *expires = None;
                }
                let message = format!(
                    "what RTR server {server} has said has expired and holds no longer; start it again, or give vrps"
                );
                tracing::error!("{message}");
                self.note(None, EntryKind::RtrExpired, message);
                self.judge_again(self.plan.with_payloads(None), 0).await?;
            }
        }
        self.publish();
        Ok(())
    }

    async fn judge_again(&mut self, wanted: Plan, serial: u32) -> Result<(), DaemonError> {
        let difference = self.reconcile(wanted).await?;
        let of_peerings =
            difference.changes.iter().filter(|change| matches!(change, Change::Attachment { .. }));
        let of_peerings: Vec<String> = of_peerings.map(ToString::to_string).collect();
        if !of_peerings.is_empty() {
            let message = format!("RPKI has changed (serial {serial}): {}", of_peerings.join("; "));
            tracing::info!("{message}");
            self.note(None, EntryKind::RegistryChanged, message);
        }
        Ok(())
    }

    fn note_rtr_connected(&mut self, server: SocketAddr, was: &RtrState) {
        if !matches!(was, RtrState::Connected(_)) {
            let message = format!("RTR server {server} answers");
            tracing::info!("{message}");
            self.note(None, EntryKind::RtrConnected, message);
        }
    }

    fn note_rtr_lost(&mut self, why: &str, expires_in: Option<Duration>) {
        let holds = expires_in.map_or_else(
            || "it has not said anything yet".to_owned(),
            |rest| format!("what it has said holds for another {} s", rest.as_secs()),
        );
        let message = format!("RTR server {why}; {holds}; it is tried again until it answers");
        tracing::warn!("{message}");
        self.note(None, EntryKind::RtrLost, message);
    }
}
