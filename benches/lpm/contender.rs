//! What is measured: something that looks addresses up.

use super::family::Family;
use msee::fib::{Fib, FibReader, NextHopId};

/// A filled table.
pub(crate) trait Contender<F: Family> {
    fn name(&self) -> &'static str;

    /// Octets of the whole table, if they are known.
    fn octets(&self) -> Option<usize>;

    /// Brings the addresses into the form that it takes; not measured.
    fn prepare(&mut self, addresses: &[F]);

    /// Looks all of them up.
    fn look_up(&mut self, addresses: &[F]);

    /// The answers to the last question, 0 where there is no route.
    fn answers(&self) -> Vec<u32>;
}

/// The forwarding table, in batches.
pub(crate) struct Batches<F: Family> {
    reader: FibReader<F>,
    octets: usize,
    next_hops: Vec<Option<NextHopId>>,
}

impl<F: Family> Batches<F> {
    pub(crate) fn new(fib: &Fib<F>) -> Self {
        Self { reader: fib.reader(), octets: fib.statistics().lookup_octets, next_hops: Vec::new() }
    }
}

impl<F: Family> Contender<F> for Batches<F> {
    fn name(&self) -> &'static str {
        "msee, lookup_batch"
    }

    fn octets(&self) -> Option<usize> {
        Some(self.octets)
    }

    fn prepare(&mut self, addresses: &[F]) {
        self.next_hops = vec![None; addresses.len()];
    }

    fn look_up(&mut self, addresses: &[F]) {
        self.reader.lookup_batch(addresses, &mut self.next_hops);
    }

    fn answers(&self) -> Vec<u32> {
        self.next_hops.iter().map(|next_hop| next_hop.map_or(0, NextHopId::get)).collect()
    }
}

/// The forwarding table, an address at a time.
pub(crate) struct Singles<F: Family> {
    reader: FibReader<F>,
    octets: usize,
    next_hops: Vec<Option<NextHopId>>,
}

impl<F: Family> Singles<F> {
    pub(crate) fn new(fib: &Fib<F>) -> Self {
        Self { reader: fib.reader(), octets: fib.statistics().octets, next_hops: Vec::new() }
    }
}

impl<F: Family> Contender<F> for Singles<F> {
    fn name(&self) -> &'static str {
        "msee, lookup"
    }

    /// With the writer's side.
    fn octets(&self) -> Option<usize> {
        Some(self.octets)
    }

    fn prepare(&mut self, addresses: &[F]) {
        self.next_hops = vec![None; addresses.len()];
    }

    fn look_up(&mut self, addresses: &[F]) {
        for (address, next_hop) in addresses.iter().zip(&mut self.next_hops) {
            *next_hop = self.reader.lookup(*address);
        }
    }

    fn answers(&self) -> Vec<u32> {
        self.next_hops.iter().map(|next_hop| next_hop.map_or(0, NextHopId::get)).collect()
    }
}
