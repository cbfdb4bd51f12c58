//! A plain external BGP speaker refuses its own AS in the path (RFC 4271 section 9.1.2) and what is no
//! unicast space.

use super::{Reason, space};
use crate::{asn::Asn, rib::Attributes};
use ipnet::IpNet;

pub(super) fn attributes(attributes: &Attributes, local_asn: Asn) -> Option<Reason> {
    attributes.asns().any(|asn| asn == local_asn).then_some(Reason::Loop(local_asn))
}

pub(super) fn prefix(prefix: IpNet) -> Option<Reason> {
    (!space::is_unicast(prefix)).then_some(Reason::NotUnicast)
}
