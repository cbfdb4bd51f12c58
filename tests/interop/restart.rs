//! Graceful restart (RFC 4724): the customer's routes stay while it restarts, and the daemon's while the daemon does.

use crate::lab::{
    self,
    edge::CustomerEdge,
    expect::{customer_has, next_hops},
    failure::{Outcome, ensure},
    msee::{Msee, Session},
    plan::{Circuit, Peering, Plan, Transit, private_prefixes},
    wait::until,
};
use ::msee::{cli::gen_ce::Kind, family::Family};
use ipnet::IpNet;

const PRIMARY: &str = "ams-1/private/primary";
const OTHER: &str = "lon-1/private/primary";

/// The customer's daemon dies and comes back with fewer prefixes: nothing is lost meanwhile, and the rest goes with its
/// End-of-RIB.
pub(crate) fn the_routes_of_a_customer_that_restarts_stay(kind: Kind) {
    lab::run(&[kind], plan("\"helper\""), |lab| {
        let msee = lab.msee()?;
        let mut edge = lab.edge_amended(kind, PRIMARY, &private_prefixes(5), restarts_gracefully(kind))?;
        holds(&msee, 5)?;
        edge.crash()?;
        until("the session is lost, the routes are stale", || {
            let session = msee.session(PRIMARY, "ipv4")?;
            ensure!(session.state != "Established" && stale(&session) == 5, "{session:?}");
            Ok(())
        })?;
        next_hops(&msee, "10.64.4.1", 1)?;
        edge.start_again(&private_prefixes(3))?;
        until("the customer is back and has said all", || {
            let found = msee.lookup("hub", "10.64.2.1")?;
            assert!(found.is_some(), "a route that the customer never gave up is gone");
            let session = msee.established(PRIMARY, "ipv4")?;
            ensure!(session.pfx_rcd.ipv4 == 3 && stale(&session) == 0, "{session:?}");
            Ok(())
        })?;
        ensure!(msee.lookup("hub", "10.64.4.1")?.is_none(), "what it no longer announces stays");
        let down = msee.event(PRIMARY, "SessionDown")?;
        ensure!(down.message.contains("5 routes stay"), "{down:?}");
        Ok(())
    });
}

/// The daemon dies and comes back without one of its prefixes: the customer has the other one all the time.
pub(crate) fn customers_keep_the_routes_of_a_daemon_that_restarts(kind: Kind) {
    let mut plan = plan("\"full\"");
    plan.virtual_networks[0].address_space = vec!["10.1.0.0/16", "10.2.0.0/16"];
    let before = plan.to_toml();
    plan.virtual_networks[0].address_space = vec!["10.1.0.0/16"];
    let after = plan.to_toml();
    lab::run(&[kind], plan, |lab| {
        let mut msee = lab.msee_of_file(&before)?;
        let edge = lab.edge_amended(kind, PRIMARY, &private_prefixes(2), restarts_gracefully(kind))?;
        customer_has(&*edge, &["10.1.0.0/16", "10.2.0.0/16"])?;
        // FRR 8.4.4 forgot everything now and then, if the session ended within its first second.
        until("the session has lasted a while", || {
            let session = msee.established(PRIMARY, "ipv4")?;
            ensure!(session.peer_uptime_msec > 2_000, "{session:?}");
            Ok(())
        })?;
        msee.crash()?;
        let neighbor = edge.msee(Family::Ipv4)?;
        until("the customer has noticed", || {
            ensure!(!edge.is_established(neighbor)?, "still Established");
            Ok(())
        })?;
        keeps(&*edge, "10.1.0.0/16")?;
        msee.start_again(&after)?;
        until("the prefix that is no more goes with End-of-RIB", || {
            keeps(&*edge, "10.1.0.0/16")?;
            let seen = edge.received_routes(neighbor)?;
            ensure!(seen.len() == 1 && edge.is_established(neighbor)?, "{seen:?}");
            Ok(())
        })?;
        holds(&msee, 2)
    });
}

