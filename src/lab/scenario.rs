//! What the lab shows, step after step.

use super::{Act, Goal, RouteSet, Show, Step};
use crate::azure::Router::{self, Primary, Secondary};
use ipnet::{IpNet, Ipv4Net};
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

/// The virtual network of the built-in plan.
const NETWORK: &str = "hub";
/// One of its prefixes.
const HUB: IpNet = IpNet::V4(net(10, 1, 0, 16));
/// Announced on both links alike.
const CAMPUS: RouteSet = RouteSet::one(net(10, 100, 0, 16));
/// Announced on both links, with a longer path on the secondary one.
const BRANCH: RouteSet = RouteSet::one(net(10, 101, 0, 16));
/// With the two above as many prefixes as private peering takes.
const UP_TO_THE_LIMIT: RouteSet = RouteSet::block(net(10, 128, 0, 24), 3998);
/// And one more.
const ONE_TOO_MANY: RouteSet = RouteSet::one(net(10, 192, 0, 24));

const BOTH: &[Router] = &[Primary, Secondary];
/// For what needs no timer to expire; most of it is for machines that are busy.
const SOON: Duration = Duration::from_secs(10);
/// For what waits for the hold time or for a restart.
const PATIENT: Duration = Duration::from_secs(25);

const fn net(a: u8, b: u8, c: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), length)
}

const fn host(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

/// A machine on the campus carries its traffic over these links.
const fn campus_over(over: &'static [Router]) -> Goal {
    Goal::Carried { network: NETWORK, to: host(10, 100, 7, 1), over }
}

/// Likewise a machine at the branch.
const fn branch_over(over: &'static [Router]) -> Goal {
    Goal::Carried { network: NETWORK, to: host(10, 101, 7, 1), over }
}

/// The demonstration.
pub const STEPS: &[Step] = &[
    Step {
        title: "The sessions come up",
        story: "Each MSEE peers with the customer edge on its link: the primary with CE-A, the secondary with CE-B.",
        acts: &[],
        until: &[Goal::Established(Primary), Goal::Established(Secondary)],
        within: SOON,
        show: &[Show::Command("show sessions")],
    },
    Step {
        title: "Routes go both ways",
        story: "Both edges announce the campus 10.100.0.0/16 and the branch 10.101.0.0/16, CE-B the branch with its AS \
                prepended twice. The edges learn the address space of the virtual network, with the path 12076 and the \
                MSEE as next hop.",
        acts: &[
            Act::Announce(Primary, CAMPUS),
            Act::Announce(Primary, BRANCH),
            Act::Announce(Secondary, CAMPUS),
            Act::Announce(Secondary, BRANCH.prepended(2)),
        ],
        until: &[
            Goal::Learnt(Primary, HUB),
            Goal::Learnt(Secondary, HUB),
            Goal::Holds(Primary, 2),
            Goal::Holds(Secondary, 2),
            campus_over(BOTH),
        ],
        within: SOON,
        show: &[Show::Learnt(Primary), Show::Command("show effective-routes hub")],
    },
    Step {
        title: "A machine in the virtual network sends",
        story: "Paths of the same length share the traffic. The longer one is a backup that carries none.",
        acts: &[],
        until: &[campus_over(BOTH), branch_over(&[Primary])],
        within: SOON,
        show: &[Show::Command("lookup hub 10.100.7.1"), Show::Command("lookup hub 10.101.7.1")],
    },
    Step {
        title: "The primary link is cut",
        story: "CE-A falls silent without a goodbye, and TCP does not notice. The MSEE gives the session up when it has \
                heard nothing for the hold time; then all traffic is on the secondary link.",
        acts: &[Act::Cut(Primary)],
        until: &[campus_over(&[Secondary]), branch_over(&[Secondary]), Goal::Untouched(Secondary)],
        within: PATIENT,
        show: &[Show::Command("lookup hub 10.101.7.1"), Show::Command("show sessions")],
    },
    Step {
        title: "The primary link returns",
        story: "The session comes up by itself, and everything is as it was.",
        acts: &[Act::Repair(Primary)],
        until: &[campus_over(BOTH), branch_over(&[Primary]), Goal::Untouched(Secondary)],
        within: PATIENT,
        show: &[Show::LastDown(Primary), Show::Command("lookup hub 10.101.7.1")],
    },
    Step {
        title: "4,000 prefixes are allowed",
        story: "CE-A announces 3,998 prefixes more. That is a warning, and no more.",
        acts: &[Act::Announce(Primary, UP_TO_THE_LIMIT)],
        until: &[Goal::Holds(Primary, 4000), Goal::Established(Primary)],
        within: SOON,
        show: &[Show::Command("show limits")],
    },
    Step {
        title: "The 4,001st is not",
        story: "The primary MSEE ends the session with Cease/Maximum Number of Prefixes Reached. The limit counts per \
                session, so the secondary link goes on and carries everything.",
        acts: &[Act::Announce(Primary, ONE_TOO_MANY)],
        until: &[
            Goal::Told(Primary, "Cease/maximum number of prefixes reached"),
            campus_over(&[Secondary]),
            branch_over(&[Secondary]),
            Goal::Untouched(Secondary),
        ],
        within: SOON,
        show: &[Show::LastDown(Primary), Show::Command("show sessions")],
    },
    Step {
        title: "CE-A withdraws what was too much",
        story: "The session may come back when its waiting time is over, and stays.",
        acts: &[Act::Withdraw(Primary, UP_TO_THE_LIMIT), Act::Withdraw(Primary, ONE_TOO_MANY)],
        until: &[
            Goal::Established(Primary),
            Goal::Holds(Primary, 2),
            campus_over(BOTH),
            branch_over(&[Primary]),
            Goal::Untouched(Secondary),
        ],
        within: PATIENT,
        show: &[Show::Command("show sessions")],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rib::PrefixLimit;

    #[test]
    fn the_prefixes_are_one_more_than_the_plan_allows() {
        let plan = crate::lab::plan().unwrap();
        let limit = plan.attachments[0].limits.ipv4;
        assert!(matches!(limit, PrefixLimit::Drop { restart: Some(_), .. }), "{limit:?}");
        let mut announced: Vec<Ipv4Net> =
            [CAMPUS, BRANCH, UP_TO_THE_LIMIT, ONE_TOO_MANY].iter().flat_map(RouteSet::prefixes).collect();
        announced.sort_unstable();
        announced.dedup();
        assert_eq!(u32::try_from(announced.len() - 1).ok(), limit.max().map(std::num::NonZeroU32::get));
    }

    #[test]
    fn the_network_is_the_one_of_the_plan() {
        let plan = crate::lab::plan().unwrap();
        let network = plan.virtual_networks.iter().find(|network| network.name.as_str() == NETWORK).unwrap();
        assert!(network.address_space.contains(&HUB));
    }
}
