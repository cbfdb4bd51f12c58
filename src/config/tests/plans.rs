//! What accepted files mean.

use super::{super::plan::*, *};
use crate::{
    azure::Router,
    family::{Families, Family},
    rib::PrefixLimit,
    wire::HoldTime,
};
use std::{num::NonZeroU32, time::Duration};

fn session(plan: &Plan, attachment: &str, transport: Family) -> Session {
    let attachment = plan.attachment(&attachment.parse().unwrap()).unwrap();
    attachment.sessions.iter().find(|session| session.transport() == transport).unwrap().clone()
}

#[test]
fn shipped_files_load_without_a_warning() {
    for name in ["example.toml", "minimal.toml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
        let loaded = load(&path).unwrap_or_else(|errors| panic!("{}", errors.plain()));
        // Who may read a file is the affair of whoever has checked it out.
        let modes =
            |warning: &&Warning| warning.plain().to_string().contains("every user of this machine can read");
        assert_eq!(
            loaded.warnings.len(),
            loaded.warnings.iter().filter(modes).count(),
            "{name}: {:?}",
            loaded.warnings
        );
        assert!(!loaded.plan.attachments.is_empty(), "{name}");
    }
}

#[test]
fn a_minimal_file_is_an_ordinary_circuit() {
    let plan = plan(LAB);
    assert_eq!(plan.daemon.asn.get(), 12076);
    assert_eq!(plan.daemon.control.to_string(), "127.0.0.1:8179");
    assert_eq!(plan.circuits[0].sku.to_string(), "Standard_MeteredData");
    assert_eq!(plan.circuits[0].links[0].virtual_network.as_str(), "hub");
    let routers: Vec<Router> = plan.attachments.iter().map(|attachment| attachment.id.router).collect();
    assert_eq!(routers, Router::ALL);
    for (attachment, local, peer) in [
        ("ams-1/private/primary", "172.16.0.2", "172.16.0.1"),
        ("ams-1/private/secondary", "172.16.0.6", "172.16.0.5"),
    ] {
        let session = session(&plan, attachment, Family::Ipv4);
        assert_eq!(session.local_address.to_string(), local);
        assert_eq!(session.peer_endpoint.to_string(), format!("{peer}:179"));
        assert_eq!(session.identifier.to_string(), local, "the interface address");
        assert_eq!(session.next_hop.ipv4, Some(session.local_address));
        assert_eq!((session.families, session.opening), (Families::IPV4, Opening::Active));
        assert_eq!(session.timers, Timers::AZURE);
    }
}

#[test]
fn s20_limits_follow_sku_kind_family_and_rules() {
    let limit = |max| PrefixLimit::Drop {
        max: NonZeroU32::new(max).unwrap(),
        restart: Some(Duration::from_secs(30)),
    };
    let premium = "name = \"ams-1\"\nsku = \"Premium_UnlimitedData\"";
    let public = LAB.replace("private", "public").replace("172.16", "193.0");
    let bought = "name = \"ams-1\"\nservice_provider = \"Equinix\"\npeering_location = \"Amsterdam\"";
    let in_2015 = format!("[daemon]\nrules = \"2015\"\n{}", public.replace("name = \"ams-1\"", bought));
    for (rule, text, ipv4) in [
        ("Standard", LAB.to_owned(), limit(4_000)),
        ("Premium", lab("name = \"ams-1\"", premium), limit(10_000)),
        ("Microsoft", public.replace("public", "microsoft"), limit(200)),
        ("public today", public.clone(), limit(200)),
        ("public in 2015", in_2015, limit(4_000)),
        ("given", peering("prefix_limit = 7"), limit(7)),
        ("a lab without Azure", format!("[lab]\nopen_transit = true\n{LAB}"), PrefixLimit::Unlimited),
        (
            "a warning",
            peering("prefix_limit = { max = 7, action = \"warn\" }"),
            PrefixLimit::Warn { max: NonZeroU32::new(7).unwrap() },
        ),
        (
            "no restart",
            peering("prefix_limit = { max = 7, restart_s = 0 }"),
            PrefixLimit::Drop { max: NonZeroU32::new(7).unwrap(), restart: None },
        ),
    ] {
        assert_eq!(plan(&text).attachments[0].limits.ipv4, ipv4, "{rule}");
    }
    assert_eq!(plan(LAB).attachments[0].limits.ipv6, limit(100));
}

