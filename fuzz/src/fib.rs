//! The forwarding table: an input is a sequence of changes and look-ups, compared with a scan of all prefixes.

use ipnet::{Ipv4Net, Ipv6Net};
use msee::fib::{Address, Fib, NextHopId};
use std::{
    collections::HashMap,
    hash::Hash,
    net::{Ipv4Addr, Ipv6Addr},
};

/// Octets of one operation: what to do, a length, a next hop, four octets of address.
const OPERATION: usize = 7;
/// The change is one of a batch.
const BATCHED: u8 = 0x80;
/// The batch goes on with the next operation; one that never ends is not made.
const AND_MORE: u8 = 0x40;

/// Both families by the same operations.
pub fn fib(input: &[u8]) {
    drive::<Ipv4Addr, Ipv4Net>(
        input,
        |[a, b, c, d]| Ipv4Addr::new(a % 4 * 64, b, c, d),
        |address, length| Ipv4Net::new(address, length % 33).ok().map(|net| net.trunc()),
        |net, address| net.contains(address),
        Ipv4Net::prefix_len,
    );
    drive::<Ipv6Addr, Ipv6Net>(
        input,
        |[a, b, c, d]| {
            let words = [0x2001, 0x0db8 + u16::from(a % 4), b.into(), 0, 0, c.into(), 0, d.into()];
            Ipv6Addr::from(words)
        },
        |address, length| Ipv6Net::new(address, length % 129).ok().map(|net| net.trunc()),
        |net, address| net.contains(address),
        Ipv6Net::prefix_len,
    );
}

fn drive<A: Address<Prefix = P>, P: Copy + Eq + Hash>(
    input: &[u8],
    address: impl Fn([u8; 4]) -> A,
    net: impl Fn(A, u8) -> Option<P>,
    contains: impl Fn(&P, &A) -> bool,
    length: impl Fn(&P) -> u8,
) {
    let mut fib = Fib::<A>::new();
    let reader = fib.reader();
    let mut model = HashMap::<P, NextHopId>::new();
    let (mut addresses, mut batch) = (Vec::new(), Vec::new());
    let expected = |model: &HashMap<P, NextHopId>, address: &A| {
        let covering = model.iter().filter(|(prefix, _)| contains(prefix, address));
        covering.max_by_key(|(prefix, _)| length(prefix)).map(|(_, next_hop)| *next_hop)
    };
    for operation in input.chunks_exact(OPERATION) {
        let &[what, bits, low, a, b, c, d] = operation else { continue };
        let address = address([a, b, c, d]);
        let Some(prefix) = net(address, bits) else { continue };
        let number = u32::from(low) + if what & 0x10 == 0 { 1 } else { 0x00FF_FF00 - 1 };
        let next_hop = NextHopId::try_from(number).ok().filter(|_| what % 3 != 0);
        addresses.push(address);
        if what & BATCHED != 0 {
            batch.push((prefix, next_hop));
            if what & AND_MORE != 0 {
                continue;
            }
        }
        for (prefix, next_hop) in &batch {
            match next_hop {
                Some(next_hop) => model.insert(*prefix, *next_hop),
                None => model.remove(prefix),
            };
        }
        fib.apply(batch.drain(..));
        if what & BATCHED == 0 {
            match next_hop {
                Some(next_hop) => assert_eq!(fib.insert(prefix, next_hop), model.insert(prefix, next_hop)),
                None => assert_eq!(fib.remove(prefix), model.remove(&prefix)),
            }
        }
        assert_eq!(reader.lookup(address), expected(&model, &address));
    }
    assert_eq!(fib.len(), model.len());
    let mut next_hops = vec![None; addresses.len()];
    reader.lookup_batch(&addresses, &mut next_hops);
    for (address, next_hop) in addresses.iter().zip(next_hops) {
        assert_eq!(next_hop, expected(&model, address));
    }
}
