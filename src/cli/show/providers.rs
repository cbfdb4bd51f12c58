//! `msee show providers`.

use crate::{
    api::{
        Client,
        schema::{ServiceProvider, ServiceProviders},
    },
    cli::{
        exit::Failure,
        output::Screen,
        table::{Column, Listing, Look, cell},
    },
};
use comfy_table::Cell;

/// Connectivity providers with their peering locations and sizes.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Providers {
    /// Only those at this location.
    #[arg(long)]
    location: Option<String>,
}

impl Providers {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let mut answer = client.service_providers().await?;
        if let Some(wanted) = &self.location {
            let is_there = |provider: &ServiceProvider| {
                provider
                    .properties
                    .peering_locations
                    .iter()
                    .any(|location| location.eq_ignore_ascii_case(wanted))
            };
            answer.value.retain(is_there);
        }
        screen.show(&answer, text)
    }
}

const COLUMNS: &[Column] =
    &[Column::Text("Provider"), Column::Text("Mbit/s"), Column::Text("Peering locations")];

fn text(providers: &ServiceProviders, look: Look) -> String {
    if providers.value.is_empty() {
        return "no providers\n".into();
    }
    Listing::new(look, COLUMNS).rows(providers.value.iter().map(row))
}

fn row(provider: &ServiceProvider) -> Vec<Cell> {
    let sizes = provider.properties.bandwidths_offered.iter().map(|offer| offer.value_in_mbps.to_string());
    vec![
        cell(&provider.name),
        cell(sizes.collect::<Vec<_>>().join(" ")),
        cell(provider.properties.peering_locations.join(", ")),
    ]
}
