//! A registry's database as RADB, RIPE and others publish it: RPSL objects with blank lines between them (RFC 2622).

use super::{Malformed, as_set::AsSets};
use crate::asn::{AsZero, Asn};
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
    sets: AsSets,
    /// What the `source:` attributes say, each once.
    sources: Vec<Box<str>>,
    counts: Counts,
    /// Files that were added.
    files: usize,
    of_as_zero: OfAsZero,
}

/// Index of a source among [`Objects::sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Source(u16);

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

/// `route` and `aut-num` objects of AS 0, which nobody can be (RFC 7607): databases have some, and they say nothing.
#[derive(Clone, Copy, Debug, Default)]
struct OfAsZero {
    skipped: usize,
    first: Option<Place>,
}

/// Where an object begins.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Counted from 1, in the order in which files were added.
    file: usize,
    line: usize,
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
    set: Option<&'a str>,
    members: Vec<&'a str>,
    takes_members_by_reference: bool,
    /// What a line without a name of its own goes on with.
    last: Last,
}

/// The attribute before.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Last {
    Members,
    #[default]
    Other,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Class {
    /// Between two objects.
    #[default]
    None,
    Route,
    AutNum,
    AsSet,
    /// A class that says nothing about ownership.
    Other,
    /// A route or a number of nobody.
    OfAsZero,
}

/// Attributes that matter behind the first one of an object.
const RELEVANT: [&[u8]; 4] = [b"origin", b"source", b"members", b"mbrs-by-ref"];

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

    /// A set that is an AS's own and has another AS in it, and the source that has the set.
    pub(super) fn set_of(&self, owner: Asn, member: Asn) -> Option<(&str, &str)> {
        self.sets.of(owner, member).map(|(name, source)| (name, self.source_name(source)))
    }

    /// The sources that have an `aut-num` object of a number.
    pub(super) fn sources_of(&self, asn: Asn) -> impl Iterator<Item = &str> {
        self.aut_nums.get(&asn).into_iter().flatten().map(|source| self.source_name(*source))
    }

    /// Adds the objects `route`, `route6`, `aut-num` and `as-set` of a database; other classes are passed over, and so are
    /// objects of AS 0, which are counted.
    ///
    /// # Errors
    /// [`Malformed`] at the first line that is not RPSL; what stood before has been added.
    pub fn add_rpsl(&mut self, octets: &[u8]) -> Result<(), Malformed> {
        self.files += 1;
        let mut object = Object::default();
        for (index, line) in octets.split(|octet| *octet == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                self.add(&std::mem::take(&mut object))?;
                continue;
            }
            if matches!(object.class, Class::Other | Class::OfAsZero)
                || matches!(line.first(), Some(b'%' | b'#'))
            {
                continue;
            }
            if matches!(line.first(), Some(b' ' | b'\t' | b'+')) {
                object.go_on(line);
                continue;
            }
            let malformed = |cause: String| Malformed { line: index + 1, cause };
            let Some(colon) = line.iter().position(|octet| *octet == b':') else {
                return Err(malformed("an attribute has a colon behind its name".to_owned()));
            };
            let (name, rest) = line.split_at(colon);
            if object.class == Class::None {
                object.line = index + 1;
            } else if !RELEVANT.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                object.last = Last::Other;
                continue;
            }
            object.take(&name.to_ascii_lowercase(), value(rest)).map_err(malformed)?;
        }
        self.add(&object)
    }

    fn add(&mut self, object: &Object<'_>) -> Result<(), Malformed> {
        let missing =
            |what: &str| Malformed { line: object.line, cause: format!("this object has no {what}") };
        match object.class {
            Class::None | Class::Other => {}
            Class::OfAsZero => {
                self.of_as_zero.skipped += 1;
                self.of_as_zero.first.get_or_insert(Place { file: self.files, line: object.line });
            }
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
            Class::AsSet => {
                let source = self.source(object.source.unwrap_or_default());
                self.sets.add(object.set.unwrap_or_default(), source, &object.members);
                self.sets.by_reference += usize::from(object.takes_members_by_reference);
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
        write!(f, "{routes} routes, {aut_nums} AS numbers")?;
        match (self.sets.len(), self.sets.by_reference) {
            (0, _) => {}
            (sets, 0) => write!(f, ", {sets} sets")?,
            (sets, by_reference) => {
                write!(f, ", {sets} sets ({by_reference} of them with mbrs-by-ref, which is not followed)")?;
            }
        }
        let OfAsZero { skipped, first } = self.of_as_zero;
        let Some(Place { file, line }) = first else { return Ok(()) };
        write!(f, ", {skipped} skipped because they are of AS0 (the first at line {line} of file {file})")
    }
}

impl<'a> Object<'a> {
    /// Takes a line that goes on with the attribute before.
    fn go_on(&mut self, line: &'a [u8]) {
        if self.last == Last::Members {
            self.members.push(value(line));
        }
    }

    /// The first attribute of an object names its class.
    fn take(&mut self, name: &[u8], value: &'a str) -> Result<(), String> {
        self.last = Last::Other;
        match (self.class, name) {
            (Class::None, b"route" | b"route6") => {
                self.class = Class::Route;
                self.prefix = Some(value.parse().map_err(|_| format!("{value:?} is not a prefix"))?);
            }
            (Class::None, b"aut-num") => {
                self.class = Class::AutNum;
                self.take_number(value)?;
            }
            (Class::None, b"as-set") => {
                self.class = Class::AsSet;
                self.set = Some(value);
            }
            (Class::None, _) => self.class = Class::Other,
            (Class::AsSet, b"members") => {
                self.members.push(value);
                self.last = Last::Members;
            }
            (Class::AsSet, b"mbrs-by-ref") => self.takes_members_by_reference = true,
            (Class::Route, b"origin") => self.take_number(value)?,
            (_, b"source") => self.source = Some(value),
            _ => {}
        }
        Ok(())
    }

    fn take_number(&mut self, value: &str) -> Result<(), String> {
        match Asn::try_from(number(value)?) {
            Ok(asn) => self.number = Some(asn),
            Err(AsZero) => self.class = Class::OfAsZero,
        }
        Ok(())
    }
}

/// What stands behind the first octet of a line, without a comment. Remarks may be in any encoding, what matters is ASCII.
fn value(line: &[u8]) -> &str {
    let text = std::str::from_utf8(line.get(1..).unwrap_or_default()).unwrap_or_default();
    text.split('#').next().unwrap_or_default().trim()
}

/// `AS64500`, in any case.
fn number(value: &str) -> Result<u32, String> {
    let digits = value.get(..2).filter(|prefix| prefix.eq_ignore_ascii_case("as")).and(value.get(2..));
    digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| format!("{value:?} is not an AS number such as AS64500"))
}
