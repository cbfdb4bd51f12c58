//! What one peer announces, as it announces it (Adj-RIB-In, RFC 4271 section 3.2).

use super::{
    AttributesId, Interner, Prefix, PrefixTable,
    prefix_table::{Entry, Hashed},
};
use std::{convert::Infallible, mem};

/// The routes of one family that a peer has announced and not withdrawn.
///
/// Routes that policy refuses are held too, with the reason `R`: Azure's prefix limits count what the customer
/// announces, a changed policy is applied without asking the peer again, and `show routes` can say why a route is
/// missing. Where nothing is ever refused, that costs nothing.
#[derive(Debug)]
pub struct AdjIn<P: Prefix, R = Infallible> {
    routes: PrefixTable<P, AttributesId>,
    refused: PrefixTable<P, R>,
}

/// A route as received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received<R = Infallible> {
    /// What the peer sent, by its number in the interner of the peer's attachment.
    pub attributes: AttributesId,
    /// Why the route goes no further; `None` if it does.
    pub refused: Option<R>,
}

/// What an announcement came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Whether there is one prefix more.
    pub count: Count,
    /// What the tables behind this one must know.
    pub news: News,
}

/// Whether an announcement adds to the prefixes held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// The prefix was not held before.
    New,
    /// The route replaces one to the same prefix (RFC 4271 section 3.1).
    Again,
}

/// What is new for the tables behind an Adj-RIB-In.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Nothing.
    None,
    /// The route holds now.
    Route,
    /// The route that held does no longer.
    Withdrawal,
}

impl<P: Prefix, R: Copy> AdjIn<P, R> {
    /// No routes at all.
    pub fn new() -> Self {
        Self { routes: PrefixTable::new(), refused: PrefixTable::new() }
    }

    /// Has in the cache what announcing or withdrawing these prefixes will look at.
    pub fn foresee<N>(&self, prefixes: &[Hashed<P>], blocks: &Interner<N>) {
        blocks.foresee_release(self.routes.foresee(prefixes).copied());
    }

    /// Holds a route, in place of one to the same prefix; `refused` is policy's reason to keep it here.
    pub fn announce<N>(
        &mut self,
        prefix: impl Into<Hashed<P>>,
        attributes: AttributesId,
        refused: Option<R>,
        blocks: &mut Interner<N>,
    ) -> Announced {
        let prefix = prefix.into();
        blocks.hold(attributes, 1);
        let (count, same) = match self.routes.entry(prefix) {
            Entry::Vacant(place) => {
                place.insert(attributes);
                (Count::New, false)
            }
            Entry::Occupied(mut place) => {
                let last = mem::replace(place.get_mut(), attributes);
                blocks.release(last);
                (Count::Again, last == attributes)
            }
        };
        let was_refused = match refused {
            Some(reason) => self.refused.insert(prefix, reason).is_some(),
            None => !self.refused.is_empty() && self.refused.remove(prefix).is_some(),
        };
        let held = count == Count::Again && !was_refused;
        let news = match (held, refused.is_none()) {
            (true, true) if same => News::None,
            (_, true) => News::Route,
            (true, false) => News::Withdrawal,
            (false, false) => News::None,
        };
        Announced { count, news }
    }

    /// Lets a route go.
    pub fn withdraw<N>(&mut self, prefix: impl Into<Hashed<P>>, blocks: &mut Interner<N>) -> News {
        let prefix = prefix.into();
        let Some(attributes) = self.routes.remove(prefix) else { return News::None };
        blocks.release(attributes);
        if !self.refused.is_empty() && self.refused.remove(prefix).is_some() {
            return News::None;
        }
        News::Withdrawal
    }

    /// Lets everything go, as when the session is lost, and returns the prefixes that must now be withdrawn further on.
    ///
    /// The table is empty at once, whether the iterator is read at once, in portions as there is room, or never.
    pub fn clear<N>(&mut self, blocks: &mut Interner<N>) -> Lost<P, R> {
        let Self { routes, refused } = mem::take(self);
        for (_, attributes) in routes.iter() {
            blocks.release(*attributes);
        }
        Lost { routes: routes.into_iter(), refused }
    }

