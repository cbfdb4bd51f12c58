//! Durations and points in time as people read them.

use ::time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A duration as FRR prints it: `00:01:23` below a day, `1d02h` from there on.
pub(super) fn duration(msec: u64) -> String {
    let seconds = msec / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if days == 0 {
        format!("{hours:02}:{:02}:{:02}", minutes % 60, seconds % 60)
    } else {
        format!("{days}d{:02}h", hours % 24)
    }
}

/// A point in time in RFC 3339, UTC; the number itself if it is beyond the year 9999.
pub(super) fn instant(epoch: u64) -> String {
    i64::try_from(epoch)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|instant| instant.format(&Rfc3339).ok())
        .unwrap_or_else(|| epoch.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_seconds_until_they_have_days() {
        for (msec, text) in [
            (0, "00:00:00"),
            (999, "00:00:00"),
            (83_000, "00:01:23"),
            (86_399_999, "23:59:59"),
            (86_400_000, "1d00h"),
            (93_784_000, "1d02h"),
            (31_536_000_000, "365d00h"),
        ] {
            assert_eq!(duration(msec), text, "{msec}");
        }
    }

    #[test]
    fn instants_are_utc() {
        assert_eq!(instant(1_795_435_200), "2026-11-23T12:00:00Z");
        assert_eq!(instant(u64::MAX), u64::MAX.to_string());
    }
}
