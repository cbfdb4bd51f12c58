//! `[lab] open_transit`: the routers as plain eBGP speakers that pass on every best route.

use super::choice::Candidate;
use crate::{
    rib::{self, Advertisement, Attributes, Change, Offer, PeerIdentity, Prefix, Source},
    wire::{Identifier, PathAttributes},
};
use prefix_trie::PrefixMap;
use std::net::IpAddr;

/// The best routes of one family, and the others that could take their place.
pub(super) struct TransitTable<P: Prefix> {
    routes: PrefixMap<P, Slot>,
}

#[derive(Default)]
struct Slot {
    /// Address space of a virtual network, which no learnt route replaces.
    own: Option<Attributes>,
    learnt: Vec<Candidate>,
}

struct Ranked<'a> {
    candidate: &'a Candidate,
    peer: PeerIdentity,
}

impl rib::Candidate for Ranked<'_> {
    fn preference(&self) -> u32 {
        0
    }

    fn attributes(&self) -> &PathAttributes {
        &self.candidate.attributes
    }

    fn identifier(&self) -> Identifier {
        self.peer.identifier
    }

    fn peer(&self) -> IpAddr {
        self.peer.address
    }
}

impl Slot {
    fn best(&self, peer: &impl Fn(Source) -> Option<PeerIdentity>) -> Option<Offer> {
        if let Some(own) = &self.own {
            return Some(Offer { source: None, attributes: own.clone() });
        }
        let best = match self.learnt.as_slice() {
            [] => return None,
            [only] => only,
            several => {
                let ranked: Vec<Ranked<'_>> = several
                    .iter()
                    .filter_map(|candidate| Some(Ranked { candidate, peer: peer(candidate.source)? }))
                    .collect();
                rib::best(&ranked)?.candidate
            }
        };
        Some(Offer { source: Some(best.source), attributes: best.attributes.clone() })
    }
}

impl<P: Prefix> TransitTable<P> {
    pub(super) fn new() -> Self {
        Self { routes: PrefixMap::new() }
    }

    /// Applies what one attachment changed and returns what is now to be advertised differently.
    pub(super) fn apply(
        &mut self,
        source: Source,
        changes: impl IntoIterator<Item = Change<P>>,
        peer: impl Fn(Source) -> Option<PeerIdentity>,
    ) -> Vec<Advertisement<P>> {
        let changes = changes.into_iter();
        let mut advertisements = Vec::with_capacity(changes.size_hint().0);
        for Change { prefix, attributes } in changes {
            let advertisement = self.change(prefix, &peer, |slot| {
                let held = slot.learnt.iter_mut().find(|candidate| candidate.source == source);
                match (attributes, held) {
                    (Some(attributes), Some(candidate)) => candidate.attributes = attributes,
                    (Some(attributes), None) => slot.learnt.push(Candidate { source, attributes }),
                    (None, _) => slot.learnt.retain(|candidate| candidate.source != source),
                }
            });
            advertisements.extend(advertisement);
        }
        advertisements
    }

    /// Takes out all routes of an attachment.
    pub(super) fn remove_source(
        &mut self,
        source: Source,
        peer: impl Fn(Source) -> Option<PeerIdentity>,
    ) -> Vec<Advertisement<P>> {
        let learnt = |slot: &Slot| slot.learnt.iter().any(|candidate| candidate.source == source);
        let held: Vec<P> =
            self.routes.iter().filter(|(_, slot)| learnt(slot)).map(|(prefix, _)| prefix).collect();
        self.apply(source, held.into_iter().map(|prefix| Change { prefix, attributes: None }), peer)
    }

    /// Sets or, with `None`, ends the origination of a prefix.
    pub(super) fn originate(
        &mut self,
        prefix: P,
        own: Option<Attributes>,
        peer: impl Fn(Source) -> Option<PeerIdentity>,
    ) -> Option<Advertisement<P>> {
        self.change(prefix, &peer, |slot| slot.own = own)
    }

    fn change(
        &mut self,
        prefix: P,
        peer: &impl Fn(Source) -> Option<PeerIdentity>,
        change: impl FnOnce(&mut Slot),
    ) -> Option<Advertisement<P>> {
        let slot = self.routes.entry(prefix).or_default();
        let before = slot.best(peer);
        change(slot);
        let offer = slot.best(peer);
        if slot.own.is_none() && slot.learnt.is_empty() {
            self.routes.remove(&prefix);
        }
        (before != offer).then_some(Advertisement { prefix, offer })
    }

    /// Every best route, in prefix order.
    pub(super) fn all(
        &self,
        peer: impl Fn(Source) -> Option<PeerIdentity>,
    ) -> impl Iterator<Item = Advertisement<P>> {
        self.routes.iter().map(move |(prefix, slot)| Advertisement { prefix, offer: slot.best(&peer) })
    }
}
