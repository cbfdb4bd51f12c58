//! What is ordered of whom, and what is chosen of Microsoft's services.

use super::*;
use crate::azure::ProviderState;
use std::fs;

/// The file with more lines in its circuit, from line 7 on.
fn circuit(keys: &str) -> String {
    lab("name = \"ams-1\"\n", &format!("name = \"ams-1\"\n{keys}\n"))
}

fn refused_with(text: &str, cause: &str) {
    let said = refusal(text);
    assert!(said.contains(cause), "{cause:?} is not in:\n{said}");
}

#[test]
fn s01_what_nobody_sells_is_refused_by_name() {
    let at = |provider: &str, location: &str| {
        circuit(&format!("service_provider = {provider:?}\npeering_location = {location:?}"))
    };
    for (text, cause) in [
        (
            at("Equinics", "Amsterdam"),
            "service provider \"Equinics\" does not exist\n  remedy: did you mean \"Equinix\"?",
        ),
        (
            at("Equinix", "Amsterdem"),
            "peering location \"Amsterdem\" does not exist\n  remedy: did you mean \"Amsterdam\"?",
        ),
        (at("Equinix", "Busan"), "Equinix has no peering location Busan"),
        (circuit("service_provider = \"Equinix\""), "service_provider is given, but peering_location is not"),
        (circuit("service_key = \"x\""), "service_key: \"x\" is not a GUID"),
        (circuit("cloud = \"Moon\""), "cloud: \"Moon\" is not a cloud"),
        (circuit("provider_kind = \"shop\""), "\"shop\" is not a kind of provider"),
        (
            circuit(
                "service_provider = \"Equinix\"\npeering_location = \"Amsterdam\"\nprovider_kind = \"network_service_provider\"",
            ),
            "Equinix is of the kind exchange",
        ),
    ] {
        refused_with(&text, cause);
    }
    let plan = plan(&at("equinix", "amsterdam"));
    assert_eq!(plan.circuits[0].service_provider.as_deref(), Some("Equinix"));
    assert_eq!(plan.circuits[0].provider_state, ProviderState::Provisioned);
}

#[test]
fn a_provider_of_the_file_stands_beside_those_built_in() {
    let contoso = "[[service_provider]]\nname = \"Contoso Connect\"\nkind = \"exchange\"\n\
        peering_locations = [\"Busan\"]\nbandwidths_mbps = [50, 70]\n";
    let order = |mbps| {
        format!(
            "{contoso}{}",
            circuit(&format!(
                "service_provider = \"Contoso Connect\"\npeering_location = \"Busan\"\nbandwidth_mbps = {mbps}"
            ))
        )
    };
    assert_eq!(plan(&order(70)).circuits[0].bandwidth.mbps(), 70);
    refused_with(&order(100), "bandwidth_mbps is 100; not even Contoso Connect sells that");
    refused_with(&format!("{contoso}{contoso}{LAB}"), "Contoso Connect is described already");
}

#[test]
fn s36_a_port_of_ones_own_came_after_2015() {
    let port =
        "[[express_route_port]]\nname = \"port-1\"\npeering_location = \"Amsterdam\"\nbandwidth_gbps = 10\n";
    let direct = format!("{port}{}", circuit("express_route_port = \"port-1\"\nbandwidth_mbps = 2000"));
    assert_eq!(plan(&direct).circuits[0].peering_location.map(|at| at.name), Some("Amsterdam"));
    refused_with(&format!("[daemon]\nrules = \"2015\"\n{direct}"), "no direct connection to the edge");
    refused_with(&direct.replace("2000", "500"), "no port of 10 Gbps sells that");
    refused_with(&direct.replace("= 10\n", "= 40\n"), "bandwidth_gbps is 40");
    refused_with(&direct.replace("Amsterdam", "Dubai2"), "there is no ExpressRoute Direct at Dubai2");
    refused_with(&circuit("express_route_port = \"port-2\""), "express_route_port \"port-2\" does not exist");
    let elsewhere =
        direct.replace("express_route_port = ", "peering_location = \"London\"\nexpress_route_port = ");
    refused_with(&elsewhere, "port port-1 is at Amsterdam");
}

