//! Roles and OTC (RFC 9234) against daemons that have them: the session, and routes in both directions.

use crate::lab::{
    self,
    edge::CustomerEdge,
    failure::{Outcome, ensure},
    msee::Msee,
    plan::{Circuit, Peering, Plan, Transit},
    wait::until,
};
use ::msee::{cli::gen_ce::Kind, family::Family};
use ipnet::IpNet;

const CUSTOMER: &str = "ams-1/private/primary";
const PROVIDER: &str = "lon-1/private/primary";
const PEER: &str = "par-1/private/primary";

/// A customer, a provider and a peer behind an open transit: who hears of whose routes, and with which OTC.
pub(crate) fn routes_go_where_roles_allow_it(kind: Kind) {
    lab::run(&[kind], three("true"), |lab| {
        let msee = lab.msee()?;
        let start = |attachment, prefix: &str, role| {
            lab.edge_amended(kind, attachment, &[net(prefix)], with_role(kind, role))
        };
        let customer = start(CUSTOMER, "10.80.0.0/16", "customer")?;
        let provider = start(PROVIDER, "10.90.0.0/16", "provider")?;
        let peer = start(PEER, "10.91.0.0/16", "peer")?;
        // The customer hears of all, each route with the AS that let it out to customers alone.
        hears(&*customer, "10.90.0.0/16", Some(65020))?;
        hears(&*customer, "10.91.0.0/16", Some(65030))?;
        hears(&*customer, "10.1.0.0/16", Some(12076))?;
        // Provider and peer hear of the customer's routes and of our own, and not of each other's.
        hears(&*provider, "10.80.0.0/16", None)?;
        hears(&*provider, "10.1.0.0/16", None)?;
        hears(&*peer, "10.80.0.0/16", Some(12076))?;
        has_only(&*provider, &["10.1.0.0/16", "10.80.0.0/16"])?;
        has_only(&*peer, &["10.1.0.0/16", "10.80.0.0/16"])?;
        for (attachment, sent, received) in [
            (CUSTOMER, "role provider", "role customer"),
            (PROVIDER, "role customer", "role provider"),
            (PEER, "role peer", "role peer"),
        ] {
            let shown = msee.run(&["show", "neighbor", attachment])?;
            let line = |title: &str, words: &str| {
                shown.lines().any(|line| line.contains(title) && line.contains(words))
            };
            let both = line("Capabilities sent", sent) && line("Capabilities received", received);
            ensure!(both, "{shown}");
            ensure!(msee.session(attachment, "ipv4")?.pfx_refused.ipv4 == 0, "a route is refused");
        }
        Ok(())
    });
}

/// Two providers, or one side that insists on a role: no session, and both the cause and the remedy are shown.
pub(crate) fn roles_that_do_not_fit_end_the_session(kind: Kind) {
    lab::run(&[kind], three("true"), |lab| {
        let msee = lab.msee()?;
        let _wrong = lab.edge_amended(kind, CUSTOMER, &[], with_role(kind, "provider"))?;
        let _none = lab.edge(kind, PROVIDER, &[])?;
        is_down(&msee, CUSTOMER, &["we are provider to the peer", "role mismatch"])?;
        is_down(&msee, PROVIDER, &["announces no role"])
    });
}

/// Without strict mode a peer without a role is taken, and what it must not send is refused with the reason.
#[test]
fn a_leak_of_a_customer_without_a_role_is_refused_with_the_reason() {
    lab::run(&[Kind::Bird], three("false"), |lab| {
        let msee = lab.msee()?;
        let customer = lab.edge_amended(Kind::Bird, CUSTOMER, &[net("10.80.0.0/16")], |text| {
            let leaks =
                "export filter { if proto != \"announced_ipv4\" then reject; bgp_otc = 64999; accept; };";
            text.replace("export where proto = \"announced_ipv4\";", leaks)
        })?;
        until("the leak is refused", || {
            let session = msee.established(CUSTOMER, "ipv4")?;
            ensure!(session.pfx_refused.ipv4 == 1, "{session:?}");
            Ok(())
        })?;
        let shown = msee.run(&["show", "routes", CUSTOMER, "--refused"])?;
        ensure!(shown.contains("10.80.0.0/16") && shown.contains("route leak: AS 64999"), "{shown}");
        let explained = msee.run(&["explain", CUSTOMER, "10.80.0.0/16"])?;
        ensure!(explained.contains("route leak: AS 64999"), "{explained}");
        drop(customer);
        Ok(())
    });
}

