//! A routing registry of the size of RADB: 200 MB of RPSL, made up, the same every time.
//!
//! `load` parses it, beside `lines`, which only reads the same octets line by line; the ratio of both is what parsing costs.
//! `cover` asks for the objects that cover a prefix, as the check of one claim does. What the loaded registry holds in memory
//! is printed first. `cargo bench --bench registry`

#[path = "lpm/counted.rs"]
mod counted;

use counted::counted;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use msee::{
    asn::Asn,
    registry::{Objects, Registry},
};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use std::{fmt::Write, hint::black_box, io::BufRead};

/// About as many as RADB has.
const ROUTES: u32 = 1_250_000;
/// One object of another kind comes behind so many routes.
const OTHERS_EVERY: u32 = 20;
const LENGTHS: [u8; 8] = [24, 24, 24, 24, 23, 22, 20, 16];
const QUERIES: usize = 100_000;
const SEED: u64 = 2622;

/// The database as its dump is written.
fn dump() -> String {
    let mut random = SmallRng::seed_from_u64(SEED);
    let mut text = String::with_capacity(220 << 20);
    for number in 0..ROUTES {
        if number % OTHERS_EVERY == 0 {
            other(&mut text, number);
        }
        let (class, prefix) = match net(&mut random) {
            prefix @ IpNet::V4(_) => ("route: ", prefix),
            prefix @ IpNet::V6(_) => ("route6:", prefix),
        };
        let asn = 1 + random.random_range(0..400_000);
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "{class}     {prefix}\ndescr:      customer {number} of a provider\norigin:     AS{asn}\n\
             mnt-by:     MAINT-AS{asn}\nchanged:    noc@example.net 20240101  #00:00:00Z\nsource:     RADB\n\
             last-modified: 2024-01-01T00:00:00Z\n\n"
        );
    }
    text
}

fn other(text: &mut String, number: u32) {
    let (kind, number) = (number / OTHERS_EVERY % 3, number + 1);
    let _ = match kind {
        0 => write!(text, "aut-num:    AS{number}\nas-name:    AS-NAME\nmnt-by:     X\nsource:     RADB\n\n"),
        1 => write!(
            text,
            "as-set:     AS{number}:AS-CUSTOMERS\nmembers:    AS{number}, AS-SMALL,\n            AS{}\n\
             source:     RADB\n\n",
            number + 1
        ),
        _ => write!(text, "mntner:     MAINT-{number}\nauth:       none\nsource:     RADB\n\n"),
    };
}

/// One in ten is of IPv6.
fn net(random: &mut SmallRng) -> IpNet {
    let length = LENGTHS[random.random_range(0..LENGTHS.len())];
    let bits = random.random_range(0x0100_0000..0xE000_0000_u32);
    if random.random_range(0..10) == 0 {
        let bits = (0x2000 << 112) | (u128::from(bits) << 80);
        return IpNet::V6(Ipv6Net::new_assert(bits.into(), 2 * length)).trunc();
    }
    IpNet::V4(Ipv4Net::new_assert(bits.into(), length)).trunc()
}

fn loaded(dump: &str) -> Objects {
    let mut objects = Objects::default();
    if let Err(malformed) = objects.add_rpsl(dump.as_bytes()) {
        panic!("{malformed}");
    }
    objects
}

fn lines(mut octets: &[u8]) -> usize {
    let (mut line, mut count) = (Vec::new(), 0);
    while octets.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        count += usize::from(black_box(&line).len() > 1);
        line.clear();
    }
    count
}

fn registry(criterion: &mut Criterion) {
    let dump = dump();
    let (objects, octets) = counted(|| loaded(&dump));
    println!("{} MB of RPSL: {objects}; {} MB in memory", dump.len() >> 20, octets >> 20);

    let mut group = criterion.benchmark_group("registry");
    group.sample_size(10).throughput(Throughput::Bytes(dump.len() as u64));
    group.bench_function("lines", |bencher| bencher.iter(|| lines(dump.as_bytes())));
    group.bench_function("load", |bencher| bencher.iter_with_large_drop(|| loaded(&dump)));
    drop(dump);

    let mut random = SmallRng::seed_from_u64(SEED);
    let claims: Vec<(IpNet, Asn)> = (0..QUERIES)
        .map(|_| (net(&mut random), Asn::constant(1 + random.random_range(0..400_000))))
        .collect();
    let registry = Registry { objects: &objects, payloads: None };
    group.throughput(Throughput::Elements(QUERIES as u64));
    group.bench_function("cover", |bencher| {
        bencher.iter(|| {
            claims.iter().filter(|(prefix, owner)| registry.prefix(*prefix, *owner, None).is_ok()).count()
        });
    });
    group.finish();
}

criterion_group!(benches, registry);
criterion_main!(benches);
