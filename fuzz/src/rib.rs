//! UPDATEs into an Adj-RIB-In: an input is a sequence of announcements, withdrawals and lost sessions, which go over the
//! wire, and a map that knows nothing of wires, interners and hash tables must hold the same.

use bytes::BytesMut;
use ipnet::{Ipv4Net, Ipv6Net};
use msee::{
    asn::Asn,
    community::Community,
    family::Families,
    rib::{AdjIn, Attributes, Batch, Count, Interner, News, Prefix},
    wire::{
        AsPath, AsWidth, EncodedAttributes, Message, MessageLimit, Negotiated, NextHop, Nlri, Origin,
        PathAttributes, RouteRefreshSupport, write_announcements, write_withdrawals,
    },
};
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, Ipv6Addr},
};

const SESSION: Negotiated = Negotiated {
    as_width: AsWidth::Four,
    message_limit: MessageLimit::Standard,
    families: Families::BOTH,
    route_refresh: RouteRefreshSupport::Absent,
};

/// Why a route is kept here and handed to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Refused;

/// One side of the comparison for a family: what is held, and what whoever is told the changes knows.
struct Side<P: Prefix> {
    table: AdjIn<P, Refused>,
    model: BTreeMap<P, PathAttributes>,
    told: BTreeMap<P, PathAttributes>,
}

/// Octets of one step: what to do, attributes, the first prefix, how many.
const STEP: usize = 4;

/// Both families, held beside each other with the attributes of both in one interner.
pub fn rib(input: &[u8]) {
    let mut blocks = Interner::<()>::default();
    let mut ipv4 = Side::new();
    let mut ipv6 = Side::new();
    for step in input.chunks_exact(STEP) {
        let &[what, attributes, first, count] = step else { continue };
        if what & 0x80 == 0 {
            let next_hop = NextHop::V4(Ipv4Addr::new(172, 16, 0, 1));
            let net =
                |n: u8| Ipv4Net::new_assert(Ipv4Addr::new(10, n / 8, n % 8 * 32, 0), 16 + n % 17).trunc();
            ipv4.step(
                what & 0x7F,
                &numbered(attributes, next_hop),
                &prefixes(first, count, net),
                &mut blocks,
            );
        } else {
            let next_hop =
                NextHop::V6 { global: Ipv6Addr::new(0xfd99, 0, 0, 0, 0, 0, 0, 1), link_local: None };
            let net = |n: u8| {
                Ipv6Net::new_assert(
                    Ipv6Addr::new(0xfd00, u16::from(n / 8), u16::from(n) << 8, 0, 0, 0, 0, 0),
                    32 + n % 97,
                )
                .trunc()
            };
            ipv6.step(
                what & 0x7F,
                &numbered(attributes, next_hop),
                &prefixes(first, count, net),
                &mut blocks,
            );
        }
    }
    ipv4.check(&blocks);
    ipv6.check(&blocks);
    for side in [&mut ipv4.table as &mut dyn Emptied, &mut ipv6.table] {
        side.empty(&mut blocks);
    }
    blocks.sweep();
    assert_eq!(blocks.len(), 0, "attributes are left behind");
}

/// Lets go what a table of either family holds.
trait Emptied {
    fn empty(&mut self, blocks: &mut Interner<()>);
}

impl<P: Prefix> Emptied for AdjIn<P, Refused> {
    fn empty(&mut self, blocks: &mut Interner<()>) {
        drop(self.clear(blocks));
    }
}

fn prefixes<P: Prefix>(first: u8, count: u8, net: impl Fn(u8) -> P) -> Vec<P> {
    let mut prefixes: Vec<P> = (0..count % 16).map(|n| net(first.wrapping_add(n))).collect();
    // An UPDATE that names a prefix twice means it once.
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes
}

/// One of 256 sets of attributes.
fn numbered(number: u8, next_hop: NextHop) -> PathAttributes {
    let path = (0..=number % 4).map(|hop| Asn::constant(65_010 + u32::from(number / 4 + hop)));
    let mut attributes = PathAttributes::new(Origin::Igp, AsPath::sequence(path), next_hop);
    attributes.communities = (0..number % 3).map(|low| Community::new(65_010, u16::from(low))).collect();
    attributes
}

impl<P: Typed> Side<P> {
    fn new() -> Self {
        Self { table: AdjIn::new(), model: BTreeMap::new(), told: BTreeMap::new() }
    }

