//! What a change of the file touches.

use super::{
    super::diff::{AttachmentChange, Effect},
    *,
};

/// The lines of `msee diff` between two files.
fn changes(from: &str, to: &str) -> String {
    diff(&plan(from), &plan(to)).to_string()
}

#[test]
fn a_file_does_not_differ_from_itself() {
    let text = include_str!("../../../config/example.toml");
    let difference = diff(&plan(text), &plan(text));
    assert!(difference.is_empty());
    assert_eq!(difference.to_string(), "no change");
}

#[test]
fn changes_of_attachments_say_what_they_reset() {
    let key = peering("shared_key = \"abc\"");
    for (from, to, lines) in [
        (
            LAB.to_owned(),
            lab("65010", "65011"),
            vec![
                "~ ams-1/private/primary: peer_asn 65010 → 65011: session resets",
                "~ ams-1/private/secondary: peer_asn 65010 → 65011: session resets",
            ],
        ),
        (
            LAB.to_owned(),
            lab("vlan_id = 100", "vlan_id = 101"),
            vec![
                "~ ams-1/private/primary: vlan_id 100 → 101: session resets",
                "~ ams-1/private/secondary: vlan_id 100 → 101: session resets",
            ],
        ),
        (
            LAB.to_owned(),
            lab("172.16.0.0/30", "172.16.0.8/30"),
            vec![
                "~ ams-1/private/primary: ipv4 session: local_address 172.16.0.2 → 172.16.0.10: session resets",
                "~ ams-1/private/primary: ipv4 session: peer_address 172.16.0.1 → 172.16.0.9: session resets",
                "~ ams-1/private/primary: ipv4 session: local_endpoint 172.16.0.2:179 → 172.16.0.10:179: session resets",
                "~ ams-1/private/primary: ipv4 session: peer_endpoint 172.16.0.1:179 → 172.16.0.9:179: session resets",
                "~ ams-1/private/primary: ipv4 session: router_id 172.16.0.2 → 172.16.0.10: session resets",
                "~ ams-1/private/primary: ipv4 session: ipv4 next hop 172.16.0.2 → 172.16.0.10: session resets",
            ],
        ),
        (
            LAB.to_owned(),
            peering("bgp_role = { role = \"provider\", strict = true }"),
            vec![
                "~ ams-1/private/primary: bgp_role none → provider, strict: session resets",
                "~ ams-1/private/secondary: bgp_role none → provider, strict: session resets",
            ],
        ),
        (
            LAB.to_owned(),
            key.clone(),
            vec![
                "~ ams-1/private/primary: shared_key set: session resets",
                "~ ams-1/private/secondary: shared_key set: session resets",
            ],
        ),
        (
            key.clone(),
            LAB.to_owned(),
            vec![
                "~ ams-1/private/primary: shared_key removed: session resets",
                "~ ams-1/private/secondary: shared_key removed: session resets",
            ],
        ),
        (
            key,
            peering("shared_key = \"xyz\""),
            vec![
                "~ ams-1/private/primary: shared_key changed: session resets",
                "~ ams-1/private/secondary: shared_key changed: session resets",
            ],
        ),
    ] {
        assert_eq!(changes(&from, &to), lines.join("\n"), "{to}");
    }
}

