//! How much the service carries (Azure: "ExpressRoute limits" and the ExpressRoute overview of 2015).

use super::{Bandwidth, PeeringKind, RulesProfile, Tier};
use crate::family::Family;
use std::{num::NonZeroU32, time::Duration};

/// How long a session that exceeded its limit stays down; Azure documents only that it comes back.
pub const RESTART_AFTER: Duration = Duration::from_secs(30);

/// The largest `routingWeight` of a virtual network's link.
pub const ROUTING_WEIGHT: u16 = 32_000;

/// The number of prefixes that a session accepts; one more ends it.
///
/// `None`: the peering does not exist in that family.
pub const fn prefixes(
    kind: PeeringKind,
    tier: Tier,
    family: Family,
    rules: RulesProfile,
) -> Option<NonZeroU32> {
    let by_tier = match tier {
        Tier::Local | Tier::Standard => 4_000,
        Tier::Premium => 10_000,
    };
    NonZeroU32::new(match (kind, family) {
        (PeeringKind::Private, Family::Ipv4) => by_tier,
        (PeeringKind::Private, Family::Ipv6) => 100,
        (PeeringKind::Microsoft, _) => 200,
        (PeeringKind::Public, Family::Ipv4) => match rules {
            RulesProfile::Current => 200,
            RulesProfile::Year2015 => by_tier,
        },
        (PeeringKind::Public, Family::Ipv6) => 0,
    })
}

/// The number of prefixes that a gateway sends over one connection; one more takes the connection down until there are
/// fewer.
pub const fn prefixes_of_a_connection(family: Family) -> usize {
    match family {
        Family::Ipv4 => 1_000,
        Family::Ipv6 => 100,
    }
}

/// The number of virtual networks that may be linked to a circuit.
pub const fn virtual_network_links(tier: Tier, bandwidth: Bandwidth) -> usize {
    match (tier, bandwidth.mbps()) {
        (Tier::Local | Tier::Standard, _) => 10,
        (Tier::Premium, ..100) => 20,
        (Tier::Premium, 100..500) => 25,
        (Tier::Premium, 500..1_000) => 40,
        (Tier::Premium, 1_000..2_000) => 50,
        (Tier::Premium, 2_000..5_000) => 60,
        (Tier::Premium, 5_000..10_000) => 75,
        (Tier::Premium, 10_000..) => 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Family::{Ipv4, Ipv6};
    use PeeringKind::{Microsoft, Private, Public};
    use RulesProfile::{Current, Year2015};
    use Tier::{Local, Premium, Standard};

    #[test]
    fn prefixes_per_peering_tier_family_and_rules() {
        for (kind, tier, family, rules, limit) in [
            (Private, Local, Ipv4, Current, 4_000),
            (Private, Standard, Ipv4, Current, 4_000),
            (Private, Premium, Ipv4, Current, 10_000),
            (Private, Premium, Ipv4, Year2015, 10_000),
            (Private, Premium, Ipv6, Current, 100),
            (Microsoft, Standard, Ipv4, Current, 200),
            (Microsoft, Premium, Ipv4, Year2015, 200),
            (Microsoft, Standard, Ipv6, Current, 200),
            (Public, Standard, Ipv4, Current, 200),
            (Public, Premium, Ipv4, Current, 200),
            (Public, Standard, Ipv4, Year2015, 4_000),
            (Public, Premium, Ipv4, Year2015, 10_000),
        ] {
            let found = prefixes(kind, tier, family, rules).map(NonZeroU32::get);
            assert_eq!(found, Some(limit), "{kind} {tier} {family} {rules}");
        }
        assert_eq!(prefixes(Public, Premium, Ipv6, Current), None);
    }

    #[test]
    fn s32_premium_links_grow_with_bandwidth() {
        let sizes = crate::azure::bandwidth::offered(Current);
        let links = [20, 25, 25, 40, 50, 60, 75, 100];
        assert_eq!(sizes.len(), links.len());
        for (mbps, links) in sizes.iter().zip(links) {
            let bandwidth = Bandwidth::among(sizes, *mbps).unwrap();
            assert_eq!(virtual_network_links(Premium, bandwidth), links, "{bandwidth}");
            assert_eq!(virtual_network_links(Standard, bandwidth), 10, "{bandwidth}");
        }
    }
}
