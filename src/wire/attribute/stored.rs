//! Attributes as a table holds them: octets in one canonical form, which are read only when somebody wants to know.
//!
//! The form is that of [`RawAttributes::key`] for a session with four-octet AS numbers. Most peers send it already, so
//! that their octets are stored as they came, and the same octets are found again without being read.

use super::{
    as_path,
    code::{AttributeCode, Category},
    communities,
    raw::{NextHopSource, RawAttribute, RawAttributes},
    read,
    value::{NextHop, PathAttributes},
    write,
};
use crate::{
    asn::Asn,
    family::Family,
    wire::{negotiated::AsWidth, role::Role},
};
use bytes::{BufMut, BytesMut};

/// The width of AS numbers, as the preamble says it.
const FOUR_OCTETS: u8 = 4;

/// Attributes in canonical form, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredAttributes<'a>(&'a [u8]);

/// What becomes different when an external speaker passes a route on (RFC 4271 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassedOn {
    /// Our AS, which is put in front of the path, once.
    pub prepend: Asn,
    /// The new next hop.
    pub next_hop: NextHop,
    /// What we are to the peer; without a role OTC is passed on as it came.
    pub role: Option<Role>,
}

impl PassedOn {
    /// The value of the OTC that a route without one is given (RFC 9234 section 5, egress 1).
    pub fn only_to_customer(&self) -> Option<u32> {
        self.role.filter(|role| role.sends_only_to_customers()).map(|_| self.prepend.get())
    }
}

impl PathAttributes {
    /// Appends the canonical form.
    pub fn store(&self, out: &mut BytesMut) {
        if let NextHop::V6 { .. } = self.next_hop {
            put_preamble(AsWidth::Four, Some(self.next_hop), out);
        }
        write::all(self, AsWidth::Four, out);
    }
}

impl<'a> StoredAttributes<'a> {
    /// Takes octets for what [`PathAttributes::store`] has written.
    pub const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// The attributes, read; `None` if the octets are not such ones.
    pub fn read(self) -> Option<PathAttributes> {
        let (_, field) = self.split()?;
        read_field(field, self.next_hop()?)
    }

    /// The next hop alone.
    pub fn next_hop(self) -> Option<NextHop> {
        let (next_hop, field) = self.split()?;
        next_hop.or_else(|| {
            let found = attributes_in(field).find(|attribute| attribute.code == AttributeCode::NEXT_HOP)?;
            NextHop::from_octets(Family::Ipv4, found.value).ok()
        })
    }

    /// All numbers of the AS_PATH in wire order, those of sets included.
    pub fn asns(self) -> impl Iterator<Item = Asn> + use<'a> {
        let field = self.split().map_or(&[][..], |(_, field)| field);
        let path = attributes_in(field).find(|attribute| attribute.code == AttributeCode::AS_PATH);
        path.into_iter().flat_map(|path| as_path::numbers_in(path.value))
    }

    /// The value of OTC, which says that the route is for customers alone (RFC 9234 section 5).
    pub fn only_to_customer(self) -> Option<u32> {
        let (_, field) = self.split()?;
        let otc = attributes_in(field).find(|attribute| attribute.code == AttributeCode::ONLY_TO_CUSTOMER)?;
        read::number(otc.value).ok()
    }

    /// Appends the attributes as they are passed on, in canonical form but for the next hop of an IPv6 route, which
    /// MP_REACH_NLRI holds.
    ///
    /// The path is prepended, the next hop is new, MULTI_EXIT_DISC and non-transitive extended communities stay behind
    /// (RFC 4271 section 5.1.4, RFC 4360 section 6); OTC is added where our role asks for it (RFC 9234 section 5).
    pub fn pass_on(self, how: &PassedOn, out: &mut BytesMut) {
        let Some((_, field)) = self.split() else { return };
        let mut owed = how.only_to_customer();
        for attribute in attributes_in(field) {
            let RawAttribute { flags, code, value, octets, .. } = attribute;
            if code >= AttributeCode::ONLY_TO_CUSTOMER {
                let otc = owed.take().filter(|_| code != AttributeCode::ONLY_TO_CUSTOMER);
                put_only_to_customer(otc, out);
            }
            match code {
                AttributeCode::AS_PATH => {
                    write::put_head(flags.0, code, as_path::prepended_octets(value), out);
                    as_path::put_prepended(how.prepend, value, out);
                }
                AttributeCode::NEXT_HOP => {
                    if let NextHop::V4(address) = how.next_hop {
                        write::put(flags.0, code, &address.octets(), out);
                    }
                }
                AttributeCode::MULTI_EXIT_DISC => {}
                AttributeCode::EXTENDED_COMMUNITIES => {
                    let value = communities::transitive(value);
                    if !value.is_empty() {
                        write::put(flags.0, code, &value, out);
                    }
                }
                _ => out.put_slice(octets),
            }
        }
        put_only_to_customer(owed, out);
    }

    /// The attributes as they are passed on, read.
    pub fn passed_on(self, how: &PassedOn) -> Option<PathAttributes> {
        let mut octets = BytesMut::new();
        self.pass_on(how, &mut octets);
        read_field(&octets, how.next_hop)
    }

    /// The next hop if it stands before the field, and the field.
    pub(super) fn split(self) -> Option<(Option<NextHop>, &'a [u8])> {
        match self.0 {
            [FOUR_OCTETS, code, rest @ ..] if *code == AttributeCode::MP_REACH_NLRI.0 => {
                let (count, rest) = rest.split_first()?;
                let (next_hop, field) = rest.split_at_checked(usize::from(*count))?;
                let family = if next_hop.len() == 4 { Family::Ipv4 } else { Family::Ipv6 };
                Some((NextHop::from_octets(family, next_hop).ok(), field))
            }
            field => Some((None, field)),
        }
    }
}

/// What stands before a field whose next hop does not stand in it, or whose AS numbers have two octets. It reads as the
/// header of an MP_REACH_NLRI, which no field in this place begins with, so that no two meanings share their octets.
pub(super) fn put_preamble(width: AsWidth, next_hop: Option<NextHop>, out: &mut BytesMut) {
    out.put_u8(match width {
        AsWidth::Two => 2,
        AsWidth::Four => FOUR_OCTETS,
    });
    out.put_u8(AttributeCode::MP_REACH_NLRI.0);
    match next_hop {
        None => out.put_u8(0),
        Some(next_hop) => next_hop.put_counted(out),
    }
}

fn put_only_to_customer(value: Option<u32>, out: &mut BytesMut) {
    if let Some(value) = value {
        let flags = Category::OptionalTransitive.flags();
        write::put(flags, AttributeCode::ONLY_TO_CUSTOMER, &value.to_be_bytes(), out);
    }
}

fn read_field(field: &[u8], next_hop: NextHop) -> Option<PathAttributes> {
    RawAttributes::of_field(field, NextHopSource::Multiprotocol(next_hop), AsWidth::Four).read_own(next_hop)
}

/// The attributes of a field that holds whole ones.
pub(super) fn attributes_in(field: &[u8]) -> impl Iterator<Item = RawAttribute<'_>> {
    RawAttributes::of_field(field, NextHopSource::Attribute, AsWidth::Four).whole()
}
