//! Signing the peer's segments (RFC 2385), apart from the code under test.

use crate::lab::failure::Outcome;
use socket2::{SockAddr, Socket};
use std::{net::SocketAddr, os::fd::AsRawFd};

/// `struct tcp_md5sig` of `linux/tcp.h`.
#[repr(C)]
struct Signature {
    address: [u8; 128],
    flags: u8,
    prefix_length: u8,
    key_length: u16,
    interface: i32,
    key: [u8; 80],
}

/// Signs what goes to the speaker.
pub(super) fn sign(socket: &Socket, speaker: SocketAddr, key: &str) -> Outcome {
    let mut signature = Signature {
        address: [0; 128],
        flags: 0,
        prefix_length: 0,
        key_length: u16::try_from(key.len())?,
        interface: 0,
        key: [0; 80],
    };
    signature.key[..key.len()].copy_from_slice(key.as_bytes());
    let address = SockAddr::from(SocketAddr::new(speaker.ip(), 0));
    let length = usize::try_from(address.len())?;
    // SAFETY: socket2 has written `len` octets of the address at `as_ptr`, fewer than 128.
    let octets = unsafe { std::slice::from_raw_parts(address.as_ptr().cast::<u8>(), length) };
    signature.address[..length].copy_from_slice(octets);
    let size = libc::socklen_t::try_from(size_of::<Signature>())?;
    // SAFETY: the kernel reads `size` octets of a structure that lives until the call returns.
    let outcome = unsafe {
        let value = (&raw const signature).cast();
        libc::setsockopt(socket.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_MD5SIG, value, size)
    };
    if outcome == 0 { Ok(()) } else { Err(std::io::Error::last_os_error().into()) }
}
