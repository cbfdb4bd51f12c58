//! Circuits as a whole, against BIRD: several of them, all kinds of peering, several virtual networks.

use crate::lab::{
    self, Lab,
    expect::{all_established, customer_has, next_hops},
    failure::{Outcome, ensure},
    msee::{Direction, Msee},
    needs::Need,
    plan::{Circuit, Peering, Plan, VirtualNetwork, private_prefixes},
    process::{self, Process, Signal},
    wait::until,
};
use ::msee::{azure::Router, cli::gen_ce::Kind};
use ipnet::IpNet;
use std::{collections::BTreeSet, path::Path, process::Command};

#[test]
fn s02_two_circuits_with_the_same_customer_prefixes_do_not_meet() {
    let spoke = VirtualNetwork::new("spoke", &["10.2.0.0/16"]);
    let mut plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    plan.circuits.push(Circuit {
        name: "lon-1",
        sku: "Standard_MeteredData",
        virtual_networks: vec![spoke.name.to_owned()],
        peerings: vec![Peering { asn: 65020, ..Peering::private(1).ipv4_only() }],
        settings: String::new(),
    });
    plan.virtual_networks.push(spoke);
    lab::run(&[Kind::Bird], plan, |lab| {
        let msee = lab.msee()?;
        let mut edges = Vec::new();
        for circuit in ["ams-1", "lon-1"] {
            for router in Router::ALL {
                let id = format!("{circuit}/private/{router}");
                edges.push((circuit, lab.edge(Kind::Bird, &id, &private_prefixes(3))?));
            }
        }
        all_established(&msee)?;
        for (virtual_network, next_hops) in
            [("hub", ["172.16.0.1", "172.16.0.5"]), ("spoke", ["172.16.1.1", "172.16.1.5"])]
        {
            until("the virtual network knows its own circuit only", || {
                let route = msee.lookup(virtual_network, "10.64.2.1")?;
                let seen = route.map(|route| route.next_hop_ip_address).unwrap_or_default();
                let seen: BTreeSet<_> = seen.iter().map(ToString::to_string).collect();
                ensure!(seen.iter().eq(next_hops.iter()), "{virtual_network} over {seen:?}");
                Ok(())
            })?;
        }
        for (circuit, edge) in &edges {
            let want = if *circuit == "ams-1" { "10.1.0.0/16" } else { "10.2.0.0/16" };
            customer_has(&**edge, &[want])?;
        }
        Ok(())
    });
}

#[test]
fn s03_a_capture_shows_one_tcp_session_per_router_and_family() {
    let plan = Plan::one_circuit(vec![Peering::private(0)]);
    lab::run_with(&[Need::Daemon(Kind::Bird), Need::Tcpdump], plan, |lab| {
        let pair = lab.pair(Kind::Bird, "ams-1/private", &private_prefixes(1))?;
        all_established(&pair.msee)?;
        // Only now: the attempts that lost a collision are not sessions.
        let file = lab.subdirectory("capture")?.join("bgp.pcap");
        let capture = capture(lab, &file)?;
        until("every session has been heard", || {
            let heard = flows(&file)?;
            ensure!(heard.len() >= 4, "{heard:?}");
            Ok(())
        })?;
        capture.signal(Signal::Terminate)?;
        let heard = flows(&file)?;
        ensure!(heard.len() == 4, "{} TCP sessions: {heard:?}", heard.len());
        Ok(())
    });
}

#[test]
fn s07_any_combination_of_peerings_has_its_own_sessions() {
    let all = [Peering::private(0), Peering::microsoft(20), Peering::public(20)];
    for chosen in 1..1_usize << all.len() {
        let peerings: Vec<Peering> = all
            .iter()
            .enumerate()
            .filter(|(position, _)| chosen & (1 << position) != 0)
            .map(|(_, peering)| peering.clone().ipv4_only())
            .collect();
        lab::run(&[], Plan::one_circuit(peerings.clone()), |lab| {
            let msee = lab.msee()?;
            let seen: BTreeSet<String> =
                msee.sessions()?.into_iter().map(|session| session.attachment).collect();
            let want: BTreeSet<String> = peerings
                .iter()
                .flat_map(|peering| Router::ALL.map(|router| format!("ams-1/{}/{router}", peering.kind)))
                .collect();
            ensure!(seen == want, "{seen:?} instead of {want:?}");
            Ok(())
        });
    }
}

#[test]
fn s08_three_peerings_are_six_sessions_and_leak_nothing() {
    let peerings = [Peering::private(0), Peering::microsoft(20), Peering::public(20)].map(Peering::ipv4_only);
    lab::run(&[Kind::Bird], Plan::one_circuit(peerings.to_vec()), |lab| {
        let msee = lab.msee()?;
        let announced =
            [("private", "10.64.0.0/24"), ("microsoft", "11.0.0.0/24"), ("public", "12.0.0.0/24")];
        let mut edges = Vec::new();
        for (kind, prefix) in announced {
            for router in Router::ALL {
                let id = format!("ams-1/{kind}/{router}");
                edges.push((kind, lab.edge(Kind::Bird, &id, &[prefix.parse::<IpNet>()?])?));
            }
        }
        all_established(&msee)?;
        let sessions = msee.sessions()?;
        ensure!(sessions.len() == 6, "{} sessions", sessions.len());

        for (kind, prefix) in announced {
            for router in Router::ALL {
                received_is(&msee, &format!("ams-1/{kind}/{router}"), prefix)?;
            }
        }
        next_hops(&msee, "10.64.0.1", 2)?;
        for outside in ["11.0.0.1", "12.0.0.1"] {
            let found = msee.lookup("hub", outside)?;
            ensure!(found.is_none(), "{outside} is in the virtual network: {found:?}");
        }
        for (kind, edge) in &edges {
            customer_has(&**edge, if *kind == "private" { &["10.1.0.0/16"] } else { &[] })?;
        }
        Ok(())
    });
}

