//! Our OPEN, and what two OPENs agree on, a row per rule.

use super::{EDGE, MSEE, edge_open, identifier, settings};
use crate::{
    asn::Asn,
    family::{Families, Family},
    session::{
        Announce, LocalRole, OpenRefusal, RoleMismatch, RoleMode, Settings,
        negotiate::{Offer, negotiate, open},
    },
    wire::{
        AsWidth, Capability, HoldTime, MessageLimit, Open, Role, RoleCode, RouteRefreshSupport,
        notification::{ErrorCode, OpenSubcode},
    },
};
use std::time::Duration;

const MULTIPROTOCOL_IPV4: Capability = Capability::Multiprotocol(Family::Ipv4);
const MULTIPROTOCOL_IPV6: Capability = Capability::Multiprotocol(Family::Ipv6);

fn edge_with(capabilities: impl Into<Vec<Capability>>) -> Open {
    Open { capabilities: capabilities.into(), ..edge_open(1) }
}

fn hold(seconds: u16) -> HoldTime {
    HoldTime::from_seconds(seconds).unwrap()
}

#[test]
fn our_open_announces_what_the_settings_say() {
    let full = open(&settings(), Offer::Capabilities);
    assert_eq!((full.asn, full.identifier, full.hold_time), (MSEE, identifier(2), hold(180)));
    assert_eq!(
        full.capabilities,
        [
            MULTIPROTOCOL_IPV4,
            MULTIPROTOCOL_IPV6,
            Capability::RouteRefresh,
            Capability::EnhancedRouteRefresh,
            Capability::ExtendedMessage,
            Capability::FourOctetAs(MSEE),
        ]
    );
    let bare = Settings {
        families: Families::IPV6,
        route_refresh: Announce::No,
        extended_messages: Announce::No,
        ..settings()
    };
    assert_eq!(
        open(&bare, Offer::Capabilities).capabilities,
        [MULTIPROTOCOL_IPV6, Capability::FourOctetAs(MSEE)]
    );
    assert_eq!(open(&settings(), Offer::Plain).capabilities, []);
}

#[test]
fn the_lower_hold_time_wins_and_keepalives_come_three_times_in_it() {
    for (rule, ours, theirs, agreed, keepalive) in [
        ("RFC 4271 4.2: ours is lower", 90, 180, 90, Some(30)),
        ("RFC 4271 4.2: the peer's is lower", 180, 9, 9, Some(3)),
        ("Azure: 60/180", 180, 180, 180, Some(60)),
        ("RFC 4271 4.4: configured keepalive is shorter than a third", 600, 600, 600, Some(60)),
        ("RFC 4271 4.4: none with hold time zero", 180, 0, 0, None),
        ("RFC 4271 4.4: none with our hold time zero", 0, 180, 0, None),
    ] {
        let settings = Settings { hold: hold(ours), ..settings() };
        let peer = Open { hold_time: hold(theirs), ..edge_open(1) };
        let session = negotiate(&settings, Offer::Capabilities, peer).unwrap();
        assert_eq!(session.hold, hold(agreed), "{rule}");
        assert_eq!(session.keepalive, keepalive.map(Duration::from_secs), "{rule}");
    }
}

#[test]
fn families_are_those_of_both_sides() {
    let other = Capability::OtherFamily { afi: 1, safi: 128 };
    for (rule, ours, theirs, agreed) in [
        ("both", Families::BOTH, vec![MULTIPROTOCOL_IPV4, MULTIPROTOCOL_IPV6], Some(Families::BOTH)),
        ("the peer has fewer", Families::BOTH, vec![MULTIPROTOCOL_IPV6], Some(Families::IPV6)),
        ("we have fewer", Families::IPV4, vec![MULTIPROTOCOL_IPV4, MULTIPROTOCOL_IPV6], Some(Families::IPV4)),
        ("RFC 4760 8: no capability means IPv4", Families::BOTH, vec![], Some(Families::IPV4)),
        ("IPv6 against none", Families::IPV6, vec![Capability::RouteRefresh], None),
        ("IPv6 against IPv4", Families::IPV6, vec![MULTIPROTOCOL_IPV4], None),
        ("only a family that is not ours", Families::BOTH, vec![other], None),
    ] {
        let settings = Settings { families: ours, ..settings() };
        let agreement = negotiate(&settings, Offer::Capabilities, edge_with(theirs));
        assert_eq!(agreement.ok().map(|session| session.negotiated.families), agreed, "{rule}");
    }
}

