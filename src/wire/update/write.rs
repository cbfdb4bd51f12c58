//! UPDATEs filled with as many prefixes as fit (RFC 4271 section 4.3, RFC 4760).

use crate::{
    family::Family,
    wire::{
        attribute::{AttributeCode, EncodedAttributes, MP_ATTRIBUTE_FLAGS},
        header::{self, counted_u16},
        message_type::{EMPTY_UPDATE_OCTETS, MessageType},
        negotiated::MessageLimit,
        nlri::{self, Prefix},
    },
};
use bytes::{BufMut, BytesMut};
use std::iter;

/// Octets of an MP_UNREACH_NLRI before its prefixes: flags, code, a length of two octets, AFI, SAFI.
const UNREACH_OCTETS: usize = 7;

/// Appends one UPDATE that announces as many of the prefixes as fit; returns how many those were.
///
/// Call it again for those that are left; without any it writes nothing and returns 0.
pub fn write_announcements<P: Prefix>(
    attributes: &EncodedAttributes<P>,
    prefixes: &mut impl Iterator<Item = P>,
    out: &mut BytesMut,
) -> usize {
    let Some(first) = prefixes.next() else { return 0 };
    let mut prefixes = iter::once(first).chain(prefixes);
    let mut written = 0;
    let mut fill = |out: &mut BytesMut| written = nlri::write(&mut prefixes, attributes.room(), out);
    header::put(MessageType::Update, out, |out| {
        out.put_u16(0);
        match attributes.reach() {
            None => {
                counted_u16(out, |out| out.put_slice(attributes.octets()));
                fill(out);
            }
            Some(reach) => counted_u16(out, |out| {
                put_mp(AttributeCode::MP_REACH_NLRI, out, |out| {
                    out.put_slice(reach);
                    fill(out);
                });
                out.put_slice(attributes.octets());
            }),
        }
    });
    written
}

/// Appends one UPDATE that withdraws as many of the prefixes as fit; returns how many those were.
///
/// Call it again for those that are left; without any it writes nothing and returns 0.
pub fn write_withdrawals<P: Prefix>(
    prefixes: &mut impl Iterator<Item = P>,
    limit: MessageLimit,
    out: &mut BytesMut,
) -> usize {
    let Some(first) = prefixes.next() else { return 0 };
    let mut prefixes = iter::once(first).chain(prefixes);
    let room = limit.octets() - EMPTY_UPDATE_OCTETS;
    let mut written = 0;
    header::put(MessageType::Update, out, |out| match P::FAMILY {
        Family::Ipv4 => {
            counted_u16(out, |out| written = nlri::write(&mut prefixes, room, out));
            out.put_u16(0);
        }
        Family::Ipv6 => put_unreach(P::FAMILY, out, |out| {
            written = nlri::write(&mut prefixes, room - UNREACH_OCTETS, out);
        }),
    });
    written
}

/// Appends the End-of-RIB marker of a family (RFC 4724 section 2).
pub fn write_end_of_rib(family: Family, out: &mut BytesMut) {
    header::put(MessageType::Update, out, |out| match family {
        Family::Ipv4 => out.put_u32(0),
        Family::Ipv6 => put_unreach(family, out, |_| {}),
    });
}

fn put_unreach(family: Family, out: &mut BytesMut, prefixes: impl FnOnce(&mut BytesMut)) {
    out.put_u16(0);
    counted_u16(out, |out| {
        put_mp(AttributeCode::MP_UNREACH_NLRI, out, |out| {
            out.put_u16(family.afi());
            out.put_u8(Family::UNICAST);
            prefixes(out);
        });
    });
}

/// Appends an attribute that holds prefixes. Its length is known only behind them, so that it always takes two octets,
/// which RFC 4271 section 4.3 allows for every length.
fn put_mp(code: AttributeCode, out: &mut BytesMut, value: impl FnOnce(&mut BytesMut)) {
    out.put_u8(MP_ATTRIBUTE_FLAGS);
    out.put_u8(code.0);
    counted_u16(out, value);
}
