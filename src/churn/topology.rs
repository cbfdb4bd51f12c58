//! Who peers with whom: the speaker under test, and every session of the generator with it.
//!
//! One description serves the generator and the speaker's configuration, so that addresses and AS numbers agree.

use crate::{
    asn::Asn,
    family::{Families, Family},
    transport::Md5Key,
    wire::Identifier,
};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// The speaker under test and how many sessions of which role it gets.
#[derive(Clone, Debug)]
pub struct Topology {
    /// Where the speaker listens.
    pub speaker: SocketAddr,
    /// The speaker's AS.
    pub speaker_asn: Asn,
    /// The address of the first session; each further one has the next.
    pub first_address: IpAddr,
    /// The AS of the first session; each further one has the next.
    pub first_asn: Asn,
    /// The first next hop of each family, where it is not the session's own address; one more for each session.
    pub first_next_hop: NextHops,
    /// What every session carries.
    pub families: Families,
    /// Sessions that announce the table.
    pub senders: u32,
    /// Sessions that must learn it.
    pub receivers: u32,
    /// TCP MD5 (RFC 2385) on every session.
    pub key: Option<Md5Key>,
}

/// Next hops that are not the address which TCP comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NextHops {
    /// Of IPv4 prefixes.
    pub ipv4: Option<Ipv4Addr>,
    /// Of IPv6 prefixes.
    pub ipv6: Option<Ipv6Addr>,
}

/// The sessions of a measurement.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// Each of them.
    pub seats: Vec<Seat>,
    /// What every session carries.
    pub families: Families,
    /// TCP MD5 (RFC 2385) on every session.
    pub key: Option<Md5Key>,
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Announces its part of the table, the first being 0.
    Sender(u32),
    /// Must learn what the senders announce.
    Receiver(u32),
    /// Announces single changes, whose way to the first receiver is timed.
    Probe,
}

/// One session of the generator with the speaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// What it is for.
    pub role: Role,
    /// Where TCP comes from.
    pub address: IpAddr,
    /// Its AS.
    pub asn: Asn,
    /// Its BGP identifier.
    pub identifier: Identifier,
    /// Next hops of what it announces.
    pub next_hops: NextHops,
    /// The AS at the other end.
    pub peer_asn: Asn,
    /// How it gets its connection.
    pub opening: Opening,
}

/// How a session gets its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It dials this endpoint.
    Dials(SocketAddr),
    /// It dials this endpoint, where another session begins to listen at the same time.
    Meets(SocketAddr),
    /// It is dialled at this endpoint, from this address.
    Accepts(SocketAddr, IpAddr),
}

/// A topology that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopologyError {
    /// The speaker and the sessions are on different kinds of addresses.
    #[error(
        "the speaker {speaker} and the sessions from {local} on are of different families; use two of one"
    )]
    MixedFamilies {
        /// The speaker's.
        speaker: IpAddr,
        /// The first session's.
        local: IpAddr,
    },
    /// There is no address or AS number for the last session.
    #[error("{sessions} sessions do not fit above {address} and AS {asn}; begin lower")]
    TooMany {
        /// Sessions asked for.
        sessions: u32,
        /// The first address.
        address: IpAddr,
        /// The first AS.
        asn: Asn,
    },
    /// A family is carried, and nobody says with which next hop.
    #[error("{0} prefixes need a next hop that the sessions' addresses do not give; give the first one")]
    NoNextHop(Family),
    /// There must be somebody to announce and somebody to listen.
    #[error("a measurement needs at least one sender and one receiver")]
    Nobody,
}

impl Topology {
    /// All sessions: senders, receivers, the probe.
    ///
    /// # Errors
    /// [`TopologyError`]
    pub fn sessions(&self) -> Result<Sessions, TopologyError> {
        Ok(Sessions { seats: self.seats()?, families: self.families, key: self.key.clone() })
    }

