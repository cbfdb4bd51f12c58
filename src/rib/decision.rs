//! Which route to a prefix is best (RFC 4271 section 9.1.2), among external peers.
//!
//! Every speaker here is external and every next hop directly connected, so that of the RFC's rules these remain:
//!
//! 1. the highest degree of preference (9.1.1);
//! 2. the shortest AS_PATH (9.1.2.2 a);
//! 3. the lowest ORIGIN (b);
//! 4. the lowest MULTI_EXIT_DISC among routes of one neighbour AS, an absent one counting as 0 (c);
//! 5. the lowest BGP Identifier (f);
//! 6. the lowest peer address (g).
//!
//! Rule 4 does not compare every pair, and is no order therefore: it removes routes from the set, as the RFC has it,
//! so that the outcome does not depend on the order in which routes arrived.

use super::Attributes;
use crate::{
    asn::Asn,
    wire::{Identifier, Origin},
};
use std::{
    cmp::{Ordering, Reverse},
    collections::HashMap,
    net::IpAddr,
};

/// A route to a prefix, one of several.
pub trait Candidate {
    /// Degree of preference, the higher the better; the same for all if there is none.
    fn preference(&self) -> u32;
    /// What the peer sent.
    fn attributes(&self) -> &Attributes;
    /// BGP Identifier of the peer.
    fn identifier(&self) -> Identifier;
    /// Address of the peer, which no other candidate has.
    fn peer(&self) -> IpAddr;
}

/// The best route; `None` if there is no candidate.
pub fn best<C: Candidate>(candidates: &[C]) -> Option<&C> {
    equally_good(candidates).into_iter().min_by(|one, other| break_tie(*one, *other))
}

/// The routes that only rules 5 and 6 tell apart, and that may share the traffic. The best comes first, the others
/// follow in the order of these rules, so that two sets are equal if they are equal as slices.
pub fn multipath<C: Candidate>(candidates: &[C]) -> Vec<&C> {
    let mut routes = equally_good(candidates);
    routes.sort_unstable_by(|one, other| break_tie(*one, *other));
    routes
}

/// The routes that rules 1 to 4 leave.
fn equally_good<C: Candidate>(candidates: &[C]) -> Vec<&C> {
    let mut routes: Vec<&C> = Vec::new();
    let mut rank = None;
    for candidate in candidates {
        let own = Rank::of(candidate);
        match rank.as_ref().map_or(Ordering::Less, |best| own.cmp(best)) {
            Ordering::Greater => continue,
            Ordering::Equal => {}
            Ordering::Less => routes.clear(),
        }
        rank = Some(own);
        routes.push(candidate);
    }
    keep_lowest_med(&mut routes);
    routes
}

/// Rules 1 to 3; the lowest is the best.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    preference: Reverse<u32>,
    path_length: usize,
    origin: Origin,
}

impl Rank {
    fn of(candidate: &impl Candidate) -> Self {
        let attributes = candidate.attributes();
        Self {
            preference: Reverse(candidate.preference()),
            path_length: attributes.path_length(),
            origin: attributes.origin(),
        }
    }
}

/// Rule 4.
fn keep_lowest_med<C: Candidate>(routes: &mut Vec<&C>) {
    let Some((first, others)) = routes.split_first() else { return };
    if others.iter().all(|route| med(*route) == med(*first)) {
        return;
    }
    let mut lowest: HashMap<Option<Asn>, u32> = HashMap::new();
    for route in &*routes {
        let value = lowest.entry(neighbour(*route)).or_insert(u32::MAX);
        *value = med(*route).min(*value);
    }
    routes.retain(|route| lowest.get(&neighbour(*route)) == Some(&med(*route)));
}

fn med(candidate: &impl Candidate) -> u32 {
    candidate.attributes().med()
}

fn neighbour(candidate: &impl Candidate) -> Option<Asn> {
    candidate.attributes().neighbour()
}

/// Rules 5 and 6.
fn break_tie(one: &impl Candidate, other: &impl Candidate) -> Ordering {
    one.identifier().cmp(&other.identifier()).then_with(|| one.peer().cmp(&other.peer()))
}

#[cfg(test)]
mod tests;