    /// Asks policy again about every route and returns the prefixes of those whose verdict has changed.
    pub fn judge_again(&mut self, mut judge: impl FnMut(P, AttributesId) -> Option<R>) -> Vec<(P, News)> {
        let mut changes = Vec::new();
        for (prefix, attributes) in self.routes.iter() {
            let before = self.refused.get(prefix).is_some();
            match judge(prefix, *attributes) {
                Some(reason) => drop(self.refused.insert(prefix, reason)),
                None => drop(self.refused.remove(prefix)),
            }
            match (before, self.refused.get(prefix).is_some()) {
                (true, false) => changes.push((prefix, News::Route)),
                (false, true) => changes.push((prefix, News::Withdrawal)),
                (true, true) | (false, false) => {}
            }
        }
        changes
    }

    /// The route to exactly this prefix.
    pub fn exact(&self, prefix: P) -> Option<Received<R>> {
        self.routes.get(prefix).map(|attributes| self.received(prefix, *attributes))
    }

    /// The longest prefix held that covers an address, refused or not.
    pub fn longest_match(&self, address: P::Address) -> Option<(P, Received<R>)> {
        let (prefix, attributes) = self.routes.longest_match(address)?;
        Some((prefix, self.received(prefix, *attributes)))
    }

    /// The prefixes of refused routes, in no order.
    pub fn refused_prefixes(&self) -> impl Iterator<Item = P> {
        self.refused.iter().map(|(prefix, _)| prefix)
    }

    /// All prefixes held, in no order.
    pub fn prefixes(&self) -> impl Iterator<Item = P> {
        self.routes.iter().map(|(prefix, _)| prefix)
    }

    /// The routes that are not refused, in no order.
    pub fn accepted(&self) -> impl Iterator<Item = (P, AttributesId)> {
        let refused = |prefix: P| !self.refused.is_empty() && self.refused.get(prefix).is_some();
        self.routes
            .iter()
            .filter(move |(prefix, _)| !refused(*prefix))
            .map(|(prefix, attributes)| (prefix, *attributes))
    }

    /// The number of prefixes held, refused ones included: what a prefix limit counts.
    pub fn len(&self) -> usize {
        self.routes.len()
    }

    /// True if no prefix is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of the prefixes held are refused.
    pub fn refused(&self) -> usize {
        self.refused.len()
    }

    fn received(&self, prefix: P, attributes: AttributesId) -> Received<R> {
        Received { attributes, refused: self.refused.get(prefix).copied() }
    }
}

impl<P: Prefix, R> Default for AdjIn<P, R> {
    fn default() -> Self {
        Self { routes: PrefixTable::new(), refused: PrefixTable::new() }
    }
}

/// The prefixes that a lost session leaves to be withdrawn; refused ones never went anywhere.
#[derive(Debug)]
pub struct Lost<P: Prefix, R> {
    routes: hashbrown::hash_table::IntoIter<(P, AttributesId)>,
    refused: PrefixTable<P, R>,
}

impl<P: Prefix, R> Iterator for Lost<P, R> {
    type Item = P;

