//! The table against a linear scan, and readers beside a writer.

use super::*;
use ipnet::{Ipv4Net, Ipv6Net};
use proptest::{collection::vec, prelude::*};
use std::{
    collections::{HashMap, HashSet},
    fmt::Debug,
    net::{Ipv4Addr, Ipv6Addr},
};

mod concurrent;
mod shapes;

pub(super) fn hop(number: u32) -> NextHopId {
    NextHopId::try_from(number).unwrap()
}

fn net(text: &str) -> Ipv4Net {
    text.parse().unwrap()
}

/// The specification: every prefix is asked, the longest that covers wins.
struct LinearScan<P>(HashMap<P, NextHopId>);

impl LinearScan<Ipv4Net> {
    fn lookup(&self, address: Ipv4Addr) -> Option<(Ipv4Net, NextHopId)> {
        let covering = self.0.iter().filter(|(prefix, _)| prefix.contains(&address));
        covering.max_by_key(|(prefix, _)| prefix.prefix_len()).map(|(prefix, next_hop)| (*prefix, *next_hop))
    }
}

impl LinearScan<Ipv6Net> {
    fn lookup(&self, address: Ipv6Addr) -> Option<(Ipv6Net, NextHopId)> {
        let covering = self.0.iter().filter(|(prefix, _)| prefix.contains(&address));
        covering.max_by_key(|(prefix, _)| prefix.prefix_len()).map(|(prefix, next_hop)| (*prefix, *next_hop))
    }
}

/// Addresses of few distinct bits, so that prefixes nest and collide.
fn clustered_v4() -> impl Strategy<Value = Ipv4Addr> {
    (0u32..8, 0u32..4, 0u32..4)
        .prop_map(|(high, middle, low)| Ipv4Addr::from(high << 29 | middle << 15 | low))
}

fn clustered_v6() -> impl Strategy<Value = Ipv6Addr> {
    (0u128..8, 0u128..4, 0u128..4)
        .prop_map(|(high, middle, low)| Ipv6Addr::from(high << 125 | middle << 63 | low))
}

fn length(bits: u8) -> impl Strategy<Value = u8> {
    prop_oneof![3 => 0..=bits, 1 => Just(0), 1 => Just(bits), 1 => Just(bits / 2)]
}

fn change() -> impl Strategy<Value = Option<NextHopId>> {
    // Next hops above 255 and above 2^16 take other forms in the tables.
    let next_hop =
        prop_oneof![6 => 1_u32..6, 1 => 250_u32..260, 1 => Just(70_000), 1 => Just(NextHopId::MAX.get())];
    prop_oneof![2 => next_hop.prop_map(|number| Some(hop(number))), 1 => Just(None)]
}

fn edges_are_unrouted<A: Address>(reader: &FibReader<A>, addresses: &[A]) -> bool {
    addresses.iter().all(|address| reader.lookup(*address).is_none())
}

