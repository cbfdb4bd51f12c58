//! What the customer builds on its side: one router or several, and its own filters. The labs of `examples/`, as shipped.

use crate::lab::{
    self,
    failure::{Outcome, ensure},
    needs::Need,
    plan::{Peering, Plan},
    process,
    wait::until,
};
use ::msee::{cli::gen_ce::Kind, family::Family};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_msee");

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// The lab of `examples/three-domains`, which ends in any case.
struct ThreeDomains(String);

impl ThreeDomains {
    fn up(topology: &str) -> Outcome<Self> {
        let lab = Self(format!("msee-{}-{topology}", std::process::id()));
        let mut up = Command::new(example("three-domains/up.sh"));
        let said = process::output(up.arg(topology).env("LAB", &lab.0).env("MSEE", PROGRAM))?;
        ensure!(said.matches(" Established ").count() == 6, "{said}");
        Ok(lab)
    }

    fn show(&self, arguments: &[&str]) -> Outcome<Value> {
        let mut command = process::inside(&format!("{}-msee", self.0), PROGRAM);
        Ok(serde_json::from_str(&process::output(command.arg("show").args(arguments).args(["-o", "json"]))?)?)
    }

    /// The prefixes that a peering advertises, or accepts.
    fn networks(&self, attachment: &str, advertised: bool) -> Outcome<BTreeSet<String>> {
        let mut arguments = vec!["routes", attachment];
        arguments.extend(advertised.then_some("--advertised"));
        let page = self.show(&arguments)?;
        let routes = page["routes"].as_array().into_iter().flatten();
        let accepted = routes.filter(|route| route["refusedBecause"].is_null());
        Ok(accepted.filter_map(|route| route["network"].as_str().map(str::to_owned)).collect())
    }
}

impl Drop for ThreeDomains {
    fn drop(&mut self) {
        let _ = process::output(Command::new(example("three-domains/down.sh")).env("LAB", &self.0));
    }
}

#[test]
fn s09_three_domains_end_on_one_router_or_on_three_alike() {
    // The lab is the example's own; this one only says whether it can run.
    lab::run_with(&[Need::Daemon(Kind::Bird)], Plan::default(), |_| {
        let mut seen = Vec::new();
        for topology in ["one-router", "three-routers"] {
            let lab = ThreeDomains::up(topology)?;
            let circuit = lab.show(&["circuits"])?[0].clone();
            ensure!(circuit["slaValid"] == true, "{topology}: {circuit}");
            let sessions = lab.show(&["sessions"])?;
            let sessions: BTreeSet<String> = sessions
                .as_array()
                .into_iter()
                .flatten()
                .map(|session| {
                    format!("{} {} {}", session["attachment"], session["neighborAddr"], session["state"])
                })
                .collect();
            ensure!(sessions.len() == 6, "{topology}: {sessions:?}");
            let mut routes = Vec::new();
            for (kind, sent, accepted) in [
                ("private", vec!["10.1.0.0/16"], "10.0.0.0/16"),
                ("public", vec!["13.69.0.0/17", "13.70.192.0/18", "52.166.0.0/16"], "193.0.0.0/24"),
                ("microsoft", vec!["13.107.136.0/22", "40.96.0.0/13", "52.96.0.0/14"], "193.0.0.0/24"),
            ] {
                for router in ["primary", "secondary"] {
                    let id = format!("ams-1/{kind}/{router}");
                    until("the domain has its own routes", || {
                        let advertised = lab.networks(&id, true)?;
                        ensure!(advertised.iter().eq(sent.iter()), "{topology} {id}: {advertised:?}");
                        let received = lab.networks(&id, false)?;
                        ensure!(received.contains(accepted), "{topology} {id}: {received:?}");
                        Ok(())
                    })?;
                    routes.push((id.clone(), lab.networks(&id, true)?));
                }
            }
            seen.push((sessions, routes));
        }
        ensure!(seen[0] == seen[1], "the topologies differ: {seen:?}");
        Ok(())
    });
}

#[test]
fn s17_the_customers_own_filters_keep_one_region() {
    let public = Peering { asn: 3333, ..Peering::public(20) };
    lab::run(&[Kind::Bird, Kind::Frr], Plan::one_circuit(vec![public]), |lab| {
        let shipped = |file: &str| fs::read_to_string(example("customer-filters").join(file));
        let regions = example("customer-filters/regions.xml");
        let toml = shipped("msee.toml")?.replace("\"regions.xml\"", &format!("{regions:?}"));
        let msee = lab.msee_of_file(&toml)?;
        let bird = lab.edge_of_file(Kind::Bird, "ams-1/public/primary", shipped("bird.conf")?)?;
        let frr = lab.edge_of_file(Kind::Frr, "ams-1/public/secondary", shipped("frr.conf")?)?;
        for (attachment, customer) in [("ams-1/public/primary", &bird), ("ams-1/public/secondary", &frr)] {
            until("everything in reach is sent", || {
                let sent = msee.established(attachment, "ipv4")?.pfx_snt.ipv4;
                ensure!(sent == 3, "{sent}");
                Ok(())
            })?;
            until("West Europe alone is kept", || {
                let seen = customer.received_routes(customer.msee(Family::Ipv4)?)?;
                let kept: Vec<String> = seen.iter().map(|route| route.prefix.to_string()).collect();
                ensure!(kept == ["13.69.0.0/17", "52.166.0.0/16"], "{attachment}: {kept:?}");
                Ok(())
            })?;
        }
        Ok(())
    });
}
