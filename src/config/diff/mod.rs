//! What another plan changes, and what each change resets.
//!
//! An unchanged session is never touched; only an address, an AS number, a tag or a key resets, and only the sessions
//! that it concerns. The reconciler walks the [`Change`]s; `msee diff` prints them.

mod attachment;
mod text;

pub use attachment::{AttachmentChange, KeyChange, SessionChange};

use super::plan::{Circuit, Link, Plan, Transit, VirtualNetwork};
use crate::{
    asn::Asn,
    azure::{
        AttachmentId, Bandwidth, CircuitName, CircuitState, Party, PeeringLocation, ProviderState, Region,
        RulesProfile, ServiceKey, Sku, VirtualNetworkName,
    },
    community::Community,
};
use ipnet::IpNet;
use std::{collections::HashMap, hash::Hash, net::SocketAddr, num::NonZeroU32, path::PathBuf};

/// Every change between two plans, in the order daemon, virtual networks, circuits, attachments; what ends stands
/// before what begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Difference {
    /// The changes.
    pub changes: Vec<Change>,
}

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The process, or both routers.
    Daemon(DaemonChange),
    /// A virtual network.
    VirtualNetwork {
        /// Its name.
        name: VirtualNetworkName,
        /// What changes.
        change: VirtualNetworkChange,
    },
    /// A circuit.
    Circuit {
        /// Its name.
        name: CircuitName,
        /// What changes.
        change: CircuitChange,
    },
    /// A peering on a router.
    Attachment {
        /// Its identifier.
        id: AttachmentId,
        /// What changes.
        change: AttachmentChange,
    },
}

/// A change of `[daemon]` or `[lab]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DaemonChange {
    /// The year's rules; what they mean for limits is a change of its own.
    Rules(FromTo<RulesProfile>),
    /// The routers' AS number; each session that it resets is a change of its own.
    Asn(FromTo<Asn>),
    /// Where control listens.
    Control(FromTo<SocketAddr>),
    /// What callers of control must show, which nobody is told.
    ControlToken,
    /// How many requests control answers.
    ControlRequests(FromTo<NonZeroU32>),
    /// Where state is kept.
    StateDir(FromTo<Option<PathBuf>>),
    /// Another file of service prefixes, in numbers.
    ServicePrefixes(FromTo<String>),
    /// Another registry, in numbers.
    Registry(FromTo<Option<String>>),
    /// Azure's rules, or none.
    Transit(FromTo<Transit>),
}

/// A change of a virtual network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VirtualNetworkChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Another region.
    Region(FromTo<Option<&'static Region>>),
    /// Another custom community.
    Community(FromTo<Option<Community>>),
    /// Other networks use its gateway.
    PeeredWith(FromTo<String>),
    /// A prefix more.
    SpaceAdded(IpNet),
    /// A prefix less.
    SpaceRemoved(IpNet),
}

/// A change of a circuit, its attachments aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CircuitChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Another provider.
    ServiceProvider(FromTo<Option<String>>),
    /// Another port of the customer's.
    ExpressRoutePort(FromTo<Option<String>>),
    /// Another location.
    PeeringLocation(FromTo<Option<&'static PeeringLocation>>),
    /// It is given up.
    State(FromTo<CircuitState>),
    /// The provider has done something.
    ProviderState(FromTo<ProviderState>),
    /// Another side sets the peerings.
    AuthorizedBy(FromTo<Party>),
    /// Another key.
    ServiceKey(FromTo<ServiceKey>),
    /// Another size.
    Bandwidth(FromTo<Bandwidth>),
    /// Another SKU; what it means for limits is a change of its own.
    Sku(FromTo<Sku>),
    /// Global Reach with other circuits.
    GlobalReach(FromTo<String>),
    /// A virtual network more.
    Linked(Link),
    /// A virtual network less.
    Unlinked(VirtualNetworkName),
    /// Another weight of a link.
    RoutingWeight {
        /// The link.
        virtual_network: VirtualNetworkName,
        /// The weight.
        weight: FromTo<u16>,
    },
}

