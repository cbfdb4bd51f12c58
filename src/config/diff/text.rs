//! Changes in words: one line each, for people and as JSON.

use super::{
    AttachmentChange, Change, CircuitChange, DaemonChange, Difference, Effect, FromTo, KeyChange,
    SessionChange, VirtualNetworkChange,
};
use crate::{
    azure::limits::RESTART_AFTER,
    config::plan::{Advertise, Binding, Opening, PeeringState, RouteFilter, Timers, Transit, TtlSecurity},
    family::Family,
    rib::PrefixLimit,
    session::{Announce, GracefulRestart, LocalRole, Part},
    wire::attribute::{AsSets, Bounds},
};
use serde::ser::SerializeStruct;
use std::{fmt, time::Duration};

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no change");
        }
        for (position, change) in self.changes.iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            change.fmt(f)?;
        }
        Ok(())
    }
}

/// `~ ams-1/private/primary: peer_asn 65010 → 65011: session resets`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}: {}", self.sign(), self.subject(), self.what(), self.effect())
    }
}

/// `{"subject": "ams-1/private/primary", "what": "peer_asn 65010 → 65011", "effect": "resets", "resets": true}`.
impl serde::Serialize for Change {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Change", 4)?;
        object.serialize_field("subject", &self.subject())?;
        object.serialize_field("what", &self.what())?;
        object.serialize_field("effect", &self.effect())?;
        object.serialize_field("resets", &(self.effect() == Effect::Resets))?;
        object.end()
    }
}

impl Change {
    fn sign(&self) -> char {
        match self {
            Self::VirtualNetwork { change: VirtualNetworkChange::Added, .. }
            | Self::Circuit { change: CircuitChange::Added, .. }
            | Self::Attachment { change: AttachmentChange::Added(_), .. } => '+',
            Self::VirtualNetwork { change: VirtualNetworkChange::Removed, .. }
            | Self::Circuit { change: CircuitChange::Removed, .. }
            | Self::Attachment { change: AttachmentChange::Removed, .. } => '-',
            _ => '~',
        }
    }

    /// What changes: `daemon`, `virtual network hub`, `circuit ams-1`, `ams-1/private/primary`.
    pub fn subject(&self) -> String {
        match self {
            Self::Daemon(_) => "daemon".to_owned(),
            Self::VirtualNetwork { name, .. } => format!("virtual network {name}"),
            Self::Circuit { name, .. } => format!("circuit {name}"),
            Self::Attachment { id, .. } => id.to_string(),
        }
    }

    /// How it changes, in the words of the file.
    pub fn what(&self) -> String {
        match self {
            Self::Daemon(change) => change.to_string(),
            Self::VirtualNetwork { change, .. } => change.to_string(),
            Self::Circuit { change, .. } => change.to_string(),
            Self::Attachment { change, .. } => change.to_string(),
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoReset => "no reset",
            Self::NextSession => "from the next session on",
            Self::NextStart => "from the next start of the daemon on",
            Self::Starts => "session starts",
            Self::Ends => "session ends",
            Self::Resets => "session resets",
        })
    }
}

impl<T: fmt::Display> fmt::Display for FromTo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}", self.from, self.to)
    }
}

impl<T> FromTo<T> {
    fn map<U>(&self, convert: impl Fn(&T) -> U) -> FromTo<U> {
        FromTo { from: convert(&self.from), to: convert(&self.to) }
    }
}

impl<T: ToString> FromTo<Option<T>> {
    fn or_none(&self) -> FromTo<String> {
        self.map(|value| value.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string))
    }
}

impl fmt::Display for DaemonChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rules(rules) => write!(f, "rules {rules}"),
            Self::Asn(asn) => write!(f, "asn {asn}"),
            Self::Control(control) => write!(f, "control {control}"),
            Self::ControlToken => f.write_str("control_token_file another token"),
            Self::ControlRequests(requests) => write!(f, "control_requests_per_s {requests}"),
            Self::StateDir(directory) => {
                let directory = directory.map(|path| path.as_ref().map(|path| path.display().to_string()));
                write!(f, "state_dir {}", directory.or_none())
            }
            Self::ServicePrefixes(services) => write!(f, "service_prefixes {services}"),
            Self::Registry(registry) => write!(f, "registry {}", registry.or_none()),
            Self::Transit(transit) => {
                write!(f, "open_transit {}", transit.map(|transit| *transit == Transit::Open))
            }
        }
    }
}