#[test]
fn a_capability_counts_only_if_both_sides_announce_it() {
    let everything = open(&settings(), Offer::Capabilities).capabilities;
    let nothing = Settings { route_refresh: Announce::No, extended_messages: Announce::No, ..settings() };
    let (two, four) = (AsWidth::Two, AsWidth::Four);
    let (standard, extended) = (MessageLimit::Standard, MessageLimit::Extended);
    let (absent, enhanced) = (RouteRefreshSupport::Absent, RouteRefreshSupport::Enhanced);
    let plain: Vec<_> = everything
        .iter()
        .filter(|capability| **capability != Capability::EnhancedRouteRefresh)
        .cloned()
        .collect();
    for (rule, settings, offer, theirs, agreed) in [
        ("both", settings(), Offer::Capabilities, everything.clone(), (four, extended, enhanced)),
        (
            "RFC 7313: the peer marks nothing",
            settings(),
            Offer::Capabilities,
            plain,
            (four, extended, RouteRefreshSupport::Present),
        ),
        ("the peer has none", settings(), Offer::Capabilities, vec![], (two, standard, absent)),
        ("we announce two less", nothing, Offer::Capabilities, everything.clone(), (four, standard, absent)),
        ("RFC 5492 3: we offer none", settings(), Offer::Plain, everything, (two, standard, absent)),
    ] {
        let negotiated = negotiate(&settings, offer, edge_with(theirs)).unwrap().negotiated;
        assert_eq!(
            (negotiated.as_width, negotiated.message_limit, negotiated.route_refresh),
            agreed,
            "{rule}"
        );
    }
}

#[test]
fn an_open_that_is_not_acceptable_says_which_rule_it_breaks() {
    let internal = Settings { peer_asn: MSEE, ..settings() };
    let ipv6 = Settings { families: Families::IPV6, ..settings() };
    let wrong = Asn::constant(65011);
    for (rule, settings, peer, refusal, subcode, data) in [
        (
            "RFC 4271 6.2: AS number",
            settings(),
            Open { asn: wrong, ..edge_open(1) },
            OpenRefusal::WrongAs { expected: EDGE, found: wrong },
            OpenSubcode::BadPeerAs,
            vec![],
        ),
        (
            "RFC 6286 2.2: our identifier in our AS",
            internal,
            Open { asn: MSEE, ..edge_open(2) },
            OpenRefusal::OwnIdentifier(identifier(2)),
            OpenSubcode::BadBgpIdentifier,
            vec![],
        ),
        (
            "RFC 5492 5: the capability that is wanted is the data",
            ipv6,
            edge_with([MULTIPROTOCOL_IPV4]),
            OpenRefusal::NoCommonFamily { wanted: Families::IPV6, offered: Families::IPV4 },
            OpenSubcode::UnsupportedCapability,
            vec![1, 4, 0, 2, 0, 1],
        ),
    ] {
        let found = negotiate(&settings, Offer::Capabilities, peer).unwrap_err();
        assert_eq!(found, refusal, "{rule}");
        assert_eq!(found.notification().code, ErrorCode::Open(subcode), "{rule}");
        assert_eq!(found.notification().data, data, "{rule}");
    }
    // RFC 6286 2.1: an identifier is unique inside an AS only.
    assert!(negotiate(&settings(), Offer::Capabilities, edge_open(2)).is_ok());
}

#[test]
fn rfc_9234_4_2_roles_are_a_pair_and_one_of_the_peers_own() {
    use RoleMismatch::{Absent, Contradiction, NoPair};
    let role = |role: Role| Capability::Role(role.code());
    let [customer, provider] = [Role::Customer, Role::Provider].map(role);
    let (ours, strange) = (Role::Provider, RoleCode(5));
    let (lenient, strict) = (Some(RoleMode::Lenient), Some(RoleMode::Strict));
    let contradiction = Contradiction { first: Role::Customer.code(), second: Role::Provider.code() };
    for (rule, mode, theirs, outcome) in [
        ("the pair", lenient, vec![customer.clone()], Ok(())),
        ("no pair", lenient, vec![provider.clone()], Err(NoPair { ours, theirs: ours.code() })),
        ("no role", lenient, vec![], Ok(())),
        ("strict mode, no role", strict, vec![], Err(Absent { ours })),
        ("strict mode, the pair", strict, vec![customer.clone()], Ok(())),
        ("the same twice", lenient, vec![customer.clone(); 2], Ok(())),
        ("two", lenient, vec![customer.clone(), provider.clone()], Err(contradiction)),
        ("two, and none here", None, vec![customer.clone(), provider], Err(contradiction)),
        ("one, and none here", None, vec![customer], Ok(())),
        ("not assigned", lenient, vec![Capability::Role(strange)], Err(NoPair { ours, theirs: strange })),
        (
            "RFC 5492 3: a wrong length",
            lenient,
            vec![Capability::Unknown { code: 9, value: vec![3, 3] }],
            Ok(()),
        ),
        (
            "the same in strict mode",
            strict,
            vec![Capability::Unknown { code: 9, value: vec![] }],
            Err(Absent { ours }),
        ),
    ] {
        let role = mode.map(|mode| LocalRole { role: ours, mode });
        let settings = Settings { families: Families::IPV4, role, ..settings() };
        let found = negotiate(&settings, Offer::Capabilities, edge_with(theirs)).map(drop);
        assert_eq!(found, outcome.map_err(OpenRefusal::Role), "{rule}");
        if let Err(refusal) = found {
            let notification = refusal.notification();
            assert_eq!(notification.code.numbers(), (2, 11), "{rule}");
            assert_eq!(notification.data, [0_u8; 0], "{rule}");
        }
        let sent = open(&settings, Offer::Capabilities).capabilities;
        assert_eq!(sent.contains(&Capability::Role(ours.code())), mode.is_some(), "{rule}");
    }
}
