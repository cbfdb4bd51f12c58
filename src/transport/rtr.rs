//! What an RTR server says that RPKI has validated (RFC 8210).
//!
//! The server is asked for ever: one that is not there, or goes, is tried again and again, and what it has said last holds
//! until it expires.

#[cfg(feature = "rpki")]
mod client;

use crate::registry::Payloads;
use std::{net::SocketAddr, time::Duration};
use tokio::sync::mpsc;

/// What is heard of a server.
#[derive(Debug)]
pub enum News {
    /// It has said something new.
    Payloads {
        /// All that holds now.
        payloads: Box<Payloads>,
        /// How many that is.
        count: usize,
        /// The server's number for this state.
        serial: u32,
    },
    /// It is there, and what it said before still holds.
    Confirmed {
        /// The server's number for this state.
        serial: u32,
    },
    /// It is not there, or speaks nonsense.
    Lost {
        /// What has happened.
        why: String,
        /// How long what it has said still holds, if it has said anything.
        expires_in: Option<Duration>,
    },
    /// It has not been there for so long that nothing of what it said holds any more.
    Expired,
}

/// Follows a server until nobody takes the news any more.
pub async fn follow(server: SocketAddr, news: mpsc::Sender<News>) {
    #[cfg(feature = "rpki")]
    client::Follower::new(server, news).run().await;
    #[cfg(not(feature = "rpki"))]
    {
        let why = format!("{server} cannot be asked: this msee was built without the feature \"rpki\"");
        let _ = news.send(News::Lost { why, expires_in: None }).await;
    }
}
