//! Faults of sessions and their timers.

use crate::{azure::Router, family::Family};
use std::net::Ipv6Addr;

/// Something about one session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionFault {
    /// A session that carries nothing.
    #[error("families is empty: the session would carry nothing")]
    NoFamilies,
    /// Not a family.
    #[error("{0:?} is not an address family")]
    UnknownFamily(String),
    /// Two sessions of one attachment for one family.
    #[error("two sessions on the {router} router would carry {family}")]
    CarriedTwice {
        /// The router.
        router: Router,
        /// The family.
        family: Family,
    },
    /// RFC 8950 is not spoken.
    #[error("a session over IPv6 does not carry ipv4 (RFC 8950 is not spoken)")]
    Ipv4OverIpv6,
    /// An IPv4 session has no address that could be an IPv6 next hop.
    #[error("the session over IPv4 carries ipv6 but has no IPv6 next hop")]
    NoNextHop,
    /// A next hop for what is not carried.
    #[error("ipv6_next_hop is {0}, but the session does not carry ipv6")]
    UnusedNextHop(Ipv6Addr),
    /// Azure has no such peering.
    #[error("public peering is IPv4 only")]
    Ipv6OnPublic,
    /// No IPv4 address to take the identifier from.
    #[error("the {0} router has no BGP Identifier: this peering has no IPv4 address there")]
    NoIdentifier(Router),
    /// One and two seconds do not exist.
    #[error("hold_s is {0}; a hold time is 0 or from 3 to 65535 (RFC 4271 section 4.2)")]
    HoldTime(i64),
    /// The session would expire between two keepalives.
    #[error("keepalive_s is {keepalive}, which is not below the hold time of {hold} s")]
    KeepaliveTooLong {
        /// Seconds between keepalives.
        keepalive: u64,
        /// Seconds of the hold time.
        hold: u16,
    },
    /// Keepalives without a hold time.
    #[error("keepalive_s has no meaning with hold_s = 0: no keepalives are sent")]
    KeepaliveWithoutHold,
    /// Not the name of an interface.
    #[error("interface is {0:?}, which the kernel takes for no name")]
    Interface(String),
    /// No tag that the daemon could make.
    #[error("encapsulation is {0:?}, which the daemon does not make")]
    Encapsulation(String),
    /// No link for the tags.
    #[error("encapsulation is given, but no interface")]
    EncapsulationOfNothing,
    /// `eth1.4094` must be a name too.
    #[error("interface is {0:?}, which leaves no room for a tag in the 15 characters of a name")]
    NoRoomForTag(String),
    /// It would end a session before the hold time does.
    #[error("send_hold_s is {send_hold}, which is not above the hold time of {hold} s (RFC 9687 section 5)")]
    SendHoldTooShort {
        /// Seconds that the peer may take nothing.
        send_hold: u64,
        /// Seconds of the hold time.
        hold: u16,
    },
    /// The timer does not run then.
    #[error("send_hold_s has no meaning with hold_s = 0: such a session never expires")]
    SendHoldWithoutHold,
    /// Out of range.
    #[error("{key} is {found}, which is not between {min} and 65535")]
    Seconds {
        /// The key.
        key: &'static str,
        /// The number as written.
        found: i64,
        /// The least that makes sense.
        min: u16,
    },
}

impl SessionFault {
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::NoFamilies => "remove the key, or write families = [\"ipv4\"]".to_owned(),
            Self::UnknownFamily(_) => "write \"ipv4\" or \"ipv6\"".to_owned(),
            Self::CarriedTwice { .. } => {
                "carry each family once: in a session of its own, or in families of the other".to_owned()
            }
            Self::Ipv4OverIpv6 => "carry ipv4 in a session over IPv4".to_owned(),
            Self::NoNextHop => "add ipv6_next_hop = \"…\", the router's IPv6 address on that link".to_owned(),
            Self::UnusedNextHop(_) => "remove it, or write families = [\"ipv4\", \"ipv6\"]".to_owned(),
            Self::Ipv6OnPublic => "use microsoft peering for IPv6, or remove the IPv6 keys".to_owned(),
            Self::NoIdentifier(router) => {
                format!("add [routers.{router}] with router_id = \"10.255.0.1\" or the like")
            }
            Self::HoldTime(_) => "write 180 as Azure does, or 0 for a session that never expires".to_owned(),
            Self::KeepaliveTooLong { hold, .. } => {
                format!("write a third of the hold time: keepalive_s = {}", (hold / 3).max(1))
            }
            Self::KeepaliveWithoutHold => "remove keepalive_s, or give a hold time".to_owned(),
            Self::Interface(_) => {
                "write the name of a link as `ip link` shows it, at most 15 characters, for example \"eth1\""
                    .to_owned()
            }
            Self::Encapsulation(_) => {
                "write \"Dot1Q\" for an interface of each vlan_id; remove the key where the link has one peering \
                 or somebody else makes the VLANs"
                    .to_owned()
            }
            Self::EncapsulationOfNothing => "write it beside the interface that has the VLANs".to_owned(),
            Self::NoRoomForTag(_) => {
                "name a link of at most 10 characters; `ip link set NAME name SHORTER` renames one".to_owned()
            }
            Self::SendHoldTooShort { hold, .. } => {
                format!("write twice the hold time: send_hold_s = {}", u32::from(*hold) * 2)
            }
            Self::SendHoldWithoutHold => "remove send_hold_s, or give a hold time".to_owned(),
            Self::Seconds { min, .. } => format!("write whole seconds from {min} to 65535"),
        }
    }
}
