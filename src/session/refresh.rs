//! A refresh of the peer's routes that is under way (RFC 7313 section 4): what it has not announced again by the end goes.

use crate::family::{Families, Family, PerFamily};
use std::time::{Duration, Instant};

/// The refreshes of one session, a family each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Refreshing {
    /// When an end that does not come is no longer waited for.
    until: PerFamily<Option<Instant>>,
}

impl Refreshing {
    /// How long a peer may take from the begin to the end; the RFC leaves it to us.
    const LONGEST: Duration = Duration::from_mins(6);

    /// The peer announces everything again from now on.
    pub fn begin(&mut self, family: Family, now: Instant) {
        self.until[family] = now.checked_add(Self::LONGEST);
    }

    /// The peer has announced everything; true if what it has not is stale. An end without a begin says nothing.
    pub fn end(&mut self, family: Family) -> bool {
        self.until[family].take().is_some()
    }

    /// Returns the families whose stale routes go because the end has not come.
    pub fn expire(&mut self, now: Instant) -> Families {
        let over = |family: &Family| self.until[*family].is_some_and(|until| until <= now);
        let families: Families = Family::ALL.into_iter().filter(over).collect();
        families.iter().for_each(|family| self.until[family] = None);
        families
    }

    /// When [`expire`](Self::expire) must be called next.
    pub fn deadline(&self) -> Option<Instant> {
        Family::ALL.into_iter().filter_map(|family| self.until[family]).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_counts_after_a_begin_and_does_not_come_for_ever() {
        let (mut refreshing, now) = (Refreshing::default(), Instant::now());
        assert!(!refreshing.end(Family::Ipv4), "an end alone");
        refreshing.begin(Family::Ipv4, now);
        refreshing.begin(Family::Ipv6, now);
        assert!(refreshing.end(Family::Ipv4));
        assert!(!refreshing.end(Family::Ipv4), "the second end");
        assert_eq!(refreshing.expire(now), Families::NONE);
        assert_eq!(refreshing.expire(refreshing.deadline().unwrap()), Families::IPV6);
        assert_eq!(refreshing.deadline(), None);
    }
}
