//! What one attachment shall be.

use crate::{
    azure::{AttachmentId, VlanId},
    family::{Families, Family, PerFamily},
    policy::{Export, Import},
    rib::PrefixLimit,
    session,
    transport::PeerOptions,
};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// One peering on one router, ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Its name.
    pub id: AttachmentId,
    /// Whether its sessions are wanted at all (ARM `state`).
    pub state: AdminState,
    /// Why they are not, if that needs words.
    pub held: Option<Held>,
    /// How many prefixes the peer may hold.
    pub limits: PerFamily<PrefixLimit>,
    /// Whether anything is announced to the peer.
    pub advertise: Advertise,
    /// One session for each family, or one for both; no family twice.
    pub sessions: Vec<SessionSettings>,
}

/// Why sessions stay down although nobody has stopped them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The cause, one sentence.
    pub cause: String,
    /// The next step.
    pub remedy: String,
}

/// Whether sessions are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminState {
    /// They are.
    Enabled,
    /// They stay down.
    Disabled,
}

/// Whether anything is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advertise {
    /// What the backbone offers and the export rules let out.
    Yes,
    /// What an open transit tells all its peers; the backbone packs it for all of them together.
    Transit,
    /// Nothing.
    No,
}

/// One BGP session of an attachment.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionSettings {
    /// What the state machine wants.
    pub bgp: session::Settings,
    /// The tag of the link's frames. Nothing here tags them, but Azure starts the session anew when it changes.
    pub vlan_id: VlanId,
    /// Our address as BGP sees it.
    pub local_address: IpAddr,
    /// The peer's address as BGP sees it.
    pub peer_address: IpAddr,
    /// Where TCP listens and comes from.
    pub local_endpoint: SocketAddr,
    /// Where TCP connects to; its address is where the peer's connections come from.
    pub peer_endpoint: SocketAddr,
    /// Key and distance.
    pub options: PeerOptions,
    /// The import rules.
    pub import: Import,
    /// The export rules.
    pub export: Export,
}

impl Settings {
    /// How long the End-of-RIB of the peers is waited for after a restart of ours; `None` without graceful restart.
    pub fn deferral_time(&self) -> Option<Duration> {
        let full = |session: &SessionSettings| {
            session.bgp.graceful_restart.filter(|wanted| wanted.part == session::Part::Full)
        };
        self.sessions.iter().filter_map(full).map(|wanted| wanted.deferral_time).max()
    }
}

impl SessionSettings {
    /// The families that the session carries.
    pub fn families(&self) -> Families {
        self.bgp.families
    }

    /// The family of its addresses, which tells the sessions of one attachment apart.
    pub fn transport(&self) -> Family {
        match self.peer_address {
            IpAddr::V4(_) => Family::Ipv4,
            IpAddr::V6(_) => Family::Ipv6,
        }
    }

    /// True if a session with the other settings can go on with these: only what is admitted, timers, graceful
    /// restart and who opens the connection may differ, and all but the first hold from the next session on.
    pub(super) fn continues(&self, other: &Self) -> bool {
        let next = &other.bgp;
        let same_for_this_session = session::Settings {
            hold: next.hold,
            keepalive: next.keepalive,
            opening: next.opening,
            connect_retry: next.connect_retry,
            idle_hold: next.idle_hold,
            send_hold: next.send_hold,
            graceful_restart: next.graceful_restart,
            ..self.bgp.clone()
        };
        let import = Import {
            admission: other.import.admission.clone(),
            bounds: other.import.bounds,
            ..self.import.clone()
        };
        Self { bgp: same_for_this_session, import, ..self.clone() } == *other
    }
}
