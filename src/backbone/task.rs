//! The task that owns everything behind the routers.

use super::{
    routing_table::Weights,
    transit::TransitTable,
    view::{EffectiveRoute, EffectiveRoutes, ForwardingTable, UnknownNetwork},
    virtual_network::VirtualNetwork,
};
use crate::{
    azure::{AttachmentId, CircuitName, PeeringKind, VirtualNetworkName},
    family::{Family, PerFamily},
    policy::Export,
    rib::{Advertisements, Attributes, Downlink, Offer, PeerIdentity, RouteChanges, Source, Uplink},
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::Arc,
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
}

/// One virtual network as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSettings {
    /// Its name.
    pub name: VirtualNetworkName,
    /// Its address space.
    pub address_space: Vec<IpNet>,
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
}

/// What the daemon tells and asks the backbone.
#[derive(Debug)]
pub enum Command {
    /// An attachment begins; to be sent before its task starts.
    Attach(Attach),
    /// The virtual networks have changed.
    Configure(Topology),
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
    advertised: BTreeSet<IpNet>,
}

/// Everything behind the two routers.
pub struct Backbone {
    mode: Mode,
    pub(super) attached: BTreeMap<Source, Attached>,
    topology: Topology,
    pub(super) networks: BTreeMap<VirtualNetworkName, VirtualNetwork>,
    transit: PerFamilyTables,
    own: PerFamily<Attributes>,
}

struct PerFamilyTables {
    ipv4: TransitTable<Ipv4Net>,
    ipv6: TransitTable<Ipv6Net>,
}

