//! GoBGP: `gobgpd.toml`, and the commands that announce, because its configuration file has no place for prefixes.

use super::{CustomerEdge, File, Kind, Session};
use crate::{config::plan::TtlSecurity, family::Family};
use std::fmt::{self, Write};

pub(super) fn files(edge: &CustomerEdge) -> Vec<File> {
    let (mut daemon, mut announce) = (String::new(), String::new());
    // Writing to a String cannot fail.
    let _ = write_daemon(edge, &mut daemon);
    let _ = write_announce(edge, &mut announce);
    vec![File { name: "gobgpd.toml", text: daemon }, File { name: "announce.sh", text: announce }]
}

fn write_daemon(edge: &CustomerEdge, out: &mut String) -> fmt::Result {
    writeln!(out, "# {}", edge.title(Kind::Gobgp))?;
    writeln!(out, "[global.config]")?;
    writeln!(out, "as = {}", edge.asn)?;
    writeln!(out, "router-id = \"{}\"", edge.router_id)?;
    writeln!(out, "port = {}", edge.port)?;
    let listeners: Vec<_> =
        edge.sessions.iter().map(|session| format!("\"{}\"", session.local_address)).collect();
    writeln!(out, "local-address-list = [{}]", listeners.join(", "))?;
    // Only routes made here leave: Azure's routes from one MSEE never reach the other.
    writeln!(out, "\n[global.apply-policy.config]")?;
    writeln!(out, "export-policy-list = [\"own-routes\"]")?;
    writeln!(out, "default-export-policy = \"reject-route\"")?;
    writeln!(out, "\n[[policy-definitions]]")?;
    writeln!(out, "name = \"own-routes\"")?;
    writeln!(out, "\n[[policy-definitions.statements]]")?;
    writeln!(out, "name = \"local\"")?;
    writeln!(out, "conditions.bgp-conditions.route-type = \"local\"")?;
    writeln!(out, "actions.route-disposition = \"accept-route\"")?;
    for session in &edge.sessions {
        neighbor(session, out)?;
    }
    Ok(())
}

fn neighbor(session: &Session, out: &mut String) -> fmt::Result {
    writeln!(out, "\n[[neighbors]]")?;
    writeln!(out, "config.description = \"{}\"", session.name)?;
    writeln!(out, "config.neighbor-address = \"{}\"", session.peer_address)?;
    writeln!(out, "config.peer-as = {}", session.peer_asn)?;
    if let Some(key) = &session.shared_key {
        writeln!(out, "config.auth-password = \"{}\"", key.expose())?;
    }
    writeln!(out, "transport.config.local-address = \"{}\"", session.local_address)?;
    writeln!(out, "transport.config.remote-port = {}", session.peer_port)?;
    if session.ttl_security == TtlSecurity::On {
        writeln!(out, "ttl-security.config.enabled = true")?;
        writeln!(out, "ttl-security.config.ttl-min = 255")?;
    }
    if let Some(timers) = session.timers {
        writeln!(out, "timers.config.hold-time = {}", timers.hold_s)?;
        writeln!(out, "timers.config.keepalive-interval = {}", timers.keepalive_s)?;
        writeln!(out, "timers.config.connect-retry = {}", timers.connect_retry_s)?;
        writeln!(out, "timers.config.idle-hold-time-after-reset = {}", timers.connect_retry_s)?;
    }
    for family in session.families.iter() {
        writeln!(out, "\n[[neighbors.afi-safis]]")?;
        writeln!(out, "config.afi-safi-name = \"{family}-unicast\"")?;
    }
    Ok(())
}

fn write_announce(edge: &CustomerEdge, out: &mut String) -> fmt::Result {
    writeln!(out, "#!/bin/sh -e")?;
    writeln!(out, "# {}", edge.title(Kind::Gobgp))?;
    for family in Family::ALL {
        for net in edge.announced_in(family) {
            writeln!(out, "gobgp global rib add -a {family} {net} origin igp")?;
        }
    }
    Ok(())
}
