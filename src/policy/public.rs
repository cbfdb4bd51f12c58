//! Public peering (retired on 2024-03-31) accepts the customer's public prefixes: no default route and no
//! private space (Azure: "ExpressRoute routing requirements", public peering).

use super::{Admission, Reason, is_default, space, transit};
use crate::{asn::Asn, rib::Attributes};
use ipnet::IpNet;

pub(super) fn attributes(attributes: &Attributes, local_asn: Asn) -> Option<Reason> {
    transit::looped(attributes, local_asn)
}

pub(super) fn prefix(prefix: IpNet, admission: &Admission) -> Option<Reason> {
    if is_default(prefix) {
        return Some(Reason::DefaultRoute);
    }
    if !space::is_unicast(prefix) {
        return Some(Reason::NotUnicast);
    }
    if !space::is_global(prefix) {
        return Some(Reason::PrivateSpace);
    }
    admission.refuses(prefix)
}
