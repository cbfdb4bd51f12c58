//! Attachments whose task has died: when each is started again, and what readers are told meanwhile.

use crate::{azure::AttachmentId, rib::Source};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Before an attachment is started again whose task has died for the first time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Each death in a row doubles the pause, up to this.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A task that has lived for so long was well: its next death is a first one.
const WELL_AFTER: Duration = Duration::from_mins(5);

/// What is known of an attachment whose task has died at least once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deaths {
    /// How often, since the daemon's start or since the attachment was configured.
    pub count: u64,
    /// Why the last time.
    pub cause: String,
    /// When it is started again; `None` if it has been.
    pub again_at: Option<Instant>,
}

/// The deaths of all attachments.
#[derive(Debug, Default)]
pub(super) struct Restarts {
    records: BTreeMap<AttachmentId, Record>,
}

#[derive(Debug)]
struct Record {
    deaths: Deaths,
    source: Source,
    pause: Duration,
}

impl Restarts {
    /// A task that started at `started` has died; returns how long the pause is.
    pub(super) fn died(
        &mut self,
        id: &AttachmentId,
        source: Source,
        cause: String,
        started: Instant,
        now: Instant,
    ) -> Duration {
        let before = self.records.get(id);
        let in_a_row = now.saturating_duration_since(started) < WELL_AFTER;
        let pause = match before {
            Some(record) if in_a_row => (record.pause * 2).min(LONGEST_PAUSE),
            Some(_) | None => FIRST_PAUSE,
        };
        let count = before.map_or(0, |record| record.deaths.count) + 1;
        let deaths = Deaths { count, cause, again_at: Some(now + pause) };
        self.records.insert(id.clone(), Record { deaths, source, pause });
        pause
    }

    /// When the next attachment is to be started; `None` if none waits.
    pub(super) fn next(&self) -> Option<Instant> {
        self.records.values().filter_map(|record| record.deaths.again_at).min()
    }

    /// Takes an attachment off the list whose pause is over.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(AttachmentId, Source)> {
        let due = |record: &&mut Record| record.deaths.again_at.is_some_and(|again_at| again_at <= now);
        let (id, record) = self.records.iter_mut().find(|(_, record)| due(record))?;
        record.deaths.again_at = None;
        Some((id.clone(), record.source))
    }

    /// Forgets attachments that are no longer wanted.
    pub(super) fn retain(&mut self, wanted: impl Fn(&AttachmentId) -> bool) {
        self.records.retain(|id, _| wanted(id));
    }

    /// What readers are told.
    pub(super) fn deaths(&self) -> BTreeMap<AttachmentId, Deaths> {
        self.records.iter().map(|(id, record)| (id.clone(), record.deaths.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deaths_in_a_row_wait_longer_and_longer_and_a_long_life_forgives() {
        let id: AttachmentId = "a/private/primary".parse().unwrap();
        let (mut restarts, mut now) = (Restarts::default(), Instant::now());
        for (lived, pause, count) in [
            (1, 1, 1),
            (1, 2, 2),
            (0, 4, 3),
            (299, 8, 4),
            (9, 16, 5),
            (9, 32, 6),
            (9, 60, 7),
            (9, 60, 8),
            (300, 1, 9),
        ] {
            let started = now;
            now += Duration::from_secs(lived);
            let waits = restarts.died(&id, Source(1), format!("death {count}"), started, now);
            assert_eq!(waits, Duration::from_secs(pause), "death {count}");
            let deaths = &restarts.deaths()[&id];
            assert_eq!((deaths.count, deaths.again_at), (count, Some(now + waits)));
            assert_eq!((restarts.next(), restarts.take_due(now)), (Some(now + waits), None));
            now += waits;
            assert_eq!(restarts.take_due(now), Some((id.clone(), Source(1))));
            assert_eq!((restarts.next(), restarts.take_due(now)), (None, None));
        }
        restarts.retain(|_| false);
        assert!(restarts.deaths().is_empty());
    }

    #[test]
    fn the_one_that_waits_longest_does_not_hold_up_the_others() {
        let [often, once]: [AttachmentId; 2] =
            ["a/private/primary", "b/private/primary"].map(|id| id.parse().unwrap());
        let (mut restarts, now) = (Restarts::default(), Instant::now());
        for _ in 0..5 {
            restarts.died(&often, Source(1), String::new(), now, now);
        }
        restarts.died(&once, Source(2), String::new(), now, now);
        assert_eq!(restarts.take_due(now + FIRST_PAUSE), Some((once, Source(2))));
        assert_eq!(restarts.next(), Some(now + Duration::from_secs(16)));
    }
}
