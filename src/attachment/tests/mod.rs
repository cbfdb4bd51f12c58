//! An attachment on loopback addresses, between a backbone and a customer edge that the test plays by hand.

pub(crate) mod edge;
mod exchange;
mod faults;

mod limits;
mod operator;
mod reconfigure;
mod restart;

use self::edge::Edge;
use super::{
    AdminState, Advertise, Attachment, Command, Event, EventKind, Events, LastWord, LimitView, RouteView,
    SessionSettings, SessionView, Settings, Start, Surroundings, ViewedState, Which,
};
use crate::{
    asn::Asn,
    family::{Families, Family, PerFamily},
    policy::{Admission, Export, Import, Rules},
    rib::{
        Advertisements, Attributes, Batch, Downlink, Level, Offer, PrefixLimit, RouteChanges, Source, Uplink,
    },
    session::{self, Opening, StateName, Stop},
    transport::{AddressNews, Listeners, PeerOptions},
    wire::{AsPath, Capability, Identifier, NextHop, Origin, PathAttributes, attribute::Bounds},
};
use ipnet::{IpNet, Ipv4Net};
use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time,
};

const MSEE: Asn = Asn::MICROSOFT_EDGE;
const EDGE: Asn = Asn::constant(65010);
/// How long anything may take that must happen.
const DEADLINE: Duration = Duration::from_secs(30);
/// Longer than any test: what waits for this does not happen.
const NEVER: Duration = Duration::from_hours(1);
const PORT: u16 = 20_179;

/// What must happen, but within the deadline.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    time::timeout(DEADLINE, future).await.expect("it does not happen")
}

/// Tries something until it succeeds, which it must within the deadline.
pub(crate) async fn persist<T>(mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let attempts = async {
        loop {
            if let Some(done) = attempt().await {
                return done;
            }
            time::sleep(Duration::from_millis(5)).await;
        }
    };
    soon(attempts).await
}

/// An address of the loopback network that no other test uses, nor one of another process that runs beside.
pub(crate) fn loopback() -> Ipv4Addr {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    let [block, last] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    Ipv4Addr::new(127, low.max(1), (high & 0xF0) | (block & 0x0F), last)
}

/// An attachment that runs, and everything around it.
struct Bench {
    settings: Settings,
    commands: mpsc::Sender<Command>,
    listeners: Listeners,
    downlink: mpsc::Sender<Downlink>,
    uplink: mpsc::Receiver<Uplink>,
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
}

impl Bench {
    /// The attachment `a/private/primary` with one session for IPv4, which waits for the edge to dial.
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings(vec![session([172, 16, 0, 2].into(), [172, 16, 0, 1].into())]);
        change(&mut settings);
        Self::start(settings, 256)
    }

    /// Starts an attachment whose backbone has room for that many messages.
    fn start(settings: Settings, uplinks: usize) -> Self {
        Self::begin(settings, uplinks, Start::New)
    }

    fn begin(settings: Settings, uplinks: usize, start: Start) -> Self {
        let (uplink_sender, uplink) = mpsc::channel(uplinks);
        let (event_sender, events) = mpsc::channel(1024);
        let (commands, inbox) = mpsc::channel(32);
        let (downlink, downlinks) = mpsc::channel(64);
        let listeners = Listeners::new();
        let surroundings = Surroundings {
            addresses: AddressNews::none(),
            listeners: listeners.clone(),
            uplink: uplink_sender,
            last_word: LastWord::default(),
            events: Events::new(event_sender),
            start,
        };
        let (attachment, accepted) = Attachment::new(settings.clone(), Source(1), surroundings, 7);
        let task = tokio::spawn(Box::new(attachment).run(accepted, inbox, downlinks));
        Self { settings, commands, listeners, downlink, uplink, events, task }
    }

    async fn command(&self, command: Command) {
        self.commands.send(command).await.unwrap();
    }

    async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Command) -> T {
        let (reply, answer) = oneshot::channel();
        self.command(question(reply)).await;
        soon(answer).await.unwrap()
    }

    async fn reconfigure(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        self.command(Command::Reconfigure(Box::new(self.settings.clone()))).await;
    }

    /// The first session as it is.
    async fn session(&self) -> SessionView {
        self.ask(Command::Sessions).await.swap_remove(0)
    }

    async fn limit(&self) -> LimitView {
        self.ask(Command::Limits).await.swap_remove(0)
    }

    async fn received(&self) -> Vec<RouteView> {
        let prefixes = self.ask(|reply| Command::Prefixes(Family::Ipv4, Which::All, reply)).await.sorted();
        self.ask(|reply| Command::Received(prefixes.behind(None, usize::MAX), reply)).await
    }

    /// Waits for a state of the first session.
    async fn until(&self, what: &str, reached: impl Fn(&SessionView) -> bool) -> SessionView {
        let mut last = None;
        let wait = async {
            loop {
                let session = self.session().await;
                if reached(&session) {
                    return session;
                }
                last = Some(session);
                time::sleep(Duration::from_millis(5)).await;
            }
        };
        let reached = time::timeout(DEADLINE, wait).await.ok();
        reached.unwrap_or_else(|| panic!("{what}: {last:?}"))
    }

    /// Waits until the first session holds that many prefixes.
    async fn until_held(&self, prefixes: u64) {
        self.until(&format!("{prefixes} prefixes held"), |session| session.received.ipv4 == prefixes).await;
    }

    /// Waits for an event of a kind, and returns its line.
    async fn event(&mut self, kind: EventKind) -> String {
        loop {
            let event = soon(self.events.recv()).await.unwrap();
            if event.kind == kind {
                return event.message;
            }
        }
    }

    /// The next batch of changes to the backbone.
    async fn changes(&mut self) -> Batch {
        loop {
            if let Uplink::Routes(RouteChanges { batch, .. }) = soon(self.uplink.recv()).await.unwrap() {
                return batch;
            }
        }
    }

    /// Connects as the edge of the first session and brings the session up, however often that must be tried.
    async fn meet(&self) -> Edge {
        self.meet_over(0).await
    }

    async fn meet_over(&self, session: usize) -> Edge {
        self.meet_saying(session, &[]).await
    }

    /// The same with more capabilities in the edge's OPEN.
    async fn meet_saying(&self, session: usize, capabilities: &[Capability]) -> Edge {
        persist(async || {
            let mut edge = self.dial_over(session).await;
            edge.capabilities = capabilities.to_vec();
            edge.establish().await.then_some(edge)
        })
        .await
    }

    /// Connects as the edge of the first session, without a word.
    async fn dial(&self) -> Edge {
        self.dial_over(0).await
    }

    async fn dial_over(&self, session: usize) -> Edge {
        let SessionSettings { bgp, local_endpoint, peer_endpoint, options, .. } =
            &self.settings.sessions[session];
        let local = SocketAddr::new(peer_endpoint.ip(), 0);
        persist(async || Edge::dial(local, *local_endpoint, options.clone(), bgp.families).await.ok()).await
    }

    /// Plays the backbone: offers routes, and says that these are all.
    async fn offer(&self, routes: &[(&str, PathAttributes)]) {
        self.tell(routes.iter().map(|(prefix, attributes)| (*prefix, Some(attributes.clone())))).await;
        self.downlink.send(Downlink::Complete).await.unwrap();
    }

    async fn tell(&self, routes: impl IntoIterator<Item = (&str, Option<PathAttributes>)>) {
        let mut news = Advertisements::default();
        for (prefix, attributes) in routes {
            let offer = attributes.map(|attributes| Offer { source: None, attributes: attributes.into() });
            news.push(prefix.parse().unwrap(), offer);
        }
        self.downlink.send(Downlink::Routes(Arc::new(news))).await.unwrap();
    }
}

