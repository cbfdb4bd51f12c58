//! Private peering: what virtual networks send and learn over it.

use crate::lab::{
    self,
    edge::CustomerEdge,
    expect::{all_established, customer_has, is_the_same_session, refused},
    failure::{Outcome, ensure},
    plan::{Circuit, Peering, Plan, VirtualNetwork, private_prefixes},
    wait::until,
};
use ::msee::{cli::gen_ce::Kind, family::Family};

const PRIMARY: &str = "ams-1/private/primary";

#[test]
fn s11_a_custom_community_is_sent_with_that_of_the_region() {
    let with = |settings: &str| {
        let mut plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
        plan.virtual_networks[0].settings = settings.to_owned();
        plan
    };
    lab::run(&[Kind::Openbgpd], with("region = \"westeurope\""), |lab| {
        let msee = lab.msee()?;
        let customer = lab.edge(Kind::Openbgpd, PRIMARY, &[])?;
        let carries = |want: &[&str]| {
            until("the route carries these communities", || {
                let seen = customer.received_routes(customer.msee(Family::Ipv4)?)?;
                let communities: Vec<_> = seen.iter().flat_map(|route| &route.communities).collect();
                ensure!(communities == want && seen.len() == 1, "{seen:?}");
                Ok(())
            })
        };
        carries(&[])?;
        let before = msee.session(PRIMARY, "ipv4")?;
        msee.reload(&with("region = \"westeurope\"\ncommunity = \"12076:20001\"").to_toml())?;
        carries(&["12076:20001", "12076:50002"])?;
        let refusal = refused(&msee, &with("community = \"12076:51002\"").to_toml())?;
        ensure!(refusal.contains("12076:51002 is not a community for a virtual network"), "{refusal}");
        is_the_same_session(&before, &msee.session(PRIMARY, "ipv4")?)
    });
}

#[test]
fn s12_a_peered_network_uses_the_gateway_of_the_other() {
    let peered = |peers: &str| {
        let mut plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
        plan.virtual_networks[0].settings = format!("peered_with = {peers}");
        plan.virtual_networks.push(VirtualNetwork::new("spoke", &["10.2.0.0/16"]));
        plan
    };
    lab::run(&[Kind::Bird], peered("[\"spoke\"]"), |lab| {
        let pair = lab.pair(Kind::Bird, "ams-1/private", &private_prefixes(2))?;
        all_established(&pair.msee)?;
        customer_has(&*pair.primary, &["10.1.0.0/16", "10.2.0.0/16"])?;
        let reaches = |links: usize| {
            until("the peered network reaches the customer", || {
                let found = pair.msee.lookup("spoke", "10.64.1.1")?;
                let hops = found.map_or(0, |route| route.next_hop_ip_address.len());
                ensure!(hops == links, "over {hops} links");
                Ok(())
            })
        };
        reaches(2)?;
        // Its space may not hold the circuit's links either.
        let overlapping = peered("[\"spoke\"]").to_toml().replace("10.2.0.0/16", "172.16.0.0/24");
        let refusal = refused(&pair.msee, &overlapping)?;
        ensure!(
            refusal.contains("172.16.0.0/30 overlaps 172.16.0.0/24 of virtual network spoke"),
            "{refusal}"
        );
        pair.msee.reload(&peered("[]").to_toml())?;
        customer_has(&*pair.primary, &["10.1.0.0/16"])?;
        reaches(0)
    });
}

#[test]
fn a_gateway_that_would_send_1001_prefixes_loses_its_connection() {
    let spaces = |count: usize| {
        let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]).to_toml();
        let spaces: Vec<String> =
            (0..count).map(|n| format!("10.{}.{}.0/24", 16 + n / 256, n % 256)).collect();
        plan.replace("[\"10.1.0.0/16\", \"fd00:1::/48\"]", &format!("{spaces:?}"))
    };
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    lab::run(&[Kind::Bird], plan, |lab| {
        let msee = lab.msee()?;
        let customer = lab.edge(Kind::Bird, PRIMARY, &private_prefixes(1))?;
        let before = until("the session is up", || msee.established(PRIMARY, "ipv4"))?;
        for (count, sent) in [(1_000, 1_000), (1_001, 0), (1_000, 1_000)] {
            msee.reload(&spaces(count))?;
            sent_is(&*customer, sent)?;
            until("the virtual network learns the customer as long as it is connected", || {
                let found = msee.lookup("hub", "10.64.0.1")?;
                ensure!(found.is_some() == (sent > 0), "{count}: {found:?}");
                Ok(())
            })?;
        }
        let event = msee.circuit_event("ConnectionDown")?;
        ensure!(event.message.contains("1001 ipv4 prefixes, and 1000 are allowed"), "{event:?}");
        is_the_same_session(&before, &msee.session(PRIMARY, "ipv4")?)
    });
}

