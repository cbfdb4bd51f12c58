//! How many changes an attachment hands over at once, and how many may be under way.

use crate::rib::{Batch, Source};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// Who has handed changes over last, of all attachments of a daemon.
#[derive(Clone, Debug, Default)]
pub struct LastWord(Arc<AtomicU32>);

impl LastWord {
    /// Takes the last word, and returns who had it.
    fn take(&self, source: Source) -> Source {
        Source(self.0.swap(source.0, Ordering::Relaxed))
    }
}

/// What an attachment hands over at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Portion {
    /// Changes.
    pub(super) room: usize,
    /// What it takes of [`Portion::UNDER_WAY`] until the backbone has worked on it.
    pub(super) shares: u32,
}

impl Portion {
    /// What an attachment may have under way to the backbone, in shares.
    pub(super) const UNDER_WAY: u32 = 8;

    /// Of who is alone: eight may be under way, so that the attachment works on while the backbone waits for a processor.
    /// With two, an eighth of the time that a full table takes went by with nobody at work.
    const ALONE: Self = Self { room: 8 * Batch::ROOM, shares: 1 };
    /// Of who is one among others: one is worked on while the next is made, and the others' come in between.
    pub(super) const AMONG_OTHERS: Self = Self { room: Batch::ROOM, shares: Self::UNDER_WAY / 2 };
    /// Of who has had the last word before as well: none is made while one is worked on, and so there is a processor for what
    /// the others say.
    const LOUDER: Self = Self { room: Batch::ROOM / 4, shares: Self::UNDER_WAY };
}

/// Finds the size of an attachment's batches.
///
/// Each batch wakes whoever works on it, which is a tenth of the time that a full table takes. But while one is worked on,
/// the others' changes wait: so only who is alone in having something to say makes large ones, and who says much while
/// others say little makes small ones.
pub(super) struct Portions {
    source: Source,
    last_word: LastWord,
    others_heard: Option<Instant>,
}

impl Portions {
    /// For how long others count after they have said something.
    const MEMORY: Duration = Duration::from_secs(1);

    pub(super) fn new(source: Source, last_word: LastWord) -> Self {
        Self { source, last_word, others_heard: None }
    }

    /// The next batch, now that one is handed over.
    pub(super) fn next(&mut self, now: Instant) -> Portion {
        let last = self.last_word.take(self.source);
        if last != self.source && last != Source::OWN {
            self.others_heard = Some(now);
            return Portion::AMONG_OTHERS;
        }
        match self.others_heard {
            Some(heard) if now.saturating_duration_since(heard) < Self::MEMORY => Portion::LOUDER,
            _ => Portion::ALONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_alone_hands_over_much_at_once_and_who_is_louder_little() {
        let word = LastWord::default();
        let [mut one, mut other] = [1, 2].map(|number| Portions::new(Source(number), word.clone()));
        let start = Instant::now();
        assert_eq!(one.next(start), Portion::ALONE);
        assert_eq!(one.next(start), Portion::ALONE);
        assert_eq!(other.next(start), Portion::AMONG_OTHERS, "the other one is heard");
        assert_eq!(one.next(start), Portion::AMONG_OTHERS, "so is this");
        assert_eq!(one.next(start), Portion::LOUDER, "which goes on while the other one says nothing");
        assert_eq!(one.next(start + Portions::MEMORY / 2), Portion::LOUDER, "and does not forget it at once");
        assert_eq!(one.next(start + Portions::MEMORY), Portion::ALONE);
        assert_eq!(other.next(start + Portions::MEMORY), Portion::AMONG_OTHERS);
    }
}
