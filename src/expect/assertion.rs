//! What is expected, with every default filled in; its text is what a report calls it.

use crate::{
    api::schema::{Direction, LimitState, SessionState},
    azure::AttachmentId,
    family::Family,
};
use ipnet::IpNet;
use std::{collections::BTreeSet, fmt, net::IpAddr, time::Duration};

/// One line of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What the file calls it.
    pub name: Option<String>,
    /// What must hold.
    pub assertion: Assertion,
    /// From the start of the run until it must hold.
    pub within: Duration,
    /// How long it must hold then without a break.
    pub steady: Duration,
}

/// What must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assertion {
    /// About a session's state.
    Session(SessionIs),
    /// About a route of a peering.
    Route(RouteIs),
    /// About a prefix limit.
    Limit(LimitIs),
    /// About where an address leads.
    Lookup(LookupFinds),
    /// About a route of a virtual network.
    EffectiveRoute(EffectiveRouteIs),
}

/// The sessions of an attachment are in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionIs {
    /// The peering on one router.
    pub attachment: AttachmentId,
    /// The session that carries it; all sessions if absent.
    pub family: Option<Family>,
    /// The state.
    pub state: SessionState,
}

/// A peering has a route, or has it not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteIs {
    /// The peering on one router.
    pub attachment: AttachmentId,
    /// From the customer or to it.
    pub direction: Direction,
    /// Exactly this prefix.
    pub prefix: IpNet,
    /// Whether it is there, and how.
    pub presence: Presence<RouteAttributes>,
}

/// Whether something is there; if so, what it is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence<T> {
    /// It is not.
    Absent,
    /// It is, and what is given fits.
    Present(T),
}

/// What a route is like, as far as that matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteAttributes {
    /// `AS_PATH` as it is shown, `65010 65020`.
    pub as_path: Option<String>,
    /// `NEXT_HOP`.
    pub next_hop: Option<IpAddr>,
    /// `MULTI_EXIT_DISC`.
    pub metric: Option<u32>,
    /// Communities of any kind that it has beside others.
    pub communities: Vec<String>,
    /// True if policy refused it, false if it accepted it.
    pub refused: Option<bool>,
}

/// A prefix limit is, or holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitIs {
    /// The peering on one router.
    pub attachment: AttachmentId,
    /// Whose prefixes are counted.
    pub family: Family,
    /// The most that may be held.
    pub max: Option<u32>,
    /// What is held.
    pub held: Option<u64>,
    /// Where the count stands.
    pub state: Option<LimitState>,
}

/// An address leads somewhere, or nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupFinds {
    /// Where it is looked up.
    pub table: Table,
    /// The address.
    pub address: IpAddr,
    /// What is found: the prefix, and the next hops.
    pub presence: Presence<(Option<IpNet>, NextHops)>,
}

/// Where addresses are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Table {
    /// In the forwarding table of a virtual network.
    VirtualNetwork(String),
    /// In what a peering has received.
    Attachment(AttachmentId),
}

/// All next hops in any order; `None` if they do not matter.
pub type NextHops = Option<BTreeSet<IpAddr>>;

/// A virtual network has a route, or has it not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveRouteIs {
    /// The virtual network.
    pub virtual_network: String,
    /// Exactly this prefix.
    pub prefix: IpNet,
    /// Whether it is there, and over what.
    pub presence: Presence<NextHops>,
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name}: {}", self.assertion),
            None => self.assertion.fmt(f),
        }
    }
}

impl fmt::Display for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(SessionIs { attachment, family, state }) => {
                write!(f, "session {attachment}{} {state}", of_family(*family))
            }
            Self::Route(route) => route.fmt(f),
            Self::Limit(limit) => limit.fmt(f),
            Self::Lookup(LookupFinds { table, address, presence }) => {
                write!(f, "lookup {address} in {table}")?;
                match presence {
                    Presence::Absent => f.write_str(" finds nothing"),
                    Presence::Present((prefix, next_hops)) => {
                        if let Some(prefix) = prefix {
                            write!(f, " finds {prefix}")?;
                        }
                        f.write_str(&over(next_hops.as_ref()))
                    }
                }
            }
            Self::EffectiveRoute(EffectiveRouteIs { virtual_network, prefix, presence }) => {
                write!(f, "effective route {prefix} in {virtual_network}")?;
                match presence {
                    Presence::Absent => f.write_str(" absent"),
                    Presence::Present(next_hops) => f.write_str(&over(next_hops.as_ref())),
                }
            }
        }
    }
}

impl fmt::Display for RouteIs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.direction {
            Direction::Received => "received on",
            Direction::Advertised => "advertised on",
        };
        write!(f, "route {} {way} {}", self.prefix, self.attachment)?;
        let Presence::Present(attributes) = &self.presence else { return f.write_str(" absent") };
        if let Some(path) = &attributes.as_path {
            write!(f, ", path {path}")?;
        }
        if let Some(next_hop) = attributes.next_hop {
            write!(f, ", next hop {next_hop}")?;
        }
        if let Some(metric) = attributes.metric {
            write!(f, ", metric {metric}")?;
        }
        if !attributes.communities.is_empty() {
            write!(f, ", communities {}", attributes.communities.join(" "))?;
        }
        match attributes.refused {
            Some(true) => f.write_str(", refused"),
            Some(false) => f.write_str(", accepted"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for LimitIs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "limit {} {}", self.attachment, self.family)?;
        let parts = [
            self.max.map(|max| format!("max {max}")),
            self.held.map(|held| format!("held {held}")),
            self.state.map(|state| state.to_string()),
        ];
        parts.into_iter().flatten().try_for_each(|part| write!(f, ", {part}"))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VirtualNetwork(name) => f.write_str(name),
            Self::Attachment(id) => id.fmt(f),
        }
    }
}

fn of_family(family: Option<Family>) -> String {
    family.map_or_else(String::new, |family| format!(" ({family})"))
}

/// ` over 172.16.0.1 and 172.16.0.5`.
fn over(next_hops: Option<&BTreeSet<IpAddr>>) -> String {
    next_hops.map_or_else(String::new, |hops| format!(" over {}", listed(hops)))
}

/// `172.16.0.1 and 172.16.0.5`.
pub(super) fn listed(next_hops: &BTreeSet<IpAddr>) -> String {
    if next_hops.is_empty() {
        return "no next hop".to_owned();
    }
    next_hops.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}
