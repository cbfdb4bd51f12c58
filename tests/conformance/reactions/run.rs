//! Plays cases against one daemon, many at once: each has its peer, and the peers that watch are shared.

use super::{
    case::Case,
    refresh,
    speaker::{Kind, Speaker, watching},
    stand::{Place, Stand, Watchers},
    watcher::Watcher,
};
use crate::{
    lab::failure::{Failure, Outcome},
    octets::OpenFields,
};
use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// What a daemon did in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reaction {
    AsExpected,
    /// Something else; what.
    Other(String),
    /// It ended, or a part of it did.
    Died(String),
}

/// A daemon with the peers that watch it.
pub(crate) struct Table {
    speaker: Mutex<Box<dyn Speaker>>,
    place: Arc<Place>,
    watchers: Watchers,
}

impl Table {
    /// Starts a daemon for these cases.
    pub(crate) fn set(kind: Kind, cases: &[Case]) -> Outcome<Self> {
        let seats: Vec<_> =
            watching().into_iter().chain(cases.iter().map(|case| case.seat.clone())).collect();
        let speaker = kind.start(&seats)?;
        let place = Arc::clone(speaker.place());
        let watchers = watch(&place).map_err(|failure| {
            Failure::from(format!("{failure}\nthe daemon's log:\n{}", speaker.log().unwrap_or_default()))
        })?;
        Ok(Self { speaker: Mutex::new(speaker), place, watchers })
    }

    /// Plays all cases.
    pub(crate) fn play(&self, cases: &[Case]) -> Vec<Reaction> {
        let next = AtomicUsize::new(0);
        let mut reactions: Vec<_> = thread::scope(|scope| {
            let work = || {
                let entered = self.place.enter();
                let mut done = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(number) else { return done };
                    let reaction = match &entered {
                        Ok(()) => self.one(number, case),
                        Err(failure) => Reaction::Other(failure.to_string()),
                    };
                    done.push((number, reaction));
                }
            };
            let workers: Vec<_> =
                (0..self.place.at_once.min(cases.len())).map(|_| scope.spawn(work)).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
        });
        reactions.sort_by_key(|(number, _)| *number);
        reactions.into_iter().map(|(_, reaction)| reaction).collect()
    }

    fn one(&self, number: usize, case: &Case) -> Reaction {
        let stand = Stand { place: &self.place, watchers: &self.watchers, seat: watching().len() + number };
        let played = panic::catch_unwind(AssertUnwindSafe(|| case.play(&stand)));
        let outcome = played.unwrap_or_else(|_| Err("the case itself panicked".into()));
        match (self.is_well(), outcome) {
            (Err(failure), _) => Reaction::Died(failure.to_string()),
            (Ok(()), Err(failure)) => Reaction::Other(failure.to_string()),
            (Ok(()), Ok(())) => Reaction::AsExpected,
        }
    }

    /// Plays one case alone.
    pub(crate) fn play_alone(&self, number: usize, case: &Case) -> Outcome<Reaction> {
        thread::scope(|scope| {
            let alone = scope.spawn(|| self.place.enter().map(|()| self.one(number, case)));
            alone.join().map_err(|_| Failure::from("the case's thread panicked"))?
        })
    }

    /// Fails if the daemon has ended, or the session of a peer that watches.
    pub(crate) fn is_well(&self) -> Outcome {
        self.speaker.lock().unwrap_or_else(PoisonError::into_inner).lives()?;
        let Watchers { plain, old, extended } = &self.watchers;
        [plain, old, extended].into_iter().try_for_each(Watcher::is_up)
    }

    pub(crate) fn log(&self) -> String {
        self.speaker.lock().unwrap_or_else(PoisonError::into_inner).log().unwrap_or_default()
    }
}

fn watch(place: &Arc<Place>) -> Outcome<Watchers> {
    let [plain, old, extended] = watching().map(|seat| u16::try_from(seat.asn).unwrap_or_default());
    let open = |seat, asn| OpenFields::right(super::stand::identifier(seat)).in_as(asn);
    let nothing_known = OpenFields { parameters: vec![0], ..open(1, old) };
    Ok(Watchers {
        plain: Watcher::establish(place, 0, open(0, plain), refresh::announcements(plain.into()))?,
        old: Watcher::establish(place, 1, nothing_known, Vec::new())?,
        extended: Watcher::establish(place, 2, open(2, extended).with_extended_messages(), Vec::new())?,
    })
}

/// Plays cases against `msee` and fails with all that did not go as the table says.
///
/// # Panics
/// When a case fails.
pub(crate) fn msee_passes(cases: &[Case]) {
    let table = match Table::set(Kind::Msee, cases) {
        Ok(table) => table,
        Err(failure) => panic!("{failure}"),
    };
    let reactions = table.play(cases);
    let failed: Vec<_> = cases
        .iter()
        .zip(reactions)
        .filter(|(_, reaction)| *reaction != Reaction::AsExpected)
        .map(|(case, reaction)| format!("{} {:?}: {reaction:?}", case.rule, case.name))
        .collect();
    assert!(failed.is_empty(), "{}\nthe daemon's log:\n{}", failed.join("\n"), table.log());
    if let Err(failure) = table.is_well() {
        panic!("{failure}");
    }
}
