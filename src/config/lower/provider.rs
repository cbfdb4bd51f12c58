//! `[[service_provider]]`.

use super::{
    number,
    order::{location, read},
};
use crate::{
    azure::{ProviderKind, ServiceProvider, provider::Offer},
    config::{error::OrderFault, file::ServiceProviderTable, report::Report},
};
use std::collections::BTreeMap;
use toml::Spanned;

const TABLE: &str = "[[service_provider]]";

/// Those built in, with those of the file added or in their place, by name.
pub(super) fn providers(
    tables: &[Spanned<ServiceProviderTable>],
    report: &mut Report,
) -> Vec<ServiceProvider> {
    let mut written: BTreeMap<String, ServiceProvider> = BTreeMap::new();
    for table in tables {
        let Some(name) = &table.get_ref().name else {
            report.missing(table.span(), TABLE, "name", "name = \"Contoso Connect\"");
            continue;
        };
        let provider = provider(name.get_ref(), table.get_ref(), report);
        if written.insert(name.get_ref().clone(), provider).is_some() {
            report.refuse(name.span(), OrderFault::DuplicateProvider(name.get_ref().clone()));
        }
    }
    let mut all: BTreeMap<String, ServiceProvider> = ServiceProvider::built_in()
        .iter()
        .map(|provider| (provider.name.clone(), provider.clone()))
        .collect();
    all.append(&mut written);
    all.into_values().collect()
}

/// What the table does not say is as it is built in, if the provider is.
fn provider(name: &str, table: &ServiceProviderTable, report: &mut Report) -> ServiceProvider {
    let known = ServiceProvider::built_in().iter().find(|provider| provider.name == name);
    let locations: Vec<_> =
        table.peering_locations.iter().filter_map(|text| location(text, None, report)).collect();
    let kind = table.kind.as_ref().and_then(|text| read(text, report));
    let bandwidths = table.bandwidths_mbps.as_ref().map(|list| list.iter().filter_map(number).collect());
    ServiceProvider {
        name: name.to_owned(),
        kind: kind.or(known.map(|known| known.kind)).unwrap_or(ProviderKind::Exchange),
        locations: match (locations.is_empty(), known) {
            (true, Some(known)) => known.locations.clone(),
            _ => locations,
        },
        bandwidths_mbps: bandwidths.or(known.and_then(|known| known.bandwidths_mbps.clone())),
        microsoft_peering_2015: match table.microsoft_peering {
            Some(true) => Offer::Yes,
            Some(false) => Offer::No,
            None => known.map_or(Offer::Yes, |known| known.microsoft_peering_2015),
        },
    }
}
