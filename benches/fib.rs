//! The forwarding table: single look-ups, batches, and changes with and without a reader's view of each.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ipnet::Ipv4Net;
use msee::fib::{Fib, NextHopId};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use std::{hint::black_box, net::Ipv4Addr};

const PREFIXES: usize = 100_000;
const ADDRESSES: usize = 4096;

type Route = (Ipv4Net, Option<NextHopId>);

/// Prefixes of /16 to /24 all over the address space.
fn routes() -> Vec<Route> {
    let mut random = SmallRng::seed_from_u64(12076);
    let mut route = || {
        let net = Ipv4Net::new(random.random::<u32>().into(), random.random_range(16..=24)).ok()?;
        Some((net.trunc(), NextHopId::try_from(random.random_range(1..64)).ok()))
    };
    (0..PREFIXES).filter_map(|_| route()).collect()
}

fn filled(routes: &[Route]) -> Fib<Ipv4Addr> {
    let mut fib = Fib::new();
    fib.apply(routes.iter().copied());
    fib
}

fn lookups(criterion: &mut Criterion) {
    let routes = routes();
    let fib = filled(&routes);
    let reader = fib.reader();
    let addresses: Vec<Ipv4Addr> =
        routes.iter().rev().take(ADDRESSES).map(|(prefix, _)| prefix.broadcast()).collect();
    let mut next_hops = vec![None; ADDRESSES];

    let mut group = criterion.benchmark_group("fib");
    group.throughput(Throughput::Elements(ADDRESSES as u64));
    group.bench_function("lookup", |bencher| {
        bencher.iter(|| addresses.iter().filter(|address| reader.lookup(**address).is_some()).count());
    });
    group.bench_function("lookup in a batch", |bencher| {
        bencher.iter(|| reader.lookup_batch(black_box(&addresses), black_box(&mut next_hops)));
    });
    group.finish();
}

fn changes(criterion: &mut Criterion) {
    let routes = routes();
    let mut group = criterion.benchmark_group("fib");
    group.sample_size(10).throughput(Throughput::Elements(PREFIXES as u64));
    group.bench_function("insert, each published", |bencher| {
        bencher.iter_batched(
            Fib::<Ipv4Addr>::new,
            |mut fib| {
                for (prefix, next_hop) in &routes {
                    next_hop.map(|next_hop| fib.insert(*prefix, next_hop));
                }
                fib
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("insert, published together", |bencher| bencher.iter(|| filled(&routes)));
    group.finish();
}

criterion_group!(benches, lookups, changes);
criterion_main!(benches);
