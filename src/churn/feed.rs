//! A stream on its way out of a session: how far it is, how much may go now.

use super::{pace::Pace, stream::Stream};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Events a second from which on they are paced more finely than by the runtime's timer.
const FINE: u32 = 2_000;

/// What a sender is told to send.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// The streams, one after the other.
    pub(super) streams: Vec<Arc<Stream>>,
    /// How often.
    pub(super) repeat: Repeat,
    /// Events a second; `None` as fast as the speaker takes them.
    pub(super) events_per_second: Option<u32>,
}

/// How often an order is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Once.
    Once,
    /// Again and again until told to stop, and then to the end of the stream.
    UntilStopped,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// Just before the first octet was written.
    pub(super) started: Instant,
    /// Just after the last one was taken by the kernel.
    pub(super) ended: Instant,
    /// How long the speaker took nothing although there was something to send.
    pub(super) blocked: Duration,
    /// Prefixes announced or withdrawn.
    pub(super) prefixes: u64,
}

/// An order being carried out.
#[derive(Debug)]
pub(super) struct Feed {
    order: Order,
    /// The stream under way, and how many of its octets are written or in the connection's buffer.
    current: usize,
    position: usize,
    prefixes: u64,
    started: Option<Instant>,
    pace: Option<Pace>,
    blocked: Duration,
    blocked_since: Option<Instant>,
}

impl Feed {
    pub(super) fn new(order: Order) -> Self {
        Self {
            order,
            current: 0,
            position: 0,
            prefixes: 0,
            started: None,
            pace: None,
            blocked: Duration::ZERO,
            blocked_since: None,
        }
    }

    /// The first write is about to happen.
    pub(super) fn start(&mut self, now: Instant) {
        if self.started.is_none() {
            self.started = Some(now);
            self.pace = self.order.events_per_second.map(|rate| Pace::new(rate, now));
        }
    }

    /// The whole messages that may be written now, up to `room` octets; they are taken as written.
    pub(super) fn take(&mut self, room: usize, now: Instant) -> &[u8] {
        let Some(stream) = self.order.streams.get(self.current) else { return &[] };
        let due = self.pace.map_or(usize::MAX, |pace| stream.end_of(pace.due(now)));
        let from = self.position;
        let octets = stream.whole_messages(from, due.saturating_sub(from).min(room));
        self.position += octets.len();
        if !octets.is_empty() && self.position == stream.octets().len() {
            self.prefixes += stream.prefixes();
        }
        octets
    }

    /// Goes on to the next stream if this one is at its end. True if there is none.
    pub(super) fn is_over(&mut self) -> bool {
        let Some(stream) = self.order.streams.get(self.current) else { return true };
        if self.position < stream.octets().len() {
            return false;
        }
        (self.current, self.position) = (self.current + 1, 0);
        if self.current == self.order.streams.len() && self.order.repeat == Repeat::UntilStopped {
            self.current = 0;
        }
        self.current == self.order.streams.len()
    }

    /// Lets the stream under way be the last.
    pub(super) fn stop(&mut self) {
        self.order.repeat = Repeat::Once;
        self.order.streams.truncate(self.current + 1);
    }

    /// When more will be due, if the pace is what holds it back now.
    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        let (pace, stream) = (self.pace?, self.order.streams.get(self.current)?);
        (stream.end_of(pace.due(now)) <= self.position).then(|| pace.next(now))
    }

    /// True if events are so close to each other that a timer of milliseconds is too coarse.
    pub(super) fn is_fine(&self) -> bool {
        self.order.events_per_second.is_some_and(|rate| rate >= FINE)
    }

    /// The speaker takes no more.
    pub(super) fn blocked(&mut self, now: Instant) {
        self.blocked_since.get_or_insert(now);
    }

    /// The speaker takes octets again.
    pub(super) fn unblocked(&mut self, now: Instant) {
        if let Some(since) = self.blocked_since.take() {
            self.blocked += now.saturating_duration_since(since);
        }
    }

    /// All is written.
    pub(super) fn finish(mut self, now: Instant) -> Sent {
        self.unblocked(now);
        let started = self.started.unwrap_or(now);
        Sent { started, ended: now, blocked: self.blocked, prefixes: self.prefixes }
    }
}

#[cfg(test)]
mod tests;
