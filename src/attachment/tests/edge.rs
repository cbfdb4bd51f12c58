//! A customer edge that a test drives by hand: raw BGP over TCP.

use super::{DEADLINE, EDGE, MSEE, soon};
use crate::{
    family::{Families, Family},
    session,
    transport::{Connection, Dial, DialError, PeerOptions, Received, connect},
    wire::{
        AsWidth, Capability, EncodedAttributes, Identifier, Message, MessageLimit, Negotiated, Nlri,
        Notification, Open, PathAttributes, RefreshSubtype, RouteRefresh, RouteRefreshSupport,
        write_announcements, write_end_of_rib, write_withdrawals,
    },
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{collections::BTreeMap, net::SocketAddr};

/// The edge's end of a connection.
pub(crate) struct Edge {
    connection: Connection,
    negotiated: Negotiated,
    /// What the MSEE advertises to it.
    pub(crate) learnt: BTreeMap<IpNet, PathAttributes>,
    pub(crate) ends_of_rib: Vec<Family>,
    /// What its OPEN announces beside what every edge does.
    pub(crate) capabilities: Vec<Capability>,
    /// The MSEE's OPEN.
    pub(crate) opened: Option<Open>,
    pub(crate) identifier: [u8; 4],
}

/// One thing that the MSEE says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    Open(Open),
    Keepalive,
    /// An UPDATE: the prefixes that it withdraws and announces.
    Update(Vec<IpNet>, Vec<IpNet>),
    EndOfRib(Family),
    Refresh(RefreshSubtype),
    Notification(Notification),
    /// It closed the connection.
    End,
}

impl Edge {
    pub(crate) async fn dial(
        local: SocketAddr,
        peer: SocketAddr,
        options: PeerOptions,
        families: Families,
    ) -> Result<Self, DialError> {
        let connection = connect(Dial { local, peer, options, timeout: DEADLINE }).await?;
        let negotiated = Negotiated {
            as_width: AsWidth::Four,
            message_limit: MessageLimit::Extended,
            families,
            route_refresh: RouteRefreshSupport::Present,
        };
        Ok(Self {
            connection,
            negotiated,
            learnt: BTreeMap::new(),
            ends_of_rib: Vec::new(),
            capabilities: Vec::new(),
            opened: None,
            identifier: [10, 0, 0, 1],
        })
    }

    /// Exchanges OPENs and KEEPALIVEs; false if the MSEE does not want to.
    pub(crate) async fn establish(&mut self) -> bool {
        let identifier = Identifier::new(self.identifier.into()).unwrap();
        let settings = session::Settings::new(EDGE, MSEE, identifier, self.negotiated.families);
        let mut open = settings.open();
        open.capabilities.extend(self.capabilities.iter().cloned());
        self.send(&Message::Open(open)).await;
        self.send(&Message::Keepalive).await;
        let (mut opened, mut confirmed) = (false, false);
        while !(opened && confirmed) {
            match self.hear().await {
                Heard::Open(open) => (opened, self.opened) = (true, Some(open)),
                Heard::Keepalive => confirmed = true,
                Heard::Notification(_) | Heard::End => return false,
                other => panic!("{other:?} before the session is up"),
            }
        }
        true
    }

    pub(crate) async fn send(&mut self, message: &Message<'_>) {
        message.encode(self.negotiated, self.connection.output()).unwrap();
        self.flush().await;
    }

    pub(crate) async fn send_octets(&mut self, octets: &[u8]) {
        self.connection.output().extend_from_slice(octets);
        self.flush().await;
    }

    /// Announces prefixes with the same attributes, packed into as few UPDATEs as they fit in.
    pub(crate) async fn announce(&mut self, prefixes: &[Ipv4Net], attributes: &PathAttributes) {
        let encoded = EncodedAttributes::encode(attributes, self.negotiated).unwrap();
        let mut prefixes = prefixes.iter().copied().peekable();
        while prefixes.peek().is_some() {
            write_announcements(&encoded, &mut prefixes, self.connection.output());
        }
        self.flush().await;
    }

