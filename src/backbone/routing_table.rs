//! One family of a virtual network's routes, and the forwarding table that follows them.

use super::{
    choice::{self, Candidate},
    next_hops::{NextHopTable, NextHops},
};
use crate::{
    fib::{Address, Fib, NextHopId, Statistics},
    rib::{Prefix, Run, Source},
};
use prefix_trie::PrefixMap;
use std::collections::BTreeMap;

/// `routingWeight` of each attachment whose circuit is linked.
pub(super) type Weights = BTreeMap<Source, u16>;

/// The routes of one family, own address space included.
pub(super) struct RoutingTable<A: Address>
where
    A::Prefix: Prefix,
{
    routes: PrefixMap<A::Prefix, Slot>,
    fib: Fib<A>,
    next_hops: NextHopTable,
    space: Vec<A::Prefix>,
}

/// What is known of one prefix.
#[derive(Default)]
struct Slot {
    candidates: Vec<Candidate>,
    installed: Option<NextHopId>,
}

/// What stands in a routing table under one prefix.
pub(super) enum Entry<'a, P> {
    /// The network's own address space.
    Local(P),
    /// Learnt over ExpressRoute; `in_use` is empty where the network's own space hides the route.
    Learnt {
        /// The prefix.
        prefix: P,
        /// All routes to it.
        candidates: &'a [Candidate],
        /// The attachments that carry its traffic.
        in_use: Vec<Source>,
    },
}

impl<A: Address> RoutingTable<A>
where
    A::Prefix: Prefix,
{
    pub(super) fn new() -> Self {
        Self {
            routes: PrefixMap::new(),
            fib: Fib::new(),
            next_hops: NextHopTable::default(),
            space: Vec::new(),
        }
    }

    /// Applies what one attachment changed, and publishes the forwarding table once.
    pub(super) fn apply<'a, R>(&mut self, source: Source, runs: impl Fn() -> R, weights: &Weights)
    where
        R: Iterator<Item = Run<'a, A::Prefix>>,
    {
        for Run { prefixes, attributes } in runs() {
            for prefix in prefixes {
                let candidates = &mut self.routes.entry(*prefix).or_default().candidates;
                let held = candidates.iter_mut().find(|candidate| candidate.source == source);
                match (attributes, held) {
                    (Some(attributes), Some(candidate)) => candidate.attributes = attributes.clone(),
                    (Some(attributes), None) => {
                        candidates.push(Candidate { source, attributes: attributes.clone() });
                    }
                    (None, _) => candidates.retain(|candidate| candidate.source != source),
                }
            }
        }
        self.install(runs().flat_map(|run| run.prefixes.iter().copied()), weights);
    }

    /// Takes out all routes of an attachment.
    pub(super) fn remove_source(&mut self, source: Source, weights: &Weights) {
        let mut held = Vec::new();
        for (prefix, slot) in self.routes.iter_mut() {
            let before = slot.candidates.len();
            slot.candidates.retain(|candidate| candidate.source != source);
            if slot.candidates.len() < before {
                held.push(prefix);
            }
        }
        self.install(held, weights);
    }

    /// Replaces the network's own address space.
    pub(super) fn set_space(&mut self, space: Vec<A::Prefix>, weights: &Weights) {
        for prefix in &space {
            self.routes.entry(*prefix).or_default();
        }
        self.space = space;
        self.choose_all(weights);
    }

    /// Chooses again among all routes, as after a change of weights.
    pub(super) fn choose_all(&mut self, weights: &Weights) {
        let prefixes: Vec<A::Prefix> = self.routes.keys().collect();
        self.install(prefixes, weights);
    }

    /// Brings the forwarding table to what the routes of these prefixes now say.
    fn install(&mut self, prefixes: impl IntoIterator<Item = A::Prefix>, weights: &Weights) {
        let mut changes = Vec::new();
        for prefix in prefixes {
            let wanted = self.wanted(prefix, weights).and_then(|hops| self.next_hops.acquire(hops));
            let Some(slot) = self.routes.get_mut(&prefix) else { continue };
            let replaced = std::mem::replace(&mut slot.installed, wanted);
            if let Some(replaced) = replaced {
                self.next_hops.release(replaced);
            }
            if replaced != wanted {
                changes.push((prefix, wanted));
            }
            if slot.candidates.is_empty() && wanted.is_none() {
                self.routes.remove(&prefix);
            }
        }
        if !changes.is_empty() {
            self.fib.apply(changes);
        }
    }

    fn wanted(&self, prefix: A::Prefix, weights: &Weights) -> Option<NextHops> {
        if self.space.contains(&prefix) {
            return Some(NextHops::Local);
        }
        let sources = self.in_use(prefix, weights);
        (!sources.is_empty()).then(|| NextHops::Links(sources.into()))
    }

    /// The attachments in use for a prefix. None inside the network's own space: Azure prefers that even
    /// to a more specific route learnt over BGP (Azure: "Virtual network traffic routing").
    fn in_use(&self, prefix: A::Prefix, weights: &Weights) -> Vec<Source> {
        if self.space.iter().any(|space| prefix_trie::Prefix::contains(space, &prefix)) {
            return Vec::new();
        }
        choice::in_use(self.candidates(prefix), |source| weights.get(&source).copied().unwrap_or_default())
    }

    fn candidates(&self, prefix: A::Prefix) -> &[Candidate] {
        self.routes.get(&prefix).map_or(&[], |slot| &slot.candidates)
    }

    /// The entry that decides about an address, chosen by the forwarding table.
    pub(super) fn lookup(&self, address: A, weights: &Weights) -> Option<Entry<'_, A::Prefix>> {
        let (prefix, _) = self.fib.longest_match(address)?;
        Some(self.entry(prefix, weights))
    }

    /// The size of the forwarding table.
    pub(super) fn fib_statistics(&self) -> Statistics {
        self.fib.statistics()
    }

    fn entry(&self, prefix: A::Prefix, weights: &Weights) -> Entry<'_, A::Prefix> {
        if self.space.contains(&prefix) {
            return Entry::Local(prefix);
        }
        Entry::Learnt { prefix, candidates: self.candidates(prefix), in_use: self.in_use(prefix, weights) }
    }

    /// The entries in prefix order, from the one that follows `after`.
    pub(super) fn entries<'a>(
        &'a self,
        after: Option<A::Prefix>,
        weights: &'a Weights,
    ) -> impl Iterator<Item = Entry<'a, A::Prefix>> {
        let routes = match after {
            None => self.routes.iter(),
            Some(after) => self.routes.iter_from(&after, false),
        };
        routes.map(move |(prefix, _)| self.entry(prefix, weights))
    }
}
