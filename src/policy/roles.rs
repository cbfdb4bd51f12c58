//! Route leaks, told by what both ends of a session are to each other (RFC 9234 section 5): what is received.
//!
//! What is sent is in [`Export`](super::Export), and on octets in [`PassedOn`](crate::wire::PassedOn).

use super::Reason;
use crate::{
    asn::Asn,
    rib::Attributes,
    wire::{PathAttributes, Role},
};

/// The attributes with the OTC that is missing on what a provider, a peer or a route server sends (ingress 3).
pub(super) fn marked(attributes: Attributes, ours: Role, peer_asn: Asn) -> Attributes {
    match ours {
        Role::Customer | Role::Peer | Role::RouteServerClient if attributes.only_to_customer().is_none() => {
            PathAttributes { only_to_customer: Some(peer_asn.get()), ..attributes.read() }.into()
        }
        Role::Provider | Role::RouteServer | Role::Customer | Role::Peer | Role::RouteServerClient => {
            attributes
        }
    }
}

/// Refuses what a customer or a route server's client must not have (ingress 1), and what a peer has of somebody else
/// (ingress 2).
pub(super) fn leaked(attributes: &Attributes, ours: Role, peer_asn: Asn) -> Option<Reason> {
    let marked_by = attributes.only_to_customer()?;
    let leak = match ours {
        Role::Provider | Role::RouteServer => true,
        Role::Peer => marked_by != peer_asn.get(),
        Role::Customer | Role::RouteServerClient => false,
    };
    leak.then_some(Reason::Leak { marked_by, from: ours.opposite() })
}
