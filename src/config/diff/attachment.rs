//! Changes of a peering on a router, and of its sessions.

use super::{Effect, FromTo, Pair};
use crate::{
    asn::Asn,
    azure::{Party, VlanId, public_prefixes::AdvertisedPublicPrefixesState},
    config::plan::{
        Advertise, Attachment, Binding, Opening, PeeringState, RouteFilter, Session, Timers, TtlSecurity,
    },
    family::{Families, Family},
    rib::PrefixLimit,
    session::{GracefulRestart, LocalRole},
    wire::{attribute::Bounds, open::Identifier},
};
use std::net::{IpAddr, SocketAddr};

/// A change of an attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttachmentChange {
    /// It is new, with all its sessions, in that state.
    Added(PeeringState),
    /// It is gone, with all its sessions.
    Removed,
    /// The peering's state.
    State(FromTo<PeeringState>),
    /// The other side has set it.
    LastModifiedBy(FromTo<Party>),
    /// The router's AS number.
    LocalAsn(FromTo<Asn>),
    /// The customer's AS number.
    PeerAsn(FromTo<Asn>),
    /// The tag.
    VlanId(FromTo<VlanId>),
    /// The key; never its value.
    SharedKey(KeyChange),
    /// What each session accepts.
    PrefixLimit {
        /// The family that it counts.
        family: Family,
        /// The limit.
        limit: FromTo<PrefixLimit>,
    },
    /// Whether anything is announced.
    Advertise(FromTo<Advertise>),
    /// How much a received route may carry.
    Bounds(FromTo<Bounds>),
    /// Graceful restart.
    GracefulRestart(FromTo<Option<GracefulRestart>>),
    /// What we are to the peer.
    Role(FromTo<Option<LocalRole>>),
    /// What the customer may announce.
    AdvertisedPublicPrefixes(FromTo<String>),
    /// Whether that is known to be its own.
    AdvertisedPublicPrefixesState(FromTo<AdvertisedPublicPrefixesState>),
    /// What is selected of Microsoft's services.
    RouteFilter(FromTo<Option<RouteFilter>>),
    /// One session.
    Session {
        /// The family of its addresses: which of the attachment's sessions.
        transport: Family,
        /// What changes.
        change: SessionChange,
    },
}

/// What happened to a key, without the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyChange {
    /// There was none.
    Set,
    /// There is none.
    Removed,
    /// Another one.
    Replaced,
}

/// A change of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// What it carries.
    Families(FromTo<Families>),
    /// The router's address.
    LocalAddress(FromTo<IpAddr>),
    /// The customer edge's address.
    PeerAddress(FromTo<IpAddr>),
    /// What TCP binds to.
    LocalEndpoint(FromTo<SocketAddr>),
    /// What TCP connects to.
    PeerEndpoint(FromTo<SocketAddr>),
    /// Who opens the connection.
    Opening(FromTo<Opening>),
    /// Whether RFC 5082 is applied.
    TtlSecurity(FromTo<TtlSecurity>),
    /// The router's BGP Identifier.
    Identifier(FromTo<Identifier>),
    /// The next hop of what is announced in a family.
    NextHop {
        /// The family.
        family: Family,
        /// The address.
        address: FromTo<Option<IpAddr>>,
    },
    /// The timers.
    Timers(FromTo<Timers>),
    /// Whether TCP binds before the address is there.
    Binding(FromTo<Binding>),
    /// The address that the daemon puts on a link, as `ip address` writes it.
    Managed(FromTo<String>),
}

impl AttachmentChange {
    /// What it does to the attachment's sessions, or to the one that it names.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Added(PeeringState::Enabled) | Self::State(FromTo { to: PeeringState::Enabled, .. }) => {
                Effect::Starts
            }
            Self::Removed | Self::State(FromTo { to: PeeringState::Disabled, .. }) => Effect::Ends,
            Self::AdvertisedPublicPrefixesState(state) => {
                match (state.from.holds_sessions(), state.to.holds_sessions()) {
                    (false, true) => Effect::Ends,
                    (true, false) => Effect::Starts,
                    (true, true) | (false, false) => Effect::NoReset,
                }
            }
            Self::LocalAsn(_) | Self::PeerAsn(_) | Self::VlanId(_) | Self::SharedKey(_) | Self::Role(_) => {
                Effect::Resets
            }
            Self::Added(PeeringState::Disabled)
            | Self::PrefixLimit { .. }
            | Self::Advertise(_)
            | Self::LastModifiedBy(_)
            | Self::AdvertisedPublicPrefixes(_)
            | Self::RouteFilter(_) => Effect::NoReset,
            Self::GracefulRestart(_) | Self::Bounds(_) => Effect::NextSession,
            Self::Session { change, .. } => change.effect(),
        }
    }
}

impl SessionChange {
    /// What it does to the session.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Added => Effect::Starts,
            Self::Removed => Effect::Ends,
            Self::Families(_)
            | Self::LocalAddress(_)
            | Self::PeerAddress(_)
            | Self::LocalEndpoint(_)
            | Self::PeerEndpoint(_)
            | Self::TtlSecurity(_)
            | Self::Identifier(_)
            | Self::NextHop { .. }
            | Self::Binding(_) => Effect::Resets,
            Self::Managed(_) => Effect::NoReset,
            Self::Opening(_) | Self::Timers(_) => Effect::NextSession,
        }
    }
}

