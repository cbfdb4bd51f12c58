//! FRRouting: `frr.conf`.

use super::{CustomerEdge, File, Kind, Session};
use crate::{config::plan::TtlSecurity, family::Family};
use std::fmt::{self, Write};

/// Keeps Azure's routes from one MSEE away from the other: only routes with an empty path leave.
const OWN_ROUTES: &str = "OWN-ROUTES";

pub(super) fn files(edge: &CustomerEdge) -> Vec<File> {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write(edge, &mut text);
    vec![File { name: "frr.conf", text }]
}

fn write(edge: &CustomerEdge, out: &mut String) -> fmt::Result {
    writeln!(out, "! {}", edge.title(Kind::Frr))?;
    writeln!(out, "frr defaults traditional")?;
    writeln!(out, "hostname {}", edge.hostname)?;
    writeln!(out, "log syslog informational")?;
    writeln!(out, "!")?;
    if edge.port != 179 {
        writeln!(out, "! start bgpd with: -p {}", edge.port)?;
    }
    writeln!(out, "router bgp {}", edge.asn)?;
    writeln!(out, " bgp router-id {}", edge.router_id)?;
    writeln!(out, " bgp log-neighbor-changes")?;
    writeln!(out, " no bgp ebgp-requires-policy")?;
    writeln!(out, " no bgp default ipv4-unicast")?;
    writeln!(out, " no bgp network import-check")?;
    writeln!(out, " bgp bestpath as-path multipath-relax")?;
    for session in &edge.sessions {
        neighbor(session, out)?;
    }
    for family in Family::ALL {
        address_family(edge, family, out)?;
    }
    writeln!(out, "!")?;
    writeln!(out, "bgp as-path access-list {OWN_ROUTES} seq 5 permit ^$")?;
    writeln!(out, "!")
}

fn neighbor(session: &Session, out: &mut String) -> fmt::Result {
    let peer = session.peer_address;
    writeln!(out, " neighbor {peer} remote-as {}", session.peer_asn)?;
    writeln!(out, " neighbor {peer} description {}", session.name)?;
    if session.peer_port != 179 {
        writeln!(out, " neighbor {peer} port {}", session.peer_port)?;
    }
    writeln!(out, " neighbor {peer} update-source {}", session.local_address)?;
    if let Some(key) = &session.shared_key {
        writeln!(out, " neighbor {peer} password {}", key.expose())?;
    }
    if session.ttl_security == TtlSecurity::On {
        writeln!(out, " neighbor {peer} ttl-security hops 1")?;
    }
    if let Some(timers) = session.timers {
        writeln!(out, " neighbor {peer} timers {} {}", timers.keepalive_s, timers.hold_s)?;
        writeln!(out, " neighbor {peer} timers connect {}", timers.connect_retry_s)?;
    }
    Ok(())
}

fn address_family(edge: &CustomerEdge, family: Family, out: &mut String) -> fmt::Result {
    let mut peers = edge.sessions.iter().filter(|session| session.families.contains(family)).peekable();
    if peers.peek().is_none() {
        return Ok(());
    }
    writeln!(out, " !")?;
    writeln!(out, " address-family {family} unicast")?;
    for net in edge.announced_in(family) {
        writeln!(out, "  network {net}")?;
    }
    for Session { peer_address, .. } in peers {
        writeln!(out, "  neighbor {peer_address} activate")?;
        writeln!(out, "  neighbor {peer_address} soft-reconfiguration inbound")?;
        writeln!(out, "  neighbor {peer_address} filter-list {OWN_ROUTES} out")?;
    }
    writeln!(out, " exit-address-family")
}
