//! What TCP says about octets that are under way: whether they get lost while the other direction works.

use super::sockopt;
use std::{io, os::fd::BorrowedFd};

/// Positions in `struct tcp_info` of linux/tcp.h, which only ever grows at its end.
const RETRANSMITS: usize = 2;
const PROBES: usize = 3;
const SND_MSS: usize = 16;
const BYTES_ACKED: usize = 120;
const SEGS_IN: usize = 140;
const DATA_SEGS_OUT: usize = 156;

/// What a connection has sent, and how that goes (`TCP_INFO`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flight {
    /// How often in a row the oldest segment was sent again without an answer. A segment that the own device drops counts as
    /// a probe; a peer that only has no room answers those, and they do not add up.
    pub in_vain: u8,
    /// Octets of the largest segment.
    pub mss: u32,
    /// Octets that the peer has acknowledged since the connection was made.
    pub acknowledged: u64,
    /// Segments with data that were sent, those sent again included.
    pub sent: u32,
    /// Segments that arrived, whatever is in them.
    pub received: u32,
}

/// What is under way on a connection.
pub(super) fn flight(socket: BorrowedFd<'_>) -> io::Result<Flight> {
    let mut info = [0; 256];
    let filled = sockopt::read(socket, libc::IPPROTO_TCP, libc::TCP_INFO, &mut info)?;
    parse(filled).ok_or_else(|| io::ErrorKind::Unsupported.into())
}

fn parse(info: &[u8]) -> Option<Flight> {
    let number = |at: usize| info.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes);
    let long = |at: usize| info.get(at..at + 8)?.try_into().ok().map(u64::from_ne_bytes);
    Some(Flight {
        in_vain: *info.get(RETRANSMITS)?.max(info.get(PROBES)?),
        mss: number(SND_MSS)?,
        acknowledged: long(BYTES_ACKED)?,
        sent: number(DATA_SEGS_OUT)?,
        received: number(SEGS_IN)?,
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
        assert!(flight.mss > 500 && flight.received > 0, "{flight:?}");
        assert_eq!((flight.sent, flight.acknowledged), (0, 1), "the SYN alone");
    }

    #[test]
    fn what_the_peer_has_acknowledged_is_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        let before = flight(near.as_fd()).unwrap();
        near.write_all(b"hello").unwrap();
        far.read_exact(&mut [0; 5]).unwrap();
        far.write_all(b"hello").unwrap();
        near.read_exact(&mut [0; 5]).unwrap();
        let after = flight(near.as_fd()).unwrap();
        assert_eq!((after.sent - before.sent, after.acknowledged - before.acknowledged), (1, 5));
        assert!(after.received > before.received);
    }

    #[test]
    fn an_answer_that_is_too_short_is_none() {
        assert_eq!(parse(&[0; 40]), None);
        assert_eq!(parse(&[0; 159]), None);
        assert!(parse(&[0; 160]).is_some());
    }
}
