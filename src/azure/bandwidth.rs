//! The sizes in which circuits are sold.

use super::{RulesProfile, Tier};
use std::fmt;

/// Bandwidth of a circuit in each direction, one of the sizes that a provider sells
/// (ARM `bandwidthInMbps`; Azure: "ExpressRoute circuits and peering").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bandwidth {
    mbps: u32,
}

impl Bandwidth {
    /// What a circuit has when nothing is said.
    pub const ONE_GBPS: Self = Self { mbps: 1_000 };

    /// The sizes in Mbps, ascending.
    ///
    /// 2015 is the union of what network service providers (10–1,000) and exchange providers (200–10,000) sold.
    pub const fn offered(rules: RulesProfile) -> &'static [u32] {
        match rules {
            RulesProfile::Current => &[50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
            RulesProfile::Year2015 => &[10, 50, 100, 200, 500, 1_000, 10_000],
        }
    }

    /// The size of that many Mbps, if it is sold.
    pub fn from_mbps(mbps: u32, rules: RulesProfile) -> Option<Self> {
        Self::offered(rules).contains(&mbps).then_some(Self { mbps })
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
    fn only_sizes_of_the_list_exist() {
        for (mbps, current, year_2015) in [
            (10, false, true),
            (50, true, true),
            (2_000, true, false),
            (1_001, false, false),
            (0, false, false),
        ] {
            assert_eq!(Bandwidth::from_mbps(mbps, RulesProfile::Current).is_some(), current, "{mbps}");
            assert_eq!(Bandwidth::from_mbps(mbps, RulesProfile::Year2015).is_some(), year_2015, "{mbps}");
        }
    }

    #[test]
    fn whole_gigabits_are_written_as_such() {
        let text = |mbps| Bandwidth::from_mbps(mbps, RulesProfile::Current).unwrap().to_string();
        assert_eq!((text(500), text(10_000)), ("500 Mbps".to_owned(), "10 Gbps".to_owned()));
    }
}
