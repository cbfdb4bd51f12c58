//! What every BGP socket gets: one hop or TTL security, CS6, no Nagle.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    os::fd::BorrowedFd,
};

use libc::c_int;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::{
    md5::{Md5Key, Signing},
    sockopt,
};

/// DSCP CS6, network control (RFC 4594 section 3), as the TOS octet and the traffic class carry it.
const NETWORK_CONTROL: u32 = 0xc0;

/// The distance to a neighbour, the stricter the greater. ExpressRoute peers over one link only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hops {
    /// Segments leave with TTL 1, so that they never get past the link, as BIRD and FRR send to a neighbour on it.
    #[default]
    Single,
    /// The generalised TTL security mechanism: segments leave with TTL 255, and arrive with it or are dropped
    /// (RFC 5082 section 3).
    Gtsm,
}

impl Hops {
    /// What GTSM sends and demands: a router on the way would have made it less.
    pub(super) const GTSM_TTL: u8 = 255;

    const fn ttl(self) -> u8 {
        match self {
            Self::Single => 1,
            Self::Gtsm => Self::GTSM_TTL,
        }
    }
}

/// Whether a socket may be bound to an address that this machine does not have (yet).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Binding {
    /// It may not.
    #[default]
    Present,
    /// It may: `IP_FREEBIND`, ip(7).
    Free,
}

/// How the connections of one peer are protected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerOptions {
    /// The TCP MD5 key (RFC 2385); with one, nothing unsigned is ever accepted or sent.
    pub key: Option<Md5Key>,
    /// The distance to the peer.
    pub hops: Hops,
    /// Whether to bind before our address is there.
    pub binding: Binding,
}

impl PeerOptions {
    /// Whether the segments are signed.
    pub const fn signing(&self) -> Signing {
        match self.key {
            Some(_) => Signing::Md5,
            None => Signing::Off,
        }
    }
}

/// A new socket of the address's family with what listeners and outgoing connections have in common.
pub(super) fn socket(local: SocketAddr, binding: Binding) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(local), Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
    if local.is_ipv4() {
        socket.set_tos_v4(NETWORK_CONTROL)?;
    } else {
        socket.set_only_v6(true)?;
        socket.set_tclass_v6(NETWORK_CONTROL)?;
    }
    if binding == Binding::Free {
        if local.is_ipv4() {
            socket.set_freebind_v4(true)?;
        } else {
            socket.set_freebind_v6(true)?;
        }
    }
    Ok(socket)
}

/// Prepares one connection, dialled or accepted, for a peer at this distance.
pub(super) fn prepare_connection(socket: BorrowedFd<'_>, local: SocketAddr, hops: Hops) -> io::Result<()> {
    SockRef::from(&socket).set_tcp_nodelay(true)?;
    set_ttl(socket, local, hops)?;
    match hops {
        Hops::Single => Ok(()),
        Hops::Gtsm => {
            let (level, name) = if local.is_ipv4() {
                (libc::IPPROTO_IP, libc::IP_MINTTL)
            } else {
                (libc::IPPROTO_IPV6, libc::IPV6_MINHOPCOUNT)
            };
            sockopt::set(socket, level, name, &c_int::from(Hops::GTSM_TTL))
        }
    }
}

/// Prepares a listener for the strictest of its peers: with GTSM for one of them, its answers to all leave with
/// TTL 255, and it remembers each SYN so that [`arrival_ttl`] can tell how far it came.
///
/// A minimum TTL on the listener itself would lock out the peers without GTSM.
pub(super) fn prepare_listener(socket: BorrowedFd<'_>, local: SocketAddr, hops: Hops) -> io::Result<()> {
    set_ttl(socket, local, hops)?;
    sockopt::set(socket, libc::IPPROTO_TCP, libc::TCP_SAVE_SYN, &c_int::from(hops == Hops::Gtsm))
}

/// The TTL or hop limit that an accepted connection's SYN arrived with; `None` if the kernel did not keep the SYN,
/// as when it answered a flood with SYN cookies.
pub(super) fn arrival_ttl(accepted: BorrowedFd<'_>) -> Option<u8> {
    let mut headers = [0; 512];
    sockopt::read(accepted, libc::IPPROTO_TCP, libc::TCP_SAVED_SYN, &mut headers).ok().and_then(ttl_of)
}

/// Reads the TTL out of an IPv4 (RFC 791) or the hop limit out of an IPv6 header (RFC 8200).
fn ttl_of(header: &[u8]) -> Option<u8> {
    match header.first()? >> 4 {
        4 => header.get(8).copied(),
        6 => header.get(7).copied(),
        _ => None,
    }
}

/// The remedy for a local address that is missing: the command that adds it, with the mask of Azure's links.
pub(super) fn add_address(address: IpAddr) -> String {
    let length = if address.is_ipv4() { 30 } else { 126 };
    format!("add it to the interface of the link, e.g. `ip address add {address}/{length} dev eth1`")
}

fn set_ttl(socket: BorrowedFd<'_>, local: SocketAddr, hops: Hops) -> io::Result<()> {
    let socket = SockRef::from(&socket);
    if local.is_ipv4() {
        socket.set_ttl_v4(hops.ttl().into())
    } else {
        socket.set_unicast_hops_v6(hops.ttl().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ttl_stands_where_the_header_says() {
        let mut v4 = [0; 20];
        (v4[0], v4[8]) = (0x45, 64);
        let mut v6 = [0; 40];
        (v6[0], v6[7]) = (0x6c, 255);
        for (name, header, ttl) in [
            ("IPv4", &v4[..], Some(64)),
            ("IPv6 with a traffic class", &v6, Some(255)),
            ("no SYN kept", &[], None),
            ("cut short", &v4[..8], None),
            ("neither", &[0x15; 40], None),
        ] {
            assert_eq!(ttl_of(header), ttl, "{name}");
        }
    }
}
