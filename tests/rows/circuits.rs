//! Circuits as a whole: several of them, their two sessions per peering, what is linked to them.

use crate::lab::{
    self, Lab,
    edge::CustomerEdge,
    expect::{all_established, customer_has, is_the_same_session, refused},
    failure::{Outcome, ensure},
    msee::Msee,
    plan::{Circuit, Peering, Plan, VirtualNetwork, private_prefixes},
    process::Signal,
    wait::until,
};
use ::msee::{azure::Router, cli::gen_ce::Kind, family::Family};
use serde_json::Value;
use std::collections::BTreeSet;

const AT_AMSTERDAM: &str = "service_provider = \"Equinix\"\npeering_location = \"Amsterdam\"\n";
const AT_LONDON: &str = "service_provider = \"Colt\"\npeering_location = \"London\"\n";

#[test]
fn s02_circuits_of_two_providers_at_two_locations_do_not_meet() {
    let mut plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    plan.circuits[0].settings = AT_AMSTERDAM.to_owned();
    plan.virtual_networks.push(VirtualNetwork::new("spoke", &["10.2.0.0/16"]));
    plan.circuits.push(Circuit {
        name: "lon-1",
        sku: "Premium_UnlimitedData",
        virtual_networks: vec!["spoke".to_owned()],
        peerings: vec![Peering { asn: 65020, ..Peering::private(1).ipv4_only() }],
        settings: AT_LONDON.to_owned(),
    });
    lab::run(&[Kind::Bird, Kind::Frr], plan, |lab| {
        let msee = lab.msee()?;
        let ams = both(lab, Kind::Bird, "ams-1/private")?;
        let lon = both(lab, Kind::Frr, "lon-1/private")?;
        all_established(&msee)?;
        for (edges, want) in [(&ams, ["10.1.0.0/16"]), (&lon, ["10.2.0.0/16"])] {
            for edge in edges {
                customer_has(&**edge, &want)?;
            }
        }
        for (network, own) in [("hub", "172.16.0."), ("spoke", "172.16.1.")] {
            until("the network has its own customer's routes alone", || {
                let found = msee.lookup(network, "10.64.1.1")?;
                let hops = found.map(|route| route.next_hop_ip_address).unwrap_or_default();
                let own = hops.iter().filter(|hop| hop.to_string().starts_with(own)).count();
                ensure!((own, hops.len()) == (2, 2), "{network}: {hops:?}");
                Ok(())
            })?;
        }
        let circuits = msee.circuits()?;
        let seen: Vec<_> = [0, 1]
            .map(|index| (&circuits[index]["serviceProviderName"], &circuits[index]["peeringLocation"]))
            .to_vec();
        ensure!(
            seen == [(&"Equinix".into(), &"Amsterdam".into()), (&"Colt".into(), &"London".into())],
            "{seen:?}"
        );
        Ok(())
    });
}

#[test]
fn s05_a_circuit_with_one_session_works_without_the_sla() {
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    lab::run(&[Kind::Bird], plan, |lab| {
        let msee = lab.msee()?;
        let sla = |valid: bool, missing: &[&str]| {
            until("show circuits says whether the SLA holds", || {
                let circuit = msee.circuits()?[0].clone();
                let seen = (circuit["slaValid"].clone(), circuit["missingSessions"].clone());
                ensure!(seen == (Value::from(valid), Value::from(missing.to_vec())), "{seen:?}");
                Ok(())
            })
        };
        sla(false, &["private/primary", "private/secondary"])?;
        let primary = lab.edge(Kind::Bird, "ams-1/private/primary", &private_prefixes(2))?;
        sla(false, &["private/secondary"])?;
        until("the circuit works over one link", || {
            let found = msee.lookup("hub", "10.64.1.1")?;
            ensure!(found.is_some_and(|route| route.next_hop_ip_address.len() == 1), "no route");
            Ok(())
        })?;
        let secondary = lab.edge(Kind::Bird, "ams-1/private/secondary", &private_prefixes(2))?;
        sla(true, &[])?;
        until("an event says so", || msee.circuit_event("RedundancyRestored"))?;
        secondary.signal(Signal::Terminate)?;
        sla(false, &["private/secondary"])?;
        let event = until("an event says so", || msee.circuit_event("RedundancyLost"))?;
        ensure!(event.message.contains("private/secondary"), "{event:?}");
        drop(primary);
        Ok(())
    });
}

