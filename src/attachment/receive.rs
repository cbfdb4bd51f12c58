//! From the octets of a connection to events of its state machine and changes of the RIB.

use super::{
    event::EventKind,
    link::{Decoding, Link},
    task::Attachment,
};
use crate::{
    family::Family,
    rib::{Crossing, LimitExceeded, PrefixLimit},
    session::{ConnectionId, Received, TcpFailure},
    transport::{self, Connection},
    wire::{Message, MessageError, Update},
};
use std::time::Instant;

/// Why decoding stopped before the end of what was received.
enum Pause {
    /// The rest is not a whole message yet.
    Incomplete,
    /// The state machine wants something done first.
    ActionsFirst,
    /// What has been taken in is to be handed on first.
    BatchFull,
}

impl Attachment {
    /// Reads once what the socket holds and takes in every whole message of it, as far as the batch has room; when it
    /// has room again, the next call goes on from there.
    pub(super) fn read(&mut self, family: Family, id: ConnectionId, now: Instant) {
        let Some(link) = self.link(family) else { return };
        if is_established(link, id)
            && std::mem::replace(&mut link.decoding, Decoding::Done) == Decoding::Interrupted
        {
            return self.decode(family, id, now);
        }
        let Some(connection) = link.connection(id) else { return };
        match connection.read() {
            Ok(transport::Received::Octets(_) | transport::Received::Full) => self.decode(family, id, now),
            Ok(transport::Received::Nothing) => {}
            Ok(transport::Received::End) => self.lost(family, id, TcpFailure::ClosedByPeer, now),
            Err(error) => self.lost(family, id, TcpFailure::Broken(error.to_string()), now),
        }
    }

    fn decode(&mut self, family: Family, id: ConnectionId, now: Instant) {
        // The connection is out of the link meanwhile, as its buffer is read while the link changes; what the state
        // machine wants done with it is done once it is back.
        while let Some(mut connection) = self.link(family).and_then(|link| link.take_connection(id)) {
            let pause = self.take_in(family, id, &mut connection, now);
            if let Some(link) = self.link(family) {
                link.connections.push((id, connection));
            }
            match pause {
                Pause::Incomplete => return,
                Pause::ActionsFirst => self.perform(),
                Pause::BatchFull => {
                    if let Some(link) = self.link(family) {
                        link.decoding = Decoding::Interrupted;
                    }
                    return;
                }
            }
        }
    }

    fn take_in(
        &mut self,
        family: Family,
        id: ConnectionId,
        connection: &mut Connection,
        now: Instant,
    ) -> Pause {
        let Some(index) = self.links.iter().position(|link| link.settings.transport() == family) else {
            return Pause::Incomplete;
        };
        let (mut consumed, mut foreseen) = (0, 0);
        let pause = loop {
            let Some(link) = self.links.get_mut(index) else { break Pause::Incomplete };
            if !link.actions.is_empty() {
                break Pause::ActionsFirst;
            }
            if !self.batch.has_room() && is_established(link, id) {
                break Pause::BatchFull;
            }
            let octets = connection.received().get(consumed..).unwrap_or_default();
            if consumed >= foreseen && is_established(link, id) {
                foreseen = consumed + self.routes.foresee(octets, link.negotiated(id));
            }
            match Message::decode(octets, link.negotiated(id)) {
                Ok(None) => break Pause::Incomplete,
                Ok(Some((message, length))) => {
                    consumed += length;
                    link.traffic.received += 1;
                    self.message(index, id, message, now);
                }
                Err(error) => {
                    link.peer.received(id, Received::Malformed(error), now, &mut link.actions);
                    // Nothing behind a message that cannot be read has a known beginning.
                    consumed = connection.received().len();
                    break Pause::ActionsFirst;
                }
            }
        };
        connection.consume(consumed);
        pause
    }

    fn message(&mut self, index: usize, id: ConnectionId, message: Message<'_>, now: Instant) {
        let Some(link) = self.links.get_mut(index) else { return };
        let (received, update, refresh) = match message {
            Message::Open(open) => (Received::Open(open), None, None),
            Message::Keepalive => (Received::Keepalive, None, None),
            Message::Notification(notification) => {
                link.traffic.notifications_received += 1;
                (Received::Notification(notification), None, None)
            }
            Message::Update(update) => {
                link.traffic.updates_received += 1;
                (Received::Update, Some(update), None)
            }
            Message::RouteRefresh(refresh) => (Received::RouteRefresh, None, Some(refresh)),
        };
        link.peer.received(id, received, now, &mut link.actions);
        if !is_established(link, id) || !link.actions.is_empty() {
            return;
        }
        if let Some(update) = update {
            self.update(index, id, update, now);
        }
        if let Some(refresh) = refresh {
            self.refresh(index, refresh, now);
        }
    }

    fn update(&mut self, index: usize, id: ConnectionId, update: Update<'_>, now: Instant) {
        let Some(link) = self.links.get_mut(index) else { return };
        let split = update.split(link.negotiated(id));
        let parts = match &split {
            Ok(parts) => parts,
            Err(error) => {
                let malformed = Received::Malformed(MessageError::Update(error.clone()));
                link.peer.received(id, malformed, now, &mut link.actions);
                return;
            }
        };
        let peer = link.settings.peer_address;
        let end_of_rib = parts.end_of_rib;
        match self.routes.apply(parts, &link.settings.import, &mut self.batch) {
            Ok(applied) => {
                for (family, crossing) in applied.crossings {
                    self.crossed(family, crossing);
                }
                for errors in applied.errors {
                    let Some(link) = self.links.get_mut(index) else { return };
                    link.faults.count(&errors);
                    if let Some(withheld) = link.complaints.admit(now) {
                        tracing::warn!(attachment = %self.settings.id, %peer, withheld, "UPDATE: {errors}");
                    }
                }
            }
            Err(exceeded) => self.exceeded(index, &exceeded, now),
        }
        if let Some(family) = end_of_rib {
            self.end_of_rib(index, family);
        }
    }

    pub(super) fn crossed(&self, family: Family, crossing: Crossing) {
        let message = format!("{family}: {crossing}");
        self.events.report(&self.settings.id, EventKind::PrefixWarning, message);
    }

    /// A session holds more prefixes than it may: that session ends, and no other.
    pub(super) fn exceeded(&mut self, index: usize, exceeded: &LimitExceeded, now: Instant) {
        let Some(link) = self.links.get_mut(index) else { return };
        self.tripped[exceeded.family] = true;
        let message = format!("session with {} ends: {exceeded}", link.settings.peer_address);
        self.events.report(&self.settings.id, EventKind::PrefixLimitExceeded, message);
        let restart = match self.settings.limits[exceeded.family] {
            PrefixLimit::Drop { restart, .. } => restart,
            PrefixLimit::Unlimited | PrefixLimit::Warn { .. } => None,
        };
        let bound = exceeded.max.get();
        link.peer.prefix_limit_exceeded(exceeded.family, bound, restart, now, &mut link.actions);
    }
}

fn is_established(link: &Link, id: ConnectionId) -> bool {
    link.established.is_some_and(|(established, _)| established == id)
}