impl fmt::Display for VirtualNetworkChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added => f.write_str("added"),
            Self::Removed => f.write_str("removed"),
            Self::Region(region) => write!(f, "region {}", region.or_none()),
            Self::Community(community) => write!(f, "community {}", community.or_none()),
            Self::PeeredWith(peers) => write!(f, "peered_with {peers}"),
            Self::SpaceAdded(space) => write!(f, "address_space with {space}"),
            Self::SpaceRemoved(space) => write!(f, "address_space without {space}"),
        }
    }
}

impl fmt::Display for CircuitChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added => f.write_str("added"),
            Self::Removed => f.write_str("removed"),
            Self::ServiceProvider(provider) => write!(f, "service_provider {}", provider.or_none()),
            Self::ExpressRoutePort(port) => write!(f, "express_route_port {}", port.or_none()),
            Self::PeeringLocation(location) => write!(f, "peering_location {}", location.or_none()),
            Self::State(state) => write!(f, "circuit_provisioning_state {state}"),
            Self::ProviderState(state) => write!(f, "service_provider_provisioning_state {state}"),
            Self::AuthorizedBy(party) => write!(f, "authorized_by {party}"),
            Self::ServiceKey(key) => write!(f, "service_key {key}"),
            Self::Bandwidth(bandwidth) => {
                write!(f, "bandwidth_mbps {}", bandwidth.map(|bandwidth| bandwidth.mbps()))
            }
            Self::Sku(sku) => write!(f, "sku {sku}"),
            Self::GlobalReach(partners) => write!(f, "global_reach {partners}"),
            Self::Linked(link) => write!(f, "virtual network {} linked", link.virtual_network),
            Self::Unlinked(name) => write!(f, "virtual network {name} no longer linked"),
            Self::RoutingWeight { virtual_network, weight } => {
                write!(f, "routing_weight of {virtual_network} {weight}")
            }
        }
    }
}

impl fmt::Display for AttachmentChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(_) => f.write_str("added"),
            Self::Removed => f.write_str("removed"),
            Self::State(state) => {
                let word = |state: &PeeringState| match state {
                    PeeringState::Enabled => "Enabled",
                    PeeringState::Disabled => "Disabled",
                };
                write!(f, "state {}", state.map(word))
            }
            Self::LocalAsn(asn) => write!(f, "asn {asn}"),
            Self::PeerAsn(asn) => write!(f, "peer_asn {asn}"),
            Self::VlanId(vlan) => write!(f, "vlan_id {vlan}"),
            Self::SharedKey(KeyChange::Set) => f.write_str("shared_key set"),
            Self::SharedKey(KeyChange::Removed) => f.write_str("shared_key removed"),
            Self::SharedKey(KeyChange::Replaced) => f.write_str("shared_key changed"),
            Self::PrefixLimit { family: Family::Ipv4, limit } => {
                write!(f, "prefix_limit {}", limit.map(in_words))
            }
            Self::PrefixLimit { family: Family::Ipv6, limit } => {
                write!(f, "ipv6_prefix_limit {}", limit.map(in_words))
            }
            Self::Advertise(advertise) => {
                write!(f, "advertise {}", advertise.map(|advertise| *advertise == Advertise::Yes))
            }
            Self::Bounds(bounds) => f.write_str(&changed_bounds(bounds)),
            Self::GracefulRestart(restart) => {
                let in_words = |restart: &Option<GracefulRestart>| restart.as_ref().map(restart_in_words);
                write!(f, "graceful_restart {}", restart.map(in_words).or_none())
            }
            Self::Role(role) => {
                let in_words = |role: &Option<LocalRole>| role.map(|local| local.to_string());
                write!(f, "bgp_role {}", role.map(in_words).or_none())
            }
            Self::LastModifiedBy(party) => write!(f, "last_modified_by {party}"),
            Self::AdvertisedPublicPrefixes(prefixes) => write!(f, "advertised_public_prefixes {prefixes}"),
            Self::AdvertisedPublicPrefixesState(state) => {
                write!(f, "advertised_public_prefixes_state {state}")
            }
            Self::RouteFilter(filter) => {
                let filter = filter.map(|filter| filter.as_ref().map(in_short));
                write!(f, "route_filter {}", filter.or_none())
            }
            Self::Session { transport, change } => write!(f, "{transport} session: {change}"),
        }
    }
}

