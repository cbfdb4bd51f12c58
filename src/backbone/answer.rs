//! How the backbone answers its readers.

use super::{
    routing_table::{Entry, RoutingTable, Weights},
    task::Backbone,
    view::{EffectiveRoute, EffectiveRoutes, ForwardingTable, UnknownNetwork},
    virtual_network::VirtualNetwork,
};
use crate::{
    azure::AttachmentId,
    family::Family,
    fib::Address,
    rib::{Attributes, Prefix, PrefixList, Source},
};
use ipnet::IpNet;
use std::net::IpAddr;

impl Backbone {
    fn network(&self, name: &str) -> Result<&VirtualNetwork, UnknownNetwork> {
        let found = self.networks.iter().find(|(known, _)| known.as_str() == name);
        found.map(|(_, network)| network).ok_or_else(|| UnknownNetwork::new(name, self.networks.keys()))
    }

    pub(super) fn lookup(
        &self,
        network: &str,
        address: IpAddr,
    ) -> Result<Option<EffectiveRoute>, UnknownNetwork> {
        let network = self.network(network)?;
        let weights = network.weights();
        Ok(match address {
            IpAddr::V4(address) => {
                network.ipv4.lookup(address, weights).map(|entry| self.effective_route(entry, weights))
            }
            IpAddr::V6(address) => {
                network.ipv6.lookup(address, weights).map(|entry| self.effective_route(entry, weights))
            }
        })
    }

    pub(super) fn forwarding_tables(&self) -> Vec<ForwardingTable> {
        let tables = self.networks.iter().flat_map(|(name, network)| {
            let sizes = [
                (Family::Ipv4, network.ipv4.fib_statistics()),
                (Family::Ipv6, network.ipv6.fib_statistics()),
            ];
            sizes.map(|(family, statistics)| ForwardingTable { network: name.clone(), family, statistics })
        });
        tables.collect()
    }

    pub(super) fn effective_routes(
        &self,
        network: &str,
        family: Option<Family>,
        after: Option<IpNet>,
        limit: usize,
    ) -> Result<EffectiveRoutes, UnknownNetwork> {
        let network = self.network(network)?;
        let weights = network.weights();
        let (after_ipv4, after_ipv6) = match after {
            None => (Some(None), None),
            Some(IpNet::V4(after)) => (Some(Some(after)), None),
            Some(IpNet::V6(after)) => (None, Some(after)),
        };
        let mut routes = Vec::new();
        if let Some(after) = after_ipv4
            && family != Some(Family::Ipv6)
        {
            self.page(&network.ipv4, after, weights, limit, &mut routes);
        }
        if family != Some(Family::Ipv4) {
            self.page(&network.ipv6, after_ipv6, weights, limit, &mut routes);
        }
        let more = routes.len() > limit;
        routes.truncate(limit);
        let next = routes.last().filter(|_| more).map(|route| route.prefix);
        Ok(EffectiveRoutes { routes, next })
    }

    pub(super) fn prefixes(&self, attachment: &AttachmentId, family: Family) -> PrefixList {
        let source = self.source(attachment);
        match family {
            Family::Ipv4 => {
                PrefixList::Ipv4(source.map_or_else(Vec::new, |to| self.transit.ipv4.told_to(to)))
            }
            Family::Ipv6 => {
                PrefixList::Ipv6(source.map_or_else(Vec::new, |to| self.transit.ipv6.told_to(to)))
            }
        }
    }

    pub(super) fn told(&self, attachment: &AttachmentId, prefixes: &[IpNet]) -> Vec<(IpNet, Attributes)> {
        let Some(source) = self.source(attachment) else { return Vec::new() };
        let told = |prefix: &IpNet| match prefix.trunc() {
            IpNet::V4(prefix) => self.transit.ipv4.told(source, prefix),
            IpNet::V6(prefix) => self.transit.ipv6.told(source, prefix),
        };
        prefixes.iter().filter_map(|prefix| Some((prefix.trunc(), told(prefix)?))).collect()
    }

    fn source(&self, attachment: &AttachmentId) -> Option<Source> {
        self.attached.iter().find(|(_, attached)| attached.id == *attachment).map(|(source, _)| *source)
    }

    /// Appends rows until there is one more than `limit`, which tells that there is another page.
    fn page<A: Address>(
        &self,
        table: &RoutingTable<A>,
        after: Option<A::Prefix>,
        weights: &Weights,
        limit: usize,
        routes: &mut Vec<EffectiveRoute>,
    ) where
        A::Prefix: Prefix,
    {
        let room = (limit + 1).saturating_sub(routes.len());
        let rows = table.entries(after, weights).take(room).map(|entry| self.effective_route(entry, weights));
        routes.extend(rows);
    }

    fn effective_route<P: Into<IpNet>>(&self, entry: Entry<'_, P>, weights: &Weights) -> EffectiveRoute {
        let name = |source: Source| self.attached.get(&source).map(|attached| attached.id.clone());
        EffectiveRoute::new(entry, name, |source| weights.get(&source).copied().unwrap_or_default())
    }
}
