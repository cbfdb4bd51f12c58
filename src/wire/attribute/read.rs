//! From the octets of the attributes to what they say about a route.

use super::{
    Body,
    as_path::AsPath,
    as4,
    code::{AttributeCode, Category, Flags},
    error::{AttributeError, AttributeErrors, Fault},
    raw::{NextHopSource, RawAttribute, RawAttributes},
    row,
    value::{Aggregator, NextHop, Origin, Partial, PathAttributes, UnknownAttribute},
};
use crate::{
    community::{Community, ExtendedCommunity, LargeCommunity},
    wire::negotiated::AsWidth,
};

/// Attributes that can be used, and what had to be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedAttributes {
    /// The attributes of the route.
    pub attributes: PathAttributes,
    /// Attributes that were discarded because of an error, to be logged.
    pub discarded: Option<AttributeErrors>,
}

/// What has been read so far.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) origin: Option<Origin>,
    pub(super) as_path: Option<AsPath>,
    pub(super) next_hop: Option<NextHop>,
    pub(super) med: Option<u32>,
    pub(super) atomic_aggregate: bool,
    pub(super) aggregator: Option<Aggregator>,
    pub(super) communities: Box<[Community]>,
    pub(super) extended_communities: Box<[ExtendedCommunity]>,
    pub(super) large_communities: Box<[LargeCommunity]>,
    pub(super) only_to_customer: Option<u32>,
    partial: Partial,
    pub(super) as4_path: Option<AsPath>,
    pub(super) as4_aggregator: Option<Aggregator>,
    unknown: Vec<UnknownAttribute>,
}

/// The type codes that have stood in the field, a bit for each.
#[derive(Default)]
struct Seen([u128; 2]);

impl Seen {
    fn contains(&self, code: AttributeCode) -> bool {
        let [low, high] = self.0;
        (if code.0 < 128 { low } else { high }) >> (code.0 % 128) & 1 == 1
    }

    fn insert(&mut self, code: AttributeCode) {
        let [low, high] = &mut self.0;
        *(if code.0 < 128 { low } else { high }) |= 1 << (code.0 % 128);
    }
}

/// All attributes of a field, read as far as they could be.
#[derive(Default)]
pub(super) struct Reading {
    draft: Draft,
    seen: Seen,
    pub(super) errors: Vec<AttributeError>,
}

impl RawAttributes<'_> {
    /// Reads the attributes.
    ///
    /// # Errors
    /// [`AttributeErrors`] if one of them asks for more than to discard an attribute; the prefixes are then treated as
    /// withdrawn, because [`Update::split`](crate::wire::Update::split) has found all that resets a session.
    pub fn parse(&self) -> Result<ParsedAttributes, AttributeErrors> {
        let Reading { mut draft, mut seen, mut errors } = self.read_all();
        if let NextHopSource::Multiprotocol(next_hop) = self.next_hop {
            seen.insert(AttributeCode::NEXT_HOP);
            match next_hop.usable() {
                Ok(next_hop) => draft.next_hop = Some(next_hop),
                Err(fault) => errors.push(self.absent(AttributeCode::MP_REACH_NLRI, fault)),
            }
        }
        let mandatory = [AttributeCode::ORIGIN, AttributeCode::AS_PATH, AttributeCode::NEXT_HOP];
        let missing = mandatory.into_iter().filter(|code| !seen.contains(*code));
        errors.extend(missing.map(|code| self.absent(code, Fault::Missing)));
        match (draft.finish(), AttributeErrors::new(errors)) {
            (Some(attributes), discarded)
                if discarded.as_ref().is_none_or(AttributeErrors::are_discarded) =>
            {
                Ok(ParsedAttributes { attributes, discarded })
            }
            (_, Some(errors)) => Err(errors),
            (_, None) => Err(self.absent(AttributeCode::ORIGIN, Fault::Missing).into()),
        }
    }

    /// Reads attributes that were written here: their next hop may be none that a peer could name.
    pub(super) fn read_own(&self, next_hop: NextHop) -> Option<PathAttributes> {
        let mut draft = self.read_all().draft;
        draft.next_hop = Some(next_hop);
        draft.finish()
    }

    /// Reads every attribute; of those with the same code the first (RFC 7606 section 3 g).
    pub(super) fn read_all(&self) -> Reading {
        let mut reading = Reading::default();
        for attribute in self.iter() {
            let outcome = attribute.and_then(|attribute| {
                if reading.seen.contains(attribute.code) {
                    return Err(attribute.error(Fault::Duplicate));
                }
                reading.seen.insert(attribute.code);
                self.read(&attribute, &mut reading.draft).map_err(|fault| attribute.error(fault))
            });
            reading.errors.extend(outcome.err());
        }
        reading
    }

    fn read(&self, attribute: &RawAttribute<'_>, draft: &mut Draft) -> Result<(), Fault> {
        let Some(row) = row(attribute.code) else {
            return draft.carry(attribute);
        };
        let read = match row.body {
            Body::InternalPeers => return Err(Fault::FromExternalPeer),
            Body::TwoOctetSessions(..) if self.as_width == AsWidth::Four => {
                return Err(Fault::FromNewSpeaker);
            }
            Body::Nlri => return Ok(()),
            Body::Value(read, _) | Body::TwoOctetSessions(read, _) => read,
        };
        if attribute.code == AttributeCode::NEXT_HOP && self.next_hop != NextHopSource::Attribute {
            return Ok(());
        }
        attribute.check_flags(row.category)?;
        read(attribute.value, self.as_width, draft)?;
        // What is merged into another attribute is not passed on itself, nor is what has been discarded.
        if matches!(row.body, Body::Value(..))
            && row.category == Category::OptionalTransitive
            && attribute.flags.has(Flags::PARTIAL)
        {
            draft.partial.insert(attribute.code);
        }
        Ok(())
    }

    /// The error of an attribute that has no octets of its own.
    fn absent(&self, code: AttributeCode, fault: Fault) -> AttributeError {
        AttributeError { code, offset: self.end(), fault, raw: Box::default() }
    }
}