#[test]
fn each_family_has_a_session_of_its_own() {
    let plan = plan(&peering(
        "ipv6_primary_peer_address_prefix = \"fd00::/126\"\nipv6_primary = { passive = true }",
    ));
    let ipv6 = session(&plan, "ams-1/private/primary", Family::Ipv6);
    assert_eq!(ipv6.peer_endpoint.to_string(), "[fd00::1]:179");
    assert_eq!(ipv6.next_hop.ipv6, Some("fd00::2".parse().unwrap()));
    assert_eq!(ipv6.identifier.to_string(), "172.16.0.2", "the router's IPv4 address on that link");
    assert_eq!((ipv6.families, ipv6.opening), (Families::IPV6, Opening::Passive));
    assert_eq!(plan.attachments[0].sessions.len(), 2);
    assert_eq!(plan.attachments[1].sessions.len(), 1);
}

#[test]
fn endpoints_change_what_tcp_uses_and_nothing_that_bgp_sees() {
    let endpoints = r#"{ local_endpoint = "127.0.0.1:1179", peer_endpoint = "127.0.0.1:1180" }"#;
    let plan = plan(&peering(&format!("primary = {endpoints}")));
    let session = session(&plan, "ams-1/private/primary", Family::Ipv4);
    assert_eq!(session.local_endpoint.to_string(), "127.0.0.1:1179");
    assert_eq!(session.next_hop.ipv4, Some("172.16.0.2".parse().unwrap()));
}

#[test]
fn one_session_carries_both_families() {
    let both = r#"primary = { local_address = "10.66.0.1", peer_address = "10.66.16.1",
                              families = ["ipv4", "ipv6"], ipv6_next_hop = "fd99::1" }"#;
    let plan = plan(&lab("primary_peer_address_prefix = \"172.16.0.0/30\"", both));
    let session = session(&plan, "ams-1/private/primary", Family::Ipv4);
    assert_eq!(session.families, Families::BOTH);
    assert_eq!(session.next_hop.ipv6, Some("fd99::1".parse().unwrap()));
    assert_eq!(session.next_hop.ipv4, Some("10.66.0.1".parse().unwrap()));
}

#[test]
fn a_disabled_router_has_no_attachment_and_a_disabled_peering_has_both() {
    let text = lab("secondary_peer_address_prefix = \"172.16.0.4/30\"", "secondary = \"disabled\"");
    assert_eq!(plan(&text).attachments.len(), 1);
    let plan = plan(&peering("state = \"Disabled\""));
    assert!(plan.attachments.iter().all(|attachment| attachment.state == PeeringState::Disabled));
    assert_eq!(plan.attachments.len(), 2);
}

#[test]
fn router_ids_replace_the_interface_address() {
    let routers = "[routers.primary]\nrouter_id = \"10.255.0.1\"\n";
    let plan = plan(&format!("{routers}{LAB}"));
    let identifier = |attachment| session(&plan, attachment, Family::Ipv4).identifier.to_string();
    assert_eq!(identifier("ams-1/private/primary"), "10.255.0.1");
    assert_eq!(identifier("ams-1/private/secondary"), "172.16.0.6");
}

