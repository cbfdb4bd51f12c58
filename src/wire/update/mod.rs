//! UPDATE (RFC 4271 section 4.3): framing and errors; `split` reads it, `write` fills new ones.

mod split;
mod write;

pub use split::{Announcement, Parts};
pub use write::{write_announcements, write_end_of_rib, write_withdrawals};

use super::{
    attribute::AttributeError,
    header::counted_u16,
    nlri::PrefixFault,
    notification::{ErrorCode, Notification, UpdateSubcode},
};
use bytes::{BufMut, BytesMut};
use nom::{IResult, Parser, multi::length_data, number::complete::be_u16};

/// An UPDATE message: three fields of octets, whose lengths fit the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update<'a> {
    /// Withdrawn Routes: IPv4 prefixes.
    pub withdrawn: &'a [u8],
    /// Path Attributes.
    pub attributes: &'a [u8],
    /// Network Layer Reachability Information: IPv4 prefixes.
    pub nlri: &'a [u8],
}

/// An UPDATE that ends the session: where RFC 7606 keeps the reset of RFC 4271 section 6.3.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// Withdrawn Routes Length or Total Attribute Length goes beyond the message.
    #[error(
        "the lengths of withdrawn routes and attributes do not fit the {octets} octets of the message body"
    )]
    Lengths {
        /// Octets of the message without its header.
        octets: usize,
    },
    /// Withdrawn Routes are not prefixes (RFC 7606 section 5.3).
    #[error("withdrawn routes: {0}")]
    WithdrawnRoutes(PrefixFault),
    /// NLRI are not prefixes (RFC 7606 section 5.3).
    #[error("NLRI: {0}")]
    Nlri(PrefixFault),
    /// An attribute whose error leaves no other choice.
    #[error("{0}")]
    Attribute(AttributeError),
    /// An attribute is wrong, and there is no prefix that could be treated as withdrawn (RFC 7606 section 5.2).
    #[error("{0}, in an UPDATE that announces nothing")]
    WithoutNlri(AttributeError),
}

impl UpdateError {
    /// The NOTIFICATION that answers this error.
    pub fn notification(&self) -> Notification {
        let subcode = match self {
            Self::Attribute(error) | Self::WithoutNlri(error) => return error.notification(),
            Self::Lengths { .. } => UpdateSubcode::MalformedAttributeList,
            Self::WithdrawnRoutes(_) | Self::Nlri(_) => UpdateSubcode::InvalidNetworkField,
        };
        Notification::bare(ErrorCode::Update(subcode))
    }
}

impl<'a> Update<'a> {
    /// Finds the three fields in what follows the header.
    pub(super) fn decode(body: &'a [u8]) -> Result<Self, UpdateError> {
        let fields: IResult<_, _, ()> = (length_data(be_u16), length_data(be_u16)).parse(body);
        let (nlri, (withdrawn, attributes)) =
            fields.map_err(|_| UpdateError::Lengths { octets: body.len() })?;
        Ok(Self { withdrawn, attributes, nlri })
    }

    /// Appends what follows the header.
    pub(super) fn encode(&self, out: &mut BytesMut) {
        counted_u16(out, |out| out.put_slice(self.withdrawn));
        counted_u16(out, |out| out.put_slice(self.attributes));
        out.put_slice(self.nlri);
    }
}

#[cfg(test)]
mod tests;
