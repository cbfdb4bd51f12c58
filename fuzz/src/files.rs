//! Files that an operator names: the configuration, registries, and what is known of Microsoft's services.

use ipnet::IpNet;
use msee::{
    asn::Asn,
    azure::service_prefixes::{
        DatacenterRanges, Files, Microsoft365, ServicePrefix, ServicePrefixes, ServiceTags,
    },
    config,
    registry::{Malformed, Objects, Payloads, Registry, RoutingRegistry},
};
use std::path::Path;

/// A configuration file: every error has a place in it, and what holds differs in nothing from itself.
pub fn configuration(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // Files of data that it names are not there, wherever they are.
    if text.contains("/dev") || text.contains("/proc") {
        return;
    }
    match config::parse("lab.toml", text, Path::new("/nowhere")) {
        Ok(loaded) => {
            assert!(config::diff(&loaded.plan, &loaded.plan).is_empty());
            for warning in &loaded.warnings {
                drop(warning.plain().to_string());
            }
        }
        Err(errors) => {
            assert!(errors.iter().count() > 0, "refused without a reason");
            drop(errors.plain().to_string());
        }
    }
}

/// A database of a routing registry.
pub fn rpsl(input: &[u8]) {
    let mut objects = Objects::default();
    if let Err(malformed) = objects.add_rpsl(input) {
        names_a_line(&malformed, input);
    }
    ask(Registry { objects: &objects, payloads: None });
    drop(objects.to_string());
}

/// Validated ROA payloads.
pub fn vrps(input: &[u8]) {
    match Payloads::from_json(input) {
        Err(malformed) => names_a_line(&malformed, input),
        Ok(payloads) => {
            ask(Registry { objects: &Objects::default(), payloads: Some(&payloads) });
            drop(payloads.to_string());
        }
    }
}

fn names_a_line(malformed: &Malformed, input: &[u8]) {
    let lines = input.split(|octet| *octet == b'\n').count();
    assert!((1..=lines).contains(&malformed.line), "{malformed}");
}

fn ask(registry: Registry<'_>) {
    let prefixes = ["0.0.0.0/0", "193.0.0.0/21", "193.0.0.0/32", "2001:67c:2e8::/48", "::/0"];
    for prefix in prefixes.iter().filter_map(|prefix| prefix.parse::<IpNet>().ok()) {
        for named in [None, Some(RoutingRegistry::RipeNcc)] {
            drop(registry.prefix(prefix, Asn::constant(3333), named));
            drop(registry.asn(Asn::constant(3333), named));
        }
    }
}

/// "Azure IP Ranges and Service Tags".
pub fn service_tags(input: &[u8]) {
    if let Ok(tags) = ServiceTags::parse(input) {
        in_order(&ServicePrefixes::of(Files { service_tags: Some(&tags), ..Files::default() }));
    }
}

/// "Microsoft Azure Datacenter IP Ranges", the format of 2015 to 2020.
pub fn datacenter_ranges(input: &[u8]) {
    if let Ok(ranges) = DatacenterRanges::parse(input) {
        in_order(&ServicePrefixes::of(Files { datacenter_ranges: Some(&ranges), ..Files::default() }));
    }
}

/// Endpoints of Microsoft 365.
pub fn microsoft_365(input: &[u8]) {
    if let Ok(endpoints) = Microsoft365::parse(input) {
        in_order(&ServicePrefixes::of(Files { microsoft_365: Some(&endpoints), ..Files::default() }));
    }
}

/// Every prefix stands once, without host bits, and its communities in order.
fn in_order(prefixes: &ServicePrefixes) {
    for list in [&prefixes.microsoft, &prefixes.public, &prefixes.microsoft_2015] {
        assert!(list.is_sorted_by(|one, next| one.prefix < next.prefix), "{list:?}");
        for ServicePrefix { prefix, communities, .. } in list {
            assert_eq!(*prefix, prefix.trunc());
            assert!(communities.is_sorted(), "{communities:?}");
        }
    }
}
