//! Microsoft peering accepts what public peering does, and no path with an AS of 64496-64511
//! (Azure: "ExpressRoute routing requirements", Microsoft peering).

use super::{Admission, Reason, public};
use crate::{asn::Asn, rib::Attributes};
use ipnet::IpNet;

pub(super) fn attributes(attributes: &Attributes, local_asn: Asn) -> Option<Reason> {
    public::attributes(attributes, local_asn).or_else(|| {
        let refused = |asn: &Asn| (64_496..=64_511).contains(&asn.get());
        attributes.asns().find(refused).map(Reason::DocumentationAs)
    })
}

pub(super) fn prefix(prefix: IpNet, admission: &Admission) -> Option<Reason> {
    public::prefix(prefix, admission)
}
