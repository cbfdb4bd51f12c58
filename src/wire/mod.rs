//! BGP-4 messages (RFC 4271): decoders over borrowed bytes, encoders into `BytesMut`. No I/O, no clock.
//!
//! [`Message::decode`] finds and decodes one message in a receive buffer. An UPDATE is only framed there;
//! [`Update::split`] checks it as RFC 7606 asks and gives its prefixes, and for each group of announced prefixes the
//! octets that their attributes are looked up by. Attributes are parsed only when those octets are new.
//!
//! ```text
//! octets ─ Message::decode ─ Update::split ─┬─ withdrawn: Nlri
//!                                           └─ announcements: Nlri + RawAttributes ─ key() ─ parse() ─ PathAttributes
//! PathAttributes ─ EncodedAttributes::encode ─ write_announcements(prefixes) ─ octets
//! ```
//!
//! No function here panics, whatever the peer sends.
#![deny(clippy::indexing_slicing)]

pub mod attribute;
pub mod capability;
mod error;
mod header;
mod message;
mod message_type;
mod negotiated;
pub mod nlri;
pub mod notification;
pub mod open;
mod refresh;
mod role;
pub mod update;

pub use attribute::{
    AsPath, AttributeCode, AttributeError, AttributeErrors, EncodedAttributes, NextHop, Origin,
    ParsedAttributes, PassedOn, PathAttributes, RawAttributes, StoredAttributes, Treatment, Unencodable,
};
pub use capability::{
    Capability, ForwardingState, Notifications, RestartCapability, RestartState, RestartTime,
};
pub use error::MessageError;
pub use header::{Frame, HeaderError, TooLong, frame};
pub use message::Message;
pub use message_type::MessageType;
pub use negotiated::{AsWidth, MessageLimit, Negotiated, RouteRefreshSupport};
pub use nlri::{AfiSafi, Nlri, Prefix, Prefixes};
pub use notification::Notification;
pub use open::{HoldTime, Identifier, Open, OpenError};
pub use refresh::{RefreshError, RefreshSubtype, RouteRefresh, write_refresh_marker};
pub use role::{Role, RoleCode};
pub use update::{
    Announcement, Parts, Update, UpdateError, write_announcements, write_end_of_rib, write_withdrawals,
};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;
