//! From an interned attribute block through Adj-RIB-In to packed UPDATEs.

use bytes::BytesMut;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ipnet::Ipv4Net;
use msee::{
    asn::Asn,
    family::Families,
    rib::{AdjIn, AdjOut, Attributes, Interner},
    wire::{AsPath, AsWidth, MessageLimit, Negotiated, NextHop, Origin, PathAttributes, RouteRefreshSupport},
};
use std::{convert::Infallible, hint::black_box, net::Ipv4Addr};

const PREFIXES: u32 = 100_000;
const ATTRIBUTE_SETS: u32 = 1_000;
const NEGOTIATED: Negotiated = Negotiated {
    as_width: AsWidth::Four,
    message_limit: MessageLimit::Standard,
    families: Families::IPV4,
    route_refresh: RouteRefreshSupport::Present,
};

fn path_attributes(number: u32) -> PathAttributes {
    PathAttributes {
        origin: Origin::Igp,
        as_path: AsPath::sequence([65010, 65020, 65030].map(Asn::constant)),
        next_hop: NextHop::V4(Ipv4Addr::new(172, 16, 0, 1)),
        med: Some(number),
        atomic_aggregate: false,
        aggregator: None,
        communities: Box::default(),
        extended_communities: Box::default(),
        large_communities: Box::default(),
        unknown: Box::default(),
    }
}

/// Distinct /24s, each with one of the attribute sets.
fn routes() -> Vec<(Ipv4Net, Attributes)> {
    let sets: Vec<Attributes> = (0..ATTRIBUTE_SETS).map(|number| path_attributes(number).into()).collect();
    let prefix = |number: u32| Ipv4Net::new((0x0A00_0000 + (number << 8)).into(), 24).ok();
    (0..PREFIXES).filter_map(prefix).zip(sets.into_iter().cycle()).collect()
}

fn intern(criterion: &mut Criterion) {
    let keys: Vec<[u8; 40]> = (0..ATTRIBUTE_SETS)
        .map(|number| {
            let mut key = [0; 40];
            key[36..].copy_from_slice(&number.to_be_bytes());
            key
        })
        .collect();
    let mut interner = Interner::default();
    let parse = |number: u32| Ok::<_, Infallible>(path_attributes(number));
    let held: Vec<_> = (0..).zip(&keys).map(|(number, key)| interner.intern(key, || parse(number))).collect();

    let mut group = criterion.benchmark_group("rib");
    group.throughput(Throughput::Elements(ATTRIBUTE_SETS.into()));
    group.bench_function("intern a known block", |bencher| {
        bencher.iter(|| keys.iter().filter(|key| interner.intern(*key, || parse(0)).is_ok()).count());
    });
    group.finish();
    drop(held);
}

fn adj_in(criterion: &mut Criterion) {
    let routes = routes();
    let filled = || {
        let mut table = AdjIn::<Ipv4Net>::new();
        for (prefix, attributes) in &routes {
            table.announce(*prefix, attributes.clone(), None);
        }
        table
    };
    let mut group = criterion.benchmark_group("rib");
    group.sample_size(20).throughput(Throughput::Elements(PREFIXES.into()));
    group.bench_function("announce", |bencher| bencher.iter_with_large_drop(filled));
    group.bench_function("announce again", |bencher| {
        let mut table = filled();
        bencher.iter(|| {
            for (prefix, attributes) in &routes {
                black_box(table.announce(*prefix, attributes.clone(), None));
            }
        });
    });
    group.bench_function("lose the session", |bencher| {
        bencher.iter_batched(filled, |mut table| table.clear().count(), BatchSize::PerIteration);
    });
    group.finish();
}

fn adj_out(criterion: &mut Criterion) {
    let routes = routes();
    let filled = || {
        let mut out = AdjOut::<Ipv4Net>::new();
        for (prefix, attributes) in &routes {
            out.set(*prefix, Some(attributes));
        }
        out
    };
    let mut group = criterion.benchmark_group("rib");
    group.sample_size(20).throughput(Throughput::Elements(PREFIXES.into()));
    group.bench_function("set", |bencher| bencher.iter_with_large_drop(filled));
    group.bench_function("pack", |bencher| {
        bencher.iter_batched(
            filled,
            |mut out| {
                let mut octets = BytesMut::with_capacity(1 << 20);
                out.pack(NEGOTIATED, &mut octets, usize::MAX);
                (out, octets)
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, intern, adj_in, adj_out);
criterion_main!(benches);
