//! Prefix limits: how many prefixes a peer may hold, and what happens beyond.
//!
//! Counted are prefixes *held*, by the length of the Adj-RIB-In and by nothing else: an announcement that replaces a
//! route, or a withdrawal of what is not held, cannot make the count drift.

use crate::family::Family;
use ipnet::IpNet;
use std::{num::NonZeroU32, time::Duration};

/// How many prefixes of one family a session may hold. The limit itself is allowed, the next prefix is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefixLimit {
    /// No limit, as for a lab.
    Unlimited,
    /// More than `max` prefixes are worth a warning.
    Warn {
        /// The most prefixes.
        max: NonZeroU32,
    },
    /// More than `max` prefixes end the session with Cease/1 (RFC 4486 section 4).
    Drop {
        /// The most prefixes.
        max: NonZeroU32,
        /// When the session may come back; `None` means not before an operator says so.
        restart: Option<Duration>,
    },
}

impl PrefixLimit {
    /// The most prefixes, if there is a limit.
    pub const fn max(self) -> Option<NonZeroU32> {
        match self {
            Self::Unlimited => None,
            Self::Warn { max } | Self::Drop { max, .. } => Some(max),
        }
    }

    /// The count that is worth a warning: 80 % of the limit, rounded up.
    pub const fn warning_at(self) -> Option<NonZeroU32> {
        match self.max() {
            None => None,
            // A fifth less than a number above zero, rounded up, is above zero as well.
            Some(max) => NonZeroU32::new(max.get() - max.get() / 5),
        }
    }

    /// Where a count stands.
    pub fn level(self, held: usize) -> Level {
        let reaches = |bound: Option<NonZeroU32>| bound.is_some_and(|bound| held >= widen(bound));
        let exceeds = |bound: Option<NonZeroU32>| bound.is_some_and(|bound| held > widen(bound));
        if exceeds(self.max()) {
            Level::Exceeded
        } else if reaches(self.warning_at()) {
            Level::Warning
        } else {
            Level::Ok
        }
    }
}

fn widen(bound: NonZeroU32) -> usize {
    usize::try_from(bound.get()).unwrap_or(usize::MAX)
}

/// Where the count of a session stands, mildest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum Level {
    /// Below 80 % of the limit.
    #[default]
    Ok,
    /// From 80 % of the limit up to the limit itself.
    Warning,
    /// Beyond the limit.
    Exceeded,
}

/// The count has risen past a mark; reported once, and again only after it has fallen below the mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Crossing {
    /// 80 % of the limit are reached.
    #[error("{held} of at most {max} prefixes")]
    Warning {
        /// Prefixes held.
        held: usize,
        /// The most prefixes.
        max: NonZeroU32,
    },
    /// More than the limit, which only warns here.
    #[error("{held} prefixes, more than the limit of {max}; the limit only warns, so the session stays")]
    Exceeded {
        /// Prefixes held.
        held: usize,
        /// The most prefixes.
        max: NonZeroU32,
    },
}

/// A session holds more prefixes than it may, and has to end with Cease/1 (RFC 4486 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} {family} prefixes, the limit is {max}: {cause}")]
pub struct LimitExceeded {
    /// The family counted, which the data of the Cease names.
    pub family: Family,
    /// What led to it.
    pub cause: Cause,
    /// The most prefixes.
    pub max: NonZeroU32,
    /// Prefixes held, the one too many included.
    pub count: usize,
}

/// What made a session exceed its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The peer announced this prefix as well.
    #[error("{0} is one too many")]
    Announced(IpNet),
    /// The limit was lowered beneath what the peer holds already.
    #[error("the limit was lowered")]
    Lowered,
}

/// Watches the count of one family of one session.
#[derive(Clone, Copy, Debug)]
pub struct LimitWatch {
    family: Family,
    limit: PrefixLimit,
    level: Level,
}

impl LimitWatch {
    /// A watch for a session that holds nothing yet.
    pub const fn new(family: Family, limit: PrefixLimit) -> Self {
        Self { family, limit, level: Level::Ok }
    }

    /// The limit that is watched.
    pub const fn limit(&self) -> PrefixLimit {
        self.limit
    }

    /// Where the last count stood.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Notes the count after a prefix came that was not held before; `held` includes it.
    ///
    /// Returns the mark that the count has just crossed, if any.
    ///
    /// # Errors
    /// [`LimitExceeded`] if the limit drops sessions and `prefix` is one too many.
    pub fn announced(
        &mut self,
        prefix: impl Into<IpNet>,
        held: usize,
    ) -> Result<Option<Crossing>, LimitExceeded> {
        self.rise(held, || Cause::Announced(prefix.into()))
    }

    /// Notes the count after prefixes went; a mark that it falls below is armed again.
    pub fn withdrawn(&mut self, held: usize) {
        self.level = self.level.min(self.limit.level(held));
    }

    /// Replaces the limit of a session that holds `held` prefixes.
    ///
    /// # Errors
    /// [`LimitExceeded`] if the new limit drops sessions and is lower than `held`.
    pub fn replace(&mut self, limit: PrefixLimit, held: usize) -> Result<Option<Crossing>, LimitExceeded> {
        self.limit = limit;
        self.withdrawn(held);
        self.rise(held, || Cause::Lowered)
    }

