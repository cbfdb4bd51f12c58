//! The backbone behind its channels: what attachments tell it, what it tells them, what readers see.

mod effective_routes;
mod forwarding_tables;
mod networks;
mod properties;
mod transit;

use super::{Attach, Backbone, Command, EffectiveRoute, EffectiveRoutes, Linked, Mode, NetworkSettings};
use super::{EffectiveNextHop, NextHopKind, Partners, Topology, UnknownNetwork};
use crate::{
    asn::Asn,
    community::Community,
    family::{Families, Family, PerFamily},
    rib::{
        Attributes, Audience, Batch, Downlink, Join, Listener, Offer, PeerIdentity, RouteChanges, SendWindow,
        SessionNumber, Source, Uplink,
    },
    wire::{
        AsPath, AsWidth, Identifier, Message, MessageLimit, Negotiated, NextHop, Origin, PassedOn,
        PathAttributes, RefreshSubtype, Role, RouteRefreshSupport,
    },
};
use ipnet::IpNet;
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time,
};

/// How long anything may take that must happen.
const DEADLINE: Duration = Duration::from_secs(30);

const MSEE: Asn = Asn::MICROSOFT_EDGE;
const MSEE_ADDRESS: Ipv4Addr = Ipv4Addr::new(172, 16, 0, 2);
/// The first half of a community that tells who announced a route.
const MARK: u16 = 65099;
/// What the sessions of an open transit have agreed on.
const NEGOTIATED: Negotiated = Negotiated {
    as_width: AsWidth::Four,
    message_limit: MessageLimit::Standard,
    families: Families::BOTH,
    route_refresh: RouteRefreshSupport::Enhanced,
};

/// A backbone with the attachments of a test.
struct Bench {
    uplinks: mpsc::Sender<Uplink>,
    commands: mpsc::Sender<Command>,
    edges: BTreeMap<String, Edge>,
    /// An attachment that nothing is linked to: uplinks are served in order, so its resync comes after all before it.
    probe: Edge,
    sources: u32,
    mode: Mode,
}

/// An attachment as the backbone sees it: what it has announced, and what it has been told to advertise.
struct Edge {
    source: Source,
    peer: PerFamily<Option<PeerIdentity>>,
    downlink: mpsc::Receiver<Downlink>,
    announced: BTreeMap<IpNet, Attributes>,
    told: BTreeMap<IpNet, Offer>,
    /// What an open transit has told its peer, as the peer sees it.
    heard: BTreeMap<IpNet, PathAttributes>,
    ends_of_rib: Vec<Family>,
    /// The markers of refreshes, each with how many UPDATEs came before it.
    markers: Vec<(RefreshSubtype, usize)>,
    session: u32,
    window: Arc<SendWindow>,
    /// What is written to the peer is taken from the window, unless the peer does not read.
    reads: bool,
    /// What the router is to it.
    role: Option<Role>,
    /// Prefixes of each message since [`Bench::silence`].
    messages: Vec<usize>,
    completions: usize,
    refreshes: usize,
}

impl Bench {
    async fn new(mode: Mode) -> Self {
        let (uplinks, uplink_receiver) = mpsc::channel(64);
        let (commands, command_receiver) = mpsc::channel(64);
        tokio::spawn(Backbone::new(mode).run(uplink_receiver, command_receiver));
        let (mut probe, attach) = edge(0, "probe/public/primary");
        commands.send(Command::Attach(attach)).await.unwrap();
        probe.completed().await;
        Self { uplinks, commands, edges: BTreeMap::new(), probe, sources: 0, mode }
    }

    async fn attach(&mut self, id: &str) {
        self.attach_after(id, None).await;
    }

    /// The same after a restart of the daemon, with the time that its peers' routes are waited for.
    async fn attach_after(&mut self, id: &str, deferral: Option<Duration>) {
        self.sources += 1;
        let (edge, attach) = edge(self.sources, id);
        let attach = Attach { deferral, ..attach };
        self.edges.insert(id.to_owned(), edge);
        self.command(Command::Attach(attach)).await;
        if self.mode == Mode::Transit {
            self.join(id).await;
        }
    }

    /// The session of an attachment comes up, for the first time or after it was lost.
    async fn join(&mut self, id: &str) {
        let edge = self.edges.get_mut(id).unwrap();
        edge.session += 1;
        edge.heard.clear();
        edge.ends_of_rib.clear();
        edge.window = Arc::default();
        let join = edge.join(Some(MSEE));
        self.uplink(join).await;
    }

