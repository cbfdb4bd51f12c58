//! How many prefixes a customer may announce, and what the next one does.

use crate::lab::{
    self, Lab, Pair,
    expect::{all_established, is_the_same_session},
    failure::{Outcome, ensure},
    plan::{Peering, Plan, private_ipv6_prefixes, private_prefixes, public_prefixes},
    wait::until,
};
use ::msee::{cli::gen_ce::Kind, family::Family};
use ipnet::IpNet;

pub(crate) fn s20_the_4001st_prefix_ends_only_its_own_session(kind: Kind) {
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    lab::run(&[kind], plan, |lab| {
        let pair = the_limit_holds(lab, kind, "private", 4_000, &private_prefixes(4_001))?;
        // Raising the limit needs no wait: the customer is let back at once.
        pair.msee.reload(&lab.plan().clone().with_sku("Premium_MeteredData").to_toml())?;
        pair.primary.clear(pair.primary.msee(Family::Ipv4)?)?;
        holds(&pair, "ams-1/private/primary", 4_001)
    });
}

pub(crate) fn s20_premium_takes_10000_prefixes_and_no_more(kind: Kind) {
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]).with_sku("Premium_MeteredData");
    lab::run(&[kind], plan, |lab| {
        the_limit_holds(lab, kind, "private", 10_000, &private_prefixes(10_001)).map(drop)
    });
}

pub(crate) fn s20_microsoft_peering_takes_200_prefixes_and_no_more(kind: Kind) {
    let plan = Plan::one_circuit(vec![Peering::microsoft(20).ipv4_only()]);
    lab::run(&[kind], plan, |lab| {
        the_limit_holds(lab, kind, "microsoft", 200, &public_prefixes(201)).map(drop)
    });
}

pub(crate) fn s20_a_session_over_its_limit_returns_below_it(kind: Kind) {
    const ID: &str = "ams-1/private/primary";
    let limit = r#"prefix_limit = { max = 10, action = "drop", restart_s = 1 }"#;
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only().setting(limit)]);
    lab::run(&[kind], plan, |lab| {
        let msee = lab.msee()?;
        let mut customer = lab.edge(kind, ID, &private_prefixes(11))?;
        let neighbor = customer.msee(Family::Ipv4)?;
        until("the limit trips", || customer.notified(6, 1))?;
        customer.clear(neighbor)?;
        until("it trips again while the customer offers too many", || {
            let events = msee.events()?;
            let trips = events.iter().filter(|event| event.kind == "PrefixLimitExceeded").count();
            ensure!(trips >= 2, "{trips} times");
            Ok(())
        })?;
        customer.announce(&private_prefixes(10))?;
        customer.clear(neighbor)?;
        until("the session is back with what is left", || {
            let session = msee.established(ID, "ipv4")?;
            ensure!(session.pfx_rcd.ipv4 == 10, "{session:?}");
            Ok(())
        })
    });
}

#[test]
fn s20_the_101st_ipv6_prefix_ends_only_the_ipv6_session() {
    const ID: &str = "ams-1/private/primary";
    let both = |ipv6: u32| [private_prefixes(3), private_ipv6_prefixes(ipv6)].concat();
    lab::run(&[Kind::Bird], Plan::one_circuit(vec![Peering::private(0)]), |lab| {
        let msee = lab.msee()?;
        let mut customer = lab.edge(Kind::Bird, ID, &both(100))?;
        let before = until("all are held", || {
            let (ipv4, ipv6) = (msee.established(ID, "ipv4")?, msee.established(ID, "ipv6")?);
            ensure!((ipv4.pfx_rcd.ipv4, ipv6.pfx_rcd.ipv6) == (3, 100), "{ipv4:?} {ipv6:?}");
            Ok(ipv4)
        })?;
        customer.announce(&both(101))?;
        until("the limit trips", || msee.event(ID, "PrefixLimitExceeded"))?;
        let ipv6 = msee.session(ID, "ipv6")?;
        ensure!(ipv6.state != "Established", "{ipv6:?}");
        is_the_same_session(&before, &msee.established(ID, "ipv4")?)
    });
}

/// Announces `max` prefixes on the primary link and one on the secondary, then one more on the primary.
fn the_limit_holds(lab: &Lab, kind: Kind, peering: &str, max: u64, prefixes: &[IpNet]) -> Outcome<Pair> {
    let (primary, secondary) = (format!("ams-1/{peering}/primary"), format!("ams-1/{peering}/secondary"));
    let (allowed, one) = (&prefixes[..prefixes.len() - 1], &prefixes[..1]);
    let mut pair = Pair {
        msee: lab.msee()?,
        primary: lab.edge(kind, &primary, allowed)?,
        secondary: lab.edge(kind, &secondary, one)?,
    };
    all_established(&pair.msee)?;
    holds(&pair, &primary, max)?;
    holds(&pair, &secondary, 1)?;
    pair.msee.event(&primary, "PrefixWarning")?;
    let before = pair.msee.established(&secondary, "ipv4")?;

    pair.primary.announce(prefixes)?;
    until("the customer is told", || pair.primary.notified(6, 1))?;
    until("the daemon says so", || pair.msee.event(&primary, "PrefixLimitExceeded"))?;
    let session = pair.msee.session(&primary, "ipv4")?;
    ensure!(session.state != "Established" && session.pfx_rcd.ipv4 == 0, "{session:?}");

    let after = pair.msee.established(&secondary, "ipv4")?;
    is_the_same_session(&before, &after)?;
    ensure!(after.pfx_rcd.ipv4 == 1, "{after:?}");
    Ok(pair)
}

/// Waits until so many prefixes are held on an attachment, which the limit's own count must confirm. A session that a
/// customer has come back with by itself may be reset once more, by the customer's operator who was not as quick.
fn holds(pair: &Pair, attachment: &str, count: u64) -> Outcome {
    until("the prefixes are held, and counted", || {
        let session = pair.msee.established(attachment, "ipv4")?;
        ensure!(session.pfx_rcd.ipv4 == count, "{} of {count}", session.pfx_rcd.ipv4);
        let limits = pair.msee.limits()?;
        let limit = limits.iter().find(|limit| limit.attachment == attachment && limit.family == "ipv4");
        ensure!(limit.is_some_and(|limit| limit.held == count), "{limit:?}");
        Ok(())
    })
}
