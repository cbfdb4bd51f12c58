//! GoBGP: `gobgpd.toml`.

use super::Site;
use std::fmt::{self, Write};

pub(super) fn write(site: &Site<'_>, out: &mut String) -> fmt::Result {
    writeln!(out, "# the speaker under test of `msee churn`, for GoBGP")?;
    writeln!(out, "[global.config]")?;
    writeln!(out, "as = {}", site.topology.speaker_asn)?;
    writeln!(out, "router-id = \"{}\"", site.router_id())?;
    writeln!(out, "port = {}", site.port())?;
    writeln!(out, "local-address-list = [\"{}\"]", site.address())?;
    writeln!(out, "\n[global.apply-policy.config]")?;
    writeln!(out, "export-policy-list = [\"nothing-to-senders\"]")?;
    writeln!(out, "\n[[defined-sets.neighbor-sets]]")?;
    writeln!(out, "neighbor-set-name = \"senders\"")?;
    let senders = site.seats.iter().filter(|seat| seat.role.only_announces());
    let senders: Vec<_> = senders.map(|seat| format!("\"{}\"", seat.address)).collect();
    writeln!(out, "neighbor-info-list = [{}]", senders.join(", "))?;
    writeln!(out, "\n[[policy-definitions]]")?;
    writeln!(out, "name = \"nothing-to-senders\"")?;
    writeln!(out, "[[policy-definitions.statements]]")?;
    writeln!(out, "name = \"to-senders\"")?;
    writeln!(out, "conditions.match-neighbor-set.neighbor-set = \"senders\"")?;
    writeln!(out, "actions.route-disposition = \"reject-route\"")?;
    for seat in site.seats {
        writeln!(out, "\n[[neighbors]]")?;
        writeln!(out, "config.description = \"{}\"", seat.role)?;
        writeln!(out, "config.neighbor-address = \"{}\"", seat.address)?;
        writeln!(out, "config.peer-as = {}", seat.asn)?;
        if let Some(key) = site.key {
            writeln!(out, "config.auth-password = \"{key}\"")?;
        }
        writeln!(out, "transport.config.local-address = \"{}\"", site.address())?;
        writeln!(out, "transport.config.passive-mode = true")?;
        for family in site.topology.families.iter() {
            writeln!(out, "[[neighbors.afi-safis]]")?;
            writeln!(out, "config.afi-safi-name = \"{family}-unicast\"")?;
        }
    }
    Ok(())
}
