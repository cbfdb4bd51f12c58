//! Lower floors never import higher ones.

use super::Breach;
use crate::{source::Source, table::Row};

/// Every import and every path inside this crate keeps to the table, in tests too.
pub(crate) fn imports(sources: &[Source<'_>]) -> Vec<Breach> {
    sources.iter().flat_map(imports_of).collect()
}

fn imports_of(source: &Source<'_>) -> Vec<Breach> {
    // The library's root is the map of all modules, and the binary stands above them.
    let own = match source.module.as_slice() {
        [] | ["main"] => return Vec::new(),
        [own, ..] => *own,
    };
    let Some(row) = Row::find(own) else {
        let what = format!(
            "module `{own}` has no row in tests/floors/table.rs; give it a floor and what it may import"
        );
        return vec![Breach::new(source, 1, what)];
    };
    let mut breaches = Vec::new();
    for name in &source.names {
        let Some(path) = source.resolve(name) else { continue };
        let what = match path.first() {
            None | Some(&"*") => {
                "the crate's root is imported as a whole; name the module that is meant".to_owned()
            }
            Some(target) => match Row::find(target) {
                Some(target) if row.allows(target) => continue,
                Some(target) => format!(
                    "`{own}` (floor {}) may not import `{}` (floor {}); it may import {}",
                    row.floor,
                    target.module,
                    target.floor,
                    row.allowed()
                ),
                None => format!(
                    "`crate::{target}` is no module of tests/floors/table.rs; import an item from the module that owns it"
                ),
            },
        };
        breaches.push(Breach::new(source, name.line, what));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::imports;

    #[test]
    fn what_breaks_the_floors_is_named_with_its_line() {
        for (name, path, text, want) in [
            (
                "upwards",
                "src/rib/mod.rs",
                "\nuse crate::policy::Verdict;",
                "src/rib/mod.rs:2: `rib` (floor 1) may not import `policy` (floor 2); it may import asn, community, family, wire",
            ),
            (
                "in braces",
                "src/rib/adj_in.rs",
                "use crate::{\n    wire::{Route, Open},\n    config::Plan,\n};",
                "src/rib/adj_in.rs:3: `rib` (floor 1) may not import `config`",
            ),
            (
                "in code",
                "src/wire/open.rs",
                "fn f() { crate::session::Fsm::new() }",
                "`wire` (floor 0) may not import `session`",
            ),
            (
                "by super",
                "src/wire/open.rs",
                "use super::super::session;",
                "`wire` (floor 0) may not import `session`",
            ),
            (
                "a re-export",
                "src/azure/mod.rs",
                "pub use crate::wire::Open;",
                "may not import `wire` (floor 0); it may import asn, community, family",
            ),
            (
                "in a test",
                "src/rib/mod.rs",
                "#[cfg(test)]\nmod tests {\n    use crate::attachment;\n}",
                "src/rib/mod.rs:3: ",
            ),
            (
                "in a macro",
                "src/fib/mod.rs",
                "macro_rules! m { () => { $crate::backbone::f() } }",
                "may not import `backbone`",
            ),
            (
                "sideways, not in the table",
                "src/transport/mod.rs",
                "use crate::attachment::Task;",
                "may not import `attachment`",
            ),
            ("a word imports no word", "src/asn.rs", "use crate::family::Family;", "it may import nothing"),
            (
                "the same high floor",
                "src/api/mod.rs",
                "use crate::lab::Lab;",
                "`api` (floor 5) may not import `lab` (floor 5)",
            ),
            ("the whole crate", "src/rib/mod.rs", "use crate::*;", "name the module that is meant"),
            (
                "the crate under another name",
                "src/rib/mod.rs",
                "use crate as root;",
                "name the module that is meant",
            ),
            ("through the root", "src/rib/mod.rs", "use crate::Verdict;", "`crate::Verdict` is no module"),
            ("a module without a row", "src/gossip.rs", "", "src/gossip.rs:1: module `gossip` has no row"),
        ] {
            let said = said(imports, &[(path, text)]);
            assert!(said.len() == 1 && said[0].contains(want), "{name}: {said:#?}");
        }
    }

    #[test]
    fn what_keeps_to_the_floors_passes() {
        for (name, path, text) in [
            ("downwards", "src/rib/mod.rs", "use crate::{asn::Asn, wire::Route};"),
            (
                "its own module",
                "src/rib/adj_in.rs",
                "use crate::rib::limit; use super::rib::x; use self::y; use super::*;",
            ),
            ("sideways, in the table", "src/attachment/task.rs", "use crate::transport::Peer;"),
            ("the map", "src/lib.rs", "pub use cli::run; pub use crate::rib::Rib;"),
            ("the binary", "src/main.rs", "use msee::cli; fn main() { msee::cli::run() }"),
            ("a comment", "src/wire/mod.rs", "//! See [`crate::session::Fsm`].\n/* use crate::rib; */"),
            ("a string", "src/wire/mod.rs", "const X: &str = \"use crate::rib;\";"),
            ("visibility", "src/wire/mod.rs", "pub(crate) fn f() {} pub(in crate::wire) fn g() {}"),
            ("another crate's word", "src/wire/mod.rs", "use session::x; use other::rib;"),
        ] {
            assert_eq!(said(imports, &[(path, text)]), Vec::<String>::new(), "{name}");
        }
    }
}
