//! Attributes, and if need be prefixes, as the default-free zone has them: made from a seed, the same every time.

#![allow(clippy::indexing_slicing, reason = "positions are drawn from what is there")]

use super::{AttributeSet, Table};
use crate::{
    asn::Asn,
    community::Community,
    family::Family,
    wire::{AsPath, Origin},
};
use ipnet::{IpNet, Ipv4Net};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// How prefixes share attribute sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// As in the default-free zone: most sets have one or two prefixes, a few have thousands.
    #[default]
    Skewed,
    /// All sets have the same number of prefixes, neighbours in the table: UPDATEs full of prefixes.
    Even,
}

/// Gives prefixes so many attribute sets, at most one each; each family has its part of them.
pub fn share(prefixes: &[IpNet], sets: usize, sharing: Sharing, seed: u64) -> Table {
    let mut random = StdRng::seed_from_u64(seed);
    let mut groups = Vec::new();
    for family in Family::ALL {
        let own: Vec<IpNet> =
            prefixes.iter().filter(|prefix| Family::of(prefix) == family).copied().collect();
        if own.is_empty() {
            continue;
        }
        let sets = (sets * own.len() / prefixes.len()).clamp(1, own.len());
        let mut members = vec![Vec::new(); sets];
        for (prefix, set) in own.iter().zip(memberships(own.len(), sets, sharing, &mut random)) {
            if let Some(members) = members.get_mut(set) {
                members.push(*prefix);
            }
        }
        groups.extend(members.into_iter().map(|members| (attribute_set(&mut random), members)));
    }
    Table::new(groups)
}

/// The set of each prefix.
fn memberships(prefixes: usize, sets: usize, sharing: Sharing, random: &mut StdRng) -> Vec<usize> {
    match sharing {
        Sharing::Even => (0..prefixes).map(|position| position * sets / prefixes).collect(),
        Sharing::Skewed => {
            let mut chosen = Vec::with_capacity(prefixes);
            let mut opened = 0;
            for position in 0..prefixes {
                let (missing, left) = (sets - opened, prefixes - position);
                let set = if position == 0 || random.random_range(0..left) < missing {
                    opened += 1;
                    opened - 1
                } else {
                    chosen[companion(position, random)]
                };
                chosen.push(set);
            }
            chosen
        }
    }
}

/// Whose attributes a prefix shares: one network announces neighbouring prefixes, and the more prefixes it has the more
/// likely is another one, so that sizes follow a power law.
fn companion(position: usize, random: &mut StdRng) -> usize {
    if random.random_bool(0.5) { position - 1 } else { random.random_range(0..position) }
}

/// A path of two to seven ASes and up to five communities.
fn attribute_set(random: &mut StdRng) -> AttributeSet {
    // One in so many has one more, which gives the 4 to 5 ASes of the default-free zone.
    const HOPS: [usize; 16] = [2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 6, 7];
    const COMMUNITIES: [usize; 8] = [0, 1, 1, 2, 2, 2, 3, 5];
    let hops = HOPS[random.random_range(0..HOPS.len())];
    let tags = COMMUNITIES[random.random_range(0..COMMUNITIES.len())];
    AttributeSet {
        origin: if random.random_bool(0.9) { Origin::Igp } else { Origin::Incomplete },
        as_path: AsPath::sequence((0..hops).map(|_| public_asn(random))),
        communities: (0..tags).map(|_| community(random)).collect(),
        large_communities: Box::default(),
    }
}

/// An AS number that no lab uses for itself: not private, not reserved, not Microsoft's.
fn public_asn(random: &mut StdRng) -> Asn {
    loop {
        let number = if random.random_bool(0.7) {
            random.random_range(1_000..64_000)
        } else {
            random.random_range(131_072..401_309)
        };
        let asn = Asn::constant(number);
        if ![Asn::MICROSOFT_EDGE, Asn::TRANS].contains(&asn) {
            return asn;
        }
    }
}

fn community(random: &mut StdRng) -> Community {
    Community::new(random.random_range(1_000..64_000), random.random_range(0..65_000))
}

/// So many IPv4 prefixes of public address space that do not overlap, with the lengths of the default-free zone.
///
/// There are at most about 1.29 million of them; who asks for more gets those.
pub fn synthetic_prefixes(count: usize, seed: u64) -> Vec<IpNet> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut prefixes = Vec::with_capacity(count);
    let mut address = 0x0100_0000_u32;
    while prefixes.len() < count {
        // In 100 prefixes: 60 /24, 20 /23 and /22, the rest shorter.
        let length = match random.random_range(0..100) {
            0..60 => 24,
            60..70 => 23,
            70..82 => 22,
            82..88 => 21,
            88..93 => 20,
            93..97 => 19,
            97..99 => 18,
            _ => 16,
        };
        let size = 1_u32 << (32 - length);
        let aligned = address.next_multiple_of(size);
        let Ok(net) = Ipv4Net::new(aligned.into(), length) else { break };
        if aligned >= 0xE000_0000 {
            break;
        }
        address = aligned + size;
        if is_public(net) {
            prefixes.push(net.into());
        }
    }
    prefixes
}

/// Not where routers refuse routes to.
fn is_public(net: Ipv4Net) -> bool {
    let address = net.addr();
    let [first, second, third, _] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let special = first == 192 && second == 0 && (third < 4);
    let benchmark = first == 198 && (18..20).contains(&second);
    first != 10
        && !shared
        && !special
        && !benchmark
        && !address.is_private()
        && !address.is_loopback()
        && !address.is_link_local()
        && !address.is_documentation()
}
