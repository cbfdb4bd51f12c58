//! The TCP MD5 signature option (RFC 2385), signed and checked by the kernel.
//!
//! A key belongs to a socket and a peer address. Connections that a listener accepts keep a copy of the key
//! they were accepted with, so a key can be replaced or taken away on a live listener.

#![allow(unsafe_code, reason = "setsockopt(2) with a struct that no crate has")]

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    os::fd::BorrowedFd,
    sync::Arc,
};

use libc::c_int;
use socket2::{SockAddr, SockAddrStorage};

use super::sockopt;

/// A TCP MD5 key, 1 to 80 octets; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Md5Key(Arc<[u8]>);

impl Md5Key {
    /// The kernel's limit, `TCP_MD5SIG_MAXKEYLEN`.
    pub const MAX_OCTETS: usize = 80;
}

/// A key that is empty or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a TCP MD5 key has 1 to 80 octets, this one has {0}")]
pub struct Md5KeyLength(usize);

impl TryFrom<&[u8]> for Md5Key {
    type Error = Md5KeyLength;

    fn try_from(octets: &[u8]) -> Result<Self, Md5KeyLength> {
        match octets.len() {
            1..=Self::MAX_OCTETS => Ok(Self(octets.into())),
            length => Err(Md5KeyLength(length)),
        }
    }
}

impl TryFrom<&str> for Md5Key {
    type Error = Md5KeyLength;

    fn try_from(text: &str) -> Result<Self, Md5KeyLength> {
        text.as_bytes().try_into()
    }
}

impl fmt::Debug for Md5Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Md5Key(secret)")
    }
}

/// Whether the segments of a session are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// Both sides sign with a key; anything unsigned is dropped by the kernel.
    Md5,
    /// No key is configured.
    Off,
}

/// The kernel did not take a key. The socket must not be used: it would speak unsigned.
#[derive(Debug, thiserror::Error)]
pub enum Md5Error {
    /// The kernel is built without the option.
    #[error("this kernel cannot sign TCP segments: it is built without CONFIG_TCP_MD5SIG")]
    Unsupported,
    /// `net.core.optmem_max` bounds the memory for the keys of one socket.
    #[error("no room for one more MD5 key on this socket: net.core.optmem_max is too small")]
    NoRoom,
    /// Anything else.
    #[error("the kernel refused the MD5 key: {0}")]
    Refused(#[source] io::Error),
}

impl Md5Error {
    /// What an operator can do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Unsupported => {
                "use a kernel with CONFIG_TCP_MD5SIG=y, or remove the shared key on both sides"
            }
            Self::NoRoom => "raise it, e.g. `sysctl -w net.core.optmem_max=1048576`",
            Self::Refused(_) => "the session stays down rather than run unsigned; check the kernel's log",
        }
    }
}

impl From<io::Error> for Md5Error {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(libc::ENOPROTOOPT | libc::EOPNOTSUPP) => Self::Unsupported,
            Some(libc::ENOMEM | libc::ENOBUFS) => Self::NoRoom,
            _ => Self::Refused(error),
        }
    }
}

/// Sets or replaces the key for one peer, on a socket in any state.
pub(super) fn install(socket: BorrowedFd<'_>, peer: IpAddr, key: &Md5Key) -> Result<(), Md5Error> {
    Ok(Md5Sig::install(peer, key).apply(socket)?)
}

/// Deletes the key for one peer; having none is fine.
pub(super) fn withdraw(socket: BorrowedFd<'_>, peer: IpAddr) -> Result<(), Md5Error> {
    match Md5Sig::withdraw(peer).apply(socket) {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
        outcome => Ok(outcome?),
    }
}

/// `struct tcp_md5sig` of `linux/tcp.h`.
#[repr(C)]
struct Md5Sig {
    address: SockAddrStorage,
    flags: u8,
    prefix_length: u8,
    key_length: u16,
    interface: c_int,
    key: [u8; Md5Key::MAX_OCTETS],
}

const _: () = assert!(size_of::<SockAddrStorage>() == 128 && size_of::<Md5Sig>() == 128 + 1 + 1 + 2 + 4 + 80);

// SAFETY: the members add up to the size (asserted above), so there is no padding between them, and socket2
// zeroes the whole address before it fills it; there are no pointers.
unsafe impl sockopt::Plain for Md5Sig {}

impl Md5Sig {
    fn install(peer: IpAddr, Md5Key(octets): &Md5Key) -> Self {
        let mut key = [0; Md5Key::MAX_OCTETS];
        let mut key_length = 0;
        for (slot, octet) in key.iter_mut().zip(octets.iter()) {
            *slot = *octet;
            key_length += 1;
        }
        Self { key_length, key, ..Self::withdraw(peer) }
    }

    /// A key of no octets deletes.
    fn withdraw(peer: IpAddr) -> Self {
        Self {
            address: SockAddr::from(SocketAddr::new(peer, 0)).as_storage(),
            flags: 0,
            prefix_length: 0,
            key_length: 0,
            interface: 0,
            key: [0; Md5Key::MAX_OCTETS],
        }
    }

    fn apply(&self, socket: BorrowedFd<'_>) -> io::Result<()> {
        sockopt::set(socket, libc::IPPROTO_TCP, libc::TCP_MD5SIG, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_1_to_80_octets() {
        for (length, fits) in [(0, false), (1, true), (25, true), (80, true), (81, false)] {
            assert_eq!(Md5Key::try_from("k".repeat(length).as_str()).is_ok(), fits, "{length} octets");
        }
    }

    #[test]
    fn a_key_is_never_printed() {
        assert!(!format!("{:?}", Md5Key::try_from("hunter2").unwrap()).contains("hunter2"));
    }

    #[test]
    fn what_the_kernel_answers_becomes_a_cause() {
        let cause = |errno| Md5Error::from(io::Error::from_raw_os_error(errno));
        assert!(matches!(cause(libc::ENOPROTOOPT), Md5Error::Unsupported));
        assert!(matches!(cause(libc::ENOMEM), Md5Error::NoRoom));
        assert!(matches!(cause(libc::EINVAL), Md5Error::Refused(_)));
        assert!(Md5Error::Unsupported.to_string().contains("CONFIG_TCP_MD5SIG"));
    }
}
