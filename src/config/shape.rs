//! Text to tables: TOML syntax, unknown keys and wrong types.
//!
//! serde stops at the first key that does not fit. So that one run shows them all, that key is taken out of the
//! parsed document and the rest is read again.

use super::{
    error::{FileFault, Finding, ShapeFault, Span},
    file::File,
    nearest::nearest,
    report::Report,
};
use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue, Deserializer, Error},
};

/// All tables of a file.
pub(crate) trait Tables: DeserializeOwned {
    /// The keys of tables that stand in double brackets, each with its header.
    const REPEATED: &[(&'static str, &'static str)];
}

impl Tables for File {
    const REPEATED: &[(&'static str, &'static str)] = &[
        ("virtual_network", "[[virtual_network]]"),
        ("circuit", "[[circuit]]"),
        ("peering", "[[circuit.peering]]"),
    ];
}

/// Each one costs another pass over the document.
const MOST_FAULTS: usize = 50;

/// What was taken out of the document.
enum Removed {
    UnknownKey(String),
    /// The key whose value, or an element of it, did not fit.
    ValueOf(String),
}

/// The tables of a file as far as they have the right shape: none of them if the text is not TOML.
pub(super) fn read(text: &str, report: &mut Report) -> File {
    tables(text, report).unwrap_or_else(|| {
        // Nothing is known about circuits, so that none was read is no news.
        report.key_is_refused("circuit");
        File::default()
    })
}

/// The tables of a file as far as they have the right shape; `None` if the text is not TOML.
pub(crate) fn tables<T, F>(text: &str, report: &mut Report<F>) -> Option<T>
where
    T: Tables,
    F: Finding + From<FileFault> + From<ShapeFault>,
{
    let (mut document, syntax_errors) = DeTable::parse_recoverable(text);
    if !syntax_errors.is_empty() {
        for error in syntax_errors {
            let at = error.span().unwrap_or(0..0);
            report.refuse(at, FileFault::Syntax(error.message().to_owned()));
        }
        return None;
    }
    for _ in 0..MOST_FAULTS {
        let error = match T::deserialize(Deserializer::from(document.clone())) {
            Ok(file) => return Some(file),
            Err(error) => error,
        };
        let at = error.span().unwrap_or(0..0);
        match remove_from_table(document.get_mut(), &at) {
            Some(Removed::UnknownKey(key)) => {
                let fault = unknown_key(key, &error);
                if let ShapeFault::UnknownKey { nearest: Some(meant), .. } = &fault {
                    report.key_is_refused(meant);
                }
                report.refuse(at, fault);
            }
            Some(Removed::ValueOf(key)) => {
                report.key_is_refused(&key);
                report.refuse(at, wrong_type(key, T::REPEATED, &error));
            }
            None => {
                report.refuse(at, FileFault::Syntax(error.message().to_owned()));
                return None;
            }
        }
    }
    report.refuse_file(ShapeFault::TooMany(MOST_FAULTS));
    None
}

/// serde hands on the known keys only inside its message, each in backquotes behind the unknown one.
fn unknown_key(key: String, error: &Error) -> ShapeFault {
    let known: Vec<String> = error.message().split('`').skip(3).step_by(2).map(str::to_owned).collect();
    let nearest = nearest(&key, known.iter().map(String::as_str)).map(str::to_owned);
    ShapeFault::UnknownKey { key, nearest, known }
}

fn wrong_type(key: String, repeated: &[(&'static str, &'static str)], error: &Error) -> ShapeFault {
    if let Some((_, header)) = repeated.iter().find(|(table, _)| *table == key) {
        return ShapeFault::NotRepeated { header };
    }
    let mismatch = match error.message().split_once(", expected ") {
        // serde quotes the value, and this one is a secret.
        Some((_, expected)) if key == "shared_key" => format!("expected {expected}"),
        _ => error.message().to_owned(),
    };
    ShapeFault::WrongType { key, mismatch }
}

fn remove_from_table(table: &mut DeTable<'_>, at: &Span) -> Option<Removed> {
    let entry = table.iter().find(|(key, value)| key.span() == *at || value.span() == *at);
    if let Some((key, _)) = entry {
        let key = key.clone();
        table.remove(&key);
        let name = key.get_ref().clone().into_owned();
        return Some(if key.span() == *at { Removed::UnknownKey(name) } else { Removed::ValueOf(name) });
    }
    table.iter_mut().find_map(|(key, value)| remove_from_value(key.get_ref(), value, at))
}

fn remove_from_value(key: &str, value: &mut Spanned<DeValue<'_>>, at: &Span) -> Option<Removed> {
    match value.get_mut() {
        DeValue::Table(table) => remove_from_table(table, at),
        DeValue::Array(array) if array.iter().any(|item| item.span() == *at) => {
            let others =
                std::mem::replace(array, DeArray::new()).into_iter().filter(|item| item.span() != *at);
            *array = others.collect::<DeArray<'_>>();
            Some(Removed::ValueOf(key.to_owned()))
        }
        DeValue::Array(array) => array.iter_mut().find_map(|item| remove_from_value(key, item, at)),
        _ => None,
    }
}
