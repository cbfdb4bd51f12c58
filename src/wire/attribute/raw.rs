//! Attributes as octets: finding them in an UPDATE, and the octets that they are interned by.

use super::{
    code::{AttributeCode, Category, Flags},
    error::{AttributeError, AttributeErrors, Fault},
    mp::{MpReach, MpUnreach},
    row,
    stored::put_preamble,
    value::NextHop,
};
use crate::wire::negotiated::AsWidth;
use bytes::{BufMut, BytesMut};
use nom::{
    IResult, Parser,
    bytes::complete::take,
    number::complete::{be_u8, be_u16},
};

/// One attribute, its value still undecoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawAttribute<'a> {
    pub(super) flags: Flags,
    pub(super) code: AttributeCode,
    pub(super) value: &'a [u8],
    /// Octets of the attribute field before it.
    offset: usize,
    /// Flags, code, length and value.
    pub(super) octets: &'a [u8],
}

impl RawAttribute<'_> {
    pub(super) fn error(&self, fault: Fault) -> AttributeError {
        AttributeError { code: self.code, offset: self.offset, fault, raw: self.octets.into() }
    }

    /// Compares the flags with what the code asks for (RFC 7606 section 3 c).
    pub(super) fn check_flags(&self, expected: Category) -> Result<(), Fault> {
        let found = self.flags.category();
        if found == expected { Ok(()) } else { Err(Fault::Flags { found, expected }) }
    }
}

/// The attributes of a field one after the other, until the first that does not fit (RFC 7606 section 4).
#[derive(Clone, Debug)]
struct AttributesIn<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Iterator for AttributesIn<'a> {
    type Item = Result<RawAttribute<'a>, AttributeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (input, offset) = (std::mem::take(&mut self.rest), self.offset);
        Some(match attribute(input) {
            Ok((rest, (flags, code, value))) => {
                let octets = input.get(..input.len() - rest.len()).unwrap_or(input);
                *self = Self { rest, offset: offset + octets.len() };
                Ok(RawAttribute { flags: Flags(flags), code: AttributeCode(code), value, offset, octets })
            }
            Err(_) => Err(overrun(input, offset)),
        })
    }
}

fn attribute(input: &[u8]) -> IResult<&[u8], (u8, u8, &[u8]), ()> {
    let (rest, (flags, code, length)) = attribute_header(input)?;
    let (rest, value) = take(length)(rest)?;
    Ok((rest, (flags, code, value)))
}

fn attribute_header(input: &[u8]) -> IResult<&[u8], (u8, u8, u16), ()> {
    let (rest, (flags, code)) = (be_u8, be_u8).parse(input)?;
    let (rest, length) = if Flags(flags).has(Flags::EXTENDED_LENGTH) {
        be_u16(rest)?
    } else {
        be_u8.map(u16::from).parse(rest)?
    };
    Ok((rest, (flags, code, length)))
}

/// Names the attribute that the field ends in, as far as its header is there.
fn overrun(input: &[u8], offset: usize) -> AttributeError {
    let extended = input.first().is_some_and(|flags| Flags(*flags).has(Flags::EXTENDED_LENGTH));
    let header = (if extended { 4 } else { 3 }, input.len());
    let (needed, available) =
        attribute_header(input).map_or(header, |(rest, (_, _, length))| (length.into(), rest.len()));
    let code = AttributeCode(input.get(1).copied().unwrap_or_default());
    AttributeError { code, offset, fault: Fault::Overrun { needed, available }, raw: input.into() }
}

/// What one pass over the attribute field found; no value but those of the MP attributes has been looked at.
#[derive(Debug)]
pub(in crate::wire) struct Scan<'a> {
    pub(in crate::wire) reach: Option<MpReach<'a>>,
    pub(in crate::wire) unreach: Option<MpUnreach<'a>>,
    /// All attributes but the MP ones: what is before, between and behind those.
    pub(in crate::wire) others: [Piece<'a>; 3],
    /// The attribute that the field ends in.
    pub(in crate::wire) overrun: Option<AttributeError>,
    /// An MP attribute with wrong flags: its prefixes are known all the same (RFC 7606 section 3 c).
    pub(in crate::wire) misflagged: Option<AttributeError>,
}

/// Whole attributes that follow each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::wire) struct Piece<'a> {
    /// Octets of the attribute field before it.
    offset: usize,
    octets: &'a [u8],
}

