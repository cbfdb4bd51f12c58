//! Sessions to both routers, what crosses them, and how they end.

use crate::lab::{
    self, Pair,
    edge::{Origin, SeenRoute},
    expect::{all_established, is_the_same_session, next_hops},
    failure::{Outcome, ensure},
    msee::{Direction, Msee},
    plan::{Peering, Plan, Signing, private_prefixes},
    wait::until,
};
use ::msee::{azure::Router, cli::gen_ce::Kind, family::Family};
use ipnet::IpNet;
use std::collections::BTreeSet;

pub(crate) fn s03_both_routers_peer_in_both_families(kind: Kind) {
    routes_cross(kind, Signing::Unsigned);
}

pub(crate) fn s25_signed_sessions_carry_the_same_routes(kind: Kind) {
    routes_cross(kind, Signing::Md5);
}

pub(crate) fn s04_the_other_session_stays_when_one_is_shut_down(kind: Kind) {
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    lab::run(&[kind], plan, |lab| {
        let pair = lab.pair(kind, "ams-1/private", &private_prefixes(3))?;
        all_established(&pair.msee)?;
        let both = next_hops(&pair.msee, "10.64.0.7", 2)?;
        let before = pair.msee.established("ams-1/private/secondary", "ipv4")?;

        pair.msee.run(&["disable", "ams-1/private/primary", "--message", "new line card"])?;
        let notification = until("the customer is told why", || pair.primary.notified(6, 2))?;
        ensure!(notification.text.as_deref() == Some("new line card"), "{notification:?}");
        let one = next_hops(&pair.msee, "10.64.0.7", 1)?;
        ensure!(one.is_subset(&both), "{one:?} instead of {both:?}");

        let after = pair.msee.established("ams-1/private/secondary", "ipv4")?;
        is_the_same_session(&before, &after)?;
        let received = pair.secondary.received_routes(pair.secondary.msee(Family::Ipv4)?)?;
        ensure!(received.len() == 1, "{received:?}");

        pair.msee.run(&["enable", "ams-1/private/primary"])?;
        pair.primary.clear(pair.primary.msee(Family::Ipv4)?)?;
        until("the session is back", || pair.msee.established("ams-1/private/primary", "ipv4"))?;
        next_hops(&pair.msee, "10.64.0.7", 2)?;
        Ok(())
    });
}

pub(crate) fn sigterm_is_a_cease_with_a_text(kind: Kind) {
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    lab::run(&[kind], plan, |lab| {
        let Pair { mut msee, primary, secondary } = lab.pair(kind, "ams-1/private", &private_prefixes(1))?;
        all_established(&msee)?;
        msee.terminate()?;
        for customer in [primary, secondary] {
            let notification = until("the customer is told", || customer.notified(6, 2))?;
            let text = notification.text.unwrap_or_default();
            ensure!(!text.is_empty(), "Cease/2 without a text");
        }
        Ok(())
    });
}

fn routes_cross(kind: Kind, signing: Signing) {
    let peering = Peering::private(0).signed(signing);
    lab::run(&[kind], Plan::one_circuit(vec![peering.clone()]), |lab| {
        let mut announced = private_prefixes(2);
        announced.extend(["fd10::/48", "fd10:1::/48"].iter().flat_map(|net| net.parse::<IpNet>()));
        let pair = lab.pair(kind, "ams-1/private", &announced)?;
        all_established(&pair.msee)?;
        for router in Router::ALL {
            for family in Family::ALL {
                the_customer_sees_the_virtual_network(&pair, &peering, router, family)?;
                the_msee_sees_the_customer(&pair.msee, &peering, router, family, &announced)?;
            }
        }
        the_virtual_network_reaches_the_customer(&pair.msee, &announced)
    });
}

fn the_customer_sees_the_virtual_network(
    pair: &Pair,
    peering: &Peering,
    router: Router,
    family: Family,
) -> Outcome {
    let msee = peering.msee_address(router, family)?;
    let address_space = match family {
        Family::Ipv4 => "10.1.0.0/16",
        Family::Ipv6 => "fd00:1::/48",
    };
    let want = SeenRoute {
        prefix: address_space.parse()?,
        next_hop: msee,
        as_path: "12076".to_owned(),
        origin: Origin::Igp,
        communities: Vec::new(),
    };
    until("the customer has the virtual network's prefix", || {
        let seen = pair.edge(router).received_routes(msee)?;
        ensure!(seen == [want.clone()], "{seen:?} instead of {want:?}");
        Ok(())
    })
}

fn the_msee_sees_the_customer(
    msee: &Msee,
    peering: &Peering,
    router: Router,
    family: Family,
    announced: &[IpNet],
) -> Outcome {
    let attachment = format!("ams-1/private/{router}");
    let subnets = peering.subnets(router);
    let customer = subnets.iter().find(|subnet| subnet.family() == family).map(|subnet| subnet.customer());
    let want: BTreeSet<String> =
        announced.iter().filter(|net| Family::of(net) == family).map(ToString::to_string).collect();
    until("the daemon has the customer's prefixes", || {
        let received = msee.routes(&attachment, &family.to_string(), Direction::Received)?;
        let seen: BTreeSet<String> = received.iter().map(|route| route.network.clone()).collect();
        ensure!(seen == want, "{seen:?} instead of {want:?}");
        let alike = received.iter().all(|route| {
            route.as_path == "65010" && route.origin == "IGP" && Some(route.next_hop) == customer
        });
        ensure!(alike, "{received:?}");
        Ok(())
    })
}

fn the_virtual_network_reaches_the_customer(msee: &Msee, announced: &[IpNet]) -> Outcome {
    until("effective routes hold every prefix, over both links", || {
        let routes = msee.effective_routes("hub")?;
        for net in announced {
            let over_both = routes.iter().any(|route| {
                route.address_prefix == [net.to_string()] && route.next_hop_ip_address.len() == 2
            });
            ensure!(over_both, "{net} not over both links in {routes:?}");
        }
        Ok(())
    })?;
    for address in ["10.64.1.99", "fd10:1::99"] {
        let found = msee.lookup("hub", address)?;
        let source = found.as_ref().map(|route| route.source.as_str());
        ensure!(source == Some("VirtualNetworkGateway"), "{address}: {found:?}");
    }
    let own = msee.lookup("hub", "10.1.2.3")?;
    ensure!(own.as_ref().is_some_and(|route| route.next_hop_type == "VnetLocal"), "{own:?}");
    let unknown = msee.lookup("hub", "10.200.0.1")?;
    ensure!(unknown.is_none(), "{unknown:?}");
    Ok(())
}
