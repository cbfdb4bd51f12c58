//! MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760 sections 3 and 4), as far as their prefixes must be found.

use super::{
    error::{AttributeError, Fault},
    raw::RawAttribute,
    value::NextHop,
};
use crate::{
    family::Family,
    wire::nlri::{AfiSafi, Nlri},
};
use nom::{
    IResult, Parser,
    bytes::complete::take,
    multi::length_data,
    number::complete::{be_u8, be_u16},
};

/// What MP_REACH_NLRI announces.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) struct MpReach<'a> {
    pub(in crate::wire) afi_safi: AfiSafi,
    next_hop: &'a [u8],
    nlri: &'a [u8],
    attribute: RawAttribute<'a>,
}

/// What MP_UNREACH_NLRI withdraws.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) struct MpUnreach<'a> {
    pub(in crate::wire) afi_safi: AfiSafi,
    nlri: &'a [u8],
    attribute: RawAttribute<'a>,
}

impl<'a> MpReach<'a> {
    /// Finds the parts of the value; prefixes and next hop are not looked at.
    pub(super) fn decode(attribute: RawAttribute<'a>) -> Result<Self, Fault> {
        let parts: IResult<_, _, ()> = (afi_safi, length_data(be_u8), take(1_usize)).parse(attribute.value);
        let (nlri, (afi_safi, next_hop, _reserved)) =
            parts.map_err(|_| Fault::Length { octets: attribute.value.len() })?;
        Ok(Self { afi_safi, next_hop, nlri, attribute })
    }

    pub(in crate::wire) const fn is_empty(&self) -> bool {
        self.nlri.is_empty()
    }

    /// The prefixes and their next hop, read as those of `family`.
    pub(in crate::wire) fn read(&self, family: Family) -> Result<(Nlri<'a>, NextHop), AttributeError> {
        NextHop::from_octets(family, self.next_hop)
            .and_then(|next_hop| Ok((Nlri::check(family, self.nlri)?, next_hop)))
            .map_err(|fault| self.attribute.error(fault))
    }
}

impl<'a> MpUnreach<'a> {
    /// Finds the parts of the value; prefixes are not looked at.
    pub(super) fn decode(attribute: RawAttribute<'a>) -> Result<Self, Fault> {
        let (nlri, afi_safi) =
            afi_safi(attribute.value).map_err(|_| Fault::Length { octets: attribute.value.len() })?;
        Ok(Self { afi_safi, nlri, attribute })
    }

    pub(in crate::wire) const fn is_empty(&self) -> bool {
        self.nlri.is_empty()
    }

    /// The prefixes, read as those of `family`.
    pub(in crate::wire) fn read(&self, family: Family) -> Result<Nlri<'a>, AttributeError> {
        Nlri::check(family, self.nlri).map_err(|fault| self.attribute.error(fault.into()))
    }
}

fn afi_safi(input: &[u8]) -> IResult<&[u8], AfiSafi, ()> {
    (be_u16, be_u8).map(|(afi, safi)| AfiSafi { afi, safi }).parse(input)
}
