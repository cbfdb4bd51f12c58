//! Sets of attachments that traffic is shared over, numbered for the forwarding tables.

use crate::{fib::NextHopId, rib::Source};
use std::collections::HashMap;

/// Where a forwarding table sends a packet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum NextHops {
    /// Into the virtual network itself.
    Local,
    /// Over these attachments, equally (ECMP); ascending, not empty.
    Links(Box<[Source]>),
}

/// Gives each distinct [`NextHops`] one number, and the number back when no prefix uses it any more.
#[derive(Debug, Default)]
pub(super) struct NextHopTable {
    numbers: HashMap<NextHops, NextHopId>,
    entries: Vec<Entry>,
    free: Vec<NextHopId>,
}

#[derive(Debug)]
struct Entry {
    next_hops: NextHops,
    prefixes: u32,
}

impl NextHopTable {
    /// The number of a set, counted once more; `None` when all 2^24 - 1 numbers are taken.
    pub(super) fn acquire(&mut self, next_hops: NextHops) -> Option<NextHopId> {
        if let Some(&id) = self.numbers.get(&next_hops) {
            if let Some(entry) = self.entries.get_mut(index(id)) {
                entry.prefixes += 1;
            }
            return Some(id);
        }
        let entry = Entry { next_hops: next_hops.clone(), prefixes: 1 };
        let id = if let Some(id) = self.free.pop() {
            if let Some(slot) = self.entries.get_mut(index(id)) {
                *slot = entry;
            }
            id
        } else {
            let id = NextHopId::try_from(u32::try_from(self.entries.len() + 1).ok()?).ok()?;
            self.entries.push(entry);
            id
        };
        self.numbers.insert(next_hops, id);
        Some(id)
    }

    /// Gives back one use of a number.
    pub(super) fn release(&mut self, id: NextHopId) {
        let Some(entry) = self.entries.get_mut(index(id)) else { return };
        entry.prefixes = entry.prefixes.saturating_sub(1);
        if entry.prefixes == 0 {
            self.numbers.remove(&entry.next_hops);
            self.free.push(id);
        }
    }
}

/// Numbers start at 1.
fn index(id: NextHopId) -> usize {
    id.get() as usize - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(sources: &[u32]) -> NextHops {
        NextHops::Links(sources.iter().map(|source| Source(*source)).collect())
    }

    #[test]
    fn a_number_is_shared_by_its_prefixes_and_reused_after_the_last() {
        let mut table = NextHopTable::default();
        let both = table.acquire(links(&[1, 2])).unwrap();
        assert_eq!(table.acquire(links(&[1, 2])), Some(both));
        let local = table.acquire(NextHops::Local).unwrap();
        assert_ne!(both, local);
        table.release(both);
        assert_eq!(table.acquire(links(&[1, 2])), Some(both));
        table.release(both);
        table.release(both);
        assert_eq!(table.acquire(links(&[7])), Some(both));
    }
}
