use super::*;
use crate::{
    community::{Community, ExtendedCommunity},
    family::PerFamily,
    wire::{AsPath, NextHop},
};
use std::net::Ipv4Addr;

const LOCAL: Asn = Asn::MICROSOFT_EDGE;
const PEER: Asn = Asn::constant(65010);

fn import(rules: Rules) -> Import {
    let local_address = IpAddr::V4(Ipv4Addr::new(172, 16, 0, 2));
    let (admission, bounds) = (Admission::Any, Bounds::default());
    Import { rules, local_asn: LOCAL, peer_asn: PEER, role: None, local_address, admission, bounds }
}

fn path(asns: &[u32]) -> PathAttributes {
    let mut route = Export::virtual_network_route(Family::Ipv4);
    route.next_hop = NextHop::V4(Ipv4Addr::new(172, 16, 0, 1));
    route.as_path =
        asns.iter().rev().fold(AsPath::default(), |path, asn| path.prepended(Asn::constant(*asn), 1));
    route
}

#[test]
fn each_peering_kind_accepts_its_own_address_space() {
    use PeeringKind::{Microsoft, Private, Public};
    use Reason::{DefaultRoute, NotUnicast, PrivateSpace};
    for (prefix, on_private, on_public) in [
        ("0.0.0.0/0", None, Some(DefaultRoute)),
        ("::/0", None, Some(DefaultRoute)),
        ("10.1.0.0/16", None, Some(PrivateSpace)),
        ("100.64.1.0/24", None, Some(PrivateSpace)),
        ("192.168.0.0/16", None, Some(PrivateSpace)),
        ("fd00:1::/48", None, Some(PrivateSpace)),
        ("2001:db8::/32", None, Some(PrivateSpace)),
        ("0.0.0.0/1", None, Some(PrivateSpace)),
        ("193.0.0.0/21", None, None),
        ("193.0.0.1/32", None, None),
        ("2a00:1450::/32", None, None),
        ("127.0.0.0/8", Some(NotUnicast), Some(NotUnicast)),
        ("224.0.0.0/4", Some(NotUnicast), Some(NotUnicast)),
        ("250.0.0.0/8", Some(NotUnicast), Some(NotUnicast)),
        ("fe80::/64", Some(NotUnicast), Some(NotUnicast)),
        ("ff02::/16", Some(NotUnicast), Some(NotUnicast)),
    ] {
        let net: IpNet = prefix.parse().unwrap();
        for (kind, refused) in [(Private, on_private), (Public, on_public), (Microsoft, on_public)] {
            let want = refused.map_or(Verdict::Accept, Verdict::Reject);
            assert_eq!(import(Rules::Azure(kind)).prefix(net), want, "{prefix} on {kind}");
        }
    }
}

#[test]
fn own_as_is_a_loop_everywhere_but_on_private_peering() {
    use PeeringKind::{Microsoft, Private, Public};
    let looped = path(&[65010, 12076, 65020]).into();
    assert_eq!(import(Rules::Azure(Private)).attributes(&looped), Verdict::Accept);
    for rules in [Rules::Azure(Microsoft), Rules::Azure(Public), Rules::Transit] {
        assert_eq!(import(rules).attributes(&looped), Verdict::Reject(Reason::Loop(LOCAL)), "{rules:?}");
    }
}

#[test]
fn in_an_open_transit_the_path_begins_with_the_peers_as() {
    use PeeringKind::Private;
    for foreign in [&[][..], &[65020], &[65020, 65010]] {
        let foreign = path(foreign).into();
        let refused = Verdict::Reject(Reason::NotFirst(PEER));
        assert_eq!(import(Rules::Transit).attributes(&foreign), refused);
        assert_eq!(import(Rules::Azure(Private)).attributes(&foreign), Verdict::Accept);
    }
    assert_eq!(import(Rules::Transit).attributes(&path(&[65010, 65020]).into()), Verdict::Accept);
}

#[test]
fn documentation_as_numbers_are_refused_on_microsoft_peering_only() {
    let documentation = path(&[65010, 64500]).into();
    let refused = Verdict::Reject(Reason::DocumentationAs(Asn::constant(64500)));
    assert_eq!(import(Rules::Azure(PeeringKind::Microsoft)).attributes(&documentation), refused);
    assert_eq!(import(Rules::Azure(PeeringKind::Private)).attributes(&documentation), Verdict::Accept);
}

#[test]
fn a_next_hop_of_our_own_is_refused() {
    let mut route = path(&[65010]);
    route.next_hop = NextHop::V4(Ipv4Addr::new(172, 16, 0, 2));
    let verdict = import(Rules::Azure(PeeringKind::Private)).attributes(&Attributes::from(&route));
    assert!(matches!(verdict, Verdict::Reject(Reason::NextHopIsOurs(_))), "{verdict:?}");
}

#[test]
fn an_exported_route_has_our_as_in_front_and_our_next_hop() {
    let ours = NextHop::V4(Ipv4Addr::new(172, 16, 0, 6));
    let export =
        Export { local_asn: LOCAL, next_hop: PerFamily { ipv4: Some(ours), ipv6: None }, role: None };
    let mut route = path(&[65010]);
    route.med = Some(7);
    route.extended_communities = Box::new([
        ExtendedCommunity([0x43, 0, 0, 0, 0, 0, 0, 1]),
        ExtendedCommunity([0, 2, 0, 1, 0, 0, 0, 1]),
    ]);
    let Exported::As(sent) = export.attributes(Family::Ipv4, &route) else { panic!("kept") };
    assert_eq!(sent.as_path.to_string(), "12076 65010");
    assert_eq!((sent.next_hop, sent.med, sent.extended_communities.len()), (ours, None, 1));
    assert_eq!(export.attributes(Family::Ipv6, &route), Exported::Kept);
    for kept in [Community::NO_EXPORT, Community::NO_ADVERTISE, Community::NO_EXPORT_SUBCONFED] {
        route.communities = Box::new([kept]);
        assert_eq!(export.attributes(Family::Ipv4, &route), Exported::Kept, "{kept}");
    }
}

