//! A registry's database as RADB, RIPE and others publish it: RPSL objects with blank lines between them (RFC 2622).

use super::{Malformed, Origin, Registry};
use crate::asn::Asn;
use ipnet::IpNet;

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

impl Registry {
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
