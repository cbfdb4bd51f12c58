//! The task that owns everything behind the routers.

use super::{
    deferral::{Deferral, Held},
    global_reach::{Incoming, Partners},
    routing_table::Weights,
    transit::Transit,
    view::{EffectiveRoute, EffectiveRoutes, ForwardingTable, UnknownNetwork},
    virtual_network::VirtualNetwork,
    waiting::Waiting,
};
use crate::{
    azure::{AttachmentId, CircuitName, PeeringKind, VirtualNetworkName},
    community::Community,
    deadline::sleep_until_or_never,
    family::{Family, PerFamily},
    policy::Export,
    rib::{Attributes, Downlink, Join, PeerIdentity, PrefixList, RouteChanges, Source, Uplink},
    step_back::step_back,
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::ready,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot};

/// How routes travel between peerings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As Azure does: customers learn virtual networks, virtual networks learn customers.
    Azure,
    /// `[lab] open_transit`: every best route goes to all other peerings as well.
    Transit,
}

/// The virtual networks there shall be, in place of those there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// All virtual networks.
    pub networks: Vec<NetworkSettings>,
    /// What Microsoft's services advertise on the peerings to them.
    pub services: Vec<ServiceRoutes>,
    /// Circuits that Global Reach connects.
    pub partners: Partners,
}

/// The service prefixes that a peering is sent, on both routers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRoutes {
    /// The circuit.
    pub circuit: CircuitName,
    /// Microsoft or public peering.
    pub kind: PeeringKind,
    /// The routes, each prefix once.
    pub routes: Arc<[(IpNet, Attributes)]>,
}

/// One virtual network as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSettings {
    /// Its name.
    pub name: VirtualNetworkName,
    /// Its address space.
    pub address_space: Vec<IpNet>,
    /// The communities that its address space is advertised with.
    pub communities: Vec<Community>,
    /// The circuits it is linked to.
    pub links: Vec<Linked>,
}

/// A circuit that a virtual network is linked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// The circuit.
    pub circuit: CircuitName,
    /// `routingWeight` of the connection.
    pub routing_weight: u16,
}

/// An attachment that begins.
#[derive(Debug)]
pub struct Attach {
    /// Its number.
    pub source: Source,
    /// Its name.
    pub id: AttachmentId,
    /// Where to send what it shall advertise. Its receiver must never wait for the backbone.
    pub downlink: mpsc::Sender<Downlink>,
    /// How long its peers' routes are waited for, if it comes back from a restart (RFC 4724 section 4.1).
    pub deferral: Option<Duration>,
}

/// What the daemon tells and asks the backbone.
#[derive(Debug)]
pub enum Command {
    /// An attachment begins; to be sent before its task starts.
    Attach(Attach),
    /// The virtual networks have changed.
    Configure(Topology),
    /// Die, as of an error in the program.
    #[cfg(feature = "fault-injection")]
    Panic,
    /// A page of a virtual network's routing table.
    EffectiveRoutes {
        /// Its name.
        network: String,
        /// One family, or both.
        family: Option<Family>,
        /// The prefix behind which the page begins.
        after: Option<IpNet>,
        /// Rows at most.
        limit: usize,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<EffectiveRoutes, UnknownNetwork>>,
    },
    /// The prefixes that the peer of an attachment is told of by an open transit, in no order: for readers who then ask for a
    /// few at a time.
    Prefixes {
        /// The attachment.
        attachment: AttachmentId,
        /// The family.
        family: Family,
        /// Where the answer goes.
        reply: oneshot::Sender<PrefixList>,
    },
    /// What the peer of an attachment is told about exactly these prefixes, as far as there is something.
    Told {
        /// The attachment.
        attachment: AttachmentId,
        /// The prefixes.
        prefixes: Vec<IpNet>,
        /// Where the answer goes: the routes, with the attributes that the peer sees.
        reply: oneshot::Sender<Vec<(IpNet, Attributes)>>,
    },
    /// The size of every virtual network's forwarding tables.
    ForwardingTables {
        /// Where the answer goes: in the order of names, IPv4 first.
        reply: oneshot::Sender<Vec<ForwardingTable>>,
    },
    /// Longest-prefix match in a virtual network.
    Lookup {
        /// Its name.
        network: String,
        /// The address.
        address: IpAddr,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<Option<EffectiveRoute>, UnknownNetwork>>,
    },
}

