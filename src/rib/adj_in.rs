//! What one peer announces, as it announces it (Adj-RIB-In, RFC 4271 section 3.2).

use super::{Attributes, Change, Prefix};
use prefix_trie::{PrefixMap, map::IntoIter};
use std::{convert::Infallible, mem};

/// The routes of one family that a peer has announced and not withdrawn.
///
/// Routes that policy refuses are held too, with the reason `R`: Azure's prefix limits count what the customer
/// announces, a changed policy is applied without asking the peer again, and `show routes` can say why a route is
/// missing. Where nothing is ever refused, `R` stays [`Infallible`] and costs nothing.
#[derive(Debug)]
pub struct AdjIn<P: Prefix, R = Infallible> {
    routes: PrefixMap<P, Received<R>>,
    refused: usize,
}

/// A route as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received<R = Infallible> {
    /// What the peer sent.
    pub attributes: Attributes,
    /// Why the route goes no further; `None` if it does.
    pub refused: Option<R>,
}

/// What an announcement came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced<P> {
    /// Whether there is one prefix more.
    pub count: Count,
    /// What the tables behind this one must know, if it makes a difference to them.
    pub change: Option<Change<P>>,
}

/// Whether an announcement adds to the prefixes held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// The prefix was not held before.
    New,
    /// The route replaces one to the same prefix (RFC 4271 section 3.1).
    Again,
}

impl<P: Prefix, R: PartialEq> AdjIn<P, R> {
    /// No routes at all.
    pub fn new() -> Self {
        Self { routes: PrefixMap::new(), refused: 0 }
    }

    /// Holds a route, in place of one to the same prefix; `refused` is policy's reason to keep it here.
    pub fn announce(&mut self, prefix: P, attributes: Attributes, refused: Option<R>) -> Announced<P> {
        let next = refused.is_none().then(|| attributes.clone());
        self.refused += usize::from(refused.is_some());
        let (count, last) = match self.routes.insert(prefix, Received { attributes, refused }) {
            None => (Count::New, None),
            Some(last) => (Count::Again, self.released(last)),
        };
        Announced { count, change: (last != next).then_some(Change { prefix, attributes: next }) }
    }

    /// Lets a route go; the change to pass on, if the route had gone any further than here.
    pub fn withdraw(&mut self, prefix: P) -> Option<Change<P>> {
        let last = self.routes.remove(&prefix)?;
        self.released(last).map(|_| Change { prefix, attributes: None })
    }

    /// Lets everything go, as when the session is lost, and returns the prefixes that must now be withdrawn further on.
    ///
    /// The table is empty at once, whether the iterator is read at once, in portions as there is room, or never.
    pub fn clear(&mut self) -> Lost<P, R> {
        Lost(mem::take(self).routes.into_iter())
    }

    /// Asks policy again about every route and returns, in prefix order, the changes to pass on.
    pub fn judge_again(&mut self, mut judge: impl FnMut(P, &Attributes) -> Option<R>) -> Vec<Change<P>> {
        let mut changes = Vec::new();
        self.refused = 0;
        for (prefix, route) in self.routes.iter_mut() {
            let refused = judge(prefix, &route.attributes);
            self.refused += usize::from(refused.is_some());
            if refused.is_none() != route.refused.is_none() {
                let attributes = refused.is_none().then(|| route.attributes.clone());
                changes.push(Change { prefix, attributes });
            }
            route.refused = refused;
        }
        changes
    }

    /// The route to exactly this prefix.
    pub fn exact(&self, prefix: P) -> Option<&Received<R>> {
        self.routes.get(&prefix)
    }

    /// The longest prefix held that covers an address, refused or not.
    pub fn longest_match(&self, address: P::Address) -> Option<(P, &Received<R>)> {
        self.routes.get_lpm(&P::host(address))
    }

    /// The routes in prefix order, from the one that follows `after`; a page is as many as the reader takes.
    pub fn routes_after(&self, after: Option<P>) -> impl Iterator<Item = (P, &Received<R>)> {
        match after {
            None => self.routes.iter(),
            Some(prefix) => self.routes.iter_from(&prefix, false),
        }
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
        self.refused
    }

    /// What a route that is no longer held had announced further on.
    fn released(&mut self, route: Received<R>) -> Option<Attributes> {
        let accepted = route.refused.is_none();
        self.refused -= usize::from(!accepted);
        accepted.then_some(route.attributes)
    }
}

impl<P: Prefix, R> Default for AdjIn<P, R> {
    fn default() -> Self {
        Self { routes: PrefixMap::new(), refused: 0 }
    }
}

/// The prefixes that a lost session leaves to be withdrawn, in prefix order; refused ones never went anywhere.
pub struct Lost<P: Prefix, R>(IntoIter<P, Received<R>>);

impl<P: Prefix, R> Iterator for Lost<P, R> {
    type Item = P;

