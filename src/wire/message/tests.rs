use super::*;
use crate::{
    asn::Asn,
    community::Community,
    family::Family,
    wire::{
        AsPath, Capability, EncodedAttributes, HoldTime, Identifier, MessageLimit, NextHop, Origin,
        PathAttributes, RefreshSubtype,
        samples::{NEW, hex},
        write_announcements, write_refresh_marker,
    },
};
use ipnet::{Ipv4Net, Ipv6Net};

fn marker() -> String {
    "ff".repeat(16)
}

#[test]
fn messages_stand_on_the_wire_as_the_rfcs_draw_them() {
    let open = Open {
        asn: Asn::MICROSOFT_EDGE,
        hold_time: HoldTime::from_seconds(180).unwrap(),
        identifier: Identifier::new([10, 255, 0, 1].into()).unwrap(),
        capabilities: vec![
            Capability::Multiprotocol(Family::Ipv4),
            Capability::RouteRefresh,
            Capability::FourOctetAs(Asn::MICROSOFT_EDGE),
        ],
    };
    let refresh = RouteRefresh { afi: 2, subtype: RefreshSubtype::Request, safi: 1 };
    for (name, message, want) in [
        (
            "OPEN",
            Message::Open(open),
            "002d 01 04 2f2c 00b4 0aff0001 10 020e 0104 00010001 0200 4104 00002f2c",
        ),
        ("KEEPALIVE", Message::Keepalive, "0013 04"),
        ("NOTIFICATION", Message::Notification(Notification::HOLD_TIMER_EXPIRED), "0015 03 0400"),
        ("ROUTE-REFRESH", Message::RouteRefresh(refresh), "0017 05 0002 00 01"),
    ] {
        let mut out = BytesMut::new();
        message.encode(NEW, &mut out).unwrap();
        assert_eq!(out, hex(&(marker() + want)), "{name}");
        assert_eq!(Message::decode(&out, NEW), Ok(Some((message, out.len()))), "{name}");
    }
}

fn attributes(next_hop: NextHop) -> PathAttributes {
    let as_path = AsPath::sequence([Asn::MICROSOFT_EDGE, Asn::VNET_GATEWAY]);
    PathAttributes {
        communities: [Community::new(12076, 51002)].into(),
        ..PathAttributes::new(Origin::Igp, as_path, next_hop)
    }
}

#[test]
fn an_announcement_of_ipv4_prefixes_stands_on_the_wire_as_rfc_4271_draws_it() {
    let attributes = attributes(NextHop::V4([172, 16, 0, 2].into()));
    let prefixes: [Ipv4Net; 3] = ["10.1.0.0/16", "10.2.3.0/25", "0.0.0.0/0"].map(|p| p.parse().unwrap());
    let encoded = EncodedAttributes::encode(&attributes, NEW).unwrap();
    let mut out = BytesMut::new();
    assert_eq!(write_announcements(&encoded, &mut prefixes.into_iter(), &mut out), 3);
    let want = "003f 02 0000 001f
        40 01 01 00
        40 02 0a 0202 00002f2c 0000ffeb
        40 03 04 ac100002
        c0 08 04 2f2cc73a
        10 0a01  19 0a020300  00";
    assert_eq!(out, hex(&(marker() + want)));

    let (message, octets) = Message::decode(&out, NEW).unwrap().unwrap();
    assert_eq!(octets, out.len());
    let Message::Update(update) = message else { panic!("{message:?}") };
    let parts = update.split(NEW).unwrap();
    assert_eq!((parts.withdrawn().count(), parts.end_of_rib), (0, None));
    let [announcement] = &parts.announcements().collect::<Vec<_>>()[..] else { panic!("{parts:?}") };
    assert!(announcement.nlri.clone().nets().eq(prefixes.map(ipnet::IpNet::V4)));
    assert_eq!(announcement.attributes.parse().unwrap().attributes, attributes);
    assert_eq!(announcement.attributes.key(&mut BytesMut::new()), encoded.octets());
}

