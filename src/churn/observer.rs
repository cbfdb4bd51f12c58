//! From a receiver's UPDATEs to its census: nothing is allocated, and nothing is looked at that is not needed.
//!
//! UPDATEs of a few prefixes each are the rule, and the prefixes of many are looked up together.

use super::{
    census::{Census, Freshness},
    index::{GROUP, PrefixIndex},
    key::{Key, Keys},
    version::Version,
};
use crate::{
    family::Families,
    wire::{Negotiated, Nlri, Prefixes, Update, UpdateError},
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::sync::Arc;

/// What a receiver waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// It holds so many prefixes of the table, of whatever version.
    Held(u32),
    /// The last change of each prefix has come.
    Changed(Changed),
}

/// How a receiver sees the table when the last change of each prefix has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    /// The version of the last changes.
    pub(super) version: Version,
    /// Prefixes that it holds in this version.
    pub(super) current: u32,
    /// Prefixes that it holds, of whatever version: those of the last change's withdrawals are missing.
    pub(super) held: u32,
}

/// What a receiver was told, since it came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// UPDATEs.
    pub(super) updates: u64,
    /// Prefixes announced, each as often as it came.
    pub(super) announced: u64,
    /// Prefixes withdrawn, each as often as it came.
    pub(super) withdrawn: u64,
    /// Of both, those that are not in the table.
    pub(super) foreign: u64,
}

impl Heard {
    /// What was heard since then.
    #[must_use]
    pub(super) const fn since(self, before: Self) -> Self {
        Self {
            updates: self.updates - before.updates,
            announced: self.announced - before.announced,
            withdrawn: self.withdrawn - before.withdrawn,
            foreign: self.foreign - before.foreign,
        }
    }
}

/// What a receiver's progress counts, until it waits for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Held,
    Current,
}

/// What an UPDATE says of a prefix.
#[derive(Clone, Copy, Debug)]
enum Said {
    Announced(Freshness),
    Withdrawn,
}

/// What UPDATEs have said and the census does not know yet.
#[derive(Clone, Debug)]
struct Gathered {
    keys: [Key; GROUP],
    said: [Said; GROUP],
    count: usize,
}

impl Gathered {
    const NOTHING: Self = Self { keys: [Key::ANY; GROUP], said: [Said::Withdrawn; GROUP], count: 0 };
}

/// One receiver's view of the table.
#[derive(Clone, Debug)]
pub(super) struct Observer {
    index: Arc<PrefixIndex>,
    census: Census,
    gathered: Gathered,
    /// The place in the table's order that the next prefix is likely to have.
    guess: u32,
    goal: Option<Goal>,
    shown: Shown,
    probe: IpNet,
    /// The same, if it is one of IPv4 and not in the table.
    probe_key: Option<Key>,
    probed: Vec<Version>,
    heard: Heard,
}

impl Observer {
    /// A receiver that knows nothing yet; `probe` is the prefix that single changes are made of.
    pub(super) fn new(index: Arc<PrefixIndex>, probe: IpNet) -> Self {
        let census = Census::new(index.len());
        let shown = Shown::Held;
        let probe_key = Key::of(&probe).filter(|_| index.number(&probe).is_none());
        Self {
            index,
            census,
            gathered: Gathered::NOTHING,
            guess: 0,
            goal: None,
            shown,
            probe,
            probe_key,
            probed: Vec::new(),
            heard: Heard::default(),
        }
    }

    /// Waits for something else from now on.
    pub(super) fn expect(&mut self, goal: Goal) {
        self.census.expect_another_version();
        self.goal = Some(goal);
        self.shown = match goal {
            Goal::Held(_) => Shown::Held,
            Goal::Changed(_) => Shown::Current,
        };
    }

    /// True, once, when what is waited for has come.
    pub(super) fn reached(&mut self) -> bool {
        let reached = match self.goal {
            None => false,
            Some(Goal::Held(count)) => self.census.held() == count,
            Some(Goal::Changed(Changed { current, held, .. })) => {
                self.census.current() == current && self.census.held() == held
            }
        };
        if reached {
            self.goal = None;
        }
        reached
    }

    /// True while something is waited for.
    pub(super) const fn waits(&self) -> bool {
        self.goal.is_some()
    }

    /// Prefixes on the way to the last goal, or held if there has been none.
    pub(super) const fn progress(&self) -> u32 {
        match self.shown {
            Shown::Current => self.census.current(),
            Shown::Held => self.census.held(),
        }
    }

    /// What was heard so far.
    pub(super) const fn heard(&self) -> Heard {
        self.heard
    }

    /// The versions in which the probe's prefix has come since this was last asked.
    pub(super) fn probed(&mut self) -> impl Iterator<Item = Version> {
        self.probed.drain(..)
    }