#[test]
fn s11_s12_every_linked_virtual_network_is_sent_and_learns_the_customer() {
    let mut plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    plan.virtual_networks.push(VirtualNetwork::new("spoke", &["10.2.0.0/16"]));
    plan.circuits[0].virtual_networks.push("spoke".to_owned());
    lab::run(&[Kind::Bird], plan, |lab| {
        let pair = lab.pair(Kind::Bird, "ams-1/private", &private_prefixes(2))?;
        all_established(&pair.msee)?;
        for router in Router::ALL {
            customer_has(pair.edge(router), &["10.1.0.0/16", "10.2.0.0/16"])?;
        }
        for virtual_network in ["hub", "spoke"] {
            until("the virtual network has the customer's prefixes", || {
                let found = pair.msee.lookup(virtual_network, "10.64.1.1")?;
                let links = found.as_ref().map_or(0, |route| route.next_hop_ip_address.len());
                ensure!(links == 2, "{virtual_network}: {found:?}");
                Ok(())
            })?;
        }
        Ok(())
    });
}

#[test]
fn s12_the_eleventh_virtual_network_is_refused() {
    const NAMES: [&str; 11] = ["v01", "v02", "v03", "v04", "v05", "v06", "v07", "v08", "v09", "v10", "v11"];
    const SPACES: [&str; 11] = [
        "10.1.0.0/24",
        "10.1.1.0/24",
        "10.1.2.0/24",
        "10.1.3.0/24",
        "10.1.4.0/24",
        "10.1.5.0/24",
        "10.1.6.0/24",
        "10.1.7.0/24",
        "10.1.8.0/24",
        "10.1.9.0/24",
        "10.1.10.0/24",
    ];
    let linked = |count: usize| {
        let mut plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
        plan.virtual_networks = NAMES
            .iter()
            .zip(SPACES)
            .take(count)
            .map(|(name, space)| VirtualNetwork::new(name, &[space]))
            .collect();
        plan.circuits[0].virtual_networks =
            plan.virtual_networks.iter().map(|network| network.name.to_owned()).collect();
        plan
    };
    lab::run(&[Kind::Bird], linked(10), |lab| {
        let pair = lab.pair(Kind::Bird, "ams-1/private", &private_prefixes(1))?;
        all_established(&pair.msee)?;
        let mut want = SPACES[..10].to_vec();
        want.sort_by_key(|net| net.parse::<IpNet>().ok());
        customer_has(&*pair.primary, &want)?;
        match pair.msee.reload(&linked(11).to_toml()) {
            Ok(said) => Err(format!("eleven links were accepted: {said}").into()),
            Err(refusal) => {
                ensure!(refusal.to_string().contains("10"), "the limit is not named: {refusal}");
                customer_has(&*pair.primary, &want)
            }
        }
    });
}

/// Waits until an attachment has received this prefix and no other.
fn received_is(msee: &Msee, attachment: &str, want: &str) -> Outcome {
    until("the attachment has its own customer's prefix", || {
        let routes = msee.routes(attachment, "ipv4", Direction::Received)?;
        let seen: Vec<_> = routes.iter().map(|route| route.network.as_str()).collect();
        ensure!(seen == [want], "{attachment} has {seen:?}");
        Ok(())
    })
}

/// Captures BGP in the daemon's namespace, every packet written as it comes.
fn capture(lab: &Lab, file: &Path) -> Outcome<Process> {
    let mut command = process::inside(lab.msee_namespace().name(), "tcpdump");
    // As root: the directory is only the test's.
    command.args(["-i", "any", "-n", "-U", "--immediate-mode", "-Z", "root", "-w"]).arg(file);
    command.args(["tcp", "port", "179"]);
    let process = Process::spawn(command, &file.with_extension("log"))?;
    until("the capture runs", || Ok(std::fs::metadata(file)?))?;
    Ok(process)
}

/// The pairs of endpoints that have sent each other BGP messages.
fn flows(file: &Path) -> Outcome<BTreeSet<[String; 2]>> {
    // A capture that is still being written may end within a packet: that is not an error here.
    let ended = Command::new("tcpdump").arg("-nn").arg("-r").arg(file).output()?;
    let shown = String::from_utf8_lossy(&ended.stdout).into_owned();
    let endpoints = |line: &str| {
        let (_, packet) = line.split_once(" IP").filter(|(_, rest)| rest.contains("BGP"))?;
        let (from, rest) = packet.trim_start_matches('6').trim_start().split_once(" > ")?;
        let (to, _) = rest.split_once(": ")?;
        let mut pair = [from.to_owned(), to.to_owned()];
        pair.sort();
        Some(pair)
    };
    Ok(shown.lines().filter_map(endpoints).collect())
}
