//! Routes that a peer must announce again, or lose: after its restart (RFC 4724 section 4.2), and while it refreshes
//! them (RFC 7313 section 4).

use super::Prefix;
use hashbrown::HashSet;
use std::mem;

/// The stale prefixes of one family of an Adj-RIB-In. Where nothing is stale, that costs nothing.
#[derive(Debug)]
pub struct Stale<P> {
    prefixes: HashSet<P>,
    /// Those of them that go now, in no order; what has been announced again meanwhile is not among `prefixes` any more.
    leaving: Vec<P>,
    since: Since,
}

/// What made routes stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// The peer's session was lost: what is stale was announced on another one, and its limit does not count it.
    Restart,
    /// The peer announces everything once more on the same session.
    Refresh,
}

/// What became of a prefix that was announced or withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// It had been announced on this session.
    Already,
    /// It had been announced on the session before, and is on this one now.
    OnNewSession,
}

impl<P: Prefix> Stale<P> {
    /// Nothing is stale.
    pub fn new() -> Self {
        Self { prefixes: HashSet::new(), leaving: Vec::new(), since: Since::Refresh }
    }

    /// Makes all prefixes of a table stale. What was so before a second restart in a row goes at once (RFC 4724 section
    /// 4.2).
    pub fn mark(&mut self, all: impl Iterator<Item = P>, since: Since) {
        let before = mem::replace(&mut self.prefixes, all.collect());
        if since == Since::Restart && self.since == Since::Restart {
            self.leaving = before.into_iter().collect();
        }
        self.since = since;
    }

    /// Notes that the peer has announced or withdrawn a prefix.
    pub fn confirm(&mut self, prefix: P) -> Confirmed {
        if self.prefixes.remove(&prefix) && self.since == Since::Restart {
            Confirmed::OnNewSession
        } else {
            Confirmed::Already
        }
    }

    /// Has everything go that is stale still.
    pub fn leave(&mut self) {
        self.leaving = self.prefixes.iter().copied().collect();
    }

    /// The next prefix that goes.
    pub fn next_leaving(&mut self) -> Option<P> {
        while let Some(prefix) = self.leaving.pop() {
            if self.prefixes.remove(&prefix) {
                return Some(prefix);
            }
        }
        self.leaving = Vec::new();
        None
    }

    /// True if prefixes are to go.
    pub fn is_leaving(&self) -> bool {
        !self.leaving.is_empty()
    }

    /// Nothing is stale any longer; the table has forgotten all.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// How many prefixes are stale.
    pub fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// True if nothing is stale.
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// How many of the prefixes held the peer has not announced on the session that is up.
    pub fn uncounted(&self) -> usize {
        match self.since {
            Since::Restart => self.prefixes.len(),
            Since::Refresh => 0,
        }
    }
}

impl<P: Prefix> Default for Stale<P> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rib::testing::ipv4;
    use ipnet::Ipv4Net;
    use proptest::{collection::vec, prelude::*};
    use std::collections::BTreeSet;

    fn leaving(stale: &mut Stale<Ipv4Net>) -> BTreeSet<Ipv4Net> {
        std::iter::from_fn(|| stale.next_leaving()).collect()
    }

    fn marked(prefixes: u32, since: Since) -> Stale<Ipv4Net> {
        let mut stale = Stale::new();
        stale.mark((0..prefixes).map(ipv4), since);
        stale
    }

    #[test]
    fn what_is_not_announced_again_goes() {
        let mut stale = marked(4, Since::Restart);
        assert_eq!(stale.confirm(ipv4(1)), Confirmed::OnNewSession);
        assert_eq!(stale.confirm(ipv4(1)), Confirmed::Already);
        assert_eq!((stale.uncounted(), stale.is_leaving()), (3, false));
        stale.leave();
        assert_eq!(stale.confirm(ipv4(2)), Confirmed::OnNewSession, "just in time");
        assert_eq!(leaving(&mut stale), [ipv4(0), ipv4(3)].into());
        assert!(stale.is_empty() && !stale.is_leaving());
    }

    #[test]
    fn what_is_stale_for_a_second_restart_goes_at_once() {
        let mut stale = marked(4, Since::Restart);
        stale.confirm(ipv4(1));
        stale.mark((0..4).map(ipv4), Since::Restart);
        assert_eq!(leaving(&mut stale), [ipv4(0), ipv4(2), ipv4(3)].into());
        assert_eq!(stale.len(), 1);
    }

    #[test]
    fn a_refresh_counts_what_it_has_not_confirmed_and_may_begin_again() {
        let mut stale = marked(4, Since::Refresh);
        assert_eq!((stale.confirm(ipv4(0)), stale.uncounted()), (Confirmed::Already, 0));
        stale.mark((0..4).map(ipv4), Since::Refresh);
        assert_eq!((stale.len(), stale.is_leaving()), (4, false));
        stale.mark((0..4).map(ipv4), Since::Restart);
        assert_eq!((stale.uncounted(), stale.is_leaving()), (4, false), "the first restart");
    }

    proptest! {
        #[test]
        fn behaves_like_a_set(confirmed in vec(0u32..40, 0..40), late in vec(0u32..40, 0..10)) {
            let mut stale = marked(30, Since::Restart);
            let mut model: BTreeSet<Ipv4Net> = (0..30).map(ipv4).collect();
            for number in confirmed {
                let was = model.remove(&ipv4(number));
                prop_assert_eq!(stale.confirm(ipv4(number)) == Confirmed::OnNewSession, was);
            }
            prop_assert_eq!(stale.len(), model.len());
            stale.leave();
            for number in late {
                model.remove(&ipv4(number));
                stale.confirm(ipv4(number));
            }
            prop_assert_eq!(leaving(&mut stale), model);
        }
    }
}
