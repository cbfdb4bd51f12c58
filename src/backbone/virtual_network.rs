//! One virtual network: its address space, the circuits it is linked to, the routes its gateway learns.

use super::routing_table::{RoutingTable, Weights};
use crate::rib::{Batch, Source};
use ipnet::IpNet;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A virtual network behind its gateway.
pub(super) struct VirtualNetwork {
    pub(super) ipv4: RoutingTable<Ipv4Addr>,
    pub(super) ipv6: RoutingTable<Ipv6Addr>,
    space: Vec<IpNet>,
    weights: Weights,
}

impl VirtualNetwork {
    pub(super) fn new() -> Self {
        Self {
            ipv4: RoutingTable::new(),
            ipv6: RoutingTable::new(),
            space: Vec::new(),
            weights: Weights::new(),
        }
    }

    pub(super) fn space(&self) -> &[IpNet] {
        &self.space
    }

    pub(super) fn weights(&self) -> &Weights {
        &self.weights
    }

    pub(super) fn is_linked(&self, source: Source) -> bool {
        self.weights.contains_key(&source)
    }

    /// Applies what a linked attachment changed.
    pub(super) fn apply(&mut self, source: Source, batch: &Batch) {
        self.ipv4.apply(source, || batch.runs(), &self.weights);
        self.ipv6.apply(source, || batch.runs(), &self.weights);
    }

    /// Replaces the address space.
    pub(super) fn set_space(&mut self, space: Vec<IpNet>) {
        if space == self.space {
            return;
        }
        let (mut ipv4, mut ipv6) = (Vec::new(), Vec::new());
        for net in &space {
            match net {
                IpNet::V4(net) => ipv4.push(*net),
                IpNet::V6(net) => ipv6.push(*net),
            }
        }
        self.ipv4.set_space(ipv4, &self.weights);
        self.ipv6.set_space(ipv6, &self.weights);
        self.space = space;
    }

    /// Links the attachments given, with their weights, and no others; routes of the others leave.
    ///
    /// Returns those that were not linked before.
    pub(super) fn set_weights(&mut self, weights: Weights) -> Vec<Source> {
        if weights == self.weights {
            return Vec::new();
        }
        let old = std::mem::replace(&mut self.weights, weights);
        for source in old.keys().filter(|source| !self.weights.contains_key(source)) {
            self.ipv4.remove_source(*source, &self.weights);
            self.ipv6.remove_source(*source, &self.weights);
        }
        self.ipv4.choose_all(&self.weights);
        self.ipv6.choose_all(&self.weights);
        self.weights.keys().filter(|source| !old.contains_key(source)).copied().collect()
    }

    /// Takes out all routes of an attachment that is no more.
    pub(super) fn forget(&mut self, source: Source) {
        if self.weights.remove(&source).is_some() {
            self.ipv4.remove_source(source, &self.weights);
            self.ipv6.remove_source(source, &self.weights);
        }
    }
}