/// Two customers behind an open transit: what one has of the other outlasts a restart of the daemon.
///
/// Not against FRR, which says for its first two minutes that it restarts itself, and is therefore not waited for.
#[test]
fn an_open_transit_restarts_without_a_gap() {
    let kind = Kind::Bird;
    let mut plan = plan("\"full\"");
    plan.transit = Transit::Open;
    plan.circuits.push(Circuit {
        name: "lon-1",
        sku: "Standard_MeteredData",
        virtual_networks: Vec::new(),
        peerings: vec![Peering { asn: 65020, ..peering(1, "\"full\"") }],
        settings: String::new(),
    });
    let toml = plan.to_toml();
    lab::run(&[kind], plan, |lab| {
        let mut msee = lab.msee()?;
        let net: IpNet = "10.90.0.0/16".parse()?;
        let one = lab.edge_amended(kind, PRIMARY, &private_prefixes(2), restarts_gracefully(kind))?;
        let other = lab.edge_amended(kind, OTHER, &[net], restarts_gracefully(kind))?;
        let neighbors = [(&one, "10.90.0.0/16"), (&other, "10.64.1.0/24")];
        for (edge, prefix) in neighbors {
            until("the customers see each other", || keeps(&**edge, prefix))?;
        }
        msee.crash()?;
        for (edge, _) in neighbors {
            until("the customer has noticed", || {
                ensure!(!edge.is_established(edge.msee(Family::Ipv4)?)?, "still Established");
                Ok(())
            })?;
        }
        msee.start_again(&toml)?;
        until("both sessions are back, and the daemon knows everything again", || {
            for (edge, prefix) in neighbors {
                if let Err(gap) = keeps(&**edge, prefix) {
                    panic!("a gap: {gap}");
                }
            }
            for (attachment, prefixes) in [(PRIMARY, 2), (OTHER, 1)] {
                let session = msee.established(attachment, "ipv4")?;
                ensure!(session.pfx_rcd.ipv4 == prefixes, "{session:?}");
                // The other customer's, and the virtual network's.
                ensure!(session.pfx_snt.ipv4 >= 2, "{session:?}");
            }
            Ok(())
        })
    });
}

/// An operator's stop is a Hard Reset (RFC 8538) where both sides know that, and loses the routes in any case.
pub(crate) fn a_shutdown_is_no_restart(kind: Kind) {
    lab::run(&[kind], plan("\"full\""), |lab| {
        let msee = lab.msee()?;
        let edge = lab.edge_amended(kind, PRIMARY, &private_prefixes(2), restarts_gracefully(kind))?;
        customer_has(&*edge, &["10.1.0.0/16"])?;
        holds(&msee, 2)?;
        msee.run(&["disable", PRIMARY])?;
        customer_has(&*edge, &[])?;
        let session = msee.session(PRIMARY, "ipv4")?;
        ensure!((session.pfx_rcd.ipv4, stale(&session)) == (0, 0), "{session:?}");
        Ok(())
    });
}

fn plan(graceful_restart: &str) -> Plan {
    Plan::one_circuit(vec![peering(0, graceful_restart)])
}

fn peering(n: u8, graceful_restart: &str) -> Peering {
    // A peer that never comes would be waited for.
    let peering = Peering::private(n).ipv4_only().setting("secondary = \"disabled\"");
    peering.setting(&format!("graceful_restart = {graceful_restart}"))
}

/// What a customer adds to the configuration that is printed for it.
fn restarts_gracefully(kind: Kind) -> fn(&str) -> String {
    match kind {
        Kind::Bird => |text| {
            text.replace("  neighbor ", "  graceful restart on;\n  graceful restart time 60;\n  neighbor ")
        },
        Kind::Frr => |text| {
            text.replace(
                " bgp log-neighbor-changes",
                " bgp graceful-restart\n bgp graceful-restart preserve-fw-state\n bgp log-neighbor-changes",
            )
        },
        Kind::Gobgp | Kind::Openbgpd => str::to_owned,
    }
}

fn stale(session: &Session) -> u64 {
    session.graceful_restart.as_ref().map_or(0, |restart| restart.stale_prefixes.ipv4)
}

/// Waits until the daemon has that many prefixes of the customer.
fn holds(msee: &Msee, prefixes: u64) -> Outcome {
    until("the customer's prefixes are there", || {
        let session = msee.established(PRIMARY, "ipv4")?;
        ensure!(session.pfx_rcd.ipv4 == prefixes && stale(&session) == 0, "{session:?}");
        Ok(())
    })
}

/// Fails if the customer has no route to the prefix now.
fn keeps(edge: &dyn CustomerEdge, prefix: &str) -> Outcome {
    let prefix: IpNet = prefix.parse()?;
    let seen = edge.received_routes(edge.msee(Family::Ipv4)?)?;
    ensure!(seen.iter().any(|route| route.prefix == prefix), "{prefix} is not among {seen:?}");
    Ok(())
}
