//! The best routes of one family, and the others that could take their place.

use crate::{
    rib::{
        self, Ahead, Attributes, AttributesId, Batch, Entry, Hashed, Interner, PeerIdentity, Prefix,
        PrefixTable, Reach, Run, Source,
    },
    wire::{Identifier, Role},
};
use std::{collections::BTreeMap, net::IpAddr};

/// A route to a prefix: where it was learnt, and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) source: Source,
    pub(super) attributes: AttributesId,
}

/// What is now to be told about a prefix, and to whom something was told before.
#[derive(Clone, Copy, Debug)]
pub(super) struct News<P> {
    pub(super) prefix: P,
    /// Where the route was learnt that has been told so far, and how far.
    pub(super) before: Option<(Source, Reach)>,
    /// What is to be told, and how far.
    pub(super) now: Option<(Route, Reach)>,
}

/// One of those who are told: never its own routes, and not what our role to it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hearer {
    pub(super) source: Source,
    pub(super) role: Option<Role>,
}

impl Hearer {
    fn hears(self, source: Source, reach: Reach) -> bool {
        source != self.source && reach.includes(self.role)
    }
}

/// What one listener is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    Nothing,
    Withdrawal,
    Route(AttributesId),
}

impl<P> News<P> {
    /// What those of a role are told from whom no route of these news came.
    pub(super) fn for_all(&self, role: Option<Role>) -> Telling {
        self.telling(|_, reach| reach.includes(role))
    }

    /// What one of them is told.
    pub(super) fn for_one(&self, hearer: Hearer) -> Telling {
        self.telling(|source, reach| hearer.hears(source, reach))
    }

    fn telling(&self, hears: impl Fn(Source, Reach) -> bool) -> Telling {
        match (self.before, self.now) {
            (_, Some((route, reach))) if hears(route.source, reach) => Telling::Route(route.attributes),
            (Some((source, reach)), _) if hears(source, reach) => Telling::Withdrawal,
            _ => Telling::Nothing,
        }
    }

    /// By how much it changes how many routes of which source are told, and how far.
    fn counts(&self) -> impl Iterator<Item = (isize, Source, Reach)> {
        let before = self.before.map(|(source, reach)| (-1, source, reach));
        let now = self.now.map(|(route, reach)| (1, route.source, reach));
        before.into_iter().chain(now)
    }
}

/// All routes of one family.
pub(super) struct TransitTable<P: Prefix> {
    slots: PrefixTable<P, Slot>,
    /// Routes that are not the best, prefix by prefix; few prefixes have more than one.
    others: PrefixTable<P, Vec<Route>>,
    /// What is noted for a block: which external peers may be told of its routes.
    blocks: Interner<Reach>,
    /// Best routes that may be told, and how many of them came from whom.
    told: Told,
    told_by: BTreeMap<Source, Told>,
}

/// How many routes are told.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Told {
    /// Those for customers alone included.
    all: isize,
    for_customers: isize,
}

impl Told {
    fn add(&mut self, count: isize, reach: Reach) {
        self.all += count;
        if reach == Reach::Customers {
            self.for_customers += count;
        }
    }

    fn to(self, role: Option<Role>) -> isize {
        if Reach::Customers.includes(role) { self.all } else { self.all - self.for_customers }
    }
}

/// The best route to a prefix.
#[derive(Clone, Copy)]
struct Slot {
    best: Route,
    /// Noted here as well as for the block, so that the block need not be looked at.
    reach: Reach,
    others: Others,
}

impl Slot {
    /// The route and how far it goes, if any external peer may be told of it.
    fn told(&self) -> Option<(Route, Reach)> {
        (self.reach != Reach::Inside).then_some((self.best, self.reach))
    }

    /// The route, if that one may be told of it.
    fn told_to(&self, hearer: Hearer) -> Option<Route> {
        hearer.hears(self.best.source, self.reach).then_some(self.best)
    }
}

/// Whether a prefix has routes that are not the best.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    None,
    Some,
}

struct Ranked<'a> {
    route: Route,
    attributes: &'a Attributes,
    peer: PeerIdentity,
}

impl rib::Candidate for Ranked<'_> {
    fn preference(&self) -> u32 {
        0
    }

    fn attributes(&self) -> &Attributes {
        self.attributes
    }

    fn identifier(&self) -> Identifier {
        self.peer.identifier
    }

    fn peer(&self) -> IpAddr {
        self.peer.address
    }
}

impl<P: Prefix> TransitTable<P> {
    pub(super) fn new() -> Self {
        Self {
            slots: PrefixTable::new(),
            others: PrefixTable::new(),
            blocks: Interner::default(),
            told: Told::default(),
            told_by: BTreeMap::new(),
        }
    }