    pub(crate) async fn announce_ipv6(&mut self, prefixes: &[Ipv6Net], attributes: &PathAttributes) {
        let encoded = EncodedAttributes::encode(attributes, self.negotiated).unwrap();
        let mut prefixes = prefixes.iter().copied().peekable();
        while prefixes.peek().is_some() {
            write_announcements(&encoded, &mut prefixes, self.connection.output());
        }
        self.flush().await;
    }

    pub(crate) async fn withdraw(&mut self, prefixes: &[Ipv4Net]) {
        let mut prefixes = prefixes.iter().copied();
        write_withdrawals(&mut prefixes, self.negotiated.message_limit, self.connection.output());
        self.flush().await;
    }

    pub(crate) async fn end_of_rib(&mut self, family: Family) {
        write_end_of_rib(family, self.connection.output());
        self.flush().await;
    }

    pub(crate) async fn ask_for_refresh(&mut self, family: Family) {
        self.send(&Message::RouteRefresh(RouteRefresh::request(family))).await;
    }

    pub(crate) async fn mark_refresh(&mut self, family: Family, subtype: RefreshSubtype) {
        let marker = RouteRefresh { subtype, ..RouteRefresh::request(family) };
        self.send(&Message::RouteRefresh(marker)).await;
    }

    async fn flush(&mut self) {
        while self.connection.pending() > 0 {
            soon(self.connection.writable()).await.unwrap();
            // A connection that the MSEE has closed is what the next read tells of.
            if self.connection.write().is_err() {
                return;
            }
        }
    }

    /// The next thing that the MSEE says.
    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            if let Some((heard, octets)) = self.decode() {
                self.connection.consume(octets);
                return heard;
            }
            soon(self.connection.readable()).await.unwrap();
            if matches!(self.connection.read(), Ok(Received::End) | Err(_)) {
                return Heard::End;
            }
        }
    }

    /// Hears everything up to what is waited for, or up to the end.
    pub(crate) async fn hear_until(&mut self, mut wanted: impl FnMut(&Self, &Heard) -> bool) -> Heard {
        loop {
            let heard = self.hear().await;
            if wanted(self, &heard) || heard == Heard::End {
                return heard;
            }
        }
    }

    /// Hears up to the NOTIFICATION, which must be followed by the end of the connection.
    pub(crate) async fn last_words(&mut self) -> Notification {
        match self.hear_until(|_, heard| matches!(heard, Heard::Notification(_))).await {
            Heard::Notification(notification) => {
                assert_eq!(self.hear().await, Heard::End);
                notification
            }
            other => panic!("{other:?} without a NOTIFICATION"),
        }
    }

    /// Hears until it has learnt that many prefixes.
    pub(crate) async fn hear_learnt(&mut self, prefixes: usize) {
        if self.learnt.len() != prefixes {
            let heard = self.hear_until(|edge, _| edge.learnt.len() == prefixes).await;
            assert_ne!(heard, Heard::End, "with {} prefixes learnt", self.learnt.len());
        }
    }

    fn decode(&mut self) -> Option<(Heard, usize)> {
        let (message, octets) = Message::decode(self.connection.received(), self.negotiated).unwrap()?;
        let heard = match message {
            Message::Open(open) => Heard::Open(open),
            Message::Keepalive => Heard::Keepalive,
            Message::RouteRefresh(refresh) => Heard::Refresh(refresh.subtype),
            Message::Notification(notification) => Heard::Notification(notification),
            Message::Update(update) => {
                let parts = update.split(self.negotiated).unwrap();
                assert_eq!(parts.errors, None, "the MSEE sends what is well-formed");
                if let Some(family) = parts.end_of_rib {
                    self.ends_of_rib.push(family);
                    return Some((Heard::EndOfRib(family), octets));
                }
                let withdrawn: Vec<IpNet> = parts.withdrawn().cloned().flat_map(Nlri::nets).collect();
                let mut announced = Vec::new();
                for announcement in parts.announcements() {
                    let attributes = announcement.attributes.parse().unwrap().attributes;
                    for prefix in announcement.nlri.clone().nets() {
                        self.learnt.insert(prefix, attributes.clone());
                        announced.push(prefix);
                    }
                }
                for prefix in &withdrawn {
                    self.learnt.remove(prefix);
                }
                Heard::Update(withdrawn, announced)
            }
        };
        Some((heard, octets))
    }
}