impl Backbone {
    /// A backbone without virtual networks.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            attached: BTreeMap::new(),
            topology: Topology::default(),
            networks: BTreeMap::new(),
            transit: PerFamilyTables { ipv4: TransitTable::new(), ipv6: TransitTable::new() },
            own: PerFamily {
                ipv4: Export::virtual_network_route(Family::Ipv4).into(),
                ipv6: Export::virtual_network_route(Family::Ipv6).into(),
            },
        }
    }

    /// Serves until every sender of `uplinks` is gone.
    ///
    /// Commands go before routes. An attachment always reads its downlink, so sending to it always ends.
    pub async fn run(mut self, mut uplinks: mpsc::Receiver<Uplink>, mut commands: mpsc::Receiver<Command>) {
        loop {
            tokio::select! {
                biased;
                Some(command) = commands.recv() => self.command(command).await,
                uplink = uplinks.recv() => match uplink {
                    None => break,
                    Some(Uplink::Routes(changes)) => self.routes(changes).await,
                    Some(Uplink::Resync(source)) => self.resync(source).await,
                    Some(Uplink::Ended(source)) => self.detach(source).await,
                },
            }
        }
    }

    async fn command(&mut self, command: Command) {
        match command {
            Command::Attach(attach) => self.attach(attach).await,
            Command::Configure(topology) => self.configure(topology).await,
            Command::EffectiveRoutes { network, family, after, limit, reply } => {
                let _ = reply.send(self.effective_routes(&network, family, after, limit));
            }
            Command::ForwardingTables { reply } => {
                let _ = reply.send(self.forwarding_tables());
            }
            Command::Lookup { network, address, reply } => {
                let _ = reply.send(self.lookup(&network, address));
            }
        }
    }

    async fn attach(&mut self, Attach { source, id, downlink }: Attach) {
        let attached = Attached { id, downlink, peer: PerFamily::default(), advertised: BTreeSet::default() };
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
                self.advertise_networks().await;
            }
            Mode::Transit => {
                let peer = |family| peer_of(&self.attached, family);
                let table = Advertisements {
                    ipv4: self.transit.ipv4.all(peer(Family::Ipv4)).collect(),
                    ipv6: self.transit.ipv6.all(peer(Family::Ipv6)).collect(),
                };
                for portion in table.portions() {
                    self.send(source, Downlink::Routes(Arc::new(portion))).await;
                }
            }
        }
        self.send(source, Downlink::Complete).await;
    }

    async fn detach(&mut self, source: Source) {
        let peers = &self.attached;
        let lost = Advertisements {
            ipv4: self.transit.ipv4.remove_source(source, peer_of(peers, Family::Ipv4)),
            ipv6: self.transit.ipv6.remove_source(source, peer_of(peers, Family::Ipv6)),
        };
        for network in self.networks.values_mut() {
            network.forget(source);
        }
        self.attached.remove(&source);
        self.broadcast(lost).await;
    }

    async fn routes(&mut self, RouteChanges { source, peer, batch }: RouteChanges) {
        let Some(former) = self.attached.get(&source).map(|attached| attached.peer) else { return };
        let mut news = self.supersede(source, former, peer);
        if let Some(attached) = self.attached.get_mut(&source) {
            attached.peer = peer;
        }
        for network in self.networks.values_mut().filter(|network| network.is_linked(source)) {
            network.apply(source, &batch);
        }
        if self.mode == Mode::Transit {
            let (ipv4, ipv6) = batch.into_changes();
            let peers = &self.attached;
            news.ipv4.extend(self.transit.ipv4.apply(source, ipv4, peer_of(peers, Family::Ipv4)));
            news.ipv6.extend(self.transit.ipv6.apply(source, ipv6, peer_of(peers, Family::Ipv6)));
        }
        self.broadcast(news).await;
    }

    /// Takes out what an attachment announced on a session with somebody else, under whose identity it was ranked.
    ///
    /// That session is over, so whatever still holds is in the batch that names the successor.
    fn supersede(&mut self, source: Source, former: Identities, peer: Identities) -> Advertisements {
        let superseded = |family: Family| former[family].is_some() && former[family] != peer[family];
        let mut lost = Advertisements::default();
        if superseded(Family::Ipv4) {
            lost.ipv4 = self.transit.ipv4.remove_source(source, peer_of(&self.attached, Family::Ipv4));
        }
        if superseded(Family::Ipv6) {
            lost.ipv6 = self.transit.ipv6.remove_source(source, peer_of(&self.attached, Family::Ipv6));
        }
        lost
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
        self.topology = topology;
        for source in self.link() {
            self.send(source, Downlink::Refresh).await;
        }
        match self.mode {
            Mode::Azure => self.advertise_networks().await,
            Mode::Transit => self.originate(&before).await,
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

    /// Brings what every attachment advertises to the address spaces of the virtual networks it is linked to.
    async fn advertise_networks(&mut self) {
        let mut news: Vec<(Source, Advertisements)> = Vec::new();
        for (source, attached) in &mut self.attached {
            let linked = self.networks.values().filter(|network| network.is_linked(*source));
            let wanted: BTreeSet<IpNet> = linked.flat_map(VirtualNetwork::space).copied().collect();
            let mut changes = Advertisements::default();
            for prefix in attached.advertised.difference(&wanted) {
                changes.push(*prefix, None);
            }
            for prefix in wanted.difference(&attached.advertised) {
                let attributes = self.own[Family::of(prefix)].clone();
                changes.push(*prefix, Some(Offer { source: None, attributes }));
            }
            attached.advertised = wanted;
            if !changes.is_empty() {
                news.push((*source, changes));
            }
        }
        for (source, changes) in news {
            self.send(source, Downlink::Routes(Arc::new(changes))).await;
        }
    }

    /// Brings what is originated to all peers, as an open transit does, to the address spaces there are.
    async fn originate(&mut self, before: &BTreeSet<IpNet>) {
        let now = self.spaces();
        let peers = &self.attached;
        let mut news = Advertisements::default();
        for prefix in before.symmetric_difference(&now) {
            let own = now.contains(prefix).then(|| self.own[Family::of(prefix)].clone());
            match *prefix {
                IpNet::V4(net) => {
                    news.ipv4.extend(self.transit.ipv4.originate(net, own, peer_of(peers, Family::Ipv4)));
                }
                IpNet::V6(net) => {
                    news.ipv6.extend(self.transit.ipv6.originate(net, own, peer_of(peers, Family::Ipv6)));
                }
            }
        }
        self.broadcast(news).await;
    }

    async fn broadcast(&self, news: Advertisements) {
        if news.is_empty() {
            return;
        }
        let news = Arc::new(news);
        for attached in self.attached.values() {
            // An attachment that has ended is detached soon.
            let _ = attached.downlink.send(Downlink::Routes(Arc::clone(&news))).await;
        }
    }

    async fn send(&self, source: Source, message: Downlink) {
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
