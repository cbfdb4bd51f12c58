//! What operations have made of a file's circuits, key by key: it is laid over the file when that is read again, by a
//! reload or by the next start.
//!
//! Where the file has been changed since, the file has the last word.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};
use toml::{Table, Value};

/// Every change, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Overlay(Vec<Overlaid>);

/// One key, or without a key a whole peering, or without either a whole circuit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlaid {
    circuit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    peering: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// What the file said; nothing if it said nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    was: Option<Value>,
    /// What holds instead; nothing if it was taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is: Option<Value>,
}

/// Arrays whose tables have a name, with the key that is the name.
#[derive(Clone, Copy)]
struct Named {
    array: &'static str,
    name: &'static str,
}

const CIRCUITS: Named = Named { array: "circuit", name: "name" };
const PEERINGS: Named = Named { array: "peering", name: "kind" };

impl Overlay {
    /// What leads from the tables of a file to those that hold.
    pub(super) fn between(file: &Table, now: &Table) -> Self {
        let mut all = Vec::new();
        for circuit in CIRCUITS.names(file, now) {
            let at = Overlaid { circuit: circuit.clone(), ..Overlaid::nowhere() };
            let (was, is) = (CIRCUITS.find(file, &circuit), CIRCUITS.find(now, &circuit));
            let (Some(was), Some(is)) = (was, is) else {
                all.extend(at.change(was.cloned().map(Value::Table), is.cloned().map(Value::Table)));
                continue;
            };
            all.extend(keys(&at, was, is, Some(PEERINGS.array)));
            for kind in PEERINGS.names(was, is) {
                let at = Overlaid { peering: Some(kind.clone()), ..at.clone() };
                match (PEERINGS.find(was, &kind), PEERINGS.find(is, &kind)) {
                    (Some(was), Some(is)) => all.extend(keys(&at, was, is, None)),
                    (was, is) => {
                        all.extend(at.change(was.cloned().map(Value::Table), is.cloned().map(Value::Table)));
                    }
                }
            }
        }
        Self(all)
    }

    /// Lays it over the tables of a file; returns what the file has changed itself, and so keeps as it is there.
    pub(super) fn lay_over(&self, file: &mut Table) -> Vec<Overlaid> {
        self.0.iter().filter(|overlaid| !overlaid.lay_over(file)).cloned().collect()
    }

    /// Its changes.
    pub fn changes(&self) -> &[Overlaid] {
        &self.0
    }
}

impl Overlaid {
    fn nowhere() -> Self {
        Self { circuit: String::new(), peering: None, key: None, was: None, is: None }
    }

    /// The change at this place, if it is one.
    fn change(&self, was: Option<Value>, is: Option<Value>) -> Option<Self> {
        (was != is).then(|| Self { was, is, ..self.clone() })
    }

    /// True if the file says what it did, or what holds already.
    fn fits(&self, said: Option<&Value>) -> bool {
        said == self.was.as_ref() || said == self.is.as_ref()
    }

    /// False if the file says something else there.
    fn lay_over(&self, file: &mut Table) -> bool {
        let Some(kind) = &self.peering else {
            return match &self.key {
                None => CIRCUITS.replace(file, &self.circuit, self),
                Some(key) => {
                    CIRCUITS.find_mut(file, &self.circuit).is_some_and(|circuit| replace(circuit, key, self))
                }
            };
        };
        let Some(circuit) = CIRCUITS.find_mut(file, &self.circuit) else { return false };
        match &self.key {
            None => PEERINGS.replace(circuit, kind, self),
            Some(key) => PEERINGS.find_mut(circuit, kind).is_some_and(|peering| replace(peering, key, self)),
        }
    }
}

/// Differing keys of two tables, except one that holds tables of its own.
fn keys(at: &Overlaid, was: &Table, is: &Table, except: Option<&str>) -> Vec<Overlaid> {
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    names
        .into_iter()
        .filter(|key| Some(key.as_str()) != except)
        .filter_map(|key| {
            let at = Overlaid { key: Some(key.clone()), ..at.clone() };
            at.change(was.get(key).cloned(), is.get(key).cloned())
        })
        .collect()
}

fn replace(table: &mut Table, key: &str, overlaid: &Overlaid) -> bool {
    if !overlaid.fits(table.get(key)) {
        return false;
    }
    match &overlaid.is {
        Some(is) => drop(table.insert(key.to_owned(), is.clone())),
        None => drop(table.remove(key)),
    }
    true
}

