//! Attributes encoded once, for as many UPDATEs as their prefixes need.

use super::{
    stored::{PassedOn, StoredAttributes},
    value::{NextHop, PathAttributes},
    write,
};
use crate::{
    family::Family,
    wire::{
        message_type::EMPTY_UPDATE_OCTETS,
        negotiated::{AsWidth, MessageLimit, Negotiated},
        nlri::Prefix,
    },
};
use bytes::{BufMut, BytesMut};
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
    reach: BytesMut,
    /// All other attributes.
    others: BytesMut,
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
        let mut encoded = Self::empty(negotiated.message_limit);
        encoded.begin(attributes.next_hop)?;
        write::all(attributes, negotiated.as_width, &mut encoded.others);
        encoded.fits()?;
        Ok(encoded)
    }

    /// Room for attributes, which [`pass_on`](Self::pass_on) fills.
    pub fn empty(limit: MessageLimit) -> Self {
        Self { reach: BytesMut::new(), others: BytesMut::new(), limit, prefixes: PhantomData }
    }

    /// Encodes attributes as they are passed on to an external peer, in place of those before; nothing is allocated
    /// once the room has been used.
    ///
    /// # Errors
    /// As [`encode`](Self::encode); what is encoded then is not to be used.
    pub fn pass_on(
        &mut self,
        attributes: StoredAttributes<'_>,
        how: &PassedOn,
        width: AsWidth,
    ) -> Result<(), Unencodable> {
        self.begin(how.next_hop)?;
        match width {
            AsWidth::Four => attributes.pass_on(how, &mut self.others),
            AsWidth::Two => {
                if let Some(attributes) = attributes.passed_on(how) {
                    write::all(&attributes, width, &mut self.others);
                }
            }
        }
        self.fits()
    }

    /// Forgets what was encoded, and begins with the next hop.
    fn begin(&mut self, next_hop: NextHop) -> Result<(), Unencodable> {
        let family = next_hop.family();
        if family != P::FAMILY {
            return Err(Unencodable::NextHopFamily { next_hop: family, prefixes: P::FAMILY });
        }
        self.reach.clear();
        self.others.clear();
        if P::FAMILY == Family::Ipv6 {
            self.reach.put_u16(P::FAMILY.afi());
            self.reach.put_u8(Family::UNICAST);
            next_hop.put_counted(&mut self.reach);
            self.reach.put_u8(0);
        }
        Ok(())
    }

    fn fits(&self) -> Result<(), Unencodable> {
        let (octets, limit) = (self.octets_without_prefixes() + P::LONGEST, self.limit.octets());
        if octets > limit { Err(Unencodable::TooLong { octets, limit }) } else { Ok(()) }
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
