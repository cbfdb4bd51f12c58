//! Prefixes and what is known of each: a hash table without order, one cache miss to an entry.
//!
//! Every table of the process hashes alike, so that walking one of them meets the entries of another in the order in
//! which they lie there, and a lost table is taken out of the next one almost without a miss.

use super::Prefix;
use hashbrown::{DefaultHashBuilder, HashTable, hash_table};
use std::{
    hash::{BuildHasher, Hash},
    sync::LazyLock,
};

/// Seeded once for the process: hashes are comparable everywhere in it, and no peer can foresee them.
static HASHER: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);

/// The hash that all tables of the process use.
pub(super) fn hash_of(value: impl Hash) -> u64 {
    HASHER.hash_one(value)
}

/// A value for each prefix held. Prefixes stand for their network: host bits are cleared on the way in.
#[derive(Clone, Debug)]
pub struct PrefixTable<P, V> {
    entries: HashTable<(P, V)>,
}

/// A prefix without host bits, with the hash that all tables share: made once, where several look-ups follow.
#[derive(Clone, Copy, Debug)]
pub struct Hashed<P> {
    prefix: P,
    hash: u64,
}

impl<P: Prefix> From<P> for Hashed<P> {
    fn from(prefix: P) -> Self {
        let prefix = prefix.network();
        Self { prefix, hash: hash_of(prefix.number()) }
    }
}

impl<P: Prefix> Hashed<P> {
    /// The prefix.
    pub const fn prefix(&self) -> P {
        self.prefix
    }
}

/// The place of one prefix, held or not.
pub enum Entry<'a, P, V> {
    /// The prefix is held.
    Occupied(Occupied<'a, P, V>),
    /// It is not.
    Vacant(Vacant<'a, P, V>),
}

/// The place of a prefix that is held.
pub struct Occupied<'a, P, V>(hash_table::OccupiedEntry<'a, (P, V)>);

/// The place of a prefix that is not held.
pub struct Vacant<'a, P, V> {
    place: hash_table::VacantEntry<'a, (P, V)>,
    prefix: P,
}

impl<P: Prefix, V> PrefixTable<P, V> {
    /// An empty table, which costs no memory.
    pub fn new() -> Self {
        Self { entries: HashTable::new() }
    }

    /// The number of prefixes.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if no prefix is held.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of exactly this prefix.
    pub fn get(&self, prefix: impl Into<Hashed<P>>) -> Option<&V> {
        let Hashed { prefix, hash } = prefix.into();
        self.entries.find(hash, |(held, _)| *held == prefix).map(|(_, value)| value)
    }

    /// The same to change it.
    pub fn get_mut(&mut self, prefix: impl Into<Hashed<P>>) -> Option<&mut V> {
        let Hashed { prefix, hash } = prefix.into();
        self.entries.find_mut(hash, |(held, _)| *held == prefix).map(|(_, value)| value)
    }

    /// The place of a prefix, to look at it and to change it with one search.
    pub fn entry(&mut self, prefix: impl Into<Hashed<P>>) -> Entry<'_, P, V> {
        let Hashed { prefix, hash } = prefix.into();
        let rehash = |(held, _): &(P, V)| hash_of(held.number());
        match self.entries.entry(hash, |(held, _)| *held == prefix, rehash) {
            hash_table::Entry::Occupied(place) => Entry::Occupied(Occupied(place)),
            hash_table::Entry::Vacant(place) => Entry::Vacant(Vacant { place, prefix }),
        }
    }

    /// Sets the value of a prefix and returns the one before.
    pub fn insert(&mut self, prefix: impl Into<Hashed<P>>, value: V) -> Option<V> {
        match self.entry(prefix) {
            Entry::Occupied(mut place) => Some(std::mem::replace(place.get_mut(), value)),
            Entry::Vacant(place) => {
                place.insert(value);
                None
            }
        }
    }

    /// Takes a prefix out and returns its value.
    pub fn remove(&mut self, prefix: impl Into<Hashed<P>>) -> Option<V> {
        let Hashed { prefix, hash } = prefix.into();
        let found = self.entries.find_entry(hash, |(held, _)| *held == prefix).ok()?;
        Some(found.remove().0.1)
    }

    /// Has the entries of prefixes in the cache, and gives the values of those that are held.
    ///
    /// The look-ups follow each other so closely that the processor has several under way at once: it waits for the
    /// memory once for all of these, and not once for each, as when there is work between them.
    pub fn foresee<'a>(&'a self, prefixes: &'a [Hashed<P>]) -> impl Iterator<Item = &'a V> {
        prefixes.iter().filter_map(|prefix| self.get(*prefix))
    }

    /// All prefixes, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (P, &V)> {
        self.entries.iter().map(|(prefix, value)| (*prefix, value))
    }

    /// The longest prefix held that covers an address.
    pub fn longest_match(&self, address: P::Address) -> Option<(P, &V)> {
        let covering = |prefix: P| self.get(prefix).map(|value| (prefix, value));
        P::host(address).and_shorter().find_map(covering)
    }
}

