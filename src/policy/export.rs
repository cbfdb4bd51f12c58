//! What a route looks like when an MSEE sends it to an external peer.

use crate::{
    asn::Asn,
    community::Community,
    family::{Family, PerFamily},
    wire::{AsPath, NextHop, Origin, PassedOn, PathAttributes, Role},
};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The outgoing side of a peering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    /// The AS that is put in front of the path.
    pub local_asn: Asn,
    /// This router's interface address per family, the next hop of all that it sends (Azure: "next hop self").
    pub next_hop: PerFamily<Option<NextHop>>,
    /// What we are to the peer; without a role OTC is passed on as it came.
    pub role: Option<Role>,
}

/// What becomes of a route on its way to a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exported {
    /// It is advertised with these attributes.
    As(PathAttributes),
    /// A well-known community keeps it inside (RFC 1997), or OTC keeps it from this peer (RFC 9234), or the session has
    /// no next hop of its family.
    Kept,
}

impl Export {
    /// The attributes that an external peer sees.
    ///
    /// The local AS is put in front (RFC 4271 section 5.1.2), the next hop is this router (5.1.3), MED of
    /// another AS is not passed on (5.1.4), non-transitive extended communities stay behind (RFC 4360 section 6), OTC is
    /// added where our role asks for it (RFC 9234 section 5).
    pub fn attributes(&self, family: Family, attributes: &PathAttributes) -> Exported {
        let stays = [Community::NO_EXPORT, Community::NO_ADVERTISE, Community::NO_EXPORT_SUBCONFED];
        if attributes.communities.iter().any(|community| stays.contains(community)) {
            return Exported::Kept;
        }
        let Some(how) = self.passed_on(family) else { return Exported::Kept };
        if attributes.only_to_customer.is_some() && self.role.is_some_and(Role::withholds_only_to_customers) {
            return Exported::Kept;
        }
        let mut sent = attributes.clone();
        sent.as_path = attributes.as_path.prepended(self.local_asn, 1);
        sent.next_hop = how.next_hop;
        sent.only_to_customer = attributes.only_to_customer.or_else(|| how.only_to_customer());
        sent.med = None;
        sent.extended_communities =
            attributes.extended_communities.iter().copied().filter(|c| c.is_transitive()).collect();
        Exported::As(sent)
    }

    /// The same for a route that is passed on as octets; `None` if the session has no next hop of the family.
    pub fn passed_on(&self, family: Family) -> Option<PassedOn> {
        let Self { local_asn: prepend, role, .. } = *self;
        self.next_hop[family].map(|next_hop| PassedOn { prepend, next_hop, role })
    }

    /// The route of a virtual network's address space before it is exported: the gateway's AS 65515 is
    /// removed, so that customers see `12076` alone (Azure: "ExpressRoute routing requirements").
    pub fn virtual_network_route(family: Family) -> PathAttributes {
        let next_hop = match family {
            Family::Ipv4 => NextHop::V4(Ipv4Addr::UNSPECIFIED),
            Family::Ipv6 => NextHop::V6 { global: Ipv6Addr::UNSPECIFIED, link_local: None },
        };
        PathAttributes::new(Origin::Igp, AsPath::default(), next_hop)
    }

    /// A route of Microsoft's own with its communities, before it is exported.
    pub fn own_route(family: Family, communities: &[Community]) -> PathAttributes {
        PathAttributes { communities: communities.into(), ..Self::virtual_network_route(family) }
    }
}
