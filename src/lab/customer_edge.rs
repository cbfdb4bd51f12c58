//! A customer edge: the far end of one link, run by the same code as the near one.

use super::RouteSet;
use crate::wire::attribute::Bounds;
use crate::{
    asn::Asn,
    attachment::{
        AdminState, Advertise, Attachment, Command, Event, EventKind, Events, LastWord, RouteView,
        SessionSettings, Settings, Start, Surroundings, Which,
    },
    azure::{AttachmentId, Router},
    config::plan,
    family::{Families, Family, PerFamily},
    policy::{Admission, Export, Import, Rules},
    rib::{Downlink, PrefixLimit, Source, Uplink},
    session,
    transport::{AddressNews, Listeners, PeerOptions},
    wire::{Identifier, NextHop},
};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    pin::pin,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{mpsc, oneshot, watch};

/// Messages that may wait for anybody here; the edge is never busy for long.
const WAITING: usize = 64;
/// Routes that are asked for at once.
const PAGE: usize = 1000;
/// Before a lost session is tried again: short, so that a step waits for the MSEE alone.
const IDLE_HOLD: Duration = Duration::from_millis(200);

/// A customer edge that runs; it shuts its session down when this is dropped.
#[derive(Debug)]
pub struct CustomerEdge {
    name: &'static str,
    asn: Asn,
    commands: mpsc::Sender<Command>,
    routes: mpsc::Sender<Downlink>,
    line: watch::Sender<Line>,
    last_down: watch::Receiver<Option<String>>,
}

/// The task of a customer edge has ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} has ended by itself; please report this")]
pub struct EdgeEnded(&'static str);

/// Whether anything passes between a customer edge and the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Whole,
    Cut,
}

/// The name of the customer edge on the link of a router.
pub(super) const fn name(router: Router) -> &'static str {
    match router {
        Router::Primary => "CE-A",
        Router::Secondary => "CE-B",
    }
}

impl CustomerEdge {
    /// Starts the customer edge of a peering's IPv4 session; `None` if there is no such session.
    ///
    /// Without a shared key: the lab has none.
    pub(super) fn start(msee: &plan::Attachment) -> Option<Self> {
        let name = name(msee.id.router);
        let settings = mirrored(name, msee)?;
        let (commands, inbox) = mpsc::channel(WAITING);
        let (routes, downlink) = mpsc::channel(WAITING);
        let (uplink, learnt) = mpsc::channel(WAITING);
        let (event_sender, events) = mpsc::channel(WAITING);
        let (line, cut) = watch::channel(Line::Whole);
        let (down, last_down) = watch::channel(None);
        let surroundings = Surroundings {
            listeners: Listeners::new(),
            uplink,
            last_word: LastWord::default(),
            events: Events::new(event_sender),
            addresses: AddressNews::none(),
            start: Start::New,
        };
        let (attachment, accepted) = Attachment::new(settings, Source(0), surroundings, rand::random());
        tokio::spawn(while_whole(Box::new(attachment).run(accepted, inbox, downlink), cut));
        tokio::spawn(forget(learnt));
        tokio::spawn(note_ends(events, down));
        Some(Self { name, asn: msee.peer_asn, commands, routes, line, last_down })
    }

    /// Announces routes, in place of what was announced for these prefixes before.
    ///
    /// # Errors
    /// [`EdgeEnded`].
    pub async fn announce(&self, routes: &RouteSet) -> Result<(), EdgeEnded> {
        self.offer(Downlink::Routes(Arc::new(routes.announced(self.asn)))).await
    }

    /// Withdraws routes.
    ///
    /// # Errors
    /// [`EdgeEnded`].
    pub async fn withdraw(&self, routes: &RouteSet) -> Result<(), EdgeEnded> {
        self.offer(Downlink::Routes(Arc::new(routes.withdrawn()))).await
    }

    /// Cuts the line without a goodbye: nothing is read or written any more, while TCP stays open.
    pub fn cut(&self) {
        self.line.send_replace(Line::Cut);
    }

    /// Repairs the line.
    pub fn repair(&self) {
        self.line.send_replace(Line::Whole);
    }

    /// The routes learnt from the MSEE, of one family, in prefix order. Not answered while the line is cut.
    ///
    /// # Errors
    /// [`EdgeEnded`].
    pub async fn learnt(&self, family: Family) -> Result<Vec<RouteView>, EdgeEnded> {
        let prefixes = self.ask(|reply| Command::Prefixes(family, Which::All, reply)).await?.sorted();
        self.ask(|reply| Command::Received(prefixes.behind(None, PAGE), reply)).await
    }

    /// How the last session ended, in the words of the customer edge.
    pub fn last_down(&self) -> Option<String> {
        self.last_down.borrow().clone()
    }

    async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, EdgeEnded> {
        let (reply, answer) = oneshot::channel();
        let ended = EdgeEnded(self.name);
        self.commands.send(question(reply)).await.map_err(|_| ended)?;
        answer.await.map_err(|_| ended)
    }

