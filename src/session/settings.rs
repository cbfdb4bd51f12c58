//! What one configured session wants: the session attributes of RFC 4271 section 8.

use super::{graceful_restart::GracefulRestart, role::LocalRole};
use crate::{
    asn::Asn,
    family::Families,
    wire::{HoldTime, Identifier, Open, open::HoldSeconds},
};
use std::time::Duration;

/// One configured session, as the operator and the service want it.
///
/// All durations are before jitter; those of retry and keepalive are shortened by up to a quarter each time that they
/// are used (RFC 4271 section 10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Our AS number in the OPEN.
    pub local_asn: Asn,
    /// The AS number that the peer must have.
    pub peer_asn: Asn,
    /// Our BGP Identifier.
    pub local_identifier: Identifier,
    /// Families to announce.
    pub families: Families,
    /// Hold time to propose; the lower one of both sides is used.
    pub hold: HoldTime,
    /// Longest time between two KEEPALIVEs; a third of the negotiated hold time if that is shorter.
    pub keepalive: Duration,
    /// Who opens the TCP connection.
    pub opening: Opening,
    /// `ConnectRetryTime`: between two dials, and how long a dial may take.
    pub connect_retry: Duration,
    /// `IdleHoldTime` after a session's first end; doubles with each further one, up to [`Settings::IDLE_HOLD_CAP`].
    pub idle_hold: Duration,
    /// How long a connection may last without the peer's OPEN.
    pub open_timeout: OpenTimeout,
    /// `SendHoldTime` (RFC 9687); `None` for the RFC's eight minutes or twice the hold time, whichever is longer.
    pub send_hold: Option<Duration>,
    /// `DelayOpenTime`: wait for the peer's OPEN before ours is sent; `None` sends it at once.
    pub delay_open: Option<Duration>,
    /// Whether to announce route refresh (RFC 2918), with markers of its begin and end (RFC 7313).
    pub route_refresh: Announce,
    /// What is wanted of graceful restart; `None` does not announce it, as on Azure.
    pub graceful_restart: Option<GracefulRestart>,
    /// What we are to the peer (RFC 9234); `None` announces no role.
    pub role: Option<LocalRole>,
    /// Whether to announce messages of up to 65,535 octets (RFC 8654).
    pub extended_messages: Announce,
}

/// Which side opens the TCP connection; the listener accepts in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Opening {
    /// Dial, and accept.
    Active,
    /// Accept only (`PassiveTcpEstablishment`); unlike RFC 4271's attribute this never turns into a dial.
    Passive,
}

/// Whether a capability stands in our OPEN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Announce {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// How long a connection may last without the peer's OPEN: the "large value" of the `HoldTimer` in OpenSent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenTimeout {
    /// On a connection that we dialled.
    pub outgoing: Duration,
    /// On a connection that was accepted; short, because anybody at the peer's address can open one and be silent.
    pub incoming: Duration,
}

impl Settings {
    /// The longest `IdleHoldTime` that back-off leads to.
    pub const IDLE_HOLD_CAP: Duration = Duration::from_mins(1);
    /// The shortest `SendHoldTime` that is not configured (RFC 9687 section 5).
    const SHORTEST_SEND_HOLD: Duration = Duration::from_mins(8);

    /// The service's defaults: 60 s keepalive and 180 s hold time (Azure: "ExpressRoute routing requirements"), 240 s
    /// for the peer's OPEN (RFC 4271 section 8.2.2), both capabilities announced, dialling and accepting.
    pub fn new(local_asn: Asn, peer_asn: Asn, local_identifier: Identifier, families: Families) -> Self {
        Self {
            local_asn,
            peer_asn,
            local_identifier,
            families,
            hold: HoldSeconds::new(180).map_or(HoldTime::Off, HoldTime::After),
            keepalive: Duration::from_mins(1),
            opening: Opening::Active,
            connect_retry: Duration::from_secs(5),
            idle_hold: Duration::from_secs(1),
            open_timeout: OpenTimeout { outgoing: Duration::from_mins(4), incoming: Duration::from_secs(20) },
            send_hold: None,
            delay_open: None,
            route_refresh: Announce::Yes,
            graceful_restart: None,
            role: None,
            extended_messages: Announce::Yes,
        }
    }

    /// The OPEN that these settings send first.
    pub fn open(&self) -> Open {
        super::negotiate::open(self, super::negotiate::Offer::Capabilities)
    }

    /// The `SendHoldTime` of a session with that hold time: none without one, because the timer does not run then.
    pub fn send_hold_time(&self, hold: HoldTime) -> Option<Duration> {
        let hold = hold.duration()?;
        Some(self.send_hold.unwrap_or_else(|| Self::SHORTEST_SEND_HOLD.max(hold * 2)))
    }

    /// True if both sides are in one AS.
    pub fn is_internal(&self) -> bool {
        self.local_asn == self.peer_asn
    }
}
