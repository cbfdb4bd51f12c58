//! News become UPDATEs, written once for all who are told the same.

use super::table::{Telling, TransitTable};
use crate::{
    rib::{AttributesId, Prefix},
    wire::{
        EncodedAttributes, Negotiated, PassedOn, RefreshSubtype, write_announcements, write_end_of_rib,
        write_refresh_marker, write_withdrawals,
    },
};
use bytes::BytesMut;

/// Writes UPDATEs for one audience, in the order in which it is told.
pub(super) struct Packer<'a, P: Prefix> {
    table: &'a TransitTable<P>,
    negotiated: Negotiated,
    /// Without it nothing is announced.
    how: Option<PassedOn>,
    /// Prefixes that go into the next UPDATE, all to be told the same.
    run: Vec<P>,
    telling: Telling,
    encoded: EncodedAttributes<P>,
    out: BytesMut,
}

impl<'a, P: Prefix> Packer<'a, P> {
    /// Octets for each prefix of a table of the Internet, its share of the attributes included.
    const OCTETS: usize = 24;

    pub(super) fn new(table: &'a TransitTable<P>, negotiated: Negotiated, how: Option<PassedOn>) -> Self {
        Self {
            table,
            negotiated,
            how,
            run: Vec::new(),
            telling: Telling::Nothing,
            encoded: EncodedAttributes::empty(negotiated.message_limit),
            out: BytesMut::new(),
        }
    }

    /// Makes room for what so many prefixes will need, as a rule.
    pub(super) fn expect(&mut self, prefixes: usize) {
        self.out.reserve(Self::OCTETS * prefixes.max(4));
    }

    /// Adds what is told about a prefix.
    pub(super) fn tell(&mut self, prefix: P, telling: Telling) {
        let telling = match (telling, self.how) {
            (Telling::Route(_), None) => Telling::Withdrawal,
            (telling, _) => telling,
        };
        if telling != self.telling {
            self.flush();
            self.telling = telling;
        }
        if telling != Telling::Nothing {
            self.run.push(prefix);
        }
    }

    /// Octets written so far.
    pub(super) fn written(&self) -> usize {
        self.out.len()
    }

    /// Adds the marker that follows the initial table (RFC 4724 section 2).
    pub(super) fn end_of_rib(&mut self) {
        self.flush();
        write_end_of_rib(P::FAMILY, &mut self.out);
    }

    /// Adds a marker before or after a table that is told once more (RFC 7313 section 4).
    pub(super) fn refresh_marker(&mut self, subtype: RefreshSubtype) {
        self.flush();
        write_refresh_marker(P::FAMILY, subtype, &mut self.out);
    }

    /// The UPDATEs.
    pub(super) fn finish(mut self) -> BytesMut {
        self.flush();
        self.out
    }

    fn flush(&mut self) {
        let mut prefixes = std::mem::take(&mut self.run);
        match self.telling {
            Telling::Nothing => {}
            Telling::Withdrawal => self.withdraw(&prefixes),
            // What no message of this audience can carry is not announced; one that knows the route before must forget
            // that (RFC 8654 section 4).
            Telling::Route(attributes) => {
                if self.announce(attributes, &prefixes).is_none() {
                    self.withdraw(&prefixes);
                }
            }
        }
        prefixes.clear();
        self.run = prefixes;
    }

    fn announce(&mut self, attributes: AttributesId, prefixes: &[P]) -> Option<()> {
        let attributes = self.table.attributes(attributes)?;
        let encoded = self.encoded.pass_on(attributes.stored(), self.how.as_ref()?, self.negotiated.as_width);
        if let Err(cause) = encoded {
            tracing::warn!("{} prefixes are not announced: {cause}", prefixes.len());
            return None;
        }
        let mut prefixes = prefixes.iter().copied();
        while write_announcements(&self.encoded, &mut prefixes, &mut self.out) > 0 {}
        Some(())
    }

    fn withdraw(&mut self, prefixes: &[P]) {
        let mut prefixes = prefixes.iter().copied();
        while write_withdrawals(&mut prefixes, self.negotiated.message_limit, &mut self.out) > 0 {}
    }
}
