//! `[[route_filter]]`, and the one that a peering names.

use super::Surroundings;
use crate::{
    azure::{PeeringKind, RulesProfile, communities},
    community::Community,
    config::{
        error::DataFault,
        file::{PeeringTable, RouteFilterTable, ServicePrefixesTable},
        nearest::nearest,
        plan::RouteFilter,
        report::Report,
    },
};
use std::collections::BTreeSet;
use toml::Spanned;

const TABLE: &str = "[[route_filter]]";

pub(super) fn route_filters(
    tables: &[Spanned<RouteFilterTable>],
    services: &ServicePrefixesTable,
    report: &mut Report,
) -> Vec<RouteFilter> {
    let mut filters: Vec<RouteFilter> = Vec::new();
    for table in tables {
        let Some(name) = &table.get_ref().name else {
            report.missing(table.span(), TABLE, "name", "name = \"storage\"");
            continue;
        };
        let Some(list) = &table.get_ref().communities else {
            report.missing(table.span(), TABLE, "communities", "communities = [\"12076:51002\"]");
            continue;
        };
        if list.get_ref().is_empty() && !report.was_refused("communities") {
            report.refuse(list.span(), DataFault::NoCommunity);
        }
        let communities: BTreeSet<Community> =
            list.get_ref().iter().filter_map(|text| community(text, services, report)).collect();
        if filters.iter().any(|filter| filter.name == *name.get_ref()) {
            report.refuse(name.span(), DataFault::DuplicateFilter(name.get_ref().clone()));
        }
        filters.push(RouteFilter { name: name.get_ref().clone(), communities });
    }
    filters
}

fn community(
    text: &Spanned<String>,
    services: &ServicePrefixesTable,
    report: &mut Report,
) -> Option<Community> {
    let community = match text.get_ref().parse::<Community>() {
        Ok(community) => community,
        Err(fault) => {
            report.refuse(text.span(), DataFault::Community(fault));
            return None;
        }
    };
    if !communities::is_of_a_service(community) {
        report.refuse(text.span(), DataFault::NotMicrosofts(community));
    } else if communities::needs_authorisation(community) && !services.microsoft_365_authorized {
        report.refuse(text.span(), DataFault::NotAuthorised(community));
    }
    Some(community)
}

/// The route filter that a peering names.
pub(super) fn of_peering(
    table: &PeeringTable,
    kind: PeeringKind,
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<RouteFilter> {
    let text = table.route_filter.as_ref()?;
    if kind != PeeringKind::Microsoft {
        report.refuse(text.span(), DataFault::FilterOn(kind));
    } else if around.rules == RulesProfile::Year2015 {
        report.refuse(text.span(), DataFault::FilterIn2015);
    }
    let name = text.get_ref();
    let found = around.route_filters.iter().find(|filter| filter.name == *name);
    if found.is_none() {
        let known = around.route_filters.iter().map(|filter| filter.name.as_str());
        let nearest = nearest(name, known).map(str::to_owned);
        report.refuse(text.span(), DataFault::UnknownFilter { name: name.clone(), nearest });
    }
    found.cloned()
}