#[test]
fn an_announcement_of_ipv6_prefixes_has_mp_reach_first() {
    let next_hop = NextHop::V6 { global: "fd99::2".parse().unwrap(), link_local: None };
    let attributes = attributes(next_hop);
    let prefixes: [Ipv6Net; 2] = ["fd00:1::/48", "::/0"].map(|p| p.parse().unwrap());
    let encoded = EncodedAttributes::encode(&attributes, NEW).unwrap();
    let mut out = BytesMut::new();
    assert_eq!(write_announcements(&encoded, &mut prefixes.into_iter(), &mut out), 2);
    let want = "0050 02 0000 0039
        90 0e 001d 0002 01 10 fd990000000000000000000000000002 00  30 fd0000010000  00
        40 01 01 00
        40 02 0a 0202 00002f2c 0000ffeb
        c0 08 04 2f2cc73a";
    assert_eq!(out, hex(&(marker() + want)));

    let Ok(Some((Message::Update(update), _))) = Message::decode(&out, NEW) else { panic!() };
    let parts = update.split(NEW).unwrap();
    let [announcement] = &parts.announcements().collect::<Vec<_>>()[..] else { panic!("{parts:?}") };
    assert!(announcement.nlri.clone().nets().eq(prefixes.map(ipnet::IpNet::V6)));
    assert_eq!(announcement.attributes.parse().unwrap().attributes, attributes);
}

#[test]
fn a_message_that_exceeds_the_session_is_refused_and_leaves_no_octets() {
    let notification = Notification { data: vec![0; 4096], ..Notification::HOLD_TIMER_EXPIRED };
    let message = Message::Notification(notification);
    let mut out = BytesMut::from(&b"before"[..]);
    let want = TooLong { kind: MessageType::Notification, octets: 4117, limit: 4096 };
    assert_eq!(message.encode(NEW, &mut out), Err(want));
    assert_eq!(out, &b"before"[..]);
    let extended = Negotiated { message_limit: MessageLimit::Extended, ..NEW };
    assert_eq!(message.encode(extended, &mut out), Ok(()));
}

#[test]
fn a_marker_of_a_wrong_length_is_answered_as_rfc_7313_says() {
    const ENHANCED: Negotiated = Negotiated { route_refresh: RouteRefreshSupport::Enhanced, ..NEW };
    let header = |length| HeaderError::BadLength { length, kind: Some(MessageType::RouteRefresh) }.into();
    for (rule, negotiated, octets, marker) in [
        ("7313 5 a begin of five octets", ENHANCED, "0018 05 0001 01 01 00", true),
        ("7313 5 an end of three octets", ENHANCED, "0016 05 0001 02", true),
        ("7313 5 a request of five octets", ENHANCED, "0018 05 0001 00 01 00", false),
        ("RFC 2918 nothing is marked", NEW, "0018 05 0001 01 01 00", false),
        ("too short to have a subtype", ENHANCED, "0015 05 0001", false),
    ] {
        let message = [&[0xFF; 16][..], &hex(octets)].concat();
        let found = Message::decode(&message, negotiated).unwrap_err();
        if marker {
            let notification = found.notification();
            assert_eq!((notification.code.numbers(), &notification.data), ((7, 1), &message), "{rule}");
            let cut = message.len() - 1;
            assert_eq!(
                Message::decode(&message[..cut], negotiated),
                Ok(None),
                "{rule}: not all of it is there"
            );
        } else {
            let length = u16::from_be_bytes([message[16], message[17]]);
            assert_eq!(found, header(length), "{rule}");
        }
    }
}

#[test]
fn markers_stand_on_the_wire_as_rfc_7313_draws_them() {
    let mut out = BytesMut::new();
    write_refresh_marker(Family::Ipv6, RefreshSubtype::Begin, &mut out);
    write_refresh_marker(Family::Ipv4, RefreshSubtype::End, &mut out);
    let marker = |body: &str| [&[0xFF; 16][..], &hex(body)].concat();
    assert_eq!(out, [marker("0017 05 0002 01 01"), marker("0017 05 0001 02 01")].concat());
}
