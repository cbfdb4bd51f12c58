//! Which of two connections with the same peer is kept (RFC 4271 section 6.8, RFC 6286 section 2.3).

use crate::{asn::Asn, wire::Identifier};

/// Which side opened a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    /// We did.
    Outgoing,
    /// The peer did.
    Incoming,
}

/// A speaker, as a collision compares it: by identifier, then by AS number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Speaker {
    pub(crate) identifier: Identifier,
    pub(crate) asn: Asn,
}

/// The one of two connections that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// The one that was in OpenConfirm already.
    Existing,
    /// The one whose OPEN has just arrived.
    New,
}

/// The direction of the connection that a collision keeps: the one that the greater speaker opened.
pub(crate) fn preferred(local: Speaker, peer: Speaker) -> Direction {
    if local > peer { Direction::Outgoing } else { Direction::Incoming }
}

/// Decides between a connection in OpenConfirm and one whose valid OPEN has just arrived.
///
/// Two that the same side opened are not foreseen by the RFC: the newer is kept, since a speaker opens another one only
/// when the first is lost to it.
pub(crate) fn resolve(preferred: Direction, existing: Direction, new: Direction) -> Keep {
    if existing != new && existing == preferred { Keep::Existing } else { Keep::New }
}
