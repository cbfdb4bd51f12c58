//! ROUTE-REFRESH (RFC 2918, subtypes of RFC 7313).

use super::{
    header,
    message_type::{HEADER_OCTETS, MessageType},
    notification::{ErrorCode, Notification},
};
use crate::family::Family;
use bytes::{BufMut, BytesMut};
use nom::{
    IResult, Parser,
    combinator::all_consuming,
    number::complete::{be_u8, be_u16},
};

/// A ROUTE-REFRESH message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RouteRefresh {
    /// Address family identifier.
    pub afi: u16,
    /// What the message means.
    pub subtype: RefreshSubtype,
    /// Subsequent address family identifier.
    pub safi: u8,
}

/// Message subtype, the octet that RFC 2918 reserved (RFC 7313 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefreshSubtype {
    /// 0: the sender wants all routes again.
    Request,
    /// 1: all routes follow.
    Begin,
    /// 2: all routes have been sent.
    End,
    /// Any other; to be ignored.
    Unknown(u8),
}

/// A marker of a refresh that has another length than a ROUTE-REFRESH (RFC 7313 section 5).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ROUTE-REFRESH of subtype {subtype} has {} octets instead of 23", message.len())]
pub struct RefreshError {
    subtype: u8,
    /// The message, header included.
    message: Box<[u8]>,
}

impl RefreshError {
    /// Octets of the header, the AFI and the subtype.
    const JUDGED: usize = HEADER_OCTETS + 3;

    /// The error of a ROUTE-REFRESH whose header says a wrong length, if it is one of a marker; `None` until that many
    /// octets are there.
    ///
    /// # Errors
    /// Nothing, if the subtype is none of a marker: then it is the header that is wrong.
    pub(super) fn of(input: &[u8], length: u16) -> Result<Option<Self>, ()> {
        let length = usize::from(length);
        if length < Self::JUDGED {
            return Err(());
        }
        let Some(message) = input.get(..length) else { return Ok(None) };
        match message.get(Self::JUDGED - 1) {
            Some(subtype @ (1 | 2)) => Ok(Some(Self { subtype: *subtype, message: message.into() })),
            Some(_) | None => Err(()),
        }
    }

    /// The NOTIFICATION that answers this error: the message is its data.
    pub fn notification(&self) -> Notification {
        // One that would not fit into an answer is cut, which no RFC asks for or forbids.
        let fits = self.message.len().min(4096 - 21);
        let data = self.message.get(..fits).unwrap_or_default().to_vec();
        Notification { code: ErrorCode::RouteRefresh(1), data }
    }
}

/// Appends the message that begins or ends a refresh (RFC 7313 section 3.2).
pub fn write_refresh_marker(family: Family, subtype: RefreshSubtype, out: &mut BytesMut) {
    let marker = RouteRefresh { subtype, ..RouteRefresh::request(family) };
    header::put(MessageType::RouteRefresh, out, |out| marker.encode(out));
}

impl RouteRefresh {
    /// Asks for all routes of a family.
    pub const fn request(family: Family) -> Self {
        Self { afi: family.afi(), subtype: RefreshSubtype::Request, safi: Family::UNICAST }
    }

    /// The family that is meant, if it is one of ours; a message for another is ignored (RFC 2918 section 4).
    pub const fn family(&self) -> Option<Family> {
        Family::from_wire(self.afi, self.safi)
    }

    /// Decodes the four octets after the header.
    pub(super) fn decode(body: &[u8]) -> Option<Self> {
        let fields: IResult<_, _, ()> = all_consuming((be_u16, be_u8, be_u8)).parse(body);
        let (_, (afi, subtype, safi)) = fields.ok()?;
        Some(Self { afi, subtype: RefreshSubtype::from_octet(subtype), safi })
    }

    pub(super) fn encode(self, out: &mut BytesMut) {
        out.put_u16(self.afi);
        out.put_u8(self.subtype.octet());
        out.put_u8(self.safi);
    }
}

impl RefreshSubtype {
    const fn from_octet(octet: u8) -> Self {
        match octet {
            0 => Self::Request,
            1 => Self::Begin,
            2 => Self::End,
            other => Self::Unknown(other),
        }
    }

    const fn octet(self) -> u8 {
        match self {
            Self::Request => 0,
            Self::Begin => 1,
            Self::End => 2,
            Self::Unknown(octet) => octet,
        }
    }
}
