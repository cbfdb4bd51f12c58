//! How many changes an attachment hands over at once.

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
    /// Changes in a batch of who is alone.
    const ALONE: usize = 4 * Batch::ROOM;
    /// Changes in a batch of who has had the last word before as well.
    const LOUDER: usize = Batch::ROOM / 2;
    /// For how long others count after they have said something.
    const MEMORY: Duration = Duration::from_secs(1);

    pub(super) fn new(source: Source, last_word: LastWord) -> Self {
        Self { source, last_word, others_heard: None }
    }

    /// The room of the next batch, now that one is handed over.
    pub(super) fn next(&mut self, now: Instant) -> usize {
        let last = self.last_word.take(self.source);
        if last != self.source && last != Source::OWN {
            self.others_heard = Some(now);
            return Batch::ROOM;
        }
        match self.others_heard {
            Some(heard) if now.saturating_duration_since(heard) < Self::MEMORY => Self::LOUDER,
            _ => Self::ALONE,
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
        assert_eq!(one.next(start), Portions::ALONE);
        assert_eq!(one.next(start), Portions::ALONE);
        assert_eq!(other.next(start), Batch::ROOM, "the other one is heard");
        assert_eq!(one.next(start), Batch::ROOM, "so is this");
        assert_eq!(one.next(start), Portions::LOUDER, "which goes on while the other one says nothing");
        assert_eq!(
            one.next(start + Portions::MEMORY / 2),
            Portions::LOUDER,
            "and does not forget it at once"
        );
        assert_eq!(one.next(start + Portions::MEMORY), Portions::ALONE);
        assert_eq!(other.next(start + Portions::MEMORY), Batch::ROOM);
    }
}
