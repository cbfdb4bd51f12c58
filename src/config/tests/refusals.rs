//! What is refused, a row per rule: place and cause. Remedies are seen in `rendering`.

use super::*;
use proptest::prelude::*;

/// Place and cause of each error, without the remedies.
fn causes(text: &str) -> Vec<String> {
    let Err(errors) = load_text(text) else { panic!("accepted:\n{text}") };
    errors
        .iter()
        .map(|error| {
            let at = error.location().map_or_else(|| "-".to_owned(), |location| location.to_string());
            format!("{at} {error}")
        })
        .collect()
}

fn refuses(rows: &[(&str, String, &[&str])]) {
    for (rule, text, want) in rows {
        assert_eq!(causes(text), *want, "{rule}");
    }
}

#[test]
fn files_that_say_nothing_or_are_not_toml() {
    refuses(&[
        ("an empty file", String::new(), &["- no circuit is configured: there is nothing to run"]),
        ("comments only", "# nothing\n".to_owned(), &["- no circuit is configured: there is nothing to run"]),
        (
            "every syntax error",
            "a = \n[b\nc = 1\n".to_owned(),
            &[
                "1:5 not valid TOML: string values must be quoted, expected literal string",
                "2:3 not valid TOML: unclosed table, expected `]`",
            ],
        ),
        (
            "a key twice",
            lab("vlan_id = 100", "vlan_id = 100\nvlan_id = 101"),
            &["13:1 not valid TOML: duplicate key"],
        ),
        (
            "a table is no list of tables",
            lab("[[circuit]]", "[circuit]"),
            &["5:1 this is not a [[circuit]] table"],
        ),
        ("a value is no table", "circuit = 5\n".to_owned(), &["1:11 this is not a [[circuit]] table"]),
    ]);
}

