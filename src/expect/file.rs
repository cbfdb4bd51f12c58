//! The file as it is written: names and shapes of its keys, no meaning yet.

use crate::config::{file::Integer, shape::Tables};
use serde::Deserialize;
use toml::Spanned;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct File {
    pub(super) within_s: Option<Spanned<Integer>>,
    #[serde(default)]
    pub(super) session: Vec<Spanned<SessionTable>>,
    #[serde(default)]
    pub(super) route: Vec<Spanned<RouteTable>>,
    #[serde(default)]
    pub(super) limit: Vec<Spanned<LimitTable>>,
    #[serde(default)]
    pub(super) lookup: Vec<Spanned<LookupTable>>,
    #[serde(default)]
    pub(super) effective_route: Vec<Spanned<EffectiveRouteTable>>,
}

impl Tables for File {
    const REPEATED: &[(&'static str, &'static str)] = &[
        ("session", "[[session]]"),
        ("route", "[[route]]"),
        ("limit", "[[limit]]"),
        ("lookup", "[[lookup]]"),
        ("effective_route", "[[effective_route]]"),
    ];
}

/// `[[session]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct SessionTable {
    pub(super) name: Option<String>,
    pub(super) within_s: Option<Spanned<Integer>>,
    pub(super) for_s: Option<Spanned<Integer>>,
    pub(super) attachment: Option<Spanned<String>>,
    pub(super) family: Option<Spanned<String>>,
    pub(super) state: Option<Spanned<String>>,
}

/// `[[route]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RouteTable {
    pub(super) name: Option<String>,
    pub(super) within_s: Option<Spanned<Integer>>,
    pub(super) for_s: Option<Spanned<Integer>>,
    pub(super) attachment: Option<Spanned<String>>,
    pub(super) direction: Option<Spanned<String>>,
    pub(super) prefix: Option<Spanned<String>>,
    pub(super) present: Option<bool>,
    pub(super) as_path: Option<Spanned<String>>,
    pub(super) next_hop: Option<Spanned<String>>,
    pub(super) metric: Option<Spanned<Integer>>,
    pub(super) communities: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) refused: Option<Spanned<bool>>,
}

/// `[[limit]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct LimitTable {
    pub(super) name: Option<String>,
    pub(super) within_s: Option<Spanned<Integer>>,
    pub(super) for_s: Option<Spanned<Integer>>,
    pub(super) attachment: Option<Spanned<String>>,
    pub(super) family: Option<Spanned<String>>,
    pub(super) max: Option<Spanned<Integer>>,
    pub(super) held: Option<Spanned<Integer>>,
    pub(super) state: Option<Spanned<String>>,
}

/// `[[lookup]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct LookupTable {
    pub(super) name: Option<String>,
    pub(super) within_s: Option<Spanned<Integer>>,
    pub(super) for_s: Option<Spanned<Integer>>,
    pub(super) virtual_network: Option<Spanned<String>>,
    pub(super) attachment: Option<Spanned<String>>,
    pub(super) address: Option<Spanned<String>>,
    pub(super) present: Option<bool>,
    pub(super) prefix: Option<Spanned<String>>,
    pub(super) next_hops: Option<Spanned<Vec<Spanned<String>>>>,
}

/// `[[effective_route]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct EffectiveRouteTable {
    pub(super) name: Option<String>,
    pub(super) within_s: Option<Spanned<Integer>>,
    pub(super) for_s: Option<Spanned<Integer>>,
    pub(super) virtual_network: Option<Spanned<String>>,
    pub(super) prefix: Option<Spanned<String>>,
    pub(super) present: Option<bool>,
    pub(super) next_hops: Option<Spanned<Vec<Spanned<String>>>>,
}
