//! The decoders of BGP messages: what was read is written and read again, and every error has its consequence.

use bytes::BytesMut;
use ipnet::{Ipv4Net, Ipv6Net};
use msee::{
    family::{Families, Family},
    wire::{
        AsWidth, EncodedAttributes, Message, MessageLimit, MessageType, Negotiated, PathAttributes,
        RawAttributes, RouteRefreshSupport, Treatment, Update, attribute::Flags,
    },
};

/// Every session that makes a difference to a decoder.
fn sessions() -> impl Iterator<Item = Negotiated> {
    let widths = [AsWidth::Two, AsWidth::Four];
    let limits = [MessageLimit::Standard, MessageLimit::Extended];
    let families = [Families::NONE, Families::IPV4, Families::IPV6, Families::BOTH];
    widths.into_iter().flat_map(move |as_width| {
        limits.into_iter().flat_map(move |message_limit| {
            families.into_iter().map(move |families| Negotiated {
                as_width,
                message_limit,
                families,
                route_refresh: RouteRefreshSupport::Present,
            })
        })
    })
}

/// A receive buffer: one message after the other.
pub fn message(input: &[u8]) {
    for session in sessions() {
        let mut rest = input;
        while let Ok(Some((message, octets))) = Message::decode(rest, session) {
            read(&message, session);
            rest = &rest[octets..];
        }
    }
}

/// The body of an OPEN.
pub fn open(body: &[u8]) {
    with_header(MessageType::Open, body);
}

/// The body of an UPDATE.
pub fn update(body: &[u8]) {
    with_header(MessageType::Update, body);
}

/// The body of a NOTIFICATION.
pub fn notification(body: &[u8]) {
    with_header(MessageType::Notification, body);
}

/// The body of a ROUTE-REFRESH.
pub fn route_refresh(body: &[u8]) {
    with_header(MessageType::RouteRefresh, body);
}

/// The attributes of an UPDATE that announces 10.0.0.0/8.
pub fn attributes(attributes: &[u8]) {
    for session in sessions() {
        read_update(&Update { withdrawn: &[], attributes, nlri: &[8, 10] }, session);
    }
}

fn with_header(kind: MessageType, body: &[u8]) {
    let Ok(length) = u16::try_from(19 + body.len()) else { return };
    let mut octets = vec![0xFF; 16];
    octets.extend(length.to_be_bytes());
    octets.push(kind.octet());
    octets.extend(body);
    message(&octets);
}

fn read(message: &Message<'_>, session: Negotiated) {
    let mut octets = BytesMut::new();
    // An OPEN with several optional parameters grows when they become one; none other may.
    match message.encode(session, &mut octets) {
        Ok(()) => assert_eq!(Message::decode(&octets, session), Ok(Some((message.clone(), octets.len())))),
        Err(too_long) => assert_eq!(too_long.kind, MessageType::Open),
    }
    match message {
        Message::Update(update) => read_update(update, session),
        Message::Notification(notification) => drop(notification.to_string()),
        Message::RouteRefresh(refresh) => drop(refresh.family()),
        Message::Open(_) | Message::Keepalive => {}
    }
}

fn read_update(update: &Update<'_>, session: Negotiated) {
    let parts = match update.split(session) {
        Ok(parts) => parts,
        Err(error) => {
            assert_eq!(error.notification().code.code(), 3, "{error}");
            return;
        }
    };
    for nlri in parts.withdrawn() {
        assert!(session.families.contains(nlri.family()) && nlri.clone().nets().count() > 0);
    }
    for announcement in parts.announcements() {
        assert!(session.families.contains(announcement.nlri.family()));
        assert!(announcement.nlri.clone().nets().count() > 0);
        read_attributes(&announcement.attributes, session);
    }
}

fn read_attributes(raw: &RawAttributes<'_>, session: Negotiated) {
    raw.key(&mut BytesMut::new());
    match raw.parse() {
        Err(errors) => assert_eq!(errors.treatment(), Treatment::TreatAsWithdraw, "{errors}"),
        Ok(parsed) => {
            if let Some(discarded) = &parsed.discarded {
                assert_eq!(discarded.treatment(), Treatment::DiscardAttribute, "{discarded}");
            }
            written_again(parsed.attributes, session);
        }
    }
}

/// Attributes that were read are written and read again, without an error and without a change.
fn written_again(mut attributes: PathAttributes, session: Negotiated) {
    assert!(attributes.unknown.iter().all(|attribute| Flags(attribute.flags) == Flags(0xE0)));
    attributes.unknown.sort_by_key(|attribute| attribute.code);
    let mut octets = BytesMut::new();
    let written = match attributes.next_hop.family() {
        Family::Ipv4 => EncodedAttributes::<Ipv4Net>::encode(&attributes, session).map(|encoded| {
            msee::wire::write_announcements(&encoded, &mut [Ipv4Net::default()].into_iter(), &mut octets)
        }),
        Family::Ipv6 => EncodedAttributes::<Ipv6Net>::encode(&attributes, session).map(|encoded| {
            msee::wire::write_announcements(&encoded, &mut [Ipv6Net::default()].into_iter(), &mut octets)
        }),
    };
    if written.is_err() {
        return;
    }
    let session = Negotiated { families: Families::BOTH, ..session };
    let Ok(Some((Message::Update(update), _))) = Message::decode(&octets, session) else {
        panic!("what was written is not an UPDATE: {octets:x?}");
    };
    let Ok(parts) = update.split(session) else {
        panic!("what was written does not split: {octets:x?}");
    };
    let read: Vec<_> = parts.announcements().map(|announcement| announcement.attributes.parse()).collect();
    let [Ok(read)] = &read[..] else { panic!("what was written does not parse: {read:?}") };
    assert_eq!((&read.attributes, &read.discarded), (&attributes, &None));
}
