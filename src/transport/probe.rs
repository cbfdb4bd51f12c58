//! What this machine lets a BGP speaker do, tried on sockets that are closed again at once.

use super::{
    ListenError,
    md5::{self, Md5Error, Md5Key},
    options::{self, Binding, Hops},
};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    os::fd::AsFd,
};

/// An address that no packet is sent to (RFC 5737).
const NOBODY: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Whether the kernel signs TCP segments (RFC 2385).
///
/// # Errors
/// [`Md5Error`], what a session with a key would meet.
pub fn md5() -> Result<(), Md5Error> {
    let socket = options::socket(ANY, Binding::Present)?;
    let key = Md5Key::try_from("probe").map_err(io::Error::other)?;
    md5::install(socket.as_fd(), NOBODY.into(), &key)
}

/// Whether the kernel drops segments that come from farther than the link (RFC 5082).
///
/// # Errors
/// What the kernel says to the option.
pub fn gtsm() -> io::Result<()> {
    options::prepare_connection(options::socket(ANY, Binding::Present)?.as_fd(), ANY, Hops::Gtsm)
}

/// Whether this process could listen there now: it has the address and the privilege, and nobody else listens.
///
/// # Errors
/// [`ListenError`], what the daemon would meet.
pub fn listen(local: SocketAddr, binding: Binding) -> Result<(), ListenError> {
    let bind = || {
        let socket = options::socket(local, binding)?;
        socket.set_reuse_address(true)?;
        // On Linux this fails, with that option, only if somebody listens.
        socket.bind(&local.into())
    };
    bind().map_err(|source| ListenError::from_socket(local, source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_listener_of_somebody_else_is_seen() {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let local = other.local_addr().unwrap();
        assert!(matches!(listen(local, Binding::Present), Err(ListenError::InUse { .. })));
        drop(other);
        listen(local, Binding::Present).unwrap();
        assert!(matches!(
            listen("192.0.2.7:1179".parse().unwrap(), Binding::Present),
            Err(ListenError::NoLocalAddress { .. })
        ));
        listen("192.0.2.7:1179".parse().unwrap(), Binding::Free).unwrap();
    }
}