    /// The attributes of a route in the table.
    pub(super) fn attributes(&self, id: AttributesId) -> Option<&Attributes> {
        self.blocks.attributes(id)
    }

    /// How many prefixes somebody is to be told of: those whose best route is not its own, and goes so far.
    pub(super) fn told_to(&self, hearer: Hearer) -> usize {
        let own = self.told_by.get(&hearer.source).copied().unwrap_or_default();
        (self.told.to(hearer.role) - own.to(hearer.role)).unsigned_abs()
    }

    /// The number of prefixes.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Applies what one attachment changed, and appends what is now to be told differently.
    ///
    /// News name blocks of attributes by their numbers, which hold until the next changes are applied.
    pub(super) fn apply<'a>(
        &mut self,
        source: Source,
        runs: impl Iterator<Item = Run<'a, P>> + Clone,
        peer: impl Fn(Source) -> Option<PeerIdentity>,
        news: &mut Vec<News<P>>,
    ) {
        self.blocks.examine(runs.clone().count());
        self.blocks.foresee_look_up(runs.clone().filter_map(|run| run.attributes));
        let mut ahead = Ahead::new(runs.clone().flat_map(|run| run.prefixes).copied());
        let first = news.len();
        for Run { prefixes, attributes } in runs {
            let announced = attributes.map(|attributes| {
                let reach = attributes.reach();
                (Route { source, attributes: self.blocks.adopt(attributes, || reach) }, reach)
            });
            for _ in prefixes {
                let Some(prefix) = ahead.next(|group| self.foresee(group)) else { break };
                match announced {
                    Some((route, reach)) => self.announce(prefix, route, reach, &peer, news),
                    None => self.withdraw(prefix, source, &peer, news),
                }
            }
        }
        self.count(news.get(first..).unwrap_or_default());
    }

    /// Has in the cache what is looked up for prefixes.
    fn foresee(&self, prefixes: &[Hashed<P>]) {
        self.blocks.foresee_release(self.slots.foresee(prefixes).map(|slot| slot.best.attributes));
    }

    /// Takes out all routes of an attachment.
    pub(super) fn remove_source(
        &mut self,
        source: Source,
        peer: impl Fn(Source) -> Option<PeerIdentity>,
        news: &mut Vec<News<P>>,
    ) {
        let best = self.slots.iter().filter(|(_, slot)| slot.best.source == source).map(|(prefix, _)| prefix);
        let among = |routes: &[Route]| routes.iter().any(|route| route.source == source);
        let others = self.others.iter().filter(|(_, routes)| among(routes)).map(|(prefix, _)| prefix);
        let held: Vec<P> = best.chain(others).collect();
        for prefixes in held.chunks(Batch::ROOM) {
            self.apply(source, std::iter::once(Run { prefixes, attributes: None }), &peer, news);
        }
    }

    /// Originates a prefix, which no learnt route replaces, or with `None` no longer.
    pub(super) fn originate(
        &mut self,
        prefix: P,
        own: Option<&Attributes>,
        peer: impl Fn(Source) -> Option<PeerIdentity>,
        news: &mut Vec<News<P>>,
    ) {
        let run = Run { prefixes: &[prefix], attributes: own };
        self.apply(Source::OWN, std::iter::once(run), peer, news);
    }

    /// What somebody is to be told about a prefix as it stands.
    pub(super) fn told(&self, prefix: P, hearer: Hearer) -> Option<Route> {
        self.slots.get(prefix).and_then(|slot| slot.told_to(hearer))
    }

    /// Every prefix that there is something to tell anybody about, those with the same attributes one after the other.
    pub(super) fn prefixes(&self) -> Vec<P> {
        let told = self.slots.iter().filter_map(|(prefix, slot)| Some((slot.told()?.0.attributes, prefix)));
        let mut all: Vec<(AttributesId, P)> = told.collect();
        all.sort_unstable_by_key(|(attributes, _)| *attributes);
        all.into_iter().map(|(_, prefix)| prefix).collect()
    }

    /// The prefixes that somebody is told of, in no order.
    pub(super) fn prefixes_told_to(&self, hearer: Hearer) -> Vec<P> {
        let told = self.slots.iter().filter(|(_, slot)| slot.told_to(hearer).is_some());
        let mut prefixes = Vec::with_capacity(self.len());
        prefixes.extend(told.map(|(prefix, _)| prefix));
        prefixes
    }

    fn announce(
        &mut self,
        prefix: Hashed<P>,
        route: Route,
        reach: Reach,
        peer: &impl Fn(Source) -> Option<PeerIdentity>,
        news: &mut Vec<News<P>>,
    ) {
        self.blocks.hold(route.attributes, 1);
        let now = Slot { best: route, reach, others: Others::None };
        let slot = match self.slots.entry(prefix) {
            Entry::Vacant(place) => {
                place.insert(now);
                return changed(prefix.prefix(), None, Some(now), news);
            }
            Entry::Occupied(place) => place.into_mut(),
        };
        let before = *slot;
        if before.others == Others::None && before.best.source == route.source {
            *slot = now;
            self.blocks.release(before.best.attributes);
            return changed(prefix.prefix(), Some(before), Some(now), news);
        }
        let others = match self.others.entry(prefix) {
            Entry::Vacant(place) => place.insert(Vec::new()),
            Entry::Occupied(place) => place.into_mut(),
        };
        others.push(before.best);
        if let Some(held) = others.iter_mut().find(|held| held.source == route.source) {
            let last = std::mem::replace(held, route);
            self.blocks.release(last.attributes);
        } else {
            others.push(route);
        }
        self.choose(prefix, before, peer, news);
    }

    fn withdraw(
        &mut self,
        prefix: Hashed<P>,
        source: Source,
        peer: &impl Fn(Source) -> Option<PeerIdentity>,
        news: &mut Vec<News<P>>,
    ) {
        let Entry::Occupied(mut place) = self.slots.entry(prefix) else { return };
        let before = *place.get_mut();
        if before.others == Others::None {
            if before.best.source == source {
                place.remove();
                self.blocks.release(before.best.attributes);
                changed(prefix.prefix(), Some(before), None, news);
            }
            return;
        }
        let Some(others) = self.others.get_mut(prefix) else { return };
        others.push(before.best);
        if let Some(position) = others.iter().position(|held| held.source == source) {
            let gone = others.swap_remove(position);
            self.blocks.release(gone.attributes);
        }
        self.choose(prefix, before, peer, news);
    }

    /// Takes the best of a prefix's routes out of `others`, where all of them stand for the moment.
    fn choose(
        &mut self,
        prefix: Hashed<P>,
        before: Slot,
        peer: &impl Fn(Source) -> Option<PeerIdentity>,
        news: &mut Vec<News<P>>,
    ) {
        let Some(routes) = self.others.get_mut(prefix) else { return };
        let Some(best) = best_of(routes, &self.blocks, peer) else { return };
        routes.retain(|route| route.source != best.source);
        let others = if routes.is_empty() { Others::None } else { Others::Some };
        if others == Others::None {
            self.others.remove(prefix);
        }
        let reach = self.blocks.note(best.attributes).copied().unwrap_or(Reach::Inside);
        let now = Slot { best, reach, others };
        if let Some(slot) = self.slots.get_mut(prefix) {
            *slot = now;
        }
        changed(prefix.prefix(), Some(before), Some(now), news);
    }

    /// Brings the counts up to date.
    fn count(&mut self, news: &[News<P>]) {
        // Most news are about routes of one source.
        let (mut source, mut of_source) = (Source::OWN, Told::default());
        for (count, counted, reach) in news.iter().flat_map(News::counts) {
            if counted != source {
                add(&mut self.told_by, source, std::mem::take(&mut of_source));
                source = counted;
            }
            of_source.add(count, reach);
            self.told.add(count, reach);
        }
        add(&mut self.told_by, source, of_source);
    }
}

