//! What shall run: the configuration with every default filled in and every rule checked.
//!
//! Plain data without locations in a file. Whoever produces a `Plan` (a TOML file, later an API) resolves it; whoever
//! reads one validates nothing.

use crate::{
    asn::Asn,
    azure::{
        AttachmentId, Bandwidth, CircuitName, CircuitState, Party, PeeringLocation, ProviderState, Reach,
        Region, RulesProfile, ServiceKey, ServicePrefixes, ServiceProvider, SharedKey, Sku,
        VirtualNetworkName, VlanId,
        public_prefixes::{AdvertisedPublicPrefixesState, ByHand},
        region::Regional,
    },
    community::Community,
    config::{ControlToken, data_file::Stamped},
    family::{Families, Family, PerFamily},
    registry::{self, Doubt, Evidence, Objects, Payloads, RoutingRegistry},
    rib::PrefixLimit,
    session::{GracefulRestart, LocalRole},
    wire::attribute::Bounds,
    wire::open::{HoldSeconds, HoldTime, Identifier},
};
use ipnet::IpNet;
use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

/// The desired state of the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What concerns the process and both routers.
    pub daemon: Daemon,
    /// Whether Azure's rules of import and export hold.
    pub transit: Transit,
    /// What Microsoft's services use.
    pub service_prefixes: Stamped<ServicePrefixes>,
    /// Who holds which prefixes; without it nothing is validated.
    pub registry: Option<Registry>,
    /// Every connectivity provider: those built in and those of the file, by name.
    pub service_providers: Vec<ServiceProvider>,
    /// Virtual networks, in the order of the file, names unique.
    pub virtual_networks: Vec<VirtualNetwork>,
    /// Circuits, in the order of the file, names unique.
    pub circuits: Vec<Circuit>,
    /// Every peering on every router that it exists on, in the order of the file; identifiers unique.
    pub attachments: Vec<Attachment>,
}

/// What concerns the process and both routers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daemon {
    /// The year's rules.
    pub rules: RulesProfile,
    /// AS number of both routers.
    pub asn: Asn,
    /// Where the HTTP control listens; port 0 lets the system choose.
    pub control: SocketAddr,
    /// What its callers must show; `None` only where no other machine reaches it.
    pub control_token: Option<ControlToken>,
    /// Requests a second that control answers each address.
    pub control_requests_per_s: NonZeroU32,
    /// Where state outlives the process, if anywhere; absolute where the configuration is a file.
    pub state_dir: Option<PathBuf>,
}

/// How routes travel between peerings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transit {
    /// As Azure does: never from one circuit to another.
    Azure,
    /// Plain eBGP between all peerings, no policy: a departure for labs and benchmarks.
    Open,
}

/// What says who holds which prefixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// Objects of routing registries.
    pub objects: Stamped<Objects>,
    /// RPKI.
    pub rpki: Rpki,
}

/// Where validated ROA payloads come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rpki {
    /// Nobody is asked.
    None,
    /// A file.
    File(Stamped<Payloads>),
    /// An RTR server (RFC 8210).
    Rtr {
        /// Where it listens.
        server: SocketAddr,
        /// What it has said; `None` before that, and when that has expired.
        payloads: Option<Stamped<Payloads>>,
    },
}

/// A virtual network behind the routers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualNetwork {
    /// Its name.
    pub name: VirtualNetworkName,
    /// Where it is.
    pub region: Option<&'static Region>,
    /// Its custom community, sent with the one of its region.
    pub community: Option<Community>,
    /// Networks that use its gateway, each one of [`Plan::virtual_networks`].
    pub peered_with: Vec<VirtualNetworkName>,
    /// What is advertised for it: at least one prefix, none inside another.
    pub address_space: Vec<IpNet>,
}

/// A circuit, without its peerings: those are the [`Attachment`]s that carry its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circuit {
    /// Its name.
    pub name: CircuitName,
    /// ARM `serviceProviderName`, one of [`Plan::service_providers`].
    pub service_provider: Option<String>,
    /// The customer's own port that it runs over, instead of a provider's.
    pub express_route_port: Option<String>,
    /// ARM `peeringLocation`.
    pub peering_location: Option<&'static PeeringLocation>,
    /// ARM `circuitProvisioningState`.
    pub state: CircuitState,
    /// ARM `serviceProviderProvisioningState`; links and peerings exist with `Provisioned` only.
    pub provider_state: ProviderState,
    /// ARM `serviceKey`.
    pub service_key: ServiceKey,
    /// Who sets the peerings: with `Provider`, a network service provider does for the customer.
    pub authorized_by: Party,
    /// Its size.
    pub bandwidth: Bandwidth,
    /// Tier and billing.
    pub sku: Sku,
    /// Linked virtual networks, each once; every name is one of [`Plan::virtual_networks`].
    pub links: Vec<Link>,
    /// The circuits that Global Reach connects it with; each has this one in turn.
    pub global_reach: Vec<CircuitName>,
}

