//! What readers see of a virtual network's routing table.

use super::routing_table::Entry;
use crate::{
    azure::{AttachmentId, VirtualNetworkName},
    family::Family,
    fib,
    rib::Source,
};
use ipnet::IpNet;
use std::net::IpAddr;

/// One row of a virtual network's routing table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveRoute {
    /// The prefix.
    pub prefix: IpNet,
    /// Where its traffic goes.
    pub next_hop: NextHopKind,
}

/// Where traffic of a virtual network goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextHopKind {
    /// The prefix is the network's own.
    Local,
    /// Over the gateway to these attachments, equally (ECMP).
    Gateway(Vec<EffectiveNextHop>),
    /// Nowhere: the network's own address space covers the prefix and is preferred.
    Hidden(Vec<EffectiveNextHop>),
}

/// One attachment that offers a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveNextHop {
    /// The attachment.
    pub attachment: AttachmentId,
    /// The route's next hop, an address of the customer.
    pub neighbor: IpAddr,
    /// Its AS_PATH as text.
    pub as_path: String,
    /// `routingWeight` of the connection.
    pub weight: u16,
}

/// A page of a routing table, in prefix order, IPv4 first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectiveRoutes {
    /// The rows.
    pub routes: Vec<EffectiveRoute>,
    /// The last prefix of the page, if there are more behind it.
    pub next: Option<IpNet>,
}

/// How large one forwarding table is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardingTable {
    /// The virtual network.
    pub network: VirtualNetworkName,
    /// The family that it forwards.
    pub family: Family,
    /// Its size.
    pub statistics: fib::Statistics,
}

/// There is no virtual network of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no virtual network {name:?}; there are: {}", known.join(", "))]
pub struct UnknownNetwork {
    /// The name asked for.
    pub name: String,
    /// The names that exist.
    pub known: Vec<String>,
}

impl UnknownNetwork {
    pub(super) fn new<'a>(name: &str, known: impl Iterator<Item = &'a VirtualNetworkName>) -> Self {
        Self { name: name.to_owned(), known: known.map(ToString::to_string).collect() }
    }
}

impl EffectiveRoute {
    pub(super) fn new<P: Into<IpNet>>(
        entry: Entry<'_, P>,
        name: impl Fn(Source) -> Option<AttachmentId>,
        weight: impl Fn(Source) -> u16,
    ) -> Self {
        let (prefix, candidates, in_use) = match entry {
            Entry::Local(prefix) => return Self { prefix: prefix.into(), next_hop: NextHopKind::Local },
            Entry::Learnt { prefix, candidates, in_use } => (prefix, candidates, in_use),
        };
        let mut next_hops: Vec<EffectiveNextHop> = candidates
            .iter()
            .filter(|candidate| in_use.is_empty() || in_use.contains(&candidate.source))
            .filter_map(|candidate| {
                Some(EffectiveNextHop {
                    attachment: name(candidate.source)?,
                    neighbor: candidate.attributes.next_hop().address(),
                    as_path: candidate.attributes.read().as_path.to_string(),
                    weight: weight(candidate.source),
                })
            })
            .collect();
        next_hops.sort_by(|one, other| one.attachment.cmp(&other.attachment));
        let kind = if in_use.is_empty() { NextHopKind::Hidden } else { NextHopKind::Gateway };
        Self { prefix: prefix.into(), next_hop: kind(next_hops) }
    }
}
