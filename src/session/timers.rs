//! The timers of one machine (RFC 4271 section 10, RFC 9687), as points in time.

use rand::{RngExt, SeedableRng, rngs::SmallRng};
use std::time::{Duration, Instant};

/// A timer of one connection's machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// `ConnectRetryTimer`, event 9.
    ConnectRetry,
    /// `HoldTimer`, event 10.
    Hold,
    /// `KeepaliveTimer`, event 11.
    Keepalive,
    /// `DelayOpenTimer`, event 12.
    DelayOpen,
    /// `IdleHoldTimer`, event 13.
    IdleHold,
    /// `SendHoldTimer` (RFC 9687 section 3).
    SendHold,
}

impl Timer {
    /// Every timer; those that end a session come first, so that nothing is sent on a session that is over.
    pub(crate) const ALL: [Self; 6] =
        [Self::Hold, Self::SendHold, Self::IdleHold, Self::DelayOpen, Self::ConnectRetry, Self::Keepalive];
}

/// When each armed timer expires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timers {
    connect_retry: Option<Instant>,
    hold: Option<Instant>,
    keepalive: Option<Instant>,
    delay_open: Option<Instant>,
    idle_hold: Option<Instant>,
    send_hold: Option<Instant>,
}

impl Timers {
    /// Arms the timer, or moves it; a time that no clock reaches leaves it disarmed.
    pub(crate) fn arm(&mut self, timer: Timer, now: Instant, after: Duration) {
        *self.slot(timer) = now.checked_add(after);
    }

    /// Moves the timer to that time if it is armed for an earlier one.
    pub(crate) fn put_off(&mut self, timer: Timer, until: Instant) {
        if let Some(at) = self.slot(timer) {
            *at = until.max(*at);
        }
    }

    pub(crate) fn disarm(&mut self, timer: Timer) {
        *self.slot(timer) = None;
    }

    pub(crate) fn disarm_all(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn is_armed(&self, timer: Timer) -> bool {
        self.at(timer).is_some()
    }

    pub(crate) const fn at(&self, timer: Timer) -> Option<Instant> {
        match timer {
            Timer::ConnectRetry => self.connect_retry,
            Timer::Hold => self.hold,
            Timer::Keepalive => self.keepalive,
            Timer::DelayOpen => self.delay_open,
            Timer::IdleHold => self.idle_hold,
            Timer::SendHold => self.send_hold,
        }
    }

    /// The earliest armed timer's time.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        Timer::ALL.into_iter().filter_map(|timer| self.at(timer)).min()
    }

    /// Disarms the timer if its time has come; true if it had.
    pub(crate) fn take_due(&mut self, timer: Timer, now: Instant) -> bool {
        self.slot(timer).take_if(|at| *at <= now).is_some()
    }

    const fn slot(&mut self, timer: Timer) -> &mut Option<Instant> {
        match timer {
            Timer::ConnectRetry => &mut self.connect_retry,
            Timer::Hold => &mut self.hold,
            Timer::Keepalive => &mut self.keepalive,
            Timer::DelayOpen => &mut self.delay_open,
            Timer::IdleHold => &mut self.idle_hold,
            Timer::SendHold => &mut self.send_hold,
        }
    }
}

/// Shortens timers by chance, so that sessions which began together do not stay in step (RFC 4271 section 10).
#[derive(Clone, Debug)]
pub(crate) struct Jitter(SmallRng);

impl Jitter {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SmallRng::seed_from_u64(seed))
    }

    /// The duration times a factor from 0.75 to 1.0.
    pub(crate) fn shorten(&mut self, duration: Duration) -> Duration {
        (duration / 1024).saturating_mul(self.0.random_range(768..=1024))
    }

    /// A source for another machine, which does not follow this one.
    pub(crate) fn fork(&mut self) -> Self {
        Self::new(self.0.random())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_takes_away_a_quarter_at_most() {
        let mut jitter = Jitter::new(7);
        for _ in 0..1000 {
            let shortened = jitter.shorten(Duration::from_secs(100));
            assert!((75_000..=100_000).contains(&shortened.as_millis()), "{shortened:?}");
        }
    }

    #[test]
    fn no_duration_is_too_long() {
        let mut timers = Timers::default();
        timers.arm(Timer::Hold, Instant::now(), Jitter::new(7).shorten(Duration::MAX));
        assert_eq!(timers.deadline(), None);
    }

    #[test]
    fn the_deadline_is_the_earliest_armed_timer() {
        let now = Instant::now();
        let mut timers = Timers::default();
        assert_eq!(timers.deadline(), None);
        timers.arm(Timer::Hold, now, Duration::from_secs(9));
        timers.arm(Timer::Keepalive, now, Duration::from_secs(3));
        assert_eq!(timers.deadline(), Some(now + Duration::from_secs(3)));
        assert!(!timers.take_due(Timer::Keepalive, now));
        assert!(timers.take_due(Timer::Keepalive, now + Duration::from_secs(3)));
        assert_eq!(timers.deadline(), Some(now + Duration::from_secs(9)));
    }
}
