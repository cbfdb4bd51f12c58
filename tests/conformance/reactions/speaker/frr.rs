//! FRR as Debian has it: `bgpd`, and `zebra` to tell it the addresses of its interface.

use super::namespaced::{Namespaced, source};
use crate::{
    lab::{
        failure::Outcome,
        process::{self, Process},
        wait::until,
    },
    plan::{DAEMON_AS, Dialling, RoleMode, Seat, TtlSecurity},
};
use std::{fmt::Write, fs, path::Path, process::Command};

const DIRECTORY: &str = "/usr/lib/frr";

pub(super) fn start(seats: &[Seat]) -> Outcome<Namespaced> {
    let mut frr = Namespaced::new("frr", seats.len())?;
    process::output(Command::new("chown").arg("frr:frr").arg(frr.directory.path()))?;
    fs::write(frr.path("zebra.conf"), "")?;
    fs::write(frr.path("bgpd.conf"), configuration(seats)?)?;
    let zebra = spawn(&frr, "zebra", &[])?;
    frr.processes.push(zebra);
    until("zebra listens", || Ok(fs::metadata(frr.path("zserv.api"))?))?;
    let bgpd = spawn(&frr, "bgpd", &["--skip_runas", "--no_kernel", "--listenon", "10.66.0.1"])?;
    frr.processes.push(bgpd);
    until("bgpd answers", || {
        let mut vtysh = Command::new("vtysh");
        vtysh.arg("--vty_socket").arg(frr.directory.path()).args([
            "-d",
            "bgpd",
            "-c",
            "show bgp summary json",
        ]);
        process::output(&mut vtysh)
    })?;
    Ok(frr)
}

fn spawn(frr: &Namespaced, daemon: &str, more: &[&str]) -> Outcome<Process> {
    let mut command = process::inside(frr.namespace.name(), Path::new(DIRECTORY).join(daemon));
    command.args(["-A", "127.0.0.1", "-P", "0", "--log", "stdout"]).args(more);
    command.arg("-f").arg(frr.path(&format!("{daemon}.conf")));
    command.arg("-i").arg(frr.path(&format!("{daemon}.pid")));
    command.arg("-z").arg(frr.path("zserv.api"));
    command.arg("--vty_socket").arg(frr.directory.path());
    Process::spawn(command, &frr.path(&format!("{daemon}.log")))
}

fn configuration(seats: &[Seat]) -> Result<String, std::fmt::Error> {
    let mut out = format!("frr defaults traditional\nrouter bgp {DAEMON_AS}\n bgp router-id 10.66.0.1\n");
    out += " no bgp ebgp-requires-policy\n no bgp default ipv4-unicast\n no bgp network import-check\n";
    for (number, seat) in seats.iter().enumerate() {
        let peer = source(number);
        writeln!(out, " neighbor {peer} remote-as {}", seat.asn)?;
        writeln!(out, " neighbor {peer} update-source 10.66.0.1")?;
        writeln!(out, " neighbor {peer} advertisement-interval 0\n neighbor {peer} enforce-first-as")?;
        writeln!(out, " neighbor {peer} timers 3 9\n neighbor {peer} timers connect 1")?;
        if seat.dialling == Dialling::Peer {
            writeln!(out, " neighbor {peer} passive")?;
        }
        if let Some(key) = seat.key {
            writeln!(out, " neighbor {peer} password {key}")?;
        }
        if let Some((role, mode)) = seat.role {
            let strict = if mode == RoleMode::Strict { " strict-mode" } else { "" };
            writeln!(out, " neighbor {peer} local-role {}{strict}", role.word("rs-server"))?;
        }
        if seat.ttl_security == TtlSecurity::On {
            writeln!(out, " neighbor {peer} ttl-security hops 1")?;
        }
    }
    for family in ["ipv4", "ipv6"] {
        writeln!(out, " address-family {family} unicast")?;
        for (number, seat) in seats.iter().enumerate() {
            let peer = source(number);
            writeln!(out, "  neighbor {peer} activate\n  neighbor {peer} next-hop-self")?;
            if let Some(limit) = seat.limit {
                writeln!(out, "  neighbor {peer} maximum-prefix {limit}")?;
            }
        }
        writeln!(out, " exit-address-family")?;
    }
    Ok(out)
}

pub(super) fn version() -> Outcome<String> {
    let said = process::output(Command::new(Path::new(DIRECTORY).join("bgpd")).arg("--version"))?;
    Ok(said.lines().next().unwrap_or_default().replace("bgpd version", "FRR"))
}
