//! AGGREGATOR (RFC 4271 section 5.1.7), with AS numbers of two or four octets (RFC 6793).

use super::{
    error::Fault,
    read::Draft,
    value::{Aggregator, PathAttributes},
    write::Presence,
};
use crate::{asn::Asn, wire::negotiated::AsWidth};
use bytes::{BufMut, BytesMut};
use nom::{
    IResult, Parser,
    combinator::all_consuming,
    number::complete::{be_u16, be_u32},
};

pub(super) fn read(value: &[u8], width: AsWidth, draft: &mut Draft) -> Result<(), Fault> {
    draft.aggregator = Some(decode(value, width)?);
    Ok(())
}

pub(super) fn write(attributes: &PathAttributes, width: AsWidth, out: &mut BytesMut) -> Presence {
    let Some(aggregator) = attributes.aggregator else { return Presence::Absent };
    encode(aggregator, width, out)
}

/// Reads AGGREGATOR, or AS4_AGGREGATOR with a width of four.
pub(super) fn decode(value: &[u8], width: AsWidth) -> Result<Aggregator, Fault> {
    let fields: IResult<_, _, ()> = match width {
        AsWidth::Two => all_consuming((be_u16.map(u32::from), be_u32)).parse(value),
        AsWidth::Four => all_consuming((be_u32, be_u32)).parse(value),
    };
    let (_, (number, identifier)) = fields.map_err(|_| Fault::Length { octets: value.len() })?;
    let asn = Asn::try_from(number).map_err(|_| Fault::AsZero)?;
    Ok(Aggregator { asn, identifier: identifier.into() })
}

/// Writes AGGREGATOR, or AS4_AGGREGATOR with a width of four.
pub(super) fn encode(aggregator: Aggregator, width: AsWidth, out: &mut BytesMut) -> Presence {
    match width {
        AsWidth::Two => out.put_u16(aggregator.asn.two_octets()),
        AsWidth::Four => out.put_u32(aggregator.asn.get()),
    }
    out.put_slice(&aggregator.identifier.octets());
    Presence::Present
}