#[test]
fn s30_circuits_share_the_capacity_of_their_providers_port() {
    let port = "[[express_route_port]]\nname = \"eq\"\npeering_location = \"Amsterdam\"\nbandwidth_gbps = 10\n\
        service_provider = \"Equinix\"\n";
    let first =
        circuit("service_provider = \"Equinix\"\npeering_location = \"Amsterdam\"\nbandwidth_mbps = 5000");
    let second = |mbps| {
        format!(
            "[[circuit]]\nname = \"ams-2\"\nservice_provider = \"Equinix\"\npeering_location = \"Amsterdam\"\n\
             bandwidth_mbps = {mbps}\n"
        )
    };
    plan(&format!("{port}{first}{}", second(5_000)));
    refused_with(
        &format!("{port}{first}{}", second(10_000)),
        "port eq (10 Gbps) has no capacity for 10 Gbps: 5000 Mbps of 10000 are left",
    );
}

#[test]
fn nothing_is_linked_or_peered_before_the_provider_is_done() {
    let key = "9c2a1f1e-6a1b-4c55-9a7e-0d2f3b4c5d6e";
    let text =
        circuit(&format!("service_key = {key:?}\nservice_provider_provisioning_state = \"NotProvisioned\""));
    let said = refusal(&text);
    let azures = format!(
        "The current cross connection provisioning state 'NotProvisioned' of this service key '{key}' prevents this \
         operation."
    );
    assert_eq!(said.matches(&azures).count(), 2, "the link and the peering:\n{said}");
}

#[test]
fn s19_microsoft_peering_was_not_with_every_provider_in_2015() {
    let windows = |rules: &str| {
        let circuit = circuit("service_provider = \"Megaport\"\npeering_location = \"Amsterdam\"")
            .replace("private", "microsoft")
            .replace("172.16.0", "193.0.20")
            .replace("65010", "3333");
        format!("[daemon]\nrules = {rules:?}\n{circuit}")
    };
    plan(&windows("current"));
    refused_with(&windows("2015"), "Megaport did not offer Microsoft peering in 2015");
    refused_with(&windows("2015").replace("3333", "64512"), "peer_asn 64512 is private");
    plan(&format!(
        "[[service_provider]]\nname = \"Megaport\"\nmicrosoft_peering = true\n{}",
        windows("2015").replace("[daemon]\nrules = \"2015\"\n", "")
    ));
}

#[test]
fn route_filters_hold_values_that_may_be_used() {
    let filter =
        |communities: &str| format!("[[route_filter]]\nname = \"one\"\ncommunities = {communities}\n{LAB}");
    for (communities, cause) in [
        ("[]", "communities is empty"),
        ("[\"51002\"]", "\"51002\" is not a community"),
        ("[\"12076:50002\"]", "12076:50002 is not a community of Microsoft's services"),
        (
            "[\"12076:5010\"]",
            "12076:5010 is a value of Office 365, which the subscription is not authorised to use",
        ),
    ] {
        refused_with(&filter(communities), cause);
    }
    let authorised = "[service_prefixes]\nmicrosoft_365_authorized = true\n";
    plan(&format!("{authorised}{}", filter("[\"12076:5010\"]")));
    let attached = filter("[\"12076:51002\"]")
        .replace("kind = \"private\"", "kind = \"private\"\nroute_filter = \"one\"");
    refused_with(&attached, "private peering takes no route filter");
    let missing =
        peering("route_filter = \"ones\"").replace("private", "microsoft").replace("172.16.0", "193.0.20");
    refused_with(&missing, "route_filter \"ones\" does not exist");
}

#[test]
fn a_malformed_file_of_data_is_named_with_its_line() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("tags.json"), "{\n  \"cloud\": \"Mars\" }").unwrap();
    let load = |key: &str, file: &str| {
        let text = format!("[service_prefixes]\n{key} = {file:?}\n{LAB}");
        parse("lab.toml", &text, directory.path()).unwrap_err().plain().to_string()
    };
    let said = load("service_tags", "tags.json");
    assert!(said.contains("lab.toml:2:16: service_tags"), "{said}");
    assert!(said.contains("line 2, column 17: unknown variant `Mars`"), "{said}");
    assert!(load("datacenter_ranges", "tags.json").contains("line 1, column 1"));
    assert!(load("microsoft_365", "none.json").contains("cannot be read"));
}

