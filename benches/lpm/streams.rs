//! The addresses that are looked up.

use super::family::Family;
use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// How addresses are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Uniformly: IPv4 from all addresses, IPv6 from 2000::/3.
    Random,
    /// A uniformly chosen prefix of the table with random host bits.
    Covered,
    /// 65,536 covered addresses, the n-th most popular one in proportion to 1/n.
    Zipf,
}

impl Stream {
    pub(crate) const ALL: [Self; 3] = [Self::Random, Self::Covered, Self::Zipf];

    /// Draws `count` addresses, always the same ones.
    pub(crate) fn draw<F: Family>(self, prefixes: &[F::Route], count: usize) -> Vec<F> {
        let mut random = SmallRng::seed_from_u64(65515);
        let covered =
            |random: &mut SmallRng| F::inside(prefixes[random.random_range(0..prefixes.len())], random);
        match self {
            Self::Random => (0..count).map(|_| F::anywhere(&mut random)).collect(),
            Self::Covered => (0..count).map(|_| covered(&mut random)).collect(),
            Self::Zipf => {
                let popular: Vec<F> = (0..1 << 16).map(|_| covered(&mut random)).collect();
                let mut sums = Vec::with_capacity(popular.len());
                let mut sum = 0.0;
                for rank in 1..=popular.len() {
                    #[expect(clippy::cast_precision_loss, reason = "ranks are below 2^17")]
                    let weight = 1.0 / rank as f64;
                    sum += weight;
                    sums.push(sum);
                }
                let mut draw = || {
                    let at = random.random::<f64>() * sum;
                    popular[sums.partition_point(|sum| *sum <= at).min(popular.len() - 1)]
                };
                (0..count).map(|_| draw()).collect()
            }
        }
    }
}