#[test]
fn limits_and_wishes_reset_nothing() {
    for (from, to, lines) in [
        (
            LAB.to_owned(),
            peering("prefix_limit = 10000\nipv6_prefix_limit = { max = 5, action = \"warn\" }"),
            vec![
                "~ ams-1/private/primary: prefix_limit 4000 → 10000: no reset",
                "~ ams-1/private/primary: ipv6_prefix_limit 100 → 5 (warn): no reset",
                "~ ams-1/private/secondary: prefix_limit 4000 → 10000: no reset",
                "~ ams-1/private/secondary: ipv6_prefix_limit 100 → 5 (warn): no reset",
            ],
        ),
        (
            peering("prefix_limit = { max = 5, restart_s = 9 }"),
            peering("prefix_limit = { max = 5, restart_s = 0 }"),
            vec![
                "~ ams-1/private/primary: prefix_limit 5 (restart after 9 s) → 5 (no restart): no reset",
                "~ ams-1/private/secondary: prefix_limit 5 (restart after 9 s) → 5 (no restart): no reset",
            ],
        ),
        (
            LAB.to_owned(),
            peering("advertise = false"),
            vec![
                "~ ams-1/private/primary: advertise true → false: no reset",
                "~ ams-1/private/secondary: advertise true → false: no reset",
            ],
        ),
        (
            LAB.to_owned(),
            peering("timers = { hold_s = 9 }"),
            vec![
                "~ ams-1/private/primary: ipv4 session: timers hold_s 180 → 9, keepalive_s 60 → 3: from the next session on",
                "~ ams-1/private/secondary: ipv4 session: timers hold_s 180 → 9, keepalive_s 60 → 3: from the next session on",
            ],
        ),
        (
            LAB.to_owned(),
            peering("as_sets = \"accept\"\nattribute_limits = { as_path = 50 }"),
            vec![
                "~ ams-1/private/primary: attribute_limits as_path 1000 → 50, as_sets refuse → accept: from the next session on",
                "~ ams-1/private/secondary: attribute_limits as_path 1000 → 50, as_sets refuse → accept: from the next session on",
            ],
        ),
        (
            LAB.to_owned(),
            peering("graceful_restart = { part = \"full\", restart_s = 60, notifications = false }"),
            vec![
                "~ ams-1/private/primary: graceful_restart none → full (restart 60 s, stale 360 s, deferral 60 s): from the next session on",
                "~ ams-1/private/secondary: graceful_restart none → full (restart 60 s, stale 360 s, deferral 60 s): from the next session on",
            ],
        ),
        (
            peering("timers = { send_hold_s = 600 }"),
            LAB.to_owned(),
            vec![
                "~ ams-1/private/primary: ipv4 session: timers send_hold_s 600 → default: from the next session on",
                "~ ams-1/private/secondary: ipv4 session: timers send_hold_s 600 → default: from the next session on",
            ],
        ),
        (
            LAB.to_owned(),
            peering("state = \"Disabled\""),
            vec![
                "~ ams-1/private/primary: state Enabled → Disabled: session ends",
                "~ ams-1/private/secondary: state Enabled → Disabled: session ends",
            ],
        ),
        (
            peering("state = \"Disabled\""),
            LAB.to_owned(),
            vec![
                "~ ams-1/private/primary: state Disabled → Enabled: session starts",
                "~ ams-1/private/secondary: state Disabled → Enabled: session starts",
            ],
        ),
    ] {
        assert_eq!(changes(&from, &to), lines.join("\n"), "{to}");
    }
}

#[test]
fn changes_of_sessions_say_what_they_reset() {
    let endpoint = r#"primary = { local_endpoint = "10.0.0.9:179", peer_endpoint = "10.0.0.10:179" }"#;
    let ipv6 = "ipv6_primary_peer_address_prefix = \"fd00::/126\"";
    for (from, to, lines) in [
        (
            LAB.to_owned(),
            peering(endpoint),
            vec![
                "~ ams-1/private/primary: ipv4 session: local_endpoint 172.16.0.2:179 → 10.0.0.9:179: session resets",
                "~ ams-1/private/primary: ipv4 session: peer_endpoint 172.16.0.1:179 → 10.0.0.10:179: session resets",
            ],
        ),
        (
            LAB.to_owned(),
            peering("primary = { passive = true, ttl_security = true }"),
            vec![
                "~ ams-1/private/primary: ipv4 session: passive false → true: from the next session on",
                "~ ams-1/private/primary: ipv4 session: ttl_security false → true: session resets",
            ],
        ),
        (LAB.to_owned(), peering(ipv6), vec!["~ ams-1/private/primary: ipv6 session: added: session starts"]),
        (peering(ipv6), LAB.to_owned(), vec!["~ ams-1/private/primary: ipv6 session: removed: session ends"]),
    ] {
        assert_eq!(changes(&from, &to), lines.join("\n"), "{to}");
    }
}

