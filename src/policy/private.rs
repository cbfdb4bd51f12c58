//! Private peering accepts any route of the customer's network, the default route included, and its own
//! AS 12076 in the path (Azure: "ExpressRoute routing requirements", private peering).

use super::{Reason, space};
use crate::rib::Attributes;
use ipnet::IpNet;

pub(super) const fn attributes(_: &Attributes) -> Option<Reason> {
    None
}

pub(super) fn prefix(prefix: IpNet) -> Option<Reason> {
    (!space::is_unicast(prefix)).then_some(Reason::NotUnicast)
}
