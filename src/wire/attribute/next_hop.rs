//! NEXT_HOP (RFC 4271 section 5.1.3) and the next hop inside MP_REACH_NLRI (RFC 4760 section 3, RFC 2545 section 3).

use super::{
    error::Fault,
    read::Draft,
    value::{NextHop, PathAttributes},
    write::Presence,
};
use crate::{family::Family, wire::negotiated::AsWidth};
use bytes::{BufMut, BytesMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(super) fn read(value: &[u8], _: AsWidth, draft: &mut Draft) -> Result<(), Fault> {
    draft.next_hop = Some(decode(value)?);
    Ok(())
}

/// Reads the value of NEXT_HOP.
pub(super) fn decode(value: &[u8]) -> Result<NextHop, Fault> {
    let octets: [u8; 4] = value.try_into().map_err(|_| Fault::Length { octets: value.len() })?;
    NextHop::V4(octets.into()).usable()
}

/// An IPv6 next hop goes into MP_REACH_NLRI instead.
pub(super) fn write(attributes: &PathAttributes, _: AsWidth, out: &mut BytesMut) -> Presence {
    match attributes.next_hop {
        NextHop::V4(address) => {
            out.put_slice(&address.octets());
            Presence::Present
        }
        NextHop::V6 { .. } => Presence::Absent,
    }
}

impl NextHop {
    /// Reads the next hop of an MP_REACH_NLRI for `family`.
    ///
    /// A second IPv6 address that is not link-local, which RFC 2545 does not allow, is not used.
    pub(super) fn from_octets(family: Family, octets: &[u8]) -> Result<Self, Fault> {
        let wrong_length = Fault::NextHopLength { octets: octets.len() };
        match family {
            Family::Ipv4 => {
                let address: [u8; 4] = octets.try_into().map_err(|_| wrong_length)?;
                Ok(Self::V4(address.into()))
            }
            Family::Ipv6 => match octets.as_chunks::<16>() {
                ([global], []) => Ok(Self::V6 { global: Ipv6Addr::from(*global), link_local: None }),
                ([global, second], []) => Ok(Self::V6 {
                    global: Ipv6Addr::from(*global),
                    link_local: Some(Ipv6Addr::from(*second)).filter(Ipv6Addr::is_unicast_link_local),
                }),
                _ => Err(wrong_length),
            },
        }
    }

    /// The next hop itself, if a router can have its address (RFC 4271 section 6.3: "a valid IP host address").
    pub(super) fn usable(self) -> Result<Self, Fault> {
        let usable = match self.address() {
            IpAddr::V4(address) => is_host_v4(address),
            IpAddr::V6(address) => {
                !address.is_unspecified() && !address.is_loopback() && !address.is_multicast()
            }
        };
        if usable { Ok(self) } else { Err(Fault::NextHop(self.address())) }
    }

    /// Appends the octets that MP_REACH_NLRI holds, behind their count.
    pub(super) fn put_counted(self, out: &mut BytesMut) {
        match self {
            Self::V4(address) => {
                out.put_u8(4);
                out.put_slice(&address.octets());
            }
            Self::V6 { global, link_local: None } => {
                out.put_u8(16);
                out.put_slice(&global.octets());
            }
            Self::V6 { global, link_local: Some(link_local) } => {
                out.put_u8(32);
                out.put_slice(&global.octets());
                out.put_slice(&link_local.octets());
            }
        }
    }
}

/// False for 0.0.0.0/8, 127.0.0.0/8 and classes D and E.
const fn is_host_v4(address: Ipv4Addr) -> bool {
    let [first, ..] = address.octets();
    !matches!(first, 0 | 127 | 224..)
}
