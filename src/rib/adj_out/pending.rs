//! What a peer has still to be told: prefixes in lists, one list per attribute set.
//!
//! A prefix whose route changes again is listed again, and its older entry goes stale. Nobody searches for it: the
//! writer asks the table about each entry, and once more than half of all entries are stale, they are swept out
//! together. So listing is cheap, and the lists are never longer than twice the table.

use crate::rib::{Attributes, Prefix};
use hashbrown::HashMap;
use std::collections::VecDeque;

/// The lists. Withdrawals go first, then attribute sets in the order in which they came to be wanted.
#[derive(Debug)]
pub(super) struct Pending<P> {
    withdrawals: VecDeque<P>,
    /// The set that is being written; prefixes that come to be wanted with it meanwhile wait for its next turn.
    open: Option<(Attributes, VecDeque<P>)>,
    waiting: HashMap<Attributes, VecDeque<P>>,
    /// Whose turn it is after the open set: each key of `waiting` once.
    turns: VecDeque<Turn>,
    /// Entries of all lists, stale ones included.
    entries: usize,
}

#[derive(Debug)]
enum Turn {
    Announcements(Attributes),
    EndOfRib,
}

/// What to write next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The list that [`Pending::pop_withdrawal`] takes from has a current entry in front.
    Withdrawals,
    /// The list of these attributes, which [`Pending::pop_announcement`] takes from, has one.
    Announcements(Attributes),
    /// What was listed before [`Pending::push_end_of_rib`] has been taken; this is returned once.
    EndOfRib,
}

impl<P: Prefix> Pending<P> {
    /// Stale entries that are not worth a sweep.
    const SLACK: usize = 256;

    /// Lists a prefix, whose route shall become `wanted`, behind all others of its list.
    pub(super) fn push(&mut self, prefix: P, wanted: Option<&Attributes>) {
        self.entries += 1;
        let Some(attributes) = wanted else { return self.withdrawals.push_back(prefix) };
        if let Some(prefixes) = self.waiting.get_mut(attributes) {
            prefixes.push_back(prefix);
        } else {
            self.waiting.insert(attributes.clone(), VecDeque::from([prefix]));
            self.turns.push_back(Turn::Announcements(attributes.clone()));
        }
    }

    /// Lists the marker that follows the initial table (RFC 4724 section 2).
    pub(super) fn push_end_of_rib(&mut self) {
        self.turns.push_back(Turn::EndOfRib);
    }

    /// What is next, after dropping the entries before it for which `is_current` does not hold.
    pub(super) fn next(&mut self, is_current: impl Fn(P, Option<&Attributes>) -> bool) -> Option<Next> {
        self.entries -= skip(&mut self.withdrawals, |prefix| !is_current(prefix, None));
        if !self.withdrawals.is_empty() {
            return Some(Next::Withdrawals);
        }
        loop {
            if let Some((attributes, prefixes)) = &mut self.open {
                self.entries -= skip(prefixes, |prefix| !is_current(prefix, Some(attributes)));
                if !prefixes.is_empty() {
                    return Some(Next::Announcements(attributes.clone()));
                }
            }
            self.open = match self.turns.pop_front()? {
                Turn::Announcements(attributes) => self.waiting.remove_entry(&attributes),
                Turn::EndOfRib => return Some(Next::EndOfRib),
            };
        }
    }

    /// Takes the first prefix to be withdrawn.
    pub(super) fn pop_withdrawal(&mut self) -> Option<P> {
        let prefix = self.withdrawals.pop_front()?;
        self.entries -= 1;
        Some(prefix)
    }

    /// Takes the first prefix to be announced with the attributes that are being written.
    pub(super) fn pop_announcement(&mut self) -> Option<P> {
        let prefix = self.open.as_mut()?.1.pop_front()?;
        self.entries -= 1;
        Some(prefix)
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        self.entries
    }

    /// Sweeps stale entries out if they are more than the `current` ones.
    pub(super) fn sweep(&mut self, current: usize, is_current: impl Fn(P, Option<&Attributes>) -> bool) {
        if self.entries <= 2 * current + Self::SLACK {
            return;
        }
        let keep = |prefixes: &mut VecDeque<P>, wanted: Option<&Attributes>| {
            prefixes.make_contiguous().sort_unstable();
            let mut last = None;
            prefixes.retain(|prefix| last.replace(*prefix) != Some(*prefix) && is_current(*prefix, wanted));
            prefixes.shrink_to_fit();
            prefixes.len()
        };
        self.entries = keep(&mut self.withdrawals, None);
        if let Some((attributes, prefixes)) = &mut self.open {
            self.entries += keep(prefixes, Some(attributes));
        }
        self.waiting.retain(|attributes, prefixes| {
            self.entries += keep(prefixes, Some(attributes));
            !prefixes.is_empty()
        });
        self.turns.retain(|turn| match turn {
            Turn::Announcements(attributes) => self.waiting.contains_key(attributes),
            Turn::EndOfRib => true,
        });
    }
}

impl<P> Default for Pending<P> {
    fn default() -> Self {
        Self {
            withdrawals: VecDeque::new(),
            open: None,
            waiting: HashMap::new(),
            turns: VecDeque::new(),
            entries: 0,
        }
    }
}

/// Drops the entries in front that are stale and returns how many these were.
fn skip<P: Copy>(prefixes: &mut VecDeque<P>, is_stale: impl Fn(P) -> bool) -> usize {
    let before = prefixes.len();
    while prefixes.front().is_some_and(|prefix| is_stale(*prefix)) {
        prefixes.pop_front();
    }
    before - prefixes.len()
}
