//! The attribute blocks of one owner, by their octets and by small numbers.

use super::{Attributes, prefix_table::hash_of};
use hashbrown::{HashMap, HashTable};
use std::{fmt, hint::black_box, num::NonZeroU32, ops::BitOr};

/// A block of an [`Interner`], as small as a table wants it. It means nothing to another interner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributesId(NonZeroU32);

/// Attribute blocks, each held once; a block that came before is not read again.
///
/// Routes hold a block by its number and are counted; the count belongs to one owner, so that it costs no atomic
/// operation. A block leaves once the last route with it has gone. Each look-up examines a few places of the table,
/// round and round, so that what has gone is freed at the pace of the UPDATEs, without a pause and without a timer.
///
/// `N` is what the owner notes once for all routes with the same block.
pub struct Interner<N = ()> {
    index: HashTable<Indexed>,
    blocks: Vec<Option<Block<N>>>,
    /// How many routes hold each block: apart from the blocks, because counting needs nothing else of them.
    routes: Vec<u32>,
    free: Vec<AttributesId>,
    /// The octets by which blocks came that are not the canonical ones.
    foreign_keys: HashMap<AttributesId, Box<[u8]>>,
    /// The place among the blocks that the next look-up examines.
    hand: usize,
    /// Places that are to be examined.
    due: usize,
}

/// A block in the index: with its hash, so that neither growing nor a search that fails has to look at the block.
#[derive(Clone, Copy)]
struct Indexed {
    hash: u32,
    id: AttributesId,
}

impl Indexed {
    fn new(hash: u64, id: AttributesId) -> Self {
        Self { hash: short(hash), id }
    }

    /// The hash of the index: all its bits depend on those that are kept.
    fn spread(self) -> u64 {
        spread(self.hash)
    }
}

/// As much of a hash as is kept.
fn short(hash: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
    let short = hash as u32;
    short
}

