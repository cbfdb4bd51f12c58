//! The sizes in which circuits are sold.

use super::{RulesProfile, Tier, port::PortSpeed, provider::ProviderKind};
use std::fmt;

/// Bandwidth of a circuit in each direction, one of the sizes that are sold
/// (ARM `bandwidthInMbps`; Azure: "ExpressRoute circuits and peering").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bandwidth {
    mbps: u32,
}

impl Bandwidth {
    /// What a circuit has when nothing is said.
    pub const ONE_GBPS: Self = Self { mbps: 1_000 };

    /// The size of that many Mbps, if it is among those offered.
    pub fn among(offered: &[u32], mbps: u32) -> Option<Self> {
        offered.contains(&mbps).then_some(Self { mbps })
    }

    /// The number of Mbps.
    pub const fn mbps(self) -> u32 {
        self.mbps
    }

    /// Whether the size is sold with that tier: Local starts at 1 Gbps (Azure: "ExpressRoute FAQ").
    pub const fn is_sold_as(self, tier: Tier) -> bool {
        match tier {
            Tier::Local => self.mbps >= 1_000,
            Tier::Standard | Tier::Premium => true,
        }
    }
}

/// The sizes that anybody sells over a provider, in Mbps, ascending.
///
/// 2015 is the union of what network service providers and exchange providers sold.
pub const fn offered(rules: RulesProfile) -> &'static [u32] {
    match rules {
        RulesProfile::Current => &[50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
        RulesProfile::Year2015 => &[10, 50, 100, 200, 500, 1_000, 10_000],
    }
}

/// The sizes of a kind of provider, in Mbps, ascending (Azure: ExpressRoute overview of 2015, bandwidths).
pub const fn offered_by(kind: ProviderKind, rules: RulesProfile) -> &'static [u32] {
    match (rules, kind) {
        (RulesProfile::Current, _) => offered(rules),
        (RulesProfile::Year2015, ProviderKind::Exchange) => &[200, 500, 1_000, 10_000],
        (RulesProfile::Year2015, ProviderKind::NetworkServiceProvider) => &[10, 50, 100, 500, 1_000],
    }
}

/// The sizes of a circuit on the customer's own port, in Mbps, ascending (Azure: "About ExpressRoute Direct").
pub const fn offered_on(port: PortSpeed) -> &'static [u32] {
    match port {
        PortSpeed::Gbps10 => &[1_000, 2_000, 5_000, 10_000],
        PortSpeed::Gbps100 => &[5_000, 10_000, 40_000, 100_000],
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mbps {
            mbps if mbps.is_multiple_of(1_000) => write!(f, "{} Gbps", mbps / 1_000),
            mbps => write!(f, "{mbps} Mbps"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s29_each_kind_of_seller_has_its_own_list() {
        use ProviderKind::{Exchange, NetworkServiceProvider};
        use RulesProfile::{Current, Year2015};
        for (list, mbps, sold) in [
            (offered_by(Exchange, Year2015), 200, true),
            (offered_by(Exchange, Year2015), 50, false),
            (offered_by(NetworkServiceProvider, Year2015), 10, true),
            (offered_by(NetworkServiceProvider, Year2015), 10_000, false),
            (offered_by(Exchange, Current), 2_000, true),
            (offered(Current), 10, false),
            (offered(Year2015), 2_000, false),
            (offered_on(PortSpeed::Gbps10), 500, false),
            (offered_on(PortSpeed::Gbps100), 40_000, true),
            (offered(Current), 1_001, false),
            (offered(Current), 0, false),
        ] {
            assert_eq!(Bandwidth::among(list, mbps).is_some(), sold, "{mbps} of {list:?}");
        }
    }

    #[test]
    fn whole_gigabits_are_written_as_such() {
        let text = |mbps| Bandwidth::among(offered(RulesProfile::Current), mbps).unwrap().to_string();
        assert_eq!((text(500), text(10_000)), ("500 Mbps".to_owned(), "10 Gbps".to_owned()));
    }
}
