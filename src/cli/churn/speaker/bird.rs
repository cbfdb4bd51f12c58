//! BIRD 2: `bird.conf`.

use super::Site;
use std::fmt::{self, Write};

pub(super) fn write(site: &Site<'_>, out: &mut String) -> fmt::Result {
    writeln!(out, "# the speaker under test of `msee churn`, for BIRD 2")?;
    writeln!(out, "router id {};", site.router_id())?;
    writeln!(out, "protocol device {{ }}")?;
    for seat in site.seats {
        writeln!(out, "\nprotocol bgp {} {{", seat.role)?;
        writeln!(out, "  local {} port {} as {};", site.address(), site.port(), site.topology.speaker_asn)?;
        writeln!(out, "  neighbor {} as {};", seat.address, seat.asn)?;
        writeln!(out, "  passive on;")?;
        if let Some(key) = site.key {
            writeln!(out, "  password \"{key}\";")?;
        }
        let export = if seat.role.only_announces() { "none" } else { "all" };
        for family in site.topology.families.iter() {
            writeln!(out, "  {family} {{ import all; export {export}; }};")?;
        }
        writeln!(out, "}}")?;
    }
    Ok(())
}