    fn next(&mut self) -> Option<P> {
        self.0.by_ref().find(|(_, route)| route.refused.is_none()).map(|(prefix, _)| prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rib::testing::{attributes, ipv4};
    use ipnet::Ipv4Net;
    use proptest::{collection::vec, option, prelude::*};
    use std::{collections::BTreeMap, net::Ipv4Addr};

    type Table = AdjIn<Ipv4Net, &'static str>;

    const REFUSED: Option<&str> = Some("refused");

    /// What the tables behind know, fed by changes.
    fn apply(known: &mut BTreeMap<Ipv4Net, Attributes>, change: Option<Change<Ipv4Net>>) {
        let Some(Change { prefix, attributes }) = change else { return };
        let before = known.get(&prefix).cloned();
        assert_ne!(before, attributes, "{prefix}: a change changes something");
        match attributes {
            Some(attributes) => known.insert(prefix, attributes),
            None => known.remove(&prefix),
        };
    }

    proptest! {
        #[test]
        fn behaves_like_an_ordered_map(
            steps in vec((0u32..30, option::weighted(0.7, (0u32..4, any::<bool>()))), 0..300),
        ) {
            let mut table = Table::new();
            let mut model: BTreeMap<Ipv4Net, Received<&str>> = BTreeMap::new();
            let mut known = BTreeMap::new();
            for (prefix, step) in steps {
                let prefix = ipv4(prefix);
                if let Some((number, refuse)) = step {
                    let refused = REFUSED.filter(|_| refuse);
                    let announced = table.announce(prefix, attributes(number), refused);
                    let before = model.insert(prefix, Received { attributes: attributes(number), refused });
                    let count = if before.is_some() { Count::Again } else { Count::New };
                    prop_assert_eq!(announced.count, count);
                    apply(&mut known, announced.change);
                } else {
                    model.remove(&prefix);
                    apply(&mut known, table.withdraw(prefix));
                }
                prop_assert_eq!(table.len(), model.len());
                prop_assert_eq!(table.exact(prefix), model.get(&prefix));
                let refused = model.values().filter(|route| route.refused.is_some()).count();
                prop_assert_eq!(table.refused(), refused);
            }
            let routes: Vec<_> = table.routes_after(None).map(|(prefix, route)| (prefix, route.clone())).collect();
            prop_assert_eq!(&routes, &model.clone().into_iter().collect::<Vec<_>>());
            if let Some((middle, _)) = routes.get(routes.len() / 2) {
                let rest = table.routes_after(Some(*middle)).map(|(prefix, _)| prefix);
                prop_assert!(rest.eq(model.keys().copied().filter(|prefix| prefix > middle)));
            }
            for (prefix, _) in &routes {
                let address = prefix.broadcast();
                let covering = model.iter().filter(|(prefix, _)| prefix.contains(&address));
                let longest = covering.max_by_key(|(prefix, _)| prefix.prefix_len());
                prop_assert_eq!(table.longest_match(address), longest.map(|(prefix, route)| (*prefix, route)));
            }
            let accepted = model.iter().filter(|(_, route)| route.refused.is_none()).map(|(prefix, _)| *prefix);
            prop_assert!(known.keys().copied().eq(accepted.clone()));
            prop_assert!(table.clear().eq(accepted));
            prop_assert_eq!((table.len(), table.refused()), (0, 0));
        }
    }

    #[test]
    fn the_table_is_empty_before_the_lost_routes_are_read() {
        let mut table = Table::new();
        table.announce(ipv4(1), attributes(1), None);
        table.announce(ipv4(2), attributes(1), REFUSED);
        let lost = table.clear();
        assert!(table.is_empty());
        table.announce(ipv4(3), attributes(1), None);
        assert_eq!(lost.collect::<Vec<_>>(), [ipv4(1)]);
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn a_new_policy_reports_only_what_it_changes() {
        let mut table = Table::new();
        for number in 0..6 {
            table.announce(ipv4(number), attributes(number), REFUSED.filter(|_| number < 3));
        }
        let changes =
            table.judge_again(|prefix, _| REFUSED.filter(|_| ![ipv4(1), ipv4(4)].contains(&prefix)));
        let expected = [(1, Some(attributes(1))), (3, None), (5, None)];
        let expected = expected.map(|(number, attributes)| Change { prefix: ipv4(number), attributes });
        assert_eq!(changes, expected);
        assert_eq!((table.refused(), table.len()), (4, 6));
    }

    #[test]
    fn the_longest_match_may_be_the_default_route() {
        let mut table = Table::new();
        assert_eq!(table.longest_match(Ipv4Addr::LOCALHOST), None);
        table.announce("0.0.0.0/0".parse().unwrap(), attributes(1), None);
        let (prefix, _) = table.longest_match(Ipv4Addr::LOCALHOST).unwrap();
        assert_eq!(prefix.to_string(), "0.0.0.0/0");
    }
}
