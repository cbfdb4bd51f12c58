//! Route changes on their way from one owner to the next.

use super::{Attributes, Prefix};
use ipnet::{Ipv4Net, Ipv6Net};

/// A route that came, changed or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<P> {
    /// The prefix.
    pub prefix: P,
    /// What holds for it now; `None` if it is withdrawn.
    pub attributes: Option<Attributes>,
}

/// Changes that go over a channel in one send, of both families, oldest first.
///
/// Prefixes that come one after the other with the same attributes share one handle to them. Reading from the peer
/// stops when there is no room, so that TCP slows this peer alone.
#[derive(Clone, Debug)]
pub struct Batch {
    ipv4: Changes<Ipv4Net>,
    ipv6: Changes<Ipv6Net>,
    limit: usize,
}

/// Prefixes that have one after the other come to hold the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run<'a, P> {
    /// The prefixes, at least one.
    pub prefixes: &'a [P],
    /// What holds for them now; `None` if they are withdrawn.
    pub attributes: Option<&'a Attributes>,
}

impl Batch {
    /// Changes from which on there is no room, unless it is made with more: few enough that nobody waits long for whoever
    /// works on them, and enough that handing them over costs little beside. What one UPDATE brings may go beyond.
    pub const ROOM: usize = 512;

    /// An empty batch that has room for so many changes.
    pub fn with_room(limit: usize) -> Self {
        Self { ipv4: Changes::default(), ipv6: Changes::default(), limit }
    }

    /// The empty batch after this one: with room for so many changes, and as many as there are here expected.
    #[must_use]
    pub fn next(&self, limit: usize) -> Self {
        Self { ipv4: self.ipv4.next(), ipv6: self.ipv6.next(), limit }
    }

    /// Adds a change, later than all that are in the batch.
    pub fn push<P: Prefix>(&mut self, prefix: P, attributes: Option<&Attributes>) {
        P::half_mut(self).push(prefix, attributes);
    }

    /// The changes of one family, oldest first.
    pub fn runs<P: Prefix>(&self) -> impl Iterator<Item = Run<'_, P>> + Clone {
        P::half(self).runs()
    }

    /// The changes of one family, one by one.
    pub fn changes<P: Prefix>(&self) -> impl Iterator<Item = Change<P>> {
        self.runs().flat_map(|Run { prefixes, attributes }| {
            prefixes.iter().map(move |prefix| Change { prefix: *prefix, attributes: attributes.cloned() })
        })
    }

    /// The number of changes of both families.
    pub fn len(&self) -> usize {
        self.ipv4.prefixes.len() + self.ipv6.prefixes.len()
    }

    /// True if there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many changes more there is room for.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.len())
    }

    /// True if the peer may be read from.
    pub fn has_room(&self) -> bool {
        self.room() > 0
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self::with_room(Self::ROOM)
    }
}

/// The changes of one family.
#[derive(Clone, Debug)]
pub struct Changes<P> {
    prefixes: Vec<P>,
    /// What holds for the prefixes from the end of the run before up to this index.
    runs: Vec<(Option<Attributes>, usize)>,
    /// Prefixes and runs for which memory is set aside once there is one.
    expected: (usize, usize),
}

impl<P: Prefix> Changes<P> {
    fn next(&self) -> Self {
        Self { expected: (self.prefixes.len(), self.runs.len()), ..Self::default() }
    }

    fn push(&mut self, prefix: P, attributes: Option<&Attributes>) {
        if self.prefixes.is_empty() {
            let (prefixes, runs) = self.expected;
            self.prefixes.reserve(prefixes);
            self.runs.reserve(runs);
        }
        self.prefixes.push(prefix);
        let end = self.prefixes.len();
        match (self.runs.last_mut(), attributes) {
            (Some((None, last)), None) => *last = end,
            (Some((Some(same), last)), Some(attributes)) if same.ptr_eq(attributes) => *last = end,
            _ => self.runs.push((attributes.cloned(), end)),
        }
    }

    fn runs(&self) -> impl Iterator<Item = Run<'_, P>> + Clone {
        let mut start = 0;
        self.runs.iter().map(move |(attributes, end)| {
            let prefixes = self.prefixes.get(start..*end).unwrap_or_default();
            start = *end;
            Run { prefixes, attributes: attributes.as_ref() }
        })
    }
}

impl<P> Default for Changes<P> {
    fn default() -> Self {
        Self { prefixes: Vec::new(), runs: Vec::new(), expected: (0, 0) }
    }
}

/// Finds the half of a batch that a prefix type belongs to.
pub trait Half: Sized {
    /// The changes of this family.
    fn half(batch: &Batch) -> &Changes<Self>;
    /// The changes of this family, to add to them.
    fn half_mut(batch: &mut Batch) -> &mut Changes<Self>;
}

impl Half for Ipv4Net {
    fn half(batch: &Batch) -> &Changes<Self> {
        &batch.ipv4
    }

    fn half_mut(batch: &mut Batch) -> &mut Changes<Self> {
        &mut batch.ipv4
    }
}

impl Half for Ipv6Net {
    fn half(batch: &Batch) -> &Changes<Self> {
        &batch.ipv6
    }

    fn half_mut(batch: &mut Batch) -> &mut Changes<Self> {
        &mut batch.ipv6
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rib::testing::{attributes, ipv4, ipv6};
    use proptest::{collection::vec, option, prelude::*};

    #[test]
    fn both_families_share_the_room() {
        let mut batch = Batch::default();
        assert!(batch.is_empty() && batch.has_room());
        let rest = u32::try_from(Batch::ROOM).unwrap() - 500;
        (0..rest).for_each(|number| batch.push(ipv4(number), Some(&attributes(1))));
        (0..499).for_each(|number| batch.push(ipv6(number), None));
        assert_eq!(batch.room(), 1);
        batch.push(ipv4(rest), None);
        assert!(!batch.has_room());
        assert_eq!(batch.changes::<Ipv6Net>().count(), 499);
        assert_eq!(batch.len(), Batch::ROOM);
    }

    #[test]
    fn prefixes_that_share_their_attributes_are_one_run() {
        let (one, other) = (attributes(1), attributes(2));
        let mut batch = Batch::default();
        for (prefix, attributes) in
            [(1, Some(&one)), (2, Some(&one)), (3, None), (4, None), (5, Some(&other))]
        {
            batch.push(ipv4(prefix), attributes);
        }
        let runs: Vec<_> = batch.runs().collect();
        let want = [
            (vec![ipv4(1), ipv4(2)], Some(&one)),
            (vec![ipv4(3), ipv4(4)], None),
            (vec![ipv4(5)], Some(&other)),
        ];
        let want: Vec<_> =
            want.iter().map(|(prefixes, attributes)| Run { prefixes, attributes: *attributes }).collect();
        assert_eq!(runs, want);
    }

    proptest! {
        #[test]
        fn every_change_comes_out_in_order(changes in vec((0u32..20, option::of(0u32..3)), 0..200)) {
            let blocks: Vec<Attributes> = (0..3).map(attributes).collect();
            let mut batch = Batch::default();
            let changes: Vec<_> = changes
                .into_iter()
                .map(|(prefix, number)| Change {
                    prefix: ipv4(prefix),
                    attributes: number.map(|number| blocks[number as usize].clone()),
                })
                .collect();
            for change in &changes {
                batch.push(change.prefix, change.attributes.as_ref());
            }
            prop_assert_eq!(batch.changes::<Ipv4Net>().collect::<Vec<_>>(), changes);
        }
    }
}
