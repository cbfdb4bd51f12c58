//! What TCP says about octets that are under way: whether they get lost while the other direction works.

use super::sockopt;
use std::{io, os::fd::BorrowedFd, time::Duration};

/// Positions in `struct tcp_info` of linux/tcp.h, which only ever grows at its end.
const RETRANSMITS: usize = 2;
const PROBES: usize = 3;
const SND_MSS: usize = 16;
const LAST_DATA_RECV: usize = 52;

/// What a connection has sent, and how that goes (`TCP_INFO`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flight {
    /// How often in a row the oldest segment was sent again without an answer. A segment that the own device drops counts as
    /// a probe; a peer that only has no room answers those, and they do not add up.
    pub in_vain: u8,
    /// Octets of the largest segment.
    pub mss: u32,
    /// Since the peer's last octet has arrived.
    pub heard_ago: Duration,
}

/// What is under way on a connection.
pub(super) fn flight(socket: BorrowedFd<'_>) -> io::Result<Flight> {
    let mut info = [0; 256];
    let filled = sockopt::read(socket, libc::IPPROTO_TCP, libc::TCP_INFO, &mut info)?;
    parse(filled).ok_or_else(|| io::ErrorKind::Unsupported.into())
}

fn parse(info: &[u8]) -> Option<Flight> {
    let number = |at: usize| info.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes);
    Some(Flight {
        in_vain: *info.get(RETRANSMITS)?.max(info.get(PROBES)?),
        mss: number(SND_MSS)?,
        heard_ago: Duration::from_millis(number(LAST_DATA_RECV)?.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{Read, Write},
        net::{TcpListener, TcpStream},
        os::fd::AsFd,
    };

    #[test]
    fn a_connection_that_works_has_nothing_under_way() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        far.write_all(b"hello").unwrap();
        near.read_exact(&mut [0; 5]).unwrap();
        let flight = flight(near.as_fd()).unwrap();
        assert_eq!(flight.in_vain, 0);
        assert!(flight.mss > 500 && flight.heard_ago < Duration::from_mins(1), "{flight:?}");
    }

    #[test]
    fn an_answer_that_is_too_short_is_none() {
        assert_eq!(parse(&[0; 40]), None);
        assert!(parse(&[0; 104]).is_some());
    }
}
