use super::*;
use clap::{Parser, ValueEnum};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    config: Config,
}

/// What `msee churn config` prints for two senders, a receiver and the probe, both families, signed.
fn printed(kind: &str, more: &[&str]) -> String {
    let mut line = vec!["config", "--kind", kind, "--senders", "2", "--families", "ipv4,ipv6"];
    line.extend(["--ipv6-next-hop", "fd00:66::10", "--key", "s3cretKey"]);
    line.extend(more);
    let mut out = Vec::new();
    Line::parse_from(line).config.perform(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn each_daemon_gets_its_configuration() {
    for kind in Kind::value_variants() {
        let value = kind.to_possible_value().unwrap();
        insta::assert_snapshot!(value.get_name(), printed(value.get_name(), &[]));
    }
}

#[test]
fn on_the_loopback_msee_gets_endpoints_beside_its_addresses() {
    let loopback = ["--speaker", "127.0.0.1:1179", "--local", "127.0.1.1", "--next-hop", "10.66.16.1"];
    insta::assert_snapshot!("msee_on_loopback", printed("msee", &loopback));
}
