//! AS_PATH (RFC 4271 section 4.3 b) and AS4_PATH (RFC 6793 section 3).

use super::error::AsPathFault;
use crate::{asn::Asn, wire::negotiated::AsWidth};
use bytes::{BufMut, BytesMut};
use nom::{IResult, Parser, bytes::complete::take, number::complete::be_u8};
use std::fmt;

/// Numbers that one segment holds at most; its count is one octet.
pub(super) const SEGMENT_NUMBERS: usize = 255;
/// The type of an AS_SEQUENCE.
const SEQUENCE: u8 = 2;
/// Octets of a segment before its numbers: type and count.
const SEGMENT_HEAD: usize = 2;

/// AS_PATH: segments in wire order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AsPath {
    /// The segments; none for a route of the sender's own AS on an internal session.
    pub segments: Box<[Segment]>,
}

/// One segment of an AS_PATH, 1 to 255 numbers (RFC 4271 section 4.3 b, RFC 5065).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// AS_SET (1), unordered.
    Set(Box<[Asn]>),
    /// AS_SEQUENCE (2), nearest first.
    Sequence(Box<[Asn]>),
    /// AS_CONFED_SEQUENCE (3).
    ConfedSequence(Box<[Asn]>),
    /// AS_CONFED_SET (4).
    ConfedSet(Box<[Asn]>),
}

impl AsPath {
    /// A path of one AS_SEQUENCE, nearest AS first; in segments of 255 if there are more.
    pub fn sequence(numbers: impl IntoIterator<Item = Asn>) -> Self {
        let numbers: Vec<Asn> = numbers.into_iter().collect();
        Self { segments: sequences(&numbers).collect() }
    }

    /// The length that routes are compared by: a set counts one, confederation segments nothing (RFC 4271 section
    /// 9.1.2.2 a, RFC 5065 section 5.3).
    pub fn length(&self) -> usize {
        self.segments.iter().map(Segment::length).sum()
    }

    /// The neighbour that sent the path: the first number, if the path begins with an AS_SEQUENCE (RFC 4271 section
    /// 6.3).
    pub fn first(&self) -> Option<Asn> {
        match self.segments.first()? {
            Segment::Sequence(numbers) => numbers.first().copied(),
            Segment::Set(_) | Segment::ConfedSequence(_) | Segment::ConfedSet(_) => None,
        }
    }

    /// All numbers in wire order, those of sets and confederations included.
    pub fn asns(&self) -> impl Iterator<Item = Asn> {
        self.segments.iter().flat_map(|segment| segment.numbers().iter().copied())
    }

    /// The path without some numbers; a segment that has no others goes as well.
    #[must_use]
    pub fn without(&self, unwanted: impl Fn(Asn) -> bool) -> Self {
        Self { segments: self.segments.iter().filter_map(|segment| segment.without(&unwanted)).collect() }
    }

    /// True if the number stands anywhere in the path.
    pub fn contains(&self, asn: Asn) -> bool {
        self.asns().any(|number| number == asn)
    }

    /// The path with a number put `count` times before it; what does not fit into the first segment begins a new one
    /// (RFC 4271 section 5.1.2 b).
    #[must_use]
    pub fn prepended(&self, asn: Asn, count: usize) -> Self {
        let mut numbers = vec![asn; count];
        let others = match self.segments.split_first() {
            Some((Segment::Sequence(first), others)) if count + first.len() <= SEGMENT_NUMBERS => {
                numbers.extend(first);
                others
            }
            _ => &*self.segments,
        };
        Self { segments: sequences(&numbers).chain(others.iter().cloned()).collect() }
    }

    /// Reads AS_PATH as an external peer may send it: no confederation segments (RFC 5065 section 5.1, RFC 7606
    /// section 7.2).
    pub(super) fn decode(value: &[u8], width: AsWidth) -> Result<Self, AsPathFault> {
        let segments = Segments { rest: value, width }.map(|segment| match segment? {
            Segment::ConfedSequence(_) | Segment::ConfedSet(_) => Err(AsPathFault::Confederation),
            segment => Ok(segment),
        });
        Ok(Self { segments: segments.collect::<Result<_, _>>()? })
    }

