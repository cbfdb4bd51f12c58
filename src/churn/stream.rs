//! UPDATEs that are encoded before the clock starts.

use super::{
    absence::{Absence, Change},
    table::{AttributeSet, Author, Table},
    version::Version,
};
use crate::{
    family::{Families, Family},
    wire::{
        self, AsWidth, EncodedAttributes, MessageLimit, Negotiated, Prefix, RouteRefreshSupport, Unencodable,
        write_announcements, write_end_of_rib, write_withdrawals,
    },
};
use bytes::BytesMut;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

/// What every speaker understands: four-octet AS numbers, messages of up to 4,096 octets.
const PLAIN: Negotiated = Negotiated {
    as_width: AsWidth::Four,
    message_limit: MessageLimit::Standard,
    families: Families::BOTH,
    route_refresh: RouteRefreshSupport::Absent,
};

/// Messages of one session, ready to be written.
#[derive(Clone, Debug, Default)]
pub(super) struct Stream {
    octets: Vec<u8>,
    /// Where each event ends; empty if events are not to be told apart.
    ends: Vec<usize>,
    prefixes: u64,
}

/// Routes that cannot be announced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The author has no next hop for them.
    #[error("{0} prefixes cannot be announced without a next hop")]
    NoNextHop(Family),
    /// Their attributes do not fit into an UPDATE.
    #[error("a group of prefixes cannot be announced: {0}")]
    Unencodable(#[from] Unencodable),
}

impl Stream {
    /// The whole table, and that it is complete (End-of-RIB).
    ///
    /// # Errors
    /// [`StreamError`]
    pub(super) fn table(table: &Table, author: Author, families: Families) -> Result<Self, StreamError> {
        let mut writer = Writer::new(author);
        for (attributes, prefixes) in table.groups() {
            writer.announce(attributes, prefixes, None)?;
        }
        for family in families.iter() {
            write_end_of_rib(family, &mut writer.out);
        }
        Ok(writer.finish())
    }

    /// A change of every prefix: groups in an order of their own for each seed, of each group first the withdrawals, then
    /// the others with a new path.
    ///
    /// # Errors
    /// [`StreamError`]
    pub(super) fn pass(
        table: &Table,
        author: Author,
        version: Version,
        seed: u64,
        absence: &mut Absence,
    ) -> Result<Self, StreamError> {
        let mut next = 0;
        let numbered = |(attributes, prefixes): (_, &'_ [IpNet])| {
            let first = next;
            next += prefixes.len();
            (attributes, first, prefixes.to_vec())
        };
        let mut groups: Vec<(&AttributeSet, usize, Vec<IpNet>)> = table.groups().map(numbered).collect();
        groups.shuffle(&mut StdRng::seed_from_u64(seed));
        let mut writer = Writer::new(author);
        for (attributes, first, prefixes) in groups {
            let changes = (first..).zip(prefixes).map(|(number, prefix)| (absence.change(number), prefix));
            let (withdrawn, announced): (Vec<_>, Vec<_>) =
                changes.partition(|(change, _)| *change == Change::Withdrawn);
            let prefixes = |changes: Vec<(Change, IpNet)>| -> Vec<IpNet> {
                changes.into_iter().map(|(_, prefix)| prefix).collect()
            };
            writer.withdraw(&prefixes(withdrawn));
            writer.announce(attributes, &prefixes(announced), Some(version))?;
        }
        Ok(writer.finish())
    }

    /// All that is withdrawn, announced again.
    ///
    /// # Errors
    /// [`StreamError`]
    pub(super) fn absent(
        table: &Table,
        author: Author,
        version: Version,
        absence: &Absence,
    ) -> Result<Self, StreamError> {
        let mut writer = Writer::new(author);
        let mut numbers = 0..;
        for (attributes, prefixes) in table.groups() {
            let absent = prefixes.iter().zip(&mut numbers).filter(|(_, number)| absence.contains(*number));
            let absent: Vec<IpNet> = absent.map(|(prefix, _)| *prefix).collect();
            writer.announce(attributes, &absent, Some(version))?;
        }
        Ok(writer.finish())
    }

    /// So many events, each an UPDATE with a new path for one prefix, or its withdrawal. A prefix comes again when all have
    /// been; the versions count up from `first`.
    ///
    /// # Errors
    /// [`StreamError`]
    pub(super) fn events(
        table: &Table,
        author: Author,
        first: Version,
        count: u64,
        seed: u64,
        absence: &mut Absence,
    ) -> Result<Self, StreamError> {
        let routes = table
            .groups()
            .flat_map(|(attributes, prefixes)| prefixes.iter().map(move |prefix| (attributes, *prefix)));
        let mut routes: Vec<(usize, (&AttributeSet, IpNet))> = routes.enumerate().collect();
        routes.shuffle(&mut StdRng::seed_from_u64(seed));
        let mut writer = Writer::new(author);
        let mut version = first;
        let mut left = routes.iter();
        for _ in 0..count {
            let Some((number, (attributes, prefix))) = left.next().or_else(|| {
                version = version.next();
                left = routes.iter();
                left.next()
            }) else {
                break;
            };
            match absence.change(*number) {
                Change::Announced => writer.announce(attributes, &[*prefix], Some(version))?,
                Change::Withdrawn => writer.withdraw(&[*prefix]),
            }
            writer.ends.push(writer.out.len());
        }
        Ok(writer.finish())
    }

