//! Asks until an expectation holds, or its time is over.

use super::{assertion::Expectation, observe::observe};
use crate::api::Client;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Between two questions to the daemon.
const INTERVAL: Duration = Duration::from_millis(200);

/// How an expectation went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How long it was waited for.
    pub took: Duration,
    /// `None` if it holds, else what was seen last.
    pub missed: Option<String>,
}

/// Waits for an expectation; its time counts from `started`, which may be long ago, and is always long enough for a look.
pub async fn wait(expectation: &Expectation, client: &Client, started: Instant) -> Verdict {
    let begin = Instant::now();
    let mut holds_since = None;
    loop {
        let observation = observe(&expectation.assertion, client).await;
        let now = Instant::now();
        let took = now.duration_since(begin);
        match observation {
            Ok(()) => {
                if now.duration_since(*holds_since.get_or_insert(now)) >= expectation.steady {
                    return Verdict { took, missed: None };
                }
            }
            Err(seen) => {
                if now.duration_since(started) >= expectation.within {
                    return Verdict { took, missed: Some(seen) };
                }
                holds_since = None;
            }
        }
        sleep(INTERVAL).await;
    }
}