macro_rules! answers_like_a_linear_scan {
    ($name:ident, $address:ty, $net:ty, $addresses:expr, $bits:literal) => {
        proptest! {
            #[test]
            fn $name(
                changes in vec(($addresses, length($bits), change()), 0..200),
                probes in vec($addresses, 0..50),
            ) {
                let mut fib = Fib::<$address>::new();
                let reader = fib.reader();
                let mut model = LinearScan(HashMap::new());
                for (address, length, next_hop) in &changes {
                    let prefix = <$net>::new(*address, *length).unwrap().trunc();
                    let (before, expected) = match next_hop {
                        Some(next_hop) => (fib.insert(prefix, *next_hop), model.0.insert(prefix, *next_hop)),
                        None => (fib.remove(prefix), model.0.remove(&prefix)),
                    };
                    prop_assert_eq!(before, expected);
                    prop_assert_eq!(fib.longest_match(*address), model.lookup(*address));
                    prop_assert_eq!(reader.lookup(*address), model.lookup(*address).map(|(_, hop)| hop));
                }
                prop_assert_eq!(fib.len(), model.0.len());
                let next_hops: HashSet<_> = model.0.values().collect();
                prop_assert_eq!(fib.statistics().next_hops, next_hops.len());

                let edges = changes.iter().flat_map(|(address, length, _)| {
                    let prefix = <$net>::new(*address, *length).unwrap();
                    let (first, last) = (prefix.network().to_bits(), prefix.broadcast().to_bits());
                    [first.wrapping_sub(1), first, last, last.wrapping_add(1)].map(<$address>::from_bits)
                });
                let addresses: Vec<$address> = edges.chain(probes).collect();
                let mut next_hops = vec![None; addresses.len()];
                reader.lookup_batch(&addresses, &mut next_hops);
                for (address, next_hop) in addresses.iter().zip(next_hops) {
                    let expected = model.lookup(*address);
                    prop_assert_eq!(fib.longest_match(*address), expected);
                    prop_assert_eq!(next_hop, expected.map(|(_, next_hop)| next_hop));
                    prop_assert_eq!(reader.lookup(*address), next_hop);
                }

                for (prefix, next_hop) in model.0 {
                    prop_assert_eq!(fib.remove(prefix), Some(next_hop));
                }
                prop_assert!(fib.is_empty());
                prop_assert_eq!(fib.statistics().next_hops, 0);
                prop_assert!(edges_are_unrouted(&reader, &addresses));
            }
        }
    };
}

answers_like_a_linear_scan!(ipv4_answers_like_a_linear_scan, Ipv4Addr, Ipv4Net, clustered_v4(), 32);
answers_like_a_linear_scan!(ipv6_answers_like_a_linear_scan, Ipv6Addr, Ipv6Net, clustered_v6(), 128);

proptest! {
    #[test]
    fn a_batch_of_changes_is_the_changes_one_by_one(
        changes in vec((clustered_v4(), length(32), change()), 0..200),
    ) {
        let changes: Vec<_> =
            changes.iter().map(|(a, length, hop)| (Ipv4Net::new(*a, *length).unwrap(), *hop)).collect();
        let (mut batched, mut single) = (Fib::<Ipv4Addr>::new(), Fib::<Ipv4Addr>::new());
        batched.apply(changes.iter().copied());
        for (prefix, next_hop) in &changes {
            single.set(*prefix, *next_hop);
        }
        prop_assert_eq!(batched.len(), single.len());
        let reader = batched.reader();
        for (prefix, _) in &changes {
            prop_assert_eq!(reader.lookup(prefix.addr()), single.reader().lookup(prefix.addr()));
        }
    }
}

/// Prefixes in a table before batches come.
const BASE: u32 = 1_024;

