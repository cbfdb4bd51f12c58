//! A registry's database as RADB, RIPE and others publish it: RPSL objects with blank lines between them (RFC 2622).

use super::Malformed;
use crate::asn::Asn;
use ipnet::IpNet;
use prefix_trie::joint::JointPrefixMap;
use std::{collections::HashMap, fmt};

/// The objects of databases that say who holds what.
#[derive(Debug, Default)]
pub struct Objects {
    /// `route` and `route6` objects by prefix.
    routes: JointPrefixMap<IpNet, Vec<Origin>>,
    /// `aut-num` objects: the sources that have one.
    aut_nums: HashMap<Asn, Vec<Source>>,
    /// What the `source:` attributes say, each once.
    sources: Vec<Box<str>>,
    counts: Counts,
}

/// Index of a source among [`Objects::sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Source(u16);

/// Who may originate a prefix, by a `route` object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Origin {
    asn: Asn,
    source: Source,
}

/// Objects of each kind, for people.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    routes: usize,
    aut_nums: usize,
}

/// A `route` or `route6` object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route<'a> {
    pub(super) prefix: IpNet,
    pub(super) origin: Asn,
    pub(super) source: &'a str,
}

/// The attributes that matter, while an object is read.
#[derive(Default)]
struct Object<'a> {
    class: Class,
    /// Where it begins.
    line: usize,
    prefix: Option<IpNet>,
    number: Option<Asn>,
    source: Option<&'a str>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Class {
    /// Between two objects.
    #[default]
    None,
    Route,
    AutNum,
    /// A class that says nothing about ownership.
    Other,
}

impl Objects {
    /// True if nothing was added.
    pub const fn is_empty(&self) -> bool {
        self.counts.routes == 0 && self.counts.aut_nums == 0
    }

    /// The routes for a prefix and for those that cover it, the shortest first.
    pub(super) fn covering(&self, prefix: &IpNet) -> impl Iterator<Item = Route<'_>> {
        self.routes.cover(prefix).flat_map(move |(prefix, origins)| {
            origins.iter().map(move |origin| Route {
                prefix,
                origin: origin.asn,
                source: self.source_name(origin.source),
            })
        })
    }

    /// The prefixes with a route of an origin.
    pub(super) fn prefixes_of(&self, owner: Asn) -> impl Iterator<Item = IpNet> {
        let is_owners = move |origins: &Vec<Origin>| origins.iter().any(|origin| origin.asn == owner);
        self.routes.iter().filter(move |(_, origins)| is_owners(origins)).map(|(prefix, _)| prefix)
    }

    /// The sources that have an `aut-num` object of a number.
    pub(super) fn sources_of(&self, asn: Asn) -> impl Iterator<Item = &str> {
        self.aut_nums.get(&asn).into_iter().flatten().map(|source| self.source_name(*source))
    }

    /// Adds the objects `route`, `route6` and `aut-num` of a database; other classes are passed over.
    ///
    /// # Errors
    /// [`Malformed`] at the first line that is not RPSL; what stood before has been added.
    pub fn add_rpsl(&mut self, octets: &[u8]) -> Result<(), Malformed> {
        let mut object = Object::default();
        for (index, line) in octets.split(|octet| *octet == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                self.add(&std::mem::take(&mut object))?;
                continue;
            }
            // Remarks may be in any encoding, what matters is ASCII.
            if matches!(line.first(), Some(b'%' | b'#' | b' ' | b'\t' | b'+')) || object.class == Class::Other
            {
                continue;
            }
            let malformed = |cause: String| Malformed { line: index + 1, cause };
            let Some(colon) = line.iter().position(|octet| *octet == b':') else {
                return Err(malformed("an attribute has a colon behind its name".to_owned()));
            };
            let (name, value) = line.split_at(colon);
            let relevant = [&b"route"[..], b"route6", b"aut-num", b"origin", b"source"];
            if object.class == Class::None {
                object.line = index + 1;
            } else if !relevant.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                continue;
            }
            let value = std::str::from_utf8(value.get(1..).unwrap_or_default()).unwrap_or_default();
            let value = value.split('#').next().unwrap_or_default().trim();
            object.take(&name.to_ascii_lowercase(), value).map_err(malformed)?;
        }
        self.add(&object)
    }

    fn add(&mut self, object: &Object<'_>) -> Result<(), Malformed> {
        let missing =
            |what: &str| Malformed { line: object.line, cause: format!("this object has no {what}") };
        match object.class {
            Class::None | Class::Other => return Ok(()),
            Class::Route => {
                let prefix = object.prefix.ok_or_else(|| missing("prefix"))?;
                let asn = object.number.ok_or_else(|| missing("origin"))?;
                let source = self.source(object.source.unwrap_or_default());
                self.routes.entry(prefix.trunc()).or_default().push(Origin { asn, source });
                self.counts.routes += 1;
            }
            Class::AutNum => {
                let asn = object.number.ok_or_else(|| missing("number"))?;
                let source = self.source(object.source.unwrap_or_default());
                self.aut_nums.entry(asn).or_default().push(source);
                self.counts.aut_nums += 1;
            }
        }
        Ok(())
    }

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

impl fmt::Display for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { routes, aut_nums } = self.counts;
        write!(f, "{routes} routes, {aut_nums} AS numbers")
    }
}

impl<'a> Object<'a> {
    /// The first attribute of an object names its class.
    fn take(&mut self, name: &[u8], value: &'a str) -> Result<(), String> {
        match (self.class, name) {
            (Class::None, b"route" | b"route6") => {
                self.class = Class::Route;
                self.prefix = Some(value.parse().map_err(|_| format!("{value:?} is not a prefix"))?);
            }
            (Class::None, b"aut-num") => {
                self.class = Class::AutNum;
                self.number = Some(number(value)?);
            }
            (Class::None, _) => self.class = Class::Other,
            (Class::Route, b"origin") => self.number = Some(number(value)?),
            (_, b"source") => self.source = Some(value),
            _ => {}
        }
        Ok(())
    }
}

/// `AS64500`, in any case.
fn number(value: &str) -> Result<Asn, String> {
    let digits = value.get(..2).filter(|prefix| prefix.eq_ignore_ascii_case("as")).and(value.get(2..));
    digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| format!("{value:?} is not an AS number such as AS64500"))
}
