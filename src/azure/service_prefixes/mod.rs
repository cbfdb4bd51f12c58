//! The public prefixes of Microsoft's services, merged from the files that publish them.
//!
//! What a prefix carries decides who is sent it: its region, and the community values that a route filter selects by
//! (Azure: "ExpressRoute routing requirements", BGP communities).

mod datacenter_ranges;
mod microsoft_365;
mod service_tags;

pub use datacenter_ranges::DatacenterRanges;
pub use microsoft_365::Microsoft365;
pub use service_tags::ServiceTags;

use super::{Cloud, Region, reach::Unplaced};
use crate::community::Community;
use ipnet::IpNet;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// The files that were given, each read already.
#[derive(Clone, Copy, Debug, Default)]
pub struct Files<'a> {
    /// "Azure IP Ranges and Service Tags".
    pub service_tags: Option<&'a ServiceTags>,
    /// "Azure Datacenter IP Ranges", as published until 2020.
    pub datacenter_ranges: Option<&'a DatacenterRanges>,
    /// The Microsoft 365 endpoints.
    pub microsoft_365: Option<&'a Microsoft365>,
}

/// Every service prefix there is, each once, in the order of prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServicePrefixes {
    /// What Microsoft peering may be sent.
    pub microsoft: Vec<ServicePrefix>,
    /// What public peering is sent: whole regions, IPv4.
    pub public: Vec<ServicePrefix>,
    /// What Microsoft peering was sent in 2015: Microsoft 365 alone.
    pub microsoft_2015: Vec<ServicePrefix>,
}

/// A prefix and what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePrefix {
    /// The prefix.
    pub prefix: IpNet,
    /// Its region, if it has one.
    pub place: Place,
    /// The values that it is sent with, ascending.
    pub communities: Box<[Community]>,
}

/// Where a prefix is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In one region.
    Region(&'static Region),
    /// In none of that cloud that we know.
    Unplaced(Cloud, Unplaced),
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {cause}")]
pub struct Malformed {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub cause: String,
}

/// Prefixes while they are brought together.
#[derive(Default)]
struct Merge(BTreeMap<IpNet, (Option<Place>, BTreeSet<Community>)>);

impl ServicePrefixes {
    /// What the files say together.
    ///
    /// Public peering is sent what the datacenter ranges say, exactly; without them, the regions of the service tags.
    pub fn of(files: Files<'_>) -> Self {
        let mut microsoft = Merge::default();
        let mut public = Merge::default();
        let mut microsoft_2015 = Merge::default();
        if let Some(tags) = files.service_tags {
            tags.add_services(&mut microsoft);
            if files.datacenter_ranges.is_none() {
                tags.add_regions(&mut public);
            }
        }
        if let Some(ranges) = files.datacenter_ranges {
            ranges.add(&mut public);
            if files.service_tags.is_none() {
                ranges.add(&mut microsoft);
            }
        }
        if let Some(endpoints) = files.microsoft_365 {
            endpoints.add(&mut microsoft);
            endpoints.add(&mut microsoft_2015);
        }
        Self {
            microsoft: microsoft.into_prefixes(),
            public: public.into_prefixes(),
            microsoft_2015: microsoft_2015.into_prefixes(),
        }
    }

    /// True if no file was given.
    pub fn is_empty(&self) -> bool {
        self.microsoft.is_empty() && self.public.is_empty()
    }
}

impl Merge {
    /// A region's name for a prefix is worth more than none.
    fn add(&mut self, prefix: IpNet, place: Place, communities: impl IntoIterator<Item = Community>) {
        let (known, values) = self.0.entry(prefix.trunc()).or_default();
        match (&known, place) {
            (Some(Place::Region(_)), _) | (Some(_), Place::Unplaced(..)) => {}
            _ => *known = Some(place),
        }
        values.extend(communities);
    }

    fn into_prefixes(self) -> Vec<ServicePrefix> {
        let of =
            |(prefix, (place, communities)): (IpNet, (Option<Place>, BTreeSet<Community>))| ServicePrefix {
                prefix,
                place: place.unwrap_or(Place::Unplaced(Cloud::Public, Unplaced::Global)),
                communities: communities.into_iter().collect(),
            };
        self.0.into_iter().map(of).collect()
    }
}

impl Malformed {
    fn not_utf8(octets: &[u8], valid_up_to: usize) -> Self {
        Self::behind(octets.get(..valid_up_to).unwrap_or_default(), "this is not UTF-8".to_owned())
    }

    /// A file that ends too early is wrong at its end, although the parser says at its beginning.
    fn xml(error: &roxmltree::Error, octets: &[u8]) -> Self {
        use roxmltree::Error::{NoRootNode, UnclosedRootNode, UnexpectedEndOfStream};
        let cause = error.to_string();
        if matches!(error, NoRootNode | UnclosedRootNode | UnexpectedEndOfStream) {
            return Self::behind(octets, cause);
        }
        Self { line: error.pos().row as usize, column: error.pos().col as usize, cause }
    }

    /// What is wrong behind the first octets of a file.
    fn behind(octets: &[u8], cause: String) -> Self {
        let line = octets.split(|octet| *octet == b'\n').count();
        let column = octets.iter().rev().take_while(|octet| **octet != b'\n').count() + 1;
        Self { line, column, cause }
    }

    fn json(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let cause = text.split_once(" at line ").map_or(text.as_str(), |(cause, _)| cause);
        Self { line: error.line(), column: error.column(), cause: cause.to_owned() }
    }
}

impl fmt::Display for ServicePrefixes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for Microsoft peering, {} for public peering", self.microsoft.len(), self.public.len())
    }
}

#[cfg(test)]
mod tests;
