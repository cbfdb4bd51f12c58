//! Readers beside a writer.

use super::{hop, net};
use crate::fib::{Fib, NextHopId};
use ipnet::{Ipv4Net, Ipv6Net};
use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A writer replaces, removes and restores prefixes around addresses whose permitted answers are known.
#[test]
fn readers_beside_a_writer_see_the_old_or_the_new_answer() {
    const ROUNDS: u32 = if cfg!(miri) { 6 } else { 2_000 };
    let [steady, flapping, moving, absent] =
        [[10, 0, 0, 1], [10, 1, 0, 1], [10, 2, 0, 1], [11, 0, 0, 1]].map(Ipv4Addr::from);
    let mut fib = Fib::<Ipv4Addr>::new();
    fib.apply([
        (net("10.0.0.0/8"), Some(hop(1))),
        (net("10.0.0.0/16"), Some(hop(2))),
        (net("10.2.0.0/16"), Some(hop(4))),
    ]);
    let (stop, start) = (AtomicBool::new(false), Barrier::new(3));
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let reader = fib.reader();
                let (stop, start) = (&stop, &start);
                scope.spawn(move || {
                    start.wait();
                    while !stop.load(Ordering::Relaxed) {
                        assert_eq!(reader.lookup(steady), Some(hop(2)));
                        assert!([Some(hop(1)), Some(hop(3))].contains(&reader.lookup(flapping)));
                        assert!([Some(hop(4)), Some(hop(5))].contains(&reader.lookup(moving)));
                        assert_eq!(reader.lookup(absent), None);
                        let mut both = [None; 2];
                        reader.lookup_batch(&[moving, steady], &mut both);
                        assert!([Some(hop(4)), Some(hop(5))].contains(&both[0]));
                        assert_eq!(both[1], Some(hop(2)));
                    }
                })
            })
            .collect();
        start.wait();
        for round in 0..ROUNDS {
            fib.insert(net("10.1.0.0/16"), hop(3));
            fib.insert(net("10.2.0.0/16"), hop(4 + round % 2));
            let neighbour = Ipv4Net::new(Ipv4Addr::from(0x0C00_0000 | round << 8), 24).unwrap();
            fib.insert(neighbour, hop(2));
            fib.remove(net("10.1.0.0/16"));
            fib.remove(neighbour);
        }
        stop.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().unwrap();
        }
    });
    assert_eq!(fib.len(), 3);
}

/// Two readers, one of them in batches, while the table grows from nothing to the direct-indexed shape and back: every
/// change of shape, and memory that is used again some thousand times.
#[test]
fn answers_are_old_or_new_through_every_shape() {
    const NEIGHBOURS: u32 = if cfg!(miri) { 8 } else { 40_000 };
    const FIXED: u32 = if cfg!(miri) { 12 } else { 600 };
    let fixed: Vec<Ipv4Addr> = (0..FIXED).map(|at| Ipv4Addr::from(at << 22 | 0x0001_0203)).collect();
    let mut fib = Fib::<Ipv4Addr>::new();
    // The /16 around each stays; a /24 and a /30 inside it come and go.
    fib.apply(fixed.iter().map(|address| (around(*address, 16), Some(hop(1)))));
    let (stop, start) = (AtomicBool::new(false), Barrier::new(3));
    thread::scope(|scope| {
        for is_batch in [false, true] {
            let reader = fib.reader();
            let (stop, start, fixed) = (&stop, &start, &fixed);
            scope.spawn(move || {
                let allowed = |next_hop: Option<NextHopId>| {
                    next_hop.is_some_and(|next_hop| [1, 2, 300, 70_000].contains(&next_hop.get()))
                };
                start.wait();
                let mut next_hops = vec![None; fixed.len()];
                while !stop.load(Ordering::Relaxed) {
                    if is_batch {
                        reader.lookup_batch(fixed, &mut next_hops);
                        assert!(next_hops.iter().copied().all(allowed), "{next_hops:?}");
                    } else {
                        assert!(fixed.iter().all(|address| allowed(reader.lookup(*address))));
                    }
                }
            });
        }
        start.wait();
        let neighbour = |number: u32| around(Ipv4Addr::from(number.wrapping_mul(0x9E37_79B1) | 0x8000), 24);
        for number in 0..NEIGHBOURS {
            let address = fixed[number as usize % fixed.len()];
            fib.insert(around(address, 24), hop([2, 300, 70_000][number as usize % 3]));
            if number % 7 == 0 {
                fib.insert(around(address, 30), hop(2));
            }
            if !fixed.contains(&neighbour(number).network()) && !covers_any(neighbour(number), &fixed) {
                fib.insert(neighbour(number), hop(number % 200 + 1));
            }
            if number % 3 == 0 {
                fib.remove(around(fixed[(number / 2) as usize % fixed.len()], 24));
                fib.remove(around(fixed[(number / 3) as usize % fixed.len()], 30));
            }
        }
        for number in 0..NEIGHBOURS {
            if !covers_any(neighbour(number), &fixed) {
                fib.remove(neighbour(number));
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

fn around(address: Ipv4Addr, length: u8) -> Ipv4Net {
    Ipv4Net::new(address, length).unwrap().trunc()
}

fn covers_any(prefix: Ipv4Net, addresses: &[Ipv4Addr]) -> bool {
    addresses.iter().any(|address| prefix.contains(address))
}

#[test]
fn ipv6_answers_are_old_or_new() {
    const ROUNDS: u32 = if cfg!(miri) { 6 } else { 20_000 };
    let inside = |number: u32, length: u8| {
        let bits = 0x2001_0db8_u128 << 96 | u128::from(number.wrapping_mul(0x9E37_79B1)) << 64;
        Ipv6Net::new(Ipv6Addr::from(bits), length).unwrap().trunc()
    };
    let steady = inside(0, 128).network();
    let mut fib = Fib::<Ipv6Addr>::new();
    fib.insert(inside(0, 32), hop(1));
    let (stop, start) = (AtomicBool::new(false), Barrier::new(2));
    thread::scope(|scope| {
        let reader = fib.reader();
        let (stop, start) = (&stop, &start);
        scope.spawn(move || {
            let addresses = [steady; 70];
            let mut next_hops = [None; 70];
            start.wait();
            while !stop.load(Ordering::Relaxed) {
                reader.lookup_batch(&addresses, &mut next_hops);
                let is_known = |next_hop: &Option<NextHopId>| [Some(hop(1)), Some(hop(7))].contains(next_hop);
                assert!(next_hops.iter().all(is_known), "{next_hops:?}");
            }
        });
        start.wait();
        for round in 0..ROUNDS {
            fib.insert(inside(0, 48), hop(7));
            fib.insert(inside(round * 2 + 1, 48), hop(round % 300 + 1));
            fib.insert(inside(round * 2 + 1, 80), hop(3));
            fib.remove(inside(0, 48));
            fib.remove(inside(round, 80));
            if round > 900 {
                fib.remove(inside((round - 900) * 2 + 1, 48));
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}