#[test]
fn s06_both_routers_advertise_the_same_with_equal_attributes() {
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    lab::run(&[Kind::Frr], plan.clone(), |lab| {
        let msee = lab.msee()?;
        let edges = both(lab, Kind::Frr, "ams-1/private")?;
        all_established(&msee)?;
        let alike = |want: &[&str]| {
            edges.iter().try_for_each(|edge| customer_has(&**edge, want))?;
            let mut seen = BTreeSet::new();
            for edge in &edges {
                let routes = edge.received_routes(edge.msee(Family::Ipv4)?)?;
                let attributes =
                    routes.into_iter().map(|route| (route.prefix, route.as_path, route.communities));
                seen.insert(attributes.collect::<Vec<_>>());
            }
            ensure!(seen.len() == 1, "the two links differ: {seen:?}");
            Ok(())
        };
        alike(&["10.1.0.0/16"])?;
        let before = msee.sessions()?;
        let mut changed = plan.clone();
        changed.virtual_networks[0].address_space = vec!["10.1.0.0/16", "10.3.0.0/16"];
        msee.reload(&changed.to_toml())?;
        alike(&["10.1.0.0/16", "10.3.0.0/16"])?;
        // Neither: the secondary link's subnet is refused, and the primary's part of the change with it.
        let half = plan.to_toml().replace("172.16.0.4/30", "172.16.0.4/29");
        refused(&msee, &half)?;
        alike(&["10.1.0.0/16", "10.3.0.0/16"])?;
        for (before, after) in before.iter().zip(msee.sessions()?) {
            is_the_same_session(before, &after)?;
        }
        Ok(())
    });
}

#[test]
fn s07_s08_three_peerings_are_three_domains_on_six_sessions() {
    let peerings = [Peering::private(0), Peering::microsoft(20), Peering::public(20)].map(Peering::ipv4_only);
    let alone = |chosen: usize| {
        let chosen = peerings.iter().enumerate().filter(|(position, _)| chosen & (1 << position) != 0);
        Plan::one_circuit(chosen.map(|(_, peering)| peering.clone()).collect())
    };
    lab::run(&[Kind::Bird], alone(7), |lab| {
        let msee = lab.msee()?;
        let announced =
            [("private", "10.64.0.0/24"), ("microsoft", "11.0.0.0/24"), ("public", "12.0.0.0/24")];
        let mut edges = Vec::new();
        for (kind, prefix) in announced {
            for router in Router::ALL {
                edges.push(lab.edge(Kind::Bird, &format!("ams-1/{kind}/{router}"), &[prefix.parse()?])?);
            }
        }
        all_established(&msee)?;
        ensure!(msee.sessions()?.len() == 6, "{} sessions", msee.sessions()?.len());
        for (kind, prefix) in announced {
            until("a domain has its own routes alone", || {
                let routes = msee.routes(
                    &format!("ams-1/{kind}/secondary"),
                    "ipv4",
                    crate::lab::msee::Direction::Received,
                )?;
                let seen: Vec<_> = routes.iter().map(|route| route.network.as_str()).collect();
                ensure!(seen == [prefix], "{kind} has {seen:?}");
                Ok(())
            })?;
        }
        // Each of the seven combinations on the running daemon; the private session never notices.
        let before = msee.session("ams-1/private/primary", "ipv4")?;
        for chosen in [3, 5, 1, 7] {
            msee.reload(&alone(chosen).to_toml())?;
            let count = 2 * chosen.count_ones() as usize;
            ensure!(msee.sessions()?.len() == count, "{chosen:03b}: {:?}", msee.sessions()?);
            is_the_same_session(&before, &msee.session("ams-1/private/primary", "ipv4")?)?;
        }
        for chosen in [2, 4, 6] {
            msee.reload(&alone(chosen).to_toml())?;
            ensure!(msee.sessions()?.len() == 2 * chosen.count_ones() as usize, "{chosen:03b}");
        }
        Ok(())
    });
}