/// The connection of a virtual network's gateway to a circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The virtual network.
    pub virtual_network: VirtualNetworkName,
    /// ARM `routingWeight`, 0 to 32000; the highest wins.
    pub routing_weight: u16,
}

/// One peering on one router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Circuit, peering and router.
    pub id: AttachmentId,
    /// ARM `state` of the peering.
    pub state: PeeringState,
    /// ARM `lastModifiedBy`.
    pub last_modified_by: Party,
    /// The router's AS number.
    pub local_asn: Asn,
    /// The customer's AS number; never [`Attachment::local_asn`].
    pub peer_asn: Asn,
    /// The tag of the peering's frames.
    pub vlan_id: VlanId,
    /// Key of the TCP MD5 signatures, for all sessions.
    pub shared_key: Option<SharedKey>,
    /// What each session accepts; for a family that no session carries the value has no meaning.
    pub limits: PerFamily<PrefixLimit>,
    /// Whether anything is announced to the peer.
    pub advertise: Advertise,
    /// Parts of BGP that Azure's sessions are not known to have.
    pub protocol: Protocol,
    /// What Microsoft peering is sent; nothing without one.
    pub route_filter: Option<RouteFilter>,
    /// What the customer may announce; `None` on private peering.
    pub public_prefixes: Option<PublicPrefixes>,
    /// At least one and at most one per transport family; no address family is carried twice.
    pub sessions: Vec<Session>,
}

/// What a customer may announce on a peering to public services, and whether it is known to be its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicPrefixes {
    /// ARM `advertisedPublicPrefixes`, if the key is there.
    pub advertised: Option<Vec<IpNet>>,
    /// ARM `customerASN`: whose the prefixes are, if not the peer's.
    pub customer_asn: Option<Asn>,
    /// ARM `routingRegistryName`.
    pub routing_registry: Option<RoutingRegistry>,
    /// Set if a person has validated it, whatever a registry says.
    pub by_hand: Option<ByHand>,
    /// ARM `advertisedPublicPrefixesState`; some states keep the sessions down.
    pub state: AdvertisedPublicPrefixesState,
    /// What the registry said to each thing that was asked.
    pub findings: Vec<Finding>,
    /// What follows for received routes.
    pub admitted: Admitted,
}

/// What the registry says to a prefix or to an AS number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was asked.
    pub subject: String,
    /// The object that decided, or what is missing.
    pub said: Result<Evidence, Doubt>,
}

/// Which received prefixes are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// All that the peering's kind takes.
    Any,
    /// What lies in a prefix of the list.
    Listed(Vec<IpNet>),
    /// What lies in a prefix that is registered as the customer's.
    Registered(Vec<IpNet>),
}

/// A route filter: one rule, Allow, by community (ARM `routeFilters`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteFilter {
    /// Its name.
    pub name: String,
    /// Prefixes with any of these values are sent.
    pub communities: BTreeSet<Community>,
}

/// ARM `state` of a peering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeeringState {
    /// Sessions are wanted.
    Enabled,
    /// Sessions stay down.
    Disabled,
}

/// Whether anything is announced to a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advertise {
    /// What the peering's export rules give.
    Yes,
    /// Nothing at all.
    No,
}

/// Parts of BGP beyond what every session has; the default is what Azure is known to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Protocol {
    /// Graceful restart (RFC 4724).
    pub graceful_restart: Option<GracefulRestart>,
    /// What we are to the peer (RFC 9234).
    pub role: Option<LocalRole>,
    /// How much a received route may carry.
    pub bounds: Bounds,
}

/// One BGP session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The families that it carries, never none.
    pub families: Families,
    /// The router's address as BGP sees it.
    pub local_address: IpAddr,
    /// The customer edge's address as BGP sees it.
    pub peer_address: IpAddr,
    /// What TCP binds to, and listens on.
    pub local_endpoint: SocketAddr,
    /// What TCP connects to; connections from its address are the peer's.
    pub peer_endpoint: SocketAddr,
    /// Who opens the connection.
    pub opening: Opening,
    /// Whether RFC 5082 is applied.
    pub ttl_security: TtlSecurity,
    /// The router's BGP Identifier.
    pub identifier: Identifier,
    /// The next hop of what is announced: an address of the family for each family that is carried.
    pub next_hop: PerFamily<Option<IpAddr>>,
    /// The timers.
    pub timers: Timers,
    /// Whether TCP binds before the address is there.
    pub binding: Binding,
    /// The address that the daemon itself puts on a link; `None` if somebody else does.
    pub managed: Option<ManagedAddress>,
}

/// Whether TCP may bind to an address that this machine does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// It waits for the address.
    Present,
    /// It binds at once (`IP_FREEBIND`).
    Free,
}

