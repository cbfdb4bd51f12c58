//! A number for every prefix of the table, found with one cache line per prefix.
//!
//! IPv4 prefixes up to /24 are nodes of a full binary tree: the /0 is node 1, and a node's halves are `2n` and `2n + 1`,
//! so that all of them fit into 2^25 bits. The bits lie in blocks of one cache line, each with the count of bits before
//! it: a prefix's number is that count and the bits below its own. The few longer ones, and IPv6, are hashed.

use hashbrown::HashMap;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// The longest IPv4 prefix with a node in the tree.
const TREE_BITS: u8 = 24;
/// Bits of a block that stand for nodes; with the count they fill 64 octets.
const BLOCK_BITS: usize = 448;
const BLOCK_WORDS: usize = BLOCK_BITS / 64;
const BLOCKS: usize = (1_usize << (TREE_BITS + 1)).div_ceil(BLOCK_BITS);

#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct Block {
    words: [u64; BLOCK_WORDS],
    /// Bits in all blocks before this one.
    before: u32,
}

/// Numbers from 0 for a fixed set of prefixes.
#[derive(Debug)]
pub(super) struct PrefixIndex {
    tree: Vec<Block>,
    long_ipv4: HashMap<Ipv4Net, u32>,
    ipv6: HashMap<Ipv6Net, u32>,
    count: u32,
}

impl PrefixIndex {
    /// Numbers these prefixes; one that stands there twice has one number. At most 2^32 are numbered.
    pub(super) fn new<'a>(prefixes: impl IntoIterator<Item = &'a IpNet>) -> Self {
        let mut index = Self { tree: Vec::new(), long_ipv4: HashMap::new(), ipv6: HashMap::new(), count: 0 };
        for prefix in prefixes {
            match prefix {
                IpNet::V4(net) => index.add_ipv4(*net),
                IpNet::V6(net) => {
                    index.ipv6.entry(net.trunc()).or_insert(0);
                }
            }
        }
        index.number_all();
        index
    }

    fn add_ipv4(&mut self, net: Ipv4Net) {
        let Some((block, word, bit)) = place(net) else {
            self.long_ipv4.entry(net.trunc()).or_insert(0);
            return;
        };
        if self.tree.is_empty() {
            self.tree = vec![Block::default(); BLOCKS];
        }
        if let Some(word) = self.tree.get_mut(block).and_then(|block| block.words.get_mut(word)) {
            *word |= bit;
        }
    }

    fn number_all(&mut self) {
        let mut next = 0;
        for block in &mut self.tree {
            block.before = next;
            next += block.words.iter().map(|word| word.count_ones()).sum::<u32>();
        }
        for number in self.long_ipv4.values_mut().chain(self.ipv6.values_mut()) {
            *number = next;
            next += 1;
        }
        self.count = next;
    }

    /// How many prefixes have a number.
    pub(super) const fn len(&self) -> u32 {
        self.count
    }

    /// True if there is no prefix at all.
    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The number of a prefix.
    pub(super) fn ipv4(&self, net: Ipv4Net) -> Option<u32> {
        let Some((block, word, bit)) = place(net) else {
            return self.long_ipv4.get(&net).copied();
        };
        let block = self.tree.get(block)?;
        let (own, below) = (block.words.get(word)?, block.words.get(..word)?);
        if own & bit == 0 {
            return None;
        }
        let before: u32 = below.iter().map(|word| word.count_ones()).sum();
        Some(block.before + before + (own & (bit - 1)).count_ones())
    }

    /// The number of a prefix.
    pub(super) fn ipv6(&self, net: Ipv6Net) -> Option<u32> {
        self.ipv6.get(&net).copied()
    }
}

/// Where a prefix's bit is: block, word of the block, bit of the word. `None` for those longer than /24.
fn place(net: Ipv4Net) -> Option<(usize, usize, u64)> {
    let length = net.prefix_len();
    if length > TREE_BITS {
        return None;
    }
    // As 64 bits, because a /0 shifts all 32 out.
    let path = u64::from(u32::from(net.addr())) >> (32 - length);
    let node = usize::try_from((1 << length) | path).ok()?;
    let (block, bit) = (node / BLOCK_BITS, node % BLOCK_BITS);
    Some((block, bit / 64, 1 << (bit % 64)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

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

    fn number(index: &PrefixIndex, prefix: &IpNet) -> Option<u32> {
        match prefix {
            IpNet::V4(net) => index.ipv4(*net),
            IpNet::V6(net) => index.ipv6(*net),
        }
    }

    #[test]
    fn a_block_is_a_cache_line() {
        assert_eq!(size_of::<Block>(), 64);
    }

    proptest! {
        #[test]
        fn each_prefix_has_a_number_of_its_own_and_no_other_has_one(
            known in prop::collection::vec(any_prefix(), 0..200),
            asked in prop::collection::vec(any_prefix(), 0..200),
        ) {
            let set: BTreeSet<IpNet> = known.iter().copied().collect();
            let index = PrefixIndex::new(&known);
            prop_assert_eq!(index.len() as usize, set.len());
            let numbers: BTreeSet<u32> = set.iter().map(|prefix| number(&index, prefix).unwrap()).collect();
            prop_assert_eq!(numbers, (0..index.len()).collect::<BTreeSet<u32>>());
            for prefix in asked {
                prop_assert_eq!(number(&index, &prefix).is_some(), set.contains(&prefix), "{}", prefix);
            }
        }
    }
}
