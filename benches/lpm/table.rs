//! The tables that are measured: a real one from a file, or a made-up one of the same shape.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use std::{
    collections::HashSet,
    fs,
    net::{Ipv4Addr, Ipv6Addr},
    path::Path,
    process::Command,
};

/// The prefixes of both families, in the order of the file.
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) ipv4: Vec<Ipv4Net>,
    pub(crate) ipv6: Vec<Ipv6Net>,
}

impl Table {
    /// Reads one prefix per line; what follows it on the line does not count, nor does a line without one.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let place = path.display();
        let octets = if path.extension().is_some_and(|extension| extension == "gz") {
            let output = Command::new("gzip").arg("-dc").arg(path).output();
            output.map_err(|error| format!("gzip: {error}"))?.stdout
        } else {
            fs::read(path).map_err(|error| format!("{place}: {error}"))?
        };
        let text = String::from_utf8(octets).map_err(|error| format!("{place}: {error}"))?;
        let mut table = Self { name: place.to_string(), ipv4: Vec::new(), ipv6: Vec::new() };
        for word in text.lines().filter_map(|line| line.split_whitespace().next()) {
            match word.parse() {
                Ok(IpNet::V4(net)) => table.ipv4.push(net.trunc()),
                Ok(IpNet::V6(net)) => table.ipv6.push(net.trunc()),
                Err(_) => {}
            }
        }
        if table.ipv4.is_empty() && table.ipv6.is_empty() {
            return Err(format!("{place} has no prefixes; one per line is expected, as in 192.0.2.0/24"));
        }
        Ok(table)
    }

    /// As many prefixes of each length as the Internet's table had in January 2024, clustered about as much.
    pub(crate) fn synthetic() -> Self {
        let mut random = SmallRng::seed_from_u64(12076);
        let sixteens = clusters(&mut random, 25_400, |random| random.random_range(0x0100..0xE000));
        let mut ipv4 = HashSet::new();
        for (length, count) in IPV4 {
            let before = ipv4.len();
            while ipv4.len() < before + count {
                let high = *pick(&sixteens, &mut random);
                let low: u32 = random.random();
                let address = Ipv4Addr::from(high << 16 | low & 0xFFFF);
                ipv4.extend(Ipv4Net::new(address, length).map(|net| net.trunc()));
            }
        }
        let thirty_twos = clusters(&mut random, 9_600, |random| {
            let slash_16 = pick(&IPV6_REGIONS, random);
            u32::from(*slash_16) << 16 | random.random_range(0..0x2000) << 3
        });
        let mut ipv6 = HashSet::new();
        for (length, count) in IPV6 {
            let before = ipv6.len();
            while ipv6.len() < before + count {
                let high = if length <= 32 {
                    u32::from(*pick(&IPV6_REGIONS, &mut random)) << 16 | random.random_range(0..0x1_0000)
                } else {
                    *pick(&thirty_twos, &mut random)
                };
                // Whoever announces parts of an allocation begins with the first ones.
                let part = random.random::<u32>() >> random.random_range(0..16);
                let address = u128::from(high) << 96 | u128::from(part.reverse_bits()) << 64;
                ipv6.extend(Ipv6Net::new(Ipv6Addr::from(address), length).map(|net| net.trunc()));
            }
        }
        let mut table = Self {
            name: "synthetic".to_owned(),
            ipv4: ipv4.into_iter().collect(),
            ipv6: ipv6.into_iter().collect(),
        };
        table.ipv4.sort_unstable();
        table.ipv6.sort_unstable();
        table
    }
}

/// Places where prefixes are, in an order that makes some far more popular than others.
fn clusters(random: &mut SmallRng, count: usize, mut place: impl FnMut(&mut SmallRng) -> u32) -> Vec<u32> {
    let mut places: Vec<u32> = (0..count).map(|_| place(random)).collect();
    places.shuffle(random);
    places
}

fn pick<'a, T>(places: &'a [T], random: &mut SmallRng) -> &'a T {
    let skewed = random.random::<f64>().powf(1.8);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let at = (skewed * places.len() as f64) as usize;
    &places[at.min(places.len() - 1)]
}

const IPV4: [(u8, usize); 25] = [
    (8, 16),
    (9, 13),
    (10, 38),
    (11, 103),
    (12, 299),
    (13, 581),
    (14, 1_203),
    (15, 2_100),
    (16, 13_490),
    (17, 8_235),
    (18, 13_798),
    (19, 24_870),
    (20, 42_611),
    (21, 50_750),
    (22, 108_623),
    (23, 96_510),
    (24, 537_698),
    (25, 20),
    (26, 3),
    (27, 11),
    (28, 18),
    (29, 17),
    (30, 3),
    (31, 3),
    (32, 886),
];

const IPV6: [(u8, usize); 26] = [
    (24, 30),
    (28, 193),
    (29, 4_371),
    (30, 650),
    (31, 284),
    (32, 22_548),
    (33, 2_926),
    (34, 2_603),
    (35, 1_043),
    (36, 5_996),
    (37, 880),
    (38, 1_617),
    (39, 1_377),
    (40, 13_418),
    (41, 903),
    (42, 2_301),
    (43, 1_001),
    (44, 14_365),
    (45, 1_553),
    (46, 3_039),
    (47, 3_153),
    (48, 75_488),
    (56, 24),
    (64, 184),
    (127, 42),
    (128, 6),
];

/// /16s that the registries allot from.
const IPV6_REGIONS: [u16; 16] = [
    0x2a0e, 0x2a10, 0x2804, 0x2001, 0x2a02, 0x2400, 0x2405, 0x2600, 0x2a06, 0x2404, 0x2607, 0x2a00, 0x2409,
    0x2a12, 0x2620, 0x2c0f,
];
