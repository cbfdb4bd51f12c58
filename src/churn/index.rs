//! A number for every prefix of the table: its place there.
//!
//! A speaker mostly sends prefixes that share attributes in the order in which it got them, so the number that is looked for
//! is likely the one after the last, and reading the table in its order costs no cache miss. Otherwise an IPv4 prefix up to
//! /24 is found with one cache line: such prefixes are nodes of a full binary tree, the /0 is node 1, and a node's halves are
//! `2n` and `2n + 1`, so that all of them fit into 2^25 bits. The bits lie in blocks of one cache line, each with the counts
//! of bits before it and before each of its words, which together are the prefix's rank. The few longer ones, and IPv6, are
//! hashed.

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
    tree: Vec<Block>,
    /// The number of each rank in the tree.
    numbers: Vec<u32>,
    long_ipv4: HashMap<Key, u32>,
    ipv6: HashMap<Ipv6Net, u32>,
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
        index.numbers = vec![0; next as usize];
        for (number, prefix) in (0..).zip(prefixes) {
            index.add(number, prefix);
        }
        index
    }

    fn add(&mut self, number: u32, prefix: &IpNet) {
        let key = Key::of(prefix);
        self.in_order.push(key);
        match (key, prefix) {
            (Some(key), _) => match self.rank(key) {
                Some(rank) => {
                    if let Some(slot) = self.numbers.get_mut(rank as usize) {
                        *slot = number;
                    }
                }
                None => {
                    self.long_ipv4.insert(key, number);
                }
            },
            (None, IpNet::V6(net)) => {
                self.ipv6.insert(net.trunc(), number);
            }
            (None, IpNet::V4(_)) => {}
        }
    }

    /// How many prefixes have a number.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.in_order.len()).unwrap_or(u32::MAX)
    }

    /// True if there is no prefix at all.
    pub(super) fn is_empty(&self) -> bool {
        self.in_order.is_empty()
    }

    /// The numbers of IPv4 prefixes, which may be `guess` and those after it; at most [`GROUP`], one for each key.
    ///
    /// In any other order they are found step by step for all of them, so that no cache miss waits for another's.
    pub(super) fn ipv4(&self, keys: &[Key], guess: u32) -> [Option<u32>; GROUP] {
        let mut numbers = [None; GROUP];
        let expected = self.in_order.get(guess as usize..).unwrap_or_default();
        if expected.len() >= keys.len() && expected.iter().zip(keys).all(|(one, key)| *one == Some(*key)) {
            for (number, guessed) in numbers.iter_mut().zip(guess..).take(keys.len()) {
                *number = Some(guessed);
            }
            return numbers;
        }
        for (rank, key) in numbers.iter_mut().zip(keys) {
            *rank = self.rank(*key);
        }
        for (number, key) in numbers.iter_mut().zip(keys) {
            *number = match *number {
                Some(rank) => self.numbers.get(rank as usize).copied(),
                None => self.long(*key),
            };
        }
        numbers
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
            IpNet::V4(_) => self.ipv4(&[Key::of(prefix)?], 0)[0],
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
        fn the_number_of_a_prefix_is_its_place_whatever_is_guessed(
            mut known in prop::collection::vec(any_prefix(), 0..200),
            asked in prop::collection::vec((any_prefix(), 0_u32..250), 0..200),
        ) {
            let mut seen = HashSet::new();
            known.retain(|prefix| seen.insert(*prefix));
            let index = PrefixIndex::new(&known);
            prop_assert_eq!(index.len() as usize, known.len());
            for (prefix, guess) in known.iter().map(|prefix| (*prefix, 0)).chain(asked) {
                let want = known.iter().position(|one| *one == prefix).map(|place| u32::try_from(place).unwrap());
                prop_assert_eq!(index.number(&prefix), want, "{}", prefix);
                if let Some(key) = Key::of(&prefix) {
                    prop_assert_eq!(index.ipv4(&[key], guess)[0], want, "{} with the guess {}", prefix, guess);
                }
            }
            let keys: Vec<Key> = known.iter().filter_map(Key::of).collect();
            for (first, group) in keys.chunks(GROUP).enumerate() {
                for guess in [first * GROUP, first * GROUP + 1, 0, usize::MAX >> 32] {
                    let numbers = index.ipv4(group, u32::try_from(guess).unwrap());
                    for (key, number) in group.iter().zip(numbers) {
                        prop_assert_eq!(number, index.number(&key.net().unwrap()));
                    }
                }
            }
        }
    }
}
