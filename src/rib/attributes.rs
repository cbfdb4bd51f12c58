//! Path attributes that many routes share.

use super::prefix_table::hash_of;
use crate::{
    asn::Asn,
    community::Community,
    wire::{NextHop, Origin, PathAttributes, Role, StoredAttributes},
};
use bytes::BytesMut;
use std::{
    fmt,
    hash::{Hash, Hasher},
};
use triomphe::ThinArc;

/// Path attributes behind a shared pointer: one word, cheap to clone, compare and hash.
///
/// They are held as octets in one canonical form, about a hundred octets for a route of the Internet, with what the
/// decision process asks for beside them; [`read`](Self::read) gives the rest. Equal means equal attributes: unequal
/// ones differ in their hash, so that hardly a comparison looks at the octets.
#[derive(Clone)]
pub struct Attributes(ThinArc<Summary, u8>);

/// What is asked for on the way of a route.
#[derive(Clone, Copy)]
struct Summary {
    hash: u64,
    med: u32,
    neighbour: Option<Asn>,
    path_length: u16,
    origin: Origin,
    reach: Reach,
}

/// How far a route may be passed on (RFC 1997, RFC 9234).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To anybody.
    Everywhere,
    /// OTC keeps it from those that we are a customer, a peer or a route server's client of.
    Customers,
    /// A well-known community keeps it from external peers.
    Inside,
}

impl Attributes {
    /// True if both handles point to the same block in memory.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.0.as_ptr() == other.0.as_ptr()
    }

    /// All that they say.
    pub fn read(&self) -> PathAttributes {
        #[expect(
            clippy::expect_used,
            reason = "the octets come from PathAttributes::store, which reads back"
        )]
        self.stored().read().expect("canonical attributes read back")
    }

    /// The octets, to write attributes that are made of these.
    pub fn stored(&self) -> StoredAttributes<'_> {
        StoredAttributes::new(&self.0.slice)
    }

    /// The canonical octets.
    pub(super) fn octets(&self) -> &[u8] {
        &self.0.slice
    }

    /// The hash of the octets, comparable in the whole process.
    pub(super) fn hash_of_octets(&self) -> u64 {
        self.0.header.header.hash
    }

    /// The next hop.
    pub fn next_hop(&self) -> NextHop {
        self.stored().next_hop().unwrap_or(NextHop::V4(std::net::Ipv4Addr::UNSPECIFIED))
    }

    /// The length of the AS_PATH (RFC 4271 section 9.1.2.2 a).
    pub fn path_length(&self) -> usize {
        self.summary().path_length.into()
    }

    /// ORIGIN.
    pub fn origin(&self) -> Origin {
        self.summary().origin
    }

    /// MULTI_EXIT_DISC; the lowest value if there is none (RFC 4271 section 9.1.2.2 c).
    pub fn med(&self) -> u32 {
        self.summary().med
    }

    /// The AS that the route was learnt from.
    pub fn neighbour(&self) -> Option<Asn> {
        self.summary().neighbour
    }

    /// All numbers of the AS_PATH in wire order, those of sets included.
    pub fn asns(&self) -> impl Iterator<Item = Asn> {
        self.stored().asns()
    }

    /// The value of OTC (RFC 9234 section 5).
    pub fn only_to_customer(&self) -> Option<u32> {
        self.stored().only_to_customer()
    }

    /// How far they let a route be passed on.
    pub fn reach(&self) -> Reach {
        self.summary().reach
    }

    fn summary(&self) -> &Summary {
        &self.0.header.header
    }
}

impl Attributes {
    /// Octets that are in canonical form already, with their hash; `None` if they have to be read first.
    pub(super) fn of_canonical(octets: &[u8], hash: u64) -> Option<Self> {
        let digest = StoredAttributes::new(octets).digest()?;
        let summary = Summary {
            hash,
            med: digest.med.unwrap_or(0),
            neighbour: digest.neighbour,
            path_length: u16::try_from(digest.path_length).unwrap_or(u16::MAX),
            origin: digest.origin,
            reach: Reach::with(digest.communities(), digest.only_to_customer),
        };
        Some(Self(ThinArc::from_header_and_slice(summary, octets)))
    }
}

impl Reach {
    /// True if a peer that we have this role to may be told.
    pub const fn includes(self, role: Option<Role>) -> bool {
        match (self, role) {
            (Self::Everywhere, _) | (Self::Customers, None) => true,
            (Self::Customers, Some(role)) => !role.withholds_only_to_customers(),
            (Self::Inside, _) => false,
        }
    }