    fn rise(
        &mut self,
        held: usize,
        cause: impl FnOnce() -> Cause,
    ) -> Result<Option<Crossing>, LimitExceeded> {
        let before = self.level;
        let level = self.limit.level(held);
        self.level = self.level.max(level);
        let Some(max) = self.limit.max() else { return Ok(None) };
        match (level, self.limit) {
            (Level::Exceeded, PrefixLimit::Drop { .. }) => {
                Err(LimitExceeded { family: self.family, cause: cause(), max, count: held })
            }
            (level, _) if level <= before => Ok(None),
            (Level::Exceeded, _) => Ok(Some(Crossing::Exceeded { held, max })),
            (Level::Warning | Level::Ok, _) => Ok(Some(Crossing::Warning { held, max })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rib::{
        AdjIn, Count, Interner,
        testing::{attributes, ipv4},
    };
    use ipnet::Ipv4Net;
    use proptest::{collection::vec, prelude::*};
    use std::collections::HashSet;

    fn max(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).unwrap()
    }

    fn drop_at(number: u32) -> PrefixLimit {
        PrefixLimit::Drop { max: max(number), restart: None }
    }

    #[test]
    fn warnings_begin_at_80_percent_rounded_up() {
        for (limit, warning) in
            [(1, 1), (2, 2), (3, 3), (4, 4), (5, 4), (100, 80), (4000, 3200), (u32::MAX, 3_435_973_836)]
        {
            assert_eq!(drop_at(limit).warning_at(), Some(max(warning)), "{limit}");
        }
        assert_eq!(PrefixLimit::Unlimited.warning_at(), None);
    }

    /// Announces prefixes 0 to n − 1 and returns what the watch said to each.
    fn announce(limit: PrefixLimit, prefixes: u32) -> Vec<Result<Option<Crossing>, LimitExceeded>> {
        let mut watch = LimitWatch::new(Family::Ipv4, limit);
        (0..prefixes).map(|number| watch.announced(ipv4(number), number as usize + 1)).collect()
    }

    #[test]
    fn the_limit_is_allowed_and_the_next_prefix_trips() {
        let said = announce(drop_at(4000), 4001);
        assert!(said[..4000].iter().all(Result::is_ok));
        let error = said[4000].unwrap_err();
        assert_eq!(
            error,
            LimitExceeded {
                family: Family::Ipv4,
                cause: Cause::Announced(ipv4(4000).into()),
                max: max(4000),
                count: 4001
            }
        );
        assert_eq!(
            error.to_string(),
            format!("4001 ipv4 prefixes, the limit is 4000: {} is one too many", ipv4(4000))
        );
    }

    #[test]
    fn each_mark_is_reported_once() {
        let said: Vec<_> = announce(PrefixLimit::Warn { max: max(10) }, 20)
            .into_iter()
            .filter_map(|result| result.unwrap())
            .collect();
        let expected =
            [Crossing::Warning { held: 8, max: max(10) }, Crossing::Exceeded { held: 11, max: max(10) }];
        assert_eq!(said, expected);
        assert!(announce(PrefixLimit::Unlimited, 20).into_iter().all(|said| said == Ok(None)));
    }

    #[test]
    fn a_mark_is_armed_again_below_it() {
        let mut watch = LimitWatch::new(Family::Ipv4, drop_at(10));
        let warning = Ok(Some(Crossing::Warning { held: 8, max: max(10) }));
        assert_eq!(watch.announced(ipv4(0), 8), warning);
        watch.withdrawn(8);
        assert_eq!(watch.announced(ipv4(0), 9), Ok(None));
        watch.withdrawn(7);
        assert_eq!(watch.level(), Level::Ok);
        assert_eq!(watch.announced(ipv4(0), 8), warning);
    }

    #[test]
    fn a_new_limit_is_judged_at_once() {
        let mut watch = LimitWatch::new(Family::Ipv6, drop_at(10));
        assert_eq!(watch.announced(ipv4(0), 5), Ok(None));
        let lowered = watch.replace(drop_at(4), 5).unwrap_err();
        assert_eq!(lowered.to_string(), "5 ipv6 prefixes, the limit is 4: the limit was lowered");
        assert_eq!(watch.level(), Level::Exceeded);
        assert_eq!(watch.replace(drop_at(6), 5), Ok(None));
        assert_eq!(watch.level(), Level::Warning);
        assert_eq!(watch.replace(PrefixLimit::Unlimited, 5), Ok(None));
        assert_eq!(watch.level(), Level::Ok);
        assert_eq!(watch.replace(drop_at(6), 5), Ok(Some(Crossing::Warning { held: 5, max: max(6) })));
    }

    proptest! {
        /// However announcements, repetitions and withdrawals are packed, the count is that of a set.
        #[test]
        fn the_count_does_not_drift(
            updates in vec((vec(0u32..20, 0..8), vec(0u32..20, 0..8), any::<bool>()), 0..60),
            limit in 1u32..15,
        ) {
            let (mut table, mut blocks) = (AdjIn::<Ipv4Net, ()>::new(), Interner::<()>::default());
            let mut watch = LimitWatch::new(Family::Ipv4, drop_at(limit));
            let mut model = HashSet::new();
            'session: for (withdrawn, announced, refuse) in updates {
                for number in withdrawn {
                    table.withdraw(ipv4(number), &mut blocks);
                    model.remove(&number);
                }
                watch.withdrawn(table.len());
                for number in announced {
                    let block = blocks.adopt(&attributes(number % 3), || ());
                    let count = table.announce(ipv4(number), block, refuse.then_some(()), &mut blocks).count;
                    prop_assert_eq!(count == Count::New, model.insert(number));
                    prop_assert_eq!(table.len(), model.len());
                    let said = match count {
                        Count::New => watch.announced(ipv4(number), table.len()),
                        Count::Again => Ok(None),
                    };
                    prop_assert_eq!(said.is_err(), model.len() > limit as usize);
                    if said.is_err() {
                        break 'session;
                    }
                    prop_assert_eq!(watch.level(), watch.limit().level(model.len()));
                }
            }
        }
    }
}
