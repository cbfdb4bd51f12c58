//! Which prefixes of a sender's table are withdrawn at the moment, and which will be next.

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// The prefixes of a table that are withdrawn, by their number.
#[derive(Debug)]
pub(super) struct Absence {
    /// Of the changes of prefixes that are there, so many are withdrawals.
    percent: u8,
    random: StdRng,
    absent: Vec<bool>,
    count: u32,
}

/// What a change does with a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It is announced, with a new path.
    Announced,
    /// It is withdrawn.
    Withdrawn,
}

impl Absence {
    /// Of a table of so many prefixes, all of them there.
    pub(super) fn new(size: usize, percent: u8, seed: u64) -> Self {
        Self { percent, random: StdRng::seed_from_u64(seed), absent: vec![false; size], count: 0 }
    }

    /// The next change of the prefix of this number; what is withdrawn comes back.
    pub(super) fn change(&mut self, number: usize) -> Change {
        let Some(absent) = self.absent.get_mut(number) else { return Change::Announced };
        if *absent {
            (*absent, self.count) = (false, self.count - 1);
            return Change::Announced;
        }
        // Without withdrawals no dice are thrown, which takes no time.
        if self.percent == 0 || self.random.random_range(0..100) >= self.percent {
            return Change::Announced;
        }
        (*absent, self.count) = (true, self.count + 1);
        Change::Withdrawn
    }

    /// From now on nothing is withdrawn.
    pub(super) fn end(&mut self) {
        self.percent = 0;
    }

    /// True if the prefix of this number is withdrawn.
    pub(super) fn contains(&self, number: usize) -> bool {
        self.absent.get(number).is_some_and(|absent| *absent)
    }

    /// Prefixes that are withdrawn.
    pub(super) const fn count(&self) -> u32 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_withdrawn_comes_back_with_its_next_change() {
        let mut absence = Absence::new(3, 100, 1);
        for (change, count) in [(Change::Withdrawn, 3), (Change::Announced, 0), (Change::Withdrawn, 3)] {
            assert!((0..3).all(|number| absence.change(number) == change));
            assert_eq!(absence.count(), count);
            assert_eq!(absence.contains(2), change == Change::Withdrawn);
        }
        absence.end();
        assert!((0..6).all(|number| absence.change(number % 3) == Change::Announced));
        assert_eq!(absence.change(99), Change::Announced, "a prefix that is not in the table");
    }

    #[test]
    fn a_seed_says_which_and_the_share_how_many() {
        let withdrawn = |percent, seed| -> Vec<usize> {
            let mut absence = Absence::new(10_000, percent, seed);
            (0..10_000).filter(|number| absence.change(*number) == Change::Withdrawn).collect()
        };
        assert_eq!(withdrawn(10, 7), withdrawn(10, 7));
        assert_ne!(withdrawn(10, 7), withdrawn(10, 8));
        let found = withdrawn(10, 7).len();
        assert!((900..1_100).contains(&found), "{found} of 10,000 for 10 %");
        assert_eq!(withdrawn(0, 7), [0; 0]);
    }
}