    /// The session is over.
    pub(super) fn lost(&mut self) {
        self.gathered.count = 0;
        self.census.lost();
    }

    /// Reads one UPDATE; what it says of IPv4 prefixes counts once it is [taken in](Self::take_in).
    ///
    /// # Errors
    /// [`UpdateError`] for what ends the session; nothing of the UPDATE has been taken in then.
    pub(super) fn update(&mut self, update: &Update<'_>, negotiated: Negotiated) -> Result<(), UpdateError> {
        self.heard.updates += 1;
        if negotiated.families == Families::IPV4 {
            // Without IPv6 no attribute holds prefixes: the classic fields say it all.
            Prefixes::<Ipv4Net>::check(update.withdrawn).map_err(UpdateError::WithdrawnRoutes)?;
            Prefixes::<Ipv4Net>::check(update.nlri).map_err(UpdateError::Nlri)?;
            self.withdraw_ipv4(Keys(update.withdrawn));
            self.announce_ipv4(Keys(update.nlri), update.attributes);
            return Ok(());
        }
        let parts = update.split(negotiated)?;
        for nlri in parts.withdrawn() {
            match nlri.clone() {
                Nlri::Ipv4(prefixes) => self.withdraw_ipv4(prefixes.map(Key::from)),
                Nlri::Ipv6(prefixes) => self.withdraw_ipv6(prefixes),
            }
        }
        for announcement in parts.announcements() {
            match announcement.nlri.clone() {
                Nlri::Ipv4(prefixes) => self.announce_ipv4(prefixes.map(Key::from), update.attributes),
                Nlri::Ipv6(prefixes) => self.announce_ipv6(prefixes, update.attributes),
            }
        }
        Ok(())
    }

    /// Has the census know all that UPDATEs have said.
    pub(super) fn take_in(&mut self) {
        let Self { index, census, gathered: Gathered { keys, said, count }, guess, heard, .. } = self;
        let Some(keys) = keys.get(..std::mem::take(count)) else { return };
        let found = index.ipv4(keys, *guess);
        *guess = found.guess;
        for (number, said) in found.numbers.into_iter().zip(said).take(keys.len()) {
            match (number, said) {
                (Some(number), Said::Announced(freshness)) => census.announced(number, *freshness),
                (Some(number), Said::Withdrawn) => census.withdrawn(number),
                (None, _) => heard.foreign += 1,
            }
        }
    }

    fn gather(&mut self, key: Key, said: Said) {
        let Gathered { keys, said: all_said, count } = &mut self.gathered;
        if let (Some(place), Some(said_of_it)) = (keys.get_mut(*count), all_said.get_mut(*count)) {
            (*place, *said_of_it) = (key, said);
            *count += 1;
        }
        if *count == GROUP {
            self.take_in();
        }
    }

    fn withdraw_ipv4(&mut self, keys: impl Iterator<Item = Key>) {
        for key in keys {
            self.heard.withdrawn += 1;
            self.gather(key, Said::Withdrawn);
        }
    }

    fn withdraw_ipv6(&mut self, prefixes: Prefixes<'_, Ipv6Net>) {
        for prefix in prefixes {
            self.heard.withdrawn += 1;
            match self.index.ipv6(prefix) {
                Some(number) => self.census.withdrawn(number),
                None => self.foreign(prefix.into(), &[]),
            }
        }
    }

    fn announce_ipv4(&mut self, keys: impl Iterator<Item = Key>, attributes: &[u8]) {
        let freshness = self.freshness(attributes);
        for key in keys {
            self.heard.announced += 1;
            if Some(key) == self.probe_key {
                self.foreign(self.probe, attributes);
            } else {
                self.gather(key, Said::Announced(freshness));
            }
        }
    }

    fn announce_ipv6(&mut self, prefixes: Prefixes<'_, Ipv6Net>, attributes: &[u8]) {
        let freshness = self.freshness(attributes);
        for prefix in prefixes {
            self.heard.announced += 1;
            match self.index.ipv6(prefix) {
                Some(number) => self.census.announced(number, freshness),
                None => self.foreign(prefix.into(), attributes),
            }
        }
    }

    /// Attributes are looked at only if a version is waited for.
    fn freshness(&self, attributes: &[u8]) -> Freshness {
        match self.goal {
            Some(Goal::Changed(Changed { version, .. })) if Version::read(attributes) == Some(version) => {
                Freshness::Current
            }
            Some(Goal::Held(_) | Goal::Changed(_)) | None => Freshness::Overtaken,
        }
    }

    /// A prefix that is not in the table: the probe's, or one of IPv6 of the speaker's own.
    fn foreign(&mut self, prefix: IpNet, attributes: &[u8]) {
        self.heard.foreign += 1;
        if prefix == self.probe {
            self.probed.extend(Version::read(attributes));
        }
    }
}

#[cfg(test)]
mod tests;