#[test]
fn addresses_are_managed_on_the_interface_of_the_session_or_of_its_router() {
    const MANAGED: &str = "[daemon]\nmanage_addresses = true\n";
    const ROUTERS: &str = "[routers.primary]\ninterface = \"eth1\"\n";
    let managed = |text: &str| -> Vec<Option<String>> {
        let sessions = plan(text).attachments.into_iter().flat_map(|attachment| attachment.sessions);
        sessions.map(|session| session.managed.map(|it| format!("{} {}", it.interface, it.address))).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    let both = format!("{MANAGED}{ROUTERS}{}", peering("secondary = { interface = \"eth3.100\" }"));
    assert_eq!(managed(&both), [some("eth1 172.16.0.2/30"), some("eth3.100 172.16.0.6/30")]);
    let one = format!("{MANAGED}{ROUTERS}{LAB}");
    assert_eq!(managed(&one), [some("eth1 172.16.0.2/30"), None]);
    let elsewhere = "primary = { local_endpoint = \"127.0.0.1:1179\", peer_endpoint = \"127.0.0.1:1180\" }";
    assert_eq!(managed(&format!("{MANAGED}{ROUTERS}{}", peering(elsewhere))), [None, None]);
    assert_eq!(managed(&format!("{ROUTERS}{LAB}")), [None, None]);

    for (text, words) in [
        (format!("{ROUTERS}{LAB}"), "interface eth1 has no effect"),
        (format!("{MANAGED}{LAB}"), "no session has an interface"),
    ] {
        let warnings = load_text(&text).unwrap().warnings;
        assert!(warnings.len() == 1 && warnings[0].to_string().contains(words), "{warnings:?}");
    }
    for name in ["", "an-interface-too-long", "a/b", "a b", ".."] {
        let said = refusal(&format!("{MANAGED}[routers.primary]\ninterface = {name:?}\n{LAB}"));
        assert!(said.contains("takes for no name") && said.contains("ip link"), "{said}");
    }
}

#[test]
fn a_peering_has_the_vlan_of_its_tag_on_an_interface_with_tags() {
    const TAGGED: &str = "[daemon]\nmanage_addresses = true\n[routers.primary]\ninterface = \"eth1\"\n\
                          encapsulation = \"Dot1Q\"\n";
    let managed = |text: &str| -> Vec<Option<String>> {
        let sessions = plan(text).attachments.into_iter().flat_map(|attachment| attachment.sessions);
        sessions.map(|session| session.managed.map(|managed| managed.to_string())).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    let second = peering("secondary = { interface = \"eth3\", encapsulation = \"Dot1Q\" }");
    assert_eq!(
        managed(&format!("{TAGGED}{second}")),
        [some("172.16.0.2/30 dev eth1.100"), some("172.16.0.6/30 dev eth3.100")]
    );
    // An interface of its own has an encapsulation of its own.
    let untagged = peering("primary = { interface = \"eth3\" }");
    assert_eq!(managed(&format!("{TAGGED}{untagged}")), [some("172.16.0.2/30 dev eth3"), None]);

    for (encapsulation, name, words) in [
        ("QinQ", "eth1", "encapsulation is \"QinQ\", which the daemon does not make"),
        ("dot1q", "eth1", "write \"Dot1Q\""),
        ("Dot1Q", "enp0s31f6np", "at most 10 characters"),
    ] {
        let router = format!("interface = {name:?}\nencapsulation = {encapsulation:?}");
        let said = refusal(&format!("[daemon]\nmanage_addresses = true\n[routers.primary]\n{router}\n{LAB}"));
        assert!(said.contains(words), "{said}");
    }
    let said = refusal(&format!("[routers.primary]\nencapsulation = \"Dot1Q\"\n{LAB}"));
    assert!(said.contains("but no interface"), "{said}");
}

#[test]
fn a_vlan_of_a_link_is_one_circuits_alone() {
    let circuit = |name: &str, tag: u16, subnet: &str| {
        format!(
            "[[circuit]]\nname = {name:?}\n[[circuit.peering]]\nkind = \"private\"\npeer_asn = 65010\nvlan_id = {tag}\n\
             primary_peer_address_prefix = {subnet:?}\nsecondary = \"disabled\"\n"
        )
    };
    let two = |tag| {
        let preamble = "[daemon]\nmanage_addresses = true\n[routers.primary]\ninterface = \"eth1\"\n\
                        encapsulation = \"Dot1Q\"\n";
        format!(
            "{preamble}{}{}",
            circuit("ams-1", 100, "172.16.0.0/30"),
            circuit("lon-1", tag, "172.16.1.0/30")
        )
    };
    assert_eq!(plan(&two(101)).attachments.len(), 2);
    let said = refusal(&two(100));
    assert!(said.contains("VLAN 100 of eth1 is the link of ams-1/private/primary already"), "{said}");
    assert_eq!(plan(&two(100).replace("encapsulation = \"Dot1Q\"\n", "")).attachments.len(), 2);
}

#[test]
fn keepalives_follow_the_hold_time_unless_they_are_given() {
    for (timers, hold, keepalive) in [
        ("", 180, 60),
        ("hold_s = 9", 9, 3),
        ("hold_s = 3600", 3600, 60),
        ("hold_s = 3, keepalive_s = 1", 3, 1),
        ("hold_s = 4", 4, 1),
    ] {
        let plan = plan(&peering(&format!("timers = {{ {timers} }}")));
        let timers = plan.attachments[0].sessions[0].timers;
        assert_eq!((timers.hold.seconds(), timers.keepalive.as_secs()), (hold, keepalive));
    }
    let off = plan(&peering("timers = { hold_s = 0 }"));
    assert_eq!(off.attachments[0].sessions[0].timers.hold, HoldTime::Off);
}

#[test]
fn s02_customer_prefixes_may_overlap_because_circuits_are_worlds_of_their_own() {
    let other = LAB.split_once("[[circuit]]").unwrap().1.replace("ams-1", "lon-1");
    let plan = plan(&format!("{LAB}[[circuit]]{}", other.replace("172.16.0", "172.16.1")));
    assert_eq!(plan.attachments.len(), 4);
}

#[test]
fn s12_the_last_link_is_accepted_and_one_more_is_not() {
    let file = |links: usize, sku: &str| {
        let network =
            |n| format!("[[virtual_network]]\nname = \"v{n}\"\naddress_space = [\"10.1.{n}.0/24\"]\n");
        let networks = (0..links).map(network).collect::<Vec<_>>().concat();
        let names: Vec<String> = (0..links).map(|n| format!("\"v{n}\"")).collect();
        let circuit = LAB.split_once("[[circuit]]").unwrap().1.replace("\"hub\"", &names.join(", "));
        format!("{networks}[[circuit]]\nsku = \"{sku}\"\nbandwidth_mbps = 50{circuit}")
    };
    for (sku, limit) in [("Standard_MeteredData", 10), ("Premium_MeteredData", 20)] {
        assert_eq!(plan(&file(limit, sku)).circuits[0].links.len(), limit, "{sku}");
        let refusal = refusal(&file(limit + 1, sku));
        let cause = format!("{} virtual networks are linked; {sku} with 50 Mbps takes {limit}", limit + 1);
        assert!(refusal.contains(&cause), "{refusal}");
    }
}

#[test]
fn a_file_means_the_same_by_its_relative_and_by_its_absolute_path() {
    // Cargo starts tests in the directory of the manifest.
    let file = Path::new("config").join("example.toml");
    let relative = load(&file).unwrap().plan;
    let absolute = load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).unwrap().plan;
    assert_eq!(diff(&relative, &absolute).to_string(), "no change");
    assert!(relative.daemon.state_dir.unwrap().is_absolute());
}

#[test]
fn a_key_file_holds_one_line_and_is_found_beside_the_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lab.toml");
    std::fs::write(&path, peering("shared_key_file = \"ams-1.key\"")).unwrap();
    for (content, fault) in [
        (&b"s3cretKey\n"[..], None),
        (b"s3cretKey\r\n", None),
        (b"s3cretKey", None),
        (b"s3cretKey\nanother\n", Some("character 10 of the key is neither a letter nor a digit")),
        (b"", Some("the key is empty")),
        (b"\xff", Some("cannot be read: it is not text in UTF-8")),
    ] {
        std::fs::write(directory.path().join("ams-1.key"), content).unwrap();
        match (load(&path), fault) {
            (Ok(loaded), None) => {
                let key = loaded.plan.attachments[1].shared_key.as_ref().unwrap();
                assert_eq!(key.expose(), "s3cretKey");
            }
            (Err(errors), Some(fault)) => assert!(errors.plain().to_string().contains(fault), "{errors:?}"),
            (outcome, fault) => panic!("{content:?}: {outcome:?}, not {fault:?}"),
        }
    }
    std::fs::remove_file(directory.path().join("ams-1.key")).unwrap();
    std::fs::create_dir(directory.path().join("ams-1.key")).unwrap();
    let errors = load(&path).unwrap_err().plain().to_string();
    assert!(errors.contains("cannot be read: it is not a regular file"), "{errors}");
}