/// As short as the file: Azure's own restart is not worth a word.
fn in_words(limit: &PrefixLimit) -> String {
    match limit {
        PrefixLimit::Unlimited => "unlimited".to_owned(),
        PrefixLimit::Warn { max } => format!("{max} (warn)"),
        PrefixLimit::Drop { max, restart: Some(RESTART_AFTER) } => max.to_string(),
        PrefixLimit::Drop { max, restart: Some(after) } => {
            format!("{max} (restart after {} s)", after.as_secs())
        }
        PrefixLimit::Drop { max, restart: None } => format!("{max} (no restart)"),
    }
}

/// `full (restart 120 s, stale 360 s, deferral 60 s, notifications)`.
fn restart_in_words(restart: &GracefulRestart) -> String {
    let seconds = |time: Duration| time.as_secs();
    let stale = seconds(restart.stale_time);
    let notifications = match restart.notifications {
        Announce::Yes => ", notifications",
        Announce::No => "",
    };
    match restart.part {
        Part::Helper => format!("helper (stale {stale} s{notifications})"),
        Part::Full => format!(
            "full (restart {} s, stale {stale} s, deferral {} s{notifications})",
            restart.restart_time.seconds(),
            seconds(restart.deferral_time)
        ),
    }
}

/// `storage (12076:51002, 12076:52002)`.
fn in_short(filter: &RouteFilter) -> String {
    let values: Vec<String> = filter.communities.iter().map(ToString::to_string).collect();
    format!("{} ({})", filter.name, values.join(", "))
}

/// Only those that change: `attribute_limits as_path 1000 → 50, as_sets refuse → accept`.
fn changed_bounds(bounds: &FromTo<Bounds>) -> String {
    let as_sets = |bounds: &Bounds| match bounds.as_sets {
        AsSets::Refuse => "refuse".to_owned(),
        AsSets::Accept => "accept".to_owned(),
    };
    let limit = |of: fn(&Bounds) -> u16| bounds.map(|bounds| of(bounds).to_string());
    let changed = [
        ("attribute_limits as_path", limit(|bounds| bounds.as_path)),
        ("attribute_limits communities", limit(|bounds| bounds.communities)),
        ("attribute_limits attributes", limit(|bounds| bounds.attributes)),
        ("as_sets", bounds.map(as_sets)),
    ];
    in_short_list(changed)
}

/// Those that change, each with its key.
fn in_short_list<const N: usize>(values: [(&str, FromTo<String>); N]) -> String {
    let changed = values.into_iter().filter(|(_, value)| value.from != value.to);
    changed.map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join(", ")
}

/// Only those that change: `hold_s 180 → 9, keepalive_s 60 → 3`.
fn changed_timers(timers: &FromTo<Timers>) -> String {
    let seconds = |of: fn(&Timers) -> Duration| timers.map(|timers| of(timers).as_secs().to_string());
    let send_hold = |timers: &Timers| {
        timers.send_hold.map_or_else(|| "default".to_owned(), |time| time.as_secs().to_string())
    };
    let changed = [
        ("hold_s", timers.map(|timers| timers.hold.seconds().to_string())),
        ("keepalive_s", seconds(|timers| timers.keepalive)),
        ("connect_retry_s", seconds(|timers| timers.connect_retry)),
        ("idle_hold_s", seconds(|timers| timers.idle_hold)),
        ("send_hold_s", timers.map(send_hold)),
    ];
    in_short_list(changed)
}

impl fmt::Display for SessionChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added => f.write_str("added"),
            Self::Removed => f.write_str("removed"),
            Self::Families(families) => write!(f, "families {families}"),
            Self::LocalAddress(address) => write!(f, "local_address {address}"),
            Self::PeerAddress(address) => write!(f, "peer_address {address}"),
            Self::LocalEndpoint(endpoint) => write!(f, "local_endpoint {endpoint}"),
            Self::PeerEndpoint(endpoint) => write!(f, "peer_endpoint {endpoint}"),
            Self::Opening(opening) => {
                write!(f, "passive {}", opening.map(|opening| *opening == Opening::Passive))
            }
            Self::TtlSecurity(security) => {
                write!(f, "ttl_security {}", security.map(|security| *security == TtlSecurity::On))
            }
            Self::Identifier(identifier) => write!(f, "router_id {identifier}"),
            Self::NextHop { family, address } => write!(f, "{family} next hop {}", address.or_none()),
            Self::Timers(timers) => write!(f, "timers {}", changed_timers(timers)),
            Self::Binding(binding) => {
                write!(f, "freebind {}", binding.map(|binding| *binding == Binding::Free))
            }
            Self::Managed(address) => write!(f, "managed address {address}"),
        }
    }
}