    fn seats(&self) -> Result<Vec<Seat>, TopologyError> {
        if self.senders == 0 || self.receivers == 0 {
            return Err(TopologyError::Nobody);
        }
        if self.speaker.is_ipv4() != self.first_address.is_ipv4() {
            let (speaker, local) = (self.speaker.ip(), self.first_address);
            return Err(TopologyError::MixedFamilies { speaker, local });
        }
        let roles = (0..self.senders)
            .map(Role::Sender)
            .chain((0..self.receivers).map(Role::Receiver))
            .chain([Role::Probe]);
        let seats = (0..).zip(roles).map(|(number, role)| self.seat(number, role));
        let sessions = self.senders.saturating_add(self.receivers).saturating_add(1);
        let too_many = TopologyError::TooMany { sessions, address: self.first_address, asn: self.first_asn };
        let seats: Vec<Seat> = seats.collect::<Option<_>>().ok_or(too_many)?;
        let lacking = |family: &Family| match family {
            Family::Ipv4 => seats.iter().any(|seat| seat.next_hops.ipv4.is_none()),
            Family::Ipv6 => seats.iter().any(|seat| seat.next_hops.ipv6.is_none()),
        };
        match self.families.iter().find(lacking) {
            Some(family) => Err(TopologyError::NoNextHop(family)),
            None => Ok(seats),
        }
    }

    fn seat(&self, number: u32, role: Role) -> Option<Seat> {
        let address = nth(self.first_address, number)?;
        let own_v4 = match address {
            IpAddr::V4(own) => Some(own),
            IpAddr::V6(_) => None,
        };
        let own_v6 = match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(own) => Some(own),
        };
        let ipv4 = match self.first_next_hop.ipv4 {
            Some(first) => Some(u32::from(first).checked_add(number)?.into()),
            None => own_v4,
        };
        let ipv6 = match self.first_next_hop.ipv6 {
            Some(first) => Some(u128::from(first).checked_add(number.into())?.into()),
            None => own_v6,
        };
        let asn = Asn::try_from(self.first_asn.get().checked_add(number)?).ok()?;
        Some(Seat {
            role,
            address,
            asn,
            // Any number does that no other session has.
            identifier: Identifier::new(own_v4.unwrap_or(Ipv4Addr::from(asn.get())))?,
            next_hops: NextHops { ipv4, ipv6 },
            peer_asn: self.speaker_asn,
            opening: Opening::Dials(self.speaker),
        })
    }
}

/// A sender and a receiver that talk to each other at this endpoint, with no speaker between them.
pub fn face_to_face(endpoint: SocketAddr, families: Families) -> Sessions {
    const NEXT_HOP: NextHops = NextHops {
        ipv4: Some(Ipv4Addr::new(192, 0, 2, 1)),
        ipv6: Some(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    };
    let (sender, receiver) = (Asn::constant(65_001), Asn::constant(65_002));
    let address = endpoint.ip();
    let seat = |role, asn: Asn, peer_asn, opening| {
        let identifier = Identifier::new(Ipv4Addr::from(asn.get()))?;
        Some(Seat { role, address, asn, identifier, next_hops: NEXT_HOP, peer_asn, opening })
    };
    let seats = [
        seat(Role::Sender(0), sender, receiver, Opening::Meets(endpoint)),
        seat(Role::Receiver(0), receiver, sender, Opening::Accepts(endpoint, address)),
    ];
    Sessions { seats: seats.into_iter().flatten().collect(), families, key: None }
}

fn nth(first: IpAddr, number: u32) -> Option<IpAddr> {
    Some(match first {
        IpAddr::V4(first) => IpAddr::V4(u32::from(first).checked_add(number)?.into()),
        IpAddr::V6(first) => IpAddr::V6(u128::from(first).checked_add(number.into())?.into()),
    })
}

impl Role {
    /// True if the speaker needs to tell this session nothing.
    pub const fn only_announces(self) -> bool {
        matches!(self, Self::Sender(_) | Self::Probe)
    }
}

/// A name that every daemon takes for a neighbour: letters, digits, `_`.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sender(number) => write!(f, "sender_{}", number + 1),
            Self::Receiver(number) => write!(f, "receiver_{}", number + 1),
            Self::Probe => f.write_str("probe"),
        }
    }
}
