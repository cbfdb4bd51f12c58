//! From an interned attribute block through Adj-RIB-In to packed UPDATEs.

use bytes::BytesMut;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ipnet::Ipv4Net;
use msee::{
    asn::Asn,
    family::Families,
    rib::{AdjIn, AdjOut, Attributes, AttributesId, Interner},
    wire::{
        AsPath, AsWidth, EncodedAttributes, Message, MessageLimit, Negotiated, NextHop, Origin, Parts,
        PassedOn, PathAttributes, RouteRefreshSupport, write_announcements,
    },
};
use std::{
    hint::black_box,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

const PREFIXES: u32 = 100_000;
const ATTRIBUTE_SETS: u32 = 1_000;
const NEGOTIATED: Negotiated = Negotiated {
    as_width: AsWidth::Four,
    message_limit: MessageLimit::Standard,
    families: Families::IPV4,
    route_refresh: RouteRefreshSupport::Present,
};

fn path_attributes(number: u32) -> PathAttributes {
    let path = AsPath::sequence([65010, 65020, 65030].map(Asn::constant));
    let next_hop = NextHop::V4(Ipv4Addr::new(172, 16, 0, 1));
    PathAttributes { med: Some(number), ..PathAttributes::new(Origin::Igp, path, next_hop) }
}

/// Distinct /24s, each with one of the attribute sets.
fn routes() -> Vec<(Ipv4Net, Attributes)> {
    let sets: Vec<Attributes> = (0..ATTRIBUTE_SETS).map(|number| path_attributes(number).into()).collect();
    let prefix = |number: u32| Ipv4Net::new((0x0A00_0000 + (number << 8)).into(), 24).ok();
    (0..PREFIXES).filter_map(prefix).zip(sets.into_iter().cycle()).collect()
}

/// The UPDATEs that announce the routes, as a peer sends them.
fn updates(routes: &[(Ipv4Net, Attributes)]) -> BytesMut {
    let mut octets = BytesMut::new();
    for (prefix, attributes) in routes {
        if let Ok(encoded) = EncodedAttributes::encode(&attributes.read(), NEGOTIATED) {
            write_announcements(&encoded, &mut std::iter::once(*prefix), &mut octets);
        }
    }
    octets
}

fn decode(criterion: &mut Criterion) {
    let octets = updates(&routes());
    let mut group = criterion.benchmark_group("wire");
    group.throughput(Throughput::Elements(PREFIXES.into()));
    group.bench_function("decode UPDATEs of one prefix", |bencher| {
        let mut scratch = BytesMut::new();
        bencher.iter(|| {
            let (mut rest, mut found) = (&octets[..], 0);
            while let Ok(Some((Message::Update(update), length))) = Message::decode(rest, NEGOTIATED) {
                for announcement in update.split(NEGOTIATED).iter().flat_map(Parts::announcements) {
                    found += announcement.attributes.key(&mut scratch).len();
                    found += announcement.nlri.clone().nets().count();
                }
                rest = &rest[length..];
            }
            found
        });
    });
    let stored = Attributes::from(path_attributes(1));
    let how = PassedOn {
        prepend: Asn::MICROSOFT_EDGE,
        next_hop: NextHop::V4(Ipv4Addr::new(172, 16, 0, 2)),
        role: None,
    };
    let mut encoded = EncodedAttributes::<Ipv4Net>::empty(MessageLimit::Standard);
    group.throughput(Throughput::Elements(1));
    group.bench_function("pass attributes on", |bencher| {
        bencher.iter(|| encoded.pass_on(black_box(stored.stored()), &how, AsWidth::Four).is_ok());
    });
    group.finish();
}

fn intern(criterion: &mut Criterion) {
    let keys: Vec<BytesMut> = (0..ATTRIBUTE_SETS)
        .map(|number| {
            let mut key = BytesMut::new();
            path_attributes(number).store(&mut key);
            key
        })
        .collect();
    let mut interner = Interner::default();
    let read = |canonical: Option<Attributes>| canonical.map(|attributes| (attributes, ())).ok_or(());
    for key in &keys {
        if let Ok(id) = interner.intern(key, read) {
            interner.hold(id, 1);
        }
    }

    let mut group = criterion.benchmark_group("rib");
    group.throughput(Throughput::Elements(ATTRIBUTE_SETS.into()));
    group.bench_function("intern a known block", |bencher| {
        bencher.iter(|| keys.iter().filter(|key| interner.intern(key, read).is_ok()).count());
    });
    group.bench_function("intern a new block", |bencher| {
        let intern_all = |mut interner: Interner| {
            let new = keys.iter().filter(|key| interner.intern(key, read).is_ok()).count();
            (new, interner)
        };
        bencher.iter_batched(Interner::default, intern_all, BatchSize::LargeInput);
    });
    group.finish();
}

/// Routes whose blocks an interner holds, and the interner.
fn interned() -> (Vec<(Ipv4Net, AttributesId)>, Interner) {
    let mut interner = Interner::default();
    let routes = routes()
        .into_iter()
        .map(|(prefix, attributes)| {
            let id = interner.adopt(&attributes, || ());
            interner.hold(id, 1);
            (prefix, id)
        })
        .collect();
    (routes, interner)
}

fn adj_in(criterion: &mut Criterion) {
    let (routes, mut blocks) = interned();
    let filled = |blocks: &mut Interner| {
        let mut table = AdjIn::<Ipv4Net>::new();
        for (prefix, attributes) in &routes {
            table.announce(*prefix, *attributes, None, blocks);
        }
        table
    };
    let mut group = criterion.benchmark_group("rib");
    group.sample_size(20).throughput(Throughput::Elements(PREFIXES.into()));
    group.bench_function("announce", |bencher| bencher.iter_with_large_drop(|| filled(&mut blocks)));
    group.bench_function("announce again", |bencher| {
        let mut table = filled(&mut blocks);
        bencher.iter(|| {
            for (prefix, attributes) in &routes {
                black_box(table.announce(*prefix, *attributes, None, &mut blocks));
            }
        });
    });
    group.bench_function("lose the session", |bencher| {
        bencher.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for _ in 0..times {
                let mut table = filled(&mut blocks);
                let start = Instant::now();
                black_box(table.clear(&mut blocks).count());
                spent += start.elapsed();
            }
            spent
        });
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

criterion_group!(benches, decode, intern, adj_in, adj_out);
criterion_main!(benches);
