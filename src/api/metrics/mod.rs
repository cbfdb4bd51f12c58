//! `GET /metrics`: the same answers as `msee show` gives, in the text that Prometheus reads (OpenMetrics 1.0).
//!
//! Nothing is counted for it: each scrape asks the owners once, like a person who looks, and what is gone is not told any more.

mod process;
mod tables;

use super::{
    Control,
    schema::{ControlError, Fib, Limit, Session, SessionsQuery, Status},
};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use process::Process;
use prometheus_client::{encoding::text, registry::Registry};
use std::sync::Arc;

const CONTENT_TYPE: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// What is told.
pub(super) struct Scrape {
    pub(super) status: Status,
    pub(super) sessions: Vec<Session>,
    pub(super) limits: Vec<Limit>,
    pub(super) fibs: Vec<Fib>,
    pub(super) process: Process,
}

/// Answers a scraper.
pub(super) async fn metrics<C: Control>(State(control): State<Arc<C>>) -> Result<Response, ControlError> {
    let scrape = Scrape {
        status: control.status().await?,
        sessions: control.sessions(SessionsQuery::default()).await?,
        limits: control.limits().await?,
        fibs: control.fibs().await?,
        process: Process::own(),
    };
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], scrape.text()).into_response())
}

impl Scrape {
    /// The exposition, with its end mark.
    pub(super) fn text(&self) -> String {
        let mut registry = Registry::default();
        self.process.register(registry.sub_registry_with_prefix("process"));
        let msee = registry.sub_registry_with_prefix("msee");
        tables::daemon(&self.status, msee);
        tables::sessions(&self.sessions, msee);
        tables::prefixes(&self.sessions, msee);
        tables::limits(&self.limits, msee);
        tables::forwarding_tables(&self.fibs, msee);
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = text::encode(&mut text, &registry);
        text
    }
}

#[cfg(test)]
mod tests;