    async fn configure(&mut self, networks: &[NetworkSettings]) {
        self.command(Command::Configure(Topology {
            networks: networks.to_vec(),
            services: Vec::new(),
            partners: Partners::new(),
        }))
        .await;
    }

    async fn announce(&mut self, id: &str, routes: &[(&str, Attributes)]) {
        let routes: Vec<_> =
            routes.iter().map(|(prefix, route)| (net(prefix), Some(route.clone()))).collect();
        self.change(id, routes).await;
    }

    async fn withdraw(&mut self, id: &str, prefixes: &[&str]) {
        let routes: Vec<_> = prefixes.iter().map(|prefix| (net(prefix), None)).collect();
        self.change(id, routes).await;
    }

    async fn change(&mut self, id: &str, routes: Vec<(IpNet, Option<Attributes>)>) {
        let edge = self.edges.get_mut(id).unwrap();
        for (prefix, route) in &routes {
            match route {
                Some(route) => edge.announced.insert(*prefix, route.clone()),
                None => edge.announced.remove(prefix),
            };
        }
        let marked =
            routes.into_iter().map(|(prefix, route)| (prefix, route.map(|route| edge.marked(&route))));
        let changes = edge.changes(marked.collect::<Vec<_>>());
        self.uplink(changes).await;
    }

    async fn resync(&mut self, id: &str) {
        let source = self.edges[id].source;
        self.uplink(Uplink::Resync(source)).await;
    }

    async fn end(&mut self, id: &str) {
        let edge = self.edges.remove(id).unwrap();
        self.uplink(Uplink::Ended(edge.source)).await;
    }

    async fn command(&mut self, command: Command) {
        self.commands.send(command).await.unwrap();
        self.settle().await;
    }

    async fn uplink(&mut self, uplink: Uplink) {
        self.uplinks.send(uplink).await.unwrap();
        self.settle().await;
    }

    /// Waits until the backbone has served all that was sent to it, and has been given what it asked for.
    async fn settle(&mut self) {
        self.served().await;
        let asked: Vec<Uplink> = self.edges.values_mut().filter_map(Edge::refresh).collect();
        for refresh in asked {
            self.uplinks.send(refresh).await.unwrap();
        }
        self.served().await;
    }

    async fn served(&mut self) {
        // After each message somebody who is behind is told a portion.
        let rounds = if self.mode == Mode::Transit { 2 * self.edges.len() + 1 } else { 1 };
        for _ in 0..rounds {
            self.uplinks.send(Uplink::Resync(self.probe.source)).await.unwrap();
            self.probe.completed().await;
            let room: Vec<Uplink> = self.edges.values_mut().filter_map(Edge::hear).collect();
            for room in room {
                self.uplinks.send(room).await.unwrap();
            }
        }
    }

    /// Forgets which messages came.
    fn silence(&mut self) {
        self.edges.values_mut().for_each(|edge| edge.messages.clear());
    }

    /// What an attachment shall advertise: the prefix, and where it was learnt.
    fn told(&self, id: &str) -> Vec<String> {
        let name = |source: Option<Source>| match source {
            None => "own".to_owned(),
            Some(source) => {
                let found = self.edges.iter().find(|(_, edge)| edge.source == source);
                found
                    .map_or_else(|| "an attachment that has ended".to_owned(), |(id, _)| format!("from {id}"))
            }
        };
        let edge = &self.edges[id];
        let told: BTreeMap<IpNet, Option<Source>> = match self.mode {
            Mode::Azure => edge.told.iter().map(|(prefix, offer)| (*prefix, offer.source)).collect(),
            Mode::Transit => edge.heard.iter().map(|(prefix, route)| (*prefix, mark_of(route))).collect(),
        };
        told.into_iter().map(|(prefix, source)| format!("{prefix} {}", name(source))).collect()
    }

    async fn page(
        &self,
        network: &str,
        family: Option<Family>,
        after: Option<IpNet>,
        limit: usize,
    ) -> Result<EffectiveRoutes, UnknownNetwork> {
        let network = network.to_owned();
        let (reply, answer) = oneshot::channel();
        let question = Command::EffectiveRoutes { network, family, after, limit, reply };
        self.commands.send(question).await.unwrap();
        answer.await.unwrap()
    }