fn spread(short: u32) -> u64 {
    u64::from(short).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

struct Block<N> {
    attributes: Attributes,
    note: N,
}

impl<N> Interner<N> {
    /// Places examined for each look-up: the table is gone round once while half as many blocks as it has places come.
    const STEPS: usize = 2;
    /// Places that are examined together, so that the processor waits for the memory of several at once.
    const ROUND: usize = 64;
    /// Room that is kept whatever has gone, in blocks.
    const SMALLEST: usize = 64;

    /// The block that came as `key`, looked into only if it is not held already.
    ///
    /// `key` are octets that determine the outcome of `read` completely: the block as received, with the family, the
    /// next hop and the AS number width wherever these are not in it. `read` is given the attributes if the key is their
    /// canonical form.
    ///
    /// # Errors
    /// What `read` returns; a block that cannot be read is not remembered.
    pub fn intern<E>(
        &mut self,
        key: &[u8],
        read: impl FnOnce(Option<Attributes>) -> Result<(Attributes, N), E>,
    ) -> Result<AttributesId, E> {
        let hash = hash_of(key);
        self.examine(1);
        let same = |indexed: &Indexed| indexed.hash == short(hash) && self.key(indexed.id) == Some(key);
        if let Some(found) = self.index.find(spread(short(hash)), same) {
            return Ok(found.id);
        }
        let (attributes, note) = read(Attributes::of_canonical(key, hash))?;
        let foreign = (attributes.octets() != key).then(|| key.into());
        Ok(self.add(hash, foreign, attributes, note))
    }

    /// Has the counts of blocks in the cache that routes are about to let go.
    pub fn foresee_release(&self, held: impl Iterator<Item = AttributesId>) {
        black_box(held.filter_map(|id| self.routes.get(id.index())).fold(0, u32::bitor));
    }

    /// Has the places in the cache where attributes are looked up.
    pub fn foresee_look_up<'a>(&self, attributes: impl Iterator<Item = &'a Attributes>) {
        let hashes: Vec<u32> = attributes.map(|attributes| short(attributes.hash_of_octets())).collect();
        let same = |hash: &u32| self.index.find(spread(*hash), |indexed| indexed.hash == *hash);
        black_box(hashes.iter().filter_map(same).count());
    }

    /// The block of attributes that another owner has interned.
    ///
    /// Frees nothing, so that numbers hold until the owner [examines](Self::examine) places by itself.
    pub fn adopt(&mut self, attributes: &Attributes, note: impl FnOnce() -> N) -> AttributesId {
        let hash = attributes.hash_of_octets();
        let same = |indexed: &Indexed| {
            indexed.hash == short(hash)
                && self.block(indexed.id).is_some_and(|block| block.attributes == *attributes)
        };
        if let Some(found) = self.index.find(spread(short(hash)), same) {
            return found.id;
        }
        self.add(hash, None, attributes.clone(), note())
    }

    fn add(
        &mut self,
        hash: u64,
        foreign: Option<Box<[u8]>>,
        attributes: Attributes,
        note: N,
    ) -> AttributesId {
        let block = Some(Block { attributes, note });
        let id = if let Some(id) = self.free.pop() {
            if let Some(place) = self.blocks.get_mut(id.index()) {
                *place = block;
            }
            id
        } else {
            self.blocks.push(block);
            self.routes.push(0);
            AttributesId::of_last(self.blocks.len())
        };
        if let Some(key) = foreign {
            self.foreign_keys.insert(id, key);
        }
        let indexed = Indexed::new(hash, id);
        self.index.insert_unique(indexed.spread(), indexed, |indexed| indexed.spread());
        id
    }

    /// The attributes of a block; `None` if nobody holds it any more.
    pub fn attributes(&self, id: AttributesId) -> Option<&Attributes> {
        self.block(id).map(|block| &block.attributes)
    }

    /// What the owner noted for a block.
    pub fn note(&self, id: AttributesId) -> Option<&N> {
        self.block(id).map(|block| &block.note)
    }

    /// Counts routes that have come to hold a block.
    pub fn hold(&mut self, id: AttributesId, routes: u32) {
        if let Some(count) = self.routes.get_mut(id.index()) {
            *count += routes;
        }
    }

    /// Counts a route that holds a block no longer.
    pub fn release(&mut self, id: AttributesId) {
        if let Some(count) = self.routes.get_mut(id.index()) {
            *count = count.saturating_sub(1);
        }
    }

    /// The number of blocks held, those included that no route has any longer and no look-up has passed yet.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// True if no block is held.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Frees every block without a route at once, as after the loss of a session.
    pub fn sweep(&mut self) {
        let Self { index, blocks, routes, free, foreign_keys, .. } = self;
        // In their order, in which most of them lie in memory: in that of the index, each would be waited for.
        for (number, (place, held)) in (1..).zip(blocks.iter_mut().zip(&*routes)) {
            if *held == 0 && place.take().is_some() {
                let id = AttributesId::of_last(number);
                foreign_keys.remove(&id);
                free.push(id);
            }
        }
        index.retain(|Indexed { id, .. }| blocks.get(id.index()).is_some_and(Option::is_some));
        self.shrink();
    }

    fn block(&self, id: AttributesId) -> Option<&Block<N>> {
        self.blocks.get(id.index())?.as_ref()
    }

    fn key(&self, id: AttributesId) -> Option<&[u8]> {
        if !self.foreign_keys.is_empty()
            && let Some(key) = self.foreign_keys.get(&id)
        {
            return Some(key);
        }
        self.block(id).map(|block| block.attributes.octets())
    }

    /// Looks for blocks that have gone, at the pace of so many look-ups, once enough places are due.
    pub fn examine(&mut self, look_ups: usize) {
        self.due += look_ups * Self::STEPS;
        if self.due >= Self::ROUND {
            let due = std::mem::take(&mut self.due);
            self.free(due);
        }
    }

    /// Frees the blocks in the next places that no route has any longer.
    fn free(&mut self, places: usize) {
        let mut gone: Vec<(AttributesId, Attributes)> = Vec::new();
        for _ in 0..places {
            if self.hand >= self.blocks.len() {
                self.hand = 0;
                self.shrink();
            }
            if self.routes.get(self.hand) == Some(&0)
                && let Some(block) = self.blocks.get_mut(self.hand).and_then(Option::take)
            {
                gone.push((AttributesId::of_last(self.hand + 1), block.attributes));
            }
            self.hand += 1;
        }
        self.foresee_look_up(gone.iter().map(|(_, attributes)| attributes));
        for (id, attributes) in gone {
            self.forget(id, &attributes);
        }
    }

    /// Takes a block that is no more out of the index.
    fn forget(&mut self, id: AttributesId, attributes: &Attributes) {
        let foreign = self.foreign_keys.remove(&id);
        let hash = foreign.map_or_else(|| attributes.hash_of_octets(), |key| hash_of(&*key));
        if let Ok(found) = self.index.find_entry(spread(short(hash)), |indexed| indexed.id == id) {
            found.remove();
        }
        self.free.push(id);
    }

    /// Gives memory back once seven eighths of it are idle, which bounds both the waste and the moving about.
    fn shrink(&mut self) {
        let enough = (2 * self.index.len()).max(Self::SMALLEST);
        if self.index.capacity() > 4 * enough {
            self.index.shrink_to(enough, |indexed| indexed.spread());
        }
        if self.index.is_empty() && self.blocks.len() > Self::SMALLEST {
            (self.blocks, self.routes, self.free) = (Vec::new(), Vec::new(), Vec::new());
            self.foreign_keys = HashMap::new();
        }
    }
}

