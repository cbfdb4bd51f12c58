//! Optional parameters (RFC 4271 section 4.2), in their plain and their extended form (RFC 9072).

use super::OpenError;
use crate::wire::capability::{Capability, CapabilityFault};
use bytes::{BufMut, BytesMut};
use nom::{
    IResult, Parser,
    bytes::complete::take,
    combinator::all_consuming,
    multi::length_data,
    number::complete::{be_u8, be_u16},
};

/// The parameter that holds capabilities (RFC 5492 section 4).
const CAPABILITIES: u8 = 2;
/// As the type of the first parameter: lengths have two octets from here on (RFC 9072 section 2).
const EXTENDED: u8 = 255;

/// Octets of the length of one parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LengthWidth {
    One,
    Two,
}

/// The parameters of one OPEN, their lengths not yet checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters<'a> {
    width: LengthWidth,
    octets: &'a [u8],
}

impl<'a> Parameters<'a> {
    /// Finds the parameters in what follows the BGP Identifier.
    ///
    /// The extended form is known by the type of the first parameter alone: the plain length should be 255 and may be
    /// anything but zero (RFC 9072 section 2).
    pub(super) fn decode(area: &'a [u8]) -> Result<Self, OpenError> {
        let (width, found) = match area {
            [length, EXTENDED, extended @ ..] if *length != 0 => (LengthWidth::Two, whole(be_u16, extended)),
            plain => (LengthWidth::One, whole(be_u8, plain)),
        };
        Ok(Self { width, octets: found.ok_or(OpenError::ParameterLength)? })
    }

    /// Reads the capabilities of all parameters, in wire order.
    pub(super) fn capabilities(self) -> Result<Vec<Capability>, OpenError> {
        let mut capabilities = Vec::new();
        let mut rest = self.octets;
        while !rest.is_empty() {
            let (after, (kind, value)) =
                parameter(rest, self.width).map_err(|_| OpenError::ParameterLength)?;
            if kind != CAPABILITIES {
                return Err(OpenError::OptionalParameter(kind));
            }
            Capability::decode_all(value, &mut capabilities)?;
            rest = after;
        }
        Ok(capabilities)
    }
}

/// What a length claims, if that is exactly what there is.
fn whole<'a, L>(length: L, input: &'a [u8]) -> Option<&'a [u8]>
where
    L: Parser<&'a [u8], Error = (), Output: nom::ToUsize>,
{
    all_consuming(length_data(length)).parse(input).ok().map(|(_, octets)| octets)
}

fn parameter(input: &[u8], width: LengthWidth) -> IResult<&[u8], (u8, &[u8]), ()> {
    let (rest, kind) = be_u8(input)?;
    let (rest, length) = match width {
        LengthWidth::One => be_u8.map(u16::from).parse(rest)?,
        LengthWidth::Two => be_u16(rest)?,
    };
    let (rest, value) = take(length)(rest)?;
    Ok((rest, (kind, value)))
}

/// Appends all capabilities as one parameter: the plain form if they fit, because old speakers know no other.
pub(super) fn encode(capabilities: &[Capability], out: &mut BytesMut) {
    let mut value = BytesMut::new();
    for capability in capabilities {
        capability.encode(&mut value);
    }
    if value.is_empty() {
        out.put_u8(0);
        return;
    }
    if let Ok(length) = u8::try_from(value.len() + 2) {
        out.put_slice(&[length, CAPABILITIES, length - 2]);
    } else {
        // A value beyond 65,532 octets makes the OPEN too long, so that its lengths are never sent.
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        out.put_slice(&[EXTENDED, EXTENDED]);
        out.put_u16(length.saturating_add(3));
        out.put_u8(CAPABILITIES);
        out.put_u16(length);
    }
    out.put_slice(&value);
}

impl From<CapabilityFault> for OpenError {
    fn from(fault: CapabilityFault) -> Self {
        match fault {
            CapabilityFault::Overrun => Self::CapabilityLength,
            CapabilityFault::FourOctetAsLength(octets) => Self::FourOctetAsLength(octets),
            CapabilityFault::AsZero => Self::AsZero,
        }
    }
}
