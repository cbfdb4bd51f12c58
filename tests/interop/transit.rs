//! `[lab] open_transit`: the routers as plain eBGP speakers between two customers.

use crate::lab::{
    self,
    edge::{CustomerEdge, Origin},
    failure::{Outcome, ensure},
    plan::{Circuit, Peering, Plan, Transit, private_prefixes},
    wait::until,
};
use ::msee::{cli::gen_ce::Kind, family::Family};
use ipnet::IpNet;

const ONE: &str = "ams-1/private/primary";
const OTHER: &str = "lon-1/private/secondary";

/// BIRD in AS 65010 on one circuit, the daemon under test in AS 65020 on another.
pub(crate) fn open_transit_passes_routes_between_customers(kind: Kind) {
    let mut plan = Plan::one_circuit(vec![Peering::private(0)]);
    plan.transit = Transit::Open;
    plan.circuits.push(Circuit {
        name: "lon-1",
        sku: "Standard_MeteredData",
        virtual_networks: Vec::new(),
        peerings: vec![Peering { asn: 65020, ..Peering::private(1) }],
        settings: String::new(),
    });
    lab::run(&[Kind::Bird, kind], plan, |lab| {
        let (ours, theirs) =
            ([net("10.80.0.0/16"), net("fd80::/32")], [net("10.90.0.0/16"), net("fd90::/32")]);
        let _msee = lab.msee()?;
        let mut one = lab.edge(Kind::Bird, ONE, &[&ours[..], &private_prefixes(3)].concat())?;
        let other = lab.edge(kind, OTHER, &theirs)?;
        sees(&*other, "10.80.0.0/16", Some("12076 65010"))?;
        sees(&*other, "fd80::/32", Some("12076 65010"))?;
        sees(&*other, "10.64.2.0/24", Some("12076 65010"))?;
        // Every customer hears of the virtual network, linked to its circuit or not.
        sees(&*other, "10.1.0.0/16", Some("12076"))?;
        sees(&*one, "10.90.0.0/16", Some("12076 65020"))?;
        sees(&*one, "fd90::/32", Some("12076 65020"))?;
        // A customer's own routes do not come back to it.
        sees(&*one, "10.80.0.0/16", None)?;
        one.announce(&ours[..1])?;
        sees(&*other, "10.64.2.0/24", None)?;
        sees(&*other, "fd80::/32", None)?;
        sees(&*other, "10.80.0.0/16", Some("12076 65010"))
    });
}

fn net(text: &str) -> IpNet {
    text.parse().unwrap_or_else(|error| panic!("the test's own prefix {text}: {error}"))
}

/// Waits until a customer has a route with this path, from the MSEE at its own link's end, or has none.
fn sees(edge: &dyn CustomerEdge, prefix: &str, path: Option<&str>) -> Outcome {
    let prefix = net(prefix);
    let msee = edge.msee(Family::of(&prefix))?;
    until(&format!("{prefix} is seen with {path:?}"), || {
        let routes = edge.received_routes(msee)?;
        let route = routes.iter().find(|route| route.prefix == prefix);
        let Some(route) = route else {
            ensure!(path.is_none(), "it is not among {} routes", routes.len());
            return Ok(());
        };
        ensure!(Some(route.as_path.as_str()) == path, "{route:?}");
        // The next hop of an IPv6 route may be shown by its link-local half, or not at all.
        ensure!(prefix.addr().is_ipv6() || route.next_hop == msee, "{route:?}");
        ensure!(route.origin == Origin::Igp, "{route:?}");
        Ok(())
    })
}
