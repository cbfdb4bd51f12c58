//! Waiting for a time that may never come, as tasks do beside everything else that they wait for.

use std::{future::pending, time::Instant};
use tokio::time::sleep_until;

/// Waits until the deadline; for ever if there is none.
pub(crate) async fn sleep_until_or_never(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => pending().await,
    }
}
