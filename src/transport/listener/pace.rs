//! How fast to accept while the process or the system is out of something, descriptors mostly.

use std::time::{Duration, Instant};

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(1);

/// Whether to accept now; a pause doubles from 100 ms to 1 s with each failure after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// All is well.
    Steady,
    /// The last attempt failed.
    Paused {
        /// When to try again.
        until: Instant,
        /// How long this pause is.
        pause: Duration,
    },
}

impl Pace {
    /// The pace after one more failure.
    pub(super) fn slower(self, now: Instant) -> Self {
        let pause = match self {
            Self::Steady => SHORTEST,
            Self::Paused { pause, .. } => (pause * 2).min(LONGEST),
        };
        Self::Paused { until: now + pause, pause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_a_second() {
        let now = Instant::now();
        let mut pace = Pace::Steady;
        for milliseconds in [100, 200, 400, 800, 1_000, 1_000] {
            pace = pace.slower(now);
            let pause = Duration::from_millis(milliseconds);
            assert_eq!(pace, Pace::Paused { until: now + pause, pause });
        }
    }
}
