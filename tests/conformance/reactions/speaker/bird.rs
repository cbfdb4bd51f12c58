//! BIRD 2 as Debian has it.

use super::namespaced::{Namespaced, source};
use crate::{
    lab::{
        failure::Outcome,
        process::{self, Process},
        wait::until,
    },
    plan::{DAEMON_AS, Dialling, RoleMode, Seat, TtlSecurity},
};
use std::{fmt::Write, fs, process::Command};

pub(super) fn start(seats: &[Seat]) -> Outcome<Namespaced> {
    let mut bird = Namespaced::new("bird", seats.len())?;
    fs::write(bird.path("bird.conf"), configuration(seats)?)?;
    let mut command = process::inside(bird.namespace.name(), "bird");
    command.arg("-f").arg("-c").arg(bird.path("bird.conf")).arg("-s").arg(bird.path("bird.ctl"));
    bird.processes.push(Process::spawn(command, &bird.path("bird.log"))?);
    until("BIRD answers", || {
        process::output(Command::new("birdc").arg("-s").arg(bird.path("bird.ctl")).args(["show", "status"]))
    })?;
    Ok(bird)
}

fn configuration(seats: &[Seat]) -> Result<String, std::fmt::Error> {
    let mut out = String::from("log stderr all;\nrouter id 10.66.0.1;\nprotocol device { }\n");
    out += "protocol direct { ipv4; ipv6; }\n";
    for (number, seat) in seats.iter().enumerate() {
        writeln!(out, "protocol bgp c{number} {{")?;
        writeln!(out, "  local 10.66.0.1 as {DAEMON_AS};\n  neighbor {} as {};", source(number), seat.asn)?;
        writeln!(out, "  hold time 9; keepalive time 3; connect retry time 1; connect delay time 1;")?;
        writeln!(out, "  error wait time 1, 2; enable extended messages on; enforce first as on;")?;
        writeln!(out, "  strict bind on;")?;
        match seat.dialling {
            Dialling::Peer => writeln!(out, "  passive on;")?,
            // Otherwise BIRD binds what it dials with to the interface, behind which its peers are not.
            Dialling::Both => writeln!(out, "  multihop;")?,
        }
        if let Some(key) = seat.key {
            writeln!(out, "  password \"{key}\";")?;
        }
        if let Some((role, mode)) = seat.role {
            writeln!(out, "  local role {};", role.word("rs-server").replace('-', "_"))?;
            if mode == RoleMode::Strict {
                writeln!(out, "  require roles on;")?;
            }
        }
        if seat.ttl_security == TtlSecurity::On {
            writeln!(out, "  ttl security on;")?;
        }
        let limit =
            seat.limit.map(|limit| format!(" import limit {limit} action disable;")).unwrap_or_default();
        writeln!(out, "  ipv4 {{ import all; export all; next hop self;{limit} }};")?;
        writeln!(
            out,
            "  ipv6 {{ import all; export all; next hop self; next hop address fd00:66::1;{limit} }};\n}}"
        )?;
    }
    Ok(out)
}

pub(super) fn version() -> Outcome<String> {
    // BIRD writes its version to standard error.
    let said = Command::new("bird").arg("--version").output()?;
    Ok(String::from_utf8_lossy(&said.stderr).trim().replace(" version", ""))
}
