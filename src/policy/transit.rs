//! A plain external BGP speaker refuses its own AS in the path (RFC 4271 section 9.1.2), a path that does not begin with
//! the peer's AS (RFC 4271 section 6.3) and what is no unicast space.

use super::{Reason, space};
use crate::{asn::Asn, rib::Attributes};
use ipnet::IpNet;

pub(super) fn attributes(attributes: &Attributes, local_asn: Asn, peer_asn: Asn) -> Option<Reason> {
    if attributes.neighbour() != Some(peer_asn) {
        return Some(Reason::NotFirst(peer_asn));
    }
    looped(attributes, local_asn)
}

/// Refuses a path that holds the own AS.
pub(super) fn looped(attributes: &Attributes, local_asn: Asn) -> Option<Reason> {
    attributes.asns().any(|asn| asn == local_asn).then_some(Reason::Loop(local_asn))
}

pub(super) fn prefix(prefix: IpNet) -> Option<Reason> {
    (!space::is_unicast(prefix)).then_some(Reason::NotUnicast)
}
