//! Rules that hold between sessions, and between a circuit's links and the virtual networks behind it.

use super::Placed;
use crate::{
    azure::{CircuitName, LinkSubnet, Router, VirtualNetworkName, VlanId},
    config::{
        error::{AddressFault, Span},
        plan::{Link, VirtualNetwork},
        report::Report,
    },
};
use ipnet::IpNet;
use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, SocketAddr},
};

/// What a session may not share, each with its first owner.
#[derive(Default)]
struct Owners<'a> {
    /// Subnets of links have one length, so two that overlap are equal.
    on_router: First<'a, (LinkSubnet, Router)>,
    in_circuit: First<'a, (LinkSubnet, &'a CircuitName)>,
    addresses: First<'a, (IpAddr, IpAddr, Router)>,
    /// A listener knows its peers by their source address only.
    connections: First<'a, (SocketAddr, IpAddr)>,
    /// On one link; in one circuit no tag is given twice.
    vlans: First<'a, (&'a str, VlanId)>,
}

type First<'a, K> = HashMap<K, &'a Placed>;

/// Refuses sessions that share what identifies them; the customer's routes may overlap, the links may not.
pub(super) fn refuse_between_sessions(placed: &[Placed], report: &mut Report) {
    let mut owners = Owners::default();
    for session in placed {
        if let Some((first, fault)) = owners.clash(session) {
            report.refuse_beside(session.at.clone(), first, fault);
        }
    }
}

impl<'a> Owners<'a> {
    /// Enters a session; what it shares with an earlier one, if anything. One reason is enough.
    fn clash(&mut self, session: &'a Placed) -> Option<(Span, AddressFault)> {
        let router = session.id.router;
        let (local, peer) = (session.local_address, session.peer_address);
        let connection = (session.local_endpoint, session.peer_endpoint.ip());
        let subnet = session.subnet.and_then(|subnet| {
            let on_router = enter(&mut self.on_router, (subnet, router), session);
            let in_circuit = enter(&mut self.in_circuit, (subnet, &session.id.circuit), session);
            on_router.or(in_circuit).map(|first| (subnet, first))
        });
        let addresses = enter(&mut self.addresses, (local, peer, router), session);
        let connections = enter(&mut self.connections, connection, session);
        if let Some((subnet, first)) = subnet {
            return Some((first.at.clone(), AddressFault::Overlap { subnet, other: first.id.clone() }));
        }
        if let Some(first) = addresses {
            let fault = AddressFault::SameAddresses { local, peer, router, other: first.id.clone() };
            return Some((first.at.clone(), fault));
        }
        if let Some(first) = connections {
            let (local, peer) = connection;
            let fault = AddressFault::Indistinguishable { local, peer, other: first.id.clone() };
            return Some((first.at.clone(), fault));
        }
        let managed = session.managed.as_ref()?;
        let (interface, tag) = (managed.interface.as_str(), managed.vlan_id?);
        let first = enter(&mut self.vlans, (interface, tag), session)?;
        let fault =
            || AddressFault::VlanTaken { tag, interface: interface.to_owned(), other: first.id.clone() };
        (first.id.circuit != session.id.circuit).then(|| (first.at.clone(), fault()))
    }
}

fn enter<'a, K: Eq + Hash>(owners: &mut First<'a, K>, key: K, session: &'a Placed) -> Option<&'a Placed> {
    let owner = *owners.entry(key).or_insert(session);
    (!std::ptr::eq(owner, session)).then_some(owner)
}

/// Refuses links whose addresses a linked virtual network uses (Azure: "ExpressRoute routing requirements").
pub(super) fn refuse_linked_spaces(
    placed: &[Placed],
    links: &[Link],
    networks: &[VirtualNetwork],
    report: &mut Report,
) {
    let linked = || {
        let named = |name: &VirtualNetworkName| networks.iter().find(|network| network.name == *name);
        let direct = links.iter().filter_map(move |link| named(&link.virtual_network));
        direct.flat_map(move |network| {
            std::iter::once(network).chain(network.peered_with.iter().filter_map(named))
        })
    };
    for session in placed {
        let taken = |net: &IpNet| {
            linked().find_map(|network| {
                let overlaps = |space: &&IpNet| space.contains(net) || net.contains(*space);
                let space = *network.address_space.iter().find(overlaps)?;
                Some(AddressFault::InVirtualNetwork { subnet: *net, space, network: network.name.clone() })
            })
        };
        let nets: Vec<IpNet> = match session.subnet {
            Some(subnet) => vec![subnet.net()],
            None => vec![session.local_address.into(), session.peer_address.into()],
        };
        if let Some(fault) = nets.iter().find_map(taken) {
            report.refuse(session.at.clone(), fault);
        }
    }
}
