//! A customer's router, as far as one session needs it.

use bytes::BytesMut;
use ipnet::Ipv4Net;
use msee::{
    asn::Asn,
    family::Families,
    wire::{
        AsPath, AsWidth, Capability, EncodedAttributes, HoldTime, Identifier, Message, MessageLimit,
        Negotiated, NextHop, Open, Origin, PathAttributes, RouteRefreshSupport, write_announcements,
    },
};
use socket2::{Domain, Socket, Type};
use std::{
    error::Error,
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
};

/// Routes that share their attributes.
const SHARED: usize = 500;
const NEGOTIATED: Negotiated = Negotiated {
    as_width: AsWidth::Four,
    message_limit: MessageLimit::Standard,
    families: Families::IPV4,
    route_refresh: RouteRefreshSupport::Present,
};

/// The network of a session's link, a /30.
pub(crate) fn link(session: u32) -> u32 {
    u32::from(Ipv4Addr::new(10, 0, 0, 0)) + session * 4
}

/// Where a customer's end of TCP is.
pub(crate) fn endpoint(session: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + session)
}

/// The customer's AS: the same for both routers of a circuit.
pub(crate) fn asn(session: u32) -> u32 {
    4_200_000_001 + session / super::ROUTERS
}

pub(crate) struct Customer {
    session: u32,
    stream: TcpStream,
}

impl Customer {
    /// Connects, and says OPEN and KEEPALIVE at once.
    pub(crate) fn dial(session: u32) -> Result<Self, Box<dyn Error>> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((endpoint(session), 0)).into())?;
        socket.connect(&super::speaker::LISTENS.parse::<SocketAddr>()?.into())?;
        let mut stream = TcpStream::from(socket);
        let asn = Asn::try_from(asn(session))?;
        let open = Open {
            asn,
            hold_time: HoldTime::from_seconds(180).ok_or("no hold time")?,
            identifier: Identifier::new(Ipv4Addr::from(link(session) + 1)).ok_or("no identifier")?,
            capabilities: vec![Capability::FourOctetAs(asn)],
        };
        let mut octets = BytesMut::new();
        Message::Open(open).encode(NEGOTIATED, &mut octets)?;
        Message::Keepalive.encode(NEGOTIATED, &mut octets)?;
        stream.write_all(&octets)?;
        Ok(Self { session, stream })
    }

    /// Which of a circuit's routers it is connected to, from 0.
    pub(crate) fn router(&self) -> u32 {
        self.session % super::ROUTERS
    }

    /// Waits for the other side's OPEN and KEEPALIVE.
    pub(crate) fn wait_until_up(&mut self) -> Result<(), Box<dyn Error>> {
        let (mut octets, mut room) = (Vec::new(), [0; 4096]);
        loop {
            let mut rest = &octets[..];
            while let Some((message, length)) = Message::decode(rest, NEGOTIATED)? {
                match message {
                    Message::Keepalive => return Ok(()),
                    Message::Open(_) => rest = &rest[length..],
                    other => return Err(format!("session {}: {other:?}", self.session).into()),
                }
            }
            match self.stream.read(&mut room)? {
                0 => return Err(format!("session {} was closed", self.session).into()),
                length => octets.extend_from_slice(&room[..length]),
            }
        }
    }

    /// The UPDATEs for so many routes.
    pub(crate) fn updates(&self, routes: u32) -> Vec<u8> {
        let prefixes: Vec<Ipv4Net> = (0..routes)
            .filter_map(|number| Ipv4Net::new(Ipv4Addr::from((20 << 24) + (number << 8)), 24).ok())
            .collect();
        let mut octets = BytesMut::new();
        for (number, shared) in (65_000..).zip(prefixes.chunks(SHARED)) {
            let path =
                [asn(self.session), number].into_iter().filter_map(|number| Asn::try_from(number).ok());
            let next_hop = NextHop::V4(Ipv4Addr::from(link(self.session) + 1));
            let attributes = PathAttributes::new(Origin::Igp, AsPath::sequence(path), next_hop);
            if let Ok(encoded) = EncodedAttributes::encode(&attributes, NEGOTIATED) {
                let mut shared = shared.iter().copied();
                while write_announcements(&encoded, &mut shared, &mut octets) > 0 {}
            }
        }
        octets.to_vec()
    }

    pub(crate) fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.write_all(octets)
    }
}
