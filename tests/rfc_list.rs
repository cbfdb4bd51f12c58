//! `docs/rfc.md` is held against the code: each clause names an item that exists and tests that exist.
//!
//! A row is `| RFC 7606 7.1 | what it asks | `wire/attribute/error.rs::treatment` | `test_name` "row of its table" |`;
//! code and tests may be several, the row of a table-driven test is optional.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

/// What a speaker on these peerings must keep; each has at least one row.
const MUST: &[(u16, &str)] = &[
    (4271, "BGP-4"),
    (4760, "multiprotocol extensions"),
    (2545, "IPv6 next hops"),
    (5492, "capabilities"),
    (6793, "four-octet AS numbers"),
    (7606, "revised error handling"),
    (7607, "AS 0"),
    (6286, "AS-wide unique BGP identifier"),
    (6608, "subcodes of FSM errors"),
    (4486, "subcodes of Cease"),
    (9003, "shutdown communication"),
    (2918, "route refresh"),
    (8212, "no routes without a policy"),
    (9072, "extended optional parameters"),
    (9687, "send hold timer"),
    (2385, "TCP MD5"),
    (1997, "communities"),
    (4360, "extended communities"),
    (8092, "large communities"),
    (8654, "extended messages"),
    (5082, "generalized TTL security"),
];

/// One clause.
#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    /// From 1, in the table's file.
    line: usize,
    rfc: u16,
    /// `path::item` below `src/`.
    code: Vec<&'a str>,
    tests: Vec<Proof<'a>>,
}

/// A test, and the rows of its table that are meant.
#[derive(Debug, PartialEq, Eq)]
struct Proof<'a> {
    test: &'a str,
    rows: Vec<&'a str>,
}

/// Path from the package's root with `/`, and text.
type Files = BTreeMap<String, String>;

#[test]
fn every_clause_names_code_and_tests_that_exist() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("docs/rfc.md"))?;
    let mut files = Files::new();
    collect(root, "src", &mut files)?;
    collect(root, "tests", &mut files)?;
    let faults = match rows(&table) {
        Ok(rows) => [missing(&rows), rows.iter().flat_map(|row| faults(row, &files)).collect()].concat(),
        Err(faults) => faults,
    };
    assert!(faults.is_empty(), "docs/rfc.md:\n  {}", faults.join("\n  "));
    Ok(())
}

/// Reads all Rust files below a directory.
fn collect(root: &Path, directory: &str, files: &mut Files) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(root.join(directory))? {
        let entry = entry?;
        let path = format!("{directory}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(root, &path, files)?;
        } else if Path::new(&path).extension().is_some_and(|extension| extension == "rs") {
            files.insert(path, fs::read_to_string(entry.path())?);
        }
    }
    Ok(())
}

