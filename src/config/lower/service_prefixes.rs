//! `[service_prefixes]`.

use super::data_file::{DataFile, find};
use crate::{
    azure::{
        ServicePrefixes,
        service_prefixes::{DatacenterRanges, Files, Microsoft365, ServiceTags},
    },
    config::{data_file::Stamped, file::ServicePrefixesTable, plan::Plan, report::Report},
};
use std::path::Path;

pub(super) fn service_prefixes(
    table: &ServicePrefixesTable,
    directory: &Path,
    running: Option<&Plan>,
    report: &mut Report,
) -> Stamped<ServicePrefixes> {
    let tags = find("service_tags", table.service_tags.as_ref(), directory, report);
    let ranges = find("datacenter_ranges", table.datacenter_ranges.as_ref(), directory, report);
    let endpoints = find("microsoft_365", table.microsoft_365.as_ref(), directory, report);
    let stamps: Vec<_> =
        [&tags, &ranges, &endpoints].into_iter().flatten().map(|file| file.stamp.clone()).collect();
    if let Some(known) = running.and_then(|plan| plan.service_prefixes.if_of(&stamps)) {
        return known;
    }
    let tags = DataFile::parsed(tags.as_ref(), ServiceTags::parse, report);
    let ranges = DataFile::parsed(ranges.as_ref(), DatacenterRanges::parse, report);
    let endpoints = DataFile::parsed(endpoints.as_ref(), Microsoft365::parse, report);
    let files = Files {
        service_tags: tags.as_ref(),
        datacenter_ranges: ranges.as_ref(),
        microsoft_365: endpoints.as_ref(),
    };
    Stamped::new(stamps, ServicePrefixes::of(files))
}
