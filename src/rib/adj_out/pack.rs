//! From what a peer should know to UPDATEs: one attribute set to a message, as many prefixes as the message holds.

use super::{AdjOut, EndOfRib, OnceMore, Refresh, pending::Next};
use crate::{
    rib::{Attributes, Prefix},
    wire::{
        EncodedAttributes, Negotiated, RefreshSubtype, Unencodable, write_announcements, write_end_of_rib,
        write_refresh_marker, write_withdrawals,
    },
};
use bytes::BytesMut;
use std::iter;

/// What [`AdjOut::pack`] has written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// UPDATEs written.
    pub messages: usize,
    /// Prefixes announced.
    pub announced: usize,
    /// Prefixes withdrawn.
    pub withdrawn: usize,
    /// What this session cannot carry, for the log.
    pub unsendable: Vec<Unsendable>,
}

/// Routes that no UPDATE of the session can carry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{prefixes} prefixes are not announced: {cause}")]
pub struct Unsendable {
    /// What they have in common.
    pub attributes: Attributes,
    /// How many they are.
    pub prefixes: usize,
    /// Why it cannot be encoded.
    #[source]
    pub cause: Unencodable,
}

/// An attribute set as the session writes it, kept while its prefixes need several messages or several calls.
#[derive(Debug)]
pub(super) struct Encoded<P> {
    attributes: Attributes,
    negotiated: Negotiated,
    octets: EncodedAttributes<P>,
}

impl<P: Prefix> AdjOut<P> {
    /// Appends UPDATEs with what the peer has still to be told, withdrawals first, and notes it as told.
    ///
    /// Ends when everything is told, or once `budget` octets or more are written: what it appends may go beyond the
    /// budget by less than one message, and the next call goes on from there. Routes that the session cannot carry
    /// are reported, withdrawn if the peer has an older one (RFC 8654 section 4), and no longer wanted.
    pub fn pack(&mut self, negotiated: Negotiated, out: &mut BytesMut, budget: usize) -> Packed {
        let mut packed = Packed::default();
        let end = out.len().saturating_add(budget);
        while out.len() < end {
            let before = out.len();
            if self.refresh != Refresh::Unmarked && self.mark_refresh(out) {
                packed.messages += 1;
                continue;
            }
            match self.pending.next(|prefix, wanted| self.table.owes(prefix, wanted)) {
                Some(Next::Withdrawals) => packed.withdrawn += self.write_withdrawals(negotiated, out),
                Some(Next::Announcements(attributes)) => {
                    match self.write_announcements(&attributes, negotiated, out) {
                        Ok(announced) => packed.announced += announced,
                        Err(cause) => packed.unsendable.push(self.give_up(attributes, cause)),
                    }
                }
                Some(Next::EndOfRib) => {
                    write_end_of_rib(P::FAMILY, out);
                    self.end_of_rib = EndOfRib::Told;
                }
                None if self.once_more == OnceMore::Yes => {
                    self.once_more = OnceMore::No;
                    self.refresh(negotiated.route_refresh);
                }
                None => {
                    self.encoded = None;
                    break;
                }
            }
            packed.messages += usize::from(out.len() > before);
        }
        packed
    }

    /// Writes the marker that is due, if one is.
    fn mark_refresh(&mut self, out: &mut BytesMut) -> bool {
        let (subtype, next) = match self.refresh {
            Refresh::Begin => (RefreshSubtype::Begin, Refresh::End),
            Refresh::End if self.table.outdated() == 0 => (RefreshSubtype::End, Refresh::Unmarked),
            Refresh::End | Refresh::Unmarked => return false,
        };
        write_refresh_marker(P::FAMILY, subtype, out);
        self.refresh = next;
        true
    }

    fn write_withdrawals(&mut self, negotiated: Negotiated, out: &mut BytesMut) -> usize {
        let mut owed = iter::from_fn(|| {
            loop {
                let prefix = self.pending.pop_withdrawal()?;
                if self.table.withdraw(prefix) {
                    return Some(prefix);
                }
            }
        });
        write_withdrawals(&mut owed, negotiated.message_limit, out)
    }

    fn write_announcements(
        &mut self,
        attributes: &Attributes,
        negotiated: Negotiated,
        out: &mut BytesMut,
    ) -> Result<usize, Unencodable> {
        let same =
            |encoded: &Encoded<P>| encoded.attributes == *attributes && encoded.negotiated == negotiated;
        let encoded = match self.encoded.take_if(|encoded| same(encoded)) {
            Some(encoded) => encoded,
            None => Encoded {
                attributes: attributes.clone(),
                negotiated,
                octets: EncodedAttributes::encode(&attributes.read(), negotiated)?,
            },
        };
        let mut owed = iter::from_fn(|| {
            loop {
                let prefix = self.pending.pop_announcement()?;
                if self.table.tell(prefix, attributes) {
                    return Some(prefix);
                }
            }
        });
        let written = write_announcements(&encoded.octets, &mut owed, out);
        self.encoded = Some(encoded);
        Ok(written)
    }

    /// Wants no longer what the open list would announce.
    fn give_up(&mut self, attributes: Attributes, cause: Unencodable) -> Unsendable {
        let mut prefixes = 0;
        while let Some(prefix) = self.pending.pop_announcement() {
            if self.table.owes(prefix, Some(&attributes)) {
                prefixes += 1;
                self.set(prefix, None);
            }
        }
        Unsendable { attributes, prefixes, cause }
    }
}
