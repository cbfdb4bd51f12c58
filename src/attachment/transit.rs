//! The sessions of an open transit: what the peer is told comes packed from the backbone.

use super::{link::Link, settings::Advertise, task::Attachment};
use crate::{
    family::{Family, PerFamily},
    rib::{Audience, Join, Listener, SendWindow, SessionNumber, Source, Uplink},
    wire::{Negotiated, RouteRefreshSupport},
};
use bytes::Bytes;
use std::sync::Arc;

/// What the backbone packs for a session, and how much of that is under way.
#[derive(Debug)]
pub(super) struct Hearing {
    pub(super) session: SessionNumber,
    window: Arc<SendWindow>,
    /// Octets taken from the backbone that are not written yet.
    unwritten: usize,
    /// Some of them have not been offered to the socket.
    fresh: bool,
    /// What the backbone knows of this session.
    known: Option<Audience>,
    /// The backbone waits to hear that there is room.
    room_due: bool,
    /// The peer wants everything of a family again.
    again: PerFamily<bool>,
}

impl Hearing {
    pub(super) fn new(session: SessionNumber) -> Self {
        Self {
            session,
            window: Arc::new(SendWindow::default()),
            unwritten: 0,
            fresh: false,
            known: None,
            room_due: false,
            again: PerFamily::default(),
        }
    }

    /// Prefixes that the peer has been told of; `None` if the backbone does not tell it anything.
    pub(super) fn advertised(&self, family: Family) -> Option<usize> {
        self.is_known().then(|| self.window.advertised(family))
    }

    /// True if the backbone packs for this session.
    pub(super) fn is_known(&self) -> bool {
        self.known.is_some()
    }

    /// Notes how many octets still wait to be written.
    pub(super) fn written(&mut self, pending: usize) {
        self.fresh = false;
        let written = self.unwritten.saturating_sub(pending);
        self.unwritten -= written;
        if written > 0 {
            self.room_due |= self.window.written(written);
        }
    }
}

impl Attachment {
    /// Takes in octets for a session, unless it is over; they are written when everything that waits has been taken in.
    pub(super) fn hear(&mut self, transport: Family, session: SessionNumber, octets: Bytes) {
        let Some(link) = self.link(transport) else { return };
        let Some((id, _)) = link.established else { return };
        let Some(hearing) = link.hearing.as_mut().filter(|hearing| hearing.session == session) else {
            return;
        };
        hearing.unwritten += octets.len();
        hearing.fresh = true;
        if let Some(connection) = link.connection(id) {
            connection.share(octets);
        }
    }

    /// True if the backbone's octets wait to be written to a link, and the last attempt is not what they wait for.
    pub(super) fn hears(&self, index: usize) -> bool {
        self.links.get(index).and_then(|link| link.hearing.as_ref()).is_some_and(|hearing| hearing.fresh)
    }

    /// A peer wants everything of a family again (RFC 2918).
    pub(super) fn again(&mut self, index: usize, family: Family) {
        let Some(link) = self.links.get_mut(index) else { return };
        let support =
            link.established.map_or(RouteRefreshSupport::Absent, |(_, negotiated)| negotiated.route_refresh);
        self.routes.refresh(family, support);
        if let Some(hearing) = &mut link.hearing {
            hearing.again[family] = true;
        }
    }

    /// Something that the backbone must know about the sessions, if there is anything.
    pub(super) fn next_about_hearing(&mut self) -> Option<Uplink> {
        let (source, advertise) = (self.source, self.settings.advertise);
        for transport in Family::ALL {
            if std::mem::take(&mut self.unheard[transport]) {
                return Some(Uplink::Leave(Listener { source, transport }));
            }
        }
        self.links.iter_mut().find_map(|link| next_about(link, source, advertise))
    }

    /// True if there is something that the backbone must know about the sessions.
    pub(super) fn owes_about_hearing(&self) -> bool {
        self.unheard.ipv4
            || self.unheard.ipv6
            || self.links.iter().any(|link| owes_about(link, self.settings.advertise))
    }
}

/// How the backbone shall tell a session; `None` if it shall not, and has not.
fn wanted(link: &Link, advertise: Advertise) -> Option<Audience> {
    let (_, negotiated) = link.established?;
    let known = link.hearing.as_ref().and_then(|hearing| hearing.known);
    match advertise {
        Advertise::Transit => Some(audience(link, negotiated)),
        // What the peer has been told is to be withdrawn.
        Advertise::Yes | Advertise::No => {
            known.map(|known| Audience { passed_on: PerFamily::default(), ..known })
        }
    }
}

fn audience(link: &Link, negotiated: Negotiated) -> Audience {
    let export = link.settings.export;
    let passed_on = PerFamily { ipv4: export.passed_on(Family::Ipv4), ipv6: export.passed_on(Family::Ipv6) };
    Audience { negotiated, passed_on }
}

fn owes_about(link: &Link, advertise: Advertise) -> bool {
    let hearing = link.hearing.as_ref();
    hearing.is_some_and(|hearing| {
        hearing.known != wanted(link, advertise)
            || (hearing.known.is_some() && (hearing.room_due || hearing.again.ipv4 || hearing.again.ipv6))
    })
}

fn next_about(link: &mut Link, source: Source, advertise: Advertise) -> Option<Uplink> {
    let listener = Listener { source, transport: link.settings.transport() };
    let wanted = wanted(link, advertise);
    let hearing = link.hearing.as_mut()?;
    if hearing.known != wanted {
        hearing.known = wanted;
        return wanted.map(|audience| {
            Uplink::Join(Join {
                listener,
                session: hearing.session,
                audience,
                window: Arc::clone(&hearing.window),
            })
        });
    }
    hearing.known?;
    for family in Family::ALL {
        if std::mem::take(&mut hearing.again[family]) {
            return Some(Uplink::Again(listener, family));
        }
    }
    std::mem::take(&mut hearing.room_due).then_some(Uplink::Room(listener))
}

/// Numbers the sessions of an attachment.
#[derive(Debug, Default)]
pub(super) struct SessionNumbers(u32);

impl SessionNumbers {
    pub(super) fn next(&mut self) -> SessionNumber {
        self.0 = self.0.wrapping_add(1);
        SessionNumber(self.0)
    }
}
