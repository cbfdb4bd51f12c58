//! `[[express_route_port]]`, and what the circuits on a port take of it.

use super::order::{Order, location, provider};
use crate::{
    azure::{
        PeeringLocation, RulesProfile, ServiceProvider,
        location::Direct,
        port::{PortOwner, PortSpeed},
    },
    config::{
        error::OrderFault,
        file::{CircuitTable, PortTable},
        report::Report,
    },
};
use std::collections::HashMap;
use toml::Spanned;

const TABLE: &str = "[[express_route_port]]";

/// A port pair at a location.
pub(super) struct Port {
    pub(super) name: String,
    pub(super) location: &'static PeeringLocation,
    pub(super) speed: PortSpeed,
    /// Whose it is, if not the customer's.
    pub(super) provider: Option<String>,
}

/// Mbps that circuits have taken of each port, by its name.
pub(super) type Taken = HashMap<String, u32>;

impl Port {
    pub(super) fn owner(&self) -> PortOwner {
        if self.provider.is_some() { PortOwner::Provider } else { PortOwner::Customer }
    }
}

pub(super) fn ports(
    tables: &[Spanned<PortTable>],
    providers: &[ServiceProvider],
    rules: RulesProfile,
    report: &mut Report,
) -> Vec<Port> {
    let mut ports: Vec<Port> = Vec::new();
    for table in tables {
        let PortTable { name, peering_location, bandwidth_gbps, service_provider } = table.get_ref();
        let owner = service_provider.as_ref().and_then(|name| provider(name, providers, report));
        if service_provider.is_none() && rules == RulesProfile::Year2015 {
            report.refuse(table.span(), OrderFault::NoProviderIn2015);
        }
        let speed = bandwidth_gbps.as_ref().and_then(|value| {
            let speed = PortSpeed::from_gbps(value.get_ref().0);
            if speed.is_none() {
                report.refuse(value.span(), OrderFault::PortSpeed(value.get_ref().0));
            }
            speed
        });
        let place = peering_location.as_ref().and_then(|text| location(text, None, report));
        for (missing, key, example) in [
            (name.is_none(), "name", "name = \"port-1\""),
            (peering_location.is_none(), "peering_location", "peering_location = \"Amsterdam\""),
            (bandwidth_gbps.is_none(), "bandwidth_gbps", "bandwidth_gbps = 10"),
        ] {
            if missing {
                report.missing(table.span(), TABLE, key, example);
            }
        }
        let (Some(name), Some(location), Some(speed)) = (name, place, speed) else { continue };
        if service_provider.is_none()
            && location.direct == Direct::NotOffered
            && let Some(text) = peering_location
        {
            report.refuse(text.span(), OrderFault::NotDirect(location));
        }
        if ports.iter().any(|port| port.name == *name.get_ref()) {
            report.refuse(name.span(), OrderFault::DuplicatePort(name.get_ref().clone()));
        }
        let provider = owner.map(|provider| provider.name.clone());
        ports.push(Port { name: name.get_ref().clone(), location, speed, provider });
    }
    ports
}

/// Enters what a circuit takes of its port; more than is left is refused.
pub(super) fn take(table: &Spanned<CircuitTable>, order: &Order<'_>, taken: &mut Taken, report: &mut Report) {
    let Some(port) = order.port else { return };
    let so_far = taken.entry(port.name.clone()).or_default();
    let capacity = port.speed.capacity_mbps(port.owner());
    let left = capacity.saturating_sub(*so_far);
    if order.bandwidth.mbps() > left {
        let at = table.get_ref().bandwidth_mbps.as_ref().map_or_else(|| table.span(), Spanned::span);
        let (port, speed, wanted) = (port.name.clone(), port.speed, order.bandwidth);
        report.refuse(at, OrderFault::NoCapacity { port, speed, wanted, left, capacity });
    } else {
        *so_far += order.bandwidth.mbps();
    }
}
