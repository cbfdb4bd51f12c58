//! The floors: which module stands where, and what it may import.

use May::{All, Only};

/// One top-level module of `src/`.
pub(crate) struct Row {
    pub(crate) module: &'static str,
    pub(crate) floor: u8,
    pub(crate) may_import: May,
}

/// What a module may import besides itself and the words.
pub(crate) enum May {
    /// These modules.
    Only(&'static [&'static str]),
    /// Every module of a lower floor, and these of its own.
    All(&'static [&'static str]),
}

/// The shared words of the field: all modules may import them.
pub(crate) const WORDS: &[&str] = &["asn", "community", "family"];

/// A new module gets its row here in the commit that adds it; a row may stand before its module.
pub(crate) const TABLE: &[Row] = &[
    row("asn", 0, Only(&[])),
    row("community", 0, Only(&[])),
    row("family", 0, Only(&[])),
    row("wire", 0, Only(&[])),
    row("azure", 0, Only(&[])),
    row("fib", 0, Only(&[])),
    row("bfd", 0, Only(&[])),
    row("session", 1, Only(&["wire"])),
    row("registry", 1, Only(&[])),
    row("rib", 1, Only(&["wire"])),
    row("policy", 2, Only(&["azure", "registry", "rib", "wire"])),
    row("config", 2, Only(&["azure", "registry", "rib", "session", "wire"])),
    row("transport", 3, Only(&["wire", "registry"])),
    row("deadline", 3, Only(&[])),
    row("step_back", 3, Only(&[])),
    row("procfs", 3, Only(&[])),
    row(
        "attachment",
        3,
        Only(&["deadline", "step_back", "session", "rib", "policy", "transport", "bfd", "azure", "wire"]),
    ),
    row("backbone", 3, Only(&["deadline", "step_back", "rib", "fib", "azure", "policy", "wire"])),
    row("dataplane", 3, Only(&["fib", "backbone", "azure"])),
    row("daemon", 4, All(&[])),
    row("api", 5, All(&[])),
    row("export", 5, All(&[])),
    row("lab", 5, All(&[])),
    row("churn", 5, All(&[])),
    row("expect", 5, All(&["api"])),
    row("cli", 6, All(&[])),
    row("main", 6, All(&["cli"])),
];

const fn row(module: &'static str, floor: u8, may_import: May) -> Row {
    Row { module, floor, may_import }
}

impl Row {
    pub(crate) fn find(module: &str) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.module == module)
    }

    pub(crate) fn allows(&self, target: &Self) -> bool {
        self.module == target.module
            || (WORDS.contains(&target.module) && !WORDS.contains(&self.module))
            || match self.may_import {
                Only(modules) => modules.contains(&target.module),
                All(beside) => target.floor < self.floor || beside.contains(&target.module),
            }
    }

    /// What the module may import, for the error message.
    pub(crate) fn allowed(&self) -> String {
        let allowed = TABLE.iter().filter(|target| target.module != self.module && self.allows(target));
        let names: Vec<_> = allowed.map(|target| target.module).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    }
}

#[test]
fn no_row_allows_a_higher_floor_or_names_a_module_that_has_no_row() {
    for row in TABLE {
        assert_eq!(TABLE.iter().filter(|other| other.module == row.module).count(), 1, "{}", row.module);
        let (Only(modules) | All(modules)) = row.may_import;
        for module in modules {
            let target = Row::find(module)
                .unwrap_or_else(|| panic!("{} allows {module}, which has no row", row.module));
            assert!(
                target.floor <= row.floor,
                "{} (floor {}) allows {module} above it",
                row.module,
                row.floor
            );
        }
    }
}
