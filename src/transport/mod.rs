//! TCP as BGP speakers use it: who may connect, how segments are signed, how a session says goodbye.
//!
//! [`Listeners`] keeps one listening socket per local endpoint and hands every accepted [`Connection`] to the
//! peer it belongs to; [`connect`] dials. Both sign with TCP MD5 (RFC 2385) when the peer has a key, and never
//! let an unsigned connection through. [`Md5Counters`] finds out why a signed session does not come up.
//!
//! Nothing here knows BGP: a [`Connection`] is octets in, octets out. [`rtr`] asks a server what RPKI has validated.

mod buffer;
mod connection;
mod connector;
mod flight;
mod links;
mod listener;
mod md5;
mod md5_counters;
mod options;
pub mod probe;
pub mod rtr;
mod sockopt;
#[cfg(test)]
mod tests;
mod throttle;

pub use buffer::BUFFER_LIMIT;
pub use connection::{Connection, Farewell, Received};
pub use connector::{Dial, DialError, connect};
pub use flight::Flight;
pub use links::{AddressNews, Interface, LinkAddress, LinkFault, OwnAddresses, Wish};
pub use listener::{Counter, EndpointTally, ListenError, Listeners, PeerTally, Registration};
pub use md5::{Md5Error, Md5Key, Md5KeyLength, Signing};
pub use md5_counters::{Md5Counters, Md5Diagnosis};
pub use options::{Binding, Hops, PeerOptions};
pub use throttle::Throttle;
