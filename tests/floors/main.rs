//! The architecture defends itself: every file of the package is read and held against the rules of the house.
//!
//! `table.rs` has the floors, `rules/` a file per group of rules, `source.rs` and `lexer.rs` read Rust well enough for them.

mod lexer;
mod rules;
mod source;
mod table;

use std::{
    fs,
    path::{Path, PathBuf},
};

use rules::Breach;
use source::Source;

#[test]
fn lower_floors_never_import_higher_ones() {
    hold(&["src"], rules::imports);
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    hold(&["src"], rules::cycles);
}

#[test]
fn nothing_on_floors_0_to_2_reads_a_clock_opens_a_socket_or_spawns_a_task() {
    hold(&["src"], rules::effects);
}

#[test]
fn every_channel_has_a_bound() {
    hold(&["src"], rules::unbounded);
}

#[test]
fn no_file_is_over_800_lines() {
    hold(EVERYWHERE, rules::length);
}

#[test]
fn nothing_is_left_for_later() {
    hold(EVERYWHERE, rules::unfinished);
}

#[test]
fn every_module_is_where_its_name_says() {
    hold(&["src"], rules::moved);
}

#[test]
fn file_names_say_what_is_in_the_file() {
    hold(EVERYWHERE, rules::file_names);
}

const EVERYWHERE: &[&str] = &["src", "tests", "benches", "examples", "fuzz/fuzz_targets"];

/// Reads all Rust files below the directories and fails with every line that breaks the rule.
fn hold(directories: &[&str], rule: fn(&[Source<'_>]) -> Vec<Breach>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files: Vec<_> = directories.iter().flat_map(|directory| rust_files(&root.join(directory))).collect();
    let texts: Vec<_> = files.iter().map(|file| (path_in_package(root, file), read(file))).collect();
    let sources: Vec<_> = texts.iter().map(|(path, text)| Source::read(path, text)).collect();
    assert!(!sources.is_empty(), "no Rust file below {directories:?}");
    let breaches = rule(&sources);
    let lines: Vec<_> = breaches.iter().map(|breach| format!("  {breach}")).collect();
    assert!(breaches.is_empty(), "{} line(s) break the rule:\n{}", lines.len(), lines.join("\n"));
}

/// In the order of their names; a directory that does not exist has none.
fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> =
        fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    let of = |path: PathBuf| match path.extension() {
        Some(extension) if extension == "rs" => vec![path],
        _ if path.is_dir() => rust_files(&path),
        _ => Vec::new(),
    };
    entries.into_iter().flat_map(of).collect()
}

fn path_in_package(root: &Path, file: &Path) -> String {
    let parts = file.strip_prefix(root).unwrap_or(file).iter();
    parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
