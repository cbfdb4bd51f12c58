//! The prefixes of a table by themselves, for readers who go through it in order.
//!
//! The tables have no order: whoever owns one copies its prefixes in one go, and whoever asked sorts them, in his own time.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Prefixes of one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrefixList {
    /// Of IPv4.
    Ipv4(Vec<Ipv4Net>),
    /// Of IPv6.
    Ipv6(Vec<Ipv6Net>),
}

impl PrefixList {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Ipv4(prefixes) => prefixes.len(),
            Self::Ipv6(prefixes) => prefixes.len(),
        }
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same in prefix order.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        match &mut self {
            Self::Ipv4(prefixes) => prefixes.sort_unstable(),
            Self::Ipv6(prefixes) => prefixes.sort_unstable(),
        }
        self
    }

    /// The first `limit` behind `after`, or of all; the list is in prefix order. A prefix of the other family has none of
    /// these before it.
    pub fn behind(&self, after: Option<IpNet>, limit: usize) -> Vec<IpNet> {
        match (self, after) {
            (Self::Ipv4(prefixes), Some(IpNet::V4(after))) => page(prefixes, Some(after), limit),
            (Self::Ipv4(prefixes), Some(IpNet::V6(_)) | None) => page(prefixes, None, limit),
            (Self::Ipv6(prefixes), Some(IpNet::V6(after))) => page(prefixes, Some(after), limit),
            (Self::Ipv6(prefixes), Some(IpNet::V4(_)) | None) => page(prefixes, None, limit),
        }
    }
}

fn page<P: Copy + Ord + Into<IpNet>>(prefixes: &[P], after: Option<P>, limit: usize) -> Vec<IpNet> {
    let from = after.map_or(0, |after| prefixes.partition_point(|prefix| *prefix <= after));
    prefixes.iter().skip(from).take(limit).map(|prefix| (*prefix).into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nets<P: std::str::FromStr<Err: std::fmt::Debug>>(texts: &[&str]) -> Vec<P> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn pages_are_in_prefix_order_behind_a_prefix_that_need_not_be_there() {
        let list =
            PrefixList::Ipv4(nets(&["10.1.0.0/16", "9.0.0.0/8", "10.1.0.0/24", "10.0.0.0/8"])).sorted();
        for (after, limit, want) in [
            (None, 2, &["9.0.0.0/8", "10.0.0.0/8"][..]),
            (Some("10.0.0.0/8"), 5, &["10.1.0.0/16", "10.1.0.0/24"]),
            (Some("9.5.0.0/16"), 1, &["10.0.0.0/8"]),
            (Some("10.1.0.0/24"), 1, &[]),
            (Some("fd00::/8"), 1, &["9.0.0.0/8"]),
            (None, 0, &[]),
        ] {
            let page = list.behind(after.map(|after| after.parse().unwrap()), limit);
            assert_eq!(page, nets::<IpNet>(want), "{limit} behind {after:?}");
        }
        let list = PrefixList::Ipv6(nets(&["fd00::/8", "2001:db8::/32"])).sorted();
        assert_eq!(list.behind(None, 1), nets::<IpNet>(&["2001:db8::/32"]));
        assert_eq!(list.behind("2001:db8::/32".parse().ok(), 9), nets::<IpNet>(&["fd00::/8"]));
        assert_eq!(list.behind("10.0.0.0/8".parse().ok(), 9).len(), list.len());
        assert!(!list.is_empty());
    }
}
