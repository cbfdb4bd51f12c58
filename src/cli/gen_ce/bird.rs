//! BIRD 2: `bird.conf`.

use super::{CustomerEdge, File, Kind, Session};
use crate::{config::plan::TtlSecurity, family::Family};
use std::fmt::{self, Write};

pub(super) fn files(edge: &CustomerEdge) -> Vec<File> {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write(edge, &mut text);
    vec![File { name: "bird.conf", text }]
}

fn write(edge: &CustomerEdge, out: &mut String) -> fmt::Result {
    writeln!(out, "# {}", edge.title(Kind::Bird))?;
    writeln!(out, "router id {};\n", edge.router_id)?;
    writeln!(out, "protocol device {{ }}\n")?;
    for family in Family::ALL {
        writeln!(out, "protocol kernel {{")?;
        writeln!(out, "  {family} {{ export where source = RTS_BGP; }};")?;
        writeln!(out, "  merge paths on;")?;
        writeln!(out, "}}\n")?;
        announced(edge, family, out)?;
    }
    for session in &edge.sessions {
        protocol(edge, session, out)?;
    }
    Ok(())
}

/// The announced prefixes stand in their own protocol: the export filter needs no second list of them.
fn announced(edge: &CustomerEdge, family: Family, out: &mut String) -> fmt::Result {
    writeln!(out, "protocol static announced_{family} {{")?;
    writeln!(out, "  {family};")?;
    for net in edge.announced_in(family) {
        writeln!(out, "  route {net} blackhole;")?;
    }
    writeln!(out, "}}\n")
}

fn protocol(edge: &CustomerEdge, session: &Session, out: &mut String) -> fmt::Result {
    writeln!(out, "protocol bgp {} {{", session.name)?;
    writeln!(out, "  local {} port {} as {};", session.local_address, edge.port, edge.asn)?;
    writeln!(out, "  neighbor {} port {} as {};", session.peer_address, session.peer_port, session.peer_asn)?;
    if let Some(key) = &session.shared_key {
        writeln!(out, "  password \"{}\";", key.expose())?;
    }
    if session.ttl_security == TtlSecurity::On {
        writeln!(out, "  ttl security on;")?;
    }
    if let Some(timers) = session.timers {
        writeln!(out, "  hold time {};", timers.hold_s)?;
        writeln!(out, "  keepalive time {};", timers.keepalive_s)?;
        writeln!(out, "  connect delay time {};", timers.connect_retry_s)?;
        writeln!(out, "  connect retry time {};", timers.connect_retry_s)?;
        writeln!(out, "  error wait time {0}, {0};", timers.connect_retry_s)?;
    }
    for family in session.families.iter() {
        writeln!(out, "  {family} {{")?;
        writeln!(out, "    import all;")?;
        writeln!(out, "    export where proto = \"announced_{family}\";")?;
        writeln!(out, "  }};")?;
    }
    writeln!(out, "}}\n")
}
