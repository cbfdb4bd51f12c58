//! What a scraper reads.

use super::*;
use crate::api::samples;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

fn scrape() -> Scrape {
    Scrape {
        status: samples::status(),
        sessions: samples::sessions(),
        limits: samples::limits(),
        fibs: samples::fibs(),
        process: Process { cpu: Duration::from_millis(1_250), resident: 20_480, descriptors: 17 },
    }
}

#[test]
fn a_scrape_has_what_msee_show_has() {
    // The series of a metric have no order.
    let text = scrape().text();
    let mut lines: Vec<_> = text.lines().map(|line| (line.starts_with('#'), line)).collect();
    lines.sort_unstable();
    let lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn each_sample_is_announced_with_type_and_help_and_stands_once() {
    let text = scrape().text();
    assert!(text.ends_with("\n# EOF\n"), "{text}");
    let mut types = BTreeMap::new();
    let mut helped = BTreeSet::new();
    let mut samples = BTreeSet::new();
    for line in text.lines() {
        if let Some(announced) = line.strip_prefix("# TYPE ") {
            let (name, kind) = announced.split_once(' ').unwrap();
            assert!(types.insert(name, kind).is_none(), "{name} is announced twice");
        } else if let Some(help) = line.strip_prefix("# HELP ") {
            helped.insert(help.split_once(' ').unwrap().0);
        } else if !line.starts_with('#') {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let value: f64 = value.parse().unwrap();
            assert!(value >= 0.0 && samples.insert(series), "{line}");
            let name = series.split('{').next().unwrap();
            let family = name.strip_suffix("_total").or(name.strip_suffix("_info")).unwrap_or(name);
            let kind = *types.get(family).unwrap_or_else(|| panic!("{line} before its type"));
            let suffix = name.strip_prefix(family).unwrap();
            let wanted = BTreeMap::from([("counter", "_total"), ("info", "_info"), ("gauge", "")]);
            assert_eq!(wanted[kind], suffix, "{line}");
            assert!(helped.contains(family), "{line} without help");
            assert!(name.starts_with("msee_") || name.starts_with("process_"), "{line}");
        }
    }
    assert!(samples.len() > 50, "{text}");
}

#[test]
fn a_daemon_with_nothing_to_tell_still_answers() {
    let status = Status { state: None, rtr: None, ..samples::status() };
    let text = Scrape { status, sessions: vec![], limits: vec![], fibs: vec![], ..scrape() }.text();
    assert!(text.contains("msee_sessions{state=\"Established\"} 0\n"), "{text}");
    assert!(!text.contains("rtr") && !text.contains("state_write"), "{text}");
}