fn three(strict: &str) -> Plan {
    let peering = |n, role: &str| {
        let peering = Peering::private(n).ipv4_only().setting("secondary = \"disabled\"");
        peering.setting(&format!("bgp_role = {{ role = \"{role}\", strict = {strict} }}"))
    };
    let mut plan = Plan::one_circuit(vec![peering(0, "provider")]);
    plan.transit = Transit::Open;
    let others = [("lon-1", 65020, peering(1, "customer")), ("par-1", 65030, peering(2, "peer"))];
    plan.circuits.extend(others.map(|(name, asn, peering)| Circuit {
        name,
        sku: "Standard_MeteredData",
        virtual_networks: Vec::new(),
        peerings: vec![Peering { asn, ..peering }],
        settings: String::new(),
    }));
    plan
}

/// What a customer edge adds to the configuration that is printed for it.
fn with_role(kind: Kind, role: &str) -> fn(&str) -> String {
    match (kind, role) {
        (Kind::Bird, "customer") => |text| bird(text, "customer"),
        (Kind::Bird, "provider") => |text| bird(text, "provider"),
        (Kind::Bird, _) => |text| bird(text, "peer"),
        (_, "customer") => |text| frr(text, "customer"),
        (_, "provider") => |text| frr(text, "provider"),
        (_, _) => |text| frr(text, "peer"),
    }
}

fn bird(text: &str, role: &str) -> String {
    text.replace("  neighbor ", &format!("  local role {role};\n  require roles on;\n  neighbor "))
}

fn frr(text: &str, role: &str) -> String {
    let line = |line: &str| match line.split_once(" remote-as ") {
        Some((neighbor, _)) => format!("{line}\n{neighbor} local-role {role} strict-mode\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn net(text: &str) -> IpNet {
    text.parse().unwrap_or_else(|error| panic!("the test's own prefix {text}: {error}"))
}

/// Waits until a router has a route with this OTC, which it may have added itself, or with none.
fn hears(edge: &dyn CustomerEdge, prefix: &str, otc: Option<u32>) -> Outcome {
    let msee = edge.msee(Family::Ipv4)?;
    until(&format!("{prefix} is heard of with OTC {otc:?}"), || {
        let seen = edge.received_routes(msee)?;
        ensure!(seen.iter().any(|route| route.prefix == net(prefix)), "not among {seen:?}");
        let found = edge.only_to_customer(msee, net(prefix))?;
        ensure!(found == otc, "OTC {found:?}");
        Ok(())
    })
}

fn has_only(edge: &dyn CustomerEdge, prefixes: &[&str]) -> Outcome {
    let seen = edge.received_routes(edge.msee(Family::Ipv4)?)?;
    let wanted: Vec<IpNet> = prefixes.iter().copied().map(net).collect();
    ensure!(seen.iter().map(|route| route.prefix).eq(wanted), "{seen:?}");
    Ok(())
}

/// Waits until a session has ended for one of these causes, which the peer may have found first.
fn is_down(msee: &Msee, attachment: &str, causes: &[&str]) -> Outcome {
    until("the roles end the session", || {
        let session = msee.session(attachment, "ipv4")?;
        ensure!(session.state != "Established", "{session:?}");
        let due_to = session.last_reset.map(|reset| reset.due_to.to_lowercase()).unwrap_or_default();
        ensure!(causes.iter().any(|cause| due_to.contains(cause)), "{due_to:?}");
        let shown = msee.run(&["show", "neighbor", attachment])?;
        ensure!(shown.contains("Remedy"), "{shown}");
        Ok(())
    })
}