#[test]
fn data_that_has_not_changed_is_not_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("365.json");
    let text = format!("[service_prefixes]\nmicrosoft_365 = \"365.json\"\n{LAB}");
    let one = "[{\"serviceArea\": \"Exchange\", \"ips\": [\"40.96.0.0/13\"], \"expressRoute\": true}]";
    fs::write(&file, one).unwrap();
    let first = parse("lab.toml", &text, directory.path()).unwrap().plan;
    let again = parse_after("lab.toml", &text, directory.path(), Some(&first)).unwrap().plan;
    assert!(diff(&first, &again).is_empty());
    fs::write(&file, one.replace("40.96.0.0/13\"", "40.96.0.0/13\", \"52.96.0.0/14\"")).unwrap();
    let changed = parse_after("lab.toml", &text, directory.path(), Some(&first)).unwrap().plan;
    assert_eq!(
        diff(&first, &changed).to_string(),
        "~ daemon: service_prefixes 1 for Microsoft peering, 0 for public peering → 2 for Microsoft peering, 0 for \
         public peering: no reset"
    );
}

#[test]
fn s23_the_registry_decides_whether_a_peering_may_come_up() {
    use crate::azure::public_prefixes::AdvertisedPublicPrefixesState::{
        Configured, NotConfigured, ValidationNeeded,
    };
    let directory = tempfile::tempdir().unwrap();
    let objects = "aut-num: AS3333\nsource: RIPE\n\nroute: 193.0.0.0/16\norigin: AS3333\nsource: RIPE\n";
    fs::write(directory.path().join("db"), objects).unwrap();
    let microsoft = |keys: &str| {
        peering(keys).replace("private", "microsoft").replace("172.16.0", "193.0.20").replace("65010", "3333")
    };
    let with_registry = |text: String| format!("[registry]\nrpsl = [\"db\"]\n{text}");
    let list = "advertised_public_prefixes = [\"193.0.0.0/21\"]";
    let other = "advertised_public_prefixes = [\"11.0.0.0/16\"]";
    for (text, state, first_doubt) in [
        (microsoft(list), NotConfigured, None),
        (with_registry(microsoft(list)), Configured, None),
        (with_registry(microsoft("")), NotConfigured, None),
        (with_registry(microsoft(other)), ValidationNeeded, Some("no route object covers 11.0.0.0/16")),
        (
            with_registry(microsoft(&format!("{list}\nrouting_registry_name = \"RADB\""))),
            ValidationNeeded,
            Some("AS3333 has no aut-num object in RADB"),
        ),
        (
            with_registry(microsoft(list).replace("3333", "65010")),
            ValidationNeeded,
            Some("AS65010 is a private number, which no registry gives to anybody"),
        ),
        (
            with_registry(microsoft(&format!("{other}\nadvertised_public_prefixes_state = \"Configured\""))),
            Configured,
            Some("no route object covers 11.0.0.0/16"),
        ),
    ] {
        let plan = parse("lab.toml", &text, directory.path())
            .unwrap_or_else(|errors| panic!("{}", errors.plain()))
            .plan;
        let public = plan.attachments[0].public_prefixes.as_ref().unwrap();
        let doubt = public.findings.iter().find_map(|finding| finding.said.as_ref().err());
        assert_eq!((public.state, doubt.map(ToString::to_string).as_deref()), (state, first_doubt), "{text}");
    }
    for (keys, cause) in [
        ("advertised_public_prefixes = [\"193.0.0.1/21\"]", "\"193.0.0.1/21\" is not a prefix"),
        ("customer_asn = 64512", "customer_asn is 64512, which is not a public AS number"),
        ("routing_registry_name = \"RIPE\"", "\"RIPE\" is not a routing registry"),
        ("advertised_public_prefixes_state = \"ValidationNeeded\"", "is not a state that can be set"),
    ] {
        refused_with(&microsoft(keys), cause);
    }
    refused_with(&peering(list), "advertised_public_prefixes has no meaning on private peering");
}