impl<'a> Scan<'a> {
    /// Finds the MP attributes, and what can only be answered with a session reset.
    ///
    /// # Errors
    /// An error whose treatment is a reset: an MP attribute that is malformed or stands there twice (RFC 7606 sections
    /// 3 g and 5.3), a well-known attribute that nobody knows (RFC 4271 section 6.3).
    pub(in crate::wire) fn new(field: &'a [u8]) -> Result<Self, AttributeError> {
        let mut scan =
            Self { reach: None, unreach: None, others: Default::default(), overrun: None, misflagged: None };
        let mut start = 0;
        let mut end = field.len();
        for attribute in (AttributesIn { rest: field, offset: 0 }) {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) if error.code.locates_nlri() => return Err(error),
                Err(error) => {
                    end = error.offset;
                    scan.overrun = Some(error);
                    break;
                }
            };
            if attribute.code.locates_nlri() {
                scan.take_nlri(&attribute).map_err(|fault| attribute.error(fault))?;
                scan.add_piece(field, start, attribute.offset);
                start = attribute.offset + attribute.octets.len();
            } else if !attribute.flags.has(Flags::OPTIONAL) && row(attribute.code).is_none() {
                return Err(attribute.error(Fault::UnrecognizedWellKnown));
            }
        }
        scan.add_piece(field, start, end);
        Ok(scan)
    }

    /// True if there is no attribute besides the MP ones.
    pub(in crate::wire) fn only_nlri(&self) -> bool {
        self.overrun.is_none()
            && self.misflagged.is_none()
            && self.others.iter().all(|piece| piece.octets.is_empty())
    }

    /// All errors in the attributes, those that are missing not counted: for an UPDATE without an announcement to parse.
    pub(in crate::wire) fn errors(&self, as_width: AsWidth) -> Option<AttributeErrors> {
        let mut errors = RawAttributes::new(self, NextHopSource::Attribute, as_width).read_all().errors;
        errors.extend(self.misflagged.clone());
        errors.extend(self.overrun.clone());
        AttributeErrors::new(errors)
    }

    fn take_nlri(&mut self, attribute: &RawAttribute<'a>) -> Result<(), Fault> {
        let flags = attribute.check_flags(Category::OptionalNonTransitive);
        self.misflagged = self.misflagged.take().or(flags.err().map(|fault| attribute.error(fault)));
        let before = if attribute.code == AttributeCode::MP_REACH_NLRI {
            self.reach.replace(MpReach::decode(*attribute)?).is_some()
        } else {
            self.unreach.replace(MpUnreach::decode(*attribute)?).is_some()
        };
        if before { Err(Fault::Duplicate) } else { Ok(()) }
    }

    /// At most two MP attributes leave at most three pieces.
    fn add_piece(&mut self, field: &'a [u8], start: usize, end: usize) {
        let free = self.others.iter_mut().find(|piece| piece.octets.is_empty());
        if let (Some(free), Some(octets)) = (free, field.get(start..end)) {
            *free = Piece { offset: start, octets };
        }
    }
}

/// Where the next hop of a group of prefixes stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NextHopSource {
    /// In NEXT_HOP: the prefixes are those at the end of the UPDATE.
    Attribute,
    /// In MP_REACH_NLRI, beside its prefixes; a NEXT_HOP is ignored (RFC 4760 section 3).
    Multiprotocol(NextHop),
}

/// The attributes of a group of prefixes as octets, which were found to be whole attributes and are still undecoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawAttributes<'a> {
    pieces: [Piece<'a>; 3],
    /// Where the next hop stands.
    pub(super) next_hop: NextHopSource,
    /// Width of AS numbers.
    pub(super) as_width: AsWidth,
}

impl<'a> RawAttributes<'a> {
    pub(in crate::wire) fn new(scan: &Scan<'a>, next_hop: NextHopSource, as_width: AsWidth) -> Self {
        Self { pieces: scan.others, next_hop, as_width }
    }

    /// The octets that fully determine what [`parse`](Self::parse) returns, to look the attributes up by.
    ///
    /// An UPDATE with classic NLRI and four-octet AS numbers gives its attribute field, not copied. All others begin
    /// with a preamble that says what else matters, written into `scratch`.
    pub fn key<'k>(&self, scratch: &'k mut BytesMut) -> &'k [u8]
    where
        'a: 'k,
    {
        if let (NextHopSource::Attribute, AsWidth::Four, [only, Piece { octets: [], .. }, _]) =
            (self.next_hop, self.as_width, self.pieces)
        {
            return only.octets;
        }
        scratch.clear();
        match (self.next_hop, self.as_width) {
            (NextHopSource::Attribute, AsWidth::Four) => {}
            (NextHopSource::Attribute, width) => put_preamble(width, None, scratch),
            (NextHopSource::Multiprotocol(next_hop), width) => put_preamble(width, Some(next_hop), scratch),
        }
        for piece in self.pieces {
            scratch.put_slice(piece.octets);
        }
        scratch
    }

    /// A field that holds the attributes alone, all of them whole.
    pub(super) fn of_field(field: &'a [u8], next_hop: NextHopSource, as_width: AsWidth) -> Self {
        let only = Piece { offset: 0, octets: field };
        Self { pieces: [only, Piece::default(), Piece::default()], next_hop, as_width }
    }

    /// The attributes in wire order, up to the first that is cut off.
    pub(super) fn whole(&self) -> impl Iterator<Item = RawAttribute<'a>> + use<'a> {
        self.iter().map_while(Result::ok)
    }

    /// The attributes in wire order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Result<RawAttribute<'a>, AttributeError>> + use<'a> {
        let field = |piece: Piece<'a>| AttributesIn { rest: piece.octets, offset: piece.offset };
        self.pieces.into_iter().flat_map(field)
    }

    /// Octets of the attribute field up to the end of the last attribute: where a missing one would stand.
    pub(super) fn end(&self) -> usize {
        self.pieces.iter().map(|piece| piece.offset + piece.octets.len()).max().unwrap_or_default()
    }
}
