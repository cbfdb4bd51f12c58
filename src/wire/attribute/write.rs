//! From what a route's attributes say to their octets.

use super::{
    AttributeCode, Body, ROWS, Row,
    code::{Category, Flags},
    value::{Origin, PathAttributes, UnknownAttribute},
};
use crate::wire::negotiated::AsWidth;
use bytes::{BufMut, BytesMut};

/// Whether a route has an attribute; an absent one leaves no octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Absent,
    Present,
}

impl Presence {
    /// For attributes that may not be empty.
    pub(super) fn unless_empty<T>(elements: &[T]) -> Self {
        if elements.is_empty() { Self::Absent } else { Self::Present }
    }
}

/// Appends all attributes but MP_REACH_NLRI, in ascending order of their codes (RFC 4271 section 5).
pub(super) fn all(attributes: &PathAttributes, width: AsWidth, out: &mut BytesMut) {
    let mut unknown: Vec<&UnknownAttribute> = attributes.unknown.iter().collect();
    unknown.sort_by_key(|attribute| attribute.code);
    let mut unknown = unknown.into_iter().peekable();
    for row in &ROWS {
        while let Some(attribute) = unknown.next_if(|attribute| attribute.code < row.code.0) {
            put_unknown(attribute, out);
        }
        put_known(row, attributes, width, out);
    }
    for attribute in unknown {
        put_unknown(attribute, out);
    }
}

/// Appends an attribute that is understood, unless the route has none.
fn put_known(row: &Row, attributes: &PathAttributes, width: AsWidth, out: &mut BytesMut) {
    let start = out.len();
    let partial = if attributes.partial.contains(row.code) { Flags::PARTIAL } else { 0 };
    let flags = row.category.flags() | partial;
    put_head(flags, row.code, 0, out);
    let head = out.len();
    if known(row, attributes, width, out) == Presence::Absent {
        return out.truncate(start);
    }
    if let (Ok(length), Some(field)) = (u8::try_from(out.len() - head), out.get_mut(head - 1)) {
        *field = length;
    } else {
        // Rare: the length needs a second octet, and the value has to make room for it.
        let value = out.split_off(head);
        out.truncate(start);
        put(flags, row.code, &value, out);
    }
}

fn known(row: &Row, attributes: &PathAttributes, width: AsWidth, value: &mut BytesMut) -> Presence {
    match row.body {
        Body::Value(_, write) => write(attributes, width, value),
        Body::TwoOctetSessions(_, write) if width == AsWidth::Two => write(attributes, width, value),
        Body::TwoOctetSessions(..) | Body::InternalPeers | Body::Nlri => Presence::Absent,
    }
}

fn put_unknown(attribute: &UnknownAttribute, out: &mut BytesMut) {
    let flags = attribute.flags & Flags::PARTIAL | Category::OptionalTransitive.flags();
    put(flags, AttributeCode(attribute.code), &attribute.value, out);
}

/// Appends one attribute. A value beyond 65,535 octets makes the block too long for any message, so that its length
/// is never sent.
pub(super) fn put(flags: u8, code: AttributeCode, value: &[u8], out: &mut BytesMut) {
    put_head(flags, code, value.len(), out);
    out.put_slice(value);
}

/// Appends flags, code and length of an attribute; the length has two octets where it needs them, and only there.
pub(super) fn put_head(flags: u8, code: AttributeCode, octets: usize, out: &mut BytesMut) {
    let flags = flags & !Flags::EXTENDED_LENGTH;
    if let Ok(length) = u8::try_from(octets) {
        out.put_slice(&[flags, code.0, length]);
    } else {
        out.put_slice(&[flags | Flags::EXTENDED_LENGTH, code.0]);
        out.put_u16(u16::try_from(octets).unwrap_or(u16::MAX));
    }
}

pub(super) fn origin(attributes: &PathAttributes, _: AsWidth, out: &mut BytesMut) -> Presence {
    out.put_u8(match attributes.origin {
        Origin::Igp => 0,
        Origin::Egp => 1,
        Origin::Incomplete => 2,
    });
    Presence::Present
}

pub(super) fn as_path(attributes: &PathAttributes, width: AsWidth, out: &mut BytesMut) -> Presence {
    attributes.as_path.encode(width, out);
    Presence::Present
}

pub(super) fn med(attributes: &PathAttributes, _: AsWidth, out: &mut BytesMut) -> Presence {
    let Some(med) = attributes.med else { return Presence::Absent };
    out.put_u32(med);
    Presence::Present
}

pub(super) fn only_to_customer(attributes: &PathAttributes, _: AsWidth, out: &mut BytesMut) -> Presence {
    let Some(asn) = attributes.only_to_customer else { return Presence::Absent };
    out.put_u32(asn);
    Presence::Present
}

pub(super) fn atomic_aggregate(attributes: &PathAttributes, _: AsWidth, _: &mut BytesMut) -> Presence {
    if attributes.atomic_aggregate { Presence::Present } else { Presence::Absent }
}