impl AttributesId {
    /// The number of the last of so many blocks.
    fn of_last(blocks: usize) -> Self {
        let number = u32::try_from(blocks).ok().and_then(NonZeroU32::new);
        // 2^32 blocks do not fit into the memory of any machine.
        Self(number.unwrap_or(NonZeroU32::MAX))
    }

    /// The number, from 0.
    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl<N> Default for Interner<N> {
    fn default() -> Self {
        Self {
            index: HashTable::new(),
            blocks: Vec::new(),
            routes: Vec::new(),
            free: Vec::new(),
            foreign_keys: HashMap::new(),
            hand: 0,
            due: 0,
        }
    }
}

impl<N> fmt::Debug for Interner<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interner").field("blocks", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rib::testing::attributes;
    use proptest::{collection::vec, prelude::*};
    use std::{collections::HashSet, convert::Infallible};

    fn intern(interner: &mut Interner, number: u32) -> AttributesId {
        let read = |canonical| {
            assert_eq!(canonical, None);
            Ok::<_, Infallible>((attributes(number), ()))
        };
        interner.intern(&number.to_be_bytes(), read).unwrap()
    }

    fn hold(interner: &mut Interner, number: u32) -> AttributesId {
        let id = intern(interner, number);
        interner.hold(id, 1);
        id
    }

    #[test]
    fn the_same_octets_are_read_once_whether_canonical_or_not() {
        let mut interner = Interner::<()>::default();
        let (held, stored) = (hold(&mut interner, 1), attributes(2));
        assert_eq!(interner.intern(&1u32.to_be_bytes(), |_| Err("read again")), Ok(held));
        let canonical = stored.octets();
        let read = |canonical: Option<Attributes>| {
            canonical.map(|canonical| (canonical, ())).ok_or("has to be read")
        };
        let id = interner.intern(canonical, read).unwrap();
        interner.hold(id, 1);
        assert!(interner.foreign_keys.len() == 1, "canonical octets are not kept twice");
        assert_eq!(interner.intern(canonical, |_| Err("read again")), Ok(id));
        assert_eq!(interner.attributes(id), Some(&stored));
    }

    #[test]
    fn what_another_owner_interned_is_adopted_once() {
        let mut interner = Interner::default();
        let id = interner.adopt(&attributes(1), || 7);
        interner.hold(id, 1);
        assert_eq!(interner.adopt(&attributes(1), || 8), id);
        assert_eq!(interner.note(id), Some(&7));
        assert_ne!(interner.adopt(&attributes(2), || 7), id);
    }

    #[test]
    fn a_block_that_cannot_be_read_is_not_remembered() {
        let mut interner = Interner::<()>::default();
        assert_eq!(interner.intern(b"bad", |_| Err("malformed")), Err("malformed"));
        assert!(interner.is_empty());
    }

    #[test]
    fn the_table_returns_to_what_routes_still_hold() {
        let mut interner = Interner::default();
        let held = hold(&mut interner, 0);
        let burst: Vec<_> = (1..10_000).map(|number| hold(&mut interner, number)).collect();
        assert_eq!(interner.len(), 10_000);
        for id in burst {
            interner.release(id);
        }
        // Nothing but look-ups of what is held: they free what is not.
        (0..20_000).for_each(|_| assert_eq!(intern(&mut interner, 0), held));
        assert_eq!(interner.len(), 1);
        assert!(interner.index.capacity() <= 4 * 2 * Interner::<()>::SMALLEST);
        interner.release(held);
        interner.sweep();
        assert!(interner.is_empty());
        assert_eq!(interner.blocks.capacity(), 0);
    }

    #[test]
    fn blocks_that_come_and_go_do_not_pile_up() {
        let mut interner = Interner::default();
        let mut most = 0;
        for number in 0..100_000 {
            intern(&mut interner, number);
            most = most.max(interner.len());
        }
        assert!(most <= 4 * Interner::<()>::SMALLEST, "{most} blocks");
        assert!(interner.blocks.len() <= 4 * Interner::<()>::SMALLEST, "numbers are used again");
    }

    proptest! {
        #[test]
        fn what_is_held_stays_interned(numbers in vec((0u32..50, any::<bool>()), 0..500)) {
            let mut interner = Interner::default();
            let mut held: Vec<(u32, AttributesId)> = Vec::new();
            for (number, release) in numbers {
                let block = hold(&mut interner, number);
                prop_assert_eq!(interner.attributes(block), Some(&attributes(number)));
                for (known, other) in &held {
                    prop_assert_eq!(*known == number, *other == block);
                }
                held.push((number, block));
                if release {
                    let gone = held.extract_if(.., |(known, _)| *known % 3 != number % 3);
                    gone.for_each(|(_, block)| interner.release(block));
                }
            }
            interner.sweep();
            prop_assert_eq!(interner.len(), held.iter().map(|(number, _)| number).collect::<HashSet<_>>().len());
        }
    }
}
