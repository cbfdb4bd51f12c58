//! What a customer edge announces.

use crate::{
    asn::Asn,
    rib::{Advertisement, Advertisements, Attributes, Offer},
    wire::{AsPath, NextHop, Origin, PathAttributes},
};
use ipnet::Ipv4Net;
use std::{iter, net::Ipv4Addr};

/// Consecutive prefixes of one length that are announced alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteSet {
    first: Ipv4Net,
    count: u32,
    prepended: usize,
}

impl RouteSet {
    /// One prefix.
    pub const fn one(prefix: Ipv4Net) -> Self {
        Self::block(prefix, 1)
    }

    /// `count` prefixes from `first` on.
    pub const fn block(first: Ipv4Net, count: u32) -> Self {
        Self { first, count, prepended: 0 }
    }

    /// The same with the announcer's AS put before the path so many times more than it has to be, which makes its link
    /// the backup for them.
    #[must_use]
    pub const fn prepended(self, times: usize) -> Self {
        Self { prepended: times, ..self }
    }

    /// The prefixes in order; those beyond the end of the address space are left out.
    pub fn prefixes(&self) -> impl Iterator<Item = Ipv4Net> + use<> {
        let length = self.first.prefix_len();
        let following = move |prefix: &Ipv4Net| {
            let next = u32::from(prefix.broadcast()).checked_add(1)?;
            Ipv4Net::new(Ipv4Addr::from(next), length).ok()
        };
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        iter::successors(Some(self.first), following).take(count)
    }

    /// The routes before the export rules, which put `asn` in front and set the next hop.
    pub(super) fn announced(&self, asn: Asn) -> Advertisements {
        let path = AsPath::sequence(iter::repeat_n(asn, self.prepended));
        let attributes = PathAttributes::new(Origin::Igp, path, NextHop::V4(Ipv4Addr::UNSPECIFIED));
        self.advertisements(Some(&Offer { source: None, attributes: Attributes::from(attributes) }))
    }

    pub(super) fn withdrawn(&self) -> Advertisements {
        self.advertisements(None)
    }

    fn advertisements(&self, offer: Option<&Offer>) -> Advertisements {
        let ipv4 = self.prefixes().map(|prefix| Advertisement { prefix, offer: offer.cloned() });
        Advertisements { ipv4: ipv4.collect(), ipv6: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    #[test]
    fn prefixes_follow_each_other_to_the_end_of_the_space() {
        for (name, set, want) in [
            ("one", RouteSet::one(net("10.0.0.0/8")), vec!["10.0.0.0/8"]),
            (
                "across an octet",
                RouteSet::block(net("10.0.255.0/24"), 2),
                vec!["10.0.255.0/24", "10.1.0.0/24"],
            ),
            ("the last there is", RouteSet::block(net("255.255.255.0/24"), 3), vec!["255.255.255.0/24"]),
        ] {
            assert_eq!(set.prefixes().map(|prefix| prefix.to_string()).collect::<Vec<_>>(), want, "{name}");
        }
    }

    #[test]
    fn prepending_lengthens_the_path_that_export_completes() {
        let asn = Asn::constant(65010);
        let path =
            |set: RouteSet| set.announced(asn).ipv4[0].offer.as_ref().unwrap().attributes.path_length();
        let set = RouteSet::one(net("10.0.0.0/8"));
        assert_eq!((path(set), path(set.prepended(2))), (0, 2));
        assert!(set.withdrawn().ipv4.iter().all(|withdrawn| withdrawn.offer.is_none()));
    }
}
