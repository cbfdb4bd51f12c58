//! OpenBGPD: `bgpd.conf`.

use super::{CustomerEdge, File, Kind, Session};
use crate::{config::plan::TtlSecurity, family::Family};
use std::fmt::{self, Write};

pub(super) fn files(edge: &CustomerEdge) -> Vec<File> {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write(edge, &mut text);
    vec![File { name: "bgpd.conf", text }]
}

fn write(edge: &CustomerEdge, out: &mut String) -> fmt::Result {
    writeln!(out, "# {}", edge.title(Kind::Openbgpd))?;
    writeln!(out, "AS {}", edge.asn)?;
    writeln!(out, "router-id {}", edge.router_id)?;
    if let Some(timers) = edge.sessions.iter().find_map(|session| session.timers) {
        writeln!(out, "connect-retry {}", timers.connect_retry_s)?;
    }
    for session in &edge.sessions {
        match edge.port {
            179 => writeln!(out, "listen on {}", session.local_address)?,
            port => writeln!(out, "listen on {} port {port}", session.local_address)?,
        }
    }
    if !edge.announced.is_empty() {
        writeln!(out, "\nprefix-set announced {{")?;
        for net in &edge.announced {
            writeln!(out, "  {net}")?;
        }
        writeln!(out, "}}")?;
        writeln!(out, "network prefix-set announced")?;
    }
    for session in &edge.sessions {
        neighbor(session, out)?;
    }
    writeln!(out, "\nallow from ebgp")?;
    // Only the edge's own prefixes leave: Azure's routes from one MSEE never reach the other.
    if !edge.announced.is_empty() {
        writeln!(out, "allow to ebgp prefix-set announced")?;
    }
    Ok(())
}

fn neighbor(session: &Session, out: &mut String) -> fmt::Result {
    writeln!(out, "\nneighbor {} {{", session.peer_address)?;
    writeln!(out, "  descr \"{}\"", session.name)?;
    writeln!(out, "  remote-as {}", session.peer_asn)?;
    writeln!(out, "  local-address {}", session.local_address)?;
    if session.peer_port != 179 {
        writeln!(out, "  port {}", session.peer_port)?;
    }
    if let Some(key) = &session.shared_key {
        writeln!(out, "  tcp md5sig password {}", key.expose())?;
    }
    if session.ttl_security == TtlSecurity::On {
        writeln!(out, "  ttl-security yes")?;
    }
    if let Some(timers) = session.timers {
        writeln!(out, "  holdtime {}", timers.hold_s)?;
    }
    for (family, name) in [(Family::Ipv4, "IPv4"), (Family::Ipv6, "IPv6")] {
        let announce = if session.families.contains(family) { "unicast" } else { "none" };
        writeln!(out, "  announce {name} {announce}")?;
    }
    writeln!(out, "}}")
}
