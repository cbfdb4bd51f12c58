//! What the owners of routes hand to each other: attachments upwards to the backbone, the backbone back down.

use super::{Attributes, Batch, SendWindow};
use crate::{
    family::{Family, PerFamily},
    wire::{Identifier, Negotiated, PassedOn},
};
use bytes::Bytes;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{net::IpAddr, sync::Arc};
use tokio::sync::OwnedSemaphorePermit;

/// An attachment as the backbone numbers it, from 1; never used again for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(pub u32);

impl Source {
    /// No attachment: what the backbone itself originates.
    pub const OWN: Self = Self(0);
}

/// A session that is told what an open transit tells all its peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listener {
    /// The attachment.
    pub source: Source,
    /// The family of the session's addresses, which tells the sessions of an attachment apart.
    pub transport: Family,
}

/// A session as its listener numbers it, so that nothing meant for one is told on the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionNumber(pub u32);

/// How a session is told what an open transit tells all its peers; equal ones are told the same octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audience {
    /// What the OPENs agreed on.
    pub negotiated: Negotiated,
    /// What becomes different on the way; a family without it is told nothing.
    pub passed_on: PerFamily<Option<PassedOn>>,
}

/// From an attachment to the backbone.
#[derive(Debug)]
pub enum Uplink {
    /// Its routes have changed.
    Routes(RouteChanges),
    /// It needs everything that it shall advertise once more.
    Resync(Source),
    /// It has ended; its routes leave.
    Ended(Source),
    /// It has come back from a restart: its peers have announced their routes (RFC 4724 section 4.1).
    Recovered(Source),
    /// A session is up and shall be told the transit's table, or shall be told it differently.
    Join(Join),
    /// A session is over.
    Leave(Listener),
    /// A peer wants everything of a family again (RFC 2918).
    Again(Listener, Family),
    /// A session that was slow has written what was sent to it.
    Room(Listener),
}

impl Uplink {
    /// The attachment that says so.
    pub fn source(&self) -> Source {
        match self {
            Self::Routes(changes) => changes.source,
            Self::Join(join) => join.listener.source,
            Self::Resync(source) | Self::Ended(source) | Self::Recovered(source) => *source,
            Self::Leave(listener) | Self::Again(listener, _) | Self::Room(listener) => listener.source,
        }
    }
}

/// A session that shall be told the transit's table.
#[derive(Debug)]
pub struct Join {
    /// Who.
    pub listener: Listener,
    /// Its number.
    pub session: SessionNumber,
    /// How.
    pub audience: Audience,
    /// How much may be under way to it.
    pub window: Arc<SendWindow>,
}

/// Route changes of one attachment, one message per read of a socket.
#[derive(Debug)]
pub struct RouteChanges {
    /// The attachment.
    pub source: Source,
    /// Who its sessions are with.
    pub peer: PerFamily<Option<PeerIdentity>>,
    /// The changes.
    pub batch: Batch,
    /// Its place among the batches that the attachment may have under way; given back when the changes are applied.
    pub turn: Option<OwnedSemaphorePermit>,
}

/// Who a route was learnt from, for the last rules of the decision (RFC 4271 section 9.1.2.2 f, g).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerIdentity {
    /// BGP Identifier of its OPEN.
    pub identifier: Identifier,
    /// Its address.
    pub address: IpAddr,
}

/// From the backbone to an attachment.
#[derive(Clone, Debug)]
pub enum Downlink {
    /// Routes to advertise or to withdraw; one allocation for all attachments that get the same.
    Routes(Arc<Advertisements>),
    /// Everything that is to be advertised at the start has been sent.
    Complete,
    /// Every route that it has accepted is wanted once more, by a virtual network that is linked only now.
    Refresh,
    /// UPDATEs to be written as they are; one allocation for all sessions that are told the same.
    Octets {
        /// The session of that many.
        transport: Family,
        /// Its number; on another one it is not to be written.
        session: SessionNumber,
        /// Whole messages.
        octets: Bytes,
    },
}

/// Routes to advertise or to withdraw, of both families.
#[derive(Clone, Debug, Default)]
pub struct Advertisements {
    /// IPv4 routes, oldest first.
    pub ipv4: Vec<Advertisement<Ipv4Net>>,
    /// IPv6 routes, oldest first.
    pub ipv6: Vec<Advertisement<Ipv6Net>>,
}

/// What is to be advertised for one prefix.
#[derive(Clone, Debug)]
pub struct Advertisement<P> {
    /// The prefix.
    pub prefix: P,
    /// The route; `None` withdraws it.
    pub offer: Option<Offer>,
}

/// A route before the export rules of a peering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Where it was learnt, which is where it does not go back to; `None` for a virtual network's own.
    pub source: Option<Source>,
    /// Its attributes as learnt.
    pub attributes: Attributes,
}

impl Advertisements {
    /// Prefixes in one message while a whole table is sent.
    const PORTION: usize = 4096;

    /// True if there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.ipv4.is_empty() && self.ipv6.is_empty()
    }

    /// Adds what is to be advertised for a prefix.
    pub fn push(&mut self, prefix: IpNet, offer: Option<Offer>) {
        match prefix {
            IpNet::V4(prefix) => self.ipv4.push(Advertisement { prefix, offer }),
            IpNet::V6(prefix) => self.ipv6.push(Advertisement { prefix, offer }),
        }
    }

    /// The same in portions of bounded size.
    pub fn portions(mut self) -> impl Iterator<Item = Self> {
        std::iter::from_fn(move || {
            if self.is_empty() {
                return None;
            }
            let ipv4 = self.ipv4.split_off(self.ipv4.len().saturating_sub(Self::PORTION));
            let room = Self::PORTION - ipv4.len();
            let ipv6 = self.ipv6.split_off(self.ipv6.len().saturating_sub(room));
            Some(Self { ipv4, ipv6 })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_table_goes_in_portions_that_lose_nothing() {
        let mut table = Advertisements::default();
        for number in 0..10_000_u32 {
            table.push(Ipv4Net::from(std::net::Ipv4Addr::from(number)).into(), None);
        }
        table.push("fd00::/48".parse().unwrap(), None);
        let portions: Vec<_> = table.portions().collect();
        assert!(portions.iter().all(|portion| portion.ipv4.len() + portion.ipv6.len() <= 4096));
        assert_eq!(portions.iter().map(|portion| portion.ipv4.len()).sum::<usize>(), 10_000);
        assert_eq!(portions.iter().map(|portion| portion.ipv6.len()).sum::<usize>(), 1);
    }
}
