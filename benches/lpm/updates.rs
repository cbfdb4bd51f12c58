//! How fast the table takes changes, alone and under a reader.

use super::{
    family::{Family, next_hop, other_next_hop},
    per_second,
    streams::Stream,
    time,
};
use msee::fib::{Fib, NextHopId};
use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};
use std::{
    fmt,
    hint::black_box,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Measures a table that was loaded in order in the time given.
pub(crate) fn measure<F: Family>(prefixes: &[F::Route], mut fib: Fib<F>, sorted: Duration) {
    let mut shuffled = prefixes.to_vec();
    shuffled.shuffle(&mut SmallRng::seed_from_u64(179));
    let mut other = Fib::<F>::new();
    let unsorted =
        time(|| other.apply(shuffled.iter().map(|prefix| (*prefix, Some(next_hop::<F>(*prefix))))));
    drop(other);
    println!(
        "{} load: sorted {:.3} s, in any order {:.3} s",
        F::NAME,
        sorted.as_secs_f64(),
        unsorted.as_secs_f64()
    );

    let changes = changes::<F>(&shuffled);
    let rate = |took: Duration| per_second(changes.len(), took) / 1e6;
    for how in How::ALL {
        let took = time(|| churn(&mut fib, &changes, how));
        println!("{} updates alone, {how}: {:.2} million a second", F::NAME, rate(took));
    }

    let addresses: Vec<F> = Stream::Zipf.draw(prefixes, 1 << 16);
    let reader = fib.reader();
    let (stop, looked_up) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (mut quiet, mut busy) = ((0, Duration::ZERO), Vec::new());
    thread::scope(|scope| {
        let (stop, looked_up, addresses) = (&stop, &looked_up, &addresses);
        scope.spawn(move || {
            let mut next_hops = vec![None; addresses.len()];
            while !stop.load(Ordering::Relaxed) {
                reader.lookup_batch(addresses, &mut next_hops);
                looked_up.fetch_add(addresses.len(), Ordering::Relaxed);
            }
        });
        let during = |work: &mut dyn FnMut()| {
            let before = looked_up.load(Ordering::Relaxed);
            let took = time(work);
            (looked_up.load(Ordering::Relaxed) - before, took)
        };
        // Processors share clock and cores: the fair comparison is with another thread that works on something else.
        quiet = during(&mut || spin(Duration::from_secs(1)));
        busy.extend(How::ALL.map(|how| (how, during(&mut || churn(&mut fib, &changes, how)))));
        stop.store(true, Ordering::Relaxed);
    });
    for (how, (looked_up, took)) in busy {
        println!(
            "{} updates beside a reader, {how}: {:.2} million a second; the reader {:.0} million look-ups a second, \
             beside a thread that only counts {:.0}",
            F::NAME,
            rate(took),
            per_second(looked_up, took) / 1e6,
            per_second(quiet.0, quiet.1) / 1e6,
        );
    }
    let statistics = fib.statistics();
    #[expect(clippy::cast_precision_loss, reason = "octets of memory")]
    let per_prefix = |octets: usize| octets as f64 / prefixes.len() as f64;
    println!(
        "{} after that: {:.1} octets per prefix for look-ups, {:.1} with the writer's side",
        F::NAME,
        per_prefix(statistics.lookup_octets),
        per_prefix(statistics.octets),
    );
}

/// Keeps a processor busy without memory.
fn spin(long: Duration) {
    let start = Instant::now();
    let mut count = 0_u64;
    while start.elapsed() < long {
        for _ in 0..1_000 {
            count = black_box(count + 1);
        }
    }
}

/// How changes are made.
#[derive(Clone, Copy)]
enum How {
    OneByOne,
    /// As those of a few UPDATEs that were read at once.
    InBatches,
}

impl How {
    const ALL: [Self; 2] = [Self::OneByOne, Self::InBatches];
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneByOne => f.write_str("one by one"),
            Self::InBatches => write!(f, "in batches of {BATCH}"),
        }
    }
}

const BATCH: usize = 256;

fn churn<F: Family>(fib: &mut Fib<F>, changes: &[(F::Route, Option<NextHopId>)], how: How) {
    match how {
        How::OneByOne => {
            for (prefix, next_hop) in changes {
                match next_hop {
                    Some(next_hop) => fib.insert(*prefix, *next_hop),
                    None => fib.remove(*prefix),
                };
            }
        }
        How::InBatches => changes.chunks(BATCH).for_each(|batch| fib.apply(batch.iter().copied())),
    }
}

/// Half of the prefixes change their next hop and change it back, half are withdrawn and announced again.
fn changes<F: Family>(shuffled: &[F::Route]) -> Vec<(F::Route, Option<NextHopId>)> {
    let others = [|prefix| Some(other_next_hop::<F>(prefix)), |_| None];
    let pairs = shuffled.iter().zip(others.into_iter().cycle());
    pairs
        .flat_map(|(prefix, other)| [(*prefix, other(*prefix)), (*prefix, Some(next_hop::<F>(*prefix)))])
        .collect()
}
