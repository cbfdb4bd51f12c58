//! One connection as octets: framed by the length in the header and not looked into, so that what is judged is what came.

use crate::lab::failure::{Outcome, ensure};
use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

const HEADER: usize = 19;

/// A connection with the speaker.
pub(crate) struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
    /// How long the speaker may take to say what a case waits for.
    patience: Duration,
}

/// Something that the speaker did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A message: its type, and what follows the header.
    Message(u8, Vec<u8>),
    /// The end of the connection, in order or with a reset.
    End,
}

/// How the speaker ended a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LastWords {
    /// With a NOTIFICATION: code, subcode and data.
    Notification((u8, u8), Vec<u8>),
    /// Without a word.
    None,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, patience: Duration) -> Outcome<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(patience))?;
        Ok(Self { stream, received: Vec::new(), patience })
    }

    /// The same with another patience.
    pub(crate) fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Sends octets. A connection that the speaker has closed takes none: what it said before it closed is still to be heard.
    pub(crate) fn say(&mut self, octets: &[u8]) {
        let _ = self.stream.write_all(octets);
    }

    /// Sends octets one by one, each in a segment of its own.
    pub(crate) fn say_slowly(&mut self, octets: &[u8]) {
        octets.chunks(1).for_each(|octet| self.say(octet));
    }

    /// Waits for the next message; `None` if nothing comes in time.
    pub(crate) fn hear_within(&mut self, time: Duration) -> Outcome<Option<Heard>> {
        let end = Instant::now() + time;
        loop {
            if let Some(message) = self.take_message()? {
                return Ok(Some(message));
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.stream.set_read_timeout(Some(left))?;
            let mut buffer = [0; 16_384];
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(Some(Heard::End)),
                Ok(octets) => self.received.extend_from_slice(&buffer[..octets]),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => return Ok(Some(Heard::End)),
                    _ => return Err(error.into()),
                },
            }
        }
    }

    fn take_message(&mut self) -> Outcome<Option<Heard>> {
        let Some((header, _)) = self.received.split_first_chunk::<HEADER>() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([header[16], header[17]]));
        let kind = header[18];
        ensure!(header[..16] == [0xFF; 16] && length >= HEADER, "the speaker sent the header {header:02x?}");
        if self.received.len() < length {
            return Ok(None);
        }
        let body = self.received[HEADER..length].to_vec();
        self.received.drain(..length);
        Ok(Some(Heard::Message(kind, body)))
    }

    /// Waits for the next message or the end.
    pub(crate) fn hear(&mut self) -> Outcome<Heard> {
        self.hear_within(self.patience)?.ok_or_else(|| "the speaker says nothing".into())
    }

    /// Skips until a message of a type.
    ///
    /// # Errors
    /// The NOTIFICATION or the end that came instead.
    pub(crate) fn hear_message(&mut self, wanted: u8) -> Outcome<Vec<u8>> {
        loop {
            match self.hear()? {
                Heard::Message(kind, body) if kind == wanted => return Ok(body),
                Heard::Message(crate::octets::NOTIFICATION, body) => {
                    return Err(format!("answered with NOTIFICATION {body:02x?}").into());
                }
                Heard::Message(..) => {}
                Heard::End => return Err("the connection was closed without a word".into()),
            }
        }
    }

    /// Fails if the speaker has ended the session by now.
    pub(crate) fn is_open(&mut self) -> Outcome {
        while let Some(heard) = self.hear_within(Duration::from_millis(1))? {
            match heard {
                Heard::Message(crate::octets::NOTIFICATION, body) => {
                    return Err(format!("answered with NOTIFICATION {body:02x?}").into());
                }
                Heard::Message(..) => {}
                Heard::End => return Err("the connection was closed without a word".into()),
            }
        }
        Ok(())
    }

    /// Skips until the speaker has closed the connection.
    pub(crate) fn hear_last_words(&mut self) -> Outcome<LastWords> {
        let mut last = LastWords::None;
        loop {
            match self.hear_within(self.patience)? {
                Some(Heard::Message(crate::octets::NOTIFICATION, body)) => {
                    let Some((&[code, subcode], data)) = body.split_first_chunk() else {
                        return Err(format!("a NOTIFICATION of {} octets", body.len()).into());
                    };
                    last = LastWords::Notification((code, subcode), data.to_vec());
                }
                Some(Heard::Message(..)) => {}
                Some(Heard::End) => return Ok(last),
                None if last == LastWords::None => return Err("the session stays".into()),
                None => return Err(format!("the connection stays after {last:?}").into()),
            }
        }
    }

    /// Closes the sending side.
    pub(crate) fn finish(&self) -> Outcome {
        Ok(self.stream.shutdown(Shutdown::Write)?)
    }

    pub(crate) fn stream(self) -> TcpStream {
        self.stream
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }
}
