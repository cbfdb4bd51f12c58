//! `[lab] open_transit`: the routers as plain eBGP speakers that pass on every best route.
//!
//! All peers are told one table, so that nobody keeps one for each of them. News are packed into UPDATEs once for every
//! audience, at once, and its sessions share the octets. A session that is slow, or has just come, has a list of
//! prefixes instead: it is told the newest route to each as fast as it reads, so that what waits is bounded by what
//! there is to know, and not by time.
//!
//! ```text
//! batch ─ table ─ news ─┬─ packed once for an audience ─ sessions that keep up
//!                       └─ prefixes ─ backlog of each session that does not ─ looked up, packed ─ that session
//! ```

mod backlog;
mod pack;
mod session;
mod table;

use crate::rib::{Attributes, Batch, Downlink, Join, Listener, PeerIdentity, Prefix, Source};
use crate::wire::{Negotiated, PassedOn};
use backlog::Backlog;
use bytes::Bytes;
use pack::Packer;
use session::{Session, Turn};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};
use table::{Hearer, News, Telling, TransitTable};
use tokio::sync::mpsc;

/// One family of an open transit.
pub(super) struct Transit<P: Prefix> {
    table: TransitTable<P>,
    sessions: BTreeMap<Listener, Session<P>>,
    /// Sessions that are told the same octets, by how they are told.
    audiences: Vec<(Negotiated, PassedOn)>,
    /// Sessions that are behind and have room.
    turns: VecDeque<Listener>,
    news: Vec<News<P>>,
}

impl<P: Prefix> Transit<P> {
    /// Octets that a session is told in one turn, so that nobody waits long for the next.
    const PORTION: usize = 64 * 1024;

    pub(super) fn new() -> Self {
        Self {
            table: TransitTable::new(),
            sessions: BTreeMap::new(),
            audiences: Vec::new(),
            turns: VecDeque::new(),
            news: Vec::new(),
        }
    }

    /// Applies what one attachment changed, and tells everybody.
    pub(super) fn apply(
        &mut self,
        source: Source,
        batch: &Batch,
        peer: impl Fn(Source) -> Option<PeerIdentity>,
    ) {
        self.table.apply(source, batch.runs(), peer, &mut self.news);
        self.tell();
    }

    /// Takes out all routes of an attachment, and tells everybody.
    pub(super) fn remove_source(&mut self, source: Source, peer: impl Fn(Source) -> Option<PeerIdentity>) {
        self.table.remove_source(source, peer, &mut self.news);
        self.tell();
    }

    /// Originates a prefix, or with `None` no longer, and tells everybody.
    pub(super) fn originate(
        &mut self,
        prefix: P,
        own: Option<&Attributes>,
        peer: impl Fn(Source) -> Option<PeerIdentity>,
    ) {
        self.table.originate(prefix, own, peer, &mut self.news);
        self.tell();
    }

    /// Tells a session the whole table and what changes from then on, or tells it differently from now on.
    pub(super) fn join(&mut self, join: &Join, downlink: &mpsc::Sender<Downlink>) {
        let Join { listener, session: number, audience, window } = join;
        let how = audience.passed_on[P::FAMILY];
        if !audience.negotiated.families.contains(P::FAMILY) {
            return self.leave(*listener);
        }
        match self.sessions.get_mut(listener) {
            Some(session) if session.number == *number => {
                session.backlog.review(&self.table, session.hearer());
                session.how = how;
            }
            _ => {
                let session = Session {
                    source: listener.source,
                    transport: listener.transport,
                    number: *number,
                    negotiated: audience.negotiated,
                    how,
                    window: Arc::clone(window),
                    downlink: downlink.clone(),
                    backlog: Backlog::new(&self.table),
                    audience: 0,
                    turn: Turn::None,
                };
                self.turns.retain(|listed| listed != listener);
                self.sessions.insert(*listener, session);
            }
        }
        self.group();
        self.room(*listener);
    }

    /// Forgets a session that is over.
    pub(super) fn leave(&mut self, listener: Listener) {
        if self.sessions.remove(&listener).is_some() {
            self.turns.retain(|listed| *listed != listener);
            self.group();
        }
    }

    /// Forgets the sessions of an attachment that has ended.
    pub(super) fn leave_all(&mut self, source: Source) {
        let sessions = self.sessions.keys().filter(|listener| listener.source == source);
        for listener in sessions.copied().collect::<Vec<_>>() {
            self.leave(listener);
        }
    }

    /// Tells a session everything once more.
    pub(super) fn again(&mut self, listener: Listener) {
        if let Some(session) = self.sessions.get_mut(&listener) {
            session.backlog.again(&self.table, session.negotiated.route_refresh);
            self.room(listener);
        }
    }