impl Named {
    fn all<'a>(&self, tables: &'a Table) -> impl Iterator<Item = &'a Table> + use<'a> {
        tables.get(self.array).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
    }

    fn name_of<'a>(&self, table: &'a Table) -> Option<&'a str> {
        table.get(self.name).and_then(Value::as_str)
    }

    /// Every name, in the order of the file; what is new comes last.
    fn names(&self, file: &Table, now: &Table) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let all = self.all(file).chain(self.all(now)).filter_map(|table| self.name_of(table));
        all.filter(|name| seen.insert(*name)).map(str::to_owned).collect()
    }

    fn find<'a>(&self, tables: &'a Table, name: &str) -> Option<&'a Table> {
        self.all(tables).find(|table| self.name_of(table) == Some(name))
    }

    fn find_mut<'a>(&self, tables: &'a mut Table, name: &str) -> Option<&'a mut Table> {
        let all = tables.get_mut(self.array).and_then(Value::as_array_mut).into_iter().flatten();
        all.filter_map(Value::as_table_mut).find(|table| self.name_of(table) == Some(name))
    }

    /// Adds, replaces or removes the whole table of a name.
    fn replace(&self, tables: &mut Table, name: &str, overlaid: &Overlaid) -> bool {
        let was = self.find(tables, name).cloned().map(Value::Table);
        let array = tables.entry(self.array.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
        let Some(array) = array.as_array_mut().filter(|_| overlaid.fits(was.as_ref())) else { return false };
        array.retain(|table| table.as_table().and_then(|table| self.name_of(table)) != Some(name));
        array.extend(overlaid.is.clone());
        true
    }
}

impl fmt::Display for Overlaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "circuit {}", self.circuit)?;
        if let Some(kind) = &self.peering {
            write!(f, ", {kind} peering")?;
        }
        if let Some(key) = &self.key {
            write!(f, ", {key}")?;
        }
        match (&self.was, &self.is) {
            (None, Some(_)) => f.write_str(" added"),
            (_, Some(_)) => f.write_str(" changed"),
            (_, None) => f.write_str(" taken away"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[[circuit]]\nname = \"a\"\nbandwidth_mbps = 1000\n[[circuit.peering]]\nkind = \"private\"\n\
        peer_asn = 65010\n[[circuit]]\nname = \"b\"\n";
    const NOW: &str = "[[circuit]]\nname = \"a\"\nbandwidth_mbps = 2000\nsku = \"x\"\n[[circuit.peering]]\n\
        kind = \"private\"\npeer_asn = 65011\n[[circuit.peering]]\nkind = \"public\"\nvlan_id = 5\n\
        [[circuit]]\nname = \"c\"\n";

    fn tables(text: &str) -> Table {
        text.parse().unwrap()
    }

    fn overlay() -> Overlay {
        Overlay::between(&tables(FILE), &tables(NOW))
    }

    fn said(changes: &[Overlaid]) -> Vec<String> {
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_operations_changed_is_laid_over_the_same_file() {
        let overlay = overlay();
        assert_eq!(
            said(overlay.changes()),
            [
                "circuit a, bandwidth_mbps changed",
                "circuit a, sku added",
                "circuit a, private peering, peer_asn changed",
                "circuit a, public peering added",
                "circuit b taken away",
                "circuit c added",
            ]
        );
        let mut file = tables(FILE);
        assert!(overlay.lay_over(&mut file).is_empty());
        assert_eq!(file, tables(NOW));
        assert!(Overlay::between(&file, &file).changes().is_empty());
    }

    #[test]
    fn it_reads_as_it_is_written() {
        #[derive(Serialize, Deserialize)]
        struct Kept {
            change: Overlay,
        }
        let text = toml::to_string(&Kept { change: overlay() }).unwrap();
        assert_eq!(toml::from_str::<Kept>(&text).unwrap().change, overlay(), "{text}");
    }

    #[test]
    fn a_file_that_was_changed_since_has_the_last_word() {
        let edited =
            FILE.replace("1000", "5000").replace("65010", "65099").replace("\"b\"", "\"b\"\nsku = \"y\"")
                + "[[circuit]]\nname = \"c\"\nsku = \"z\"\n";
        let mut file = tables(&edited);
        let dropped = overlay().lay_over(&mut file);
        assert_eq!(
            said(&dropped),
            [
                "circuit a, bandwidth_mbps changed",
                "circuit a, private peering, peer_asn changed",
                "circuit b taken away",
                "circuit c added",
            ]
        );
        assert_eq!(said(Overlay::between(&tables(&edited), &file).changes()).len(), 2);
        // A circuit that has left the file takes what was laid over it along.
        let mut nothing = Table::new();
        assert_eq!(said(&overlay().lay_over(&mut nothing)).len(), 4);
    }
}
