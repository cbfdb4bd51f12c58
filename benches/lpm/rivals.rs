//! The crates that do longest-prefix match.
//!
//! `poptrie` 0.2 is left out: an insertion moves its arrays, and 100,000 of the 901,899 IPv4 prefixes take it 19 s.

use super::{
    contender::Contender,
    counted::counted,
    family::{Family, next_hop},
};
use ip_network_table_deps_treebitmap::IpLookupTable;
use ipnet::{Ipv4Net, Ipv6Net};
use iptrie::{Ipv4LCTrieMap, Ipv4RTrieMap, Ipv6LCTrieMap, Ipv6RTrieMap};
use prefix_trie::PrefixMap;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A table of another crate, with what it answers to one address; 0 is no route.
struct Rival<T, F> {
    name: &'static str,
    table: T,
    octets: usize,
    lookup: fn(&T, F) -> u32,
    next_hops: Vec<u32>,
}

impl<T, F: Family> Contender<F> for Rival<T, F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn octets(&self) -> Option<usize> {
        Some(self.octets)
    }

    fn prepare(&mut self, addresses: &[F]) {
        self.next_hops = vec![0; addresses.len()];
    }

    fn look_up(&mut self, addresses: &[F]) {
        for (address, next_hop) in addresses.iter().zip(&mut self.next_hops) {
            *next_hop = (self.lookup)(&self.table, *address);
        }
    }

    fn answers(&self) -> Vec<u32> {
        self.next_hops.clone()
    }
}

fn rival<F: Family, T: 'static>(
    name: &'static str,
    make: impl FnOnce() -> T,
    lookup: fn(&T, F) -> u32,
) -> Box<dyn Contender<F>> {
    let (table, octets) = counted(make);
    Box::new(Rival { name, table, octets, lookup, next_hops: Vec::new() })
}

/// Families whose rivals can be made.
pub(crate) trait Rivals<N>: Family {
    fn all(prefixes: &[N]) -> Vec<Box<dyn Contender<Self>>>;
}

/// Every rival, filled.
pub(crate) fn all<F: Rivals<N>, N>(prefixes: &[N]) -> Vec<Box<dyn Contender<F>>> {
    F::all(prefixes)
}

macro_rules! rivals {
    ($address:ty, $net:ty, $radix:ident, $level:ident) => {
        impl Rivals<$net> for $address {
            fn all(prefixes: &[$net]) -> Vec<Box<dyn Contender<Self>>> {
                let hop = |prefix: &$net| next_hop::<$address>(*prefix).get();
                vec![
                    rival(
                        "prefix-trie",
                        || {
                            prefixes
                                .iter()
                                .map(|prefix| (*prefix, hop(prefix)))
                                .collect::<PrefixMap<$net, u32>>()
                        },
                        |table, address| table.get_lpm(&address.into()).map_or(0, |(_, next_hop)| *next_hop),
                    ),
                    rival(
                        "treebitmap",
                        || {
                            let mut table = IpLookupTable::<$address, u32>::new();
                            for prefix in prefixes {
                                table.insert(prefix.network(), prefix.prefix_len().into(), hop(prefix));
                            }
                            table
                        },
                        |table, address| table.longest_match(address).map_or(0, |(_, _, next_hop)| *next_hop),
                    ),
                    rival(
                        "iptrie, compressed",
                        || -> $level<u32> {
                            let mut table = $radix::<u32>::new();
                            for prefix in prefixes {
                                table.insert((*prefix).into(), hop(prefix));
                            }
                            table.compress()
                        },
                        |table, address| *table.lookup(&address).1,
                    ),
                ]
            }
        }
    };
}

rivals!(Ipv4Addr, Ipv4Net, Ipv4RTrieMap, Ipv4LCTrieMap);
rivals!(Ipv6Addr, Ipv6Net, Ipv6RTrieMap, Ipv6LCTrieMap);
