//! The history of what has happened, of bounded length.

use crate::{attachment, azure::AttachmentId};
use std::{collections::VecDeque, time::SystemTime};

/// One thing that has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Position in the history, from 1.
    pub sequence: u64,
    /// When.
    pub at: SystemTime,
    /// Where, if it concerns one attachment.
    pub attachment: Option<AttachmentId>,
    /// What kind of thing.
    pub kind: EntryKind,
    /// One line in words.
    pub message: String,
}

/// Kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// An attachment reported it.
    Attachment(attachment::EventKind),
    /// A peering has lost the session of one router, or of both.
    RedundancyLost,
    /// A peering has its session on both routers.
    RedundancyRestored,
    /// An operation was carried out.
    OperationApplied,
    /// What was done before the start holds again.
    StateRestored,
    /// What was done before the start does not hold again, or not all of it.
    StateRefused,
    /// What is done now would not outlive the process.
    StateUnsaved,
    /// It would again.
    StateSaved,
    /// The RTR server answers, for the first time or again.
    RtrConnected,
    /// The RTR server does not answer.
    RtrLost,
    /// What the RTR server has said holds no longer.
    RtrExpired,
    /// RPKI judges a peering otherwise than before.
    RegistryChanged,
    /// A gateway's connection is down because it would send too many prefixes.
    ConnectionDown,
    /// A configuration was applied.
    ReloadApplied,
    /// A configuration was refused and changed nothing.
    ReloadRefused,
    /// A link is not there for an address of ours, or does not take it.
    LinkNotReady,
    /// An attachment's task died and was started again.
    TaskRestarted,
}

/// The newest entries.
#[derive(Debug, Default)]
pub(super) struct History {
    entries: VecDeque<Entry>,
    last: u64,
}

impl History {
    /// Entries that are kept.
    const LENGTH: usize = 10_000;

    pub(super) fn push(
        &mut self,
        at: SystemTime,
        attachment: Option<AttachmentId>,
        kind: EntryKind,
        message: String,
    ) {
        if self.entries.len() == Self::LENGTH {
            self.entries.pop_front();
        }
        self.last += 1;
        self.entries.push_back(Entry { sequence: self.last, at, attachment, kind, message });
    }

    /// Up to `limit` entries, oldest first: those behind `after`, or else the newest there are.
    pub(super) fn entries(&self, after: Option<u64>, limit: usize, of: Option<&AttachmentId>) -> Vec<Entry> {
        let fits = |entry: &&Entry| of.is_none() || entry.attachment.as_ref() == of;
        if let Some(after) = after {
            let newer = self.entries.iter().filter(|entry| entry.sequence > after);
            return newer.filter(fits).take(limit).cloned().collect();
        }
        let mut newest: Vec<Entry> = self.entries.iter().rev().filter(fits).take(limit).cloned().collect();
        newest.reverse();
        newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_keeps_the_newest_and_counts_on() {
        let mut history = History::default();
        for number in 0..History::LENGTH + 5 {
            let message = number.to_string();
            history.push(SystemTime::UNIX_EPOCH, None, EntryKind::ReloadApplied, message);
        }
        let sequences = |entries: Vec<Entry>| entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>();
        assert_eq!(sequences(history.entries(None, 2, None)), [10_004, 10_005]);
        assert_eq!(sequences(history.entries(Some(10_003), 10, None)), [10_004, 10_005]);
        assert_eq!(sequences(history.entries(Some(0), 1, None)), [6]);
        let elsewhere = "a/private/primary".parse().unwrap();
        assert!(history.entries(None, 5, Some(&elsewhere)).is_empty());
    }
}
