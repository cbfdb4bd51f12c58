//! Where the code of others comes from: `Cargo.lock` and `deny.toml`, judged without a network.

use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

/// The lock files: of the package, and of its fuzz targets.
const LOCKS: [&str; 2] = ["Cargo.lock", "fuzz/Cargo.lock"];

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    /// Absent for the packages of this repository.
    source: Option<String>,
    checksum: Option<String>,
}

#[derive(Deserialize)]
struct Deny {
    bans: Bans,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<String>,
    skip: Vec<Skip>,
}

/// A version of a crate that may stand beside another one.
#[derive(Deserialize)]
struct Skip {
    /// `name@version`.
    #[serde(rename = "crate")]
    package: String,
    reason: String,
}

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn lock(path: &str) -> Vec<Package> {
    let lock: Lock = toml::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(lock.package.len() > 10, "{path} names only {} packages", lock.package.len());
    lock.package
}

fn bans() -> Bans {
    let deny: Deny = toml::from_str(&text("deny.toml")).unwrap_or_else(|error| panic!("deny.toml: {error}"));
    deny.bans
}

#[test]
fn every_package_is_of_one_registry_and_has_a_checksum() {
    for path in LOCKS {
        let packages = lock(path);
        let own: Vec<_> = packages.iter().filter(|package| package.source.is_none()).collect();
        assert!(
            own.iter().all(|package| package.name.starts_with("msee")),
            "{path}: a path outside this repository"
        );
        let others = packages.iter().filter(|package| package.source.is_some());
        for package in others {
            let Package { name, version, source, checksum } = package;
            let source = source.as_deref().unwrap_or_default();
            assert!(source.starts_with("registry+"), "{path}: {name} {version} comes from {source}");
            let whole = checksum.as_ref().is_some_and(|checksum| checksum.len() == 64);
            assert!(whole, "{path}: {name} {version} has no checksum");
        }
        let registries: BTreeSet<_> = packages.iter().filter_map(|package| package.source.as_ref()).collect();
        assert_eq!(registries.len(), 1, "{path}: {registries:?}");
    }
}

#[test]
fn no_package_is_one_that_deny_toml_bans() {
    let banned = bans().deny;
    for path in LOCKS {
        for package in lock(path) {
            assert!(!banned.contains(&package.name), "{path}: {} is banned", package.name);
        }
    }
}

#[test]
fn a_second_version_of_a_crate_has_a_reason() {
    let skipped = bans().skip;
    assert!(skipped.iter().all(|skip| !skip.reason.is_empty()));
    let skipped: BTreeSet<String> = skipped.into_iter().map(|skip| skip.package).collect();
    let mut needed = BTreeSet::new();
    for path in LOCKS {
        let mut versions = BTreeMap::<String, BTreeSet<String>>::new();
        for package in lock(path) {
            versions.entry(package.name).or_default().insert(package.version);
        }
        for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
            let (old, new): (Vec<_>, Vec<_>) = versions
                .iter()
                .map(|version| format!("{name}@{version}"))
                .partition(|of| skipped.contains(of));
            assert_eq!(new.len(), 1, "{path}: {new:?}; give a reason under [bans] skip in deny.toml");
            needed.extend(old);
        }
    }
    assert_eq!(skipped, needed, "deny.toml skips what is not there");
}

#[test]
fn the_lock_file_fits_the_manifest() {
    let metadata = ["metadata", "--format-version", "1", "--locked", "--offline", "--no-deps"];
    let checked = Command::new(env!("CARGO")).args(metadata).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let checked = checked.unwrap_or_else(|error| panic!("cargo: {error}"));
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