#[test]
fn unknown_keys_and_wrong_types_all_at_once() {
    refuses(&[
        ("a near miss", lab("peer_asn", "peer_as"), &[r#"11:1 unknown key "peer_as""#]),
        (
            "several of them",
            lab("peer_asn = 65010\nvlan_id = 100", "peer_asn = \"65010\"\nvlan = 100\nadvertise = \"no\""),
            &[
                r#"11:12 peer_asn: invalid type: string "65010", expected an integer"#,
                r#"12:1 unknown key "vlan""#,
                r#"13:13 advertise: invalid type: string "no", expected a boolean"#,
            ],
        ),
        (
            "keys of a later version",
            format!("{}{LAB}", "[service_prefixes]\nrtr = 1\n"),
            &[r#"2:1 unknown key "rtr""#],
        ),
        (
            "inside inline tables",
            peering("prefix_limit = { maximum = 5 }\nprimary = { pasive = true, ttl_security = 1 }"),
            &[
                r#"13:18 unknown key "maximum""#,
                r#"14:13 unknown key "pasive""#,
                "14:43 ttl_security: invalid type: integer `1`, expected a boolean",
            ],
        ),
        (
            "elements of a list",
            lab(r#"["hub"]"#, r#"["hub", 7]"#),
            &["7:28 virtual_networks: invalid type: integer `7`, expected a string"],
        ),
        ("a key that is no text", peering("shared_key = 12345"), &["13:14 shared_key: expected a string"]),
    ]);
}

#[test]
fn missing_keys() {
    refuses(&[
        (
            "of a peering",
            lab(
                "kind = \"private\"\npeer_asn = 65010\nvlan_id = 100\nprimary_peer_address_prefix = \"172.16.0.0/30\"\nsecondary_peer_address_prefix = \"172.16.0.4/30\"\n",
                "",
            ),
            &[
                "9:1 kind is missing in [[circuit.peering]]",
                "9:1 peer_asn is missing in [[circuit.peering]]",
                "9:1 vlan_id is missing in [[circuit.peering]]",
                "9:1 primary_peer_address_prefix is missing in [[circuit.peering]]",
                "9:1 secondary_peer_address_prefix is missing in [[circuit.peering]]",
            ],
        ),
        (
            "of a virtual network",
            lab("name = \"hub\"\naddress_space = [\"10.1.0.0/16\"]\n", ""),
            &[
                "1:1 address_space is missing in [[virtual_network]]",
                "1:1 name is missing in [[virtual_network]]",
                r#"5:21 virtual network "hub" does not exist"#,
            ],
        ),
        (
            "of a limit and a link",
            lab("vlan_id = 100", "vlan_id = 100\nprefix_limit = {}"),
            &["13:16 max is missing in the prefix limit"],
        ),
    ]);
}

#[test]
fn daemon_and_routers() {
    refuses(&[
        (
            "each key",
            format!(
                "{}{LAB}",
                "[daemon]\nrules = \"2014\"\nasn = 0\ncontrol = \"localhost\"\n[routers.primary]\nrouter_id = \"0.0.0.0\"\n"
            ),
            &[
                r#"2:9 rules: "2014" is not a set of rules; write "current" or "2015""#,
                "3:7 asn is 0, which is not an AS number",
                r#"4:11 control is "localhost", which is not an address and a port"#,
                r#"6:13 router_id is "0.0.0.0"; a BGP Identifier is written as an IPv4 address and is not 0.0.0.0"#,
            ],
        ),
        (
            "control that others reach",
            format!("{}{LAB}", "[daemon]\ncontrol = \"[fd00::1]:8179\"\n"),
            &[
                "2:11 control listens on [fd00::1]:8179, which other machines may reach, and asks nobody for a token",
            ],
        ),
        (
            "no requests at all",
            format!("{}{LAB}", "[daemon]\ncontrol_requests_per_s = 0\n"),
            &["2:26 control_requests_per_s is 0; it takes 1 to 1000000"],
        ),
        (
            "more requests than a bucket can count",
            format!("{}{LAB}", "[daemon]\ncontrol_requests_per_s = 1000001\n"),
            &["2:26 control_requests_per_s is 1000001; it takes 1 to 1000000"],
        ),
        (
            "a token that is not there",
            format!("{}{LAB}", "[daemon]\ncontrol_token_file = \"x\"\n"),
            &[r#"2:22 control_token_file "/nowhere/x" cannot be read: no such file"#],
        ),
        (
            "two routers are two",
            format!(
                "{}{LAB}",
                "[routers]\nprimary = { router_id = \"1.1.1.1\" }\nsecondary = { router_id = \"1.1.1.1\" }\n"
            ),
            &["3:27 both routers have router_id 1.1.1.1"],
        ),
    ]);
}

#[test]
fn circuits_and_virtual_networks() {
    refuses(&[
        (
            "names",
            lab(r#"name = "ams-1""#, r#"name = "a b""#),
            &[r#"6:8 name: "a b" is not a circuit name; use letters, digits, '-', '_' and '.'"#],
        ),
        (
            "names are unique",
            format!("{LAB}{}", LAB.replace("172.16.0", "172.16.1")),
            &["16:8 virtual network hub exists already", "20:8 circuit ams-1 exists already"],
        ),
        (
            "sku and size",
            lab(r#"name = "ams-1""#, "name = \"ams-1\"\nsku = \"Standard\"\nbandwidth_mbps = 300"),
            &[
                r#"7:7 sku: "Standard" is not an SKU"#,
                r#"8:18 bandwidth_mbps is 300; no provider sells that under the rules "current""#,
            ],
        ),
        (
            "Local is unlimited",
            lab(r#"name = "ams-1""#, "name = \"ams-1\"\nsku = \"Local_MeteredData\""),
            &["7:7 sku: a Local circuit is always UnlimitedData"],
        ),
        (
            "Local starts at 1 Gbps",
            lab(r#"name = "ams-1""#, "name = \"ams-1\"\nsku = \"Local_UnlimitedData\"\nbandwidth_mbps = 500"),
            &["8:18 Local_UnlimitedData is not sold with 500 Mbps"],
        ),
        (
            "no Local in 2015",
            format!(
                "[daemon]\nrules = \"2015\"\n{}",
                lab(
                    "name = \"ams-1\"",
                    "name = \"ams-1\"\nservice_provider = \"Equinix\"\npeering_location = \"Amsterdam\"\nsku = \"Local_UnlimitedData\""
                )
            ),
            &["11:7 Local circuits do not exist under the rules of 2015"],
        ),
        (
            "links",
            lab(r#"["hub"]"#, r#"["hup", "hub", "hub", { name = "spoke", routing_weight = 40000 }]"#),
            &[
                r#"7:21 virtual network "hup" does not exist"#,
                "7:35 virtual network hub is linked already",
                r#"7:51 virtual network "spoke" does not exist"#,
                "7:77 routing_weight is 40000, which is not between 0 and 32000",
            ],
        ),
        (
            "address spaces",
            lab(r#"["10.1.0.0/16"]"#, r#"["10.1.0.0/16", "10.1.2.0/24", "10.3.0.1/16", "0.0.0.0/0", "x"]"#),
            &[
                "3:33 10.1.2.0/24 lies inside 10.1.0.0/16, which the virtual network has already",
                "3:48 10.3.0.1/16 has host bits set",
                "3:63 0.0.0.0/0 is not an address space: it is everything",
                r#"3:76 "x" is not a prefix"#,
            ],
        ),
        ("no address space", lab(r#"["10.1.0.0/16"]"#, "[]"), &["3:17 address_space is empty"]),
    ]);
}

#[test]
fn peerings() {
    refuses(&[
        (
            "kind and state",
            lab(r#"kind = "private""#, "kind = \"privat\"\nstate = \"On\""),
            &[r#"10:8 kind is "privat""#, r#"11:9 state is "On""#],
        ),
        (
            "one of a kind",
            format!(
                "{LAB}{}",
                "[[circuit.peering]]\nkind = \"private\"\npeer_asn = 65010\nvlan_id = 101\nprimary_peer_address_prefix = \"172.16.1.0/30\"\nsecondary = \"disabled\"\n"
            ),
            &["16:8 the circuit has a private peering already"],
        ),
        (
            "one VLAN each",
            format!(
                "{LAB}{}",
                "[[circuit.peering]]\nkind = \"public\"\npeer_asn = 65010\nvlan_id = 100\nprimary_peer_address_prefix = \"193.0.0.0/30\"\nsecondary = \"disabled\"\n"
            ),
            &["18:11 VLAN 100 carries the private peering of this circuit already"],
        ),
        ("VLAN 0", lab("= 100", "= 0"), &["12:11 vlan_id is 0, which is not between 1 and 4094"]),
        ("VLAN 4095", lab("= 100", "= 4095"), &["12:11 vlan_id is 4095, which is not between 1 and 4094"]),
        (
            "reserved by Azure",
            lab("65010", "65515"),
            &["11:12 peer_asn 65515 is reserved by Azure (65515 to 65520)"],
        ),
        (
            "reserved by Azure, the last",
            lab("65010", "65520"),
            &["11:12 peer_asn 65520 is reserved by Azure (65515 to 65520)"],
        ),
        ("AS 0", lab("65010", "0"), &["11:12 peer_asn is 0, which is not an AS number"]),
        (
            "beyond 32 bits",
            lab("65010", "4294967296"),
            &["11:12 peer_asn is 4294967296, which is not an AS number"],
        ),
        (
            "internal BGP",
            lab("65010", "12076"),
            &["11:12 peer_asn 12076 is the routers' own; peerings are external BGP"],
        ),
        ("AS_TRANS", lab("65010", "23456"), &["11:12 peer_asn 23456 is reserved (AS_TRANS, RFC 6793)"]),
        ("the last AS", lab("65010", "4294967295"), &["11:12 peer_asn 4294967295 is reserved (RFC 7300)"]),
        (
            "s25 26 characters",
            peering(r#"shared_key = "abcdefghijklmnopqrstuvwxyz""#),
            &["13:14 shared_key: the key has 26 characters; Azure takes at most 25"],
        ),
        (
            "s25 not a letter",
            peering(r#"shared_key = "a!b""#),
            &["13:14 shared_key: character 2 of the key is neither a letter nor a digit"],
        ),
        (
            "two keys",
            peering("shared_key = \"abc\"\nshared_key_file = \"missing.key\""),
            &[
                "14:19 both shared_key and shared_key_file are given",
                r#"14:19 shared_key_file "/nowhere/missing.key" cannot be read: no such file"#,
            ],
        ),
        (
            "limits of nothing",
            peering("prefix_limit = 0\nipv6_prefix_limit = { max = 5, action = \"warm\" }"),
            &[
                "13:16 the prefix limit is 0, which is not between 1 and 4294967295",
                r#"14:41 action is "warm""#,
            ],
        ),
        (
            "a warning does not restart",
            peering(r#"prefix_limit = { max = 5, action = "warn", restart_s = 1 }"#),
            &[r#"13:56 restart_s has no meaning with action = "warn""#],
        ),
        (
            "no router",
            lab(
                "primary_peer_address_prefix = \"172.16.0.0/30\"\nsecondary_peer_address_prefix = \"172.16.0.4/30\"",
                "primary = \"disabled\"\nsecondary = \"disabled\"",
            ),
            &["9:1 both routers are disabled, so that the peering does not exist"],
        ),
        ("another word", peering(r#"primary = "off""#), &[r#"13:11 primary is "off""#]),
    ]);
}

#[test]
fn subnets_and_addresses() {
    refuses(&[
        (
            "a /29",
            lab("172.16.0.0/30", "172.16.0.0/29"),
            &["13:31 primary_peer_address_prefix is 172.16.0.0/29; each link of a circuit is a /30"],
        ),
        (
            "host bits",
            lab("172.16.0.0/30", "172.16.0.1/30"),
            &["13:31 primary_peer_address_prefix is 172.16.0.1/30, which has host bits set"],
        ),
        (
            "no prefix",
            lab("172.16.0.0/30", "172.16.0/30"),
            &[r#"13:31 primary_peer_address_prefix is "172.16.0/30", which is not a prefix"#],
        ),
        (
            "the other family",
            lab("172.16.0.0/30", "fd00::/126"),
            &["13:31 primary_peer_address_prefix is fd00::/126, which is not IPv4"],
        ),
        (
            "both links alike",
            lab("172.16.0.0/30", "172.16.0.4/30"),
            &["14:33 172.16.0.4/30 is the subnet of ams-1/private/primary already"],
        ),
        (
            "inside a virtual network",
            lab("172.16.0.0/30", "10.1.2.0/30"),
            &[
                "13:31 10.1.2.0/30 overlaps 10.1.0.0/16 of virtual network hub, which is linked to this circuit",
            ],
        ),
        (
            "another circuit on that router",
            format!("{LAB}[[circuit]]{}", LAB.split_once("[[circuit]]").unwrap().1.replace("ams-1", "lon-1")),
            &[
                "23:31 172.16.0.0/30 is the subnet of ams-1/private/primary already",
                "24:33 172.16.0.4/30 is the subnet of ams-1/private/secondary already",
            ],
        ),
        (
            "outside the link, and its network address",
            peering(r#"primary = { local_address = "172.16.0.9", peer_address = "172.16.0.0" }"#),
            &[
                "13:29 local_address is 172.16.0.9, which is not in 172.16.0.0/30",
                "13:58 peer_address is 172.16.0.0, which is not an address for an interface in 172.16.0.0/30",
            ],
        ),
        (
            "loopback is no next hop",
            lab(
                r#"primary_peer_address_prefix = "172.16.0.0/30""#,
                r#"primary = { local_address = "127.0.0.1", peer_address = "127.0.0.2" }"#,
            ),
            &[
                "13:29 local_address is 127.0.0.1, which is a loopback address",
                "13:57 peer_address is 127.0.0.2, which is a loopback address",
            ],
        ),
        (
            "half a session",
            lab(
                r#"primary_peer_address_prefix = "172.16.0.0/30""#,
                r#"primary = { local_address = "10.0.0.1" }"#,
            ),
            &[
                "13:11 primary needs both local_address and peer_address, because there is no primary_peer_address_prefix",
            ],
        ),
        (
            "both ends one",
            lab(
                r#"primary_peer_address_prefix = "172.16.0.0/30""#,
                r#"primary = { local_address = "10.0.0.1", peer_address = "10.0.0.1" }"#,
            ),
            &["13:11 the router and the customer edge both have 10.0.0.1"],
        ),
        (
            "mixed families",
            lab(
                r#"primary_peer_address_prefix = "172.16.0.0/30""#,
                r#"primary = { local_address = "10.0.0.1", peer_address = "fd00::1" }"#,
            ),
            &["13:11 10.0.0.1 and fd00::1 are not of one address family"],
        ),
    ]);
}

#[test]
fn ends_of_sessions() {
    refuses(&[
        (
            "s24 private addresses on public peering",
            LAB.replace("\"private\"", "\"public\""),
            &[
                "13:31 public peering needs public addresses; 172.16.0.2 is private",
                "14:33 public peering needs public addresses; 172.16.0.6 is private",
            ],
        ),
        (
            "endpoints",
            peering(r#"primary = { local_endpoint = "127.0.0.1", peer_endpoint = "0.0.0.0:179" }"#),
            &[
                r#"13:30 local_endpoint is "127.0.0.1", which is not an address and a port"#,
                "13:59 peer_endpoint is 0.0.0.0:179; TCP needs one address and one port",
            ],
        ),
        (
            "a connection to itself",
            peering(r#"primary = { local_endpoint = "127.0.0.1:179", peer_endpoint = "127.0.0.1:179" }"#),
            &["13:11 local_endpoint and peer_endpoint are both 127.0.0.1:179"],
        ),
        (
            "two sessions that a listener cannot tell apart",
            peering(
                "primary = { local_endpoint = \"127.0.0.1:179\", peer_endpoint = \"127.0.0.1:1180\" }\nsecondary = { local_endpoint = \"127.0.0.1:179\", peer_endpoint = \"127.0.0.1:1181\" }",
            ),
            &["14:13 connections from 127.0.0.1 to 127.0.0.1:179 belong to ams-1/private/primary already"],
        ),
    ]);
}

#[test]
fn sessions_and_timers() {
    refuses(&[
        (
            "families",
            peering("primary = { families = [] }\nsecondary = { families = [\"ipx\"] }"),
            &[
                "13:24 families is empty: the session would carry nothing",
                r#"14:27 "ipx" is not an address family"#,
            ],
        ),
        (
            "next hops",
            peering(
                "primary = { families = [\"ipv4\", \"ipv6\"] }\nsecondary = { ipv6_next_hop = \"fd00::1\" }",
            ),
            &[
                "13:11 the session over IPv4 carries ipv6 but has no IPv6 next hop",
                "14:31 ipv6_next_hop is fd00::1, but the session does not carry ipv6",
            ],
        ),
        (
            "a family twice",
            peering(
                "primary = { families = [\"ipv4\", \"ipv6\"], ipv6_next_hop = \"fd00::2\" }\nipv6_primary_peer_address_prefix = \"fd00::/126\"",
            ),
            &["14:36 two sessions on the primary router would carry ipv6"],
        ),
        (
            "IPv4 over IPv6",
            peering(
                "ipv6_primary_peer_address_prefix = \"fd00::/126\"\nipv6_primary = { families = [\"ipv4\", \"ipv6\"] }",
            ),
            &[
                "14:16 a session over IPv6 does not carry ipv4 (RFC 8950 is not spoken)",
                "14:16 two sessions on the primary router would carry ipv4",
            ],
        ),
        (
            "no identifier",
            lab(
                "primary_peer_address_prefix = \"172.16.0.0/30\"\nsecondary",
                "ipv6_primary_peer_address_prefix = \"fd00::/126\"\nsecondary",
            ),
            &["13:36 the primary router has no BGP Identifier: this peering has no IPv4 address there"],
        ),
        (
            "hold time 2",
            peering("timers = { hold_s = 2 }"),
            &["13:21 hold_s is 2; a hold time is 0 or from 3 to 65535 (RFC 4271 section 4.2)"],
        ),
        (
            "ranges",
            peering("timers = { keepalive_s = 0, connect_retry_s = 0, idle_hold_s = 70000 }"),
            &[
                "13:26 keepalive_s is 0, which is not between 1 and 65535",
                "13:47 connect_retry_s is 0, which is not between 1 and 65535",
                "13:64 idle_hold_s is 70000, which is not between 1 and 65535",
            ],
        ),
        (
            "keepalives too far apart",
            peering("timers = { hold_s = 9, keepalive_s = 9 }"),
            &["13:38 keepalive_s is 9, which is not below the hold time of 9 s"],
        ),
        (
            "keepalives without hold time",
            peering("timers = { hold_s = 0, keepalive_s = 9 }"),
            &["13:38 keepalive_s has no meaning with hold_s = 0: no keepalives are sent"],
        ),
        (
            "bounds of attributes",
            peering("as_sets = \"drop\"\nattribute_limits = { as_path = 0, communities = 70000 }"),
            &[
                "13:11 as_sets is \"drop\"",
                "14:32 as_path is 0, which is not between 1 and 65535",
                "14:49 communities is 70000, which is not between 1 and 65535",
            ],
        ),
    ]);
}

#[test]
fn restarts_and_send_hold_times() {
    refuses(&[
        (
            "graceful restart",
            peering("graceful_restart = \"on\""),
            &["13:20 \"on\" is no part in a graceful restart"],
        ),
        (
            "graceful restart in a table",
            peering("graceful_restart = { part = \"full\", restart_s = 4096, stale_s = 0 }"),
            &[
                "13:49 restart_s is 4096, which is not between 1 and 4095",
                "13:65 stale_s is 0, which is not between 1 and 65535",
            ],
        ),
        (
            "a helper's own restart",
            peering("graceful_restart = { part = \"helper\", restart_s = 9 }"),
            &["13:51 restart_s has no meaning for a helper, whose own routes do not outlast its restart"],
        ),
        ("a role that is none", peering("bgp_role = \"upstream\""), &["13:12 \"upstream\" is no BGP role"]),
        (
            "a role that is none in a table",
            peering("bgp_role = { role = \"route-server\", strict = true }"),
            &["13:21 \"route-server\" is no BGP role"],
        ),
        (
            "strict without a role",
            peering("bgp_role = { strict = true }"),
            &["13:12 role is missing in bgp_role"],
        ),
        (
            "a send hold time that is not above the hold time",
            peering("timers = { hold_s = 9, send_hold_s = 9 }"),
            &["13:38 send_hold_s is 9, which is not above the hold time of 9 s (RFC 9687 section 5)"],
        ),
        (
            "a send hold time without hold time",
            peering("timers = { hold_s = 0, send_hold_s = 9 }"),
            &["13:38 send_hold_s has no meaning with hold_s = 0: such a session never expires"],
        ),
    ]);
}

#[test]
fn s24_open_transit_asks_for_no_public_addresses() {
    let text = LAB.replace("\"private\"", "\"public\"").replace("65010", "65515");
    assert_eq!(plan(&format!("[lab]\nopen_transit = true\n{text}")).attachments.len(), 2);
}

#[test]
fn files_that_cannot_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    std::fs::write(file("latin1.toml"), b"[daemon]\n# Z\xfcrich\n").unwrap();
    std::fs::write(file("empty.toml"), b"").unwrap();
    for (path, cause) in [
        (file("missing.toml"), "cannot be read: no such file"),
        (directory.path().to_owned(), "is a directory"),
        (file("latin1.toml"), "octet 0xfc is not UTF-8"),
        (file("empty.toml"), "no circuit is configured: there is nothing to run"),
    ] {
        let errors = load(&path).unwrap_err();
        assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), [cause]);
    }
    let place = load(&file("latin1.toml")).unwrap_err().iter().next().unwrap().location();
    assert_eq!(place.map(|location| location.to_string()), Some("2:4".to_owned()));
}

#[test]
fn faults_of_shape_are_bounded() {
    let keys: Vec<String> = (0..200).map(|n| format!("key{n} = 1\n")).collect();
    assert_eq!(causes(&keys.concat()).len(), 51);
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "(?s).{0,200}") {
        drop(load_text(&text));
    }

    /// Deletes, doubles or replaces a piece of a file that holds nearly everything.
    #[test]
    fn any_mutation_is_answered(start in 0.0..1.0f64, length in 0usize..40, insert in "[\\[\\]{}\"'=,.#\n 0-9a-z_/:é-]{0,12}") {
        let text = include_str!("../../../config/example.toml");
        let clamp = |mut at: usize| { while !text.is_char_boundary(at) { at -= 1; } at };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a small text")]
        let from = clamp((start * text.len() as f64) as usize);
        let to = clamp((from + length).min(text.len()));
        let mutated = format!("{}{insert}{}", &text[..from], &text[to.max(from)..]);
        if let Err(errors) = parse("lab.toml", &mutated, Path::new("/nowhere")) {
            prop_assert!(errors.iter().count() > 0);
            prop_assert!(!errors.plain().to_string().is_empty());
        }
    }
}
