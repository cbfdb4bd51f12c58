//! Path attributes that many routes share, and the table that finds them by their octets.

use crate::wire::PathAttributes;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::{
    fmt,
    hash::{BuildHasher, Hash, Hasher},
    ops::Deref,
    sync::LazyLock,
};
use triomphe::Arc;

/// Seeded once for the process: hashes are comparable everywhere in it, and no peer can foresee them.
static HASHER: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);

/// Path attributes behind a shared pointer: one word, cheap to clone, compare and hash.
///
/// Equal means equal attributes. Handles from one [`Interner`] are as a rule equal by pointer, and unequal ones differ
/// in their hash, so that hardly a comparison looks at the attributes themselves.
#[derive(Clone)]
pub struct Attributes(Arc<Hashed>);

struct Hashed {
    hash: u64,
    attributes: PathAttributes,
}

impl Attributes {
    /// True if both handles point to the same block in memory.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// True if nobody else holds these attributes, and so nobody can come to hold them meanwhile.
    fn is_unique(&self) -> bool {
        self.0.is_unique()
    }
}

impl From<PathAttributes> for Attributes {
    fn from(attributes: PathAttributes) -> Self {
        Self(Arc::new(Hashed { hash: HASHER.hash_one(&attributes), attributes }))
    }
}

impl Deref for Attributes {
    type Target = PathAttributes;

    fn deref(&self) -> &PathAttributes {
        &self.0.attributes
    }
}

impl PartialEq for Attributes {
    fn eq(&self, other: &Self) -> bool {
        self.ptr_eq(other) || (self.0.hash == other.0.hash && **self == **other)
    }
}

impl Eq for Attributes {}

impl Hash for Attributes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PathAttributes::fmt(self, f)
    }
}

/// Attribute blocks by their octets: a block that came before is not parsed again.
///
/// A block leaves once the last route with it has gone. Each look-up examines a few places of the table, round and
/// round, so that what has gone is freed at the pace of the UPDATEs, without a pause and without a timer.
#[derive(Default)]
pub struct Interner {
    blocks: HashTable<Block>,
    /// The place that the next look-up examines.
    hand: usize,
}

struct Block {
    hash: u64,
    key: Box<[u8]>,
    attributes: Attributes,
}

impl Interner {
    /// Places examined for each look-up: the table is gone round once while half as many blocks as it has places come.
    const STEPS: usize = 2;
    /// Room that is kept whatever has gone, in blocks.
    const SMALLEST: usize = 64;

    /// The attributes of a block, parsed only if no route has this block already.
    ///
    /// `key` are octets that determine the outcome of `parse` completely: the block as received, with the family, the
    /// next hop and the AS number width wherever these are not in it.
    ///
    /// # Errors
    /// What `parse` returns; a block that does not parse is not remembered.
    pub fn intern<E>(
        &mut self,
        key: &[u8],
        parse: impl FnOnce() -> Result<PathAttributes, E>,
    ) -> Result<Attributes, E> {
        let hash = HASHER.hash_one(key);
        self.examine(Self::STEPS);
        if let Some(block) = self.blocks.find(hash, |block| block.hash == hash && *block.key == *key) {
            return Ok(block.attributes.clone());
        }
        let attributes = Attributes::from(parse()?);
        let block = Block { hash, key: key.into(), attributes: attributes.clone() };
        self.blocks.insert_unique(hash, block, |block| block.hash);
        Ok(attributes)
    }

    /// The number of blocks held, those included that no route has any longer and no look-up has passed yet.
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// True if no block is held.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Frees every block without a route at once, as after the loss of a session.
    pub fn sweep(&mut self) {
        self.blocks.retain(|block| !block.attributes.is_unique());
        self.shrink();
    }

    fn examine(&mut self, places: usize) {
        for _ in 0..places {
            if self.hand >= self.blocks.num_buckets() {
                self.hand = 0;
                self.shrink();
            }
            if let Ok(place) = self.blocks.get_bucket_entry(self.hand)
                && place.get().attributes.is_unique()
            {
                place.remove();
            }
            self.hand += 1;
        }
    }

    /// Gives memory back once seven eighths of it are idle, which bounds both the waste and the moving about.
    fn shrink(&mut self) {
        let enough = (2 * self.blocks.len()).max(Self::SMALLEST);
        if self.blocks.capacity() > 4 * enough {
            self.blocks.shrink_to(enough, |block| block.hash);
        }
    }
}

impl fmt::Debug for Interner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interner").field("blocks", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rib::testing::{attributes, path_attributes};
    use proptest::{collection::vec, prelude::*};
    use std::{collections::HashSet, convert::Infallible};

    fn intern(interner: &mut Interner, number: u32) -> Attributes {
        let parse = || Ok::<_, Infallible>(path_attributes(number));
        interner.intern(&number.to_be_bytes(), parse).unwrap()
    }

    #[test]
    fn equal_means_equal_attributes_whoever_made_them() {
        let (one, same, other) = (attributes(1), attributes(1), attributes(2));
        assert!(!one.ptr_eq(&same) && one.ptr_eq(&one.clone()));
        assert_eq!(one, same);
        assert_ne!(one, other);
        assert_eq!(HashSet::from([one, same, other]).len(), 2);
        assert_eq!(size_of::<Option<Attributes>>(), size_of::<usize>());
    }

    #[test]
    fn the_same_octets_are_parsed_once() {
        let mut interner = Interner::default();
        let first = intern(&mut interner, 1);
        let again = interner.intern(&1u32.to_be_bytes(), || Err("parsed again"));
        assert!(again.unwrap().ptr_eq(&first));
    }

    #[test]
    fn a_block_that_does_not_parse_is_not_remembered() {
        let mut interner = Interner::default();
        assert_eq!(interner.intern(b"bad", || Err("malformed")), Err("malformed"));
        assert!(interner.is_empty());
    }

    #[test]
    fn the_table_returns_to_what_routes_still_hold() {
        let mut interner = Interner::default();
        let held = intern(&mut interner, 0);
        let burst: Vec<_> = (1..10_000).map(|number| intern(&mut interner, number)).collect();
        assert_eq!(interner.len(), 10_000);
        drop(burst);
        // Nothing but look-ups of what is held: they free what is not.
        (0..20_000).for_each(|_| drop(intern(&mut interner, 0)));
        assert_eq!(interner.len(), 1);
        assert!(interner.blocks.capacity() <= 4 * 2 * Interner::SMALLEST);
        drop(held);
        interner.sweep();
        assert!(interner.is_empty());
    }

    #[test]
    fn blocks_that_come_and_go_do_not_pile_up() {
        let mut interner = Interner::default();
        let mut most = 0;
        for number in 0..100_000 {
            intern(&mut interner, number);
            most = most.max(interner.len());
        }
        assert!(most <= 4 * Interner::SMALLEST, "{most} blocks");
    }

    proptest! {
        #[test]
        fn what_is_held_stays_interned(numbers in vec((0u32..50, any::<bool>()), 0..500)) {
            let mut interner = Interner::default();
            let mut held: Vec<(u32, Attributes)> = Vec::new();
            for (number, release) in numbers {
                let block = intern(&mut interner, number);
                prop_assert_eq!(&*block, &path_attributes(number));
                for (known, other) in &held {
                    prop_assert_eq!(known == &number, other.ptr_eq(&block));
                }
                held.push((number, block));
                if release {
                    held.retain(|(known, _)| known % 3 != number % 3);
                }
            }
            interner.sweep();
            prop_assert_eq!(interner.len(), held.iter().map(|(number, _)| number).collect::<HashSet<_>>().len());
        }
    }
}
