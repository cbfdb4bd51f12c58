//! `msee show circuits`.

use crate::{
    api::{
        Client,
        schema::{Circuit, LinkState, Peering, VirtualNetworkLink},
    },
    cli::{
        exit::Failure,
        output::Screen,
        show::sessions,
        table::{Column, Listing, Look, Tone, cell, optional, toned},
    },
};
use comfy_table::Cell;

/// Circuits with their peerings and virtual networks.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Circuits {}

impl Circuits {
    pub(super) async fn perform(self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        screen.show(&client.circuits().await?, |circuits, look| text(circuits, look))
    }
}

const COLUMNS: &[Column] = &[
    Column::Text("Circuit"),
    Column::Text("SKU"),
    Column::Number("Mbit/s"),
    Column::Text("Peering"),
    Column::Text("State"),
    Column::Number("AS"),
    Column::Number("VLAN"),
    Column::Text("Primary"),
    Column::Text("Secondary"),
    Column::Text("SLA"),
    Column::Text("Virtual networks"),
];

fn text(circuits: &[Circuit], look: Look) -> String {
    if circuits.is_empty() {
        return "no circuits\n".into();
    }
    Listing::new(look, COLUMNS).rows(circuits.iter().flat_map(rows))
}

/// A row for each peering, or one for a circuit without any.
fn rows(circuit: &Circuit) -> Vec<Vec<Cell>> {
    let row = |peering: [Cell; 6]| {
        let mut row =
            vec![cell(&circuit.name), optional(circuit.sku.as_ref()), optional(circuit.bandwidth_in_mbps)];
        row.extend(peering);
        row.push(sla(circuit));
        row.push(cell(virtual_networks(&circuit.virtual_networks)));
        row
    };
    if circuit.peerings.is_empty() {
        return vec![row(std::array::from_fn(|_| cell("")))];
    }
    circuit.peerings.iter().map(|peering| row(peering_cells(peering))).collect()
}

fn peering_cells(peering: &Peering) -> [Cell; 6] {
    [
        cell(peering.kind),
        cell(format!("{:?}", peering.state)),
        cell(peering.peer_asn),
        cell(peering.vlan_id),
        link(peering.primary),
        link(peering.secondary),
    ]
}

fn link(link: LinkState) -> Cell {
    match link {
        LinkState::Disabled => toned(link, Tone::Neutral),
        LinkState::Session(state) => sessions::state(state),
    }
}

/// Whether both links of every peering are up, or which are not.
fn sla(circuit: &Circuit) -> Cell {
    match circuit.missing_sessions.as_slice() {
        _ if circuit.sla_valid => toned("valid", Tone::Good),
        [] => cell(""),
        missing => toned(format!("without {}", missing.join(", ")), Tone::Warning),
    }
}

fn virtual_networks(links: &[VirtualNetworkLink]) -> String {
    let names = links.iter().map(|link| match link.routing_weight {
        0 => link.name.clone(),
        weight => format!("{} (weight {weight})", link.name),
    });
    names.collect::<Vec<_>>().join(", ")
}
