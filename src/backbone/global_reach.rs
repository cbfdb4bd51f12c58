//! ExpressRoute Global Reach: what one circuit's customers announce is sent to another circuit, and not any further
//! (Azure: "About ExpressRoute Global Reach").
//!
//! Each circuit has a table of what its partners' attachments have announced. Only learnt routes enter it, so that X–Y
//! and Y–Z do not give X–Z.

use super::{
    choice::{Candidate, in_use},
    task::Backbone,
};
use crate::{
    azure::{CircuitName, PeeringKind},
    rib::{Advertisement, Advertisements, Attributes, Batch, Change, Downlink, Offer, Prefix, Source},
};
use ipnet::{Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// The partners of each circuit that has any; partnership is mutual.
pub type Partners = BTreeMap<CircuitName, BTreeSet<CircuitName>>;

/// What a circuit learns from its partners.
#[derive(Default)]
pub(super) struct Incoming {
    ipv4: Learnt<Ipv4Net>,
    ipv6: Learnt<Ipv6Net>,
}

/// The routes of one family; of several to a prefix the one with the shortest AS_PATH is sent.
struct Learnt<P: Prefix>(PrefixMap<P, Vec<Candidate>>);

impl<P: Prefix> Default for Learnt<P> {
    fn default() -> Self {
        Self(PrefixMap::new())
    }
}

impl<P: Prefix> Learnt<P> {
    /// Applies what one attachment changed and returns what is now to be sent differently.
    fn apply(&mut self, source: Source, changes: impl Iterator<Item = Change<P>>) -> Vec<Advertisement<P>> {
        changes.filter_map(|Change { prefix, attributes }| self.change(prefix, source, attributes)).collect()
    }

    fn change(
        &mut self,
        prefix: P,
        source: Source,
        attributes: Option<Attributes>,
    ) -> Option<Advertisement<P>> {
        let candidates = self.0.entry(prefix).or_default();
        let before = best(candidates);
        candidates.retain(|candidate| candidate.source != source);
        candidates.extend(attributes.map(|attributes| Candidate { source, attributes }));
        let offer = best(candidates);
        if candidates.is_empty() {
            self.0.remove(&prefix);
        }
        (before != offer).then_some(Advertisement { prefix, offer })
    }

    fn remove_source(&mut self, source: Source) -> Vec<Advertisement<P>> {
        let theirs = |candidates: &[Candidate]| candidates.iter().any(|candidate| candidate.source == source);
        let held: Vec<P> =
            self.0.iter().filter(|(_, candidates)| theirs(candidates)).map(|(prefix, _)| prefix).collect();
        self.apply(source, held.into_iter().map(|prefix| Change { prefix, attributes: None }))
    }

    fn all(&self) -> Vec<Advertisement<P>> {
        let advertisement =
            |(prefix, candidates): (P, &Vec<Candidate>)| Advertisement { prefix, offer: best(candidates) };
        self.0.iter().map(advertisement).collect()
    }
}

fn best(candidates: &[Candidate]) -> Option<Offer> {
    let chosen = in_use(candidates, |_| 0).into_iter().next()?;
    let candidate = candidates.iter().find(|candidate| candidate.source == chosen)?;
    Some(Offer { source: Some(chosen), attributes: candidate.attributes.clone() })
}

impl Backbone {
    /// The attachments of a circuit that Global Reach concerns.
    fn private_of(&self, circuit: &CircuitName) -> Vec<Source> {
        let ours = self.attached.iter().filter(|(_, attached)| {
            attached.id.circuit == *circuit && attached.id.kind == PeeringKind::Private
        });
        ours.map(|(source, _)| *source).collect()
    }

    /// Passes on what an attachment has changed to the partners of its circuit.
    pub(super) async fn reach_out(&mut self, source: Source, batch: &Batch) {
        for partner in self.partners_of(source) {
            let Some(incoming) = self.reach.get_mut(&partner) else { continue };
            let news = Advertisements {
                ipv4: incoming.ipv4.apply(source, plain(batch.changes())),
                ipv6: incoming.ipv6.apply(source, plain(batch.changes())),
            };
            self.tell(&partner, news).await;
        }
    }

    /// Takes back from the partners what an attachment has announced.
    pub(super) async fn reach_no_more(&mut self, source: Source) {
        for partner in self.partners_of(source) {
            self.forget(&partner, source).await;
        }
    }

    /// Brings the tables to other partnerships; whoever is new to a circuit is asked for its routes once more.
    pub(super) async fn set_partners(&mut self, partners: Partners) {
        let before = std::mem::replace(&mut self.partners, partners);
        let none = BTreeSet::new();
        let circuits: BTreeSet<CircuitName> = before.keys().chain(self.partners.keys()).cloned().collect();
        for circuit in circuits {
            let old = before.get(&circuit).unwrap_or(&none);
            let new = self.partners.get(&circuit).cloned().unwrap_or_default();
            for gone in old.difference(&new) {
                for source in self.private_of(gone) {
                    self.forget(&circuit, source).await;
                }
            }
            if new.is_empty() {
                self.reach.remove(&circuit);
                continue;
            }
            self.reach.entry(circuit).or_default();
            for added in new.difference(old) {
                for source in self.private_of(added) {
                    self.send(source, Downlink::Refresh).await;
                }
            }
        }
    }

    /// Sends an attachment all that its circuit has from its partners.
    pub(super) async fn reach_again(&self, source: Source) {
        let Some(attached) = self.attached.get(&source) else { return };
        let Some(incoming) = self.reach.get(&attached.id.circuit) else { return };
        if attached.id.kind != PeeringKind::Private {
            return;
        }
        let mut table = Advertisements { ipv4: incoming.ipv4.all(), ipv6: incoming.ipv6.all() };
        table.ipv4.retain(|route| !attached.advertised.contains_key(&route.prefix.into()));
        table.ipv6.retain(|route| !attached.advertised.contains_key(&route.prefix.into()));
        for portion in table.portions() {
            self.send(source, Downlink::Routes(Arc::new(portion))).await;
        }
    }

    async fn forget(&mut self, circuit: &CircuitName, source: Source) {
        let Some(incoming) = self.reach.get_mut(circuit) else { return };
        let lost = Advertisements {
            ipv4: incoming.ipv4.remove_source(source),
            ipv6: incoming.ipv6.remove_source(source),
        };
        self.tell(circuit, lost).await;
    }

    fn partners_of(&self, source: Source) -> Vec<CircuitName> {
        let private = self.attached.get(&source).filter(|attached| attached.id.kind == PeeringKind::Private);
        let partners = private.and_then(|attached| self.partners.get(&attached.id.circuit));
        partners.into_iter().flatten().cloned().collect()
    }

    /// Tells the attachments of a circuit; what a virtual network of theirs uses is none of Global Reach's.
    async fn tell(&self, circuit: &CircuitName, mut news: Advertisements) {
        let sources = self.private_of(circuit);
        if let Some(attached) = sources.first().and_then(|source| self.attached.get(source)) {
            news.ipv4.retain(|route| !attached.advertised.contains_key(&route.prefix.into()));
            news.ipv6.retain(|route| !attached.advertised.contains_key(&route.prefix.into()));
        }
        for portion in news.portions() {
            let portion = Arc::new(portion);
            for source in &sources {
                self.send(*source, Downlink::Routes(Arc::clone(&portion))).await;
            }
        }
    }
}

/// The changes without the customer's communities, which Azure does not pass on.
fn plain<P>(changes: impl Iterator<Item = Change<P>>) -> impl Iterator<Item = Change<P>> {
    let mut made: HashMap<Attributes, Attributes> = HashMap::new();
    changes.map(move |Change { prefix, attributes }| {
        let attributes = attributes.map(|attributes| {
            let stripped = || {
                let mut plain = attributes.read();
                plain.communities = Box::default();
                Attributes::from(&plain)
            };
            made.entry(attributes.clone()).or_insert_with(stripped).clone()
        });
        Change { prefix, attributes }
    })
}
