//! A bound on the log lines that others can cause at will.

use std::time::{Duration, Instant};

/// Lets so many events through per interval and counts the others.
#[derive(Debug)]
pub struct Throttle {
    interval: Duration,
    burst: u32,
    interval_ends: Option<Instant>,
    admitted: u32,
    withheld: u64,
}

impl Throttle {
    /// One event per interval; the first goes through at once.
    pub const fn new(interval: Duration) -> Self {
        Self::with_burst(1, interval)
    }

    /// `burst` events per interval, which begins with the first of them.
    pub const fn with_burst(burst: u32, interval: Duration) -> Self {
        Self { interval, burst, interval_ends: None, admitted: 0, withheld: 0 }
    }

    /// `Some(n)`: speak now, n events were withheld since the last time. `None`: be silent.
    pub fn admit(&mut self, now: Instant) -> Option<u64> {
        if self.interval_ends.is_none_or(|end| now >= end) {
            self.interval_ends = Some(now + self.interval);
            self.admitted = 0;
        }
        if self.admitted == self.burst {
            self.withheld += 1;
            return None;
        }
        self.admitted += 1;
        Some(std::mem::take(&mut self.withheld))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_line_per_interval() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut throttle = Throttle::new(10 * second);
        for (name, now, admitted) in [
            ("the first speaks", start, Some(0)),
            ("the second is withheld", start + second, None),
            ("so is the third", start + 9 * second, None),
            ("the interval is over", start + 10 * second, Some(2)),
            ("and begins again", start + 11 * second, None),
            ("nothing is counted twice", start + 30 * second, Some(1)),
        ] {
            assert_eq!(throttle.admit(now), admitted, "{name}");
        }
    }

    #[test]
    fn a_burst_goes_through_and_the_rest_is_counted() {
        let now = Instant::now();
        let mut throttle = Throttle::with_burst(3, Duration::from_secs(1));
        let admitted = std::array::from_fn(|_| throttle.admit(now));
        assert_eq!(admitted, [Some(0), Some(0), Some(0), None, None]);
        assert_eq!(throttle.admit(now + Duration::from_secs(1)), Some(2));
    }
}
