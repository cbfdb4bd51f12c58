//! How a session gets its connection: it dials the speaker, or, face to face, waits for the other session.

use super::topology::{Opening, Seat};
use crate::{
    session::DialFailure,
    transport::{Connection, Dial, DialError, ListenError, Listeners, PeerOptions, connect},
};
use std::{net::SocketAddr, time::Duration};
use tokio::{sync::mpsc, time};

/// Shorter than the state machine's own timer: the transport knows more about why.
const DIAL_TIMEOUT: Duration = Duration::from_millis(3_500);

/// Until the other session listens.
const MEETING: Duration = Duration::from_millis(10);

/// One session's way to its connection.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    seat: Seat,
    options: PeerOptions,
}

impl Reach {
    pub(super) const fn new(seat: Seat, options: PeerOptions) -> Self {
        Self { seat, options }
    }

    /// One connection.
    pub(super) async fn connection(self) -> Result<Connection, DialFailure> {
        match self.seat.opening {
            Opening::Dials(peer) => self.dial(peer).await.map_err(|error| failure(&error, error.remedy())),
            Opening::Meets(peer) => loop {
                match self.dial(peer).await {
                    Err(DialError::Refused { .. }) => time::sleep(MEETING).await,
                    outcome => return outcome.map_err(|error| failure(&error, error.remedy())),
                }
            },
            Opening::Accepts(endpoint, peer) => {
                let (sender, mut accepted) = mpsc::channel(1);
                let registration = Listeners::new().register(endpoint, peer, self.options, sender).await;
                // It keeps the endpoint open until the connection has come.
                let _registration =
                    registration.map_err(|error: ListenError| failure(&error, error.remedy()))?;
                let gone = || DialFailure {
                    cause: format!("{endpoint} was closed"),
                    remedy: "try again".to_owned(),
                };
                accepted.recv().await.map(|connection| *connection).ok_or_else(gone)
            }
        }
    }

    async fn dial(&self, peer: SocketAddr) -> Result<Connection, DialError> {
        let local = (self.seat.address, 0).into();
        connect(Dial { local, peer, options: self.options.clone(), timeout: DIAL_TIMEOUT }).await
    }
}

fn failure(error: &impl ToString, remedy: String) -> DialFailure {
    DialFailure { cause: error.to_string(), remedy }
}
