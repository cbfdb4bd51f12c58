//! How an attachment carries out what its state machines ask for, and tells them what became of it.

use super::{
    event::EventKind,
    link::{Decoding, Link, LinkId},
    path::Path,
    settings::SessionSettings,
    task::{Attachment, Errand, InitialTable},
    transit::Hearing,
};
use crate::{
    family::Family,
    rib::{PeerIdentity, Progress},
    session::{
        Action, ConnectionId, DialFailure, DownReason, Outgoing, Output, Refreshing, Requests, Session,
        TcpFailure,
    },
    transport::{BUFFER_LIMIT, Connection, Dial, DialError, connect},
    wire::Message,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a peer may take to read our last words.
const FAREWELL: Duration = Duration::from_secs(1);
/// Goodbyes that may be under way at once; beyond that connections are reset.
const FAREWELLS: usize = 16;
/// Reasons why a session does not come up that are remembered as reported.
const FAILURES: usize = 8;

impl Attachment {
    pub(super) fn dialled(
        &mut self,
        link: LinkId,
        id: ConnectionId,
        outcome: Result<Connection, DialError>,
        now: Instant,
    ) {
        // A dial that was called off may have ended before it heard of that.
        let Some(position) = self.dials.iter().position(|(of, dial, _)| (*of, *dial) == (link, id)) else {
            return;
        };
        self.dials.swap_remove(position);
        let Some(link) = self.links.iter_mut().find(|known| known.id == link) else { return };
        match outcome {
            Ok(connection) => {
                link.connections.push((id, connection));
                link.peer.dialled(id, now, &mut link.actions);
            }
            Err(error) => {
                let failure = DialFailure { cause: error.to_string(), remedy: error.remedy() };
                link.peer.dial_failed(id, failure, now, &mut link.actions);
            }
        }
    }

    pub(super) fn accept(&mut self, connection: Connection, now: Instant) {
        let (from, to) = (connection.peer().ip(), connection.local());
        let is_for = |settings: &SessionSettings| {
            settings.peer_endpoint.ip() == from
                && settings.local_endpoint.port() == to.port()
                && (settings.local_endpoint.ip() == to.ip() || settings.local_endpoint.ip().is_unspecified())
        };
        let Some(link) = self.links.iter_mut().find(|link| is_for(&link.settings)) else { return };
        let id = link.peer.accepted(now, &mut link.actions);
        link.connections.push((id, connection));
    }

    /// Carries out what the state machines ask for, and what follows from that.
    pub(super) fn perform(&mut self) {
        while let Some(index) = self.links.iter().position(|link| !link.actions.is_empty()) {
            let Some(link) = self.links.get_mut(index) else { return };
            for action in std::mem::take(&mut link.actions) {
                self.act(index, action);
            }
        }
    }

    fn act(&mut self, index: usize, action: Action) {
        let Some(link) = self.links.get_mut(index) else { return };
        let own = link.id;
        match action {
            Action::Connect(id) => self.dial(index, id),
            Action::Send(id, outgoing) => send(link, id, outgoing),
            Action::Close(id) => {
                if let Some(connection) = link.take_connection(id) {
                    self.close(connection);
                }
                self.call_off(|of, dial| (of, dial) == (own, id));
            }
            Action::Established(id, session) => self.established(index, id, &session),
            Action::Down(_, reason) => self.down(index, &reason),
            Action::Failed(_, reason) => self.failed(index, &reason),
        }
    }

    fn dial(&mut self, index: usize, id: ConnectionId) {
        let Some(link) = self.links.get(index) else { return };
        let own = link.id;
        let SessionSettings { local_endpoint, peer_endpoint, options, bgp, .. } = &link.settings;
        let dial = Dial {
            local: (local_endpoint.ip(), 0).into(),
            peer: *peer_endpoint,
            options: options.clone(),
            // Sooner than the state machine's own timer gives up: the transport knows more about why.
            timeout: bgp.connect_retry * 7 / 10,
        };
        let handle = self.errands.spawn(async move { Errand::Dialled(own, id, connect(dial).await) });
        self.dials.push((own, id, handle));
    }

    /// Ends dials that nobody waits for any more.
    pub(super) fn call_off(&mut self, called_off: impl Fn(LinkId, ConnectionId) -> bool) {
        for (_, _, handle) in self.dials.extract_if(.., |(link, id, _)| called_off(*link, *id)) {
            handle.abort();
        }
    }

    fn close(&mut self, connection: Connection) {
        while self.farewells.try_join_next().is_some() {}
        if self.farewells.len() < FAREWELLS {
            self.farewells.spawn(async move {
                connection.farewell(&[], FAREWELL).await;
            });
        } else {
            connection.abort();
        }
    }

    fn established(&mut self, index: usize, id: ConnectionId, session: &Arc<Session>) {
        let Some(link) = self.links.get_mut(index) else { return };
        link.established = Some((id, session.negotiated));
        link.decoding = Decoding::Done;
        link.hearing = Some(Hearing::new(self.session_numbers.next()));
        link.md5_is_innocent();
        link.failures.clear();
        let mut gone = link.retention.established(session, Instant::now());
        link.recovery.established(session);
        let settings = &link.settings;
        for family in settings.families().iter() {
            self.tripped[family] = false;
            let identity =
                PeerIdentity { identifier: session.peer.identifier, address: settings.peer_address };
            if self.peer[family].replace(identity).is_some_and(|former| former != identity) {
                // Whatever is stale was another router's, and the backbone knows it as such.
                gone = gone.with(family);
            }
        }
        self.routes.leave_stale(gone);
        let message = format!(
            "session with {} (AS {}) established: {}, hold time {} s",
            settings.peer_address,
            settings.bgp.peer_asn,
            session.negotiated.families,
            session.hold.seconds()
        );
        self.events.report(&self.settings.id, EventKind::SessionUp, message);
        self.complete_initial_table(index);
    }

    fn down(&mut self, index: usize, reason: &DownReason) {
        let Some(link) = self.links.get_mut(index) else { return };
        link.established = None;
        link.path = Path::default();
        link.decoding = Decoding::Done;
        link.refreshing = Refreshing::default();
        link.requests = Requests::default();
        let (transport, heard) = (link.settings.transport(), link.hearing.take());
        self.unheard[transport] |= heard.is_some_and(|hearing| hearing.is_known());
        if std::mem::take(&mut link.left_out) {
            self.initial_table = InitialTable::Wanted;
        }
        link.md5_is_innocent();
        let peer = link.settings.peer_address;
        let kept = link.retention.down(reason, link.settings.families(), Instant::now());
        self.routes.session_lost(link.settings.families(), kept, &mut self.batch);
        let stays = link.retention.deadline().map_or_else(String::new, |until| {
            let stale: usize = kept.iter().map(|family| self.routes.stale(family)).sum();
            let seconds = until.saturating_duration_since(Instant::now()).as_secs_f64();
            format!("; its {stale} routes stay for {seconds:.0} s (graceful restart)")
        });
        let message = format!("session with {peer} down: {}{stays}", with_remedy(reason));
        self.events.report(&self.settings.id, EventKind::SessionDown, message);
    }

    fn failed(&mut self, index: usize, reason: &DownReason) {
        let Some(link) = self.links.get_mut(index) else { return };
        let text = with_remedy(reason);
        if link.failures.contains(&text) || matches!(reason, DownReason::Collision | DownReason::Refused) {
            return;
        }
        if link.failures.len() == FAILURES {
            link.failures.clear();
        }
        let message = format!("session with {} does not come up: {text}", link.settings.peer_address);
        link.failures.insert(text);
        self.events.report(&self.settings.id, EventKind::SessionFailed, message);
    }

    /// True if the established connection of a link has routes to send.
    pub(super) fn owes(&self, index: usize) -> bool {
        let established = self.links.get(index).and_then(|link| link.established);
        established.is_some_and(|(_, negotiated)| {
            negotiated.families.iter().any(|family| self.routes.progress(family) == Progress::Pending)
        })
    }

    /// Packs what the peer should know into the connection's buffer, and writes what the socket takes.
    pub(super) fn write(&mut self, family: Family, id: ConnectionId, now: Instant) {
        let Some(link) = self.links.iter_mut().find(|link| link.settings.transport() == family) else {
            return;
        };
        let established = link.established.filter(|(established, _)| *established == id);
        let Some(connection) =
            link.connections.iter_mut().find(|(own, _)| *own == id).map(|(_, connection)| connection)
        else {
            return;
        };
        if let Some((_, negotiated)) = established {
            for family in negotiated.families.iter() {
                let room = BUFFER_LIMIT.saturating_sub(connection.pending());
                if room == 0 {
                    break;
                }
                let packed = self.routes.pack(family, negotiated, connection.output(), room);
                link.traffic.sent += packed.messages as u64;
                link.traffic.updates_sent += packed.messages as u64;
                link.left_out |= !packed.unsendable.is_empty();
                for unsendable in packed.unsendable {
                    tracing::warn!(attachment = %self.settings.id, "{unsendable}");
                }
            }
        }
        let outcome = connection.write();
        let pending = connection.pending();
        if let Some(hearing) = link.hearing.as_mut().filter(|_| established.is_some()) {
            hearing.written(pending);
        }
        match outcome {
            Ok(0) if pending > 0 => link.peer.send_blocked(id, now),
            Ok(0) => {}
            Ok(_) => {
                let output = if pending > 0 { Output::Pending } else { Output::Drained };
                link.peer.send_progress(id, output, now);
            }
            Err(error) => self.lost(family, id, TcpFailure::Broken(error.to_string()), now),
        }
    }

    /// A connection has ended by itself.
    pub(super) fn lost(&mut self, family: Family, id: ConnectionId, failure: TcpFailure, now: Instant) {
        let Some(link) = self.links.iter_mut().find(|link| link.settings.transport() == family) else {
            return;
        };
        if link.take_connection(id).is_some() {
            link.peer.closed(id, failure, now, &mut link.actions);
        }
    }
}

fn send(link: &mut Link, id: ConnectionId, outgoing: Outgoing) {
    let negotiated = link.negotiated(id);
    let is_notification = matches!(outgoing, Outgoing::Notification(_));
    let Some(connection) = link.connection(id) else { return };
    match Message::from(outgoing).encode(negotiated, connection.output()) {
        Ok(()) => {
            // What the socket does not take now goes out when it is writable.
            let _ = connection.write();
            let stuck = connection.pending() > 0;
            link.traffic.sent += 1;
            link.traffic.notifications_sent += u64::from(is_notification);
            if stuck {
                link.peer.send_blocked(id, Instant::now());
            }
        }
        Err(error) => tracing::error!(peer = %link.settings.peer_address, "message not sent: {error}"),
    }
}

fn with_remedy(reason: &DownReason) -> String {
    reason.remedy().map_or_else(|| reason.to_string(), |remedy| format!("{reason}; {remedy}"))
}