    /// Reads AS4_PATH, whose confederation segments are dropped (RFC 6793 section 6).
    pub(super) fn decode_as4(value: &[u8]) -> Result<Self, AsPathFault> {
        let segments = Segments { rest: value, width: AsWidth::Four }
            .filter(|segment| !matches!(segment, Ok(Segment::ConfedSequence(_) | Segment::ConfedSet(_))));
        Ok(Self { segments: segments.collect::<Result<_, _>>()? })
    }

    /// Appends all segments.
    pub(super) fn encode(&self, width: AsWidth, out: &mut BytesMut) {
        for segment in &self.segments {
            segment.encode(width, out);
        }
    }

    /// Appends what AS4_PATH carries: all but confederation segments (RFC 6793 section 4.2.2).
    pub(super) fn encode_as4(&self, out: &mut BytesMut) {
        for segment in self.segments.iter().filter(|segment| !segment.is_confederation()) {
            segment.encode(AsWidth::Four, out);
        }
    }
}

fn sequences(numbers: &[Asn]) -> impl Iterator<Item = Segment> {
    numbers.chunks(SEGMENT_NUMBERS).map(|numbers| Segment::Sequence(numbers.into()))
}

impl Segment {
    fn without(&self, unwanted: impl Fn(Asn) -> bool) -> Option<Self> {
        let left: Box<[Asn]> = self.numbers().iter().copied().filter(|asn| !unwanted(*asn)).collect();
        if left.is_empty() {
            return None;
        }
        Some(match self {
            Self::Set(_) => Self::Set(left),
            Self::Sequence(_) => Self::Sequence(left),
            Self::ConfedSequence(_) => Self::ConfedSequence(left),
            Self::ConfedSet(_) => Self::ConfedSet(left),
        })
    }

    /// The segment's numbers in wire order.
    pub fn numbers(&self) -> &[Asn] {
        match self {
            Self::Set(numbers)
            | Self::Sequence(numbers)
            | Self::ConfedSequence(numbers)
            | Self::ConfedSet(numbers) => numbers,
        }
    }

    /// What the segment adds to the length of its path.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Set(numbers) => numbers.len().min(1),
            Self::Sequence(numbers) => numbers.len(),
            Self::ConfedSequence(_) | Self::ConfedSet(_) => 0,
        }
    }

    const fn is_confederation(&self) -> bool {
        matches!(self, Self::ConfedSequence(_) | Self::ConfedSet(_))
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Set(_) => 1,
            Self::Sequence(_) => SEQUENCE,
            Self::ConfedSequence(_) => 3,
            Self::ConfedSet(_) => 4,
        }
    }

    fn new(kind: u8, numbers: Box<[Asn]>) -> Result<Self, AsPathFault> {
        match kind {
            1 => Ok(Self::Set(numbers)),
            SEQUENCE => Ok(Self::Sequence(numbers)),
            3 => Ok(Self::ConfedSequence(numbers)),
            4 => Ok(Self::ConfedSet(numbers)),
            _ => Err(AsPathFault::UnknownSegment(kind)),
        }
    }

    /// A segment of more than 255 numbers becomes several of its kind; one without numbers is left out, because it
    /// would be malformed.
    fn encode(&self, width: AsWidth, out: &mut BytesMut) {
        for numbers in self.numbers().chunks(SEGMENT_NUMBERS) {
            out.put_u8(self.kind());
            out.extend(u8::try_from(numbers.len()));
            for number in numbers {
                match width {
                    AsWidth::Two => out.put_u16(number.two_octets()),
                    AsWidth::Four => out.put_u32(number.get()),
                }
            }
        }
    }
}

/// Octets of a path of four-octet numbers once one number is put in front of it; see [`AsPath::prepended`].
pub(super) fn prepended_octets(path: &[u8]) -> usize {
    let head = if has_room(path) { 0 } else { SEGMENT_HEAD };
    head + AsWidth::Four.octets() + path.len()
}

/// Appends a path of four-octet numbers with a number put in front of it; see [`AsPath::prepended`].
pub(super) fn put_prepended(asn: Asn, path: &[u8], out: &mut BytesMut) {
    match path {
        [kind, count, numbers @ ..] if has_room(path) => {
            out.put_slice(&[*kind, count.saturating_add(1)]);
            out.put_u32(asn.get());
            out.put_slice(numbers);
        }
        _ => {
            out.put_slice(&[SEQUENCE, 1]);
            out.put_u32(asn.get());
            out.put_slice(path);
        }
    }
}

