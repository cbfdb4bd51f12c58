//! Refreshes. Of the peer's routes (RFC 7313 section 4): what it has not announced again by the end goes. Of ours (RFC 2918
//! section 4): a peer may ask as often as it likes, and is told everything at a pace that costs nobody else anything.

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

/// The peer's requests on one session to be told everything again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Requests(PerFamily<Request>);

/// The requests for one family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Request {
    /// There was none.
    #[default]
    None,
    /// The last one has been answered; the next is not before this time.
    Answered(Instant),
    /// One or many wait for this time, and are answered together.
    Waiting(Instant),
}

impl Requests {
    /// The shortest time between two answers for one family.
    const PACE: Duration = Duration::from_secs(1);

    /// The peer asks; true if it is to be answered now.
    pub fn ask(&mut self, family: Family, now: Instant) -> bool {
        let request = &mut self.0[family];
        match *request {
            Request::Answered(next) | Request::Waiting(next) if now < next => {
                *request = Request::Waiting(next);
                false
            }
            Request::None | Request::Answered(_) | Request::Waiting(_) => {
                *request = Request::Answered(now + Self::PACE);
                true
            }
        }
    }

    /// Returns the families whose requests are to be answered now.
    pub fn expire(&mut self, now: Instant) -> Families {
        let due = |family: &Family| matches!(self.0[*family], Request::Waiting(at) if at <= now);
        let families: Families = Family::ALL.into_iter().filter(due).collect();
        families.iter().for_each(|family| self.0[family] = Request::Answered(now + Self::PACE));
        families
    }

    /// When [`expire`](Self::expire) must be called next.
    pub fn deadline(&self) -> Option<Instant> {
        let waiting = |family| match self.0[family] {
            Request::Waiting(at) => Some(at),
            Request::None | Request::Answered(_) => None,
        };
        Family::ALL.into_iter().filter_map(waiting).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_requests_are_answered_at_once_and_then_together() {
        let (mut requests, now) = (Requests::default(), Instant::now());
        assert!(requests.ask(Family::Ipv4, now), "the first");
        assert!(requests.ask(Family::Ipv6, now), "another family");
        assert_eq!(requests.deadline(), None);
        assert!((0..1000).all(|_| !requests.ask(Family::Ipv4, now)), "those that follow wait");
        let later = requests.deadline().unwrap();
        assert_eq!(requests.expire(now), Families::NONE);
        assert_eq!(requests.expire(later), Families::IPV4, "and are answered together");
        assert_eq!((requests.deadline(), requests.expire(later)), (None, Families::NONE));
        assert!(!requests.ask(Family::Ipv4, later));
        assert!(requests.ask(Family::Ipv6, later), "the pace is each family's own");
    }

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