#[cfg(feature = "rpki")]
#[test]
fn s23_what_an_rtr_server_may_still_settle_waits_as_configuring() {
    use crate::{
        azure::public_prefixes::AdvertisedPublicPrefixesState::{Configured, Configuring, ValidationNeeded},
        config::Stamped,
        registry::{Payload, Payloads},
    };
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("db"), "aut-num: AS3333\nsource: RIPE\n").unwrap();
    let file = |lines: &str, peer: &str| {
        let keys = "advertised_public_prefixes = [\"193.0.0.0/21\"]";
        let peering = peering(keys).replace("private", "microsoft").replace("172.16.0", "193.0.20");
        format!("[registry]\nrtr = \"127.0.0.1:3323\"\n{lines}\n{}", peering.replace("65010", peer))
    };
    let read = |text: &str| {
        let loaded = parse("lab.toml", text, directory.path());
        loaded.unwrap_or_else(|errors| panic!("{}", errors.plain())).plan
    };
    let state = |plan: &Plan| plan.attachments[0].public_prefixes.as_ref().unwrap().state;
    let heard = |number, prefix: &str| {
        let payload = |prefix: &str| Payload {
            prefix: prefix.parse().unwrap(),
            max_length: 24,
            asn: Some(crate::asn::Asn::constant(3333)),
        };
        let payloads: Payloads = [prefix, "193.0.20.0/30"].into_iter().map(payload).collect();
        Some(Stamped::heard(number, payloads))
    };
    for lines in ["rpsl = [\"db\"]", ""] {
        let waiting = read(&file(lines, "3333"));
        assert_eq!(state(&waiting), Configuring, "{lines}");
        let owned = waiting.with_payloads(heard(1, "193.0.0.0/16"));
        assert_eq!(state(&owned), ValidationNeeded, "a /30 is longer than the ROA allows");
        let settled = owned.attachments[0].public_prefixes.as_ref().unwrap();
        assert!(settled.doubt().unwrap().to_string().contains("RPKI invalid"));
        assert_eq!(state(&owned.with_payloads(None)), Configuring, "what was said has expired");
        assert!(diff(&waiting, &waiting.with_payloads(None)).is_empty());
    }
    // Nobody can give a private number to anybody, so nothing is waited for.
    assert_eq!(state(&read(&file("", "65010"))), ValidationNeeded);
    let by_hand = file("", "3333")
        .replace("193.0.0.0/21\"]", "193.0.0.0/21\"]\nadvertised_public_prefixes_state = \"Configured\"");
    assert_eq!(state(&read(&by_hand)), Configured);

    refused_with(&file("vrps = \"v.json\"", "3333"), "vrps and rtr are both given");
    refused_with(&file("", "3333").replace(":3323", ""), "rtr: \"127.0.0.1\" is not an address and a port");
}

#[cfg(not(feature = "rpki"))]
#[test]
fn rtr_without_its_feature_is_refused_with_the_remedy() {
    let text = format!("[registry]\nrtr = \"127.0.0.1:3323\"\n{}", peering(""));
    refused_with(&text, "this msee was built without the feature \"rpki\"");
    refused_with(&text, "cargo build --release --features rpki");
}

#[test]
fn a_change_of_ownership_starts_and_ends_sessions_and_resets_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let objects = "aut-num: AS3333\n\nroute: 193.0.0.0/16\norigin: AS3333\n";
    fs::write(directory.path().join("db"), objects).unwrap();
    let text = |prefix: &str| {
        let keys = format!("advertised_public_prefixes = [{prefix:?}]");
        let text = peering(&keys)
            .replace("private", "microsoft")
            .replace("172.16.0", "193.0.20")
            .replace("65010", "3333");
        parse("lab.toml", &format!("[registry]\nrpsl = [\"db\"]\n{text}"), directory.path()).unwrap().plan
    };
    let lines = diff(&text("193.0.0.0/21"), &text("11.0.0.0/16")).to_string();
    let first: Vec<&str> = lines.lines().take(2).collect();
    assert_eq!(
        first,
        [
            "~ ams-1/microsoft/primary: advertised_public_prefixes 193.0.0.0/21 → 11.0.0.0/16: no reset",
            "~ ams-1/microsoft/primary: advertised_public_prefixes_state Configured → ValidationNeeded: session ends",
        ]
    );
    let back = diff(&text("11.0.0.0/16"), &text("193.0.0.0/21")).to_string();
    assert!(back.contains("ValidationNeeded → Configured: session starts"), "{back}");
}

