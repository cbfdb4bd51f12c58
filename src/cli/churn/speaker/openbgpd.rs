//! OpenBGPD: `bgpd.conf`.

use super::Site;
use crate::family::Family;
use std::fmt::{self, Write};

pub(super) fn write(site: &Site<'_>, out: &mut String) -> fmt::Result {
    writeln!(out, "# the speaker under test of `msee churn`, for OpenBGPD")?;
    writeln!(out, "AS {}", site.topology.speaker_asn)?;
    writeln!(out, "router-id {}", site.router_id())?;
    writeln!(out, "fib-update no")?;
    match site.port() {
        179 => writeln!(out, "listen on {}", site.address())?,
        port => writeln!(out, "listen on {} port {port}", site.address())?,
    }
    for seat in site.seats {
        writeln!(out, "\nneighbor {} {{", seat.address)?;
        writeln!(out, "  descr \"{}\"", seat.role)?;
        writeln!(out, "  remote-as {}", seat.asn)?;
        writeln!(out, "  local-address {}", site.address())?;
        writeln!(out, "  passive")?;
        if let Some(key) = site.key {
            writeln!(out, "  tcp md5sig password {key}")?;
        }
        if seat.role.only_announces() {
            writeln!(out, "  export none")?;
        }
        for (family, name) in [(Family::Ipv4, "IPv4"), (Family::Ipv6, "IPv6")] {
            let carried = if site.topology.families.contains(family) { "unicast" } else { "none" };
            writeln!(out, "  announce {name} {carried}")?;
        }
        writeln!(out, "}}")?;
    }
    writeln!(out, "\nallow from any")?;
    writeln!(out, "allow to any")
}