#[test]
fn what_is_not_the_customers_is_refused_with_the_reason() {
    let list = || {
        ["193.0.0.0/21", "2001:67c:2e8::/48"].into_iter().map(|net| net.parse::<IpNet>().unwrap()).collect()
    };
    for (admission, reason) in [
        (Admission::Listed(list()), Reason::NotAdvertised),
        (Admission::Registered(list()), Reason::NotOwned),
    ] {
        for kind in [PeeringKind::Microsoft, PeeringKind::Public] {
            let import = Import { admission: admission.clone(), ..import(Rules::Azure(kind)) };
            for (prefix, want) in [
                ("193.0.0.0/21", Verdict::Accept),
                ("193.0.4.1/32", Verdict::Accept),
                ("193.0.0.0/20", Verdict::Reject(reason)),
                ("2001:67c:2e8:1::/64", Verdict::Accept),
                ("11.0.0.0/24", Verdict::Reject(reason)),
                ("0.0.0.0/0", Verdict::Reject(Reason::DefaultRoute)),
                ("10.0.0.0/8", Verdict::Reject(Reason::PrivateSpace)),
            ] {
                assert_eq!(import.prefix(prefix.parse().unwrap()), want, "{prefix} on {kind}");
            }
        }
    }
}

#[test]
fn private_as_numbers_leave_the_path_on_peerings_to_public_services() {
    let mixed = path(&[3333, 65010, 4_200_000_001, 3334]);
    for (kind, want) in [
        (PeeringKind::Microsoft, "3333 3334"),
        (PeeringKind::Public, "3333 3334"),
        (PeeringKind::Private, "3333 65010 4200000001 3334"),
    ] {
        let received = import(Rules::Azure(kind)).received(Attributes::from(&mixed));
        assert_eq!(received.read().as_path.to_string(), want, "{kind}");
    }
    let emptied = import(Rules::Azure(PeeringKind::Microsoft)).received(path(&[65010]).into());
    assert!(emptied.read().as_path.segments.is_empty());
}

#[test]
fn rfc_9234_ingress_refuses_leaks_and_marks_what_is_for_customers_alone() {
    let (other, peer) = (Some(64_999), Some(PEER.get()));
    let leak =
        |marked_by: Option<u32>, from| Verdict::Reject(Reason::Leak { marked_by: marked_by.unwrap(), from });
    for (ours, otc, held, verdict) in [
        (Role::Provider, None, None, Verdict::Accept),
        (Role::Provider, other, other, leak(other, Role::Customer)),
        (Role::Provider, peer, peer, leak(peer, Role::Customer)),
        (Role::RouteServer, None, None, Verdict::Accept),
        (Role::RouteServer, other, other, leak(other, Role::RouteServerClient)),
        (Role::Peer, None, peer, Verdict::Accept),
        (Role::Peer, peer, peer, Verdict::Accept),
        (Role::Peer, other, other, leak(other, Role::Peer)),
        (Role::Peer, Some(0), Some(0), leak(Some(0), Role::Peer)),
        (Role::Customer, None, peer, Verdict::Accept),
        (Role::Customer, other, other, Verdict::Accept),
        (Role::RouteServerClient, None, peer, Verdict::Accept),
        (Role::RouteServerClient, other, other, Verdict::Accept),
    ] {
        for rules in [Rules::Azure(PeeringKind::Private), Rules::Transit] {
            let import = Import { role: Some(ours), ..import(rules) };
            let route = PathAttributes { only_to_customer: otc, ..path(&[65010]) };
            let received = import.received(route.into());
            assert_eq!(received.only_to_customer(), held, "{ours} {otc:?}");
            assert_eq!(import.attributes(&received), verdict, "{ours} {otc:?}");
        }
    }
    let marked = Attributes::from(PathAttributes { only_to_customer: other, ..path(&[65010]) });
    let without_role = import(Rules::Transit);
    assert_eq!(without_role.attributes(&without_role.received(marked.clone())), Verdict::Accept);
    assert!(without_role.received(marked.clone()).ptr_eq(&marked), "nothing is made anew");
}

#[test]
fn rfc_9234_egress_marks_what_customers_and_peers_get_and_keeps_what_is_marked() {
    let ours = NextHop::V4(Ipv4Addr::new(172, 16, 0, 6));
    let (own, other) = (Some(LOCAL.get()), Some(64_999));
    for (role, unmarked, marked) in [
        (None, Some(None), Some(other)),
        (Some(Role::Provider), Some(own), Some(other)),
        (Some(Role::RouteServer), Some(own), Some(other)),
        (Some(Role::Peer), Some(own), None),
        (Some(Role::Customer), Some(None), None),
        (Some(Role::RouteServerClient), Some(None), None),
    ] {
        let export = Export { local_asn: LOCAL, next_hop: PerFamily { ipv4: Some(ours), ipv6: None }, role };
        for (otc, wanted) in [(None, unmarked), (other, marked)] {
            let route = PathAttributes { only_to_customer: otc, ..path(&[65010]) };
            let sent = match export.attributes(Family::Ipv4, &route) {
                Exported::As(sent) => Some(sent.only_to_customer),
                Exported::Kept => None,
            };
            assert_eq!(sent, wanted, "{role:?} {otc:?}");
        }
    }
}
