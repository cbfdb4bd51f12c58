//! Our own restart, as the OPENs say it (RFC 4724 section 4.1).

use super::Peer;
use crate::session::{graceful_restart::Part, negotiate::Offer};
use std::time::{Duration, Instant};

impl Peer {
    /// A connection of the peer that comes sooner after the session was established may belong to the same start.
    pub(super) const SETTLED: Duration = Duration::from_secs(5);

    /// The daemon has started: until the session is up, or the Restart Time is over, OPENs say that we restart, if
    /// that is wanted at all. To be called before [`start`](Self::start).
    pub fn restart(&mut self, now: Instant) {
        let full = self.settings.graceful_restart.filter(|wanted| wanted.part == Part::Full);
        self.restarting_until = full.and_then(|wanted| now.checked_add(wanted.restart_time.duration()));
    }

    /// The OPEN to begin with.
    pub(super) fn best_offer(&self) -> Offer {
        if self.restarting_until.is_some() { Offer::Restarting } else { Offer::Capabilities }
    }

    /// From now on OPENs say that we do not restart.
    pub(super) fn recovered(&mut self) {
        self.restarting_until = None;
        if self.offer == Offer::Restarting {
            self.set_offer(Offer::Capabilities);
        }
    }
}
