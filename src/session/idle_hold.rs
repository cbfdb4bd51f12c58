//! How long a session stays idle after it ended: `DampPeerOscillations` (RFC 4271 section 8.1.1).

use super::settings::Settings;
use std::time::Duration;

/// Counts the ends in a row; the RFC's `ConnectRetryCounter`, kept where it outlives the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct IdleHold {
    ends: u32,
}

impl IdleHold {
    /// A session that was up for this long was stable: its end is the first one again.
    const STABLE: Duration = Settings::IDLE_HOLD_CAP;

    /// Forgets the ends; after a manual start or stop.
    pub(crate) fn reset(&mut self) {
        self.ends = 0;
    }

    /// The session or its attempt ended after `uptime` in Established; gives the `IdleHoldTime`, before jitter.
    pub(crate) fn after_end(&mut self, base: Duration, uptime: Duration) -> Duration {
        if uptime >= Self::STABLE {
            self.reset();
        }
        let factor = 1_u32.checked_shl(self.ends).unwrap_or(u32::MAX);
        self.ends = self.ends.saturating_add(1);
        base.saturating_mul(factor).min(Settings::IDLE_HOLD_CAP.max(base))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_doubles_up_to_the_cap_and_falls_back_after_a_stable_session() {
        let mut idle_hold = IdleHold::default();
        let base = Duration::from_secs(1);
        let mut after = |uptime| idle_hold.after_end(base, Duration::from_secs(uptime)).as_secs();
        assert_eq!([0; 8].map(&mut after), [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!([0; 40].map(&mut after), [60; 40]);
        assert_eq!([59, 60, 0].map(&mut after), [60, 1, 2]);
    }
}
