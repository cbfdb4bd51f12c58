//! Latencies of single changes.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Latencies as they are measured: three digits from a microsecond's tenth to a minute.
#[derive(Clone, Debug)]
pub(in crate::churn) struct Latencies {
    /// Of nanoseconds.
    histogram: Histogram<u64>,
    lost: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        const LONGEST: u64 = 60_000_000_000;
        let histogram = Histogram::new_with_bounds(100, LONGEST, 3);
        #[allow(clippy::unreachable, reason = "the bounds are constants that the constructor takes")]
        let histogram = histogram.unwrap_or_else(|_| unreachable!("0.1 µs to 60 s in three digits"));
        Self { histogram, lost: 0 }
    }
}

impl Latencies {
    /// One change took so long.
    pub(in crate::churn) fn record(&mut self, latency: Duration) {
        self.histogram.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }

    /// One change did not come in the time that it was waited for, which is what it counts with.
    pub(in crate::churn) fn record_lost(&mut self, waited: Duration) {
        self.record(waited);
        self.lost += 1;
    }

    /// What stands in the report; `None` if nothing was recorded.
    pub(in crate::churn) fn summary(&self) -> Option<Latency> {
        const CURVE: [f64; 12] = [0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.99, 100.0];
        if self.histogram.is_empty() {
            return None;
        }
        let at = |percentile| {
            let latency = Duration::from_nanos(self.histogram.value_at_percentile(percentile));
            latency.as_secs_f64() * 1e6
        };
        Some(Latency {
            count: self.histogram.len(),
            lost: self.lost,
            p50_microseconds: at(50.0),
            p90_microseconds: at(90.0),
            p99_microseconds: at(99.0),
            max_microseconds: at(100.0),
            curve: CURVE.map(|percentile| (percentile, at(percentile))).to_vec(),
        })
    }
}

/// A distribution of latencies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Latency {
    /// Changes that were waited for.
    pub count: u64,
    /// Of those, changes that did not arrive in time; they count with the time that they were waited for.
    pub lost: u64,
    /// Half of them took no longer.
    pub p50_microseconds: f64,
    /// Nine of ten took no longer.
    pub p90_microseconds: f64,
    /// 99 of 100 took no longer.
    pub p99_microseconds: f64,
    /// None took longer.
    pub max_microseconds: f64,
    /// Percentiles, from 0 to 100, and their latency in microseconds.
    pub curve: Vec<(f64, f64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_what_was_recorded() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.summary(), None);
        (1..=99).for_each(|microseconds| latencies.record(Duration::from_micros(microseconds * 10)));
        latencies.record_lost(Duration::from_secs(10));
        let summary = latencies.summary().unwrap();
        assert_eq!((summary.count, summary.lost), (100, 1));
        for (percentile, want) in [
            (summary.p50_microseconds, 500.0),
            (summary.p99_microseconds, 990.0),
            (summary.max_microseconds, 10_000_000.0),
        ] {
            assert!((percentile - want).abs() < want / 500.0, "{percentile} instead of {want}");
        }
        assert_eq!(summary.curve.len(), 12);
    }
}
