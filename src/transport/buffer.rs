//! Octets between a socket and its session: bounded, and small while nothing happens.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
};

use bytes::{Buf, BufMut, Bytes, BytesMut, buf::Limit};

/// The most that a connection keeps of what it read, and from which on it should not be given more to write:
/// four of the longest messages that there are (RFC 8654: 65,535 octets).
pub const BUFFER_LIMIT: usize = 256 * 1024;

/// What an idle connection holds.
const IDLE: usize = 8 * 1024;

/// What one read did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// So many new octets, at least 1.
    Octets(usize),
    /// The socket holds nothing now.
    Nothing,
    /// The buffer is full: consume before reading on.
    Full,
    /// The peer has closed its direction; nothing more will come.
    End,
}

/// Octets read and not yet consumed.
#[derive(Debug)]
pub(super) struct ReadBuffer {
    octets: BytesMut,
    /// How much to have room for next; doubles while reads fill it.
    stride: usize,
}

impl ReadBuffer {
    pub(super) fn new() -> Self {
        Self { octets: BytesMut::new(), stride: IDLE }
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub(super) fn consume(&mut self, count: usize) {
        debug_assert!(count <= self.octets.len(), "consumed more than was received");
        self.octets.advance(count.min(self.octets.len()));
    }

    /// Lets `read` fill the buffer once: it is called with room for at least one octet, and returns how many came.
    pub(super) fn fill(
        &mut self,
        read: impl FnOnce(&mut Limit<&mut BytesMut>) -> io::Result<usize>,
    ) -> io::Result<Received> {
        let room = BUFFER_LIMIT.saturating_sub(self.octets.len());
        if room == 0 {
            return Ok(Received::Full);
        }
        self.octets.reserve(self.stride.min(room));
        let offered = room.min(self.octets.capacity() - self.octets.len());
        match read(&mut (&mut self.octets).limit(offered)) {
            Ok(0) => Ok(Received::End),
            Ok(count) => {
                if count == offered {
                    self.stride = (self.stride * 2).min(BUFFER_LIMIT);
                }
                Ok(Received::Octets(count))
            }
            Err(error) if is_not_now(&error) => {
                self.rest();
                Ok(Received::Nothing)
            }
            Err(error) => Err(error),
        }
    }

    /// A quiet connection gives back what a burst needed.
    fn rest(&mut self) {
        self.stride = IDLE;
        if self.octets.is_empty() && self.octets.capacity() > IDLE {
            self.octets = BytesMut::new();
        }
    }
}

/// Octets to be written, in order.
#[derive(Debug, Default)]
pub(super) struct WriteBuffer {
    /// Octets that others write as well, which are not copied.
    shared: VecDeque<Bytes>,
    shared_octets: usize,
    /// Our own, behind the shared ones.
    own: BytesMut,
}

impl WriteBuffer {
    /// Pieces that are offered to the socket at once.
    const PIECES: usize = 16;

    /// Where to append.
    pub(super) fn queue(&mut self) -> &mut BytesMut {
        &mut self.own
    }

    /// Appends octets without copying them.
    pub(super) fn share(&mut self, octets: Bytes) {
        if !self.own.is_empty() {
            let own = self.own.split().freeze();
            self.shared_octets += own.len();
            self.shared.push_back(own);
        }
        self.shared_octets += octets.len();
        self.shared.push_back(octets);
    }

    pub(super) fn len(&self) -> usize {
        self.shared_octets + self.own.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes until all is written or the socket takes no more; returns how many octets went out.
    pub(super) fn flush(
        &mut self,
        mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let mut written = 0;
        while !self.is_empty() {
            let mut pieces = [IoSlice::new(&[]); Self::PIECES];
            let octets = self.shared.iter().map(|shared| &**shared).chain([&*self.own]);
            let mut count = 0;
            for (piece, octets) in pieces.iter_mut().zip(octets) {
                *piece = IoSlice::new(octets);
                count += 1;
            }
            match write(pieces.get(..count).unwrap_or_default()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.advance(count);
                    written += count;
                }
                Err(error) if is_not_now(&error) => return Ok(written),
                Err(error) => return Err(error),
            }
        }
        if self.own.capacity() > IDLE {
            self.own = BytesMut::new();
        }
        Ok(written)
    }