    /// A network's whole routing table, a line per prefix.
    async fn effective(&self, network: &str) -> Vec<String> {
        self.page(network, None, None, 10_000).await.unwrap().routes.iter().map(line).collect()
    }

    async fn lookup(&self, network: &str, address: &str) -> Option<String> {
        let (network, address) = (network.to_owned(), address.parse().unwrap());
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Lookup { network, address, reply }).await.unwrap();
        answer.await.unwrap().unwrap().as_ref().map(line)
    }
}

impl Edge {
    fn changes(&self, routes: impl IntoIterator<Item = (IpNet, Option<Attributes>)>) -> Uplink {
        let mut batch = Batch::default();
        for (prefix, attributes) in routes {
            match prefix {
                IpNet::V4(prefix) => batch.push(prefix, attributes.as_ref()),
                IpNet::V6(prefix) => batch.push(prefix, attributes.as_ref()),
            }
        }
        Uplink::Routes(RouteChanges { source: self.source, peer: self.peer, batch, turn: None })
    }

    /// Attributes that tell where they were announced.
    fn marked(&self, route: &Attributes) -> Attributes {
        let mark = Community::new(MARK, u16::try_from(self.source.0).unwrap());
        PathAttributes { communities: [mark].into(), ..route.read() }.into()
    }

    fn listener(&self) -> Listener {
        Listener { source: self.source, transport: Family::Ipv4 }
    }

    /// Its session, which carries both families; without `prepend` the peer shall know nothing.
    fn join(&self, prepend: Option<Asn>) -> Uplink {
        let [v4, v6] =
            [NextHop::V4(MSEE_ADDRESS), NextHop::V6 { global: "fd99::2".parse().unwrap(), link_local: None }];
        let how = |next_hop| prepend.map(|prepend| PassedOn { prepend, next_hop, role: self.role });
        Uplink::Join(Join {
            listener: self.listener(),
            session: SessionNumber(self.session),
            audience: Audience {
                negotiated: NEGOTIATED,
                passed_on: PerFamily { ipv4: how(v4), ipv6: how(v6) },
            },
            window: Arc::clone(&self.window),
        })
    }

    /// Hears all that has been said; what is to be told the backbone then, if it waits for that.
    fn hear(&mut self) -> Option<Uplink> {
        let mut room = None;
        while let Ok(news) = self.downlink.try_recv() {
            let octets = if let Downlink::Octets { octets, .. } = &news { octets.len() } else { 0 };
            self.note(news);
            if self.reads && octets > 0 && self.window.written(octets) {
                room = Some(Uplink::Room(self.listener()));
            }
        }
        room
    }

    fn note(&mut self, news: Downlink) {
        match news {
            Downlink::Complete => self.completions += 1,
            Downlink::Refresh => self.refreshes += 1,
            Downlink::Octets { octets, .. } => self.read(&octets),
            Downlink::Routes(news) => {
                self.messages.push(news.ipv4.len() + news.ipv6.len());
                let ipv4 = news.ipv4.iter().map(|route| (IpNet::V4(route.prefix), &route.offer));
                let ipv6 = news.ipv6.iter().map(|route| (IpNet::V6(route.prefix), &route.offer));
                for (prefix, offer) in ipv4.chain(ipv6) {
                    match offer {
                        Some(offer) => self.told.insert(prefix, offer.clone()),
                        None => self.told.remove(&prefix),
                    };
                }
            }
        }
    }

    /// Reads UPDATEs as the peer does.
    fn read(&mut self, mut octets: &[u8]) {
        let (mut prefixes, mut updates) = (0, 0);
        while let Some((message, length)) = Message::decode(octets, NEGOTIATED).unwrap() {
            octets = &octets[length..];
            let update = match message {
                Message::Update(update) => update,
                Message::RouteRefresh(marker) => {
                    self.markers.push((marker.subtype, updates));
                    continue;
                }
                other => panic!("{other:?} is nothing that a transit tells"),
            };
            updates += 1;
            let parts = update.split(NEGOTIATED).unwrap();
            for prefix in parts.withdrawn().flat_map(|nlri| nlri.clone().nets()) {
                prefixes += 1;
                assert!(self.heard.remove(&prefix).is_some(), "{prefix} was not known and is withdrawn");
            }
            for announcement in parts.announcements() {
                let attributes = announcement.attributes.parse().unwrap().attributes;
                for prefix in announcement.nlri.clone().nets() {
                    prefixes += 1;
                    self.heard.insert(prefix, attributes.clone());
                }
            }
            self.ends_of_rib.extend(parts.end_of_rib);
        }
        self.messages.push(prefixes);
    }

