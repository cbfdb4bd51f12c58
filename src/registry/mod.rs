//! Who holds which prefixes and AS numbers: routing-registry objects (RPSL), and RPKI payloads.
//!
//! Pure: the files are read above and come in as octets. [`Registry::prefix`] and [`Registry::asn`] answer with the
//! object that decided.

pub mod ownership;
mod rpsl;
mod vrp;

pub use ownership::{Doubt, Evidence, RoutingRegistry};

use crate::asn::Asn;
use ipnet::IpNet;
use prefix_trie::joint::JointPrefixMap;
use std::{collections::HashMap, fmt};

/// Everything that registry files say about prefixes and AS numbers.
#[derive(Debug, Default)]
pub struct Registry {
    /// `route` and `route6` objects by prefix.
    routes: JointPrefixMap<IpNet, Vec<Origin>>,
    /// `aut-num` objects: the sources that have one.
    aut_nums: HashMap<Asn, Vec<Source>>,
    /// Validated ROA payloads by prefix.
    payloads: JointPrefixMap<IpNet, Vec<Payload>>,
    /// What the `source:` attributes say, each once.
    sources: Vec<Box<str>>,
    /// Objects of each kind, for people.
    counts: Counts,
}

/// Index of a source among [`Registry::sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Source(u16);

/// Who may originate a prefix, by a `route` object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Origin {
    asn: Asn,
    source: Source,
}

/// Who may originate a prefix and what lies inside it, by a ROA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Payload {
    /// `None` for AS 0: nobody (RFC 7607).
    asn: Option<Asn>,
    max_length: u8,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    routes: usize,
    aut_nums: usize,
    payloads: usize,
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct Malformed {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub cause: String,
}

impl Registry {
    fn source(&mut self, name: &str) -> Source {
        let known = self.sources.iter().position(|known| known.eq_ignore_ascii_case(name));
        let index = known.unwrap_or_else(|| {
            self.sources.push(name.into());
            self.sources.len() - 1
        });
        // A database has a few dozen sources; more than 65,536 would share the last one.
        Source(u16::try_from(index).unwrap_or(u16::MAX))
    }

    fn source_name(&self, source: Source) -> &str {
        self.sources.get(usize::from(source.0)).map_or("", |name| name)
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { routes, aut_nums, payloads } = self.counts;
        write!(f, "{routes} routes, {aut_nums} AS numbers, {payloads} ROA payloads")
    }
}

#[cfg(test)]
mod tests;
