//! What the tests of the codec share: octets from text, sessions, and strategies for messages and attributes.

use crate::{
    asn::Asn,
    community::{Community, ExtendedCommunity, LargeCommunity},
    family::{Families, Family, PerFamily},
    wire::{
        AsPath, AsWidth, Capability, ForwardingState, HoldTime, Identifier, Message, MessageLimit,
        Negotiated, NextHop, Notification, Notifications, Open, Origin, PathAttributes, RefreshSubtype,
        RestartCapability, RestartState, RestartTime, RoleCode, RouteRefresh, RouteRefreshSupport,
        attribute::{Aggregator, Partial, Segment, UnknownAttribute},
        notification::ErrorCode,
    },
};
use ipnet::{Ipv4Net, Ipv6Net};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// A session with all that can be negotiated but longer messages.
pub(super) const NEW: Negotiated = Negotiated {
    as_width: AsWidth::Four,
    message_limit: MessageLimit::Standard,
    families: Families::BOTH,
    route_refresh: RouteRefreshSupport::Present,
};

/// The same with two-octet AS numbers.
pub(super) const OLD: Negotiated = Negotiated { as_width: AsWidth::Two, ..NEW };

/// Octets from text: hexadecimal digits, spaces and line ends as one likes.
pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
}

/// Every session that can be negotiated.
pub(super) fn negotiated() -> impl Strategy<Value = Negotiated> {
    (
        select(vec![AsWidth::Two, AsWidth::Four]),
        select(vec![MessageLimit::Standard, MessageLimit::Extended]),
        select(vec![Families::NONE, Families::IPV4, Families::IPV6, Families::BOTH]),
        select(vec![
            RouteRefreshSupport::Absent,
            RouteRefreshSupport::Present,
            RouteRefreshSupport::Enhanced,
        ]),
    )
        .prop_map(|(as_width, message_limit, families, route_refresh)| Negotiated {
            as_width,
            message_limit,
            families,
            route_refresh,
        })
}

pub(super) fn asn() -> impl Strategy<Value = Asn> {
    prop_oneof![1..=65_535_u32, 65_536..=u32::MAX].prop_map(|number| Asn::try_from(number).unwrap())
}

fn segment() -> impl Strategy<Value = Segment> {
    let numbers = prop_oneof![8 => vec(asn(), 1..6), 1 => vec(asn(), 255)];
    (any::<bool>(), numbers).prop_map(|(set, numbers)| {
        if set { Segment::Set(numbers.into()) } else { Segment::Sequence(numbers.into()) }
    })
}

pub(super) fn as_path() -> impl Strategy<Value = AsPath> {
    vec(segment(), 0..4).prop_map(|segments| AsPath { segments: segments.into() })
}

