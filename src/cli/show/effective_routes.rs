//! `msee show effective-routes`.

use crate::{
    api::{
        Client,
        schema::{EffectiveRoute, EffectiveRoutesQuery, PageSize, words::parse_family},
    },
    cli::{
        exit::Failure,
        output::{Pages, Screen},
        table::{Column, cell},
    },
    family::Family,
};
use comfy_table::Cell;
use std::fmt::Display;

/// Routes that machines in a virtual network use.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct EffectiveRoutes {
    /// The virtual network.
    #[arg(value_name = "VNET")]
    virtual_network: String,

    /// One family: ipv4 or ipv6; both by default.
    #[arg(long, value_parser = parse_family)]
    family: Option<Family>,
}

impl EffectiveRoutes {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let mut query = EffectiveRoutesQuery {
            virtual_network: self.virtual_network.clone(),
            family: self.family,
            after: None,
            limit: PageSize::MAX,
        };
        let mut pages = Pages::new(screen, "value", COLUMNS);
        loop {
            let page = client.effective_routes(&query).await?;
            pages.page(&page.value, row)?;
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        pages.end("no routes")
    }
}

/// Columns of effective routes.
pub(crate) const COLUMNS: &[Column] = &[
    Column::Text("Source"),
    Column::Text("State"),
    Column::Text("Address prefix"),
    Column::Text("Next hop type"),
    Column::Text("Next hop IP"),
    Column::Number("Weight"),
    Column::Text("Path"),
    Column::Text("Learnt from"),
];

/// A row of [`COLUMNS`].
pub(crate) fn row(route: &EffectiveRoute) -> Vec<Cell> {
    // Next hops that share traffic have the same weight and a path of the same length; the first path stands for all.
    let chosen = route.next_hops.first();
    vec![
        cell(route.source),
        cell(route.state),
        cell(list(&route.address_prefix)),
        cell(route.next_hop_type),
        cell(list(&route.next_hop_ip_address)),
        cell(chosen.map_or_else(String::new, |hop| hop.weight.to_string())),
        cell(chosen.map_or("", |hop| &hop.as_path)),
        cell(list(route.next_hops.iter().map(|hop| &hop.attachment))),
    ]
}

fn list(words: impl IntoIterator<Item: Display>) -> String {
    words.into_iter().map(|word| word.to_string()).collect::<Vec<_>>().join(", ")
}
