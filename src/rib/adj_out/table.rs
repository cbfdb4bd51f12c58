//! Per prefix, what a peer should know and what it has been told.

use super::{Advertised, Progress};
use crate::rib::{Attributes, Prefix};
use prefix_trie::{PrefixMap, map::Entry};

/// The routes, and how many of them are in which state.
#[derive(Debug)]
pub(super) struct Table<P: Prefix> {
    routes: PrefixMap<P, Route>,
    wanted: usize,
    told: usize,
    unsettled: usize,
    /// Routes that the peer has asked to be told again, and has not been.
    outdated: usize,
}

/// One prefix; one that nothing is wanted of and nothing was told of is not in the table.
#[derive(Debug)]
struct Route {
    wanted: Option<Attributes>,
    told: Told,
}

#[derive(Debug)]
enum Told {
    Nothing,
    /// A route, which the peer has asked to be told again.
    Outdated,
    This(Attributes),
}

impl Route {
    fn progress(&self) -> Progress {
        match (&self.wanted, &self.told) {
            (None, Told::Nothing) => Progress::Told,
            (Some(wanted), Told::This(told)) if wanted == told => Progress::Told,
            _ => Progress::Pending,
        }
    }

    fn advertised(&self) -> Option<Advertised<'_>> {
        Some(Advertised { attributes: self.wanted.as_ref()?, progress: self.progress() })
    }
}

impl<P: Prefix> Table<P> {
    /// Prefixes that the peer should know.
    pub(super) fn wanted(&self) -> usize {
        self.wanted
    }

    /// Prefixes that the peer has been told of.
    pub(super) fn told(&self) -> usize {
        self.told
    }

    /// Prefixes with a difference between the two.
    pub(super) fn unsettled(&self) -> usize {
        self.unsettled
    }

    /// Prefixes of a refresh that has not come to its end.
    pub(super) fn outdated(&self) -> usize {
        self.outdated
    }

    /// Notes what the peer should know; `Pending` if that is new and differs from what it has been told.
    pub(super) fn want(&mut self, prefix: P, wanted: Option<&Attributes>) -> Progress {
        match self.routes.entry(prefix) {
            Entry::Vacant(vacant) => {
                if wanted.is_none() {
                    return Progress::Told;
                }
                vacant.insert(Route { wanted: wanted.cloned(), told: Told::Nothing });
                self.wanted += 1;
                self.unsettled += 1;
                Progress::Pending
            }
            Entry::Occupied(mut occupied) => {
                let route = occupied.get_mut();
                if route.wanted.as_ref() == wanted {
                    return Progress::Told;
                }
                self.wanted -= usize::from(route.wanted.is_some());
                self.wanted += usize::from(wanted.is_some());
                self.unsettled -= usize::from(route.progress() == Progress::Pending);
                route.wanted = wanted.cloned();
                let progress = route.progress();
                self.unsettled += usize::from(progress == Progress::Pending);
                if wanted.is_none() && progress == Progress::Told {
                    occupied.remove();
                }
                progress
            }
        }
    }

    /// True if the peer should be told exactly this, and has not been.
    pub(super) fn owes(&self, prefix: P, wanted: Option<&Attributes>) -> bool {
        self.routes
            .get(&prefix)
            .is_some_and(|route| route.wanted.as_ref() == wanted && route.progress() == Progress::Pending)
    }

    /// Settles an announcement that is about to be written; false if the peer need not be told this.
    pub(super) fn tell(&mut self, prefix: P, attributes: &Attributes) -> bool {
        let Some(route) = self.routes.get_mut(&prefix) else { return false };
        if route.wanted.as_ref() != Some(attributes) || route.progress() == Progress::Told {
            return false;
        }
        match route.told {
            Told::Nothing => self.told += 1,
            Told::Outdated => self.outdated -= 1,
            Told::This(_) => {}
        }
        self.unsettled -= 1;
        route.told = Told::This(attributes.clone());
        true
    }

    /// Settles a withdrawal that is about to be written; false if the peer need not be told this.
    pub(super) fn withdraw(&mut self, prefix: P) -> bool {
        match self.routes.entry(prefix) {
            Entry::Occupied(occupied) if occupied.get().wanted.is_none() => {
                self.outdated -= usize::from(matches!(occupied.remove().told, Told::Outdated));
                self.told -= 1;
                self.unsettled -= 1;
                true
            }
            Entry::Occupied(_) | Entry::Vacant(_) => false,
        }
    }

    /// Makes every route that the peer has been told of one to be told again; `list` gets those settled until now.
    pub(super) fn outdate(&mut self, mut list: impl FnMut(P, &Attributes)) {
        for (prefix, route) in self.routes.iter_mut() {
            if matches!(route.told, Told::Nothing) {
                continue;
            }
            let before = route.progress();
            self.outdated += usize::from(!matches!(route.told, Told::Outdated));
            route.told = Told::Outdated;
            if let (Progress::Told, Some(wanted)) = (before, &route.wanted) {
                self.unsettled += 1;
                list(prefix, wanted);
            }
        }
    }

    /// Forgets what the peer has been told; `list` gets all that it should know.
    pub(super) fn forget(&mut self, mut list: impl FnMut(P, &Attributes)) {
        self.routes.retain(|_, route| route.wanted.is_some());
        for (prefix, route) in self.routes.iter_mut() {
            route.told = Told::Nothing;
            if let Some(wanted) = &route.wanted {
                list(prefix, wanted);
            }
        }
        self.told = 0;
        self.outdated = 0;
        self.unsettled = self.wanted;
    }

    /// What the peer should know about exactly this prefix.
    pub(super) fn wanted_exactly(&self, prefix: P) -> Option<Advertised<'_>> {
        self.routes.get(&prefix)?.advertised()
    }

    pub(super) fn wanted_after(&self, after: Option<P>) -> impl Iterator<Item = (P, Advertised<'_>)> {
        let routes = match after {
            None => self.routes.iter(),
            Some(prefix) => self.routes.iter_from(&prefix, false),
        };
        routes.filter_map(|(prefix, route)| Some((prefix, route.advertised()?)))
    }
}

impl<P: Prefix> Default for Table<P> {
    fn default() -> Self {
        Self { routes: PrefixMap::new(), wanted: 0, told: 0, unsettled: 0, outdated: 0 }
    }
}