/// The same bits at the end of an IPv4 and at that of an IPv6 address.
fn both(number: u32, length: u8) -> (Ipv4Net, Ipv6Net) {
    let ipv6 = Ipv6Net::new((0x2001_0db8 << 96 | u128::from(number)).into(), length + 96);
    (Ipv4Net::new((0x0A00_0000 | number).into(), length).unwrap(), ipv6.unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    #[cfg_attr(miri, ignore = "it takes too many changes")]
    fn a_small_batch_is_right_wherever_its_prefixes_have_gone_meanwhile(
        batches in vec(vec((0..4 * BASE, 20_u8..=32, change()), 0..BASE as usize / 4), 1..4),
    ) {
        // Enough for a batch to be looked up ahead, and so near to each other that changes cut their buckets.
        let base = (0..BASE).map(|number| (both(4 * number, 32), Some(hop(number + 1))));
        let (mut ipv4, mut ipv6) = (Fib::<Ipv4Addr>::new(), Fib::<Ipv6Addr>::new());
        ipv4.apply(base.clone().map(|(prefix, next_hop)| (prefix.0, next_hop)));
        ipv6.apply(base.clone().map(|(prefix, next_hop)| (prefix.1, next_hop)));
        let mut single = Fib::<Ipv4Addr>::new();
        for (prefix, next_hop) in base {
            single.set(prefix.0, next_hop);
        }
        for batch in &batches {
            let changes = batch.iter().map(|(number, length, next_hop)| (both(*number, *length), *next_hop));
            ipv4.apply(changes.clone().map(|(prefix, next_hop)| (prefix.0, next_hop)));
            ipv6.apply(changes.clone().map(|(prefix, next_hop)| (prefix.1, next_hop)));
            for (prefix, next_hop) in changes {
                single.set(prefix.0, next_hop);
            }
        }
        prop_assert_eq!((ipv4.len(), ipv6.len()), (single.len(), single.len()));
        for number in 0..4 * BASE {
            let (one, other) = both(number, 32);
            let expected = single.longest_match(one.addr()).map(|(_, next_hop)| next_hop);
            prop_assert_eq!(ipv4.reader().lookup(one.addr()), expected);
            prop_assert_eq!(ipv6.reader().lookup(other.addr()), expected);
            prop_assert_eq!(ipv4.longest_match(one.addr()), single.longest_match(one.addr()));
        }
    }
}

#[test]
fn a_new_prefix_beyond_the_capacity_is_left_out() {
    let mut fib = Fib::<Ipv4Addr>::with_capacity(2);
    let reader = fib.reader();
    let left_out = |fib: &Fib<Ipv4Addr>| fib.statistics().left_out;
    fib.insert(net("10.0.0.0/8"), hop(1));
    fib.insert(net("10.1.0.0/16"), hop(2));
    assert_eq!(fib.insert(net("10.1.1.0/24"), hop(3)), None);
    fib.apply([(net("10.1.2.0/24"), Some(hop(3))), (net("10.1.3.0/24"), None)]);
    assert_eq!((fib.len(), left_out(&fib)), (2, 2));
    assert_eq!(reader.lookup(Ipv4Addr::new(10, 1, 1, 1)), Some(hop(2)));
    // Who has a place may change, and a place that becomes free is given away.
    assert_eq!(fib.insert(net("10.1.0.0/16"), hop(4)), Some(hop(2)));
    assert_eq!(fib.remove(net("10.0.0.0/8")), Some(hop(1)));
    assert_eq!(fib.insert(net("10.1.1.0/24"), hop(5)), None);
    assert_eq!((fib.len(), left_out(&fib)), (2, 2));
    assert_eq!(reader.lookup(Ipv4Addr::new(10, 1, 1, 1)), Some(hop(5)));
    assert_eq!(reader.lookup(Ipv4Addr::new(10, 1, 2, 1)), Some(hop(4)));
}

#[test]
fn host_bits_of_a_prefix_do_not_count() {
    let mut fib = Fib::<Ipv4Addr>::new();
    assert_eq!(fib.insert(net("10.1.2.3/8"), hop(1)), None);
    assert_eq!(fib.insert(net("10.0.0.0/8"), hop(2)), Some(hop(1)));
    assert_eq!(fib.longest_match(Ipv4Addr::new(10, 9, 9, 9)), Some((net("10.0.0.0/8"), hop(2))));
    assert_eq!(fib.remove(net("10.255.0.0/8")), Some(hop(2)));
    assert!(fib.is_empty());
}

#[test]
fn answers_beyond_the_shorter_slice_are_left_alone() {
    let mut fib = Fib::<Ipv4Addr>::new();
    fib.insert(net("0.0.0.0/0"), hop(1));
    let mut next_hops = [Some(hop(9)); 3];
    fib.reader().lookup_batch(&[Ipv4Addr::LOCALHOST; 2], &mut next_hops);
    assert_eq!(next_hops, [Some(hop(1)), Some(hop(1)), Some(hop(9))]);
}

#[test]
fn a_reader_outlives_its_table() {
    fn is_send<T: Send + Clone + Debug>(_: &T) {}

    let mut fib = Fib::<Ipv6Addr>::new();
    let reader = fib.reader();
    is_send(&reader);
    fib.insert("2001:db8::/32".parse().unwrap(), hop(7));
    drop(fib);
    assert_eq!(reader.lookup("2001:db8::1".parse().unwrap()), Some(hop(7)));
}