/// All rows of all tables; what is in a table and is not a row, a heading or a rule is an error.
fn rows(table: &str) -> Result<Vec<Row<'_>>, Vec<String>> {
    let lines = table.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let in_table = lines.filter(|(_, line)| line.starts_with('|') && !is_heading(line));
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for (line, text) in in_table {
        match row(line, text) {
            Ok(row) => rows.push(row),
            Err(fault) => faults.push(format!("line {line}: {fault}")),
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn is_heading(line: &str) -> bool {
    line.starts_with("| clause |") || line.bytes().all(|octet| matches!(octet, b'|' | b'-' | b' ' | b':'))
}

fn row(line: usize, text: &str) -> Result<Row<'_>, &'static str> {
    let cells: Vec<_> = text.trim_matches('|').split('|').map(str::trim).collect();
    let [clause, requirement, code, tests] = cells.as_slice() else {
        return Err("a row has four cells: clause, what it asks, code, test");
    };
    let rfc = clause.strip_prefix("RFC ").and_then(|number| number.split_whitespace().next()?.parse().ok());
    let rfc = rfc.ok_or("the first cell is `RFC`, the number, and the section")?;
    let code: Vec<_> = quoted(code).into_iter().map(|(item, _)| item).collect();
    let tests: Vec<_> =
        quoted(tests).into_iter().map(|(test, rest)| Proof { test, rows: strings(rest) }).collect();
    if requirement.is_empty() || code.is_empty() || tests.is_empty() {
        return Err("a clause without text, code or test is no row");
    }
    Ok(Row { line, rfc, code, tests })
}

/// Each `` `word` `` of a cell with the text up to the next one.
fn quoted(cell: &str) -> Vec<(&str, &str)> {
    let parts: Vec<_> = cell.split('`').skip(1).collect();
    parts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

/// What stands between double quotes.
fn strings(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

/// The RFCs that have no row.
fn missing(rows: &[Row<'_>]) -> Vec<String> {
    let missing = MUST.iter().filter(|(number, _)| rows.iter().all(|row| row.rfc != *number));
    missing.map(|(number, what)| format!("RFC {number} ({what}) has no row")).collect()
}

/// What a row names and the files do not have.
fn faults(row: &Row<'_>, files: &Files) -> Vec<String> {
    let code = row.code.iter().filter_map(|code| code_fault(code, files));
    let tests = row.tests.iter().flat_map(|proof| test_faults(proof, files));
    code.chain(tests).map(|fault| format!("line {}: {fault}", row.line)).collect()
}

fn code_fault(code: &str, files: &Files) -> Option<String> {
    let Some((path, item)) = code.split_once("::") else {
        return Some(format!("`{code}` is not written path.rs::item"));
    };
    let Some(text) = files.get(&format!("src/{path}")) else {
        return Some(format!("there is no file src/{path}"));
    };
    let absent = item.split("::").find(|word| !code_lines(text).any(|line| has_word(line, word)))?;
    Some(format!("src/{path} has no {absent}"))
}

fn test_faults(proof: &Proof<'_>, files: &Files) -> Vec<String> {
    let Some(text) = files.values().find(|text| has_test(text, proof.test)) else {
        return vec![format!("no file below src/ or tests/ has a test `{}`", proof.test)];
    };
    let absent = proof.rows.iter().filter(|row| !text.contains(&format!("\"{row}\"")));
    absent.map(|row| format!("the test `{}` has no row \"{row}\"", proof.test)).collect()
}

/// The lines that are not comments as a whole.
fn code_lines(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|found| found == word)
}

/// True if a function of that name follows a `#[test]` or one of its relatives, with nothing between but attributes.
fn has_test(text: &str, name: &str) -> bool {
    let declaration = format!("fn {name}(");
    let mut lines = code_lines(text).rev().skip_while(|line| !line.contains(&declaration));
    lines.next().is_some_and(is_test_attribute)
        || lines.take_while(|line| line.starts_with("#[") || line.ends_with(")]")).any(is_test_attribute)
}

fn is_test_attribute(line: &str) -> bool {
    ["#[test]", "#[tokio::test"].iter().any(|attribute| line.contains(attribute))
}

const TEXT: &str = r#"
/// not_here is only in a comment
pub(crate) enum Treatment { TreatAsWithdraw }
impl Treatment { fn of() {} }
#[test]
fn proves() { for row in [("7.1 ORIGIN", 1)] {} }
#[tokio::test(start_paused = true)]
async fn proves_in_time() {}
fn helps() {}
"#;

#[test]
fn rows_are_held_against_the_files() {
    let files = Files::from([("src/wire/a.rs".to_owned(), TEXT.to_owned())]);
    for (name, row, want) in [
        ("all there", "| RFC 7606 7.1 | x | `wire/a.rs::Treatment::of` | `proves` \"7.1 ORIGIN\" |", None),
        (
            "several",
            "| RFC 1 | x | `wire/a.rs::of`, `wire/a.rs::Treatment` | `proves`, `proves_in_time` |",
            None,
        ),
        (
            "no file",
            "| RFC 1 | x | `wire/b.rs::of` | `proves` |",
            Some("line 3: there is no file src/wire/b.rs"),
        ),
        (
            "no item",
            "| RFC 1 | x | `wire/a.rs::Oven` | `proves` |",
            Some("line 3: src/wire/a.rs has no Oven"),
        ),
        ("only a comment", "| RFC 1 | x | `wire/a.rs::not_here` | `proves` |", Some("has no not_here")),
        ("no path", "| RFC 1 | x | `of` | `proves` |", Some("`of` is not written path.rs::item")),
        ("no test", "| RFC 1 | x | `wire/a.rs::of` | `proof` |", Some("has a test `proof`")),
        ("no test attribute", "| RFC 1 | x | `wire/a.rs::of` | `helps` |", Some("has a test `helps`")),
        (
            "no such row",
            "| RFC 1 | x | `wire/a.rs::of` | `proves` \"7.2\" |",
            Some("`proves` has no row \"7.2\""),
        ),
        ("a cell too few", "| RFC 1 | x | `wire/a.rs::of` |", Some("line 3: a row has four cells")),
        ("no test at all", "| RFC 1 | x | `wire/a.rs::of` | later |", Some("without text, code or test")),
        ("no RFC", "| draft 1 | x | `wire/a.rs::of` | `proves` |", Some("line 3: the first cell is `RFC`")),
    ] {
        let table = format!("| clause | asks | code | test |\n| --- | --- | --- | --- |\n{row}");
        let faults = match rows(&table) {
            Ok(rows) => rows.iter().flat_map(|row| faults(row, &files)).collect(),
            Err(faults) => faults,
        };
        match want {
            None => assert_eq!(faults, Vec::<String>::new(), "{name}"),
            Some(want) => assert!(faults.len() == 1 && faults[0].contains(want), "{name}: {faults:?}"),
        }
    }
}

#[test]
fn an_rfc_that_must_be_kept_and_has_no_row_is_named() {
    let row = Row { line: 1, rfc: 4271, code: Vec::new(), tests: Vec::new() };
    let missing = missing(&[row]);
    assert_eq!(missing.len(), MUST.len() - 1);
    assert_eq!(missing[0], "RFC 4760 (multiprotocol extensions) has no row");
}
