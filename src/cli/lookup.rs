//! `msee lookup`.

use super::{
    exit::Failure,
    output::{OutputArgs, Screen},
    show::{effective_routes, routes},
    table::{Listing, Look},
};
use crate::{
    api::{
        Client,
        schema::{self, LookupQuery},
    },
    azure::AttachmentId,
};
use std::net::IpAddr;

/// Finds the longest match of an address.
///
/// A name without slashes is a virtual network, whose forwarding table is asked; CIRCUIT/KIND/ROUTER is a peering, where
/// the routes count that it has received.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Lookup {
    /// A virtual network or an attachment, for example hub or ams-1/private/primary.
    #[arg(value_name = "VNET|ID", value_parser = parse_table)]
    table: Table,

    /// The address.
    address: IpAddr,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Clone, Debug)]
enum Table {
    VirtualNetwork(String),
    Attachment(AttachmentId),
}

fn parse_table(text: &str) -> Result<Table, crate::azure::peering::NotAName> {
    if text.contains('/') {
        text.parse().map(Table::Attachment)
    } else {
        Ok(Table::VirtualNetwork(text.to_owned()))
    }
}

impl Lookup {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let address = self.address;
        let query = match self.table.clone() {
            Table::VirtualNetwork(name) => LookupQuery::VirtualNetwork { name, address },
            Table::Attachment(id) => LookupQuery::Attachment { id, address },
        };
        screen.show(&client.lookup(&query).await?, text)
    }
}

fn text(lookup: &schema::Lookup, look: Look) -> String {
    let (address, table, found): (_, &dyn std::fmt::Display, _) = match lookup {
        schema::Lookup::VirtualNetwork(lookup) => {
            let rows =
                |route| Listing::new(look, effective_routes::COLUMNS).rows([effective_routes::row(route)]);
            (lookup.address, &lookup.virtual_network, lookup.found.as_ref().map(rows))
        }
        schema::Lookup::Attachment(lookup) => {
            let rows = |route| Listing::new(look, routes::RECEIVED).rows([routes::received(route)]);
            (lookup.address, &lookup.attachment, lookup.found.as_ref().map(rows))
        }
    };
    found.unwrap_or_else(|| format!("no route to {address} in {table}\n"))
}
