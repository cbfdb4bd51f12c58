//! How many events are due at a time.

use std::time::{Duration, Instant};

/// A steady rate since a start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    events_per_second: u32,
    start: Instant,
}

impl Pace {
    /// So many events a second, at least one, the first of them at `start`.
    pub(super) fn new(events_per_second: u32, start: Instant) -> Self {
        Self { events_per_second: events_per_second.max(1), start }
    }

    /// Events due up to now.
    pub(super) fn due(&self, now: Instant) -> u64 {
        let elapsed = now.saturating_duration_since(self.start).as_nanos();
        let full = elapsed * u128::from(self.events_per_second) / 1_000_000_000;
        u64::try_from(full).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// When more events will be due than are now.
    pub(super) fn next(&self, now: Instant) -> Instant {
        let nanoseconds = u128::from(self.due(now)) * 1_000_000_000;
        let offset = nanoseconds.div_ceil(self.events_per_second.into());
        self.start + Duration::from_nanos(u64::try_from(offset).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_second_has_as_many_events_as_the_rate() {
        let start = Instant::now();
        let pace = Pace::new(20_000, start);
        assert_eq!(pace.due(start), 1);
        assert_eq!(pace.due(start + Duration::from_micros(49)), 1);
        assert_eq!(pace.due(start + Duration::from_micros(50)), 2);
        assert_eq!(pace.due(start + Duration::from_secs(1)), 20_001);
        assert_eq!(pace.next(start), start + Duration::from_micros(50));
    }

    proptest! {
        #[test]
        fn the_next_event_is_due_then_and_not_before(rate in 1_u32..3_000_000, elapsed in 0_u64..100_000_000_000) {
            let start = Instant::now();
            let (pace, now) = (Pace::new(rate, start), start + Duration::from_nanos(elapsed));
            let next = pace.next(now);
            prop_assert!(next > now);
            prop_assert_eq!(pace.due(next), pace.due(now) + 1);
            prop_assert_eq!(pace.due(next.checked_sub(Duration::from_nanos(1)).unwrap()), pace.due(now));
        }
    }
}
