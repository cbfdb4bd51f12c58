//! Import and export rules: pure functions from a route and its peering to a [`Verdict`].
//!
//! A file per peering kind says what Azure accepts there; [`Export`] says what a route looks like when an
//! MSEE sends it. A route that is refused stays in the Adj-RIB-In, because the prefix limit counts what the
//! peer sends, but goes no further.

mod admission;
mod export;
mod microsoft;
mod private;
mod public;
mod roles;
mod services;
mod space;
mod transit;

pub use admission::{Admission, Covering};
pub use export::{Export, Exported};
pub use services::{Selection, Withheld};

use crate::{
    asn::Asn,
    azure::PeeringKind,
    family::Family,
    rib::Attributes,
    wire::{PathAttributes, Role, attribute::Bounds},
};
use ipnet::IpNet;
use std::net::IpAddr;

/// What becomes of a received route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on to the backbone.
    Accept,
    /// It stays in the Adj-RIB-In and is shown with its reason.
    Reject(Reason),
}

impl Verdict {
    /// Why the route is refused, if it is.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Accept => None,
            Self::Reject(reason) => Some(reason),
        }
    }
}

/// Why a received route is refused, one per rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    /// 0.0.0.0/0 or ::/0 on a peering to Microsoft's public services.
    #[error("the default route is accepted on private peering only")]
    DefaultRoute,
    /// Loopback, multicast, link-local or reserved space.
    #[error("not unicast space that can be routed")]
    NotUnicast,
    /// RFC 1918, shared (RFC 6598), unique local or otherwise not globally routed.
    #[error("private address space is accepted on private peering only")]
    PrivateSpace,
    /// The daemon's own AS in the path where that is a loop.
    #[error("AS_PATH holds our own AS {0}")]
    Loop(Asn),
    /// The path does not begin with the AS of the peer that sent it (RFC 4271 section 6.3).
    #[error("AS_PATH does not begin with the peer's AS {0}")]
    NotFirst(Asn),
    /// An AS number of RFC 5398's first range on Microsoft peering.
    #[error("AS_PATH holds AS {0}, reserved for documentation (64496-64511)")]
    DocumentationAs(Asn),
    /// Not in the list of the peering.
    #[error("not covered by the peering's advertised public prefixes")]
    NotAdvertised,
    /// Not the customer's.
    #[error("not registered as the customer's")]
    NotOwned,
    /// The route points back to this router (RFC 4271 section 6.3).
    #[error("next hop {0} is this router's own address")]
    NextHopIsOurs(IpAddr),
    /// OTC says that the peer must not have sent it (RFC 9234 section 5).
    #[error(
        "route leak: AS {marked_by} let it out to its customers alone (OTC), and the sender is our {from}"
    )]
    Leak {
        /// The value of OTC.
        marked_by: u32,
        /// What the sender is to us.
        from: Role,
    },
}

impl Reason {
    /// What the customer can do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::DefaultRoute => {
                "filter the default route towards this peering, or announce it on private peering"
            }
            Self::NotUnicast => "filter loopback, multicast, link-local and reserved prefixes",
            Self::PrivateSpace => "announce public prefixes here and private ones on private peering",
            Self::Loop(_) => "do not send Microsoft's routes back to Microsoft",
            Self::NotFirst(_) => "let the peer put its own AS in front, as an external speaker must",
            Self::DocumentationAs(_) => "use an AS number outside 64496-64511",
            Self::NotAdvertised => "add the prefix, or one that covers it, to advertised_public_prefixes",
            Self::NotOwned => "register a route object with the customer's AS, or announce its prefixes only",
            Self::NextHopIsOurs(_) => "set the next hop to the customer's own interface address",
            Self::Leak { .. } => {
                "announce to us no routes that were learnt from a provider, a peer or a route server"
            }
        }
    }
}

/// Which rules a peering's received routes are judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Azure's, for the kind of peering.
    Azure(PeeringKind),
    /// `[lab] open_transit`: those of any external BGP speaker (RFC 4271 section 9.1.2).
    Transit,
}

/// What the import rules must know of the peering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The rules.
    pub rules: Rules,
    /// The daemon's own AS.
    pub local_asn: Asn,
    /// The peer's AS.
    pub peer_asn: Asn,
    /// What we are to the peer; without a role OTC is not looked at.
    pub role: Option<Role>,
    /// This router's interface address.
    pub local_address: IpAddr,
    /// Which public prefixes are admitted, on peerings that take public ones only.
    pub admission: Admission,
    /// How much a route may carry.
    pub bounds: Bounds,
}

impl Import {
    /// Judges what depends on the attributes alone, and so once for all prefixes that share them.
    pub fn attributes(&self, attributes: &Attributes) -> Verdict {
        if attributes.next_hop().address() == self.local_address {
            return Verdict::Reject(Reason::NextHopIsOurs(self.local_address));
        }
        if let Some(leak) = self.role.and_then(|role| roles::leaked(attributes, role, self.peer_asn)) {
            return Verdict::Reject(leak);
        }
        let refused = match self.rules {
            Rules::Azure(PeeringKind::Private) => private::attributes(attributes),
            Rules::Azure(PeeringKind::Microsoft) => microsoft::attributes(attributes, self.local_asn),
            Rules::Azure(PeeringKind::Public) => public::attributes(attributes, self.local_asn),
            Rules::Transit => transit::attributes(attributes, self.local_asn, self.peer_asn),
        };
        refused.map_or(Verdict::Accept, Verdict::Reject)
    }

    /// Whether [`prefix`](Self::prefix) accepts: it is asked for every route that comes, and a reason that nobody looks at
    /// would cost more than the answer.
    #[inline]
    pub fn accepts(&self, prefix: IpNet) -> bool {
        match self.rules {
            Rules::Transit => space::is_unicast(prefix),
            Rules::Azure(_) => self.prefix(prefix) == Verdict::Accept,
        }
    }

    /// The attributes as they are held: private AS numbers are taken out of the path on peerings to public services
    /// (Azure: "ExpressRoute routing requirements", Microsoft peering), and our role may ask for OTC.
    #[must_use]
    pub fn received(&self, attributes: Attributes) -> Attributes {
        let attributes = match self.role {
            None => attributes,
            Some(role) => roles::marked(attributes, role, self.peer_asn),
        };
        match self.rules {
            Rules::Azure(PeeringKind::Microsoft | PeeringKind::Public)
                if attributes.asns().any(Asn::is_private) =>
            {
                let read = attributes.read();
                PathAttributes { as_path: read.as_path.without(Asn::is_private), ..read }.into()
            }
            Rules::Azure(_) | Rules::Transit => attributes,
        }
    }

    /// Judges what depends on the prefix alone.
    pub fn prefix(&self, prefix: IpNet) -> Verdict {
        let refused = match self.rules {
            Rules::Azure(PeeringKind::Private) => private::prefix(prefix),
            Rules::Azure(PeeringKind::Microsoft) => microsoft::prefix(prefix, &self.admission),
            Rules::Azure(PeeringKind::Public) => public::prefix(prefix, &self.admission),
            Rules::Transit => transit::prefix(prefix),
        };
        refused.map_or(Verdict::Accept, Verdict::Reject)
    }
}

/// True for a prefix of length 0.
fn is_default(prefix: IpNet) -> bool {
    prefix.prefix_len() == 0
}

/// True if a prefix belongs to a family that the peering kind carries at all (Azure: public peering is IPv4 only).
pub const fn carries(kind: PeeringKind, family: Family) -> bool {
    !matches!((kind, family), (PeeringKind::Public, Family::Ipv6))
}

#[cfg(test)]
mod tests;
