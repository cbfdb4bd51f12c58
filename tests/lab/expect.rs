//! What tests of several areas wait for.

use super::{
    edge::CustomerEdge,
    failure::{Outcome, ensure},
    msee::{Msee, Session},
    wait::until,
};
use ::msee::family::Family;
use std::{collections::BTreeSet, net::IpAddr};

/// Waits until the customer has exactly these IPv4 prefixes from Azure.
pub(crate) fn customer_has(edge: &dyn CustomerEdge, want: &[&str]) -> Outcome {
    until("the customer has exactly these prefixes", || {
        let seen = edge.received_routes(edge.msee(Family::Ipv4)?)?;
        let prefixes: Vec<_> = seen.iter().map(|route| route.prefix.to_string()).collect();
        ensure!(prefixes == want, "{prefixes:?} instead of {want:?}");
        Ok(())
    })
}

/// Waits until every session of the daemon is Established.
pub(crate) fn all_established(msee: &Msee) -> Outcome {
    until("every session is Established", || {
        let sessions = msee.sessions()?;
        ensure!(!sessions.is_empty(), "no session at all");
        match sessions.iter().find(|session| session.state != "Established") {
            None => Ok(()),
            Some(down) => Err(format!("{down:?}").into()),
        }
    })
}

/// Waits until the virtual network `hub` reaches an address over so many links, and returns their next hops.
pub(crate) fn next_hops(msee: &Msee, address: &str, links: usize) -> Outcome<BTreeSet<IpAddr>> {
    until("the address is reached over the links that are up", || {
        let hops: BTreeSet<_> =
            msee.lookup("hub", address)?.into_iter().flat_map(|route| route.next_hop_ip_address).collect();
        ensure!(hops.len() == links, "{address} over {hops:?}, not {links} links");
        Ok(hops)
    })
}

/// Fails if the session has been down in between.
pub(crate) fn is_the_same_session(before: &Session, after: &Session) -> Outcome {
    let same = before.connections_established == after.connections_established
        && before.peer_uptime_msec <= after.peer_uptime_msec;
    ensure!(same, "the session has been down: {before:?}, then {after:?}");
    Ok(())
}

/// What `msee reload` says to a file that it must refuse.
pub(crate) fn refused(msee: &Msee, toml: &str) -> Outcome<String> {
    match msee.reload(toml) {
        Ok(said) => Err(format!("the file was accepted: {said}").into()),
        Err(refusal) => Ok(refusal.to_string()),
    }
}
