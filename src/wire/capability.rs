//! Capabilities (RFC 5492).

mod graceful_restart;

pub use graceful_restart::{ForwardingState, Notifications, RestartCapability, RestartState, RestartTime};

use super::role::RoleCode;
use crate::{asn::Asn, family::Family};
use bytes::{BufMut, BytesMut};
use nom::{
    IResult, Parser,
    bytes::complete::take,
    combinator::all_consuming,
    number::complete::{be_u8, be_u16, be_u32},
};

/// Code of [`Capability::Multiprotocol`].
const MULTIPROTOCOL: u8 = 1;
/// Code of [`Capability::RouteRefresh`].
const ROUTE_REFRESH: u8 = 2;
/// Code of [`Capability::ExtendedMessage`].
const EXTENDED_MESSAGE: u8 = 6;
/// Code of [`Capability::Role`].
const ROLE: u8 = 9;
/// Code of [`Capability::EnhancedRouteRefresh`].
const ENHANCED_ROUTE_REFRESH: u8 = 70;
/// Code of [`Capability::GracefulRestart`].
const GRACEFUL_RESTART: u8 = 64;
/// Code of [`Capability::FourOctetAs`].
const FOUR_OCTET_AS: u8 = 65;

/// One capability of an OPEN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Code 1: a family that the sender can carry (RFC 4760 section 8).
    Multiprotocol(Family),
    /// Code 1 with an AFI/SAFI that is not ours; kept to be shown.
    OtherFamily {
        /// Address family identifier.
        afi: u16,
        /// Subsequent address family identifier.
        safi: u8,
    },
    /// Code 2 (RFC 2918).
    RouteRefresh,
    /// Code 6 (RFC 8654).
    ExtendedMessage,
    /// Code 9 (RFC 9234).
    Role(RoleCode),
    /// Code 64 (RFC 4724).
    GracefulRestart(RestartCapability),
    /// Code 65 (RFC 6793).
    FourOctetAs(Asn),
    /// Code 70 (RFC 7313).
    EnhancedRouteRefresh,
    /// Any other code, or a value whose length does not fit its code, byte for byte.
    Unknown {
        /// Capability code.
        code: u8,
        /// Capability value, at most 255 octets.
        value: Vec<u8>,
    },
}

impl Capability {
    /// What it says of graceful restart, if that is its subject.
    pub fn graceful_restart(&self) -> Option<RestartCapability> {
        if let Self::GracefulRestart(restart) = self { Some(*restart) } else { None }
    }

    /// The role that it announces, if that is its subject.
    pub fn role(&self) -> Option<RoleCode> {
        if let Self::Role(role) = self { Some(*role) } else { None }
    }
}

/// A capability that makes its whole OPEN unacceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CapabilityFault {
    /// The capability is longer than the parameter that holds it.
    Overrun,
    /// A four-octet AS capability of another length than four: the peer's AS number cannot be known.
    FourOctetAsLength(usize),
    /// AS 0 (RFC 7607).
    AsZero,
}

impl Capability {
    /// The code on the wire.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Multiprotocol(_) | Self::OtherFamily { .. } => MULTIPROTOCOL,
            Self::RouteRefresh => ROUTE_REFRESH,
            Self::ExtendedMessage => EXTENDED_MESSAGE,
            Self::Role(_) => ROLE,
            Self::GracefulRestart(_) => GRACEFUL_RESTART,
            Self::FourOctetAs(_) => FOUR_OCTET_AS,
            Self::EnhancedRouteRefresh => ENHANCED_ROUTE_REFRESH,
            Self::Unknown { code, .. } => *code,
        }
    }

    /// Reads all capabilities of one optional parameter.
    pub(super) fn decode_all(parameter: &[u8], capabilities: &mut Vec<Self>) -> Result<(), CapabilityFault> {
        let mut rest = parameter;
        while !rest.is_empty() {
            let (after, (code, value)) = code_and_value(rest).map_err(|_| CapabilityFault::Overrun)?;
            capabilities.push(Self::from_value(code, value)?);
            rest = after;
        }
        Ok(())
    }

    /// A wrong length makes a capability one that is not understood, and those are ignored (RFC 5492 section 3);
    /// except where the session cannot do without the value.
    fn from_value(code: u8, value: &[u8]) -> Result<Self, CapabilityFault> {
        let known = match code {
            MULTIPROTOCOL => afi_safi(value),
            ROUTE_REFRESH if value.is_empty() => Some(Self::RouteRefresh),
            ENHANCED_ROUTE_REFRESH if value.is_empty() => Some(Self::EnhancedRouteRefresh),
            EXTENDED_MESSAGE if value.is_empty() => Some(Self::ExtendedMessage),
            ROLE => role(value),
            GRACEFUL_RESTART => RestartCapability::from_value(value).map(Self::GracefulRestart),
            FOUR_OCTET_AS => Some(Self::FourOctetAs(four_octet_as(value)?)),
            _ => None,
        };
        Ok(known.unwrap_or_else(|| Self::Unknown { code, value: value.to_vec() }))
    }

    /// Appends code, length and value; a value beyond 255 octets is cut there.
    pub(super) fn encode(&self, out: &mut BytesMut) {
        out.put_u8(self.code());
        match self {
            Self::Multiprotocol(family) => put_afi_safi(family.afi(), Family::UNICAST, out),
            Self::OtherFamily { afi, safi } => put_afi_safi(*afi, *safi, out),
            Self::RouteRefresh | Self::ExtendedMessage | Self::EnhancedRouteRefresh => out.put_u8(0),
            Self::Role(RoleCode(role)) => out.put_slice(&[1, *role]),
            Self::GracefulRestart(restart) => restart.encode(out),
            Self::FourOctetAs(asn) => {
                out.put_u8(4);
                out.put_u32(asn.get());
            }
            Self::Unknown { value, .. } => {
                let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
                out.put_u8(length);
                out.extend(value.iter().take(length.into()));
            }
        }
    }
}

fn code_and_value(input: &[u8]) -> IResult<&[u8], (u8, &[u8]), ()> {
    let (rest, (code, length)) = (be_u8, be_u8).parse(input)?;
    let (rest, value) = take(length)(rest)?;
    Ok((rest, (code, value)))
}

fn afi_safi(value: &[u8]) -> Option<Capability> {
    let fields: IResult<_, _, ()> = all_consuming((be_u16, be_u8, be_u8)).parse(value);
    let (_, (afi, _reserved, safi)) = fields.ok()?;
    Some(
        Family::from_wire(afi, safi).map_or(Capability::OtherFamily { afi, safi }, Capability::Multiprotocol),
    )
}

fn role(value: &[u8]) -> Option<Capability> {
    let &[role] = value else { return None };
    Some(Capability::Role(RoleCode(role)))
}

fn four_octet_as(value: &[u8]) -> Result<Asn, CapabilityFault> {
    let number: IResult<_, u32, ()> = all_consuming(be_u32).parse(value);
    let (_, number) = number.map_err(|_| CapabilityFault::FourOctetAsLength(value.len()))?;
    Asn::try_from(number).map_err(|_| CapabilityFault::AsZero)
}

fn put_afi_safi(afi: u16, safi: u8, out: &mut BytesMut) {
    out.put_u8(4);
    out.put_u16(afi);
    out.put_u8(0);
    out.put_u8(safi);
}
