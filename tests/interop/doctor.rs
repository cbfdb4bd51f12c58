//! `msee doctor` beside the mistakes that it must find.

use crate::lab::{
    self, Lab,
    edge::CustomerEdge,
    failure::{Outcome, ensure},
    msee::{self, Msee},
    needs::Need,
    plan::{Peering, Plan, private_prefixes},
    process,
    wait::until,
};
use ::msee::cli::gen_ce::Kind;
use std::fs;

const PRIMARY: &str = "ams-1/private/primary";

/// What doctor says, however it ends.
fn doctor(lab: &Lab, arguments: &[&str]) -> String {
    let mut command = msee::command_in(lab.msee_namespace().name());
    process::output(command.arg("doctor").args(arguments)).unwrap_or_else(|failure| failure.to_string())
}

fn says(lab: &Lab, arguments: &[&str], words: &[&str]) -> Outcome {
    until("doctor names the cause", || {
        let said = doctor(lab, arguments);
        ensure!(words.iter().all(|words| said.contains(words)), "{words:?} not in: {said}");
        Ok(())
    })
}

fn plan() -> Plan {
    Plan::one_circuit(vec![Peering::private(0).ipv4_only()])
}

/// A customer edge whose configuration is the generated one after a change.
fn edge_with(lab: &Lab, kind: Kind, change: impl FnOnce(String) -> String) -> Outcome<Box<dyn CustomerEdge>> {
    let edge = lab.plan().customer_edge(&PRIMARY.parse()?, &private_prefixes(3))?;
    let text = edge.configuration(kind).iter().map(|file| file.text.as_str()).collect::<String>();
    lab.edge_of_file(kind, PRIMARY, change(text))
}

#[test]
fn frr_without_a_policy_is_named() {
    lab::run(&[Kind::Frr], plan(), |lab| {
        let _msee = lab.msee()?;
        // A filter list counts as a policy.
        let is_policy = |line: &&str| line.contains("ebgp-requires-policy") || line.contains("filter-list");
        let without = |text: String| {
            text.lines().filter(|line| !is_policy(line)).flat_map(|line| [line, "\n"]).collect::<String>()
        };
        let _edge = edge_with(lab, Kind::Frr, without)?;
        says(lab, &[], &["FRR by its OPEN, announces nothing", "no bgp ebgp-requires-policy"])
    });
}

#[test]
fn a_wrong_as_is_named_with_and_without_a_daemon() {
    lab::run(&[Kind::Bird], plan(), |lab| {
        let _edge = edge_with(lab, Kind::Bird, |text| text.replace("65010", "65099"))?;
        let file = lab.subdirectory("doctor")?.join("lab.toml");
        fs::write(&file, plan().to_toml())?;
        let file = file.to_string_lossy();
        says(lab, &["-c", &file], &["the peer says that it is AS 65099", "write peer_asn = 65099"])?;
        let _msee = lab.msee()?;
        says(lab, &[], &["65099", "make them equal"])
    });
}

#[test]
fn ttl_security_on_one_side_only_is_named() {
    let peering = Peering::private(0).ipv4_only().setting("primary = { ttl_security = true }");
    lab::run(&[Kind::Bird], Plan::one_circuit(vec![peering]), |lab| {
        let _msee = lab.msee()?;
        let _edge = edge_with(lab, Kind::Bird, |text| text.replace("ttl security on", "ttl security off"))?;
        says(lab, &[], &["TTL below 255", "ttl-security hops 1"])
    });
}

#[test]
fn a_healthy_lab_has_no_complaint_and_quick_answers() {
    lab::run(&[Kind::Bird], plan(), |lab| {
        ensure!(doctor(lab, &["--quick"]).contains("no daemon answers"), "quick without a daemon");
        let pair = lab.pair(Kind::Bird, "ams-1/private", &private_prefixes(3))?;
        lab::expect::all_established(&pair.msee)?;
        until("routes have been exchanged", || {
            let said = pair.msee.run(&["doctor", "-o", "json"])?;
            ensure!(said.contains("\"healthy\": true"), "{said}");
            ensure!(!said.contains("\"result\": \"warning\""), "{said}");
            ensure!(said.matches("the daemon listens there").count() == 2, "{said}");
            Ok(())
        })?;
        let quick = pair.msee.run(&["doctor", "--quick"])?;
        ensure!(quick.contains("2 of 2 sessions are Established"), "{quick}");
        Ok(())
    });
}

#[test]
fn addresses_conflicts_and_silent_peers_are_named_before_the_start() {
    // The lab has the links of one circuit, the file those of another one.
    let other = Plan::one_circuit(vec![Peering::private(9).ipv4_only()]);
    lab::run_with(&[] as &[Need], plan(), |lab| {
        let directory = lab.subdirectory("doctor")?;
        let (missing, own) = (directory.join("missing.toml"), directory.join("own.toml"));
        fs::write(&missing, other.to_toml())?;
        fs::write(&own, plan().to_toml())?;
        let said = doctor(lab, &["-c", &missing.to_string_lossy()]);
        ensure!(said.contains("172.16.9.2 is not an address of this machine"), "{said}");
        ensure!(said.contains("ip address add 172.16.9.2/30"), "{said}");
        let said = doctor(lab, &["-c", &own.to_string_lossy()]);
        ensure!(said.contains("the address is there and the port is free"), "{said}");
        ensure!(said.contains("172.16.0.1:179 refused the connection"), "{said}");
        // Another daemon has the port, on another control endpoint.
        let elsewhere = format!("[daemon]\ncontrol = \"127.0.0.1:8180\"\n{}", plan().to_toml());
        fs::write(&own, elsewhere)?;
        let _msee: Msee = lab.msee()?;
        says(lab, &["-c", &own.to_string_lossy()], &["cannot listen on 172.16.0.2:179: the port is in use"])
    });
}
