//! A second peer that keeps to the rules, and what it is told: the newest word about each prefix.

use super::{
    stand::Place,
    update::{self, Prefix, Told},
    wire::{Heard, Wire},
};
use crate::{
    lab::failure::{Failure, Outcome},
    octets::{KEEPALIVE, NOTIFICATION, OPEN, OpenFields, ROUTE_REFRESH, UPDATE},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long it listens before it looks whether it is to end.
const LISTEN: Duration = Duration::from_millis(200);

/// A watching peer in a thread of its own.
pub(crate) struct Watcher {
    record: Arc<Record>,
    over: Arc<AtomicBool>,
    life: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Record {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    told: HashMap<Prefix, Told>,
    /// How its session ended.
    ended: Option<String>,
}

impl Record {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher {
    /// Brings a session up from the seat of a number, and announces what it is given.
    pub(crate) fn establish(
        place: &Arc<Place>,
        seat: usize,
        open: OpenFields,
        announced: Vec<u8>,
    ) -> Outcome<Self> {
        let record = Arc::<Record>::default();
        let over = Arc::<AtomicBool>::default();
        let (up, is_up) = std::sync::mpsc::channel();
        let life = thread::spawn({
            let (place, record, over) = (Arc::clone(place), Arc::clone(&record), Arc::clone(&over));
            move || {
                let session = place.enter().and_then(|()| place.established(seat, &open));
                match session {
                    Ok(mut wire) => {
                        wire.say(&announced);
                        let _ = up.send(Ok(()));
                        live(wire, &record, &over);
                    }
                    Err(failure) => drop(up.send(Err(failure))),
                }
            }
        });
        is_up.recv().map_err(|_| Failure::from("the watching peer's thread panicked"))??;
        Ok(Self { record, over, life: Some(life) })
    }

    /// Waits until it has been told this of a prefix.
    pub(crate) fn is_told(&self, prefix: &Prefix, wanted: &Told, patience: Duration) -> Outcome {
        self.wait(prefix, patience, |told| told == wanted)
            .map_err(|told| format!("the second peer is told {told}, not {wanted}").into())
    }

    /// Waits until it has a route to a prefix, whatever its attributes.
    pub(crate) fn has_route(&self, prefix: &Prefix, patience: Duration) -> Outcome {
        self.wait(prefix, patience, |told| matches!(told, Told::Announced(_)))
            .map_err(|told| format!("the second peer is told {told}, not a route").into())
    }

    /// Waits until the newest word about a prefix is the right one.
    ///
    /// # Errors
    /// The newest word.
    fn wait(&self, prefix: &Prefix, patience: Duration, right: impl Fn(&Told) -> bool) -> Result<(), Told> {
        let end = Instant::now() + patience;
        let mut state = self.record.lock();
        loop {
            let told = state.told.get(prefix).unwrap_or(&Told::Nothing);
            if right(told) {
                return Ok(());
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || state.ended.is_some() {
                return Err(told.clone());
            }
            let waited = self.record.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Fails if its session has ended.
    pub(crate) fn is_up(&self) -> Outcome {
        match &self.record.lock().ended {
            Some(ended) => Err(format!("the second peer's session has ended: {ended}").into()),
            None => Ok(()),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(life) = self.life.take() {
            let _ = life.join();
        }
    }
}

/// Listens until the session or the test is over. Its hold time is zero, so that it owes no KEEPALIVE.
fn live(mut wire: Wire, record: &Record, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let ended = match wire.hear_within(LISTEN) {
            Ok(None | Some(Heard::Message(OPEN | KEEPALIVE | ROUTE_REFRESH, _))) => continue,
            Ok(Some(Heard::Message(UPDATE, body))) => match update::read(&body) {
                Ok(news) => {
                    record.lock().told.extend(news);
                    record.changed.notify_all();
                    continue;
                }
                Err(failure) => format!("{failure}: {body:02x?}"),
            },
            Ok(Some(Heard::Message(NOTIFICATION, body))) => format!("NOTIFICATION {body:02x?}"),
            Ok(Some(Heard::Message(kind, _))) => format!("a message of type {kind}"),
            Ok(Some(Heard::End)) => "closed".to_owned(),
            Err(failure) => failure.to_string(),
        };
        record.lock().ended = Some(ended);
        record.changed.notify_all();
        return;
    }
}
