//! A number for every prefix of the table.
//!
//! A speaker mostly sends prefixes that share attributes in the order in which it got them, so the prefix that comes is
//! likely the one after the last, and reading the table in its order costs no cache miss. Otherwise an IPv4 prefix up to
//! /24 is found with one cache line: such prefixes are nodes of a full binary tree, the /0 is node 1, and a node's halves are
//! `2n` and `2n + 1`, so that all of them fit into 2^25 bits. The bits lie in blocks of one cache line, each with the counts
//! of bits before it and before each of its words, which together are the prefix's rank, and its number. The few longer
//! ones, and IPv6, are hashed, and have the numbers after these.

use super::key::Key;
use hashbrown::HashMap;
use ipnet::{IpNet, Ipv6Net};

/// The longest IPv4 prefix with a node in the tree.
const TREE_BITS: u8 = 24;
/// Prefixes that are looked up together.
pub(super) const GROUP: usize = 32;
/// Words of a block that stand for nodes; with the counts they fill 64 octets.
const BLOCK_WORDS: usize = 6;
const BLOCK_BITS: usize = BLOCK_WORDS * 64;
const BLOCKS: usize = (1_usize << (TREE_BITS + 1)).div_ceil(BLOCK_BITS);

#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct Block {
    words: [u64; BLOCK_WORDS],
    /// Bits in all blocks before this one.
    before: u32,
    /// Bits in this block before each word.
    before_word: [u16; BLOCK_WORDS],
}

/// Numbers from 0 for a fixed set of prefixes.
#[derive(Debug, Default)]
pub(super) struct PrefixIndex {
    /// In the table's order; `None` for those of IPv6.
    in_order: Vec<Option<Key>>,
    /// The number of each place in that order, and the place of each number.
    numbers: Vec<u32>,
    places: Vec<u32>,
    tree: Vec<Block>,
    long_ipv4: HashMap<Key, u32>,
    ipv6: HashMap<Ipv6Net, u32>,
}

/// What has been found of some prefixes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Their numbers; `None` for those that are not in the table, and for places beyond.
    pub(super) numbers: [Option<u32>; GROUP],
    /// The place in the table's order that the next prefix is likely to have.
    pub(super) guess: u32,
}

impl PrefixIndex {
    /// Numbers prefixes, of which each stands there once; at most 2^32.
    pub(super) fn new(prefixes: &[IpNet]) -> Self {
        let mut index = Self::default();
        let short = || prefixes.iter().filter_map(Key::of).filter_map(place);
        if short().next().is_some() {
            index.tree = vec![Block::default(); BLOCKS];
        }
        for (block, word, bit) in short() {
            if let Some(word) = index.tree.get_mut(block).and_then(|block| block.words.get_mut(word)) {
                *word |= bit;
            }
        }
        let mut next = 0;
        for block in &mut index.tree {
            block.before = next;
            let mut within = 0;
            for (word, before) in block.words.iter().zip(&mut block.before_word) {
                *before = within;
                within += u16::from(ones(*word));
            }
            next += u32::from(within);
        }
        index.places = vec![0; prefixes.len()];
        for (ordinal, prefix) in (0..).zip(prefixes) {
            let number = index.add(prefix, &mut next);
            if let Some(place) = index.places.get_mut(number as usize) {
                *place = ordinal;
            }
        }
        index
    }

    /// Adds the next prefix of the table; one that is not in the tree takes the first `free` number.
    fn add(&mut self, prefix: &IpNet, free: &mut u32) -> u32 {
        let key = Key::of(prefix);
        let number = key.and_then(|key| self.rank(key)).unwrap_or_else(|| {
            match (key, prefix) {
                (None, IpNet::V6(net)) => drop(self.ipv6.insert(net.trunc(), *free)),
                (Some(key), _) => drop(self.long_ipv4.insert(key, *free)),
                (None, IpNet::V4(_)) => {}
            }
            *free += 1;
            *free - 1
        });
        self.in_order.push(key);
        self.numbers.push(number);
        number
    }