    /// How far a route with these communities and this OTC goes.
    fn with(mut communities: impl Iterator<Item = Community>, only_to_customer: Option<u32>) -> Self {
        let inside = [Community::NO_EXPORT, Community::NO_ADVERTISE, Community::NO_EXPORT_SUBCONFED];
        match only_to_customer {
            _ if communities.any(|community| inside.contains(&community)) => Self::Inside,
            Some(_) => Self::Customers,
            None => Self::Everywhere,
        }
    }
}

impl From<&PathAttributes> for Attributes {
    fn from(attributes: &PathAttributes) -> Self {
        let mut octets = BytesMut::with_capacity(128);
        attributes.store(&mut octets);
        let summary = Summary {
            hash: hash_of(&*octets),
            med: attributes.med.unwrap_or(0),
            neighbour: attributes.as_path.first(),
            path_length: u16::try_from(attributes.as_path.length()).unwrap_or(u16::MAX),
            origin: attributes.origin,
            reach: Reach::with(attributes.communities.iter().copied(), attributes.only_to_customer),
        };
        Self(ThinArc::from_header_and_slice(summary, &octets))
    }
}

impl From<PathAttributes> for Attributes {
    fn from(attributes: PathAttributes) -> Self {
        Self::from(&attributes)
    }
}

impl PartialEq for Attributes {
    fn eq(&self, other: &Self) -> bool {
        self.ptr_eq(other)
            || (self.hash_of_octets() == other.hash_of_octets() && self.octets() == other.octets())
    }
}

impl Eq for Attributes {}

impl Hash for Attributes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash_of_octets());
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rib::testing::{attributes, path_attributes, path_attributes_v6};
    use std::collections::HashSet;

    #[test]
    fn equal_means_equal_attributes_whoever_made_them() {
        let (one, same, other) = (attributes(1), attributes(1), attributes(2));
        assert!(!one.ptr_eq(&same) && one.ptr_eq(&one.clone()));
        assert_eq!(one, same);
        assert_ne!(one, other);
        assert_eq!(HashSet::from([one, same, other]).len(), 2);
        assert_eq!(size_of::<Option<Attributes>>(), size_of::<usize>());
    }

    #[test]
    fn what_was_stored_reads_back() {
        for stored in [path_attributes(7), path_attributes_v6(7)] {
            let attributes = Attributes::from(&stored);
            assert_eq!(attributes.read(), stored);
            assert_eq!(attributes.next_hop(), stored.next_hop);
            assert_eq!((attributes.med(), attributes.path_length()), (7, 2));
            assert_eq!(
                (attributes.origin(), attributes.neighbour()),
                (stored.origin, stored.as_path.first())
            );
        }
    }

    #[test]
    fn otc_keeps_a_route_from_providers_peers_and_route_servers() {
        let marked = PathAttributes { only_to_customer: Some(0), ..path_attributes(1) };
        let attributes = Attributes::from(&marked);
        assert_eq!((attributes.only_to_customer(), attributes.reach()), (Some(0), Reach::Customers));
        assert_eq!(
            Attributes::of_canonical(attributes.octets(), 0).map(|it| it.reach()),
            Some(Reach::Customers)
        );
        assert!(attributes.reach().includes(None));
        let told = Role::ALL.into_iter().filter(|role| attributes.reach().includes(Some(*role)));
        assert_eq!(told.collect::<Vec<_>>(), [Role::Provider, Role::RouteServer]);
        let kept = PathAttributes { communities: [Community::NO_EXPORT].into(), ..marked };
        assert_eq!(Attributes::from(kept).reach(), Reach::Inside);
    }

    #[test]
    fn well_known_communities_keep_a_route_inside() {
        let reach = |communities: &[Community]| {
            Attributes::from(PathAttributes { communities: communities.into(), ..path_attributes(1) }).reach()
        };
        assert_eq!(reach(&[]), Reach::Everywhere);
        assert_eq!(reach(&[Community::new(65010, 1)]), Reach::Everywhere);
        for kept in [Community::NO_EXPORT, Community::NO_ADVERTISE, Community::NO_EXPORT_SUBCONFED] {
            assert_eq!(reach(&[Community::new(65010, 1), kept]), Reach::Inside);
        }
    }
}