#[test]
fn global_reach_connects_two_circuits_and_not_a_third() {
    let places = [("ams-1", "Amsterdam"), ("lon-1", "London"), ("dub-1", "Dublin")];
    let circuits = |reach: [&str; 3]| {
        let mut plan = Plan::one_circuit(Vec::new());
        plan.circuits = places
            .iter()
            .zip(reach)
            .enumerate()
            .map(|(number, ((name, location), reach))| Circuit {
                name,
                sku: "Standard_MeteredData",
                virtual_networks: if number == 0 { vec!["hub".to_owned()] } else { Vec::new() },
                peerings: vec![Peering {
                    asn: 65010 + u32::try_from(number).unwrap_or(0),
                    ..Peering::private(u8::try_from(number).unwrap_or(0)).ipv4_only()
                }],
                settings: format!(
                    "service_provider = \"Colt\"\npeering_location = {location:?}\nglobal_reach = {reach}\n"
                ),
            })
            .collect();
        plan
    };
    let connected =
        circuits(["[\"lon-1\"]", "[{ circuit = \"dub-1\", address_prefix = \"10.255.0.0/29\" }]", "[]"]);
    lab::run(&[Kind::Bird, Kind::Frr], connected.clone(), |lab| {
        let msee = lab.msee()?;
        let edge = |kind, circuit: &str, prefix: &str| -> Outcome<Box<dyn CustomerEdge>> {
            lab.edge(kind, &format!("{circuit}/private/primary"), &[prefix.parse()?])
        };
        let ams = edge(Kind::Bird, "ams-1", "10.80.0.0/16")?;
        let lon = edge(Kind::Frr, "lon-1", "10.81.0.0/16")?;
        let dub = edge(Kind::Bird, "dub-1", "10.82.0.0/16")?;
        // What London has of both, neither of them has of the other; virtual networks stay with their own circuit.
        customer_has(&*ams, &["10.1.0.0/16", "10.81.0.0/16"])?;
        customer_has(&*lon, &["10.80.0.0/16", "10.82.0.0/16"])?;
        customer_has(&*dub, &["10.81.0.0/16"])?;
        let seen = lon.received_routes(lon.msee(Family::Ipv4)?)?;
        let paths: Vec<_> = seen.iter().map(|route| route.as_path.as_str()).collect();
        ensure!(paths == ["12076 65010", "12076 65012"], "{seen:?}");

        let before = msee.session("lon-1/private/primary", "ipv4")?;
        msee.reload(&circuits(["[]", "[\"dub-1\"]", "[]"]).to_toml())?;
        customer_has(&*ams, &["10.1.0.0/16"])?;
        customer_has(&*lon, &["10.82.0.0/16"])?;
        msee.reload(&connected.to_toml())?;
        customer_has(&*lon, &["10.80.0.0/16", "10.82.0.0/16"])?;
        let toml = connected.to_toml();
        for (from, to, cause) in [
            ("\"London\"", "\"Amsterdam\"", "both circuits are at Amsterdam"),
            ("\"London\"", "\"Silicon Valley\"", "needs Premium on both circuits"),
            ("10.255.0.0/29", "10.255.0.0/28", "the tunnel takes an IPv4 /29"),
            ("[\"lon-1\"]", "[\"par-1\"]", "circuit \"par-1\" does not exist"),
        ] {
            let refusal = refused(&msee, &toml.replace(from, to))?;
            ensure!(refusal.contains(cause), "{refusal}");
        }
        drop(dub);
        is_the_same_session(&before, &msee.session("lon-1/private/primary", "ipv4")?)
    });
}

fn sent_is(customer: &dyn CustomerEdge, count: usize) -> Outcome {
    until("the customer has so many prefixes", || {
        let seen = customer.received_routes(customer.msee(Family::Ipv4)?)?;
        ensure!(seen.len() == count, "{} instead of {count}", seen.len());
        Ok(())
    })
}
