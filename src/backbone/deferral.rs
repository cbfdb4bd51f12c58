//! After a restart, peers keep routes of before until they are told End-of-RIB, which therefore waits until all that is
//! to be told has been learnt (RFC 4724 section 4.1).
//!
//! In an open transit a session that restarts gracefully is told nothing until then, because a route that is chosen too
//! early would be changed at once. Otherwise what an attachment advertises needs no choice, and only End-of-RIB waits.

use crate::rib::{Join, Listener, Source};
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    time::{Duration, Instant},
};

/// Attachments that come back from a restart, and what they are owed when the last one has.
#[derive(Debug, Default)]
pub(super) struct Deferral {
    /// Those that come back, and how far each is; none unless there was a restart.
    restarted: BTreeMap<Source, Peers>,
    /// When nobody is waited for any longer.
    until: Option<Instant>,
    held: Held,
}

/// Whether the peers of an attachment have announced all their routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peers {
    Awaited,
    Heard,
}

/// What waits for the end of a deferral.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Attachments that have been sent everything, and not been told so.
    pub(super) complete: BTreeSet<Source>,
    /// Sessions that shall be told the transit's table.
    pub(super) joins: Vec<Join>,
}

impl Deferral {
    /// An attachment comes back from a restart, and is waited for as long as that.
    pub(super) fn begin(&mut self, source: Source, time: Duration, now: Instant) {
        self.restarted.insert(source, Peers::Awaited);
        self.until = self.until.max(now.checked_add(time));
    }

    /// Keeps back that an attachment has been sent everything; false if nothing is deferred for it.
    pub(super) fn holds_complete(&mut self, source: Source) -> bool {
        let holds = self.restarted.contains_key(&source);
        if holds {
            self.held.complete.insert(source);
        }
        holds
    }

    /// Keeps back a session; gives it back if nothing is deferred for its attachment.
    pub(super) fn hold_join(&mut self, join: Join) -> Option<Join> {
        if !self.restarted.contains_key(&join.listener.source) {
            return Some(join);
        }
        self.forget(join.listener);
        self.held.joins.push(join);
        None
    }

    /// A session is over.
    pub(super) fn forget(&mut self, listener: Listener) {
        self.held.joins.retain(|held| held.listener != listener);
    }

    /// The peers of an attachment have announced all their routes. Returns what is owed, if it was the last one.
    pub(super) fn recovered(&mut self, source: Source) -> Option<Held> {
        *self.restarted.get_mut(&source)? = Peers::Heard;
        self.end_if_heard()
    }

    /// An attachment has ended. Returns what is owed, if it was the last one that is waited for.
    pub(super) fn detached(&mut self, source: Source) -> Option<Held> {
        self.held.complete.remove(&source);
        self.held.joins.retain(|held| held.listener.source != source);
        self.restarted.remove(&source)?;
        self.end_if_heard()
    }

    /// When [`end`](Self::end) is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.until
    }

    /// Nobody is waited for any longer. Returns what is owed.
    pub(super) fn end(&mut self) -> Held {
        mem::take(self).held
    }

    fn end_if_heard(&mut self) -> Option<Held> {
        self.restarted.values().all(|peers| *peers == Peers::Heard).then(|| self.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Source = Source(1);
    const B: Source = Source(2);
    const OTHER: Source = Source(3);

    fn restarted() -> (Deferral, Instant) {
        let (mut deferral, now) = (Deferral::default(), Instant::now());
        deferral.begin(A, Duration::from_mins(1), now);
        deferral.begin(B, Duration::from_secs(30), now);
        assert!(deferral.holds_complete(A) && deferral.holds_complete(B));
        assert!(!deferral.holds_complete(OTHER), "it has not restarted");
        (deferral, now)
    }

    #[test]
    fn end_of_rib_waits_for_the_last_peer() {
        let (mut deferral, now) = restarted();
        assert_eq!(deferral.deadline(), Some(now + Duration::from_mins(1)));
        assert!(deferral.recovered(OTHER).is_none());
        assert!(deferral.recovered(A).is_none());
        assert_eq!(deferral.recovered(B).unwrap().complete, [A, B].into());
        assert_eq!(deferral.deadline(), None);
        assert!(!deferral.holds_complete(A), "what comes up later waits for nobody");
    }

    #[test]
    fn an_attachment_that_ends_is_waited_for_no_longer() {
        let (mut deferral, _) = restarted();
        assert!(deferral.recovered(A).is_none());
        assert_eq!(deferral.detached(B).unwrap().complete, [A].into());
        assert!(deferral.detached(OTHER).is_none());
    }

    #[test]
    fn the_wait_has_an_end() {
        let (mut deferral, _) = restarted();
        assert_eq!(deferral.end().complete, [A, B].into());
        assert_eq!(deferral.deadline(), None);
        assert!(deferral.recovered(A).is_none());
    }
}