/// True if a path begins with an AS_SEQUENCE that takes one number more.
fn has_room(path: &[u8]) -> bool {
    matches!(path, [SEQUENCE, count, ..] if usize::from(*count) < SEGMENT_NUMBERS)
}

/// What a path comes to that has no segments but AS_SEQUENCEs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sequences {
    /// See [`AsPath::length`].
    pub(super) length: usize,
    /// See [`AsPath::first`].
    pub(super) first: Option<Asn>,
}

/// Looks through a path of four-octet numbers; `None` if it is malformed or has other segments.
pub(super) fn sequences_in(mut path: &[u8]) -> Option<Sequences> {
    let mut found = Sequences { length: 0, first: None };
    while !path.is_empty() {
        let (rest, (SEQUENCE, numbers)) = segment(path, AsWidth::Four).ok()? else { return None };
        let numbers = numbers.as_chunks::<{ AsWidth::Four.octets() }>().0;
        if numbers.is_empty() || numbers.contains(&[0; 4]) {
            return None;
        }
        found.first = found.first.or_else(|| Asn::try_from(u32::from_be_bytes(*numbers.first()?)).ok());
        found.length += numbers.len();
        path = rest;
    }
    Some(found)
}

/// All numbers of a path of four-octet numbers, until the first segment that is malformed.
pub(super) fn numbers_in(mut path: &[u8]) -> impl Iterator<Item = Asn> {
    std::iter::from_fn(move || {
        let (rest, (_, numbers)) = segment(path, AsWidth::Four).ok()?;
        path = rest;
        Some(numbers.as_chunks().0)
    })
    .flatten()
    .filter_map(|octets| Asn::try_from(u32::from_be_bytes(*octets)).ok())
}

/// The segments of a value, until the first that is malformed.
struct Segments<'a> {
    rest: &'a [u8],
    width: AsWidth,
}

impl Iterator for Segments<'_> {
    type Item = Result<Segment, AsPathFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Ok((rest, (kind, numbers))) = segment(self.rest, self.width) else {
            self.rest = &[];
            return Some(Err(AsPathFault::Overrun));
        };
        self.rest = rest;
        Some(decode_segment(kind, numbers, self.width))
    }
}

fn segment(input: &[u8], width: AsWidth) -> IResult<&[u8], (u8, &[u8]), ()> {
    let (rest, (kind, count)) = (be_u8, be_u8).parse(input)?;
    let (rest, numbers) = take(usize::from(count) * width.octets())(rest)?;
    Ok((rest, (kind, numbers)))
}

fn decode_segment(kind: u8, numbers: &[u8], width: AsWidth) -> Result<Segment, AsPathFault> {
    if numbers.is_empty() {
        return Err(AsPathFault::EmptySegment);
    }
    let number = |number: u32| Asn::try_from(number).map_err(|_| AsPathFault::AsZero);
    let numbers: Result<Box<[Asn]>, _> = match width {
        AsWidth::Two => {
            numbers.as_chunks().0.iter().map(|octets| number(u16::from_be_bytes(*octets).into())).collect()
        }
        AsWidth::Four => {
            numbers.as_chunks().0.iter().map(|octets| number(u32::from_be_bytes(*octets))).collect()
        }
    };
    Segment::new(kind, numbers?)
}

impl fmt::Display for AsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.segments.iter().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            segment.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Segment {
    /// `65010 65020`, `{1,2}` for a set, `(1 2)` and `[1,2]` for confederations.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, between, close) = match self {
            Self::Sequence(_) => ("", " ", ""),
            Self::Set(_) => ("{", ",", "}"),
            Self::ConfedSequence(_) => ("(", " ", ")"),
            Self::ConfedSet(_) => ("[", ",", "]"),
        };
        f.write_str(open)?;
        for (position, number) in self.numbers().iter().enumerate() {
            if position > 0 {
                f.write_str(between)?;
            }
            number.fmt(f)?;
        }
        f.write_str(close)
    }
}
