//! What one listener has still to be told, as prefixes: the newest route to each is looked up when it is told.

use super::{
    pack::Packer,
    table::{Hearer, Telling, TransitTable},
};
use crate::{
    rib::Prefix,
    wire::{Negotiated, PassedOn, RefreshSubtype, RouteRefreshSupport},
};
use bytes::BytesMut;
use std::{collections::VecDeque, vec::IntoIter};

/// One family of a listener that is behind.
pub(super) struct Backlog<P> {
    /// The table as it was when the session came up, in the order in which it packs best.
    initial: IntoIter<P>,
    /// What has changed since; oldest first, a prefix at least once.
    changed: VecDeque<P>,
    end_of_rib: EndOfRib,
    refresh: Refresh,
    once_more: OnceMore,
}

/// Where the markers around a refresh stand (RFC 7313 section 4).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refresh {
    /// Nothing is refreshed, or nothing is marked.
    Unmarked,
    /// The begin is to be written before anything else.
    Begin,
    /// The end follows the table as it is told once more.
    End,
}

/// Whether the table is told once more behind what is left of it: requests that come meanwhile are one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OnceMore {
    No,
    Yes,
}

/// The marker after the initial table (RFC 4724 section 2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum EndOfRib {
    Owed,
    Told,
}

impl<P: Prefix> Backlog<P> {
    /// Changes that are not worth looking for repetitions among.
    const SLACK: usize = 4096;
    /// Changes that are told together, so that those with the same attributes share UPDATEs.
    const TOGETHER: usize = 2048;

    /// A listener that knows nothing yet.
    pub(super) fn new(table: &TransitTable<P>) -> Self {
        Self {
            initial: table.prefixes().into_iter(),
            changed: VecDeque::new(),
            end_of_rib: EndOfRib::Owed,
            refresh: Refresh::Unmarked,
            once_more: OnceMore::No,
        }
    }

    /// True if there is nothing to catch up with.
    pub(super) fn is_empty(&self) -> bool {
        self.initial.len() == 0
            && self.changed.is_empty()
            && self.end_of_rib == EndOfRib::Told
            && self.refresh == Refresh::Unmarked
            && self.once_more == OnceMore::No
    }

    /// Prefixes to look at.
    pub(super) fn len(&self) -> usize {
        self.initial.len() + self.changed.len()
    }

    /// Notes that a prefix has changed.
    pub(super) fn push(&mut self, prefix: P) {
        self.changed.push_back(prefix);
    }

    /// Bounds the list by the prefixes in it.
    pub(super) fn sweep(&mut self, table: &TransitTable<P>) {
        if self.changed.len() > 2 * table.len() + Self::SLACK {
            let mut changed = Vec::from(std::mem::take(&mut self.changed));
            changed.sort_unstable();
            changed.dedup();
            self.changed = changed.into();
        }
    }

    /// Tells everything once more, as a ROUTE-REFRESH asks for (RFC 2918 section 4), between markers if the session knows
    /// them and the initial table has been told (RFC 7313 section 4). While the table is being told, it follows once more,
    /// however often this is called.
    pub(super) fn again(&mut self, table: &TransitTable<P>, support: RouteRefreshSupport) {
        if self.initial.len() > 0 || self.refresh != Refresh::Unmarked {
            self.once_more = OnceMore::Yes;
            return;
        }
        if support == RouteRefreshSupport::Enhanced && self.end_of_rib == EndOfRib::Told {
            self.refresh = Refresh::Begin;
        }
        self.initial = table.prefixes().into_iter();
    }

    /// Looks at everything once more that somebody was told of, and withdraws what is not to be told any longer.
    pub(super) fn review(&mut self, table: &TransitTable<P>, before: Hearer) {
        self.changed.extend(self.initial.by_ref());
        let told = table.prefixes().into_iter().filter(|prefix| table.told(*prefix, before).is_some());
        self.changed.extend(told);
    }

    /// Writes what is owed, up to `budget` octets or a little more; without `how` the listener is to know nothing.
    pub(super) fn catch_up(
        &mut self,
        table: &TransitTable<P>,
        hearer: Hearer,
        negotiated: Negotiated,
        how: Option<PassedOn>,
        budget: usize,
    ) -> BytesMut {
        let wanted = |prefix: P| {
            let route = table.told(prefix, hearer).filter(|_| how.is_some());
            route.map(|route| route.attributes)
        };
        let mut packer = Packer::new(table, negotiated, how);
        if self.refresh == Refresh::Begin {
            self.refresh = Refresh::End;
            packer.refresh_marker(RefreshSubtype::Begin);
        }
        while packer.written() < budget
            && let Some(prefix) = self.initial.next()
        {
            // What has gone before it was told is nothing to withdraw.
            if let Some(attributes) = wanted(prefix) {
                packer.tell(prefix, Telling::Route(attributes));
            }
        }
        if self.initial.len() == 0 && self.end_of_rib == EndOfRib::Owed {
            self.end_of_rib = EndOfRib::Told;
            packer.end_of_rib();
        }
        if self.initial.len() == 0 && self.refresh == Refresh::End {
            self.refresh = Refresh::Unmarked;
            packer.refresh_marker(RefreshSubtype::End);
        }
        if self.initial.len() == 0 && self.once_more == OnceMore::Yes {
            self.once_more = OnceMore::No;
            self.again(table, negotiated.route_refresh);
        }
        while packer.written() < budget && !self.changed.is_empty() {
            let together = self.changed.len().min(Self::TOGETHER);
            let mut tellings: Vec<_> =
                self.changed.drain(..together).map(|prefix| (wanted(prefix), prefix)).collect();
            tellings.sort_unstable();
            tellings.dedup();
            for (attributes, prefix) in tellings {
                packer.tell(prefix, attributes.map_or(Telling::Withdrawal, Telling::Route));
            }
        }
        packer.finish()
    }
}