fn next_hop(family: Family) -> BoxedStrategy<NextHop> {
    match family {
        Family::Ipv4 => (1..127_u8, any::<[u8; 3]>())
            .prop_map(|(first, [b, c, d])| NextHop::V4([first, b, c, d].into()))
            .boxed(),
        Family::Ipv6 => (any::<[u8; 14]>(), option::of(any::<u64>()))
            .prop_map(|(low, link_local)| {
                let mut global = [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
                global[2..].copy_from_slice(&low);
                let link_local = link_local.map(|low| (0xFE80_u128 << 112 | u128::from(low)).into());
                NextHop::V6 { global: global.into(), link_local }
            })
            .boxed(),
    }
}

/// Attributes that nobody here understands, in the order in which they are sent.
fn unknown() -> impl Strategy<Value = Box<[UnknownAttribute]>> {
    let codes = select(vec![11_u8, 19, 20, 22, 23, 28, 29, 34, 40, 99, 128, 255]);
    proptest::collection::btree_map(codes, vec(any::<u8>(), 0..300), 0..3).prop_map(|attributes| {
        let unknown =
            |(code, value): (u8, Vec<u8>)| UnknownAttribute { code, flags: 0xE0, value: value.into() };
        attributes.into_iter().map(unknown).collect()
    })
}

pub(super) fn attributes(family: Family) -> impl Strategy<Value = PathAttributes> {
    let aggregator = (asn(), any::<[u8; 4]>())
        .prop_map(|(asn, identifier)| Aggregator { asn, identifier: identifier.into() });
    let large = any::<(u32, u32, u32)>().prop_map(|(global, local1, local2)| LargeCommunity {
        global,
        local1,
        local2,
    });
    (
        (select(vec![Origin::Igp, Origin::Egp, Origin::Incomplete]), as_path(), next_hop(family)),
        (option::of(any::<u32>()), any::<bool>(), option::of(aggregator)),
        vec(any::<u32>().prop_map(Community), 0..80),
        vec(any::<[u8; 8]>().prop_map(ExtendedCommunity), 0..4),
        vec(large, 0..30),
        (option::of(any::<u32>()), unknown()),
    )
        .prop_map(
            |(
                (origin, as_path, next_hop),
                (med, atomic_aggregate, aggregator),
                plain,
                extended,
                large,
                (only_to_customer, unknown),
            )| {
                PathAttributes {
                    origin,
                    as_path,
                    next_hop,
                    med,
                    atomic_aggregate,
                    aggregator,
                    communities: plain.into(),
                    extended_communities: extended.into(),
                    large_communities: large.into(),
                    only_to_customer,
                    partial: Partial::default(),
                    unknown,
                }
            },
        )
}

pub(super) fn ipv4_net() -> impl Strategy<Value = Ipv4Net> {
    (any::<[u8; 4]>(), 0..=32_u8).prop_map(|(a, length)| Ipv4Net::new(a.into(), length).unwrap().trunc())
}

pub(super) fn ipv6_net() -> impl Strategy<Value = Ipv6Net> {
    (any::<[u8; 16]>(), 0..=128_u8).prop_map(|(a, length)| Ipv6Net::new(a.into(), length).unwrap().trunc())
}

fn restart_capability() -> impl Strategy<Value = RestartCapability> {
    let family = || option::of(select(vec![ForwardingState::Lost, ForwardingState::Preserved]));
    (
        select(vec![RestartState::Steady, RestartState::Restarting]),
        select(vec![Notifications::EndAll, Notifications::LeaveRoutes]),
        0..=RestartTime::LONGEST,
        (family(), family()),
    )
        .prop_map(|(state, notifications, seconds, (ipv4, ipv6))| RestartCapability {
            state,
            notifications,
            time: RestartTime::new(seconds).unwrap(),
            families: PerFamily { ipv4, ipv6 },
        })
}

fn capability() -> impl Strategy<Value = Capability> {
    let other_codes =
        any::<u8>().prop_filter("codes that are understood", |code| ![1, 2, 6, 9, 64, 65, 70].contains(code));
    prop_oneof![
        select(vec![
            Capability::Multiprotocol(Family::Ipv4),
            Capability::Multiprotocol(Family::Ipv6),
            Capability::RouteRefresh,
            Capability::ExtendedMessage,
            Capability::EnhancedRouteRefresh,
            Capability::OtherFamily { afi: 25, safi: 65 },
            Capability::OtherFamily { afi: 1, safi: 2 },
        ]),
        any::<u8>().prop_map(|role| Capability::Role(RoleCode(role))),
        restart_capability().prop_map(Capability::GracefulRestart),
        (other_codes, vec(any::<u8>(), 0..=255))
            .prop_map(|(code, value)| Capability::Unknown { code, value }),
    ]
}

/// An OPEN up to the extended form, which announces its four-octet AS number if it has one.
pub(super) fn open() -> impl Strategy<Value = Open> {
    let hold_time = prop_oneof![Just(0_u16), 3..=u16::MAX];
    (asn(), hold_time, 1..=u32::MAX, vec(capability(), 0..8)).prop_map(
        |(asn, hold_time, identifier, mut capabilities)| {
            capabilities.push(Capability::FourOctetAs(asn));
            Open {
                asn,
                hold_time: HoldTime::from_seconds(hold_time).unwrap(),
                identifier: Identifier::new(identifier.into()).unwrap(),
                capabilities,
            }
        },
    )
}

/// Every message whose fields are its own; UPDATEs borrow and have strategies of their own.
pub(super) fn message() -> impl Strategy<Value = Message<'static>> {
    let notification = (any::<(u8, u8)>(), vec(any::<u8>(), 0..300)).prop_map(|((code, subcode), data)| {
        Message::Notification(Notification { code: ErrorCode::from_numbers(code, subcode), data })
    });
    let subtypes = prop_oneof![
        select(vec![RefreshSubtype::Request, RefreshSubtype::Begin, RefreshSubtype::End]),
        (3..=255_u8).prop_map(RefreshSubtype::Unknown),
    ];
    let refresh = (any::<u16>(), subtypes, any::<u8>())
        .prop_map(|(afi, subtype, safi)| Message::RouteRefresh(RouteRefresh { afi, subtype, safi }));
    prop_oneof![open().prop_map(Message::Open), notification, refresh, Just(Message::Keepalive)]
}
