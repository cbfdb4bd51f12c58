//! `msee` itself: `msee.toml`, a circuit for each session.

use super::Site;
use crate::{
    churn::{Role, Seat},
    family::Family,
};
use std::{
    fmt::{self, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

/// More than any table.
const PREFIX_LIMIT: u32 = 10_000_000;
/// What BGP sees of a speaker that TCP reaches on the loopback.
const LOCAL_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 66, 0, 1));

pub(super) fn write(site: &Site<'_>, out: &mut String) -> fmt::Result {
    writeln!(out, "# the speaker under test of `msee churn`, for msee")?;
    writeln!(out, "[daemon]")?;
    writeln!(out, "asn = {}", site.topology.speaker_asn)?;
    writeln!(out, "\n[routers.primary]")?;
    writeln!(out, "router_id = \"{}\"", site.router_id())?;
    writeln!(out, "\n[lab]")?;
    writeln!(out, "open_transit = true")?;
    for seat in site.seats {
        let name = match seat.role {
            Role::Sender(number) => format!("sender-{}", number + 1),
            Role::Receiver(number) => format!("receiver-{}", number + 1),
            Role::Probe => "probe".to_owned(),
        };
        writeln!(out, "\n[[circuit]]\nname = \"{name}\"")?;
        writeln!(out, "\n[[circuit.peering]]\nkind = \"private\"")?;
        writeln!(out, "peer_asn = {}\nvlan_id = 100", seat.asn)?;
        writeln!(out, "prefix_limit = {PREFIX_LIMIT}\nipv6_prefix_limit = {PREFIX_LIMIT}")?;
        // Real tables hold a few AS_SETs still, which other speakers take.
        writeln!(out, "as_sets = \"accept\"")?;
        if let Some(key) = site.key {
            writeln!(out, "shared_key = \"{key}\"")?;
        }
        if seat.role.only_announces() {
            writeln!(out, "advertise = false")?;
        }
        writeln!(out, "secondary = \"disabled\"")?;
        writeln!(out, "\n[circuit.peering.primary]")?;
        end(site, seat, out)?;
    }
    Ok(())
}

fn end(site: &Site<'_>, seat: &Seat, out: &mut String) -> fmt::Result {
    let peer = seat.next_hops.ipv4.map_or(seat.address, IpAddr::V4);
    // 127.0.0.0/8 is never a next hop.
    let local = match site.address() {
        address if address.is_loopback() => LOCAL_ADDRESS,
        address => address,
    };
    writeln!(out, "local_address = \"{local}\"\npeer_address = \"{peer}\"")?;
    if local != site.address() || site.port() != 179 {
        writeln!(out, "local_endpoint = \"{}\"", site.topology.speaker)?;
        writeln!(out, "peer_endpoint = \"{}\"", SocketAddr::from((seat.address, 179)))?;
    }
    writeln!(out, "passive = true")?;
    let families: Vec<_> = site.topology.families.iter().map(|family| format!("\"{family}\"")).collect();
    writeln!(out, "families = [{}]", families.join(", "))?;
    if site.topology.families.contains(Family::Ipv6) && site.address().is_ipv4() {
        writeln!(out, "ipv6_next_hop = \"fd00:66::1\"")?;
    }
    Ok(())
}