#[test]
fn keys_are_in_no_debug_output() {
    let plan = plan(&peering("shared_key = \"s3cretKey\""));
    assert!(!format!("{plan:?}").contains("s3cret"));
}

#[test]
fn warnings_do_not_refuse() {
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("control.token");
    std::fs::write(&token, "0123456789abcdef\n").unwrap();
    std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let text = format!(
        "[daemon]\ncontrol = \"0.0.0.0:8179\"\ncontrol_token_file = \"control.token\"\n{}",
        peering("timers = { hold_s = 9, keepalive_s = 4 }")
    );
    let loaded = parse("lab.toml", &text, directory.path()).unwrap();
    assert!(loaded.plan.daemon.control_token.is_some_and(|token| token.is(b"0123456789abcdef")));
    let warnings: Vec<String> = loaded.warnings.iter().map(|warning| warning.plain().to_string()).collect();
    insta::assert_snapshot!(warnings.join("\n"), @r#"
    lab.toml:2:11: warning: control listens on 0.0.0.0:8179, which other machines may reach; its token crosses the network as it is
      remedy: write control = "127.0.0.1:8179" and reach it through ssh -L, unless nobody else is on that network
    lab.toml:16:38: warning: keepalive_s is 4, more than a third of the hold time of 9 s
      remedy: write keepalive_s = 3 (RFC 4271 section 4.4)
    "#);
}