/// Appends what is news for others.
fn changed<P>(prefix: P, before: Option<Slot>, now: Option<Slot>, news: &mut Vec<News<P>>) {
    let best = |slot: Option<Slot>| slot.map(|slot| slot.best);
    if best(before) != best(now) {
        let told = |slot: Option<Slot>| slot.and_then(|slot| slot.told());
        let before = told(before).map(|(route, reach)| (route.source, reach));
        news.push(News { prefix, before, now: told(now) });
    }
}

/// Adds to the count of a source.
fn add(counts: &mut BTreeMap<Source, Told>, source: Source, count: Told) {
    let sum = counts.entry(source).or_default();
    sum.all += count.all;
    sum.for_customers += count.for_customers;
    if *sum == Told::default() {
        counts.remove(&source);
    }
}

/// The best of some routes, at least one: the backbone's own, else the one that RFC 4271 section 9.1.2.2 chooses.
fn best_of(
    routes: &[Route],
    blocks: &Interner<Reach>,
    peer: &impl Fn(Source) -> Option<PeerIdentity>,
) -> Option<Route> {
    let own = routes.iter().find(|route| route.source == Source::OWN);
    let learnt = || {
        let ranked: Vec<Ranked<'_>> = routes
            .iter()
            .filter_map(|route| {
                let attributes = blocks.attributes(route.attributes)?;
                Some(Ranked { route: *route, attributes, peer: peer(route.source)? })
            })
            .collect();
        rib::best(&ranked).map(|best| best.route)
    };
    own.copied().or_else(learnt).or_else(|| routes.first().copied())
}
