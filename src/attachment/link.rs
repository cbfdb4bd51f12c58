//! One session of an attachment: its state machine, its connections, its place on the listener.

use super::{path::Path, settings::SessionSettings, transit::Hearing};
use crate::{
    session::{Action, ConnectionId, Peer, Recovery, Refreshing, Requests, Retention},
    transport::{Connection, Md5Counters, Md5Diagnosis, Registration, Throttle},
    wire::{AttributeErrors, Negotiated, Treatment, attribute::Fault},
};
use std::{
    collections::BTreeSet,
    task::{Context, Poll},
    time::{Duration, Instant},
};

/// One session in the life of an attachment; a session that is reset gets another one.
///
/// What was begun for a session and ends after it is told apart by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LinkId(pub(super) u32);

/// Log lines per interval about errors in a peer's UPDATEs, which it can send at will.
const COMPLAINTS: u32 = 100;
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(10);

/// One configured session and everything that serves it.
pub(super) struct Link {
    pub(super) id: LinkId,
    pub(super) settings: SessionSettings,
    pub(super) peer: Peer,
    /// What the state machine wants done and has not been done yet.
    pub(super) actions: Vec<Action>,
    pub(super) connections: Vec<(ConnectionId, Connection)>,
    /// The connection that routes go over.
    pub(super) established: Option<(ConnectionId, Negotiated)>,
    /// What the backbone packs for the session that is established.
    pub(super) hearing: Option<Hearing>,
    /// What stays of the peer's routes while it restarts.
    pub(super) retention: Retention,
    /// Whether the peer announces everything once more.
    pub(super) refreshing: Refreshing,
    /// Whether the peer wants everything once more.
    pub(super) requests: Requests,
    /// Whether the peer's routes are waited for after a restart of ours.
    pub(super) recovery: Recovery,
    /// Whether what was read from the established connection has all been decoded.
    pub(super) decoding: Decoding,
    /// Routes were given up because this session cannot carry them; the next one may.
    pub(super) left_out: bool,
    pub(super) registration: Option<Registration>,
    /// Why the listener does not take the peer's connections, with the remedy.
    pub(super) unlistened: Option<(String, String)>,
    /// Why attempts have not brought the session up, so that each reason is reported once.
    pub(super) failures: BTreeSet<String>,
    /// Errors in UPDATEs are logged at this pace.
    pub(super) complaints: Throttle,
    pub(super) traffic: Traffic,
    pub(super) faults: AttributeFaults,
    /// What the kernel had counted when MD5 was last known to be innocent.
    md5_before: Option<Md5Evidence>,
    pub(super) md5_diagnosis: Option<Md5Diagnosis>,
    pub(super) path: Path,
}

/// Messages and octets of a session since the daemon started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages received.
    pub received: u64,
    /// Messages sent.
    pub sent: u64,
    /// UPDATEs among those received.
    pub updates_received: u64,
    /// UPDATEs among those sent.
    pub updates_sent: u64,
    /// NOTIFICATIONs among those received.
    pub notifications_received: u64,
    /// NOTIFICATIONs among those sent.
    pub notifications_sent: u64,
}

/// Announcements with wrong or too many attributes since the daemon started; a block of attributes that was taken without
/// an attribute is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttributeFaults {
    /// Treated as withdrawn because an attribute is malformed (RFC 7606).
    pub malformed: u64,
    /// Treated as withdrawn because of an AS_SET (RFC 9774).
    pub as_sets: u64,
    /// Treated as withdrawn because there is too much of something.
    pub beyond_bounds: u64,
    /// Taken without an attribute (RFC 7606).
    pub discarded: u64,
}

impl AttributeFaults {
    pub(super) fn count(&mut self, errors: &AttributeErrors) {
        let strongest = errors.strongest();
        let counter = match (&strongest.fault, strongest.treatment()) {
            (Fault::AsSet, _) => &mut self.as_sets,
            (Fault::TooMany { .. }, _) => &mut self.beyond_bounds,
            (_, Treatment::DiscardAttribute) => &mut self.discarded,
            (_, Treatment::TreatAsWithdraw | Treatment::ResetSession) => &mut self.malformed,
        };
        *counter += 1;
    }
}

/// What the kernel has counted.
#[derive(Clone, Copy, Debug)]
struct Md5Evidence {
    counters: Md5Counters,
    /// Segments dropped at the listening socket.
    dropped: u32,
}

/// A connection on which something can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    Readable(ConnectionId),
    Writable(ConnectionId),
}