#[test]
fn changes_of_everything_else_say_what_they_reset() {
    for (to, lines) in [
        (
            format!(
                "[daemon]\nasn = 64999\ncontrol = \"127.0.0.1:1\"\ncontrol_requests_per_s = 5\nrules = \"2015\"\nstate_dir = \"s\"\n{}",
                lab(
                    "name = \"ams-1\"",
                    "name = \"ams-1\"\nservice_provider = \"Equinix\"\npeering_location = \"Amsterdam\""
                )
            ),
            vec![
                "~ daemon: rules current → 2015: no reset",
                "~ daemon: asn 12076 → 64999: no reset",
                "~ daemon: control 127.0.0.1:8179 → 127.0.0.1:1: from the next start of the daemon on",
                "~ daemon: control_requests_per_s 1000 → 5: no reset",
                "~ daemon: state_dir none → /nowhere/s: from the next start of the daemon on",
                "~ circuit ams-1: service_provider none → Equinix: no reset",
                "~ circuit ams-1: peering_location none → Amsterdam: no reset",
                "~ ams-1/private/primary: asn 12076 → 64999: session resets",
                "~ ams-1/private/primary: as_sets refuse → accept: from the next session on",
                "~ ams-1/private/secondary: asn 12076 → 64999: session resets",
                "~ ams-1/private/secondary: as_sets refuse → accept: from the next session on",
            ],
        ),
        (
            format!("[routers.primary]\nrouter_id = \"10.255.0.1\"\n{LAB}"),
            vec!["~ ams-1/private/primary: ipv4 session: router_id 172.16.0.2 → 10.255.0.1: session resets"],
        ),
        (
            format!("[lab]\nopen_transit = true\n{LAB}"),
            vec![
                "~ daemon: open_transit false → true: no reset",
                "~ ams-1/private/primary: prefix_limit 4000 → unlimited: no reset",
                "~ ams-1/private/primary: ipv6_prefix_limit 100 → unlimited: no reset",
                "~ ams-1/private/secondary: prefix_limit 4000 → unlimited: no reset",
                "~ ams-1/private/secondary: ipv6_prefix_limit 100 → unlimited: no reset",
            ],
        ),
        (
            lab("[\"10.1.0.0/16\"]", "[\"10.2.0.0/16\"]\nregion = \"westeurope\""),
            vec![
                "~ virtual network hub: region none → westeurope: no reset",
                "~ virtual network hub: address_space without 10.1.0.0/16: no reset",
                "~ virtual network hub: address_space with 10.2.0.0/16: no reset",
            ],
        ),
        (
            LAB.replace("hub", "spoke"),
            vec![
                "- virtual network hub: removed: no reset",
                "+ virtual network spoke: added: no reset",
                "~ circuit ams-1: virtual network hub no longer linked: no reset",
                "~ circuit ams-1: virtual network spoke linked: no reset",
            ],
        ),
        (
            LAB.replace("ams-1", "lon-1"),
            vec![
                "- circuit ams-1: removed: no reset",
                "+ circuit lon-1: added: no reset",
                "- ams-1/private/primary: removed: session ends",
                "- ams-1/private/secondary: removed: session ends",
                "+ lon-1/private/primary: added: session starts",
                "+ lon-1/private/secondary: added: session starts",
            ],
        ),
        (
            lab(
                "[\"hub\"]",
                "[{ name = \"hub\", routing_weight = 5 }]\nsku = \"Premium_MeteredData\"\nbandwidth_mbps = 2000\nservice_provider = \"Equinix\"\npeering_location = \"Amsterdam\"",
            ),
            vec![
                "~ circuit ams-1: service_provider none → Equinix: no reset",
                "~ circuit ams-1: peering_location none → Amsterdam: no reset",
                "~ circuit ams-1: bandwidth_mbps 1000 → 2000: no reset",
                "~ circuit ams-1: sku Standard_MeteredData → Premium_MeteredData: no reset",
                "~ circuit ams-1: routing_weight of hub 0 → 5: no reset",
                "~ ams-1/private/primary: prefix_limit 4000 → 10000: no reset",
                "~ ams-1/private/secondary: prefix_limit 4000 → 10000: no reset",
            ],
        ),
        (
            lab("secondary_peer_address_prefix = \"172.16.0.4/30\"", "secondary = \"disabled\""),
            vec!["- ams-1/private/secondary: removed: session ends"],
        ),
    ] {
        assert_eq!(changes(LAB, &to), lines.join("\n"), "{to}");
    }
}

#[test]
fn a_disabled_peering_is_added_without_a_session() {
    let text = peering("state = \"Disabled\"");
    let lines =
        changes(&lab("secondary_peer_address_prefix = \"172.16.0.4/30\"", "secondary = \"disabled\""), &text);
    assert!(lines.contains("+ ams-1/private/secondary: added: no reset"), "{lines}");
}

#[test]
fn json_has_no_key_and_says_what_resets() {
    let difference =
        diff(&plan(&peering("shared_key = \"before\"")), &plan(&peering("shared_key = \"after1\"")));
    let json = serde_json::to_string(&difference.changes[0]).unwrap();
    insta::assert_snapshot!(json, @r#"
    {"subject":"ams-1/private/primary","what":"shared_key changed","effect":"resets","resets":true}
    "#);
    assert!(!format!("{difference:?}").contains("after1"));
}

#[test]
fn changes_of_one_attachment_are_found_by_its_name() {
    let difference = diff(&plan(LAB), &plan(&lab("172.16.0.0/30", "172.16.0.8/30")));
    let of = |id: &str| -> Vec<Effect> {
        let id = id.parse().unwrap();
        difference.of_attachment(&id).map(AttachmentChange::effect).collect()
    };
    assert!(of("ams-1/private/primary").iter().all(|effect| *effect == Effect::Resets));
    assert!(!of("ams-1/private/primary").is_empty());
    assert!(of("ams-1/private/secondary").is_empty(), "the other router does not notice");
}
