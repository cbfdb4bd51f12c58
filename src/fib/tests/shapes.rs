//! Tables of every size, so that every shape is met, against a map of prefixes.

use super::hop;
use crate::fib::{Address, Fib, NextHopId};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Compares answers around the edges of prefixes and at random.
fn compare<A: Address>(
    fib: &Fib<A>,
    model: &PrefixMap<A::Prefix, NextHopId>,
    addresses: &[A],
    host: impl Fn(A) -> A::Prefix,
) where
    A::Prefix: prefix_trie::Prefix,
{
    let reader = fib.reader();
    let mut next_hops = vec![None; addresses.len()];
    reader.lookup_batch(addresses, &mut next_hops);
    for (address, next_hop) in addresses.iter().zip(next_hops) {
        let expected = model.get_lpm(&host(*address));
        assert_eq!(next_hop, expected.map(|(_, next_hop)| *next_hop), "{address:?} in a batch");
        assert_eq!(reader.lookup(*address), next_hop, "{address:?}");
        assert_eq!(fib.longest_match(*address), expected.map(|(prefix, hop)| (prefix, *hop)), "{address:?}");
    }
    assert_eq!(fib.len(), model.len());
}

fn next_hop(random: &mut SmallRng) -> NextHopId {
    hop(match random.random_range(0..20) {
        0 => random.random_range(1..70_000),
        1 => NextHopId::MAX.get(),
        _ => random.random_range(1..256),
    })
}

/// Prefixes of the lengths of the Internet, a few host routes, many inside one another.
fn ipv4_prefix(random: &mut SmallRng) -> Ipv4Net {
    let lengths =
        [0, 4, 8, 12, 15, 16, 16, 17, 18, 19, 19, 20, 21, 22, 23, 24, 24, 24, 24, 25, 27, 30, 31, 32];
    // Few prefixes cover much of the table.
    let first = if random.random_range(0..500) == 0 { 0 } else { 4 };
    let length = lengths[random.random_range(first..lengths.len())];
    let high = random.random_range(0..600_u32) << 22;
    Ipv4Net::new(Ipv4Addr::from(high | random.random::<u32>() & 0x003F_FFFF), length).unwrap().trunc()
}

fn ipv6_prefix(random: &mut SmallRng) -> Ipv6Net {
    let lengths =
        [0, 3, 16, 20, 28, 29, 32, 32, 36, 40, 44, 46, 47, 48, 48, 48, 48, 49, 56, 64, 64, 80, 112, 127, 128];
    // Few prefixes cover much of the table.
    let first = if random.random_range(0..50) == 0 { 0 } else { 6 };
    let length = lengths[random.random_range(first..lengths.len())];
    let high = 0x2001_0d00_u128 + random.random_range(0..40);
    let low = random.random::<u128>() >> 32 & !0 << random.random_range(0..90_u32);
    Ipv6Net::new(Ipv6Addr::from(high << 96 | low), length).unwrap().trunc()
}

macro_rules! right_at_every_size {
    ($name:ident, $address:ty, $net:ty, $prefix:ident, $sizes:expr) => {
        #[test]
        fn $name() {
            let mut random = SmallRng::seed_from_u64(4271);
            let mut fib = Fib::<$address>::new();
            let mut model = PrefixMap::<$net, NextHopId>::new();
            let mut known = Vec::new();
            let probes = |known: &[$net], random: &mut SmallRng| -> Vec<$address> {
                let edge = |random: &mut SmallRng| {
                    let prefix = known[random.random_range(0..known.len())];
                    let (first, last) = (prefix.network().to_bits(), prefix.broadcast().to_bits());
                    let edges = [first, last, first.wrapping_sub(1), last.wrapping_add(1)];
                    <$address>::from_bits(edges[random.random_range(0..4)])
                };
                (0..if cfg!(miri) { 20 } else { 3_000 }).map(|_| edge(random)).collect()
            };
            let host = |address: $address| <$net>::from(address);
            // Up and down again, a prefix at a time, half of the way back by batches.
            for size in $sizes {
                while model.len() < size {
                    let (prefix, next_hop) = ($prefix(&mut random), next_hop(&mut random));
                    known.push(prefix);
                    assert_eq!(fib.insert(prefix, next_hop), model.insert(prefix, next_hop));
                }
                compare(&fib, &model, &probes(&known, &mut random), host);
                for _ in 0..size / 4 {
                    let prefix = known[random.random_range(0..known.len())];
                    assert_eq!(fib.remove(prefix), model.remove(&prefix));
                }
                compare(&fib, &model, &probes(&known, &mut random), host);
            }
            while !model.is_empty() {
                let leaving: Vec<$net> = model.keys().step_by(2).collect();
                for prefix in &leaving {
                    model.remove(prefix);
                }
                fib.apply(leaving.into_iter().map(|prefix| (prefix, None)));
                compare(&fib, &model, &probes(&known, &mut random), host);
            }
        }
    };
}

