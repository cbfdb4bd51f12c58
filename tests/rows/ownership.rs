//! Which prefixes, addresses and AS numbers each peering takes, and what a registry has to do with it.

use crate::{
    data,
    lab::{
        self,
        expect::{all_established, is_the_same_session, refused},
        failure::{Outcome, ensure},
        msee::{Direction, Msee},
        plan::{Peering, Plan, public_prefixes},
        wait::until,
    },
};
use ::msee::{azure::PeeringKind, cli::gen_ce::Kind};
use ipnet::IpNet;
use std::{collections::BTreeMap, fs};

const MICROSOFT: &str = "ams-1/microsoft/primary";
const CUSTOMER: u32 = 3333;
const LISTED: &str = "advertised_public_prefixes = [\"193.0.0.0/21\"]\nrouting_registry_name = \"RIPENCC\"";

#[test]
fn s21_each_peering_accepts_its_own_address_space() {
    const DEFAULT: &str = "the default route is accepted on private peering only";
    const PRIVATE: &str = "private address space is accepted on private peering only";
    const BOGON: &str = "not unicast space";
    const UNLISTED: &str = "not covered by the peering's advertised public prefixes";
    const UNOWNED: &str = "not registered as the customer's";
    let matrix = [
        ("0.0.0.0/0", None, Some(DEFAULT), Some(DEFAULT)),
        ("10.64.0.0/24", None, Some(PRIVATE), Some(PRIVATE)),
        ("100.64.1.0/24", None, Some(PRIVATE), Some(PRIVATE)),
        ("192.0.2.0/24", None, Some(PRIVATE), Some(PRIVATE)),
        ("240.0.0.0/8", Some(BOGON), Some(BOGON), Some(BOGON)),
        ("193.0.0.0/24", None, None, None),
        ("193.0.4.7/32", None, None, None),
        ("11.0.0.0/24", None, Some(UNLISTED), Some(UNOWNED)),
    ];
    let peerings = vec![
        Peering::private(0).ipv4_only(),
        owned(Peering::microsoft(20)).setting(LISTED),
        owned(Peering::public(20)),
    ];
    lab::run(&[Kind::Gobgp], registered(peerings), |lab| {
        let msee = lab.msee()?;
        let announced: Vec<IpNet> = matrix.iter().map(|row| row.0.parse()).collect::<Result<_, _>>()?;
        for (kind, verdict) in
            [(PeeringKind::Private, 1), (PeeringKind::Microsoft, 2), (PeeringKind::Public, 3)]
        {
            let id = format!("ams-1/{kind}/primary");
            let _customer = lab.edge(Kind::Gobgp, &id, &announced)?;
            let seen = until("everything that is announced has been judged", || {
                let seen = judged(&msee, &id)?;
                ensure!(seen.len() == matrix.len(), "{seen:?}");
                Ok(seen)
            })?;
            for row in &matrix {
                let want = [row.1, row.2, row.3][verdict - 1];
                let said = seen.get(row.0).cloned().flatten();
                let fits = match (want, &said) {
                    (None, None) => true,
                    (Some(want), Some(said)) => said.contains(want),
                    _ => false,
                };
                ensure!(fits, "{} on {kind} peering: {said:?} instead of {want:?}", row.0);
            }
        }
        Ok(())
    });
}

#[test]
fn s18_windows_peering_rejects_private_prefixes_and_the_default_route() {
    let plan = Plan::one_circuit(vec![owned(Peering::microsoft(20))])
        .with_preamble("[daemon]\nrules = \"2015\"\n")
        .with_circuit_settings("service_provider = \"Equinix\"\npeering_location = \"Amsterdam\"");
    lab::run(&[Kind::Openbgpd], plan, |lab| {
        let msee = lab.msee()?;
        let announced = ["0.0.0.0/0", "10.64.0.0/24", "192.168.7.0/24", "193.0.0.0/24"];
        let announced: Vec<IpNet> = announced.iter().map(|net| net.parse()).collect::<Result<_, _>>()?;
        let _customer = lab.edge(Kind::Openbgpd, MICROSOFT, &announced)?;
        until("three routes are rejected and counted, one is not", || {
            let session = msee.session(MICROSOFT, "ipv4")?;
            let counts = (session.pfx_rcd.ipv4, session.pfx_refused.ipv4);
            ensure!(counts == (4, 3), "{counts:?}");
            Ok(())
        })?;
        let seen = judged(&msee, MICROSOFT)?;
        let accepted: Vec<_> = seen.iter().filter(|(_, said)| said.is_none()).map(|(net, _)| net).collect();
        ensure!(accepted == ["193.0.0.0/24"], "{seen:?}");
        Ok(())
    });
}