    fn step(&mut self, what: u8, attributes: &PathAttributes, prefixes: &[P], blocks: &mut Interner<()>) {
        let mut batch = Batch::default();
        let mut octets = BytesMut::new();
        match what % 8 {
            // Announced, and accepted or refused.
            0..=3 => {
                let Ok(encoded) = EncodedAttributes::<P>::encode(attributes, SESSION) else {
                    panic!("{attributes:?} cannot be written");
                };
                let mut left = prefixes.iter().copied();
                while write_announcements(&encoded, &mut left, &mut octets) > 0 {}
                let refused = (what % 8 == 3).then_some(Refused);
                self.receive(&octets, refused, blocks, &mut batch);
                for prefix in prefixes {
                    self.model.insert(*prefix, attributes.clone());
                }
            }
            4 | 5 => {
                let mut left = prefixes.iter().copied();
                while write_withdrawals(&mut left, SESSION.message_limit, &mut octets) > 0 {}
                self.receive(&octets, None, blocks, &mut batch);
                self.model.retain(|prefix, _| !prefixes.contains(prefix));
            }
            // The attributes are malformed: RFC 7606 treats the prefixes as withdrawn. ORIGIN has the value 9.
            6 => {
                let Ok(encoded) = EncodedAttributes::<P>::encode(attributes, SESSION) else { return };
                let mut left = prefixes.iter().copied();
                if write_announcements(&encoded, &mut left, &mut octets) == 0 {
                    return;
                }
                let origin = octets.windows(4).position(|window| window == [0x40, 1, 1, 0]);
                let Some(origin) = origin else { panic!("no ORIGIN in {octets:x?}") };
                octets[origin + 3] = 9;
                self.receive(&octets, None, blocks, &mut batch);
                let first = prefixes.len() - left.count();
                self.model.retain(|prefix, _| !prefixes[..first].contains(prefix));
            }
            // The session is lost.
            _ => {
                self.table.clear(blocks).for_each(|prefix| batch.push(prefix, None));
                self.model.clear();
            }
        }
        self.tell(&batch);
        assert_eq!(self.table.len(), self.model.len());
    }

    /// Takes UPDATEs in as the task of an attachment does.
    fn receive(
        &mut self,
        mut octets: &[u8],
        refused: Option<Refused>,
        blocks: &mut Interner<()>,
        batch: &mut Batch,
    ) {
        let mut scratch = BytesMut::new();
        while let Ok(Some((Message::Update(update), length))) = Message::decode(octets, SESSION) {
            octets = &octets[length..];
            let Ok(parts) = update.split(SESSION) else { panic!("the session would end: {update:x?}") };
            for nlri in parts.withdrawn() {
                self.withdraw(nlri, blocks, batch);
            }
            for announcement in parts.announcements() {
                let raw = &announcement.attributes;
                let read = |canonical: Option<Attributes>| {
                    let parsed = raw.parse().map(|parsed| Attributes::from(parsed.attributes));
                    if let Some(canonical) = canonical {
                        assert_eq!(parsed.as_ref(), Ok(&canonical), "octets that pass for canonical ones");
                    }
                    parsed.map(|attributes| (attributes, ()))
                };
                let Ok(block) = blocks.intern(raw.key(&mut scratch), read) else {
                    self.withdraw(&announcement.nlri, blocks, batch);
                    continue;
                };
                for prefix in P::of(&announcement.nlri) {
                    let held = self.table.exact(prefix).is_some();
                    let announced = self.table.announce(prefix, block, refused, blocks);
                    assert_eq!(announced.count == Count::Again, held, "{prefix:?}");
                    match announced.news {
                        News::None => {}
                        News::Route => batch.push(prefix, blocks.attributes(block)),
                        News::Withdrawal => batch.push(prefix, None),
                    }
                }
            }
        }
        assert!(octets.is_empty(), "{octets:x?} are left");
    }

    fn withdraw(&mut self, nlri: &Nlri<'_>, blocks: &mut Interner<()>, batch: &mut Batch) {
        for prefix in P::of(nlri) {
            if self.table.withdraw(prefix, blocks) != News::None {
                batch.push(prefix, None);
            }
        }
    }

    /// What the tables behind would know from the changes alone.
    fn tell(&mut self, batch: &Batch) {
        for change in batch.changes::<P>() {
            let (prefix, attributes) = (change.prefix, change.attributes);
            if let Some(attributes) = attributes {
                self.told.insert(prefix, attributes.read());
            } else {
                assert!(self.told.remove(&prefix).is_some(), "{prefix:?} was not known");
            }
        }
    }

    fn check(&self, blocks: &Interner<()>) {
        let held: BTreeMap<P, PathAttributes> = self
            .table
            .prefixes()
            .filter_map(|prefix| {
                let route = self.table.exact(prefix)?;
                Some((prefix, blocks.attributes(route.attributes)?.read()))
            })
            .collect();
        assert_eq!(held, self.model);
        let accepted: Vec<P> = self.told.keys().copied().collect();
        let mut table: Vec<P> = self.table.accepted().map(|(prefix, _)| prefix).collect();
        table.sort_unstable();
        assert_eq!(accepted, table);
        assert!(self.told.iter().all(|(prefix, attributes)| self.model.get(prefix) == Some(attributes)));
    }
}

/// A prefix type, and how its prefixes are found among those of an UPDATE.
trait Typed: Prefix {
    fn of(nlri: &Nlri<'_>) -> Vec<Self>;
}

impl Typed for Ipv4Net {
    fn of(nlri: &Nlri<'_>) -> Vec<Self> {
        match nlri {
            Nlri::Ipv4(prefixes) => prefixes.clone().collect(),
            Nlri::Ipv6(_) => Vec::new(),
        }
    }
}

impl Typed for Ipv6Net {
    fn of(nlri: &Nlri<'_>) -> Vec<Self> {
        match nlri {
            Nlri::Ipv4(_) => Vec::new(),
            Nlri::Ipv6(prefixes) => prefixes.clone().collect(),
        }
    }
}