impl<P: Prefix, V> Default for PrefixTable<P, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P, V> IntoIterator for PrefixTable<P, V> {
    type Item = (P, V);
    type IntoIter = hash_table::IntoIter<(P, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a, P, V> Occupied<'a, P, V> {
    /// The value.
    pub fn get_mut(&mut self) -> &mut V {
        &mut self.0.get_mut().1
    }

    /// The value, for as long as the table is borrowed.
    pub fn into_mut(self) -> &'a mut V {
        &mut self.0.into_mut().1
    }

    /// Takes the prefix out.
    pub fn remove(self) -> V {
        self.0.remove().0.1
    }
}

impl<'a, P, V> Vacant<'a, P, V> {
    /// Holds the prefix from now on.
    pub fn insert(self, value: V) -> &'a mut V {
        &mut self.place.insert((self.prefix, value)).into_mut().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rib::testing::ipv4;
    use ipnet::Ipv4Net;
    use proptest::{collection::vec, option, prelude::*};
    use std::{collections::BTreeMap, net::Ipv4Addr};

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    #[test]
    fn a_prefix_stands_for_its_network() {
        let mut table = PrefixTable::new();
        assert_eq!(table.insert(net("10.1.2.3/16"), 1), None);
        assert_eq!(table.insert(net("10.1.0.0/16"), 2), Some(1));
        assert_eq!(table.get(net("10.1.9.9/16")), Some(&2));
        assert_eq!(table.remove(net("10.1.0.1/16")), Some(2));
        assert!(table.is_empty());
    }

    #[test]
    fn the_longest_match_may_be_the_default_route() {
        let mut table = PrefixTable::new();
        assert_eq!(table.longest_match(Ipv4Addr::LOCALHOST), None);
        table.insert(net("0.0.0.0/0"), 1);
        table.insert(net("127.0.0.1/32"), 2);
        assert_eq!(table.longest_match(Ipv4Addr::LOCALHOST), Some((net("127.0.0.1/32"), &2)));
        assert_eq!(table.longest_match(Ipv4Addr::BROADCAST), Some((net("0.0.0.0/0"), &1)));
    }

    proptest! {
        #[test]
        fn behaves_like_an_ordered_map(
            steps in vec((0u32..40, option::weighted(0.7, any::<u8>())), 0..200),
        ) {
            let (mut table, mut model) = (PrefixTable::new(), BTreeMap::new());
            for (number, value) in steps {
                let prefix = ipv4(number);
                let (before, want) = if let Some(value) = value {
                    (table.insert(prefix, value), model.insert(prefix, value))
                } else {
                    (table.remove(prefix), model.remove(&prefix))
                };
                prop_assert_eq!(before, want);
                prop_assert_eq!((table.len(), table.get(prefix)), (model.len(), model.get(&prefix)));
            }
            let foreseen: Vec<Hashed<Ipv4Net>> = (0..40).map(|number| ipv4(number).into()).collect();
            let held = foreseen.iter().filter_map(|prefix| model.get(&prefix.prefix()));
            prop_assert!(table.foresee(&foreseen).eq(held));
            let mut all: Vec<_> = table.iter().map(|(prefix, value)| (prefix, *value)).collect();
            all.sort_unstable();
            prop_assert!(all.iter().map(|(prefix, value)| (prefix, value)).eq(model.iter()));
            for prefix in model.keys() {
                let address = prefix.broadcast();
                let covering = model.iter().filter(|(prefix, _)| prefix.contains(&address));
                let longest = covering.max_by_key(|(prefix, _)| prefix.prefix_len());
                prop_assert_eq!(table.longest_match(address), longest.map(|(prefix, value)| (*prefix, value)));
            }
        }
    }
}