#[test]
fn s22_public_private_and_four_octet_as_numbers_are_accepted() {
    for asn in [CUSTOMER, 65_010, 4_200_000_000, 200_000] {
        let plan = Plan::one_circuit(vec![Peering { asn, ..Peering::private(0).ipv4_only() }]);
        lab::run(&[Kind::Bird], plan, |lab| {
            let msee = lab.msee()?;
            let _customer = lab.edge(Kind::Bird, "ams-1/private/primary", &[])?;
            until("the session is up", || msee.established("ams-1/private/primary", "ipv4")).map(drop)
        });
    }
}

#[test]
fn s22_reserved_and_unvalidated_as_numbers_get_no_session() {
    let peering = |asn| Peering { asn, ..Peering::microsoft(20).ipv4_only() };
    lab::run(&[Kind::Bird], registered(vec![peering(CUSTOMER).setting(LISTED)]), |lab| {
        let msee = lab.msee()?;
        for asn in 65_515..=65_520 {
            let refusal = refused(&msee, &registered(vec![peering(asn)]).to_toml())?;
            ensure!(refusal.contains("reserved by Azure"), "{asn}: {refusal}");
        }
        let windows = registered(vec![peering(64_512)])
            .with_preamble("[daemon]\nrules = \"2015\"\n")
            .with_circuit_settings("service_provider = \"Equinix\"\npeering_location = \"Amsterdam\"");
        let refusal = refused(&msee, &windows.to_toml())?;
        ensure!(refusal.contains("peer_asn 64512 is private"), "{refusal}");
        // A number that nobody has registered, and one that nobody can.
        for (asn, cause) in [(3_335, "AS3335 has no aut-num object"), (64_512, "AS64512 is a private number")]
        {
            msee.reload(&registered(vec![peering(asn).setting(LISTED)]).to_toml())?;
            is_held(&msee, cause)?;
        }
        msee.reload(&registered(vec![peering(CUSTOMER).setting(LISTED)]).to_toml())?;
        let _customer = lab.edge(Kind::Bird, MICROSOFT, &[])?;
        until("the session is up", || msee.established(MICROSOFT, "ipv4")).map(drop)
    });
}