/// Before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FromTo<T> {
    /// As it was.
    pub from: T,
    /// As it shall be.
    pub to: T,
}

/// What a change does to sessions that run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// None of them notices.
    NoReset,
    /// Nothing now: it holds from the next session on.
    NextSession,
    /// Nothing now: it holds when the daemon starts again.
    NextStart,
    /// Sessions begin.
    Starts,
    /// Sessions end and do not come back.
    Ends,
    /// Sessions end, and begin anew.
    Resets,
}

/// What has to change for `from` to become `to`.
pub fn diff(from: &Plan, to: &Plan) -> Difference {
    let mut changes = daemon(from, to);
    let networks = keyed(&from.virtual_networks, &to.virtual_networks, |network| &network.name);
    for (name, pair) in networks {
        let wrap = |change| Change::VirtualNetwork { name: name.clone(), change };
        changes.extend(virtual_network(&pair).into_iter().map(wrap));
    }
    for (name, pair) in keyed(&from.circuits, &to.circuits, |circuit| &circuit.name) {
        let wrap = |change| Change::Circuit { name: name.clone(), change };
        changes.extend(circuit(&pair).into_iter().map(wrap));
    }
    for (id, pair) in keyed(&from.attachments, &to.attachments, |attachment| &attachment.id) {
        let wrap = |change| Change::Attachment { id: id.clone(), change };
        changes.extend(attachment::changes(&pair).into_iter().map(wrap));
    }
    Difference { changes }
}

impl Difference {
    /// True if both plans are the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes of one attachment.
    pub fn of_attachment<'a>(&'a self, of: &'a AttachmentId) -> impl Iterator<Item = &'a AttachmentChange> {
        self.changes.iter().filter_map(move |change| match change {
            Change::Attachment { id, change } if id == of => Some(change),
            _ => None,
        })
    }
}

impl Change {
    /// What it does to sessions that run.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Daemon(DaemonChange::Control(_) | DaemonChange::StateDir(_)) => Effect::NextStart,
            Self::Daemon(_) | Self::VirtualNetwork { .. } | Self::Circuit { .. } => Effect::NoReset,
            Self::Attachment { change, .. } => change.effect(),
        }
    }
}

impl<T: PartialEq + Clone> FromTo<T> {
    /// Both values, if they differ.
    fn of(from: &T, to: &T) -> Option<Self> {
        (from != to).then(|| Self { from: from.clone(), to: to.clone() })
    }
}

/// One thing in two plans.
enum Pair<'a, T> {
    Removed,
    Added(&'a T),
    Both(&'a T, &'a T),
}

/// What has a name in either plan: what is gone first, then the order of the new plan.
fn keyed<'a, T, K: Eq + Hash>(
    from: &'a [T],
    to: &'a [T],
    key: impl Fn(&'a T) -> &'a K,
) -> Vec<(&'a K, Pair<'a, T>)> {
    let mut before: HashMap<&K, &T> = from.iter().map(|item| (key(item), item)).collect();
    let kept: Vec<_> = to
        .iter()
        .map(|item| match before.remove(key(item)) {
            Some(old) => (key(item), Pair::Both(old, item)),
            None => (key(item), Pair::Added(item)),
        })
        .collect();
    let removed = from.iter().filter(|item| before.contains_key(key(item)));
    removed.map(|item| (key(item), Pair::Removed)).chain(kept).collect()
}

fn daemon(from: &Plan, to: &Plan) -> Vec<Change> {
    let (old, new) = (&from.daemon, &to.daemon);
    [
        FromTo::of(&old.rules, &new.rules).map(DaemonChange::Rules),
        FromTo::of(&old.asn, &new.asn).map(DaemonChange::Asn),
        FromTo::of(&old.control, &new.control).map(DaemonChange::Control),
        (old.control_token != new.control_token).then_some(DaemonChange::ControlToken),
        FromTo::of(&old.control_requests_per_s, &new.control_requests_per_s)
            .map(DaemonChange::ControlRequests),
        FromTo::of(&old.state_dir, &new.state_dir).map(DaemonChange::StateDir),
        (from.service_prefixes != to.service_prefixes).then(|| {
            let count = |plan: &Plan| plan.service_prefixes.to_string();
            DaemonChange::ServicePrefixes(FromTo { from: count(from), to: count(to) })
        }),
        (from.registry != to.registry).then(|| {
            let count = |plan: &Plan| plan.registry.as_ref().map(ToString::to_string);
            DaemonChange::Registry(FromTo { from: count(from), to: count(to) })
        }),
        FromTo::of(&from.transit, &to.transit).map(DaemonChange::Transit),
    ]
    .into_iter()
    .flatten()
    .map(Change::Daemon)
    .collect()
}