fn settings(sessions: Vec<SessionSettings>) -> Settings {
    Settings {
        id: "a/private/primary".parse().unwrap(),
        state: AdminState::Enabled,
        held: None,
        limits: PerFamily { ipv4: PrefixLimit::Unlimited, ipv6: PrefixLimit::Unlimited },
        advertise: Advertise::Yes,
        sessions,
    }
}

/// A session between two addresses, over loopback addresses of its own; the edge dials.
fn session(local: IpAddr, peer: IpAddr) -> SessionSettings {
    let family = if local.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 };
    let identifier = Identifier::new([10, 0, 0, 2].into()).unwrap();
    let next_hop = match local {
        IpAddr::V4(address) => NextHop::V4(address),
        IpAddr::V6(global) => NextHop::V6 { global, link_local: None },
    };
    let mut next_hops = PerFamily::default();
    next_hops[family] = Some(next_hop);
    SessionSettings {
        bgp: session::Settings {
            opening: Opening::Passive,
            idle_hold: Duration::from_millis(1),
            connect_retry: Duration::from_millis(50),
            ..session::Settings::new(MSEE, EDGE, identifier, Families::NONE.with(family))
        },
        vlan_id: crate::azure::VlanId::new(100).unwrap(),
        local_address: local,
        peer_address: peer,
        local_endpoint: SocketAddr::new(loopback().into(), PORT),
        peer_endpoint: SocketAddr::new(loopback().into(), PORT),
        options: PeerOptions::default(),
        import: Import {
            rules: Rules::Transit,
            local_asn: MSEE,
            peer_asn: EDGE,
            role: None,
            local_address: local,
            admission: Admission::Any,
            bounds: Bounds::default(),
        },
        export: Export { local_asn: MSEE, next_hop: next_hops, role: None },
    }
}

/// A route as the edge announces it.
fn route() -> PathAttributes {
    PathAttributes::new(Origin::Igp, AsPath::sequence([EDGE]), NextHop::V4([172, 16, 0, 1].into()))
}

/// The first prefixes of a large space, 24 bits each.
fn prefixes(count: u32) -> Vec<Ipv4Net> {
    (0..count).map(|number| Ipv4Net::new((0x0B00_0000 + (number << 8)).into(), 24).unwrap()).collect()
}

fn drop_above(max: u32, restart: Option<Duration>) -> PerFamily<PrefixLimit> {
    let limit = PrefixLimit::Drop { max: NonZeroU32::new(max).unwrap(), restart };
    PerFamily { ipv4: limit, ipv6: limit }
}
