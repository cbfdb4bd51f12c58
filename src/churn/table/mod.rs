//! The table that the senders announce: prefixes, grouped by the attributes that they share.

mod list;
#[cfg(feature = "mrt")]
mod mrt;
mod packed;
mod synthetic;

pub use list::{ListError, read_list};
#[cfg(feature = "mrt")]
pub use mrt::{MrtError, read_mrt};
pub use synthetic::{Sharing, share, synthetic_prefixes};

use super::{topology::NextHops, version::Version};
use crate::{
    asn::Asn,
    community::{Community, LargeCommunity},
    family::{Families, Family},
    wire::{AsPath, NextHop, Origin, PathAttributes, attribute::Segment},
};
use ipnet::IpNet;
use std::ops::Range;

/// Prefixes in the order of their groups.
#[derive(Clone, Debug, Default)]
pub struct Table {
    prefixes: Vec<IpNet>,
    groups: Vec<Group>,
}

/// Prefixes of one family that are announced with the same attributes.
#[derive(Clone, Debug)]
struct Group {
    /// What they share.
    pub attributes: AttributeSet,
    /// Where they stand in the table.
    range: Range<usize>,
}

/// What a route says apart from who sends it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttributeSet {
    /// ORIGIN.
    pub origin: Origin,
    /// AS_PATH behind the sender's AS.
    pub as_path: AsPath,
    /// COMMUNITIES.
    pub communities: Box<[Community]>,
    /// LARGE_COMMUNITY.
    pub large_communities: Box<[LargeCommunity]>,
}

/// Who announces: what a sender adds to a route.
#[derive(Clone, Copy, Debug)]
pub(in crate::churn) struct Author {
    /// Its AS.
    pub(in crate::churn) asn: Asn,
    /// Its next hops.
    pub(in crate::churn) next_hops: NextHops,
}

impl AttributeSet {
    /// The attributes as the author sends them; `None` without a next hop of the family.
    pub(in crate::churn) fn by(
        &self,
        author: Author,
        family: Family,
        version: Option<Version>,
    ) -> Option<PathAttributes> {
        let next_hop = match family {
            Family::Ipv4 => NextHop::V4(author.next_hops.ipv4?),
            Family::Ipv6 => NextHop::V6 { global: author.next_hops.ipv6?, link_local: None },
        };
        let as_path = match version {
            Some(version) => self.as_path.prepended(version.asn(), 1),
            None => self.as_path.clone(),
        };
        Some(PathAttributes {
            communities: self.communities.clone(),
            large_communities: self.large_communities.clone(),
            ..PathAttributes::new(self.origin, as_path.prepended(author.asn, 1), next_hop)
        })
    }
}

impl AttributeSet {
    fn without(&self, asn: Asn) -> Self {
        if !self.as_path.contains(asn) {
            return self.clone();
        }
        let others =
            |numbers: &[Asn]| numbers.iter().filter(|number| **number != asn).copied().collect::<Box<[_]>>();
        let segments = self.as_path.segments.iter().filter(|segment| !others(segment.numbers()).is_empty());
        let segments = segments.map(|segment| match segment {
            Segment::Set(numbers) => Segment::Set(others(numbers)),
            Segment::Sequence(numbers) => Segment::Sequence(others(numbers)),
            Segment::ConfedSequence(numbers) => Segment::ConfedSequence(others(numbers)),
            Segment::ConfedSet(numbers) => Segment::ConfedSet(others(numbers)),
        });
        Self { as_path: AsPath { segments: segments.collect() }, ..self.clone() }
    }
}

impl Table {
    /// A table of these groups; those of no prefix are left out, those of two families become two.
    pub fn new(groups: impl IntoIterator<Item = (AttributeSet, Vec<IpNet>)>) -> Self {
        let mut table = Self::default();
        for (attributes, prefixes) in groups {
            let (v4, v6) = prefixes.into_iter().partition(|prefix| Family::of(prefix) == Family::Ipv4);
            table.push(&attributes, v4);
            table.push(&attributes, v6);
        }
        table
    }

    fn push(&mut self, attributes: &AttributeSet, prefixes: Vec<IpNet>) {
        if !prefixes.is_empty() {
            let start = self.prefixes.len();
            self.prefixes.extend(prefixes);
            self.groups.push(Group { attributes: attributes.clone(), range: start..self.prefixes.len() });
        }
    }

    /// All prefixes, each once.
    pub fn prefixes(&self) -> &[IpNet] {
        &self.prefixes
    }

    /// How many groups there are: attribute sets, but for those that both families share.
    pub fn attribute_sets(&self) -> usize {
        self.groups.len()
    }

    /// The groups with their prefixes.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = (&AttributeSet, &[IpNet])> {
        self.groups
            .iter()
            .map(|group| (&group.attributes, self.prefixes.get(group.range.clone()).unwrap_or_default()))
    }

    /// So many of the prefixes, at equal distances.
    #[must_use]
    pub fn thinned(&self, count: usize) -> Self {
        let all = self.prefixes.len();
        // The prefixes number 0, all / count, 2 * all / count, … stay.
        let stays = |position: usize| (position + 1) * count / all.max(1) > position * count / all.max(1);
        let groups = self.groups.iter().map(|group| {
            let kept = group.range.clone().filter(|position| stays(*position));
            (
                group.attributes.clone(),
                kept.filter_map(|position| self.prefixes.get(position)).copied().collect(),
            )
        });
        Self::new(groups)
    }

    /// The prefixes of these families.
    #[must_use]
    pub fn of(&self, families: Families) -> Self {
        Self::new(self.groups().map(|(attributes, prefixes)| {
            let carried = prefixes.iter().filter(|prefix| families.contains(Family::of(prefix)));
            (attributes.clone(), carried.copied().collect())
        }))
    }

    /// The table without an AS in its paths: a speaker of that AS would take it for a loop (RFC 4271 section 9.1.2).
    #[must_use]
    pub fn without(&self, asn: Asn) -> Self {
        Self::new(self.groups().map(|(attributes, prefixes)| (attributes.without(asn), prefixes.to_vec())))
    }

    /// Cuts the table into so many parts of equal size, give or take one prefix.
    pub fn split(&self, parts: usize) -> Vec<Self> {
        let bound = |part: usize| self.prefixes.len() * part / parts.max(1);
        let mut shares: Vec<Self> = Vec::with_capacity(parts);
        let mut groups = self.groups.iter().peekable();
        for part in 0..parts {
            let (from, to) = (bound(part), bound(part + 1));
            let mut share = Self::default();
            while let Some(group) = groups.peek() {
                let range = group.range.start.max(from)..group.range.end.min(to);
                share.push(&group.attributes, self.prefixes.get(range).unwrap_or_default().to_vec());
                if group.range.end > to {
                    break;
                }
                groups.next();
            }
            shares.push(share);
        }
        shares
    }
}

#[cfg(test)]
mod tests;
