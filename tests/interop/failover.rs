//! The loss of a link: the other one carries on.

use crate::lab::{
    self,
    expect::{all_established, is_the_same_session, next_hops},
    failure::ensure,
    namespace::LinkState,
    plan::{Peering, Plan, private_prefixes},
    process::Signal,
    wait::until,
};
use ::msee::{
    cli::gen_ce::{Kind, Timers},
    family::Family,
};
use std::time::Instant;

const PRIMARY: &str = "ams-1/private/primary";
const SECONDARY: &str = "ams-1/private/secondary";

pub(crate) fn s37_routes_move_to_the_secondary_when_the_hold_time_ends(kind: Kind) {
    lab::run(&[kind], short_hold_time(), |lab| {
        let pair = lab.pair(kind, "ams-1/private", &private_prefixes(5))?;
        all_established(&pair.msee)?;
        next_hops(&pair.msee, "10.64.4.1", 2)?;
        let before = pair.msee.established(SECONDARY, "ipv4")?;

        lab.set_link(PRIMARY, LinkState::Down)?;
        let down = Instant::now();
        let left = next_hops(&pair.msee, "10.64.4.1", 1)?;
        println!("{kind}: hold time 3 s, routes on the secondary after {:.1?}", down.elapsed());
        let customer = pair.secondary.site().configuration.sessions[0].local_address;
        ensure!(left.contains(&customer), "{left:?} instead of {customer}");
        let ended = until("the session has ended", || {
            let session = pair.msee.session(PRIMARY, "ipv4")?;
            ensure!(session.state != "Established", "{session:?}");
            Ok(session)
        })?;
        ensure!(ended.last_reset.is_some(), "no reason: {ended:?}");
        is_the_same_session(&before, &pair.msee.established(SECONDARY, "ipv4")?)?;

        lab.set_link(PRIMARY, LinkState::Up)?;
        pair.primary.clear(pair.primary.msee(Family::Ipv4)?)?;
        let up = Instant::now();
        next_hops(&pair.msee, "10.64.4.1", 2)?;
        println!("{kind}: both links carry again after {:.1?}", up.elapsed());
        is_the_same_session(&before, &pair.msee.established(SECONDARY, "ipv4")?)
    });
}

#[test]
fn s37_a_customer_that_hangs_or_dies_leaves_the_other_link() {
    for (fault, signal) in [("hangs", Signal::Stop), ("dies", Signal::Kill)] {
        lab::run(&[Kind::Bird], short_hold_time(), |lab| {
            let pair = lab.pair(Kind::Bird, "ams-1/private", &private_prefixes(5))?;
            all_established(&pair.msee)?;
            next_hops(&pair.msee, "10.64.4.1", 2)?;
            let before = pair.msee.established(SECONDARY, "ipv4")?;
            pair.primary.signal(signal)?;
            let fallen = Instant::now();
            next_hops(&pair.msee, "10.64.4.1", 1)?;
            println!("a customer that {fault}: routes on the secondary after {:.1?}", fallen.elapsed());
            is_the_same_session(&before, &pair.msee.established(SECONDARY, "ipv4")?)
        });
    }
}

/// The shortest hold time there is (RFC 4271 section 4.2), without IPv6: its addresses leave an interface that goes down.
fn short_hold_time() -> Plan {
    let timers = Timers { hold_s: 3, keepalive_s: 1, connect_retry_s: 1 };
    Plan::one_circuit(vec![Peering { timers, ..Peering::private(0).ipv4_only() }])
}
