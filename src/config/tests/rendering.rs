//! How errors look: one line with a remedy, and as a diagnostic with a caret.

use super::*;

#[test]
fn each_error_has_a_remedy() {
    let text = peering("shared_key = \"secret!\"\nadvertize = false")
        .replace("172.16.0.0/30", "172.16.0.0/29")
        .replace("65010", "\"65010\"")
        .replace("[\"hub\"]", "[\"hup\"]");
    insta::assert_snapshot!(refusal(&text), @r#"
    lab.toml:7:21: virtual network "hup" does not exist
      remedy: did you mean "hub"?
    lab.toml:11:12: peer_asn: invalid type: string "65010", expected an integer
      remedy: write peer_asn as a number, without quotes
    lab.toml:13:14: shared_key: character 7 of the key is neither a letter nor a digit
      remedy: write 1 to 25 letters and digits
    lab.toml:14:1: unknown key "advertize"
      remedy: did you mean advertise? the keys here are kind, state, peer_asn, vlan_id, primary_peer_address_prefix, secondary_peer_address_prefix, ipv6_primary_peer_address_prefix, ipv6_secondary_peer_address_prefix, shared_key, shared_key_file, prefix_limit, ipv6_prefix_limit, advertise, graceful_restart, bgp_role, as_sets, attribute_limits, route_filter, last_modified_by, advertised_public_prefixes, customer_asn, routing_registry_name, advertised_public_prefixes_state, timers, primary, secondary, ipv6_primary, ipv6_secondary
    lab.toml:15:31: primary_peer_address_prefix is 172.16.0.0/29; each link of a circuit is a /30
      remedy: "172.16.0.0/30" gives 172.16.0.1 to the customer and 172.16.0.2 to the MSEE
    "#);
}

#[test]
fn remedies_name_the_line_to_write() {
    let text = format!(
        "[daemon]\nasn = 0\n{}",
        lab("secondary_peer_address_prefix = \"172.16.0.4/30\"", "state = true\nprefix_limit = 0")
    );
    insta::assert_snapshot!(refusal(&text), @r#"
    lab.toml:2:7: asn is 0, which is not an AS number
      remedy: write a number from 1 to 4294967295; Microsoft's is 12076
    lab.toml:11:1: secondary_peer_address_prefix is missing in [[circuit.peering]]
      remedy: add secondary_peer_address_prefix = "172.16.0.4/30", or secondary = "disabled"
    lab.toml:16:9: state: invalid type: boolean `true`, expected a string
      remedy: write state = "…", in quotes
    lab.toml:17:16: the prefix limit is 0, which is not between 1 and 4294967295
      remedy: write at least 1, or remove the key for Azure's own limit
    "#);
}

#[cfg(feature = "fancy")]
fn diagnostic(text: &str) -> String {
    let errors = load_text(text).unwrap_err();
    let theme = miette::GraphicalTheme::unicode_nocolor();
    let mut out = String::new();
    miette::GraphicalReportHandler::new_themed(theme)
        .with_width(120)
        .render_report(&mut out, &errors)
        .unwrap();
    out.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[cfg(feature = "fancy")]
#[test]
fn diagnostics_point_into_the_file_and_hide_keys() {
    let text = peering("shared_key = \"s3cret!\"").replace("65010", "65515");
    assert!(!diagnostic(&text).contains("s3cret"));
    insta::assert_snapshot!(diagnostic(&text), @r#"
      × lab.toml: 2 errors

    Error:
      × peer_asn 65515 is reserved by Azure (65515 to 65520)
        ╭─[lab.toml:11:12]
     10 │ kind = "private"
     11 │ peer_asn = 65515
        ·            ─────
     12 │ vlan_id = 100
        ╰────
      help: use another number; 64512 to 65514 are private

    Error:
      × shared_key: character 7 of the key is neither a letter nor a digit
        ╭─[lab.toml:13:14]
     12 │ vlan_id = 100
     13 │ shared_key = "*******"
        ·              ─────────
     14 │ primary_peer_address_prefix = "172.16.0.0/30"
        ╰────
      help: write 1 to 25 letters and digits
    "#);
}

#[cfg(feature = "fancy")]
#[test]
fn diagnostics_mark_the_other_place_as_well() {
    insta::assert_snapshot!(diagnostic(&lab("172.16.0.4/30", "172.16.0.0/30")), @r#"
      × lab.toml: 1 error

    Error:
      × 172.16.0.0/30 is the subnet of ams-1/private/primary already
        ╭─[lab.toml:14:33]
     12 │ vlan_id = 100
     13 │ primary_peer_address_prefix = "172.16.0.0/30"
        ·                               ───────┬───────
        ·                                      ╰── the other one
     14 │ secondary_peer_address_prefix = "172.16.0.0/30"
        ·                                 ───────────────
        ╰────
      help: give each link its own subnet
    "#);
}
