//! BGP sessions, in FRR's words.

use super::{Event, Limit, words};
use crate::{
    asn::Asn,
    azure::{AttachmentId, CircuitName, PeeringKind, Router},
    family::{Families, PerFamily},
};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
};

/// One element of `GET /v1/sessions`. An attachment has one session for each family, or one for both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The peering on one router that the session belongs to.
    #[serde(deserialize_with = "words::from_text")]
    pub attachment: AttachmentId,
    /// The circuit of the attachment.
    #[serde(deserialize_with = "words::from_text")]
    pub circuit: CircuitName,
    /// The routing domain of the attachment.
    pub kind: PeeringKind,
    /// The router of the attachment.
    #[serde(deserialize_with = "words::from_text")]
    pub router: Router,
    /// The families that the session is configured for: `ipv4`, `ipv6` or `ipv4,ipv6`.
    #[serde(with = "words::families")]
    pub family: Families,
    /// The customer's address, as BGP sees it.
    pub neighbor_addr: IpAddr,
    /// The router's address, as BGP sees it.
    pub local_addr: IpAddr,
    /// The customer's AS.
    #[serde(with = "words::asn")]
    pub remote_as: Asn,
    /// The router's AS.
    #[serde(with = "words::asn")]
    pub local_as: Asn,
    /// The customer's BGP identifier; absent until an OPEN has been received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_router_id: Option<Ipv4Addr>,
    /// The router's BGP identifier.
    pub local_router_id: Ipv4Addr,
    /// Where the state machine is.
    pub state: SessionState,
    /// Time since the session was established; 0 while it is not.
    pub peer_uptime_msec: u64,
    /// When the session was established; absent while it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub established_epoch: Option<u64>,
    /// Prefixes held from the peer, those that policy refused not among them.
    pub pfx_rcd: PrefixCounts,
    /// Prefixes that the peer holds from us.
    pub pfx_snt: PrefixCounts,
    /// Prefixes held from the peer that policy refused.
    pub pfx_refused: PrefixCounts,
    /// Different sets of attributes that the routes of the attachment have, those of both families together.
    #[serde(default)]
    pub attribute_sets: u64,
    /// BGP messages received since the daemon's start.
    pub msg_rcvd: u64,
    /// BGP messages sent since the daemon's start.
    pub msg_sent: u64,
    /// UPDATE messages among those received.
    #[serde(default)]
    pub updates_rcvd: u64,
    /// UPDATE messages among those sent.
    #[serde(default)]
    pub updates_sent: u64,
    /// NOTIFICATION messages among those received.
    #[serde(default)]
    pub notifications_rcvd: u64,
    /// NOTIFICATION messages among those sent.
    #[serde(default)]
    pub notifications_sent: u64,
    /// Announcements with wrong or too many attributes since the daemon's start.
    #[serde(default)]
    pub attribute_errors: AttributeErrors,
    /// How often the session was established.
    pub connections_established: u64,
    /// How often an established session ended.
    pub connections_dropped: u64,
    /// Why the last session or attempt ended; absent before the first end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reset: Option<Reset>,
    /// What keeps the session down, if it was found out: a wrong TCP MD5 key, for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<String>,
    /// What to do about the diagnosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Negotiated hold time, 0 if off; the configured one while the session is down.
    pub hold_time_msec: u64,
    /// Interval of KEEPALIVE, 0 if off; the configured one while the session is down.
    pub keep_alive_msec: u64,
    /// How long the peer may take nothing of what is sent before the session ends (RFC 9687), 0 if off.
    #[serde(default)]
    pub send_hold_time_msec: u64,
    /// Graceful restart; absent unless it is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graceful_restart: Option<GracefulRestart>,
    /// True if segments are signed (TCP MD5, RFC 2385).
    pub md5: bool,
    /// True if segments must arrive with TTL 255 (GTSM, RFC 5082).
    pub ttl_security: bool,
    /// What both sides offered in OPEN.
    pub capabilities: Capabilities,
}

/// The state of a session (RFC 4271 section 8.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SessionState {
    /// Waits before the next attempt.
    Idle,
    /// An operator stopped it, or its peering is not enabled.
    #[serde(rename = "Idle (Admin)")]
    IdleAdmin,
    /// Opens a TCP connection.
    Connect,
    /// Waits for the peer's TCP connection.
    Active,
    /// Has sent OPEN.
    OpenSent,
    /// Has received OPEN.
    OpenConfirm,
    /// Exchanges routes.
    Established,
}

impl fmt::Display for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "Idle",
            Self::IdleAdmin => "Idle (Admin)",
            Self::Connect => "Connect",
            Self::Active => "Active",
            Self::OpenSent => "OpenSent",
            Self::OpenConfirm => "OpenConfirm",
            Self::Established => "Established",
        })
    }
}

/// Prefixes of each family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixCounts {
    /// IPv4 prefixes.
    pub ipv4: u64,
    /// IPv6 prefixes.
    pub ipv6: u64,
}

impl<N: Into<u64>> From<PerFamily<N>> for PrefixCounts {
    fn from(counts: PerFamily<N>) -> Self {
        Self { ipv4: counts.ipv4.into(), ipv6: counts.ipv6.into() }
    }
}

/// Announcements with wrong or too many attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeErrors {
    /// Treated as withdrawn because an attribute is malformed (RFC 7606).
    pub malformed: u64,
    /// Treated as withdrawn because of an AS_SET (RFC 9774).
    pub as_sets: u64,
    /// Treated as withdrawn because of `attribute_limits`.
    pub beyond_limits: u64,
    /// Taken without the attribute that is malformed (RFC 7606).
    pub discarded: u64,
}

/// Graceful restart of a session (RFC 4724).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GracefulRestart {
    /// `helper`, or `full`.
    pub part: String,
    /// How long the peer may wait for us, which a helper does not announce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_time_sec: Option<u16>,
    /// Prefixes of before the peer's restart that it has still to announce again.
    pub stale_prefixes: PrefixCounts,
    /// How long they may stay; absent while none is stale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_for_msec: Option<u64>,
}

/// The end of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reset {
    /// The cause in words.
    pub due_to: String,
    /// The next step, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// When it ended.
    pub at_epoch: u64,
}

/// Capabilities in words, `4-octet AS 65010`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// In our OPEN.
    pub sent: Vec<String>,
    /// In the peer's OPEN; empty before it.
    pub received: Vec<String>,
}

/// `GET /v1/neighbors/{circuit}/{kind}/{router}`: everything about one attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbor {
    /// Its sessions, IPv4 first.
    pub sessions: Vec<Session>,
    /// Its prefix limits, IPv4 first.
    pub limits: Vec<Limit>,
    /// Its last 20 events, oldest first.
    pub events: Vec<Event>,
    /// How often its task died of an error in the daemon and was started again; 0 in good health.
    #[serde(default, rename = "taskRestarts")]
    pub task_restarts: u64,
}