    /// How many prefixes have a number.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.in_order.len()).unwrap_or(u32::MAX)
    }

    /// True if there is no prefix at all.
    pub(super) fn is_empty(&self) -> bool {
        self.in_order.is_empty()
    }

    /// Finds IPv4 prefixes, which may be the one at the place `guess` and those after it; at most [`GROUP`] of them.
    ///
    /// In any other order they are found step by step for all of them, so that no cache miss waits for another's.
    pub(super) fn ipv4(&self, keys: &[Key], guess: u32) -> Found {
        let mut numbers = [None; GROUP];
        let start = guess as usize;
        let expected = self.in_order.get(start..).unwrap_or_default();
        if expected.len() >= keys.len() && expected.iter().zip(keys).all(|(one, key)| *one == Some(*key)) {
            let guessed = self.numbers.get(start..).unwrap_or_default();
            for (number, guessed) in numbers.iter_mut().zip(guessed).take(keys.len()) {
                *number = Some(*guessed);
            }
            return Found { numbers, guess: (guess..).nth(keys.len()).unwrap_or(guess) };
        }
        for (rank, key) in numbers.iter_mut().zip(keys) {
            *rank = self.rank(*key);
        }
        for (number, key) in numbers.iter_mut().zip(keys) {
            *number = number.or_else(|| self.long(*key));
        }
        let last = numbers.iter().rev().find_map(|number| self.places.get((*number)? as usize));
        Found { numbers, guess: last.map_or(guess, |place| place + 1) }
    }

    /// The number of a prefix that is not in the tree, if it is longer than those.
    fn long(&self, key: Key) -> Option<u32> {
        if key.length() > TREE_BITS { self.long_ipv4.get(&key).copied() } else { None }
    }

    /// The number of an IPv6 prefix.
    pub(super) fn ipv6(&self, net: Ipv6Net) -> Option<u32> {
        self.ipv6.get(&net).copied()
    }

    /// The number of a prefix.
    pub(super) fn number(&self, prefix: &IpNet) -> Option<u32> {
        match prefix {
            IpNet::V4(_) => {
                let key = Key::of(prefix)?;
                self.rank(key).or_else(|| self.long(key))
            }
            IpNet::V6(net) => self.ipv6(*net),
        }
    }

    /// The place of a prefix among those of the tree.
    fn rank(&self, key: Key) -> Option<u32> {
        let (block, word, bit) = place(key)?;
        let block = self.tree.get(block)?;
        let (own, before) = (block.words.get(word)?, block.before_word.get(word)?);
        let below = u32::from(ones(own & (bit - 1)));
        (own & bit != 0).then_some(block.before + u32::from(*before) + below)
    }
}

/// Bits of a word that are set, 64 at most.
#[expect(clippy::cast_possible_truncation, reason = "a word has 64 bits")]
const fn ones(word: u64) -> u8 {
    word.count_ones() as u8
}

/// Where a prefix's bit is: block, word of the block, bit of the word. `None` for those longer than /24.
fn place(key: Key) -> Option<(usize, usize, u64)> {
    let (address, length) = (key.address(), key.length());
    if length > TREE_BITS {
        return None;
    }
    // As 64 bits, because a /0 shifts all 32 out.
    let path = u64::from(address) >> (32 - length);
    let node = usize::try_from((1 << length) | path).ok()?;
    let (block, bit) = (node / BLOCK_BITS, node % BLOCK_BITS);
    Some((block, bit / 64, 1 << (bit % 64)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipnet::Ipv4Net;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn any_prefix() -> impl Strategy<Value = IpNet> {
        // Few networks, so that prefixes meet and lie in each other.
        let v4 = (0_u32..64, 0_u8..=32).prop_map(|(low, length)| {
            Ipv4Net::new((low << 26 | low << 6).into(), length).unwrap().trunc().into()
        });
        let v6 = (0_u128..64, 0_u8..=128).prop_map(|(low, length)| {
            Ipv6Net::new((low << 122 | low).into(), length).unwrap().trunc().into()
        });
        prop_oneof![v4, v6]
    }

    #[test]
    fn a_block_is_a_cache_line() {
        assert_eq!(size_of::<Block>(), 64);
    }

    proptest! {
        #[test]
        fn every_prefix_has_a_number_of_its_own_whatever_is_guessed(
            mut known in prop::collection::vec(any_prefix(), 0..200),
            asked in prop::collection::vec((any_prefix(), 0_u32..250), 0..200),
        ) {
            let mut seen = HashSet::new();
            known.retain(|prefix| seen.insert(*prefix));
            let index = PrefixIndex::new(&known);
            prop_assert_eq!(index.len() as usize, known.len());
            let mut numbers: Vec<u32> = known.iter().filter_map(|prefix| index.number(prefix)).collect();
            numbers.sort_unstable();
            prop_assert!(numbers.into_iter().eq(0..index.len()));
            for (prefix, guess) in known.iter().map(|prefix| (*prefix, 0)).chain(asked) {
                let place = known.iter().position(|one| *one == prefix);
                prop_assert_eq!(index.number(&prefix).is_some(), place.is_some(), "{}", prefix);
                if let Some(key) = Key::of(&prefix) {
                    let found = index.ipv4(&[key], guess);
                    prop_assert_eq!(found.numbers[0], index.number(&prefix), "{} with {}", prefix, guess);
                    let after = place.map_or(guess, |place| u32::try_from(place + 1).unwrap());
                    prop_assert_eq!(found.guess, after);
                }
            }
            let keys: Vec<Key> = known.iter().filter_map(Key::of).collect();
            for (first, group) in keys.chunks(GROUP).enumerate() {
                for guess in [first * GROUP, first * GROUP + 1, 0, usize::MAX >> 32] {
                    let found = index.ipv4(group, u32::try_from(guess).unwrap());
                    for (key, number) in group.iter().zip(found.numbers) {
                        prop_assert_eq!(number, index.number(&key.net().unwrap()));
                    }
                }
            }
        }
    }
}
