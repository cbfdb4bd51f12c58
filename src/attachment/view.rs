//! What readers see of an attachment, and how they ask: the owner answers between two other things it does.

use super::{
    link::{AttributeFaults, Traffic},
    settings::Settings,
};
use crate::{
    asn::Asn,
    family::{Families, Family, PerFamily},
    policy::Reason,
    rib::{Attributes, Level, PrefixLimit, PrefixList},
    session::{GracefulRestart, StateName, Stop},
    transport::Signing,
    wire::{Capability, HoldTime, Identifier},
};
use ipnet::IpNet;
use std::{net::IpAddr, time::Duration};
use tokio::sync::oneshot;

/// What the daemon tells and asks an attachment.
#[derive(Debug)]
pub enum Command {
    /// Become this; sessions whose settings stay are not touched.
    Reconfigure(Box<Settings>),
    /// Stop the sessions, with a text for the peer (RFC 9003), until enabled again.
    Disable(Option<String>),
    /// Start the sessions again.
    Enable,
    /// End the task: stop the sessions, say goodbye.
    End(Stop),
    /// Die, as of an error in the program.
    #[cfg(any(test, feature = "fault-injection"))]
    Panic,
    /// Where it listens; answered when every session's listener has been tried.
    Listening(oneshot::Sender<Listening>),
    /// The sessions as they are.
    Sessions(oneshot::Sender<Vec<SessionView>>),
    /// The limits of the families that are carried.
    Limits(oneshot::Sender<Vec<LimitView>>),
    /// The prefixes of the received routes of a family, in no order: for readers who then ask for a few at a time.
    Prefixes(Family, Which, oneshot::Sender<PrefixList>),
    /// The received routes to exactly these prefixes, as far as there are some.
    Received(Vec<IpNet>, oneshot::Sender<Vec<RouteView>>),
    /// A page of what the peer shall know.
    Advertised(AdvertisedQuery, oneshot::Sender<RoutesPage>),
    /// The longest match among the routes received.
    Lookup(IpAddr, oneshot::Sender<Option<RouteView>>),
}

/// For how many sessions an attachment listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listening {
    /// Sessions whose peer may connect.
    pub bound: usize,
    /// Sessions whose address is not there, or not free.
    pub waiting: usize,
}

/// One session.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// Families configured.
    pub families: Families,
    /// The peer's address as BGP sees it.
    pub neighbor: IpAddr,
    /// Our address as BGP sees it.
    pub local: IpAddr,
    /// AS of the peer.
    pub remote_asn: Asn,
    /// Our AS.
    pub local_asn: Asn,
    /// Our BGP Identifier.
    pub local_identifier: Identifier,
    /// The peer's, while the session is up.
    pub remote_identifier: Option<Identifier>,
    /// Where the session stands.
    pub state: ViewedState,
    /// How long it has been established.
    pub uptime: Option<Duration>,
    /// Prefixes held from the peer.
    pub received: PerFamily<u64>,
    /// Prefixes that the peer has been told of.
    pub advertised: PerFamily<u64>,
    /// Prefixes received and refused by the import rules.
    pub refused: PerFamily<u64>,
    /// Different sets of attributes held for the routes of the attachment, those included that are about to go.
    pub attribute_sets: u64,
    /// Messages.
    pub traffic: Traffic,
    /// Announcements with wrong or too many attributes.
    pub faults: AttributeFaults,
    /// How often the session came up.
    pub established: u64,
    /// How often it was lost.
    pub dropped: u64,
    /// Why the session ended last, or did not come up.
    pub last_end: Option<EndView>,
    /// What is known beyond that: MD5, or an address that is not there.
    pub diagnosis: Option<(String, String)>,
    /// Negotiated hold time, or the one proposed.
    pub hold: HoldTime,
    /// How long the peer may take nothing of what is sent (RFC 9687); none without a hold time.
    pub send_hold: Option<Duration>,
    /// Graceful restart, if it is wanted.
    pub graceful_restart: Option<RestartView>,
    /// Interval of keepalives; zero while none are sent.
    pub keepalive: Duration,
    /// Whether segments are signed.
    pub signing: Signing,
    /// Whether RFC 5082 is applied.
    pub ttl_security: bool,
    /// Capabilities that we announce.
    pub capabilities_sent: Vec<Capability>,
    /// Capabilities that the peer announced, while the session is up.
    pub capabilities_received: Vec<Capability>,
}

/// What is wanted of graceful restart, and what is kept because of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartView {
    /// What is wanted.
    pub wanted: GracefulRestart,
    /// Prefixes that the peer has still to announce again.
    pub stale: PerFamily<u64>,
    /// When they go at the latest.
    pub remaining: Option<Duration>,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewedState {
    /// A state of RFC 4271.
    Running(StateName),
    /// Idle because an operator or the configuration wants it so.
    AdministrativelyDown,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndView {
    /// Why, in words.
    pub reason: String,
    /// The next step, where there is one.
    pub remedy: Option<String>,
    /// How long ago.
    pub ago: Duration,
}

/// One family's prefix limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitView {
    /// The family.
    pub family: Family,
    /// The limit.
    pub limit: PrefixLimit,
    /// Prefixes held.
    pub held: usize,
    /// Where that stands; [`Level::Exceeded`] while the session is down because of it.
    pub level: Level,
}

/// Which routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvertisedQuery {
    /// The family.
    pub family: Family,
    /// Exactly this prefix.
    pub exact: Option<IpNet>,
    /// Those behind this prefix, in prefix order.
    pub after: Option<IpNet>,
    /// At most so many.
    pub limit: usize,
}

/// Which of the received routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// All of them.
    All,
    /// Those that the import rules refuse.
    Refused,
}

/// One route.
#[derive(Clone, Debug)]
pub struct RouteView {
    /// The prefix.
    pub prefix: IpNet,
    /// Its attributes.
    pub attributes: Attributes,
    /// Why the import rules refuse it.
    pub refused: Option<Reason>,
}

/// A page of routes in prefix order.
#[derive(Clone, Debug, Default)]
pub struct RoutesPage {
    /// The routes.
    pub routes: Vec<RouteView>,
    /// The last prefix, if there are more behind it.
    pub next: Option<IpNet>,
}
