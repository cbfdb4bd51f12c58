//! What an UPDATE says, read apart from the code under test: prefixes, and attributes sorted by type code.

use crate::lab::failure::{Failure, Outcome, ensure};
use std::fmt;

/// A prefix as it stands on the wire, and its family.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Prefix {
    /// AFI.
    pub(crate) afi: u16,
    /// Length and octets.
    pub(crate) octets: Vec<u8>,
}

/// The newest word about a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// None so far.
    Nothing,
    Withdrawn,
    /// Announced with these attributes, MP_REACH_NLRI replaced by its next hop.
    Announced(Attributes),
}

/// Attributes in the order of their codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes(Vec<Attribute>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Attribute {
    code: u8,
    /// Without the Extended Length bit.
    flags: u8,
    value: Vec<u8>,
}

const AS_PATH: u8 = 2;
const MP_REACH: u8 = 14;
const MP_UNREACH: u8 = 15;

impl Attributes {
    /// Reads a field of attributes.
    pub(crate) fn read(mut field: &[u8]) -> Outcome<Self> {
        let mut attributes = Vec::new();
        while let [flags, code, rest @ ..] = field {
            let (length, rest) = match (flags & 0x10 != 0, rest) {
                (true, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
                (false, [length, rest @ ..]) => (usize::from(*length), rest),
                _ => return Err("half an attribute".into()),
            };
            let (value, rest) = rest.split_at_checked(length).ok_or("half an attribute")?;
            let value = if *code == AS_PATH {
                joined(value).unwrap_or_else(|| value.to_vec())
            } else {
                value.to_vec()
            };
            attributes.push(Attribute { code: *code, flags: flags & !0x10, value });
            field = rest;
        }
        ensure!(field.is_empty(), "half an attribute");
        attributes.sort();
        Ok(Self(attributes))
    }

    /// The value of an attribute, if it is there.
    pub(crate) fn value(&self, code: u8) -> Option<&[u8]> {
        self.0.iter().find(|attribute| attribute.code == code).map(|attribute| &attribute.value[..])
    }

    fn take(&mut self, code: u8) -> Option<Attribute> {
        let at = self.0.iter().position(|attribute| attribute.code == code)?;
        Some(self.0.remove(at))
    }
}

/// A path with sequences that follow each other made one, and counts wide enough for that: where a speaker cuts a sequence
/// is its own affair. `None` if the numbers do not have four octets.
fn joined(mut path: &[u8]) -> Option<Vec<u8>> {
    const SEQUENCE: u8 = 2;
    let mut segments: Vec<(u8, Vec<u8>)> = Vec::new();
    while let [kind, count, rest @ ..] = path {
        let (numbers, rest) = rest.split_at_checked(4 * usize::from(*count))?;
        match segments.last_mut() {
            Some((SEQUENCE, before)) if *kind == SEQUENCE => before.extend(numbers),
            _ => segments.push((*kind, numbers.to_vec())),
        }
        path = rest;
    }
    let octets = |(kind, numbers): (u8, Vec<u8>)| {
        let count = u16::try_from(numbers.len() / 4).unwrap_or(u16::MAX);
        [&[kind], &count.to_be_bytes()[..], &numbers].concat()
    };
    path.is_empty().then(|| segments.into_iter().flat_map(octets).collect())
}

/// True for End-of-RIB of SAFI unicast of a family (RFC 4724 section 2).
pub(crate) fn is_end_of_rib(body: &[u8], afi: u8) -> bool {
    match body {
        [0, 0, 0, 0] => afi == 1,
        // The attribute's own length has one octet or two.
        [0, 0, 0, 6 | 7, _flags, MP_UNREACH, .., 3, 0, of, 1] => *of == afi,
        _ => false,
    }
}

/// What an UPDATE says of each prefix in it, withdrawals first.
pub(crate) fn read(body: &[u8]) -> Outcome<Vec<(Prefix, Told)>> {
    let (withdrawn, rest) = counted(body)?;
    let (field, nlri) = counted(rest)?;
    let mut attributes = Attributes::read(field)?;
    let mut news: Vec<_> =
        prefixes(1, withdrawn)?.into_iter().map(|prefix| (prefix, Told::Withdrawn)).collect();
    if let Some(unreach) = attributes.take(MP_UNREACH) {
        let (afi, prefixes_of) = family(&unreach.value)?;
        news.extend(prefixes(afi, prefixes_of)?.into_iter().map(|prefix| (prefix, Told::Withdrawn)));
    }
    if let Some(reach) = attributes.take(MP_REACH) {
        let (afi, rest) = family(&reach.value)?;
        let (length, rest) = rest.split_first().ok_or("no next hop")?;
        let (next_hop, rest) = rest.split_at_checked((*length).into()).ok_or("half a next hop")?;
        let (_reserved, rest) = rest.split_first().ok_or("no reserved octet")?;
        let mut with_hop = attributes.clone();
        // A link-local next hop beside the global one is the speaker's choice (RFC 2545 section 3).
        let value = next_hop.get(..16).unwrap_or(next_hop).to_vec();
        with_hop.0.push(Attribute { code: MP_REACH, flags: reach.flags, value });
        with_hop.0.sort();
        let announced = |prefix| (prefix, Told::Announced(with_hop.clone()));
        news.extend(prefixes(afi, rest)?.into_iter().map(announced));
    }
    news.extend(prefixes(1, nlri)?.into_iter().map(|prefix| (prefix, Told::Announced(attributes.clone()))));
    Ok(news)
}

fn counted(octets: &[u8]) -> Outcome<(&[u8], &[u8])> {
    let (length, rest) = octets.split_first_chunk().ok_or("no length")?;
    let length = usize::from(u16::from_be_bytes(*length));
    rest.split_at_checked(length).ok_or_else(|| Failure::from("a length beyond the message"))
}

fn family(value: &[u8]) -> Outcome<(u16, &[u8])> {
    let ([high, low, _safi], rest) = value.split_first_chunk().ok_or("no family")?;
    Ok((u16::from_be_bytes([*high, *low]), rest))
}

fn prefixes(afi: u16, mut field: &[u8]) -> Outcome<Vec<Prefix>> {
    let mut prefixes = Vec::new();
    while let Some(bits) = field.first() {
        let octets = 1 + usize::from(*bits).div_ceil(8);
        let (prefix, rest) = field.split_at_checked(octets).ok_or("half a prefix")?;
        prefixes.push(Prefix { afi, octets: prefix.to_vec() });
        field = rest;
    }
    Ok(prefixes)
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Withdrawn => f.write_str("of a withdrawal"),
            Self::Announced(attributes) => {
                f.write_str("a route with")?;
                for Attribute { code, flags, value } in &attributes.0 {
                    let shown = &value[..value.len().min(24)];
                    write!(f, " [{flags:02x} {code}: {shown:02x?} of {}]", value.len())?;
                }
                Ok(())
            }
        }
    }
}
