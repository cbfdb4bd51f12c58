//! What one receiver holds of the table: a bit per prefix, so that a prefix that comes twice counts once.

/// The prefixes that a receiver holds, and those that have come in the version that is waited for.
#[derive(Clone, Debug)]
pub(super) struct Census {
    held: Bits,
    current: Bits,
}

#[derive(Clone, Debug)]
struct Bits {
    words: Vec<u64>,
    count: u32,
}

impl Bits {
    fn new(size: u32) -> Self {
        Self { words: vec![0; (size as usize).div_ceil(64)], count: 0 }
    }

    fn set(&mut self, number: u32) {
        if let Some(word) = self.words.get_mut(number as usize / 64) {
            let bit = 1 << (number % 64);
            self.count += u32::from(*word & bit == 0);
            *word |= bit;
        }
    }

    fn clear(&mut self, number: u32) {
        if let Some(word) = self.words.get_mut(number as usize / 64) {
            let bit = 1 << (number % 64);
            self.count -= u32::from(*word & bit != 0);
            *word &= !bit;
        }
    }

    fn clear_all(&mut self) {
        self.words.fill(0);
        self.count = 0;
    }
}

/// Whether an announcement is the one that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// It is of the version that is waited for.
    Current,
    /// It is of an earlier one.
    Overtaken,
}

impl Census {
    /// Of a table of so many prefixes, numbered from 0.
    pub(super) fn new(size: u32) -> Self {
        Self { held: Bits::new(size), current: Bits::new(size) }
    }

    /// The prefix of this number was announced.
    pub(super) fn announced(&mut self, number: u32, freshness: Freshness) {
        self.held.set(number);
        match freshness {
            Freshness::Current => self.current.set(number),
            Freshness::Overtaken => self.current.clear(number),
        }
    }

    /// The prefix of this number was withdrawn.
    pub(super) fn withdrawn(&mut self, number: u32) {
        self.held.clear(number);
        self.current.clear(number);
    }

    /// Another version is waited for from now on.
    pub(super) fn expect_another_version(&mut self) {
        self.current.clear_all();
    }

    /// The session is over, and with it all that it told.
    pub(super) fn lost(&mut self) {
        self.held.clear_all();
        self.current.clear_all();
    }

    /// Prefixes held.
    pub(super) const fn held(&self) -> u32 {
        self.held.count
    }

    /// Prefixes held in the version that is waited for.
    pub(super) const fn current(&self) -> u32 {
        self.current.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Announced(u32, Freshness),
        Withdrawn(u32),
        Another,
        Lost,
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => (0_u32..130).prop_map(|number| Step::Announced(number, Freshness::Current)),
            4 => (0_u32..130).prop_map(|number| Step::Announced(number, Freshness::Overtaken)),
            4 => (0_u32..130).prop_map(Step::Withdrawn),
            1 => Just(Step::Another),
            1 => Just(Step::Lost),
        ]
    }

    proptest! {
        #[test]
        fn counts_are_those_of_a_plain_map(steps in prop::collection::vec(any_step(), 0..300)) {
            let (mut census, mut model) = (Census::new(130), BTreeMap::new());
            for step in steps {
                match step {
                    Step::Announced(number, freshness) => {
                        census.announced(number, freshness);
                        model.insert(number, freshness);
                    }
                    Step::Withdrawn(number) => {
                        census.withdrawn(number);
                        model.remove(&number);
                    }
                    Step::Another => {
                        census.expect_another_version();
                        for freshness in model.values_mut() {
                            *freshness = Freshness::Overtaken;
                        }
                    }
                    Step::Lost => {
                        census.lost();
                        model.clear();
                    }
                }
                prop_assert_eq!(census.held() as usize, model.len());
                let current = model.values().filter(|freshness| **freshness == Freshness::Current).count();
                prop_assert_eq!(census.current() as usize, current);
            }
        }
    }
}