impl Draft {
    /// Keeps an attribute that nobody here understands, if others might; it is not looked into (RFC 4271 section 5).
    fn carry(&mut self, attribute: &RawAttribute<'_>) -> Result<(), Fault> {
        match attribute.flags.category() {
            Category::OptionalTransitive => self.unknown.push(UnknownAttribute {
                code: attribute.code.0,
                flags: Category::OptionalTransitive.flags() | Flags::PARTIAL,
                value: attribute.value.into(),
            }),
            Category::OptionalNonTransitive => {}
            Category::WellKnown | Category::Contradictory => return Err(Fault::UnrecognizedWellKnown),
        }
        Ok(())
    }

    /// The attributes, unless a mandatory one is missing.
    fn finish(self) -> Option<PathAttributes> {
        let (as_path, aggregator) =
            as4::merge(self.as_path?, self.as4_path, self.aggregator, self.as4_aggregator);
        Some(PathAttributes {
            origin: self.origin?,
            as_path,
            next_hop: self.next_hop?,
            med: self.med,
            atomic_aggregate: self.atomic_aggregate,
            aggregator,
            communities: self.communities,
            extended_communities: self.extended_communities,
            large_communities: self.large_communities,
            only_to_customer: self.only_to_customer,
            partial: self.partial,
            unknown: self.unknown.into(),
        })
    }
}

pub(super) fn origin(value: &[u8], _: AsWidth, draft: &mut Draft) -> Result<(), Fault> {
    draft.origin = Some(Origin::from_octets(value)?);
    Ok(())
}

impl Origin {
    /// Reads the value of ORIGIN.
    pub(super) fn from_octets(value: &[u8]) -> Result<Self, Fault> {
        match value {
            [0] => Ok(Self::Igp),
            [1] => Ok(Self::Egp),
            [2] => Ok(Self::Incomplete),
            [other] => Err(Fault::Origin(*other)),
            _ => Err(Fault::Length { octets: value.len() }),
        }
    }
}

pub(super) fn as_path(value: &[u8], width: AsWidth, draft: &mut Draft) -> Result<(), Fault> {
    draft.as_path = Some(AsPath::decode(value, width)?);
    Ok(())
}

pub(super) fn med(value: &[u8], _: AsWidth, draft: &mut Draft) -> Result<(), Fault> {
    draft.med = Some(number(value)?);
    Ok(())
}

pub(super) fn only_to_customer(value: &[u8], _: AsWidth, draft: &mut Draft) -> Result<(), Fault> {
    draft.only_to_customer = Some(number(value)?);
    Ok(())
}

/// Reads a value of four octets.
pub(super) fn number(value: &[u8]) -> Result<u32, Fault> {
    let octets = value.try_into().map_err(|_| Fault::Length { octets: value.len() })?;
    Ok(u32::from_be_bytes(octets))
}

pub(super) fn atomic_aggregate(value: &[u8], _: AsWidth, draft: &mut Draft) -> Result<(), Fault> {
    if !value.is_empty() {
        return Err(Fault::Length { octets: value.len() });
    }
    draft.atomic_aggregate = true;
    Ok(())
}