    fn advance(&mut self, mut octets: usize) {
        while let Some(first) = self.shared.front_mut() {
            let gone = octets.min(first.len());
            first.advance(gone);
            self.shared_octets -= gone;
            octets -= gone;
            if !first.is_empty() {
                return;
            }
            self.shared.pop_front();
        }
        self.own.advance(octets.min(self.own.len()));
    }
}

fn is_not_now(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn would_block() -> io::Error {
        io::ErrorKind::WouldBlock.into()
    }

    /// A socket that holds `source` and gives at most `at_once` octets.
    fn pour<'a>(
        source: &'a mut &[u8],
        at_once: usize,
    ) -> impl FnOnce(&mut Limit<&mut BytesMut>) -> io::Result<usize> + 'a {
        move |room| {
            let count = source.len().min(at_once).min(room.remaining_mut());
            if count == 0 {
                return Err(would_block());
            }
            let (now, later) = source.split_at(count);
            room.put_slice(now);
            *source = later;
            Ok(count)
        }
    }

    #[test]
    fn a_full_buffer_says_so_and_goes_on_after_consumption() {
        let flood = vec![7; BUFFER_LIMIT + 100];
        let (mut source, mut buffer) = (&flood[..], ReadBuffer::new());
        while matches!(buffer.fill(pour(&mut source, usize::MAX)).unwrap(), Received::Octets(_)) {}
        assert_eq!(buffer.octets().len(), BUFFER_LIMIT);
        assert_eq!(buffer.fill(pour(&mut source, usize::MAX)).unwrap(), Received::Full);
        buffer.consume(60);
        assert_eq!(buffer.fill(pour(&mut source, usize::MAX)).unwrap(), Received::Octets(60));
    }

    #[test]
    fn a_quiet_connection_gives_the_memory_back() {
        let flood = vec![7; BUFFER_LIMIT];
        let (mut source, mut buffer) = (&flood[..], ReadBuffer::new());
        while matches!(buffer.fill(pour(&mut source, usize::MAX)).unwrap(), Received::Octets(_)) {}
        buffer.consume(BUFFER_LIMIT);
        assert_eq!(buffer.fill(pour(&mut source, 1)).unwrap(), Received::Nothing);
        assert!(buffer.octets.capacity() <= IDLE, "{}", buffer.octets.capacity());
    }

    #[test]
    fn the_end_and_an_error_are_told_apart() {
        let mut buffer = ReadBuffer::new();
        assert_eq!(buffer.fill(|_| Ok(0)).unwrap(), Received::End);
        let reset = buffer.fill(|_| Err(io::ErrorKind::ConnectionReset.into())).unwrap_err();
        assert_eq!(reset.kind(), io::ErrorKind::ConnectionReset);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_goes_in_comes_out(
            octets in prop::collection::vec(any::<u8>(), 0..40_000),
            steps in prop::collection::vec((1_usize..20_000, 0_usize..20_000), 1..50),
        ) {
            let (mut source, mut buffer, mut seen) = (&octets[..], ReadBuffer::new(), Vec::new());
            for (at_once, consumed) in steps {
                buffer.fill(pour(&mut source, at_once)).unwrap();
                let consumed = consumed.min(buffer.octets().len());
                seen.extend_from_slice(&buffer.octets()[..consumed]);
                buffer.consume(consumed);
            }
            seen.extend_from_slice(buffer.octets());
            prop_assert_eq!(&octets[..octets.len() - source.len()], &seen[..]);
        }

        #[test]
        fn short_writes_lose_and_repeat_nothing(
            messages in prop::collection::vec((prop::collection::vec(any::<u8>(), 1..9_000), any::<bool>()), 0..8),
            windows in prop::collection::vec(0_usize..10_000, 0..20),
        ) {
            let (mut buffer, mut wire) = (WriteBuffer::default(), Vec::new());
            for (message, shared) in &messages {
                if *shared {
                    buffer.share(Bytes::copy_from_slice(message));
                } else {
                    buffer.queue().extend_from_slice(message);
                }
            }
            for mut window in windows.into_iter().chain([usize::MAX]) {
                let (before, left) = (wire.len(), buffer.len());
                let written = buffer.flush(|pieces| {
                    let octets = pieces.iter().flat_map(|piece| piece.iter().copied());
                    let taken: Vec<u8> = octets.take(window.min(1_500)).collect();
                    window -= taken.len();
                    wire.extend_from_slice(&taken);
                    if taken.is_empty() { Err(would_block()) } else { Ok(taken.len()) }
                });
                prop_assert_eq!(written.unwrap(), wire.len() - before);
                prop_assert_eq!(buffer.len(), left - (wire.len() - before));
            }
            prop_assert!(buffer.is_empty());
            let messages: Vec<Vec<u8>> = messages.into_iter().map(|(message, _)| message).collect();
            prop_assert_eq!(wire, messages.concat());
        }
    }
}
