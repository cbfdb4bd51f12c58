//! A table from an MRT file (RFC 6396): a dump (TABLE_DUMP_V2) or recorded messages (BGP4MP), plain or packed.
//!
//! The file is read as a stream. Of several routes to one prefix, from several peers or at several times, the last one
//! counts; what was withdrawn last is not in the table.

use super::{AttributeSet, Table, packed};
use crate::{
    asn::Asn,
    community::{Community, LargeCommunity},
    wire::{AsPath, Origin, attribute::Segment},
};
use bgpkit_parser::{
    BgpElem, BgpkitParser,
    models::{self, AsPathSegment, MetaCommunity},
};
use ipnet::IpNet;
use std::{
    collections::HashMap,
    io::{self, BufRead},
    path::{Path, PathBuf},
};

/// An MRT file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MrtError {
    /// The file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A record is malformed, or of a kind that nobody writes any more.
    #[error(
        "{}: after {routes} routes comes a record that cannot be read: {cause}; \
         if the file is whole, write TABLE_DUMP_V2 or BGP4MP messages instead",
        path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Routes and withdrawals before it.
        routes: usize,
        /// What is wrong with it.
        cause: String,
    },
}

/// The table that an MRT file ends with.
///
/// # Errors
/// [`MrtError`]
pub fn read_mrt(path: &Path) -> Result<Table, MrtError> {
    let file = packed::open(path).map_err(|source| MrtError::Unreadable { path: path.to_owned(), source })?;
    table(file, path)
}

fn table(file: impl BufRead, path: &Path) -> Result<Table, MrtError> {
    let mut sets: HashMap<AttributeSet, usize> = HashMap::new();
    let mut routes: HashMap<IpNet, usize> = HashMap::new();
    for (count, element) in BgpkitParser::from_reader(file).into_fallible_elem_iter().enumerate() {
        let element = element.map_err(|error| MrtError::Malformed {
            path: path.to_owned(),
            routes: count,
            cause: error.to_string(),
        })?;
        let prefix = element.prefix.prefix.trunc();
        match attributes(&element) {
            Some(set) => {
                let next = sets.len();
                routes.insert(prefix, *sets.entry(set).or_insert(next));
            }
            None => {
                routes.remove(&prefix);
            }
        }
    }
    let mut members = vec![Vec::new(); sets.len()];
    for (prefix, set) in routes {
        if let Some(members) = members.get_mut(set) {
            members.push(prefix);
        }
    }
    let mut sets: Vec<_> = sets.into_iter().collect();
    sets.sort_unstable_by_key(|(_, number)| *number);
    Ok(Table::new(sets.into_iter().zip(members).map(|((set, _), mut members)| {
        members.sort_unstable();
        (set, members)
    })))
}

/// What a route says; `None` for a withdrawal.
fn attributes(element: &BgpElem) -> Option<AttributeSet> {
    if !element.elem_type.is_announce() {
        return None;
    }
    let path = element.as_path.iter().flat_map(models::AsPath::iter_segments);
    let communities = || element.communities.iter().flatten();
    Some(AttributeSet {
        origin: match element.origin {
            Some(models::Origin::EGP) => Origin::Egp,
            Some(models::Origin::INCOMPLETE) => Origin::Incomplete,
            Some(models::Origin::IGP) | None => Origin::Igp,
        },
        as_path: AsPath { segments: path.filter_map(segment).collect() },
        communities: communities().filter_map(community).collect(),
        large_communities: communities().filter_map(large_community).collect(),
    })
}

/// Confederations stay at home (RFC 5065 section 5), and AS 0 is none (RFC 7607).
fn segment(segment: &AsPathSegment) -> Option<Segment> {
    let numbers = |asns: &[models::Asn]| -> Option<Box<[Asn]>> {
        let numbers: Box<[Asn]> = asns.iter().filter_map(|asn| Asn::try_from(asn.to_u32()).ok()).collect();
        (!numbers.is_empty()).then_some(numbers)
    };
    match segment {
        AsPathSegment::AsSequence(asns) => numbers(asns).map(Segment::Sequence),
        AsPathSegment::AsSet(asns) => numbers(asns).map(Segment::Set),
        AsPathSegment::ConfedSequence(_) | AsPathSegment::ConfedSet(_) => None,
    }
}

/// NO_EXPORT and its like are left out: a speaker would keep such routes to itself.
fn community(community: &MetaCommunity) -> Option<Community> {
    match community {
        MetaCommunity::Plain(models::Community::Custom(asn, value)) => {
            let asn = u16::try_from(asn.to_u32()).ok()?;
            Some(Community::new(asn, *value))
        }
        _ => None,
    }
}

fn large_community(community: &MetaCommunity) -> Option<LargeCommunity> {
    match community {
        MetaCommunity::Large(large) => {
            let [local1, local2] = large.local_data;
            Some(LargeCommunity { global: large.global_admin, local1, local2 })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
