//! The pair's links: small packets, and one that is cut while routes change. Against BIRD, in network namespaces.

use crate::lab::{
    self, Pair,
    expect::{all_established, customer_has, is_the_same_session, next_hops},
    failure::{Outcome, ensure},
    msee::{Direction, Msee},
    namespace::LinkState,
    plan::{Peering, Plan, private_prefixes},
    wait::until,
};
use ::msee::{
    cli::gen_ce::{Kind, Timers},
    family::Family,
};

const PRIMARY: &str = "ams-1/private/primary";
const SECONDARY: &str = "ams-1/private/secondary";

/// One circuit with the shortest hold time there is (RFC 4271 section 4.2).
fn plan() -> Plan {
    let timers = Timers { hold_s: 3, keepalive_s: 1, connect_retry_s: 1 };
    Plan::one_circuit(vec![Peering { timers, ..Peering::private(0).ipv4_only() }])
}

/// What the daemon holds of an attachment, without the next hop: that is each leg's own.
fn view(msee: &Msee, attachment: &str) -> Outcome<Vec<[String; 3]>> {
    let routes = msee.routes(attachment, "ipv4", Direction::Received)?;
    Ok(routes.into_iter().map(|route| [route.network, route.as_path, route.origin]).collect())
}

fn both_views_are(msee: &Msee, prefixes: usize) -> Outcome {
    until("both routers hold the same routes", || {
        let [primary, secondary] = [view(msee, PRIMARY)?, view(msee, SECONDARY)?];
        let lengths = (primary.len(), secondary.len());
        ensure!(primary == secondary && primary.len() == prefixes, "{lengths:?} instead of {prefixes}");
        Ok(())
    })
}

fn announce_on_both(pair: &mut Pair, prefixes: u32) -> Outcome {
    pair.primary.announce(&private_prefixes(prefixes))?;
    pair.secondary.announce(&private_prefixes(prefixes))
}

#[test]
fn a_leg_that_was_cut_while_routes_changed_sees_what_the_other_sees_when_it_is_back() {
    lab::run(&[Kind::Bird], plan(), |lab| {
        let mut pair = lab.pair(Kind::Bird, "ams-1/private", &private_prefixes(50))?;
        all_established(&pair.msee)?;
        both_views_are(&pair.msee, 50)?;
        let before = pair.msee.established(SECONDARY, "ipv4")?;
        for prefixes in [20, 80] {
            lab.set_link(PRIMARY, LinkState::Down)?;
            // No route through the dead leg, once its hold time is over.
            let left = next_hops(&pair.msee, "10.64.4.1", 1)?;
            let customer = pair.secondary.site().configuration.sessions[0].local_address;
            ensure!(left.contains(&customer), "{left:?} instead of {customer}");
            announce_on_both(&mut pair, prefixes)?;
            lab.set_link(PRIMARY, LinkState::Up)?;
            pair.primary.clear(pair.primary.msee(Family::Ipv4)?)?;
            all_established(&pair.msee)?;
            both_views_are(&pair.msee, usize::try_from(prefixes)?)?;
            next_hops(&pair.msee, "10.64.4.1", 2)?;
            for edge in [&pair.primary, &pair.secondary] {
                customer_has(&**edge, &["10.1.0.0/16"])?;
            }
            is_the_same_session(&before, &pair.msee.established(SECONDARY, "ipv4")?)?;
        }
        Ok(())
    });
}

#[test]
fn a_link_of_600_octets_carries_whole_tables() {
    const PREFIXES: u32 = 3_000;
    lab::run(&[Kind::Bird], plan(), |lab| {
        lab.set_mtu(PRIMARY, 600)?;
        let mut pair = lab.pair(Kind::Bird, "ams-1/private", &private_prefixes(PREFIXES))?;
        all_established(&pair.msee)?;
        both_views_are(&pair.msee, usize::try_from(PREFIXES)?)?;
        let before = pair.msee.established(SECONDARY, "ipv4")?;
        // And one that becomes so while its session is up.
        lab.set_mtu(SECONDARY, 600)?;
        announce_on_both(&mut pair, 10)?;
        both_views_are(&pair.msee, 10)?;
        announce_on_both(&mut pair, PREFIXES)?;
        both_views_are(&pair.msee, usize::try_from(PREFIXES)?)?;
        is_the_same_session(&before, &pair.msee.established(SECONDARY, "ipv4")?)
    });
}
