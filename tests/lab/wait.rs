//! Waiting for a state, with a deadline.

use super::failure::{Failure, Outcome};
use std::{
    thread,
    time::{Duration, Instant},
};

/// Long enough for every daemon's own connect and idle-hold timers on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// How often a state is looked at.
const INTERVAL: Duration = Duration::from_millis(150);

/// Looks until the state is reached, and returns what was seen then.
///
/// `look` fails while the state is not reached; its last failure becomes part of this one when [`PATIENCE`] ends.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Outcome<T>) -> Outcome<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        match look() {
            Ok(seen) => return Ok(seen),
            Err(failure) if Instant::now() >= end => {
                let seconds = PATIENCE.as_secs();
                return Err(Failure::from(format!("not within {seconds} s: {what}; last seen: {failure}")));
            }
            Err(_) => thread::sleep(INTERVAL),
        }
    }
}