    async fn offer(&self, news: Downlink) -> Result<(), EdgeEnded> {
        self.routes.send(news).await.map_err(|_| EdgeEnded(self.name))
    }
}

impl fmt::Display for CustomerEdge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The far end of a peering's IPv4 session: what is local there is the peer's here.
fn mirrored(name: &str, msee: &plan::Attachment) -> Option<Settings> {
    let (session, address) = msee.sessions.iter().find_map(|session| match session.peer_address {
        IpAddr::V4(address) => Some((session, address)),
        IpAddr::V6(_) => None,
    })?;
    Some(Settings {
        id: AttachmentId { circuit: name.parse().ok()?, ..msee.id.clone() },
        state: AdminState::Enabled,
        held: None,
        limits: PerFamily { ipv4: PrefixLimit::Unlimited, ipv6: PrefixLimit::Unlimited },
        advertise: Advertise::Yes,
        sessions: vec![mirrored_session(msee, session, address)?],
    })
}

fn mirrored_session(
    msee: &plan::Attachment,
    session: &plan::Session,
    address: Ipv4Addr,
) -> Option<SessionSettings> {
    let (local_asn, identifier) = (msee.peer_asn, Identifier::new(address)?);
    Some(SessionSettings {
        bgp: session::Settings {
            hold: session.timers.hold,
            keepalive: session.timers.keepalive,
            connect_retry: session.timers.connect_retry,
            idle_hold: IDLE_HOLD,
            ..session::Settings::new(local_asn, msee.local_asn, identifier, Families::IPV4)
        },
        vlan_id: msee.vlan_id,
        local_address: session.peer_address,
        peer_address: session.local_address,
        local_endpoint: session.peer_endpoint,
        peer_endpoint: session.local_endpoint,
        options: PeerOptions::default(),
        import: Import {
            rules: Rules::Transit,
            local_asn,
            peer_asn: msee.local_asn,
            role: None,
            local_address: session.peer_address,
            admission: Admission::Any,
            bounds: Bounds::default(),
        },
        export: Export {
            local_asn,
            next_hop: PerFamily { ipv4: Some(NextHop::V4(address)), ipv6: None },
            role: None,
        },
    })
}

/// Does the work, except that it stands still while the line is cut, as a router does that nothing reaches.
async fn while_whole(work: impl Future<Output = ()>, mut line: watch::Receiver<Line>) {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            held = becomes(&mut line, Line::Cut) => match held {
                Held::Yes => becomes(&mut line, Line::Whole).await,
                // Nobody holds the edge any more: it says goodbye.
                Held::No => return work.await,
            },
            () = &mut work => return,
        };
    }
}

/// Whether somebody still holds the other end of the line.
enum Held {
    Yes,
    No,
}

async fn becomes(line: &mut watch::Receiver<Line>, state: Line) -> Held {
    match line.wait_for(|line| *line == state).await {
        Ok(_) => Held::Yes,
        Err(_) => Held::No,
    }
}

/// A customer edge has no network behind it: what it learns stays in its Adj-RIB-In.
async fn forget(mut learnt: mpsc::Receiver<Uplink>) {
    while learnt.recv().await.is_some() {}
}

/// Keeps the last end of the session, which attempts that fail later do not hide.
async fn note_ends(mut events: mpsc::Receiver<Event>, down: watch::Sender<Option<String>>) {
    while let Some(event) = events.recv().await {
        if event.kind == EventKind::SessionDown {
            down.send_replace(Some(event.message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::task::yield_now;

    #[test]
    fn an_edge_mirrors_its_msee() {
        let plan = crate::lab::plan().unwrap();
        let msee = &plan.attachments[0];
        let edge = mirrored("CE-A", msee).unwrap();
        let (near, far) = (&msee.sessions[0], &edge.sessions[0]);
        assert_eq!(edge.id.to_string(), "CE-A/private/primary");
        assert_eq!((far.bgp.local_asn, far.bgp.peer_asn), (msee.peer_asn, msee.local_asn));
        assert_eq!((far.local_address, far.peer_address), (near.peer_address, near.local_address));
        assert_eq!((far.local_endpoint, far.peer_endpoint), (near.peer_endpoint, near.local_endpoint));
    }

    #[tokio::test]
    async fn work_stands_still_while_the_line_is_cut_and_goes_on_after() {
        let (line, cut) = watch::channel(Line::Whole);
        let steps = Arc::new(AtomicU32::new(0));
        let worker = Arc::clone(&steps);
        let work = async move {
            loop {
                worker.fetch_add(1, Ordering::Relaxed);
                yield_now().await;
            }
        };
        let task = tokio::spawn(while_whole(work, cut));
        let turns = || async {
            for _ in 0..10 {
                yield_now().await;
            }
            steps.load(Ordering::Relaxed)
        };
        assert!(turns().await > 0);
        line.send_replace(Line::Cut);
        let before = turns().await;
        assert_eq!(turns().await, before);
        line.send_replace(Line::Whole);
        assert!(turns().await > before);
        task.abort();
    }
}
