//! `[[virtual_network]]`.

use crate::{
    azure::{Region, VirtualNetworkName, communities},
    community::Community,
    config::{
        error::{CircuitFault, DataFault, Span},
        file::VirtualNetworkTable,
        nearest::nearest,
        plan::VirtualNetwork,
        report::Report,
    },
};
use ipnet::IpNet;
use std::collections::HashMap;
use toml::Spanned;

const TABLE: &str = "[[virtual_network]]";

pub(super) fn virtual_networks(
    tables: &[Spanned<VirtualNetworkTable>],
    report: &mut Report,
) -> Vec<VirtualNetwork> {
    let mut seen: HashMap<VirtualNetworkName, Span> = HashMap::new();
    let mut networks = Vec::with_capacity(tables.len());
    for table in tables {
        let address_space = address_space(table, report);
        let region = table.get_ref().region.as_ref().and_then(|text| region(text, report));
        let Some((name, at)) = name(table, report) else { continue };
        if let Some(first) = seen.get(&name) {
            report.refuse_beside(at, first.clone(), CircuitFault::DuplicateNetwork(name));
            continue;
        }
        seen.insert(name.clone(), at);
        let community = table.get_ref().community.as_ref().and_then(|text| community(text, report));
        networks.push(VirtualNetwork { name, region, community, peered_with: Vec::new(), address_space });
    }
    link_peers(tables, &mut networks, report);
    networks
}

/// Peering of virtual networks, once all names are known.
fn link_peers(tables: &[Spanned<VirtualNetworkTable>], networks: &mut [VirtualNetwork], report: &mut Report) {
    let names: Vec<VirtualNetworkName> = networks.iter().map(|network| network.name.clone()).collect();
    for network in networks {
        let of = |table: &&Spanned<VirtualNetworkTable>| {
            table.get_ref().name.as_ref().is_some_and(|name| name.get_ref() == network.name.as_str())
        };
        let peers = tables.iter().find(of).map_or(&[][..], |table| &table.get_ref().peered_with);
        for peer in peers {
            let found = names.iter().find(|name| name.as_str() == peer.get_ref());
            match found {
                Some(name) if *name == network.name => {
                    report.refuse(peer.span(), CircuitFault::PeeredWithItself(name.clone()));
                }
                Some(name) => network.peered_with.push(name.clone()),
                None => {
                    let name = peer.get_ref().clone();
                    let nearest =
                        nearest(&name, names.iter().map(VirtualNetworkName::as_str)).map(str::to_owned);
                    report.refuse(peer.span(), CircuitFault::UnknownNetwork { name, nearest });
                }
            }
        }
    }
}

fn community(text: &Spanned<String>, report: &mut Report) -> Option<Community> {
    let community = match text.get_ref().parse::<Community>() {
        Ok(community) => community,
        Err(fault) => {
            report.refuse(text.span(), DataFault::Community(fault));
            return None;
        }
    };
    if !communities::is_of_a_virtual_network(community) {
        report.refuse(text.span(), DataFault::NetworkCommunity(community));
    }
    Some(community)
}

fn region(text: &Spanned<String>, report: &mut Report) -> Option<&'static Region> {
    let region = Region::named(text.get_ref());
    if region.is_none() {
        let name = text.get_ref().clone();
        let nearest = nearest(&name, Region::all().iter().map(|region| region.arm_name)).map(str::to_owned);
        report.refuse(text.span(), CircuitFault::UnknownRegion { name, nearest });
    }
    region
}

fn name(table: &Spanned<VirtualNetworkTable>, report: &mut Report) -> Option<(VirtualNetworkName, Span)> {
    let Some(text) = &table.get_ref().name else {
        report.missing(table.span(), TABLE, "name", "name = \"hub\"");
        return None;
    };
    match text.get_ref().parse() {
        Ok(name) => Some((name, text.span())),
        Err(fault) => {
            report.refuse(text.span(), CircuitFault::NetworkName(fault));
            None
        }
    }
}

fn address_space(table: &Spanned<VirtualNetworkTable>, report: &mut Report) -> Vec<IpNet> {
    let Some(list) = &table.get_ref().address_space else {
        report.missing(table.span(), TABLE, "address_space", "address_space = [\"10.1.0.0/16\"]");
        return Vec::new();
    };
    if list.get_ref().is_empty() && !report.was_refused("address_space") {
        report.refuse(list.span(), CircuitFault::NoAddressSpace);
    }
    let spaces: Vec<(IpNet, Span)> =
        list.get_ref().iter().filter_map(|text| space(text, report).map(|net| (net, text.span()))).collect();
    refuse_nested(&spaces, report);
    spaces.into_iter().map(|(net, _)| net).collect()
}

fn space(text: &Spanned<String>, report: &mut Report) -> Option<IpNet> {
    let fault = match text.get_ref().parse::<IpNet>() {
        Err(_) => CircuitFault::AddressSpace(text.get_ref().clone()),
        Ok(net) if net.prefix_len() == 0 => CircuitFault::Everything(net),
        Ok(net) if net != net.trunc() => CircuitFault::HostBits(net),
        Ok(net) => return Some(net),
    };
    report.refuse(text.span(), fault);
    None
}

/// In the order of addresses a prefix that holds others stands before them, so one look back is enough.
fn refuse_nested(spaces: &[(IpNet, Span)], report: &mut Report) {
    let mut sorted: Vec<&(IpNet, Span)> = spaces.iter().collect();
    sorted.sort_by_key(|(net, _)| *net);
    let mut widest: Option<&(IpNet, Span)> = None;
    for space @ (inner, at) in sorted {
        match widest {
            Some((outer, first)) if outer.contains(inner) => {
                let fault = CircuitFault::Nested { inner: *inner, outer: *outer };
                report.refuse_beside(at.clone(), first.clone(), fault);
            }
            _ => widest = Some(space),
        }
    }
}