fn virtual_network(pair: &Pair<'_, VirtualNetwork>) -> Vec<VirtualNetworkChange> {
    let (old, new) = match pair {
        Pair::Removed => return vec![VirtualNetworkChange::Removed],
        Pair::Added(_) => return vec![VirtualNetworkChange::Added],
        Pair::Both(old, new) => (old, new),
    };
    let region = FromTo::of(&old.region, &new.region).map(VirtualNetworkChange::Region);
    let community = FromTo::of(&old.community, &new.community).map(VirtualNetworkChange::Community);
    let peers = |network: &VirtualNetwork| {
        let names: Vec<&str> = network.peered_with.iter().map(VirtualNetworkName::as_str).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let peered = FromTo::of(&peers(old), &peers(new)).map(VirtualNetworkChange::PeeredWith);
    let spaces = keyed(&old.address_space, &new.address_space, |space| space).into_iter();
    let spaces = spaces.filter_map(|(space, pair)| match pair {
        Pair::Removed => Some(VirtualNetworkChange::SpaceRemoved(*space)),
        Pair::Added(_) => Some(VirtualNetworkChange::SpaceAdded(*space)),
        Pair::Both(..) => None,
    });
    region.into_iter().chain(community).chain(peered).chain(spaces).collect()
}

fn circuit(pair: &Pair<'_, Circuit>) -> Vec<CircuitChange> {
    let (old, new) = match pair {
        Pair::Removed => return vec![CircuitChange::Removed],
        Pair::Added(_) => return vec![CircuitChange::Added],
        Pair::Both(old, new) => (old, new),
    };
    let fields = [
        FromTo::of(&old.service_provider, &new.service_provider).map(CircuitChange::ServiceProvider),
        FromTo::of(&old.express_route_port, &new.express_route_port).map(CircuitChange::ExpressRoutePort),
        FromTo::of(&old.peering_location, &new.peering_location).map(CircuitChange::PeeringLocation),
        FromTo::of(&old.state, &new.state).map(CircuitChange::State),
        FromTo::of(&old.provider_state, &new.provider_state).map(CircuitChange::ProviderState),
        FromTo::of(&old.authorized_by, &new.authorized_by).map(CircuitChange::AuthorizedBy),
        FromTo::of(&old.service_key, &new.service_key).map(CircuitChange::ServiceKey),
        FromTo::of(&old.bandwidth, &new.bandwidth).map(CircuitChange::Bandwidth),
        FromTo::of(&old.sku, &new.sku).map(CircuitChange::Sku),
        FromTo::of(&partners(old), &partners(new)).map(CircuitChange::GlobalReach),
    ];
    let links = keyed(&old.links, &new.links, |link| &link.virtual_network).into_iter();
    let links = links.filter_map(|(name, pair)| match pair {
        Pair::Removed => Some(CircuitChange::Unlinked(name.clone())),
        Pair::Added(link) => Some(CircuitChange::Linked(link.clone())),
        Pair::Both(old, new) => FromTo::of(&old.routing_weight, &new.routing_weight)
            .map(|weight| CircuitChange::RoutingWeight { virtual_network: name.clone(), weight }),
    });
    fields.into_iter().flatten().chain(links).collect()
}

/// `lon-1, par-1`.
fn partners(circuit: &Circuit) -> String {
    let names: Vec<&str> = circuit.global_reach.iter().map(CircuitName::as_str).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
