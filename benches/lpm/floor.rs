//! What a plain loop reaches without a table: as many random loads as a look-up of an IPv4 address makes.

use super::{ADDRESSES, ROUNDS, median, per_second, time};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use std::hint::black_box;

/// What the first cache holds, and as much as the IPv4 table of the Internet takes, to the next power of two.
const SIZES: [usize; 2] = [32 << 10, 8 << 20];

/// Prints how many addresses a second one load, and one that depends on another, would answer.
pub(crate) fn print() {
    println!("random loads: million addresses a second");
    println!("{:<24} {:>20} {:>20}", "memory", "one load", "a load after a load");
    let mut random = SmallRng::seed_from_u64(65515);
    let starts: Vec<u32> = (0..ADDRESSES).map(|_| random.random()).collect();
    for octets in SIZES {
        let memory: Vec<u32> = (0..octets / size_of::<u32>()).map(|_| random.random()).collect();
        // The length is a power of two, so that the mask is all that stands between two loads.
        let load = |at: u32| memory[at as usize & (memory.len() - 1)];
        let one = rate(|| starts.iter().fold(0, |sum: u32, at| sum.wrapping_add(load(*at))));
        let two = rate(|| starts.iter().fold(0, |sum: u32, at| sum.wrapping_add(load(load(*at)))));
        println!("{:<24} {one:>20.0} {two:>20.0}", format!("{} KiB", octets >> 10));
    }
    println!();
}

/// Million addresses a second, the median of all rounds.
fn rate(walk: impl Fn() -> u32) -> f64 {
    let times = (0..ROUNDS).map(|_| {
        time(|| {
            black_box(walk());
        })
    });
    per_second(ADDRESSES, median(times.collect())) / 1e6
}
