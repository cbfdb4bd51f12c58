//! `msee show fib`.

use crate::{
    api::{Client, schema},
    cli::{
        exit::Failure,
        output::Screen,
        table::{Column, Listing, Look, cell},
    },
};
use comfy_table::Cell;

/// Forwarding tables of the virtual networks: how large they are, and how often they have changed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Fib {}

impl Fib {
    pub(super) async fn perform(self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        screen.show(&client.fibs().await?, |fibs, look| text(fibs, look))
    }
}

const COLUMNS: &[Column] = &[
    Column::Text("Virtual network"),
    Column::Text("Family"),
    Column::Number("Prefixes"),
    Column::Number("Next hops"),
    Column::Number("Lookup bytes"),
    Column::Number("Bytes"),
    Column::Number("Generation"),
    Column::Number("Left out"),
];

fn text(fibs: &[schema::Fib], look: Look) -> String {
    if fibs.is_empty() {
        return "no virtual networks\n".into();
    }
    Listing::new(look, COLUMNS).rows(fibs.iter().map(row))
}

fn row(fib: &schema::Fib) -> Vec<Cell> {
    vec![
        cell(&fib.virtual_network),
        cell(fib.family),
        cell(fib.prefixes),
        cell(fib.next_hops),
        cell(fib.lookup_bytes),
        cell(fib.bytes),
        cell(fib.generation),
        cell(fib.left_out),
    ]
}