#[test]
fn s23_an_object_in_the_registry_brings_the_session_up() {
    let list = LISTED.replace("193.0.0.0/21", "193.0.0.0/21\", \"193.0.22.0/23\", \"198.133.206.0/24");
    let peering = owned(Peering::microsoft(20)).setting(&list);
    lab::run(&[Kind::Frr], Plan::one_circuit(vec![peering]), |lab| {
        let registry = lab.subdirectory("registry")?.join("registry.db");
        let objects = fs::read_to_string(data("registry.db"))?;
        fs::write(&registry, &objects)?;
        let plan = lab.plan().clone().with_preamble(&format!("[registry]\nrpsl = [{registry:?}]\n"));
        let msee = lab.msee_with(&plan)?;
        let _customer = lab.edge(Kind::Frr, MICROSOFT, &["193.0.0.0/24".parse()?])?;
        is_held(&msee, "no route object covers 198.133.206.0/24 in RIPENCC")?;
        let event = msee.event(MICROSOFT, "ValidationNeeded")?;
        ensure!(event.message.contains("register a route object for 198.133.206.0/24"), "{event:?}");

        let object = "\nroute: 198.133.206.0/24\norigin: AS3333\nsource: RIPE\n";
        fs::write(&registry, format!("{objects}{object}"))?;
        msee.reload(&plan.to_toml())?;
        let session = until("the session comes up", || msee.established(MICROSOFT, "ipv4"))?;
        let config = config_of(&msee)?;
        ensure!(config["advertisedPublicPrefixesState"] == "Configured", "{config}");
        let decided: Vec<String> = config["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|finding| finding["because"].as_str().map(str::to_owned))
            .collect();
        ensure!(decided.contains(&"route 198.133.206.0/24 of AS3333 (RIPE)".to_owned()), "{decided:?}");

        // A registry that cannot be read changes nothing.
        fs::write(&registry, format!("{objects}{object}\nroute 1.2.3.0/24\n"))?;
        let refusal = refused(&msee, &plan.to_toml())?;
        ensure!(refusal.contains("an attribute has a colon behind its name"), "{refusal}");
        is_the_same_session(&session, &msee.session(MICROSOFT, "ipv4")?)?;

        fs::write(&registry, &objects)?;
        msee.reload(&plan.to_toml())?;
        is_held(&msee, "no route object covers 198.133.206.0/24")
    });
}

#[test]
fn s24_links_of_public_peerings_are_public_and_registered() {
    let good = registered(vec![owned(Peering::microsoft(20)).setting(LISTED)]);
    lab::run(&[Kind::Bird], good.clone(), |lab| {
        let msee = lab.msee()?;
        let _customer = lab.edge(Kind::Bird, MICROSOFT, &[])?;
        until("registered links carry a session", || msee.established(MICROSOFT, "ipv4"))?;
        for kind in ["microsoft", "public"] {
            let private = good
                .to_toml()
                .replace("193.0.20.", "172.16.20.")
                .replace("\"microsoft\"", &format!("{kind:?}"));
            let refusal = refused(&msee, &private)?;
            ensure!(refusal.contains("peering needs public addresses; 172.16.20.2 is private"), "{refusal}");
        }
        msee.reload(&good.to_toml().replace("193.0.20.", "193.0.40."))?;
        is_held(&msee, "no route object covers 193.0.40.0/30")
    });
}

#[test]
fn s20_public_peering_takes_4000_prefixes_in_2015() {
    let plan = Plan::one_circuit(vec![owned(Peering::public(20))])
        .with_preamble("[daemon]\nrules = \"2015\"\n")
        .with_circuit_settings("service_provider = \"Equinix\"\npeering_location = \"Amsterdam\"");
    lab::run(&[Kind::Bird], plan.clone(), |lab| {
        let msee = lab.msee()?;
        let mut customers = Vec::new();
        for router in ["primary", "secondary"] {
            customers.push(lab.edge(
                Kind::Bird,
                &format!("ams-1/public/{router}"),
                &public_prefixes(4_000),
            )?);
        }
        all_established(&msee)?;
        let held = |attachment: &str, count: u64| {
            until("the prefixes are held", || {
                let session = msee.established(attachment, "ipv4")?;
                ensure!(session.pfx_rcd.ipv4 == count, "{session:?}");
                Ok(session)
            })
        };
        let other = held("ams-1/public/secondary", 4_000)?;
        held("ams-1/public/primary", 4_000)?;
        customers[0].announce(&public_prefixes(4_001))?;
        until("the 4,001st ends the session with Cease/1", || customers[0].notified(6, 1))?;
        is_the_same_session(&other, &held("ams-1/public/secondary", 4_000)?)?;
        // Premium: 10,000.
        msee.reload(&plan.with_sku("Premium_MeteredData").to_toml())?;
        customers[0].clear(customers[0].msee(::msee::family::Family::Ipv4)?)?;
        held("ams-1/public/primary", 4_001).map(drop)
    });
}

/// Peerings of one circuit, with the test's registry.
fn registered(peerings: Vec<Peering>) -> Plan {
    Plan::one_circuit(peerings).with_preamble(&format!("[registry]\nrpsl = [{:?}]\n", data("registry.db")))
}

fn owned(peering: Peering) -> Peering {
    Peering { asn: CUSTOMER, ..peering.ipv4_only() }
}

/// What an attachment has received, and why it refuses it, if it does.
fn judged(msee: &Msee, attachment: &str) -> Outcome<BTreeMap<String, Option<String>>> {
    let routes = msee.routes(attachment, "ipv4", Direction::Received)?;
    Ok(routes.into_iter().map(|route| (route.network, route.refused_because)).collect())
}

fn config_of(msee: &Msee) -> Outcome<serde_json::Value> {
    Ok(msee.circuits()?[0]["peerings"][0]["microsoftPeeringConfig"].clone())
}

/// Waits until the Microsoft peering has no session for that reason.
fn is_held(msee: &Msee, cause: &str) -> Outcome {
    until("the peering needs validation and has no session", || {
        let session = msee.session(MICROSOFT, "ipv4")?;
        ensure!(session.state != "Established", "{session:?}");
        let said = session.diagnosis.clone().unwrap_or_default();
        ensure!(said.contains("ValidationNeeded") && said.contains(cause), "{session:?}");
        let config = config_of(msee)?;
        ensure!(config["advertisedPublicPrefixesState"] == "ValidationNeeded", "{config}");
        Ok(())
    })
}
