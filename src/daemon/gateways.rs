//! Connections of virtual networks' gateways to circuits: who uses which, and whether it is up.

use crate::{
    azure::{VirtualNetworkName, limits},
    backbone::{Linked, NetworkSettings},
    config::plan::{Circuit, Link, Plan, Transit, VirtualNetwork},
    family::Family,
};

/// A connection that Azure takes down, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the connection of virtual network {network} to circuit {circuit} is down: its gateway would send {count} {family} \
     prefixes, and {limit} are allowed; remove address spaces or peered networks"
)]
pub(super) struct TooManyPrefixes {
    network: VirtualNetworkName,
    circuit: String,
    family: Family,
    count: usize,
    limit: usize,
}

/// Every virtual network with the circuits that it uses, by its own gateway or by that of a network it is peered with.
pub(super) fn networks(plan: &Plan) -> Vec<NetworkSettings> {
    let network = |network: &VirtualNetwork| NetworkSettings {
        name: network.name.clone(),
        address_space: network.address_space.clone(),
        communities: network.communities(),
        links: links(plan, network),
    };
    plan.virtual_networks.iter().map(network).collect()
}

/// The connections that are down because they would carry too many prefixes.
pub(super) fn overloaded(plan: &Plan) -> Vec<TooManyPrefixes> {
    connections(plan).filter_map(|(circuit, _, gateway)| too_many(plan, circuit, gateway)).collect()
}

fn links(plan: &Plan, network: &VirtualNetwork) -> Vec<Linked> {
    let uses = |gateway: &VirtualNetwork| {
        gateway.name == network.name || gateway.peered_with.contains(&network.name)
    };
    let mut links: Vec<Linked> = Vec::new();
    for (circuit, link, gateway) in connections(plan) {
        if !uses(gateway) || too_many(plan, circuit, gateway).is_some() {
            continue;
        }
        let link = Linked { circuit: circuit.name.clone(), routing_weight: link.routing_weight };
        match links.iter_mut().find(|known| known.circuit == link.circuit) {
            Some(known) => known.routing_weight = known.routing_weight.max(link.routing_weight),
            None => links.push(link),
        }
    }
    links
}

fn connections(plan: &Plan) -> impl Iterator<Item = (&Circuit, &Link, &VirtualNetwork)> {
    plan.circuits.iter().flat_map(move |circuit| {
        circuit
            .links
            .iter()
            .filter_map(move |link| Some((circuit, link, plan.virtual_network(&link.virtual_network)?)))
    })
}

/// What the gateway sends is its own network's space and that of the networks that use it.
fn too_many(plan: &Plan, circuit: &Circuit, gateway: &VirtualNetwork) -> Option<TooManyPrefixes> {
    if plan.transit == Transit::Open {
        return None;
    }
    let peers = gateway.peered_with.iter().filter_map(|name| plan.virtual_network(name));
    let spaces: Vec<Family> = std::iter::once(gateway)
        .chain(peers)
        .flat_map(|network| &network.address_space)
        .map(Family::of)
        .collect();
    Family::ALL.into_iter().find_map(|family| {
        let count = spaces.iter().filter(|of| **of == family).count();
        let limit = limits::prefixes_of_a_connection(family);
        (count > limit).then(|| TooManyPrefixes {
            network: gateway.name.clone(),
            circuit: circuit.name.to_string(),
            family,
            count,
            limit,
        })
    })
}
