//! What the machine must have for tests against real daemons.

use ::msee::cli::gen_ce::Kind;
use std::{env, path::Path, process::Command, sync::OnceLock};

/// True when a missing daemon is a failure and not a reason to leave a test out: `MSEE_REQUIRE_PEERS` is set.
pub(crate) fn all_required() -> bool {
    env::var_os("MSEE_REQUIRE_PEERS").is_some()
}

/// Something that a test cannot do without.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Need {
    /// A routing daemon.
    Daemon(Kind),
    /// Packet captures.
    Tcpdump,
    /// An RTR server.
    Stayrtr,
}

/// What is missing, and the remedy.
pub(crate) fn missing(needs: &[Need]) -> Option<String> {
    if let Some(reason) = no_namespaces() {
        return Some(reason.to_owned());
    }
    let absent: Vec<_> = needs
        .iter()
        .filter(|need| !need.programs().iter().all(|program| Path::new(program).exists()))
        .map(|need| need.package())
        .collect();
    match absent.as_slice() {
        [] => None,
        _ => Some(format!("install the Debian packages: {} (./test.sh does)", absent.join(" "))),
    }
}

/// Asked once: whether network namespaces can be made here.
fn no_namespaces() -> Option<&'static str> {
    static ANSWER: OnceLock<Option<&'static str>> = OnceLock::new();
    *ANSWER.get_or_init(|| match super::namespace::Namespace::new("probe") {
        Ok(_) => None,
        Err(_) if Command::new("ip").arg("-V").output().is_err() => {
            Some("install the Debian package iproute2 (./test.sh does)")
        }
        Err(_) => Some("network namespaces need root; run it as root (./test.sh uses sudo)"),
    })
}

impl Need {
    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Daemon(Kind::Bird) => &["/usr/sbin/bird", "/usr/sbin/birdc"],
            Self::Daemon(Kind::Frr) => &["/usr/lib/frr/bgpd", "/usr/lib/frr/zebra", "/usr/bin/vtysh"],
            Self::Daemon(Kind::Gobgp) => &["/usr/bin/gobgpd", "/usr/bin/gobgp"],
            Self::Daemon(Kind::Openbgpd) => &["/usr/sbin/bgpd", "/usr/sbin/bgpctl"],
            Self::Tcpdump => &["/usr/bin/tcpdump"],
            Self::Stayrtr => &["/usr/bin/stayrtr"],
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Daemon(Kind::Bird) => "bird2",
            Self::Daemon(Kind::Frr) => "frr",
            Self::Daemon(Kind::Gobgp) => "gobgpd",
            Self::Daemon(Kind::Openbgpd) => "openbgpd",
            Self::Tcpdump => "tcpdump",
            Self::Stayrtr => "stayrtr",
        }
    }
}
