//! What one peer should know (Adj-RIB-Out, RFC 4271 section 3.2), and how far it has been told.

mod pack;
mod pending;
mod table;

#[cfg(test)]
mod tests;

use super::{Attributes, Prefix};
use crate::wire::RouteRefreshSupport;
pub use pack::{Packed, Unsendable};

use pack::Encoded;
use pending::Pending;
use table::Table;

/// The routes of one family that a peer should know.
///
/// This is state and not a queue: a peer that reads slowly is told the newest route to each prefix once it reads
/// again, a route that is back to what the peer knows already is not told at all, and memory is bounded by the table.
/// [`pack`](Self::pack) writes the difference.
#[derive(Debug)]
pub struct AdjOut<P: Prefix> {
    table: Table<P>,
    pending: Pending<P>,
    end_of_rib: EndOfRib,
    refresh: Refresh,
    once_more: OnceMore,
    encoded: Option<Encoded<P>>,
}

/// Where the markers around a refresh stand (RFC 7313 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refresh {
    /// Nothing is refreshed, or nothing is marked.
    Unmarked,
    /// The begin is to be written before anything else.
    Begin,
    /// The end follows the last route that was told before the begin.
    End,
}

/// Whether everything is to be told once more behind the refresh that is under way: requests that come meanwhile are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnceMore {
    No,
    Yes,
}

/// The marker after the initial table (RFC 4724 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndOfRib {
    /// The initial table is not complete yet.
    NotYet,
    /// Listed behind the initial table.
    Pending,
    /// Written to this session.
    Told,
}

/// A route as [`AdjOut::routes_after`] lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advertised<'a> {
    /// What the peer should know.
    pub attributes: &'a Attributes,
    /// Whether it has been told so.
    pub progress: Progress,
}

/// How far a peer has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Progress {
    /// Something is still to be written.
    Pending,
    /// Everything has been written.
    Told,
}

impl<P: Prefix> AdjOut<P> {
    /// Nothing wanted, nothing told.
    pub fn new() -> Self {
        Self {
            table: Table::default(),
            pending: Pending::default(),
            end_of_rib: EndOfRib::NotYet,
            refresh: Refresh::Unmarked,
            once_more: OnceMore::No,
            encoded: None,
        }
    }

    /// Sets what the peer should know about a prefix: `None` if nothing, or nothing any longer.
    pub fn set(&mut self, prefix: P, wanted: Option<&Attributes>) {
        if self.table.want(prefix, wanted) == Progress::Pending {
            self.pending.push(prefix, wanted);
            self.pending.sweep(self.table.unsettled(), |prefix, wanted| self.table.owes(prefix, wanted));
        }
    }

    /// Notes that every route of the initial table is set: End-of-RIB follows them, once on each session.
    pub fn complete(&mut self) {
        if self.end_of_rib == EndOfRib::NotYet {
            self.end_of_rib = EndOfRib::Pending;
            self.pending.push_end_of_rib();
        }
    }

    /// Tells everything again, as a ROUTE-REFRESH asks for (RFC 2918 section 4), between markers if the session knows them
    /// and the initial table has been told: before, nothing can be stale (RFC 7313 section 4). While a refresh is under way,
    /// one more follows it, however often this is called.
    pub fn refresh(&mut self, support: RouteRefreshSupport) {
        if self.table.outdated() > 0 || self.refresh != Refresh::Unmarked {
            self.once_more = OnceMore::Yes;
            return;
        }
        if support == RouteRefreshSupport::Enhanced && self.end_of_rib == EndOfRib::Told {
            self.refresh = Refresh::Begin;
        }
        self.table.outdate(|prefix, wanted| self.pending.push(prefix, Some(wanted)));
    }

    /// Forgets what the peer was told, since its session is lost; what it should know stays for the next session.
    pub fn reset(&mut self) {
        self.end_of_rib = EndOfRib::NotYet;
        self.refresh = Refresh::Unmarked;
        self.once_more = OnceMore::No;
        self.encoded = None;
        self.pending = Pending::default();
        self.table.forget(|prefix, wanted| self.pending.push(prefix, Some(wanted)));
    }

    /// The routes that the peer should know, in prefix order, from the one that follows `after`.
    pub fn routes_after(&self, after: Option<P>) -> impl Iterator<Item = (P, Advertised<'_>)> {
        self.table.wanted_after(after)
    }

    /// The route to exactly this prefix, if the peer should know one.
    pub fn exact(&self, prefix: P) -> Option<Advertised<'_>> {
        self.table.wanted_exactly(prefix)
    }

    /// The number of prefixes that the peer should know.
    pub fn len(&self) -> usize {
        self.table.wanted()
    }

    /// True if the peer should know nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of prefixes that the peer has been told of and not been told to forget.
    pub fn told(&self) -> usize {
        self.table.told()
    }

    /// Whether [`pack`](Self::pack) has anything to write.
    pub fn progress(&self) -> Progress {
        match (self.table.unsettled(), self.end_of_rib, self.refresh, self.once_more) {
            (0, EndOfRib::NotYet | EndOfRib::Told, Refresh::Unmarked, OnceMore::No) => Progress::Told,
            _ => Progress::Pending,
        }
    }
}

impl<P: Prefix> Default for AdjOut<P> {
    fn default() -> Self {
        Self::new()
    }
}
