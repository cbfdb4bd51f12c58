//! `as-set` objects: AS numbers under a name, and sets of sets (RFC 2622 section 5.1).

use super::rpsl::Source;
use crate::asn::Asn;
use std::collections::{HashMap, HashSet};

/// Every set of some databases.
#[derive(Debug, Default)]
pub(super) struct AsSets {
    /// By name in capitals; databases may have one each.
    sets: HashMap<Box<str>, Vec<AsSet>>,
    /// The names of the sets that are an AS's own.
    owned: HashMap<Asn, Vec<Box<str>>>,
    /// Sets that take members who name the set themselves.
    pub(super) by_reference: usize,
}

#[derive(Debug)]
struct AsSet {
    source: Source,
    members: Vec<Member>,
}

#[derive(Debug)]
enum Member {
    As(Asn),
    Set(Box<str>),
}

impl AsSets {
    pub(super) fn len(&self) -> usize {
        self.sets.values().map(Vec::len).sum()
    }

    /// Adds a set; `members` are the values of its `members:` attributes, line by line.
    pub(super) fn add(&mut self, name: &str, source: Source, members: &[&str]) {
        let name: Box<str> = name.to_ascii_uppercase().into();
        let words = members.iter().flat_map(|line| line.split([',', ' ', '\t']));
        let members = words.filter(|word| !word.is_empty()).map(Member::read).collect();
        if let Some(owner) = owner(&name) {
            self.owned.entry(owner).or_default().push(name.clone());
        }
        self.sets.entry(name).or_default().push(AsSet { source, members });
    }

    /// A set of `owner`'s own that has `wanted` in it, or in a set that is in it.
    pub(super) fn of(&self, owner: Asn, wanted: Asn) -> Option<(&str, Source)> {
        self.owned.get(&owner)?.iter().find_map(|name| Some((&**name, self.source_of_member(name, wanted)?)))
    }

    /// The source of the set of that name that leads to an AS. Sets may go round in circles.
    fn source_of_member(&self, name: &str, wanted: Asn) -> Option<Source> {
        let mut seen = HashSet::from([name]);
        self.sets.get(name)?.iter().find(|set| self.has(set, wanted, &mut seen)).map(|set| set.source)
    }

    fn has<'a>(&'a self, set: &'a AsSet, wanted: Asn, seen: &mut HashSet<&'a str>) -> bool {
        let mut open = vec![set];
        while let Some(set) = open.pop() {
            for member in &set.members {
                match member {
                    Member::As(asn) if *asn == wanted => return true,
                    Member::As(_) => {}
                    Member::Set(name) => {
                        if seen.insert(name) {
                            open.extend(self.sets.get(name).into_iter().flatten());
                        }
                    }
                }
            }
        }
        false
    }
}

impl Member {
    fn read(word: &str) -> Self {
        let word = word.to_ascii_uppercase();
        match word.strip_prefix("AS").and_then(|digits| digits.parse().ok()) {
            Some(asn) => Self::As(asn),
            None => Self::Set(word.into()),
        }
    }
}

/// Whose a set is by its name: only AS3333 can register `AS3333:AS-CUSTOMERS` (RFC 2622 section 5).
fn owner(name: &str) -> Option<Asn> {
    name.split_once(':')?.0.strip_prefix("AS")?.parse().ok()
}
