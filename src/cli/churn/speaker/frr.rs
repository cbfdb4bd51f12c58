//! FRRouting: `frr.conf`.

use super::Site;
use std::fmt::{self, Write};

pub(super) fn write(site: &Site<'_>, out: &mut String) -> fmt::Result {
    writeln!(out, "! the speaker under test of `msee churn`, for FRR")?;
    writeln!(out, "frr defaults traditional")?;
    if site.port() != 179 {
        writeln!(out, "! start bgpd with: -p {}", site.port())?;
    }
    writeln!(out, "router bgp {}", site.topology.speaker_asn)?;
    writeln!(out, " bgp router-id {}", site.router_id())?;
    writeln!(out, " no bgp ebgp-requires-policy")?;
    writeln!(out, " no bgp default ipv4-unicast")?;
    for seat in site.seats {
        let peer = seat.address;
        writeln!(out, " neighbor {peer} remote-as {}", seat.asn)?;
        writeln!(out, " neighbor {peer} description {}", seat.role)?;
        writeln!(out, " neighbor {peer} update-source {}", site.address())?;
        writeln!(out, " neighbor {peer} passive")?;
        if let Some(key) = site.key {
            writeln!(out, " neighbor {peer} password {key}")?;
        }
    }
    for family in site.topology.families.iter() {
        writeln!(out, " address-family {family} unicast")?;
        for seat in site.seats {
            writeln!(out, "  neighbor {} activate", seat.address)?;
            if seat.role.only_announces() {
                writeln!(out, "  neighbor {} route-map NOTHING out", seat.address)?;
            }
        }
        writeln!(out, " exit-address-family")?;
    }
    writeln!(out, "route-map NOTHING deny 10")
}