    /// Notes that a session may have room.
    pub(super) fn room(&mut self, listener: Listener) {
        if let Some(session) = self.sessions.get_mut(&listener)
            && session.turn == Turn::None
            && !session.backlog.is_empty()
        {
            session.turn = Turn::Listed;
            self.turns.push_back(listener);
        }
    }

    /// True if somebody who is behind has room.
    pub(super) fn is_behind(&self) -> bool {
        !self.turns.is_empty()
    }

    /// Tells one of those who are behind a portion.
    pub(super) fn catch_up(&mut self) {
        let Some(listener) = self.turns.pop_front() else { return };
        let Some(session) = self.sessions.get_mut(&listener) else { return };
        session.turn = Turn::None;
        if session.has_room() {
            let budget = session.window.room().min(Self::PORTION);
            let told = session.backlog.catch_up(
                &self.table,
                session.hearer(),
                session.negotiated,
                session.how,
                budget,
            );
            session.send(told.freeze());
            note_told(&self.table, session);
        }
        if !session.backlog.is_empty() && (session.has_room() || !session.window.wait()) {
            self.room(listener);
        }
    }

    /// The prefixes that an attachment's peer is told of, in no order.
    pub(super) fn told_to(&self, source: Source) -> Vec<P> {
        self.how(source).map_or_else(Vec::new, |(hearer, _)| self.table.prefixes_told_to(hearer))
    }

    /// The route to exactly this prefix that an attachment's peer is told, as it sees it.
    pub(super) fn told(&self, source: Source, prefix: P) -> Option<Attributes> {
        let (hearer, how) = self.how(source)?;
        let route = self.table.told(prefix, hearer)?;
        passed_on(self.table.attributes(route.attributes)?, &how)
    }

    fn how(&self, source: Source) -> Option<(Hearer, PassedOn)> {
        let mut sessions = self.sessions.values().filter(|session| session.source == source);
        sessions.find_map(|session| Some((session.hearer(), session.how?)))
    }

    /// Tells everybody the news that there are.
    fn tell(&mut self) {
        let Self { table, sessions, audiences, turns, news } = self;
        if news.is_empty() {
            return;
        }
        let mut shared: Vec<Option<Bytes>> = vec![None; audiences.len()];
        let concerned = sources(news);
        for (listener, session) in sessions {
            let Some(how) = session.how else { continue };
            let hearer = session.hearer();
            let octets = |told: &dyn Fn(&News<P>) -> Telling| {
                let mut packer = Packer::new(table, session.negotiated, Some(how));
                packer.expect(news.len());
                for news in news.iter() {
                    packer.tell(news.prefix, told(news));
                }
                packer.finish().freeze()
            };
            if !session.keeps_up() {
                let concerns = |news: &&News<P>| news.for_one(hearer) != Telling::Nothing;
                news.iter().filter(concerns).for_each(|news| session.backlog.push(news.prefix));
                session.backlog.sweep(table);
                if session.turn == Turn::None
                    && !session.backlog.is_empty()
                    && (session.has_room() || !session.window.wait())
                {
                    session.turn = Turn::Listed;
                    turns.push_back(*listener);
                }
            } else if concerned.contains(&listener.source) {
                session.send(octets(&|news| news.for_one(hearer)));
            } else if let Some(shared) = shared.get_mut(session.audience) {
                session.send(shared.get_or_insert_with(|| octets(&|news| news.for_all(how.role))).clone());
            }
            note_told(table, session);
        }
        news.clear();
    }

    /// Finds the sessions that are told the same octets.
    fn group(&mut self) {
        self.audiences.clear();
        for session in self.sessions.values_mut() {
            let Some(how) = session.how else { continue };
            let audience = (session.negotiated, how);
            let known = self.audiences.iter().position(|known| *known == audience);
            session.audience = known.unwrap_or(self.audiences.len());
            if known.is_none() {
                self.audiences.push(audience);
            }
        }
    }
}

fn passed_on(attributes: &Attributes, how: &PassedOn) -> Option<Attributes> {
    attributes.stored().passed_on(how).map(Attributes::from)
}

/// Shows readers how many prefixes a session has been told of.
fn note_told<P: Prefix>(table: &TransitTable<P>, session: &Session<P>) {
    let wanted = if session.how.is_some() { table.told_to(session.hearer()) } else { 0 };
    session.window.set_advertised(P::FAMILY, wanted.saturating_sub(session.backlog.len()));
}

/// The sources that the routes of some news came from, or came from before.
fn sources<P>(news: &[News<P>]) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for news in news {
        for source in [news.before.map(|(source, _)| source), news.now.map(|(route, _)| route.source)]
            .into_iter()
            .flatten()
        {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
    }
    sources
}