/// An address on a link of this machine, `172.16.0.2/30 dev eth1.100`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ManagedAddress {
    /// The name of the interface, `eth1`.
    pub interface: String,
    /// The tag of the VLAN of it that the daemon makes for the address; `None` if it is put on the interface itself.
    pub vlan_id: Option<VlanId>,
    /// The address, with the length of the link's subnet.
    pub address: IpNet,
}

/// Who opens a session's TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Both sides.
    Active,
    /// The peer alone.
    Passive,
}

/// Generalized TTL Security Mechanism (RFC 5082).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TtlSecurity {
    /// Any TTL.
    Off,
    /// Packets are sent with TTL 255, and others are not received.
    On,
}

/// A session's timers (RFC 4271 section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// What the OPEN proposes; the lower one of both sides holds.
    pub hold: HoldTime,
    /// Between keepalives; without meaning when the hold time is off.
    pub keepalive: Duration,
    /// Between attempts to connect.
    pub connect_retry: Duration,
    /// Before a session that failed is tried again.
    pub idle_hold: Duration,
    /// How long the peer may take nothing of what is sent (RFC 9687); `None` for the RFC's own time.
    pub send_hold: Option<Duration>,
}

impl fmt::Display for ManagedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} dev {}", self.address, self.interface)?;
        self.vlan_id.map_or(Ok(()), |tag| write!(f, ".{tag}"))
    }
}

impl Plan {
    /// The circuit of that name.
    pub fn circuit(&self, name: &CircuitName) -> Option<&Circuit> {
        self.circuits.iter().find(|circuit| circuit.name == *name)
    }

    /// The virtual network of that name.
    pub fn virtual_network(&self, name: &VirtualNetworkName) -> Option<&VirtualNetwork> {
        self.virtual_networks.iter().find(|network| network.name == *name)
    }

    /// The attachment of that identifier.
    pub fn attachment(&self, id: &AttachmentId) -> Option<&Attachment> {
        self.attachments.iter().find(|attachment| attachment.id == *id)
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rpki {
            Rpki::None => write!(f, "{}", *self.objects),
            Rpki::File(payloads) => write!(f, "{}, {}", *self.objects, **payloads),
            Rpki::Rtr { server, payloads: Some(payloads) } => {
                write!(f, "{}, {} of RTR server {server}", *self.objects, **payloads)
            }
            Rpki::Rtr { server, payloads: None } => {
                write!(f, "{}, nothing yet of RTR server {server}", *self.objects)
            }
        }
    }
}

impl Registry {
    /// To be asked.
    pub fn view(&self) -> registry::Registry<'_> {
        let payloads = match &self.rpki {
            Rpki::None => None,
            Rpki::File(payloads) => Some(payloads),
            Rpki::Rtr { payloads, .. } => payloads.as_ref(),
        };
        registry::Registry { objects: &self.objects, payloads: payloads.map(|payloads| &**payloads) }
    }

    /// True while an RTR server is asked and has not answered.
    pub const fn awaits_rpki(&self) -> bool {
        matches!(self.rpki, Rpki::Rtr { payloads: None, .. })
    }
}

impl PublicPrefixes {
    /// The first thing that is not known to be the customer's.
    pub fn doubt(&self) -> Option<&Doubt> {
        self.findings.iter().find_map(|finding| finding.said.as_ref().err())
    }
}

impl VirtualNetwork {
    /// The communities of its routes: none, unless a custom one is set (Azure: "Configure custom BGP communities").
    pub fn communities(&self) -> Vec<Community> {
        let of_region = self.region.and_then(|region| region.community(Regional::VirtualNetworks));
        self.community
            .map_or_else(Vec::new, |custom| [Some(custom), of_region].into_iter().flatten().collect())
    }
}

impl Circuit {
    /// Which regions it reaches.
    pub fn reach(&self) -> Reach {
        self.peering_location.map_or(Reach::Unknown, |location| Reach::From(location, self.sku.tier()))
    }
}

impl Session {
    /// The family of its addresses: what tells the sessions of one attachment apart.
    pub fn transport(&self) -> Family {
        match self.peer_address {
            IpAddr::V4(_) => Family::Ipv4,
            IpAddr::V6(_) => Family::Ipv6,
        }
    }
}

impl Timers {
    /// What an MSEE proposes: keepalive 60 s, hold 180 s (Azure: "ExpressRoute FAQ").
    pub const AZURE: Self = Self {
        hold: match HoldSeconds::new(180) {
            Some(seconds) => HoldTime::After(seconds),
            None => HoldTime::Off,
        },
        keepalive: Duration::from_mins(1),
        connect_retry: Duration::from_secs(5),
        idle_hold: Duration::from_secs(1),
        send_hold: None,
    };
}
