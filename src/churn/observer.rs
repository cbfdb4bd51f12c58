//! From a receiver's UPDATEs to its census: nothing is allocated, and nothing is looked at that is not needed.

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

/// One receiver's view of the table.
#[derive(Clone, Debug)]
pub(super) struct Observer {
    index: Arc<PrefixIndex>,
    census: Census,
    /// The number that the next prefix is likely to have.
    guess: u32,
    goal: Option<Goal>,
    shown: Shown,
    probe: IpNet,
    probed: Vec<Version>,
    heard: Heard,
}

impl Observer {
    /// A receiver that knows nothing yet; `probe` is the prefix that single changes are made of.
    pub(super) fn new(index: Arc<PrefixIndex>, probe: IpNet) -> Self {
        let census = Census::new(index.len());
        let shown = Shown::Held;
        Self {
            index,
            census,
            guess: 0,
            goal: None,
            shown,
            probe,
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
        self.census.lost();
    }

    /// Takes one UPDATE in.
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

    fn withdraw_ipv4(&mut self, keys: impl Iterator<Item = Key>) {
        self.look_up(keys, |observer, key, number| {
            observer.heard.withdrawn += 1;
            match number {
                Some(number) => observer.census.withdrawn(number),
                None => observer.foreign(key.net(), &[]),
            }
        });
    }

    fn withdraw_ipv6(&mut self, prefixes: Prefixes<'_, Ipv6Net>) {
        for prefix in prefixes {
            self.heard.withdrawn += 1;
            match self.index.ipv6(prefix) {
                Some(number) => self.census.withdrawn(number),
                None => self.foreign(Some(prefix.into()), &[]),
            }
        }
    }

    fn announce_ipv4(&mut self, keys: impl Iterator<Item = Key>, attributes: &[u8]) {
        let freshness = self.freshness(attributes);
        self.look_up(keys, |observer, key, number| {
            observer.heard.announced += 1;
            match number {
                Some(number) => observer.census.announced(number, freshness),
                None => observer.foreign(key.net(), attributes),
            }
        });
    }

    /// Has each of the keys taken in, with its number if it is in the table.
    fn look_up(
        &mut self,
        mut keys: impl Iterator<Item = Key>,
        mut take: impl FnMut(&mut Self, Key, Option<u32>),
    ) {
        let mut group = [Key::ANY; GROUP];
        loop {
            let mut count = 0;
            for (place, key) in group.iter_mut().zip(&mut keys) {
                *place = key;
                count += 1;
            }
            let Some(keys) = group.get(..count).filter(|keys| !keys.is_empty()) else { return };
            let numbers = self.index.ipv4(keys, self.guess);
            for (key, number) in keys.iter().zip(numbers) {
                self.guess = number.map_or(self.guess, |number| number + 1);
                take(self, *key, number);
            }
        }
    }

    fn announce_ipv6(&mut self, prefixes: Prefixes<'_, Ipv6Net>, attributes: &[u8]) {
        let freshness = self.freshness(attributes);
        for prefix in prefixes {
            self.heard.announced += 1;
            match self.index.ipv6(prefix) {
                Some(number) => self.census.announced(number, freshness),
                None => self.foreign(Some(prefix.into()), attributes),
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

    /// A prefix that is not in the table: the probe's, or one of the speaker's own.
    fn foreign(&mut self, prefix: Option<IpNet>, attributes: &[u8]) {
        self.heard.foreign += 1;
        if prefix == Some(self.probe) {
            self.probed.extend(Version::read(attributes));
        }
    }
}

#[cfg(test)]
mod tests;
