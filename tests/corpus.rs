//! Replays the corpus of the fuzz targets, so that what a fuzzer once found stays fixed without a nightly compiler.

#[expect(unreachable_pub, reason = "a library for the fuzz targets, a module here")]
#[path = "../fuzz/src/lib.rs"]
mod decoders;

use std::{fs, path::Path};

/// Takes an input in every way, and panics if something does not hold.
type Survive = fn(&[u8]);

#[test]
fn every_input_of_the_corpus_is_survived() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let targets = [
        ("message", decoders::message as Survive),
        ("open", decoders::open),
        ("update", decoders::update),
        ("attributes", decoders::attributes),
        ("notification", decoders::notification),
        ("route_refresh", decoders::route_refresh),
        ("fib", decoders::fib),
    ];
    for (target, survive) in targets {
        let inputs: Vec<_> =
            fs::read_dir(corpus.join(target)).unwrap().map(|input| input.unwrap().path()).collect();
        assert!(!inputs.is_empty(), "{target} has no corpus");
        for input in inputs {
            println!("{}", input.display());
            survive(&fs::read(&input).unwrap());
        }
    }
}