/// Who an attachment's sessions are with.
type Identities = PerFamily<Option<PeerIdentity>>;

pub(super) struct Attached {
    pub(super) id: AttachmentId,
    downlink: mpsc::Sender<Downlink>,
    peer: Identities,
    /// What Azure's rules have it advertise.
    pub(super) advertised: BTreeMap<IpNet, Attributes>,
}

/// Everything behind the two routers.
pub struct Backbone {
    mode: Mode,
    pub(super) attached: BTreeMap<Source, Attached>,
    pub(super) topology: Topology,
    pub(super) networks: BTreeMap<VirtualNetworkName, VirtualNetwork>,
    pub(super) transit: Transits,
    pub(super) partners: Partners,
    /// What circuits learn from their partners.
    pub(super) reach: BTreeMap<CircuitName, Incoming>,
    deferral: Deferral,
    own: PerFamily<Attributes>,
}

pub(super) struct Transits {
    pub(super) ipv4: Transit<Ipv4Net>,
    pub(super) ipv6: Transit<Ipv6Net>,
}

impl Transits {
    fn is_behind(&self) -> bool {
        self.ipv4.is_behind() || self.ipv6.is_behind()
    }

    fn catch_up(&mut self) {
        self.ipv4.catch_up();
        self.ipv6.catch_up();
    }
}

