//! The octets of an OPEN.

use super::{
    HoldTime, Identifier, Open, OpenError,
    error::VERSION,
    parameters::{self, Parameters},
};
use crate::{asn::Asn, wire::capability::Capability};
use bytes::{BufMut, BytesMut};
use nom::{
    IResult, Parser,
    number::complete::{be_u8, be_u16, be_u32},
};

impl Open {
    /// Decodes what follows the header.
    pub(in crate::wire) fn decode(body: &[u8]) -> Result<Self, OpenError> {
        let (area, (version, field, hold_time, identifier)) =
            fixed_fields(body).map_err(|_| OpenError::ParameterLength)?;
        if version != VERSION {
            return Err(OpenError::Version(version));
        }
        let asn = Asn::try_from(u32::from(field)).map_err(|_| OpenError::AsZero)?;
        let hold_time = HoldTime::from_seconds(hold_time).ok_or(OpenError::HoldTime(hold_time))?;
        let identifier = Identifier::new(identifier.into()).ok_or(OpenError::Identifier)?;
        let capabilities = Parameters::decode(area)?.capabilities()?;
        Ok(Self { asn: session_asn(asn, field, &capabilities)?, hold_time, identifier, capabilities })
    }

    /// Appends what follows the header.
    pub(in crate::wire) fn encode(&self, out: &mut BytesMut) {
        out.put_u8(VERSION);
        out.put_u16(self.asn.two_octets());
        out.put_u16(self.hold_time.seconds());
        out.put_slice(&self.identifier.address().octets());
        parameters::encode(&self.capabilities, out);
    }
}

type FixedFields = (u8, u16, u16, u32);

fn fixed_fields(body: &[u8]) -> IResult<&[u8], FixedFields, ()> {
    (be_u8, be_u16, be_u16, be_u32).parse(body)
}

/// The number that counts: the capability's, which the field must agree with unless it says `AS_TRANS` (RFC 6793
/// section 4.1). Of several capabilities the last one counts.
fn session_asn(asn: Asn, field: u16, capabilities: &[Capability]) -> Result<Asn, OpenError> {
    let announced = capabilities.iter().rev().find_map(|capability| match capability {
        Capability::FourOctetAs(asn) => Some(*asn),
        _ => None,
    });
    match announced {
        None => Ok(asn),
        Some(capability) if asn == Asn::TRANS || asn == capability => Ok(capability),
        Some(capability) => Err(OpenError::AsMismatch { field, capability }),
    }
}