    fn next(&mut self) -> Option<P> {
        let Self { routes, refused } = self;
        routes.map(|(prefix, _)| prefix).find(|prefix| refused.is_empty() || refused.get(*prefix).is_none())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.routes.size_hint().1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rib::testing::{attributes, ipv4};
    use ipnet::Ipv4Net;
    use proptest::{collection::vec, option, prelude::*};
    use std::collections::{BTreeMap, BTreeSet};

    type Table = AdjIn<Ipv4Net, &'static str>;
    type Model = BTreeMap<Ipv4Net, Received<&'static str>>;

    const REFUSED: Option<&str> = Some("refused");

    fn announce(table: &mut Table, blocks: &mut Interner, number: u32, refused: Option<&'static str>) {
        let id = blocks.adopt(&attributes(number), || ());
        table.announce(ipv4(number), id, refused, blocks);
    }

    fn accepted(model: &Model) -> BTreeSet<Ipv4Net> {
        model.iter().filter(|(_, route)| route.refused.is_none()).map(|(prefix, _)| *prefix).collect()
    }

    /// What the tables behind know, fed by news.
    fn apply(known: &mut BTreeMap<Ipv4Net, AttributesId>, prefix: Ipv4Net, id: AttributesId, news: News) {
        match news {
            News::None => {}
            News::Route => assert_ne!(known.insert(prefix, id), Some(id), "{prefix}: news are new"),
            News::Withdrawal => assert!(known.remove(&prefix).is_some(), "{prefix}: news are new"),
        }
    }

    proptest! {
        #[test]
        fn behaves_like_an_ordered_map(
            steps in vec((0u32..30, option::weighted(0.7, (0u32..4, any::<bool>()))), 0..300),
        ) {
            let (mut table, mut blocks) = (Table::new(), Interner::<()>::default());
            let (mut model, mut known) = (Model::new(), BTreeMap::new());
            for (prefix, step) in steps {
                let prefix = ipv4(prefix);
                let id = blocks.adopt(&attributes(step.map_or(0, |(number, _)| number)), || ());
                if let Some((_, refuse)) = step {
                    let refused = REFUSED.filter(|_| refuse);
                    let announced = table.announce(prefix, id, refused, &mut blocks);
                    let before = model.insert(prefix, Received { attributes: id, refused });
                    let count = if before.is_some() { Count::Again } else { Count::New };
                    prop_assert_eq!(announced.count, count);
                    apply(&mut known, prefix, id, announced.news);
                } else {
                    model.remove(&prefix);
                    apply(&mut known, prefix, id, table.withdraw(prefix, &mut blocks));
                }
                prop_assert_eq!(table.len(), model.len());
                prop_assert_eq!(table.exact(prefix), model.get(&prefix).copied());
                prop_assert_eq!(table.refused(), model.len() - accepted(&model).len());
            }
            let (mut all, mut refused): (Vec<_>, Vec<_>) =
                (table.prefixes().collect(), table.refused_prefixes().collect());
            all.sort_unstable();
            refused.sort_unstable();
            prop_assert!(all.iter().eq(model.keys()));
            let of_model = model.iter().filter(|(_, route)| route.refused.is_some());
            prop_assert!(refused.iter().eq(of_model.map(|(prefix, _)| prefix)));
            prop_assert!(known.keys().eq(&accepted(&model)));
            let mut left: Vec<_> = table.accepted().map(|(prefix, _)| prefix).collect();
            left.sort_unstable();
            prop_assert!(left.iter().eq(&accepted(&model)));
            let mut lost: Vec<_> = table.clear(&mut blocks).collect();
            lost.sort_unstable();
            prop_assert!(lost.iter().eq(&accepted(&model)));
            prop_assert_eq!((table.len(), table.refused()), (0, 0));
            blocks.sweep();
            prop_assert!(blocks.is_empty(), "every route gave its block back");
        }
    }

    #[test]
    fn the_table_is_empty_before_the_lost_routes_are_read() {
        let (mut table, mut blocks) = (Table::new(), Interner::default());
        announce(&mut table, &mut blocks, 1, None);
        announce(&mut table, &mut blocks, 2, REFUSED);
        let lost = table.clear(&mut blocks);
        assert!(table.is_empty());
        announce(&mut table, &mut blocks, 3, None);
        assert_eq!(lost.collect::<Vec<_>>(), [ipv4(1)]);
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn a_new_policy_reports_only_what_it_changes() {
        let (mut table, mut blocks) = (Table::new(), Interner::default());
        for number in 0..6 {
            announce(&mut table, &mut blocks, number, REFUSED.filter(|_| number < 3));
        }
        let mut changes =
            table.judge_again(|prefix, _| REFUSED.filter(|_| ![ipv4(1), ipv4(4)].contains(&prefix)));
        changes.sort_unstable_by_key(|(prefix, _)| *prefix);
        let expected = [(1, News::Route), (3, News::Withdrawal), (5, News::Withdrawal)];
        let mut expected = expected.map(|(number, news)| (ipv4(number), news));
        expected.sort_unstable_by_key(|(prefix, _)| *prefix);
        assert_eq!(changes, expected);
        assert_eq!((table.refused(), table.len()), (4, 6));
    }
}