#[test]
fn s11_s12_s32_links_carry_both_ways_up_to_the_limit_of_the_size() {
    const SPACES: [&str; 21] = [
        "10.2.0.0/24",
        "10.2.1.0/24",
        "10.2.2.0/24",
        "10.2.3.0/24",
        "10.2.4.0/24",
        "10.2.5.0/24",
        "10.2.6.0/24",
        "10.2.7.0/24",
        "10.2.8.0/24",
        "10.2.9.0/24",
        "10.2.10.0/24",
        "10.2.11.0/24",
        "10.2.12.0/24",
        "10.2.13.0/24",
        "10.2.14.0/24",
        "10.2.15.0/24",
        "10.2.16.0/24",
        "10.2.17.0/24",
        "10.2.18.0/24",
        "10.2.19.0/24",
        "10.2.20.0/24",
    ];
    const NAMES: [&str; 21] = [
        "v00", "v01", "v02", "v03", "v04", "v05", "v06", "v07", "v08", "v09", "v10", "v11", "v12", "v13",
        "v14", "v15", "v16", "v17", "v18", "v19", "v20",
    ];
    // Premium with 50 Mbps: 20 links.
    let linked = |count: usize| {
        let mut plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()])
            .with_sku("Premium_MeteredData")
            .with_circuit_settings("bandwidth_mbps = 50");
        plan.virtual_networks = NAMES
            .iter()
            .zip(SPACES)
            .take(count)
            .map(|(name, space)| VirtualNetwork::new(name, &[space]))
            .collect();
        plan.circuits[0].virtual_networks = NAMES.iter().take(count).map(|name| (*name).to_owned()).collect();
        plan
    };
    lab::run(&[Kind::Gobgp], linked(20), |lab| {
        let msee = lab.msee()?;
        let edges = both(lab, Kind::Gobgp, "ams-1/private")?;
        all_established(&msee)?;
        let mut want: Vec<&str> = SPACES[..20].to_vec();
        want.sort_by_key(|net| net.parse::<ipnet::IpNet>().ok());
        for edge in &edges {
            customer_has(&**edge, &want)?;
        }
        for name in &NAMES[..20] {
            learns_the_customer(&msee, name)?;
        }
        let refusal = refused(&msee, &linked(21).to_toml())?;
        ensure!(refusal.contains("Premium_MeteredData with 50 Mbps takes 20"), "{refusal}");
        // The sizes above it, at the limit and one more.
        for (mbps, limit) in
            [(100, 25), (200, 25), (500, 40), (1000, 50), (2000, 60), (5000, 75), (10_000, 100)]
        {
            let sized = |count: usize| many_links(mbps, count);
            let refusal = refused(&msee, &sized(limit + 1))?;
            ensure!(refusal.contains(&format!("takes {limit}")), "{mbps} Mbps: {refusal}");
            ensure!(
                ::msee::config::parse("lab.toml", &sized(limit), "".as_ref()).is_ok(),
                "{mbps} at its limit"
            );
        }
        edges.iter().try_for_each(|edge| customer_has(&**edge, &want))
    });
}

/// A Premium circuit of that size with so many links.
fn many_links(mbps: u32, count: usize) -> String {
    let names: Vec<String> = (0..count).map(|number| format!("n{number}")).collect();
    let networks = names.iter().enumerate().map(|(number, name)| {
        format!("[[virtual_network]]\nname = {name:?}\naddress_space = [\"10.3.{number}.0/24\"]\n")
    });
    let networks: String = networks.collect();
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()])
        .with_sku("Premium_MeteredData")
        .with_circuit_settings(&format!("bandwidth_mbps = {mbps}"));
    networks + &plan.to_toml().replace("[\"hub\"]", &format!("{names:?}"))
}

fn learns_the_customer(msee: &Msee, network: &str) -> Outcome {
    until("the virtual network reaches the customer over both links", || {
        let found = msee.lookup(network, "10.64.1.1")?;
        ensure!(found.is_some_and(|route| route.next_hop_ip_address.len() == 2), "{network} does not");
        Ok(())
    })
}

fn both(lab: &Lab, kind: Kind, peering: &str) -> Outcome<Vec<Box<dyn CustomerEdge>>> {
    Router::ALL
        .iter()
        .map(|router| lab.edge(kind, &format!("{peering}/{router}"), &private_prefixes(3)))
        .collect()
}