impl Backbone {
    /// A backbone without virtual networks.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            attached: BTreeMap::new(),
            topology: Topology::default(),
            networks: BTreeMap::new(),
            transit: Transits { ipv4: Transit::new(), ipv6: Transit::new() },
            partners: Partners::new(),
            reach: BTreeMap::new(),
            deferral: Deferral::default(),
            own: PerFamily {
                ipv4: Export::virtual_network_route(Family::Ipv4).into(),
                ipv6: Export::virtual_network_route(Family::Ipv6).into(),
            },
        }
    }

    /// Serves until every sender of `uplinks` is gone.
    ///
    /// Commands go before routes, attachments take turns, and whoever is behind gets a portion after each. An attachment
    /// always reads its downlink, so sending to it always ends.
    pub async fn run(mut self, mut uplinks: mpsc::Receiver<Uplink>, mut commands: mpsc::Receiver<Command>) {
        let mut waiting = Waiting::default();
        loop {
            while !waiting.is_full()
                && let Ok(uplink) = uplinks.try_recv()
            {
                waiting.push(uplink);
            }
            let behind = self.transit.is_behind();
            tokio::select! {
                biased;
                Some(command) = commands.recv() => self.command(command).await,
                () = sleep_until_or_never(self.deferral.deadline()) => {
                    let held = self.deferral.end();
                    self.release(held).await;
                }
                uplink = uplinks.recv(), if waiting.is_empty() => match uplink {
                    None => break,
                    Some(uplink) => waiting.push(uplink),
                },
                () = ready(()), if behind || !waiting.is_empty() => {}
            }
            // Whoever waits has been attached by a command, which goes first; those that come meanwhile have their turn.
            for _ in 0..commands.len() {
                if let Ok(command) = commands.try_recv() {
                    self.command(command).await;
                }
            }
            if let Some(uplink) = waiting.pop() {
                self.uplink(uplink).await;
            }
            if behind {
                self.transit.catch_up();
            }
            if behind || !waiting.is_empty() || !uplinks.is_empty() {
                step_back().await;
            }
        }
    }

    async fn uplink(&mut self, uplink: Uplink) {
        match uplink {
            Uplink::Routes(changes) => self.routes(changes).await,
            Uplink::Resync(source) => self.resync(source).await,
            Uplink::Ended(source) => self.detach(source).await,
            Uplink::Recovered(source) => {
                if let Some(held) = self.deferral.recovered(source) {
                    self.release(held).await;
                }
            }
            Uplink::Join(join) => {
                if let Some(join) = self.deferral.hold_join(join) {
                    self.join(&join);
                }
            }
            Uplink::Leave(listener) => {
                self.deferral.forget(listener);
                self.transit.ipv4.leave(listener);
                self.transit.ipv6.leave(listener);
            }
            Uplink::Again(listener, Family::Ipv4) => self.transit.ipv4.again(listener),
            Uplink::Again(listener, Family::Ipv6) => self.transit.ipv6.again(listener),
            Uplink::Room(listener) => {
                self.transit.ipv4.room(listener);
                self.transit.ipv6.room(listener);
            }
        }
    }

    async fn command(&mut self, command: Command) {
        match command {
            Command::Attach(attach) => self.attach(attach).await,
            Command::Configure(topology) => self.configure(topology).await,
            #[cfg(feature = "fault-injection")]
            #[allow(clippy::panic, reason = "it is what was asked for")]
            Command::Panic => panic!("a test wants it"),
            Command::EffectiveRoutes { network, family, after, limit, reply } => {
                let _ = reply.send(self.effective_routes(&network, family, after, limit));
            }
            Command::Prefixes { attachment, family, reply } => {
                let _ = reply.send(self.prefixes(&attachment, family));
            }
            Command::Told { attachment, prefixes, reply } => {
                let _ = reply.send(self.told(&attachment, &prefixes));
            }
            Command::ForwardingTables { reply } => {
                let _ = reply.send(self.forwarding_tables());
            }
            Command::Lookup { network, address, reply } => {
                let _ = reply.send(self.lookup(&network, address));
            }
        }
    }

    fn join(&mut self, join: &Join) {
        if let Some(attached) = self.attached.get(&join.listener.source) {
            self.transit.ipv4.join(join, &attached.downlink);
            self.transit.ipv6.join(join, &attached.downlink);
        }
    }

    /// Does what a deferral has kept back.
    async fn release(&mut self, Held { complete, joins }: Held) {
        for join in &joins {
            self.join(join);
        }
        for source in complete {
            self.send(source, Downlink::Complete).await;
        }
    }

    async fn attach(&mut self, Attach { source, id, downlink, deferral }: Attach) {
        if let Some(time) = deferral {
            self.deferral.begin(source, time, Instant::now());
        }
        let attached = Attached { id, downlink, peer: PerFamily::default(), advertised: BTreeMap::default() };
        self.attached.insert(source, attached);
        // It has no routes yet that a network could have missed.
        let _ = self.link();
        self.resync(source).await;
    }

    /// Sends an attachment everything that it shall advertise.
    async fn resync(&mut self, source: Source) {
        match self.mode {
            Mode::Azure => {
                if let Some(attached) = self.attached.get_mut(&source) {
                    attached.advertised.clear();
                }
                self.advertise().await;
                self.reach_again(source).await;
            }
            // Its sessions are told by themselves.
            Mode::Transit => {}
        }
        if !self.deferral.holds_complete(source) {
            self.send(source, Downlink::Complete).await;
        }
    }

    async fn detach(&mut self, source: Source) {
        if let Some(held) = self.deferral.detached(source) {
            self.release(held).await;
        }
        self.reach_no_more(source).await;
        self.transit.ipv4.leave_all(source);
        self.transit.ipv6.leave_all(source);
        self.transit.ipv4.remove_source(source, peer_of(&self.attached, Family::Ipv4));
        self.transit.ipv6.remove_source(source, peer_of(&self.attached, Family::Ipv6));
        for network in self.networks.values_mut() {
            network.forget(source);
        }
        self.attached.remove(&source);
    }

    async fn routes(&mut self, RouteChanges { source, peer, batch, turn: _turn }: RouteChanges) {
        let Some(former) = self.attached.get(&source).map(|attached| attached.peer) else { return };
        self.supersede(source, former, peer);
        if let Some(attached) = self.attached.get_mut(&source) {
            attached.peer = peer;
        }
        for network in self.networks.values_mut().filter(|network| network.is_linked(source)) {
            network.apply(source, &batch);
        }
        self.reach_out(source, &batch).await;
        if self.mode == Mode::Transit {
            self.transit.ipv4.apply(source, &batch, peer_of(&self.attached, Family::Ipv4));
            self.transit.ipv6.apply(source, &batch, peer_of(&self.attached, Family::Ipv6));
        }
    }

    /// Takes out what an attachment announced on a session with somebody else, under whose identity it was ranked.
    ///
    /// That session is over, so whatever still holds is in the batch that names the successor.
    fn supersede(&mut self, source: Source, former: Identities, peer: Identities) {
        let superseded = |family: Family| former[family].is_some() && former[family] != peer[family];
        if superseded(Family::Ipv4) {
            self.transit.ipv4.remove_source(source, peer_of(&self.attached, Family::Ipv4));
        }
        if superseded(Family::Ipv6) {
            self.transit.ipv6.remove_source(source, peer_of(&self.attached, Family::Ipv6));
        }
    }

    async fn configure(&mut self, topology: Topology) {
        let names: BTreeSet<&VirtualNetworkName> =
            topology.networks.iter().map(|network| &network.name).collect();
        let before = self.spaces();
        self.networks.retain(|name, _| names.contains(name));
        for settings in &topology.networks {
            let network = self.networks.entry(settings.name.clone()).or_insert_with(VirtualNetwork::new);
            network.set_space(settings.address_space.clone());
        }
        let partners = topology.partners.clone();
        self.topology = topology;
        for source in self.link() {
            self.send(source, Downlink::Refresh).await;
        }
        match self.mode {
            Mode::Azure => {
                self.set_partners(partners).await;
                self.advertise().await;
            }
            Mode::Transit => self.originate(&before),
        }
    }

    fn spaces(&self) -> BTreeSet<IpNet> {
        self.networks.values().flat_map(VirtualNetwork::space).copied().collect()
    }

    /// Gives every virtual network the attachments of its circuits: the private peering on both routers.
    ///
    /// Returns those that are new to a network: what they have announced so far it has not seen.
    fn link(&mut self) -> BTreeSet<Source> {
        let mut linked = BTreeSet::new();
        for settings in &self.topology.networks {
            let Some(network) = self.networks.get_mut(&settings.name) else { continue };
            let weight = |id: &AttachmentId| {
                let link = settings.links.iter().find(|link| link.circuit == id.circuit)?;
                (id.kind == PeeringKind::Private).then_some(link.routing_weight)
            };
            let weights: Weights =
                self.attached.iter().filter_map(|(source, a)| Some((*source, weight(&a.id)?))).collect();
            linked.extend(network.set_weights(weights));
        }
        linked
    }

    /// Brings what is originated to all peers, as an open transit does, to the address spaces there are.
    fn originate(&mut self, before: &BTreeSet<IpNet>) {
        let now = self.spaces();
        for prefix in before.symmetric_difference(&now) {
            let own = now.contains(prefix).then(|| &self.own[Family::of(prefix)]);
            let peer = peer_of(&self.attached, Family::of(prefix));
            match *prefix {
                IpNet::V4(net) => self.transit.ipv4.originate(net, own, peer),
                IpNet::V6(net) => self.transit.ipv6.originate(net, own, peer),
            }
        }
    }

    pub(super) async fn send(&self, source: Source, message: Downlink) {
        if let Some(attached) = self.attached.get(&source) {
            let _ = attached.downlink.send(message).await;
        }
    }
}

/// Looks up who an attachment's session of a family is with.
fn peer_of(
    attached: &BTreeMap<Source, Attached>,
    family: Family,
) -> impl Fn(Source) -> Option<PeerIdentity> + '_ {
    move |source| attached.get(&source)?.peer[family]
}
