//! The message header: where a message ends, and the header of one that is written (RFC 4271 section 4.1).

use super::{
    message_type::{HEADER_OCTETS, MessageType},
    negotiated::MessageLimit,
    notification::{ErrorCode, HeaderSubcode, Notification},
};
use bytes::{BufMut, BytesMut};
use nom::{
    IResult, Parser,
    bytes::complete::take,
    number::complete::{be_u8, be_u16},
};

/// Octets of the marker, all of them 255.
const MARKER: [u8; 16] = [0xFF; 16];

/// A message header that cannot be accepted (RFC 4271 section 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The marker is not all ones: what follows is not BGP, or octets were lost.
    #[error("the marker of the message header is not all ones")]
    NotSynchronized,
    /// A length that no message, or no message of this type, may have.
    #[error("a length of {length} octets does not fit {}", of_type(*kind))]
    BadLength {
        /// Length field as received, header included.
        length: u16,
        /// The type, if the length was too long or short for that type only.
        kind: Option<MessageType>,
    },
    /// A type that is not known.
    #[error("message type {0} is not known")]
    BadType(u8),
}

fn of_type(kind: Option<MessageType>) -> String {
    kind.map_or_else(|| "any message of this session".to_owned(), |kind| format!("a message of type {kind}"))
}

impl HeaderError {
    /// The NOTIFICATION that answers this error: the erroneous length or type is its data.
    pub fn notification(&self) -> Notification {
        let (subcode, data) = match *self {
            Self::NotSynchronized => (HeaderSubcode::ConnectionNotSynchronized, Vec::new()),
            Self::BadLength { length, .. } => {
                (HeaderSubcode::BadMessageLength, length.to_be_bytes().to_vec())
            }
            Self::BadType(octet) => (HeaderSubcode::BadMessageType, vec![octet]),
        };
        Notification { code: ErrorCode::Header(subcode), data }
    }
}

/// One whole message, its body still undecoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The type.
    pub kind: MessageType,
    /// What follows the header.
    pub body: &'a [u8],
}

impl Frame<'_> {
    /// Octets of the message, header included.
    pub const fn octets(&self) -> usize {
        HEADER_OCTETS + self.body.len()
    }

    /// The error of a body that ends too early for its type.
    pub(super) fn bad_length(&self) -> HeaderError {
        let length = u16::try_from(self.octets()).unwrap_or(u16::MAX);
        HeaderError::BadLength { length, kind: Some(self.kind) }
    }
}

/// Finds the message that `input` begins with; `None` if it has not arrived completely.
///
/// # Errors
/// [`HeaderError`] as soon as the 19 octets of the header are there, even if the body is not.
pub fn frame(input: &[u8], limit: MessageLimit) -> Result<Option<Frame<'_>>, HeaderError> {
    let Ok((rest, (marker, length, octet))) = header(input) else {
        return Ok(None);
    };
    if marker != MARKER {
        return Err(HeaderError::NotSynchronized);
    }
    let octets = usize::from(length);
    if !(HEADER_OCTETS..=limit.octets()).contains(&octets) {
        return Err(HeaderError::BadLength { length, kind: None });
    }
    let kind = MessageType::from_octet(octet).ok_or(HeaderError::BadType(octet))?;
    if !kind.lengths(limit).contains(&octets) {
        return Err(HeaderError::BadLength { length, kind: Some(kind) });
    }
    Ok(rest.get(..octets - HEADER_OCTETS).map(|body| Frame { kind, body }))
}

fn header(input: &[u8]) -> IResult<&[u8], (&[u8], u16, u8), ()> {
    (take(MARKER.len()), be_u16, be_u8).parse(input)
}

/// A message to send that is longer than the session allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this {kind} has {octets} octets, the session carries {limit}")]
pub struct TooLong {
    /// Type of the message.
    pub kind: MessageType,
    /// Octets that it would have, header included.
    pub octets: usize,
    /// Octets that it may have.
    pub limit: usize,
}

/// Appends a message of one type, whose body `body` writes; on an error `out` is as it was.
pub(super) fn write(
    kind: MessageType,
    limit: MessageLimit,
    out: &mut BytesMut,
    body: impl FnOnce(&mut BytesMut),
) -> Result<(), TooLong> {
    let start = out.len();
    put(kind, out, body);
    let (octets, limit) = (out.len() - start, *kind.lengths(limit).end());
    if octets > limit {
        out.truncate(start);
        return Err(TooLong { kind, octets, limit });
    }
    Ok(())
}

/// The same for a body that is known to fit.
pub(super) fn put(kind: MessageType, out: &mut BytesMut, body: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    out.put_slice(&MARKER);
    out.put_u16(0);
    out.put_u8(kind.octet());
    body(out);
    // A message beyond 65,535 octets is too long for every session, so that this length is never sent.
    let length = u16::try_from(out.len() - start).unwrap_or(u16::MAX);
    patch_u16(out, start + MARKER.len(), length);
}

/// Appends what `field` writes, behind its length in two octets.
pub(super) fn counted_u16(out: &mut BytesMut, field: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    out.put_u16(0);
    field(out);
    // A field beyond 65,535 octets makes its message too long, so that this length is never sent.
    let length = u16::try_from(out.len() - start - 2).unwrap_or(u16::MAX);
    patch_u16(out, start, length);
}

/// Overwrites two octets that were left open until their value was known.
fn patch_u16(out: &mut BytesMut, at: usize, value: u16) {
    if let Some(field) = out.get_mut(at..at + 2) {
        field.copy_from_slice(&value.to_be_bytes());
    }
}

#[cfg(test)]
mod tests;
