//! What is accepted, what is refused and in which words, and what a change resets.

mod changes;
mod operations;
mod plans;
mod refusals;
mod rendering;
mod services;

use super::*;

/// A complete file: lines 1 to 14, one circuit with private peering and a virtual network.
const LAB: &str = r#"[[virtual_network]]
name = "hub"
address_space = ["10.1.0.0/16"]

[[circuit]]
name = "ams-1"
virtual_networks = ["hub"]

[[circuit.peering]]
kind = "private"
peer_asn = 65010
vlan_id = 100
primary_peer_address_prefix = "172.16.0.0/30"
secondary_peer_address_prefix = "172.16.0.4/30"
"#;

/// The file with one text in place of another, which it must hold.
fn lab(from: &str, to: &str) -> String {
    assert!(LAB.contains(from), "{from}");
    LAB.replacen(from, to, 1)
}

/// The file with more keys in its peering, from line 13 on.
fn peering(keys: &str) -> String {
    lab("vlan_id = 100\n", &format!("vlan_id = 100\n{keys}\n"))
}

fn load_text(text: &str) -> Result<Loaded, ConfigErrors> {
    parse("lab.toml", text, Path::new("/nowhere"))
}

fn plan(text: &str) -> Plan {
    load_text(text).unwrap_or_else(|errors| panic!("{}\n{text}", errors.plain())).plan
}

fn refusal(text: &str) -> String {
    match load_text(text) {
        Ok(_) => panic!("accepted:\n{text}"),
        Err(errors) => errors.plain().to_string(),
    }
}
