//! `POST /v1/faults/panic/…`: a task of the running daemon panics, so that a test can see that the others do not notice.

use super::{
    Control, ControlError,
    endpoints::{Reply, named},
};
use crate::azure::AttachmentId;
use axum::{
    Json, Router,
    extract::{Path, State},
    routing::post,
};
use std::sync::Arc;

/// Whose task dies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Victim {
    /// One peering's on one router.
    Attachment(AttachmentId),
    /// That of everything behind the routers.
    Backbone,
}

/// The paths.
pub(super) fn router<C: Control>() -> Router<Arc<C>> {
    Router::new()
        .route("/v1/faults/panic/backbone", post(backbone::<C>))
        .route("/v1/faults/panic/request", post(request))
        .route("/v1/faults/panic/{circuit}/{kind}/{router}", post(attachment::<C>))
}

async fn backbone<C: Control>(State(control): State<Arc<C>>) -> Reply<()> {
    control.panic(Victim::Backbone).await.map(Json)
}

async fn attachment<C: Control>(
    State(control): State<Arc<C>>,
    Path((circuit, kind, router)): Path<(String, String, String)>,
) -> Reply<()> {
    let id = named(&format!("{circuit}/{kind}/{router}"))?;
    control.panic(Victim::Attachment(id)).await.map(Json)
}

/// The request's own task.
#[allow(clippy::panic, reason = "it is what was asked for")]
async fn request() -> ControlError {
    panic!("a test wants it")
}
