//! Attributes encoded once, for as many UPDATEs as their prefixes need.

use super::{value::PathAttributes, write};
use crate::{
    family::Family,
    wire::{
        message_type::EMPTY_UPDATE_OCTETS,
        negotiated::{MessageLimit, Negotiated},
        nlri::Prefix,
    },
};
use bytes::{BufMut, Bytes, BytesMut};
use std::marker::PhantomData;

/// Octets of flags, code and a length of two octets.
const EXTENDED_HEADER: usize = 4;

/// The attributes that prefixes of type `P` are announced with on one kind of session.
///
/// IPv4 prefixes stand at the end of the UPDATE, IPv6 prefixes in MP_REACH_NLRI, which then comes first (RFC 7606
/// section 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedAttributes<P> {
    /// What MP_REACH_NLRI holds before its prefixes; empty for IPv4.
    reach: Bytes,
    /// All other attributes.
    others: Bytes,
    limit: MessageLimit,
    prefixes: PhantomData<P>,
}

/// Attributes that cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unencodable {
    /// IPv4 prefixes need an IPv4 next hop and IPv6 prefixes an IPv6 one (RFC 8950 is not supported).
    #[error("an {next_hop} next hop cannot be announced with {prefixes} prefixes")]
    NextHopFamily {
        /// Family of the next hop.
        next_hop: Family,
        /// Family of the prefixes.
        prefixes: Family,
    },
    /// The attributes leave no room for a prefix.
    #[error("an UPDATE with these attributes needs {octets} octets, the session carries {limit}")]
    TooLong {
        /// Octets of an UPDATE with one prefix.
        octets: usize,
        /// Octets that a message may have.
        limit: usize,
    },
}

impl<P: Prefix> EncodedAttributes<P> {
    /// Encodes the attributes for a session.
    ///
    /// # Errors
    /// [`Unencodable`] if no UPDATE can carry them with a prefix of type `P`.
    pub fn encode(attributes: &PathAttributes, negotiated: Negotiated) -> Result<Self, Unencodable> {
        let next_hop = attributes.next_hop.family();
        if next_hop != P::FAMILY {
            return Err(Unencodable::NextHopFamily { next_hop, prefixes: P::FAMILY });
        }
        let mut reach = BytesMut::new();
        if P::FAMILY == Family::Ipv6 {
            reach.put_u16(P::FAMILY.afi());
            reach.put_u8(Family::UNICAST);
            attributes.next_hop.put_counted(&mut reach);
            reach.put_u8(0);
        }
        let mut others = BytesMut::new();
        write::all(attributes, negotiated.as_width, &mut others);
        let encoded = Self {
            reach: reach.freeze(),
            others: others.freeze(),
            limit: negotiated.message_limit,
            prefixes: PhantomData,
        };
        let (octets, limit) = (encoded.octets_without_prefixes() + P::LONGEST, encoded.limit.octets());
        if octets > limit { Err(Unencodable::TooLong { octets, limit }) } else { Ok(encoded) }
    }

    /// The attributes but MP_REACH_NLRI, as they stand in the UPDATE.
    pub fn octets(&self) -> &[u8] {
        &self.others
    }

    /// What MP_REACH_NLRI holds before its prefixes, if the prefixes stand there.
    pub(in crate::wire) fn reach(&self) -> Option<&[u8]> {
        (!self.reach.is_empty()).then_some(&*self.reach)
    }

    /// Octets that prefixes may fill in one UPDATE; at least one prefix fits.
    pub(in crate::wire) fn room(&self) -> usize {
        self.limit.octets().saturating_sub(self.octets_without_prefixes())
    }

    fn octets_without_prefixes(&self) -> usize {
        let reach = if self.reach.is_empty() { 0 } else { EXTENDED_HEADER + self.reach.len() };
        EMPTY_UPDATE_OCTETS + reach + self.others.len()
    }
}
