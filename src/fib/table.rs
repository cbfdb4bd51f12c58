//! What a published table is to the reader and to the writer.

use super::{
    Address, NextHopId,
    epoch::Epoch,
    pool::Full,
    store::{Range, Store},
};
use std::fmt::Debug;

/// A table with its epoch, as readers hold it.
#[derive(Debug)]
pub(super) struct Published<T> {
    pub(super) epoch: Epoch,
    pub(super) table: T,
}

impl<T> Published<T> {
    pub(super) fn new(table: T) -> Self {
        Self { epoch: Epoch::new(), table }
    }
}

/// A structure that answers look-ups while one writer changes it.
///
/// Readers may be asked for answers at any moment, in between any two stores of the writer; what they find is the
/// table's answer if the [`Epoch`] stands, and any number otherwise. They never panic.
pub trait Table<A>: Debug + Send + Sync + Sized + 'static {
    /// What the writer alone knows.
    type Keeper: Debug + Send + Sync;

    /// The table for the prefixes of the store.
    fn build(store: &Store<A>) -> (Self, Self::Keeper)
    where
        A: Address;

    /// Brings the table to what the store now says of a prefix, and advances its epoch before memory is used again.
    ///
    /// # Errors
    /// There is no room, or another shape would serve the number of prefixes better: it has to be built anew.
    fn update(
        &self,
        epoch: &Epoch,
        keeper: &mut Self::Keeper,
        store: &Store<A>,
        changed: Range<A>,
    ) -> Result<(), Full>
    where
        A: Address;

    /// The next hop for an address, 0 if there is none.
    fn lookup(&self, address: A) -> u32;

    /// The next hops for as many addresses as both slices have.
    fn lookup_batch(&self, addresses: &[A], next_hops: &mut [Option<NextHopId>]);

    /// Octets of what readers search, as far as it has been in use.
    fn octets(&self, keeper: &Self::Keeper) -> usize;

    /// Octets of what the writer keeps.
    fn keeper_octets(keeper: &Self::Keeper) -> usize;
}
