//! The fuzz targets without a fuzzer: the corpus as it is, and what a generator with fixed seeds makes of it, so that what
//! was found once stays fixed, and a decoder that was changed is tried, without a nightly compiler.
//!
//! `MSEE_FUZZ_ITERATIONS` says how many inputs are made for each target.

#[expect(unreachable_pub, reason = "a library for the fuzz targets, a module here")]
#[path = "../fuzz/src/lib.rs"]
mod decoders;

use decoders::TARGETS;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    collections::BTreeSet,
    env, fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    time::Instant,
};

/// Inputs made for each target: a few seconds without optimization.
const ITERATIONS: u64 = 5_000;
/// Targets whose inputs take that many times as long as most: whole forwarding tables and RIBs are built.
const SLOW: &[(&str, u64)] = &[("fib", 200), ("rib", 5)];
/// Octets of the longest input that is made.
const LONGEST: usize = 20_000;
/// Values that lengths, counts and types go wrong at.
const BOUNDARIES: &[u8] =
    &[0, 1, 2, 3, 4, 15, 16, 18, 19, 23, 31, 32, 33, 64, 127, 128, 129, 240, 253, 254, 255];

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The inputs of a target's corpus, in the order of their names.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let directory = fuzz().join("corpus").join(target);
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut inputs: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    inputs.sort();
    let read = |path: PathBuf| {
        let input = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, input)
    };
    inputs.into_iter().map(read).collect()
}

#[test]
fn every_input_of_the_corpus_is_survived() {
    for (target, survive) in TARGETS {
        let inputs = corpus(target);
        assert!(!inputs.is_empty(), "{target} has no corpus");
        for (path, input) in inputs {
            println!("{}", path.display());
            survive(&input);
        }
    }
}

#[test]
fn what_is_made_of_the_corpus_is_survived() {
    let iterations =
        env::var("MSEE_FUZZ_ITERATIONS").ok().map_or(ITERATIONS, |number| number.parse().unwrap());
    for (target, survive) in TARGETS {
        let inputs: Vec<_> = corpus(target).into_iter().map(|(_, input)| input).collect();
        let slow = SLOW.iter().find(|(slow, _)| slow == target).map_or(1, |(_, times)| *times);
        let (iterations, began) = (iterations / slow, Instant::now());
        for seed in 0..iterations {
            let input = made_of(&inputs, &mut StdRng::seed_from_u64(seed));
            let survived = panic::catch_unwind(AssertUnwindSafe(|| survive(&input)));
            assert!(survived.is_ok(), "{target} does not survive {seed}: {input:02x?}");
        }
        println!("{target}: {iterations} inputs in {:.1?}", began.elapsed());
    }
}

#[test]
fn every_target_has_its_file_its_binary_and_its_corpus() {
    let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let listed = |directory: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(fuzz().join(directory)).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed("fuzz_targets"), names);
    assert_eq!(listed("corpus"), names);
    let manifest: toml::Table = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap().parse().unwrap();
    let binaries =
        manifest["bin"].as_array().unwrap().iter().map(|binary| binary["name"].as_str().unwrap().to_owned());
    assert_eq!(binaries.collect::<BTreeSet<_>>(), names);
}

/// An input of the corpus, changed in one to eight places.
fn made_of(corpus: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
    let mut input = corpus[random.random_range(..corpus.len())].clone();
    for _ in 0..random.random_range(1..=8) {
        change(&mut input, corpus, random);
    }
    input.truncate(LONGEST);
    input
}

fn change(input: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut StdRng) {
    let at = random.random_range(..=input.len());
    let until = at + random.random_range(..=(input.len() - at).min(32));
    match random.random_range(..9_u8) {
        0 => input.insert(at, random.random()),
        1 => drop(input.drain(at..until)),
        2 => {
            let again = input[at..until].to_vec();
            drop(input.splice(at..at, again));
        }
        3 => {
            let other = &corpus[random.random_range(..corpus.len())];
            let from = random.random_range(..=other.len());
            let to = from + random.random_range(..=(other.len() - from).min(200));
            drop(input.splice(at..until, other[from..to].iter().copied()));
        }
        4 => input.truncate(at),
        5 => input[at..until].fill_with(|| random.random()),
        6 => input[at..until].reverse(),
        what => {
            if let Some(octet) = input.get_mut(at) {
                *octet = match what {
                    7 => *octet ^ 1 << random.random_range(..8_u8),
                    _ => BOUNDARIES[random.random_range(..BOUNDARIES.len())],
                };
            }
        }
    }
}