#[test]
fn s33_an_exchange_runs_no_bgp_for_its_customers() {
    use crate::azure::Party;
    let managed = |provider: &str| {
        circuit(&format!(
            "service_provider = {provider:?}\npeering_location = \"Amsterdam\"\nauthorized_by = \"provider\""
        ))
    };
    refused_with(&managed("Equinix"), "Equinix is an exchange, which runs no BGP for its customers");
    let plan = plan(&managed("Colt"));
    assert_eq!(plan.circuits[0].authorized_by, Party::Provider);
    assert_eq!(plan.attachments[0].last_modified_by, Party::Provider);
    refused_with(&circuit("authorized_by = \"us\""), "\"us\" is neither \"customer\" nor \"provider\"");
}

#[test]
fn global_reach_has_its_preconditions() {
    let two = |first: &str, second: &str, reach: &str| {
        let other =
            LAB.split_once("[[circuit]]").map(|(_, circuit)| format!("[[circuit]]{circuit}")).unwrap();
        let other = other.replace("ams-1", "lon-1").replace("172.16.0", "172.16.1");
        format!(
            "{}\n{}",
            circuit(&format!("{first}\nglobal_reach = {reach}")),
            other.replace("name = \"lon-1\"\n", &format!("name = \"lon-1\"\n{second}\n"))
        )
    };
    let (ams, lon) = (
        "service_provider = \"Colt\"\npeering_location = \"Amsterdam\"",
        "service_provider = \"Colt\"\npeering_location = \"London\"",
    );
    let partners = |text: &str| -> Vec<String> {
        plan(text)
            .circuits
            .iter()
            .flat_map(|circuit| &circuit.global_reach)
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(partners(&two(ams, lon, "[\"lon-1\"]")), ["lon-1", "ams-1"], "both know it");
    for (text, cause) in [
        (two(ams, ams, "[\"lon-1\"]"), "both circuits are at Amsterdam"),
        (
            two(ams, &lon.replace("London", "Chicago"), "[\"lon-1\"]"),
            "between Europe and North America needs Premium",
        ),
        (two(ams, &format!("{lon}\nsku = \"Local_UnlimitedData\""), "[\"lon-1\"]"), "circuit lon-1 is Local"),
        (two(ams, lon, "[\"ams-1\"]"), "a circuit is not connected with itself"),
        (two(ams, lon, "[\"lon-2\"]"), "circuit \"lon-2\" does not exist\n  remedy: did you mean \"lon-1\"?"),
        (
            two(ams, lon, "[{ circuit = \"lon-1\", address_prefix = \"10.1.0.0/29\" }]"),
            "10.1.0.0/29 overlaps 10.1.0.0/16",
        ),
        (
            two(ams, lon, "[{ circuit = \"lon-1\", address_prefix = \"10.9.0.0/30\" }]"),
            "the tunnel takes an IPv4 /29",
        ),
    ] {
        refused_with(&text, cause);
    }
    // It counts as a link on both: ten networks and a circuit are one too many.
    let names: Vec<String> = (0..10).map(|number| format!("n{number}")).collect();
    let mut networks = String::new();
    for (number, name) in names.iter().enumerate() {
        networks += "[[virtual_network]]\n";
        networks +=
            &[format!("name = {name:?}"), format!("address_space = [\"10.7.{number}.0/24\"]\n")].join("\n");
    }
    let full = two(ams, lon, "[\"lon-1\"]").replacen("[\"hub\"]", &format!("{names:?}"), 1);
    refused_with(
        &format!("{networks}{full}"),
        "circuit ams-1 has 11 links, Global Reach included, and takes 10",
    );
}