/// Whether the peer may be read from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Open,
    /// What has been read already cannot be handed on yet.
    Held,
}

/// How far decoding has come with what has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decoding {
    /// Every whole message has been taken in.
    Done,
    /// The batch was full before.
    Interrupted,
}

impl Link {
    pub(super) fn new(id: LinkId, settings: SessionSettings, seed: u64) -> Self {
        Self {
            id,
            peer: Peer::new(settings.bgp.clone(), seed),
            settings,
            actions: Vec::new(),
            connections: Vec::new(),
            established: None,
            hearing: None,
            retention: Retention::default(),
            refreshing: Refreshing::default(),
            requests: Requests::default(),
            recovery: Recovery::Over,
            decoding: Decoding::Done,
            left_out: false,
            registration: None,
            unlistened: None,
            failures: BTreeSet::new(),
            complaints: Throttle::with_burst(COMPLAINTS, COMPLAINT_INTERVAL),
            traffic: Traffic::default(),
            faults: AttributeFaults::default(),
            md5_before: None,
            md5_diagnosis: None,
            path: Path::default(),
        }
    }

    pub(super) fn connection(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|(own, _)| *own == id).map(|(_, connection)| connection)
    }

    pub(super) fn take_connection(&mut self, id: ConnectionId) -> Option<Connection> {
        let position = self.connections.iter().position(|(own, _)| *own == id)?;
        Some(self.connections.swap_remove(position).1)
    }

    /// What the codec must know to read from a connection.
    pub(super) fn negotiated(&self, id: ConnectionId) -> Negotiated {
        match self.established {
            Some((established, negotiated)) if established == id => negotiated,
            _ => Negotiated::BEFORE_OPEN,
        }
    }

    /// Finds a connection on which something can be done, and registers for a wake-up if there is none.
    ///
    /// `owes` tells whether the established connection has routes to send beside what is buffered already.
    pub(super) fn poll_ready(&self, context: &mut Context<'_>, reading: Reading, owes: bool) -> Poll<Ready> {
        for (id, connection) in &self.connections {
            let established = self.established.is_some_and(|(established, _)| established == *id);
            let writes = connection.pending() > 0 || (established && owes);
            if writes && connection.poll_writable(context).is_ready() {
                return Poll::Ready(Ready::Writable(*id));
            }
            let reads = reading == Reading::Open || !established;
            let goes_on = established && self.decoding == Decoding::Interrupted;
            if reads && (goes_on || connection.poll_readable(context).is_ready()) {
                return Poll::Ready(Ready::Readable(*id));
            }
        }
        Poll::Pending
    }

    /// Takes note that MD5 cannot be why the session is down, from now on.
    pub(super) fn md5_is_innocent(&mut self) {
        self.md5_before = self.md5_evidence();
        self.md5_diagnosis = None;
    }

    fn md5_evidence(&self) -> Option<Md5Evidence> {
        let dropped = self.registration.as_ref().and_then(Registration::dropped)?;
        Some(Md5Evidence { counters: Md5Counters::read().ok()?, dropped })
    }

    /// Looks for the traces of a wrong or missing key while the session is down; the diagnosis if it is a new one.
    ///
    /// What the kernel found wrong it counts for the whole network namespace; that this peer is concerned shows in the
    /// segments dropped at the listening socket.
    pub(super) fn diagnose_md5(&mut self) -> Option<Md5Diagnosis> {
        if self.established.is_some() {
            return None;
        }
        let (before, now) = (self.md5_before?, self.md5_evidence()?);
        if now.dropped == before.dropped {
            return None;
        }
        let found = now.counters.since(&before.counters).diagnose(self.settings.options.signing())?;
        let news = self.md5_diagnosis != Some(found);
        self.md5_diagnosis = Some(found);
        news.then_some(found)
    }

    /// Looks whether what we send gets lost although the peer is heard; true if that is news.
    pub(super) fn diagnose_path(&mut self) -> bool {
        let flight = self.established.and_then(|(id, _)| self.connection(id)?.flight());
        flight.is_some_and(|flight| self.path.look(flight))
    }

    /// True if connections of the peer were refused because they came from farther than the link (RFC 5082).
    pub(super) fn is_too_far(&self) -> bool {
        self.registration.as_ref().is_some_and(|registration| registration.tally().too_far.value() > 0)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let others = [self.retention.deadline(), self.refreshing.deadline(), self.requests.deadline()];
        self.peer.deadline().into_iter().chain(others.into_iter().flatten()).min()
    }
}