const SIZES: &[usize] = if cfg!(miri) { &[3, 12] } else { &[1, 10, 100, 1_000, 10_000, 50_000] };

right_at_every_size!(ipv4_is_right_at_every_size, Ipv4Addr, Ipv4Net, ipv4_prefix, SIZES.iter().copied());
right_at_every_size!(
    ipv6_is_right_at_every_size,
    Ipv6Addr,
    Ipv6Net,
    ipv6_prefix,
    SIZES.iter().copied().filter(|size| *size <= 10_000)
);

#[test]
fn a_part_of_the_internets_table_is_right() {
    let text = include_str!("../../../benches/lpm/excerpt.txt");
    let mut random = SmallRng::seed_from_u64(6811);
    let (mut ipv4, mut ipv6) = (Fib::<Ipv4Addr>::new(), Fib::<Ipv6Addr>::new());
    let (mut ipv4_model, mut ipv6_model) = (PrefixMap::new(), PrefixMap::new());
    let (mut ipv4_edges, mut ipv6_edges) = (Vec::new(), Vec::new());
    let step = if cfg!(miri) { 100 } else { 1 };
    for net in text.lines().filter_map(|line| line.parse::<IpNet>().ok()).step_by(step) {
        let next_hop = next_hop(&mut random);
        match net {
            IpNet::V4(net) => {
                assert_eq!(ipv4.insert(net, next_hop), ipv4_model.insert(net, next_hop));
                ipv4_edges.extend([net.network(), net.broadcast()]);
            }
            IpNet::V6(net) => {
                assert_eq!(ipv6.insert(net, next_hop), ipv6_model.insert(net, next_hop));
                ipv6_edges.extend([net.network(), net.broadcast()]);
            }
        }
    }
    assert!(ipv4.len() * step > 300 && ipv6.len() * step > 2_000);
    compare(&ipv4, &ipv4_model, &ipv4_edges, Ipv4Net::from);
    compare(&ipv6, &ipv6_model, &ipv6_edges, Ipv6Net::from);
}

#[test]
fn a_small_table_costs_a_few_kibibytes() {
    let mut fib = Fib::<Ipv4Addr>::new();
    assert!(fib.statistics().octets < 4 << 10, "{:?}", fib.statistics());
    for number in 0..10_u32 {
        fib.insert(Ipv4Net::new(Ipv4Addr::from(number << 28 | 0x0A00), 24).unwrap(), hop(number + 1));
    }
    assert!(fib.statistics().octets < 8 << 10, "{:?}", fib.statistics());
}

/// The memory that changes free is used again, however many there are.
#[test]
fn churn_does_not_grow_a_table() {
    let mut random = SmallRng::seed_from_u64(7);
    let prefixes: Vec<Ipv4Net> =
        (0..if cfg!(miri) { 20 } else { 2_000 }).map(|_| ipv4_prefix(&mut random)).collect();
    let mut fib = Fib::<Ipv4Addr>::new();
    fib.apply(prefixes.iter().map(|prefix| (*prefix, Some(next_hop(&mut random)))));
    let before = fib.statistics();
    for _ in 0..if cfg!(miri) { 20 } else { 200_000 } {
        let prefix = prefixes[random.random_range(0..prefixes.len())];
        if random.random() {
            fib.insert(prefix, next_hop(&mut random))
        } else {
            fib.remove(prefix)
        };
    }
    assert!(fib.statistics().octets < 4 * before.octets, "{before:?} {:?}", fib.statistics());
}

/// What the largest tables rely on: each end of a prefix costs the direct-indexed table no more than three units of 16
/// octets, and each of its nodes eight.
#[test]
fn host_routes_in_as_many_slash_24s_keep_within_their_room() {
    const HOSTS: u32 = if cfg!(miri) { 0 } else { 40_000 };
    for (step, what) in [(0x100, "neighbours"), (0x1_0300, "scattered"), (2, "in few /24s")] {
        let mut fib = Fib::<Ipv4Addr>::new();
        let host = |number: u32| Ipv4Net::from(Ipv4Addr::from(number * step + 77));
        fib.apply((0..HOSTS).map(|number| (host(number), Some(hop(number % 9 + 1)))));
        let mut nodes: Vec<u32> = (0..HOSTS).map(|number| host(number).network().to_bits() >> 13).collect();
        nodes.dedup();
        let room = (4 << 20) + 1024 + 16 * (6 * HOSTS as usize + 8 * nodes.len());
        assert!(fib.statistics().lookup_octets <= room, "{what}: {:?}", fib.statistics());
        let reader = fib.reader();
        for number in 0..HOSTS {
            let address = host(number).network().to_bits();
            assert_eq!(reader.lookup(address.into()), Some(hop(number % 9 + 1)));
            assert_eq!(reader.lookup((address ^ 1).into()), None);
        }
    }
}