pub(super) fn changes(pair: &Pair<'_, Attachment>) -> Vec<AttachmentChange> {
    let (old, new) = match pair {
        Pair::Removed => return vec![AttachmentChange::Removed],
        Pair::Added(new) => return vec![AttachmentChange::Added(new.state)],
        Pair::Both(old, new) => (old, new),
    };
    let key = match (&old.shared_key, &new.shared_key) {
        (None, Some(_)) => Some(KeyChange::Set),
        (Some(_), None) => Some(KeyChange::Removed),
        (old, new) => (old != new).then_some(KeyChange::Replaced),
    };
    let limits = Family::ALL.into_iter().filter_map(|family| {
        FromTo::of(&old.limits[family], &new.limits[family])
            .map(|limit| AttachmentChange::PrefixLimit { family, limit })
    });
    [
        FromTo::of(&old.state, &new.state).map(AttachmentChange::State),
        FromTo::of(&old.last_modified_by, &new.last_modified_by).map(AttachmentChange::LastModifiedBy),
        FromTo::of(&old.local_asn, &new.local_asn).map(AttachmentChange::LocalAsn),
        FromTo::of(&old.peer_asn, &new.peer_asn).map(AttachmentChange::PeerAsn),
        FromTo::of(&old.vlan_id, &new.vlan_id).map(AttachmentChange::VlanId),
        key.map(AttachmentChange::SharedKey),
        FromTo::of(&old.advertise, &new.advertise).map(AttachmentChange::Advertise),
        FromTo::of(&old.protocol.bounds, &new.protocol.bounds).map(AttachmentChange::Bounds),
        FromTo::of(&old.protocol.graceful_restart, &new.protocol.graceful_restart)
            .map(AttachmentChange::GracefulRestart),
        FromTo::of(&old.protocol.role, &new.protocol.role).map(AttachmentChange::Role),
        FromTo::of(&advertised(old), &advertised(new)).map(AttachmentChange::AdvertisedPublicPrefixes),
        old.public_prefixes
            .as_ref()
            .zip(new.public_prefixes.as_ref())
            .and_then(|(old, new)| FromTo::of(&old.state, &new.state))
            .map(AttachmentChange::AdvertisedPublicPrefixesState),
        FromTo::of(&old.route_filter, &new.route_filter).map(AttachmentChange::RouteFilter),
    ]
    .into_iter()
    .flatten()
    .chain(limits)
    .chain(sessions(&old.sessions, &new.sessions))
    .collect()
}

/// As the file has it: `193.0.0.0/21, 193.0.20.0/22`.
fn advertised(attachment: &Attachment) -> String {
    let prefixes = attachment.public_prefixes.iter().flat_map(|public| public.advertised.iter().flatten());
    let prefixes: Vec<String> = prefixes.map(ToString::to_string).collect();
    if prefixes.is_empty() { "none".to_owned() } else { prefixes.join(", ") }
}

fn sessions(old: &[Session], new: &[Session]) -> Vec<AttachmentChange> {
    let mut changes = Vec::new();
    for transport in Family::ALL {
        let found = match (over(transport, old), over(transport, new)) {
            (None, None) => Vec::new(),
            (None, Some(_)) => vec![SessionChange::Added],
            (Some(_), None) => vec![SessionChange::Removed],
            (Some(old), Some(new)) => session(old, new),
        };
        changes.extend(found.into_iter().map(|change| AttachmentChange::Session { transport, change }));
    }
    changes
}

/// `172.16.0.2/30 dev eth1`.
fn managed(session: &Session) -> String {
    session.managed.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
}

fn over(transport: Family, sessions: &[Session]) -> Option<&Session> {
    sessions.iter().find(|session| session.transport() == transport)
}

fn session(old: &Session, new: &Session) -> Vec<SessionChange> {
    let next_hops = Family::ALL.into_iter().filter_map(|family| {
        FromTo::of(&old.next_hop[family], &new.next_hop[family])
            .map(|address| SessionChange::NextHop { family, address })
    });
    [
        FromTo::of(&old.families, &new.families).map(SessionChange::Families),
        FromTo::of(&old.local_address, &new.local_address).map(SessionChange::LocalAddress),
        FromTo::of(&old.peer_address, &new.peer_address).map(SessionChange::PeerAddress),
        FromTo::of(&old.local_endpoint, &new.local_endpoint).map(SessionChange::LocalEndpoint),
        FromTo::of(&old.peer_endpoint, &new.peer_endpoint).map(SessionChange::PeerEndpoint),
        FromTo::of(&old.opening, &new.opening).map(SessionChange::Opening),
        FromTo::of(&old.ttl_security, &new.ttl_security).map(SessionChange::TtlSecurity),
        FromTo::of(&old.identifier, &new.identifier).map(SessionChange::Identifier),
        FromTo::of(&old.timers, &new.timers).map(SessionChange::Timers),
        FromTo::of(&old.binding, &new.binding).map(SessionChange::Binding),
        FromTo::of(&managed(old), &managed(new)).map(SessionChange::Managed),
    ]
    .into_iter()
    .flatten()
    .chain(next_hops)
    .collect()
}
