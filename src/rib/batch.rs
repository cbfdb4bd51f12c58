//! Route changes on their way from one owner to the next.

use super::{Attributes, Prefix};
use hashbrown::HashSet;
use ipnet::{Ipv4Net, Ipv6Net};

/// A route that came, changed or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<P> {
    /// The prefix.
    pub prefix: P,
    /// What holds for it now; `None` if it is withdrawn.
    pub attributes: Option<Attributes>,
}

/// Changes that go over a channel in one send, of both families.
///
/// While the receiver is slow, a batch grows no further than the prefixes it is about: of several changes to one
/// prefix the last stays. Reading from the peer stops when there is no room, so that TCP slows this peer alone.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    ipv4: Changes<Ipv4Net>,
    ipv6: Changes<Ipv6Net>,
}

impl Batch {
    /// Changes from which on there is no room. What one read of the socket brings may go beyond.
    pub const ROOM: usize = 8192;

    /// Adds a change, later than all that are in the batch.
    pub fn push<P: Prefix>(&mut self, change: Change<P>) {
        P::half_mut(self).push(change);
    }

    /// The changes of one family; of several to one prefix the last holds.
    pub fn changes<P: Prefix>(&self) -> &[Change<P>] {
        &P::half(self).list
    }

    /// The changes by family; of several to one prefix the last holds.
    pub fn into_changes(self) -> (Vec<Change<Ipv4Net>>, Vec<Change<Ipv6Net>>) {
        (self.ipv4.list, self.ipv6.list)
    }

    /// The number of changes of both families.
    pub fn len(&self) -> usize {
        self.ipv4.list.len() + self.ipv6.list.len()
    }

    /// True if there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if the peer may be read from.
    pub fn has_room(&self) -> bool {
        self.len() < Self::ROOM
    }
}

impl<P: Prefix> Extend<Change<P>> for Batch {
    fn extend<I: IntoIterator<Item = Change<P>>>(&mut self, changes: I) {
        for change in changes {
            self.push(change);
        }
    }
}

/// The changes of one family, oldest first.
#[derive(Clone, Debug)]
pub struct Changes<P> {
    list: Vec<Change<P>>,
    /// The length at which superseded changes are dropped; twice what the last time left, so that it stays cheap.
    coalesce_at: usize,
}

impl<P: Prefix> Changes<P> {
    fn push(&mut self, change: Change<P>) {
        if self.list.len() >= self.coalesce_at {
            self.coalesce();
        }
        self.list.push(change);
    }

    fn coalesce(&mut self) {
        let mut newer = HashSet::with_capacity(self.list.len());
        self.list.reverse();
        self.list.retain(|change| newer.insert(change.prefix));
        self.list.reverse();
        self.coalesce_at = (2 * self.list.len()).max(Batch::ROOM);
    }
}

impl<P> Default for Changes<P> {
    fn default() -> Self {
        Self { list: Vec::new(), coalesce_at: Batch::ROOM }
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
    use std::{collections::BTreeMap, mem};

    fn announce(prefix: Ipv4Net, number: u32) -> Change<Ipv4Net> {
        Change { prefix, attributes: Some(attributes(number)) }
    }

    #[test]
    fn both_families_share_the_room() {
        let mut batch = Batch::default();
        assert!(batch.is_empty() && batch.has_room());
        batch.extend((0..5000).map(|number| announce(ipv4(number), 1)));
        batch.extend((0..3191).map(|number| Change { prefix: ipv6(number), attributes: None }));
        assert!(batch.has_room());
        batch.push(announce(ipv4(5000), 1));
        assert!(!batch.has_room());
        assert_eq!(batch.changes::<Ipv6Net>().len(), 3191);
        let (ipv4, ipv6) = mem::take(&mut batch).into_changes();
        assert_eq!((ipv4.len(), ipv6.len(), batch.len()), (5001, 3191, 0));
    }

    #[test]
    fn a_flapping_prefix_does_not_fill_the_batch() {
        let mut batch = Batch::default();
        let others = Batch::ROOM / 2;
        batch.extend((0..u32::try_from(others).unwrap()).map(|number| announce(ipv4(number), 0)));
        let mut most = 0;
        for number in 0..100_000 {
            batch.push(announce(ipv4(1_000_000), number));
            most = most.max(batch.len());
        }
        assert!(most <= 2 * Batch::ROOM, "{most} changes");
        assert_eq!(batch.changes().last(), Some(&announce(ipv4(1_000_000), 99_999)));
    }

    proptest! {
        #[test]
        fn the_last_change_of_each_prefix_stays(
            changes in vec((0u32..20, option::of(0u32..5)), 0..200),
            coalesce_after in vec(any::<bool>(), 200),
        ) {
            let mut batch = Batch::default();
            let mut model = BTreeMap::new();
            for ((prefix, number), coalesce) in changes.into_iter().zip(coalesce_after) {
                let change = Change { prefix: ipv4(prefix), attributes: number.map(attributes) };
                batch.push(change.clone());
                model.insert(change.prefix, change.attributes);
                if coalesce {
                    batch.ipv4.coalesce();
                    prop_assert_eq!(batch.len(), model.len());
                }
            }
            let left: BTreeMap<_, _> =
                batch.changes::<Ipv4Net>().iter().map(|change| (change.prefix, change.attributes.clone())).collect();
            prop_assert_eq!(left, model);
        }
    }
}