    /// What the attachment hands on when it was asked to.
    fn refresh(&mut self) -> Option<Uplink> {
        let asked = std::mem::take(&mut self.refreshes) > 0;
        asked.then(|| {
            self.changes(self.announced.iter().map(|(prefix, route)| (*prefix, Some(self.marked(route)))))
        })
    }

    /// Hears until an initial table is complete.
    async fn completed(&mut self) {
        let before = self.completions;
        while self.completions == before {
            let news = time::timeout(DEADLINE, self.downlink.recv()).await.expect("the backbone answers");
            self.note(news.expect("the backbone runs"));
        }
    }
}

/// The edge that a route was announced by; the backbone's own have none.
fn mark_of(route: &PathAttributes) -> Option<Source> {
    let mark = route.communities.iter().find(|community| community.asn() == MARK)?;
    Some(Source(mark.value().into()))
}

/// An attachment with BGP Identifier 10.0.0.`number` and the address 172.16.0.`number`, and how it begins.
fn edge(number: u32, id: &str) -> (Edge, Attach) {
    let (sender, downlink) = mpsc::channel(4096);
    let last = u8::try_from(number).unwrap();
    let peer = Some(PeerIdentity {
        identifier: Identifier::new(Ipv4Addr::new(10, 0, 0, last.max(1))).unwrap(),
        address: Ipv4Addr::new(172, 16, 0, last).into(),
    });
    let source = Source(number);
    let edge = Edge {
        source,
        peer: PerFamily { ipv4: peer, ipv6: peer },
        downlink,
        announced: BTreeMap::new(),
        told: BTreeMap::new(),
        heard: BTreeMap::new(),
        ends_of_rib: Vec::new(),
        markers: Vec::new(),
        session: 0,
        window: Arc::default(),
        reads: true,
        role: None,
        messages: Vec::new(),
        completions: 0,
        refreshes: 0,
    };
    (edge, Attach { source, id: id.parse().unwrap(), downlink: sender, deferral: None })
}

/// An IPv4 route of AS 65010, prepended to that many AS numbers.
fn route(path_length: usize) -> Attributes {
    path(std::iter::repeat_n(65010, path_length)).into()
}

/// An IPv6 route of AS 65010, prepended to that many AS numbers.
fn route6(path_length: usize) -> Attributes {
    let next_hop = NextHop::V6 { global: "fd99::1".parse().unwrap(), link_local: None };
    PathAttributes { next_hop, ..path(std::iter::repeat_n(65010, path_length)) }.into()
}

fn path(numbers: impl IntoIterator<Item = u32>) -> PathAttributes {
    let numbers = numbers.into_iter().map(Asn::constant);
    PathAttributes::new(Origin::Igp, AsPath::sequence(numbers), NextHop::V4(Ipv4Addr::new(172, 16, 0, 1)))
}

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

fn network(name: &str, space: &[&str], links: &[(&str, u16)]) -> NetworkSettings {
    let link = |(circuit, weight): &(&str, u16)| Linked {
        circuit: circuit.parse().unwrap(),
        routing_weight: *weight,
    };
    NetworkSettings {
        communities: Vec::new(),
        name: name.parse().unwrap(),
        address_space: space.iter().map(|prefix| net(prefix)).collect(),
        links: links.iter().map(link).collect(),
    }
}

/// `10.0.0.0/8 via a/private/primary a/private/secondary`.
fn line(route: &EffectiveRoute) -> String {
    let names = |hops: &[EffectiveNextHop]| {
        let mut names: Vec<String> = hops.iter().map(|hop| hop.attachment.to_string()).collect();
        names.sort_unstable();
        names.join(" ")
    };
    let next_hop = match &route.next_hop {
        NextHopKind::Local => "local".to_owned(),
        NextHopKind::Gateway(hops) => format!("via {}", names(hops)),
        NextHopKind::Hidden(hops) => format!("hidden from {}", names(hops)),
    };
    format!("{} {next_hop}", route.prefix)
}
