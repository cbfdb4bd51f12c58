//! `virtual_networks` of a circuit.

use super::{number, order::Order};
use crate::{
    azure::{ProviderState, VirtualNetworkName, limits},
    config::{
        error::{CircuitFault, OrderFault, Span},
        file::{CircuitTable, Integer, ScalarOr},
        nearest::nearest,
        plan::{Link, VirtualNetwork},
        report::Report,
    },
};
use std::collections::HashMap;
use toml::Spanned;

pub(super) fn links(
    table: &CircuitTable,
    networks: &[VirtualNetwork],
    order: &Order<'_>,
    report: &mut Report,
) -> Vec<Link> {
    let (sku, bandwidth) = (order.sku, order.bandwidth);
    if let Some(first) = table.virtual_networks.first()
        && order.provider_state != ProviderState::Provisioned
    {
        report.refuse(
            first.span(),
            OrderFault::NotProvisioned { state: order.provider_state, key: order.service_key },
        );
    }
    let mut seen: HashMap<VirtualNetworkName, Span> = HashMap::new();
    let mut links = Vec::with_capacity(table.virtual_networks.len());
    let limit = limits::virtual_network_links(sku.tier(), bandwidth);
    for (position, entry) in table.virtual_networks.iter().enumerate() {
        if position == limit {
            let found = table.virtual_networks.len();
            report.refuse(entry.span(), CircuitFault::TooManyLinks { found, limit, sku, bandwidth });
        }
        let (name, at, routing_weight) = match entry.get_ref() {
            ScalarOr::Scalar(name) => (name, entry.span(), 0),
            ScalarOr::Table(link) => {
                let weight = link.routing_weight.as_ref().map_or(0, |weight| routing_weight(weight, report));
                let Some(name) = &link.name else {
                    report.missing(entry.span(), "virtual_networks", "name", "name = \"hub\"");
                    continue;
                };
                (name.get_ref(), name.span(), weight)
            }
        };
        let Some(network) = networks.iter().find(|network| network.name.as_str() == name) else {
            refuse_unknown(name, at, networks, report);
            continue;
        };
        if let Some(first) = seen.insert(network.name.clone(), at.clone()) {
            report.refuse_beside(at, first, CircuitFault::LinkedTwice(network.name.clone()));
            continue;
        }
        if let Some(region) = network.region
            && let Err(why) = order.reach.includes(region)
        {
            let network = network.name.clone();
            report.refuse(
                seen.get(&network).cloned().unwrap_or_default(),
                CircuitFault::OutOfReach { network, why },
            );
        }
        links.push(Link { virtual_network: network.name.clone(), routing_weight });
    }
    links
}

fn refuse_unknown(name: &str, at: Span, networks: &[VirtualNetwork], report: &mut Report) {
    let known = networks.iter().map(|network| network.name.as_str());
    let nearest = nearest(name, known).map(str::to_owned);
    report.refuse(at, CircuitFault::UnknownNetwork { name: name.to_owned(), nearest });
}

fn routing_weight(value: &Spanned<Integer>, report: &mut Report) -> u16 {
    if let Some(weight @ ..=limits::ROUTING_WEIGHT) = number::<u16>(value) {
        return weight;
    }
    report.refuse(value.span(), CircuitFault::RoutingWeight(value.get_ref().0));
    0
}
