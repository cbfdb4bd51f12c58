//! What attachments have handed up and the backbone has not worked on yet, and whose turn it is.
//!
//! Each attachment stands in a line of its own, in order. Lines take turns, and are worth as many route changes as the
//! others: a peer that floods is not served more often than one that says a word now and then, and that one is served
//! first, as it has just come. This is the flow queueing of FQ-CoDel (RFC 8290 section 4), with changes for octets.

use crate::rib::{Source, Uplink};
use std::collections::{HashMap, VecDeque};

/// Lines of uplinks by attachment.
#[derive(Default)]
pub(super) struct Waiting {
    lines: HashMap<Source, Line>,
    /// Attachments that have just begun to wait and have not used up their first credit.
    new: VecDeque<Source>,
    /// The others, those first that have waited longest.
    old: VecDeque<Source>,
    uplinks: usize,
}

struct Line {
    uplinks: VecDeque<Uplink>,
    /// Changes that may be worked on before the next line's turn.
    credit: usize,
}

/// Changes that a line is given with each of its turns; some rounds make a full batch.
const CREDIT: usize = 64;

impl Waiting {
    /// Uplinks that are worth sorting; more wait where they come from, which stops whoever sends them.
    pub(super) const MOST: usize = 256;

    /// True if nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.uplinks == 0
    }

    /// True if no more is to be taken in.
    pub(super) fn is_full(&self) -> bool {
        self.uplinks >= Self::MOST
    }

    /// Takes an uplink in.
    pub(super) fn push(&mut self, uplink: Uplink) {
        let source = uplink.source();
        let Self { lines, new, uplinks, .. } = self;
        let line = lines.entry(source).or_insert_with(|| {
            new.push_back(source);
            Line { uplinks: VecDeque::new(), credit: CREDIT }
        });
        line.uplinks.push_back(uplink);
        *uplinks += 1;
    }

    /// The uplink whose turn it is.
    pub(super) fn pop(&mut self) -> Option<Uplink> {
        loop {
            let (source, is_new) = match self.new.pop_front() {
                Some(source) => (source, true),
                None => (self.old.pop_front()?, false),
            };
            let Some(line) = self.lines.get_mut(&source) else { continue };
            let Some(uplink) = line.uplinks.front() else {
                // It is not new again before the others have had their turn.
                if is_new {
                    self.old.push_back(source);
                } else {
                    self.lines.remove(&source);
                }
                continue;
            };
            let Some(credit) = line.credit.checked_sub(cost(uplink)) else {
                line.credit += CREDIT;
                self.old.push_back(source);
                continue;
            };
            line.credit = credit;
            self.uplinks -= 1;
            let uplink = line.uplinks.pop_front();
            if is_new {
                self.new.push_front(source);
            } else {
                self.old.push_front(source);
            }
            return uplink;
        }
    }
}

/// How much there is to do about it, in changes.
fn cost(uplink: &Uplink) -> usize {
    match uplink {
        Uplink::Routes(changes) => changes.batch.len().max(1),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        family::PerFamily,
        rib::{Batch, RouteChanges},
    };
    use ipnet::Ipv4Net;
    use std::net::Ipv4Addr;

    fn routes(source: u32, changes: u32) -> Uplink {
        let mut batch = Batch::default();
        (0..changes).for_each(|number| batch.push(Ipv4Net::from(Ipv4Addr::from(number)), None));
        let peer = PerFamily::default();
        Uplink::Routes(RouteChanges { source: Source(source), peer, batch, turn: None })
    }

    fn order(waiting: &mut Waiting, count: usize) -> Vec<u32> {
        (0..count).map(|_| waiting.pop().unwrap().source().0).collect()
    }

    #[test]
    fn a_word_goes_before_a_flood_that_was_there_first() {
        let mut waiting = Waiting::default();
        for _ in 0..2 {
            waiting.push(routes(1, 512));
        }
        assert_eq!(order(&mut waiting, 1), [1]);
        waiting.push(routes(2, 1));
        waiting.push(routes(1, 512));
        assert_eq!(order(&mut waiting, 3), [2, 1, 1]);
        assert!(waiting.pop().is_none());
    }

    #[test]
    fn many_words_without_a_pause_do_not_keep_the_others_waiting() {
        let mut waiting = Waiting::default();
        waiting.push(routes(1, 512));
        let mut words = 0;
        loop {
            waiting.push(routes(2, 1));
            if waiting.pop().unwrap().source() == Source(1) {
                break;
            }
            words += 1;
        }
        assert!((1..=2 * 512).contains(&words), "{words}");
    }

    #[test]
    fn floods_share_alike_and_each_keeps_its_order() {
        let mut waiting = Waiting::default();
        for _ in 0..64 {
            waiting.push(routes(1, 512));
            waiting.push(routes(2, 64));
        }
        for number in [7, 8, 9] {
            waiting.push(Uplink::Ended(Source(number)));
        }
        assert_eq!(order(&mut waiting, 4), [2, 7, 8, 9], "they have just come");
        let first = order(&mut waiting, 63);
        let large = first.iter().filter(|source| **source == 1).count();
        assert!((6..=8).contains(&large), "{large} batches of 512 in 63, the others of 64");
    }

    #[test]
    fn what_one_attachment_says_stays_in_order() {
        let mut waiting = Waiting::default();
        waiting.push(routes(1, 512));
        waiting.push(Uplink::Resync(Source(1)));
        waiting.push(Uplink::Ended(Source(1)));
        assert!(matches!(waiting.pop(), Some(Uplink::Routes(_))));
        assert!(matches!(waiting.pop(), Some(Uplink::Resync(_))));
        assert!(matches!(waiting.pop(), Some(Uplink::Ended(_))));
        assert!(waiting.pop().is_none() && waiting.lines.is_empty() && waiting.old.is_empty());
    }

    #[test]
    fn no_more_is_taken_in_than_is_worth_sorting() {
        let mut waiting = Waiting::default();
        for _ in 0..Waiting::MOST {
            assert!(!waiting.is_full());
            waiting.push(Uplink::Resync(Source(3)));
        }
        assert!(waiting.is_full());
        waiting.pop();
        assert!(!waiting.is_full());
    }
}