    /// One prefix with a new path.
    ///
    /// # Errors
    /// [`StreamError`]
    pub(super) fn change(
        attributes: &AttributeSet,
        prefix: IpNet,
        author: Author,
        version: Version,
    ) -> Result<Self, StreamError> {
        let mut writer = Writer::new(author);
        writer.announce(attributes, &[prefix], Some(version))?;
        Ok(writer.finish())
    }

    /// The messages.
    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The whole messages from an offset on that have at most so many octets: between them, the session may say something
    /// of its own.
    pub(super) fn whole_messages(&self, from: usize, at_most: usize) -> &[u8] {
        let rest = self.octets.get(from..).unwrap_or_default();
        let mut end = 0;
        while let Ok(Some(message)) = wire::frame(rest.get(end..).unwrap_or_default(), PLAIN.message_limit) {
            if end + message.octets() > at_most {
                break;
            }
            end += message.octets();
        }
        rest.get(..end).unwrap_or_default()
    }

    /// Prefixes announced or withdrawn, each as often as it stands there.
    pub(super) const fn prefixes(&self) -> u64 {
        self.prefixes
    }

    /// Octets up to the end of the first so many events.
    pub(super) fn end_of(&self, events: u64) -> usize {
        let last = usize::try_from(events).unwrap_or(usize::MAX).checked_sub(1);
        last.map_or(0, |last| self.ends.get(last).copied().unwrap_or(self.octets.len()))
    }
}

struct Writer {
    author: Author,
    out: BytesMut,
    ends: Vec<usize>,
    prefixes: u64,
}

impl Writer {
    fn new(author: Author) -> Self {
        Self { author, out: BytesMut::new(), ends: Vec::new(), prefixes: 0 }
    }

    fn finish(self) -> Stream {
        Stream { octets: self.out.into(), ends: self.ends, prefixes: self.prefixes }
    }

    /// Announces prefixes of one family.
    fn announce(
        &mut self,
        attributes: &AttributeSet,
        prefixes: &[IpNet],
        version: Option<Version>,
    ) -> Result<(), StreamError> {
        self.write::<Ipv4Net>(attributes, ipv4(prefixes), version)?;
        self.write::<Ipv6Net>(attributes, ipv6(prefixes), version)
    }

    /// Withdraws prefixes.
    fn withdraw(&mut self, prefixes: &[IpNet]) {
        self.write_withdrawals::<Ipv4Net>(ipv4(prefixes));
        self.write_withdrawals::<Ipv6Net>(ipv6(prefixes));
    }

    fn write_withdrawals<P: Prefix>(&mut self, mut prefixes: impl Iterator<Item = P>) {
        loop {
            match write_withdrawals(&mut prefixes, PLAIN.message_limit, &mut self.out) {
                0 => return,
                written => self.prefixes += written as u64,
            }
        }
    }

    fn write<P: Prefix>(
        &mut self,
        attributes: &AttributeSet,
        prefixes: impl Iterator<Item = P>,
        version: Option<Version>,
    ) -> Result<(), StreamError> {
        let mut prefixes = prefixes.peekable();
        if prefixes.peek().is_none() {
            return Ok(());
        }
        let attributes =
            attributes.by(self.author, P::FAMILY, version).ok_or(StreamError::NoNextHop(P::FAMILY))?;
        let encoded = EncodedAttributes::<P>::encode(&attributes, PLAIN)?;
        loop {
            match write_announcements(&encoded, &mut prefixes, &mut self.out) {
                0 => return Ok(()),
                written => self.prefixes += written as u64,
            }
        }
    }
}

fn ipv4(prefixes: &[IpNet]) -> impl Iterator<Item = Ipv4Net> {
    prefixes.iter().filter_map(|prefix| match prefix {
        IpNet::V4(net) => Some(*net),
        IpNet::V6(_) => None,
    })
}

fn ipv6(prefixes: &[IpNet]) -> impl Iterator<Item = Ipv6Net> {
    prefixes.iter().filter_map(|prefix| match prefix {
        IpNet::V4(_) => None,
        IpNet::V6(net) => Some(*net),
    })
}

#[cfg(test)]
mod tests;
