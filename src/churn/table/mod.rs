//! The table that the senders announce: prefixes, grouped by the attributes that they share.

mod list;
mod synthetic;

pub use list::{ListError, read_list};
pub use synthetic::{Sharing, share, synthetic_prefixes};

use super::{topology::NextHops, version::Version};
use crate::{
    asn::Asn,
    community::{Community, LargeCommunity},
    family::Family,
    wire::{AsPath, NextHop, Origin, PathAttributes},
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
