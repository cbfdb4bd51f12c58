//! Looking up prefixes in groups before they are worked on, so that the processor waits for the memory of many at once.

use super::{Hashed, Prefix};
use smallvec::SmallVec;

/// Prefixes that are looked up together: enough to keep the memory busy, and few enough for what they have brought into
/// the cache to be there still when the last of them is worked on.
pub const TOGETHER: usize = 64;

/// Prefixes with their hashes, in the order given; before the first of each group is taken, the whole group is looked up.
pub struct Ahead<P, I> {
    prefixes: I,
    group: SmallVec<[Hashed<P>; TOGETHER]>,
    taken: usize,
}

impl<P: Prefix, I: Iterator<Item = P>> Ahead<P, I> {
    /// Takes prefixes from here.
    pub fn new(prefixes: I) -> Self {
        Self { prefixes, group: SmallVec::new(), taken: 0 }
    }

    /// The next prefix; `look_up` is called with each group.
    pub fn next(&mut self, look_up: impl FnOnce(&[Hashed<P>])) -> Option<Hashed<P>> {
        if self.taken == self.group.len() {
            self.taken = 0;
            self.group.clear();
            self.group.extend(self.prefixes.by_ref().take(TOGETHER).map(Hashed::from));
            look_up(&self.group);
        }
        let next = self.group.get(self.taken).copied();
        self.taken += 1;
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rib::testing::ipv4;
    use ipnet::Ipv4Net;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_prefix_is_looked_up_in_its_group_before_it_is_taken(count in 0u32..300) {
            let prefixes: Vec<Ipv4Net> = (0..count).map(ipv4).collect();
            let mut ahead = Ahead::new(prefixes.iter().copied());
            let (mut looked_up, mut taken) = (Vec::new(), Vec::new());
            while let Some(prefix) =
                ahead.next(|group| looked_up.extend(group.iter().map(Hashed::prefix)))
            {
                taken.push(prefix.prefix());
                prop_assert!(looked_up.len() - taken.len() < TOGETHER);
                prop_assert!(looked_up.starts_with(&taken));
            }
            prop_assert_eq!(&taken, &prefixes);
            prop_assert_eq!(looked_up, prefixes);
        }
    }
}
