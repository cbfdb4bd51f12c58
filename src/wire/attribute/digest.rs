//! What attributes say in short, found by one look at their octets: most blocks of attributes that a peer sends are in
//! canonical form already, and can be held as they came without a value being made of each.

use super::{
    aggregator, as_path,
    code::{AttributeCode, Flags},
    communities, next_hop,
    raw::RawAttribute,
    read, row,
    stored::{StoredAttributes, attributes_in},
    value::{NextHop, Origin},
};
use crate::{asn::Asn, community::Community, wire::negotiated::AsWidth};

/// What is asked for most, of attributes in canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest<'a> {
    /// ORIGIN.
    pub origin: Origin,
    /// The length of the AS_PATH, as [`AsPath::length`](super::AsPath::length) counts it.
    pub path_length: usize,
    /// The first number of the AS_PATH.
    pub neighbour: Option<Asn>,
    /// MULTI_EXIT_DISC.
    pub med: Option<u32>,
    /// The value of OTC.
    pub only_to_customer: Option<u32>,
    communities: &'a [[u8; 4]],
}

impl<'a> Digest<'a> {
    /// COMMUNITIES.
    pub fn communities(&self) -> impl Iterator<Item = Community> + use<'a> {
        self.communities.iter().map(|octets| Community(u32::from_be_bytes(*octets)))
    }
}

/// What has been found so far.
#[derive(Default)]
struct Found<'a> {
    origin: Option<Origin>,
    path: Option<as_path::Sequences>,
    next_hop: Option<NextHop>,
    med: Option<u32>,
    only_to_customer: Option<u32>,
    communities: &'a [[u8; 4]],
}

impl<'a> StoredAttributes<'a> {
    /// What the attributes say in short, provided that reading them finds no fault and storing them gives the same
    /// octets again.
    ///
    /// `None` says that somebody has to read them: they are malformed, or not in canonical form, or have what is rare (an
    /// AS_SET, attributes that nobody here understands).
    pub fn digest(self) -> Option<Digest<'a>> {
        let (next_hop, field) = self.split()?;
        let mut found = Found { next_hop, ..Found::default() };
        if let Some(next_hop) = next_hop
            && (next_hop.usable().is_err() || !matches!(next_hop, NextHop::V6 { .. }))
        {
            return None;
        }
        let (mut last, mut octets) = (AttributeCode(0), 0);
        for attribute in attributes_in(field) {
            if attribute.code <= last || !has_canonical_head(&attribute) {
                return None;
            }
            (last, octets) = (attribute.code, octets + attribute.octets.len());
            found.take(&attribute)?;
        }
        if octets < field.len() {
            return None;
        }
        found.next_hop?;
        let path = found.path?;
        Some(Digest {
            origin: found.origin?,
            path_length: path.length,
            neighbour: path.first,
            med: found.med,
            only_to_customer: found.only_to_customer,
            communities: found.communities,
        })
    }
}

impl<'a> Found<'a> {
    /// `None` for a value that is malformed, or that only a reader understands.
    fn take(&mut self, attribute: &RawAttribute<'a>) -> Option<()> {
        let value = attribute.value;
        match attribute.code {
            AttributeCode::ORIGIN => self.origin = Some(Origin::from_octets(value).ok()?),
            AttributeCode::AS_PATH => self.path = Some(as_path::sequences_in(value)?),
            AttributeCode::NEXT_HOP if self.next_hop.is_none() => {
                self.next_hop = Some(next_hop::decode(value).ok()?);
            }
            AttributeCode::MULTI_EXIT_DISC => self.med = Some(read::number(value).ok()?),
            AttributeCode::ATOMIC_AGGREGATE if value.is_empty() => {}
            AttributeCode::AGGREGATOR => drop(aggregator::decode(value, AsWidth::Four).ok()?),
            AttributeCode::COMMUNITIES => self.communities = communities::chunks(value).ok()?,
            AttributeCode::LARGE_COMMUNITIES => each_once(communities::chunks::<12>(value).ok()?)?,
            AttributeCode::EXTENDED_COMMUNITIES => drop(communities::chunks::<8>(value).ok()?),
            AttributeCode::ONLY_TO_CUSTOMER => self.only_to_customer = Some(read::number(value).ok()?),
            _ => return None,
        }
        Some(())
    }
}

/// `None` if an element stands there twice.
fn each_once<const N: usize>(elements: &[[u8; N]]) -> Option<()> {
    let mut sorted = elements.to_vec();
    sorted.sort_unstable();
    sorted.array_windows().all(|[before, after]| before != after).then_some(())
}

/// True if flags and length are those that would be written.
fn has_canonical_head(attribute: &RawAttribute<'_>) -> bool {
    let extended = if attribute.value.len() > usize::from(u8::MAX) { Flags::EXTENDED_LENGTH } else { 0 };
    row(attribute.code).is_some_and(|row| attribute.flags.0 == row.category.flags() | extended)
}
