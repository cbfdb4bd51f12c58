//! `setsockopt` and `getsockopt` for the options that neither tokio nor socket2 has.

#![allow(unsafe_code, reason = "getsockopt(2) with structs that no crate has")]

use std::{
    io,
    os::fd::{AsRawFd, BorrowedFd},
};

use libc::{c_int, socklen_t};

/// A value that the kernel may read as plain octets.
///
/// # Safety
/// The type has no padding and no pointers: every one of its octets is initialised.
pub(super) unsafe trait Plain {}

// SAFETY: an integer has neither padding nor pointers.
unsafe impl Plain for c_int {}

/// Sets one option.
pub(super) fn set<T: Plain>(socket: BorrowedFd<'_>, level: c_int, name: c_int, value: &T) -> io::Result<()> {
    let length = socklen_t::try_from(size_of::<T>()).map_err(io::Error::other)?;
    // SAFETY: the descriptor is open for as long as it is borrowed; `value` points to `length` initialised
    // octets (`Plain`), which the kernel only reads, and only during the call.
    let result =
        unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, (&raw const *value).cast(), length) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Segments that the kernel dropped at this socket, for whatever reason (`SO_MEMINFO`).
pub(super) fn dropped(socket: BorrowedFd<'_>) -> io::Result<u32> {
    const WIDTH: usize = size_of::<u32>();
    let position = usize::try_from(libc::SK_MEMINFO_DROPS).map_err(io::Error::other)?;
    let mut buffer = [0; 16 * WIDTH];
    let filled = read(socket, libc::SOL_SOCKET, libc::SO_MEMINFO, &mut buffer)?;
    let (values, _) = filled.as_chunks::<WIDTH>();
    // A kernel that does not count drops is as one that dropped none.
    Ok(values.get(position).copied().map_or(0, u32::from_ne_bytes))
}

/// Reads one option of variable length into `buffer`; returns the part that the kernel filled.
pub(super) fn read<'a>(
    socket: BorrowedFd<'_>,
    level: c_int,
    name: c_int,
    buffer: &'a mut [u8],
) -> io::Result<&'a [u8]> {
    let mut length = socklen_t::try_from(buffer.len()).map_err(io::Error::other)?;
    // SAFETY: the descriptor is open for as long as it is borrowed; the kernel writes at most `length` octets,
    // which is the size of `buffer`, and then the number it wrote into `length`.
    let result = unsafe {
        libc::getsockopt(socket.as_raw_fd(), level, name, buffer.as_mut_ptr().cast(), &raw mut length)
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    let filled = usize::try_from(length).map_err(io::Error::other)?;
    Ok(buffer.get(..filled).unwrap_or_default())
}
