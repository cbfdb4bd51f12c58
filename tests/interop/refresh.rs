//! Enhanced route refresh (RFC 7313) with BIRD, which asks, answers and marks.

use crate::lab::{
    self,
    expect::{customer_has, is_the_same_session},
    failure::ensure,
    plan::{Peering, Plan, private_prefixes},
    wait::until,
};
use ::msee::{cli::gen_ce::Kind, family::Family};

const PRIMARY: &str = "ams-1/private/primary";

#[test]
fn bird_refreshes_in_both_directions_between_markers() {
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    lab::run(&[Kind::Bird], plan, |lab| {
        let msee = lab.msee()?;
        let debugs = |text: &str| text.replace("protocol bgp", "debug protocols { packets };\nprotocol bgp");
        let edge = lab.edge_amended(Kind::Bird, PRIMARY, &private_prefixes(5), debugs)?;
        customer_has(&*edge, &["10.1.0.0/16"])?;
        let before = until("the customer's prefixes are there", || {
            let session = msee.established(PRIMARY, "ipv4")?;
            ensure!(session.pfx_rcd.ipv4 == 5, "{session:?}");
            Ok(session)
        })?;
        // In: it asks, and is answered between markers. Out: it tells everything again between its own.
        for direction in ["in", "out"] {
            edge.refresh(edge.msee(Family::Ipv4)?, direction)?;
        }
        until("all markers have crossed", || {
            let log = edge.processes().last().ok_or("no process")?.log()?;
            for mark in ["Got BEGIN-OF-RR", "Got END-OF-RR", "Sending BEGIN-OF-RR", "Sending END-OF-RR"] {
                ensure!(log.contains(mark), "{mark} is missing");
            }
            Ok(())
        })?;
        customer_has(&*edge, &["10.1.0.0/16"])?;
        let after = msee.established(PRIMARY, "ipv4")?;
        ensure!(after.pfx_rcd.ipv4 == 5, "{after:?}");
        is_the_same_session(&before, &after)
    });
}
