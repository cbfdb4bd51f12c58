//! Every package that is built has a licence of `deny.toml`. Needs cargo and its downloaded crates, no network.

use std::{error::Error, fs, path::Path, process::Command};

use serde::Deserialize;

/// What `cargo metadata` says, as far as it matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    /// An SPDX expression, as the package's author wrote it.
    license: Option<String>,
}

/// `deny.toml`, the only place where the permitted licences stand.
#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[test]
fn every_dependency_has_a_permissive_licence() -> Result<(), Box<dyn Error>> {
    let deny: Deny = toml::from_str(&fs::read_to_string(in_package("deny.toml"))?)?;
    let metadata = cargo(&["metadata", "--format-version", "1", "--offline", "--filter-platform", &host()?])?;
    let packages = serde_json::from_str::<Metadata>(&metadata)?.packages;
    assert!(packages.len() > 10, "cargo metadata names only {} packages", packages.len());
    let refused: Vec<_> =
        packages.iter().filter_map(|package| refusal(package, &deny.licenses.allow)).collect();
    assert!(refused.is_empty(), "licences that deny.toml does not allow:\n  {}", refused.join("\n  "));
    Ok(())
}

/// Why a package may not be built, if so.
fn refusal(package: &Package, allowed: &[String]) -> Option<String> {
    let Package { name, version, license } = package;
    let expression = license.as_deref().unwrap_or_default();
    match satisfied(expression, allowed) {
        Ok(true) => None,
        Ok(false) => Some(format!("{name} {version}: {expression} is not permitted")),
        Err(cause) => Some(format!("{name} {version}: {expression:?} is no licence expression: {cause}")),
    }
}

/// The platform that is tested: crates of other platforms need not be downloaded.
fn host() -> Result<String, Box<dyn Error>> {
    let version = cargo(&["-vV"])?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("cargo -vV names no host")?.to_owned())
}

fn cargo(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(in_package("")).output()?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo {}: {complaint}", arguments.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn in_package(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// True if the allowed licences satisfy an SPDX expression: `OR`, `AND`, `WITH`, brackets, and the old `/` for `OR`.
///
/// Source: SPDX specification, annex "SPDX license expressions"; `WITH` binds tightest, then `AND`, then `OR`.
fn satisfied(expression: &str, allowed: &[String]) -> Result<bool, String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words: Vec<_> = spaced.split_whitespace().rev().collect();
    let verdict = any(&mut words, allowed)?;
    match words.pop() {
        None => Ok(verdict),
        Some(word) => Err(format!("unexpected {word:?}")),
    }
}

/// `words` is reversed: the next one is the last.
fn any(words: &mut Vec<&str>, allowed: &[String]) -> Result<bool, String> {
    let mut verdict = all(words, allowed)?;
    while words.pop_if(|word| *word == "OR").is_some() {
        verdict |= all(words, allowed)?;
    }
    Ok(verdict)
}

fn all(words: &mut Vec<&str>, allowed: &[String]) -> Result<bool, String> {
    let mut verdict = one(words, allowed)?;
    while words.pop_if(|word| *word == "AND").is_some() {
        verdict &= one(words, allowed)?;
    }
    Ok(verdict)
}

fn one(words: &mut Vec<&str>, allowed: &[String]) -> Result<bool, String> {
    match words.pop() {
        Some("(") => {
            let verdict = any(words, allowed)?;
            words
                .pop_if(|word| *word == ")")
                .map(|_| verdict)
                .ok_or_else(|| "a bracket is not closed".to_owned())
        }
        None | Some(")" | "OR" | "AND" | "WITH") => Err("a licence is missing".to_owned()),
        Some(licence) if words.pop_if(|word| *word == "WITH").is_some() => {
            let exception = words.pop().ok_or("an exception is missing")?;
            // An exception only permits more, so the licence alone satisfies it too.
            Ok([licence.to_owned(), format!("{licence} WITH {exception}")]
                .iter()
                .any(|name| allowed.contains(name)))
        }
        Some(licence) => Ok(allowed.iter().any(|name| name == licence)),
    }
}

#[test]
fn licence_expressions_are_judged() {
    let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"].map(str::to_owned);
    for (expression, want) in [
        ("MIT", Ok(true)),
        ("GPL-3.0-only", Ok(false)),
        ("GPL-2.0-only OR MIT", Ok(true)),
        ("GPL-2.0-only AND MIT", Ok(false)),
        ("MIT/Apache-2.0", Ok(true)),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", Ok(true)),
        ("(MIT OR Apache-2.0) AND MPL-2.0", Ok(false)),
        ("MPL-2.0 AND MPL-2.0 OR MIT", Ok(true)),
        ("MIT OR MPL-2.0 AND MPL-2.0", Ok(true)),
        ("Apache-2.0 WITH LLVM-exception", Ok(true)),
        ("GPL-2.0-only WITH Classpath-exception-2.0", Ok(false)),
        ("", Err("a licence is missing")),
        ("MIT OR", Err("a licence is missing")),
        ("(MIT", Err("a bracket is not closed")),
        ("MIT Apache-2.0", Err("unexpected \"Apache-2.0\"")),
    ] {
        assert_eq!(satisfied(expression, &allowed), want.map_err(str::to_owned), "{expression}");
    }
}

#[test]
fn a_package_that_is_refused_is_named() {
    let package = |license: Option<&str>| Package {
        name: "readline".to_owned(),
        version: "1.2.3".to_owned(),
        license: license.map(str::to_owned),
    };
    for (license, want) in [
        (Some("MIT"), None),
        (Some("GPL-3.0-only"), Some("readline 1.2.3: GPL-3.0-only is not permitted")),
        (None, Some("readline 1.2.3: \"\" is no licence expression: a licence is missing")),
    ] {
        assert_eq!(refusal(&package(license), &["MIT".to_owned()]).as_deref(), want, "{license:?}");
    }
}

#[test]
fn the_licences_of_the_package_itself_are_there() {
    for (file, begins) in [("LICENSE-APACHE", "Apache License"), ("LICENSE-MIT", "MIT License")] {
        let text = fs::read_to_string(in_package(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.trim_start().starts_with(begins), "{file} does not begin with {begins:?}");
    }
}
