//! `global_reach` of circuits: connections between two circuits, and what each of them needs for it.

use crate::{
    azure::{CircuitName, PeeringKind, Tier, limits},
    config::{
        error::{GlobalReachFault, Span},
        file::{CircuitTable, ScalarOr},
        nearest::nearest,
        plan::{Attachment, Circuit, VirtualNetwork},
        report::Report,
    },
    family::Family,
};
use ipnet::IpNet;
use toml::Spanned;

/// A connection as a circuit names it.
struct Named<'a> {
    circuit: usize,
    other: &'a str,
    at: Span,
}

/// Enters the partners into both circuits of each connection.
pub(super) fn global_reach(
    tables: &[Spanned<CircuitTable>],
    circuits: &mut [Circuit],
    attachments: &[Attachment],
    networks: &[VirtualNetwork],
    report: &mut Report,
) {
    for named in named(tables, circuits, networks, report) {
        let Some(partner) = circuits.iter().position(|circuit| circuit.name.as_str() == named.other) else {
            let known = circuits.iter().map(|circuit| circuit.name.as_str());
            let nearest = nearest(named.other, known).map(str::to_owned);
            report
                .refuse(named.at, GlobalReachFault::UnknownCircuit { name: named.other.to_owned(), nearest });
            continue;
        };
        let (Some(one), Some(other)) = (circuits.get(named.circuit), circuits.get(partner)) else { continue };
        if let Some(fault) = precondition(one, other, attachments) {
            report.refuse(named.at, fault);
            continue;
        }
        let (one_name, other_name) = (one.name.clone(), other.name.clone());
        for (index, name) in [(named.circuit, other_name), (partner, one_name)] {
            let Some(circuit) = circuits.get_mut(index) else { continue };
            if !circuit.global_reach.contains(&name) {
                circuit.global_reach.push(name);
            }
            let limit = limits::virtual_network_links(circuit.sku.tier(), circuit.bandwidth);
            let found = circuit.links.len() + circuit.global_reach.len();
            if found > limit {
                let circuit = circuit.name.clone();
                report.refuse(named.at.clone(), GlobalReachFault::TooManyLinks { circuit, found, limit });
            }
        }
    }
}

fn named<'a>(
    tables: &'a [Spanned<CircuitTable>],
    circuits: &[Circuit],
    networks: &[VirtualNetwork],
    report: &mut Report,
) -> Vec<Named<'a>> {
    let mut all = Vec::new();
    for table in tables {
        let name = table.get_ref().name.as_ref().map(|name| name.get_ref().as_str());
        let position = circuits.iter().position(|circuit| Some(circuit.name.as_str()) == name);
        let Some(circuit) = position else { continue };
        for entry in &table.get_ref().global_reach {
            let other = match entry.get_ref() {
                ScalarOr::Scalar(other) => other,
                ScalarOr::Table(table) => {
                    if let Some(prefix) = &table.address_prefix {
                        refuse_tunnel(prefix, networks, report);
                    }
                    let Some(other) = &table.circuit else {
                        report.missing(entry.span(), "global_reach", "circuit", "circuit = \"lon-1\"");
                        continue;
                    };
                    other.get_ref()
                }
            };
            all.push(Named { circuit, other, at: entry.span() });
        }
    }
    all
}

/// The tunnel between the two edges takes a /29 of its own.
fn refuse_tunnel(text: &Spanned<String>, networks: &[VirtualNetwork], report: &mut Report) {
    let prefix = text.get_ref().parse::<IpNet>().ok();
    let fits =
        prefix.filter(|net| Family::of(net) == Family::Ipv4 && net.prefix_len() == 29 && net.trunc() == *net);
    let Some(net) = fits else {
        report.refuse(text.span(), GlobalReachFault::Tunnel(text.get_ref().clone()));
        return;
    };
    let overlaps = |space: &&IpNet| space.contains(&net) || net.contains(*space);
    if let Some(space) = networks.iter().flat_map(|network| &network.address_space).find(overlaps) {
        report.refuse(text.span(), GlobalReachFault::TunnelOverlaps { tunnel: net, space: *space });
    }
}

fn precondition(one: &Circuit, other: &Circuit, attachments: &[Attachment]) -> Option<GlobalReachFault> {
    if one.name == other.name {
        return Some(GlobalReachFault::WithItself);
    }
    let peered = |name: &CircuitName| {
        attachments.iter().any(|of| of.id.circuit == *name && of.id.kind == PeeringKind::Private)
    };
    if let Some(circuit) = [one, other].into_iter().find(|circuit| !peered(&circuit.name)) {
        return Some(GlobalReachFault::NoPrivatePeering(circuit.name.clone()));
    }
    if let Some(circuit) = [one, other].into_iter().find(|circuit| circuit.sku.tier() == Tier::Local) {
        return Some(GlobalReachFault::Local(circuit.name.clone()));
    }
    let (here, there) = (one.peering_location?, other.peering_location?);
    if here == there {
        return Some(GlobalReachFault::SameLocation(here));
    }
    let premium = [one, other].iter().all(|circuit| circuit.sku.tier() == Tier::Premium);
    (here.geography != there.geography && !premium)
        .then_some(GlobalReachFault::NeedsPremium(here.geography, there.geography))
}
