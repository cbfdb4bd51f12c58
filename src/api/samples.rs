//! One value of each reply, for the tests of the endpoint and of the tables.

use super::schema::{
    Affected, AttachmentLookup, AttributeErrors, BandwidthOffered, Capabilities, Change, Changes, Circuit,
    Direction, EffectiveNextHop, EffectiveRoute, Event, EventKind, ExplainQuery, Explanation, Fib,
    GracefulRestart, Limit, LimitAction, LimitState, LinkState, Neighbor, NextHopType, Origin, Peering,
    PeeringState, PrefixCounts, Reset, Route, RouteSource, RouteState, Rtr, Rule, ServiceProvider,
    ServiceProviderProperties, ServiceProviders, Session, SessionState, State, Status, VirtualNetworkLink,
    VirtualNetworkLookup,
};
use crate::{
    asn::Asn,
    azure::{AttachmentId, PeeringKind, Router},
    family::{Families, Family},
};
use std::net::IpAddr;

/// 2026-11-23 12:00:00 UTC.
const NOON: u64 = 1_795_435_200;

pub(crate) fn attachment(router: Router) -> AttachmentId {
    AttachmentId { circuit: "ams-1".parse().unwrap(), kind: PeeringKind::Private, router }
}

pub(crate) fn status() -> Status {
    Status {
        version: "0.1.0".into(),
        pid: 4711,
        uptime_msec: 93_784_000,
        asn: Asn::MICROSOFT_EDGE,
        rules: "current".into(),
        transit: false,
        config: Some("/etc/msee/lab.toml".into()),
        control_address: "127.0.0.1:8179".parse().unwrap(),
        task_restarts: 1,
        requests_refused: 12,
        state: Some(State {
            directory: "/var/lib/msee".into(),
            errors: 2,
            failure: Some("/var/lib/msee: No space left on device (os error 28)".into()),
        }),
        rtr: Some(Rtr {
            server: "127.0.0.1:3323".parse().unwrap(),
            connected: false,
            confirmed_msec: None,
            payloads: 451_230,
            serial: Some(17),
            expires_in_msec: Some(5_400_000),
            failure: Some("127.0.0.1:3323 cannot be reached: Connection refused (os error 111)".into()),
        }),
    }
}

pub(crate) fn circuits() -> Vec<Circuit> {
    let peering = |kind: PeeringKind, state, vlan_id, primary, secondary| Peering {
        peering_type: kind.arm_name().into(),
        kind,
        state,
        peer_asn: Asn::constant(65010),
        vlan_id,
        last_modified_by: Some("Customer".into()),
        microsoft_peering_config: None,
        route_filter: None,
        primary,
        secondary,
    };
    let ams = Circuit {
        name: "ams-1".parse().unwrap(),
        service_provider_name: Some("Equinix".into()),
        peering_location: Some("Amsterdam".into()),
        bandwidth_in_mbps: Some(1000),
        sku: Some("Standard_MeteredData".into()),
        service_key: Some("9c2a1f1e-6a1b-4c55-9a7e-0d2f3b4c5d6e".into()),
        circuit_provisioning_state: Some("Enabled".into()),
        service_provider_provisioning_state: Some("Provisioned".into()),
        sla_valid: false,
        missing_sessions: vec!["private/secondary".into()],
        peerings: vec![
            peering(
                PeeringKind::Private,
                PeeringState::Enabled,
                100,
                LinkState::Session(SessionState::Established),
                LinkState::Session(SessionState::IdleAdmin),
            ),
            peering(
                PeeringKind::Microsoft,
                PeeringState::Disabled,
                300,
                LinkState::Session(SessionState::IdleAdmin),
                LinkState::Disabled,
            ),
        ],
        virtual_networks: vec![
            VirtualNetworkLink { name: "hub".into(), routing_weight: 0 },
            VirtualNetworkLink { name: "spoke".into(), routing_weight: 100 },
        ],
    };
    let bare = Circuit {
        name: "lab".parse().unwrap(),
        service_provider_name: None,
        peering_location: None,
        bandwidth_in_mbps: None,
        sku: None,
        service_key: None,
        circuit_provisioning_state: None,
        service_provider_provisioning_state: None,
        sla_valid: false,
        missing_sessions: vec![],
        peerings: vec![],
        virtual_networks: vec![],
    };
    vec![ams, bare]
}

pub(crate) fn established() -> Session {
    Session {
        attachment: attachment(Router::Primary),
        circuit: "ams-1".parse().unwrap(),
        kind: PeeringKind::Private,
        router: Router::Primary,
        family: Families::IPV4,
        neighbor_addr: [172, 16, 0, 1].into(),
        local_addr: [172, 16, 0, 2].into(),
        remote_as: Asn::constant(65010),
        local_as: Asn::MICROSOFT_EDGE,
        remote_router_id: Some([192, 0, 2, 1].into()),
        local_router_id: [10, 255, 0, 1].into(),
        state: SessionState::Established,
        peer_uptime_msec: 83_000,
        established_epoch: Some(NOON),
        pfx_rcd: PrefixCounts { ipv4: 3998, ipv6: 0 },
        pfx_snt: PrefixCounts { ipv4: 2, ipv6: 0 },
        pfx_refused: PrefixCounts { ipv4: 1, ipv6: 0 },
        attribute_sets: 17,
        msg_rcvd: 120,
        msg_sent: 98,
        updates_rcvd: 41,
        updates_sent: 3,
        notifications_rcvd: 1,
        notifications_sent: 2,
        attribute_errors: AttributeErrors { malformed: 1, as_sets: 2, beyond_limits: 0, discarded: 3 },
        connections_established: 1,
        connections_dropped: 0,
        last_reset: None,
        diagnosis: None,
        remedy: None,
        hold_time_msec: 180_000,
        keep_alive_msec: 60_000,
        send_hold_time_msec: 480_000,
        graceful_restart: Some(GracefulRestart {
            part: "full".to_owned(),
            restart_time_sec: Some(120),
            stale_prefixes: PrefixCounts { ipv4: 3, ipv6: 0 },
            stale_for_msec: Some(57_000),
        }),
        md5: true,
        ttl_security: false,
        capabilities: Capabilities {
            sent: vec!["IPv4 unicast".into(), "4-octet AS 12076".into(), "route refresh".into()],
            received: vec!["IPv4 unicast".into(), "4-octet AS 65010".into()],
        },
    }
}

pub(crate) fn misconfigured() -> Session {
    Session {
        attachment: attachment(Router::Secondary),
        router: Router::Secondary,
        family: Families::BOTH,
        neighbor_addr: [172, 16, 0, 5].into(),
        local_addr: [172, 16, 0, 6].into(),
        remote_router_id: None,
        local_router_id: [10, 255, 0, 2].into(),
        state: SessionState::Active,
        peer_uptime_msec: 0,
        established_epoch: None,
        pfx_rcd: PrefixCounts::default(),
        pfx_snt: PrefixCounts::default(),
        pfx_refused: PrefixCounts::default(),
        attribute_sets: 0,
        msg_rcvd: 0,
        msg_sent: 0,
        updates_rcvd: 0,
        updates_sent: 0,
        notifications_rcvd: 0,
        notifications_sent: 0,
        connections_established: 0,
        last_reset: Some(Reset { due_to: "connection timed out".into(), remedy: None, at_epoch: NOON + 20 }),
        diagnosis: Some("segments from 172.16.0.5 carry no TCP MD5 signature".into()),
        remedy: Some("give the customer edge the key of this peering".into()),
        capabilities: Capabilities::default(),
        ..established()
    }
}

pub(crate) fn sessions() -> Vec<Session> {
    vec![established(), misconfigured()]
}

pub(crate) fn limits() -> Vec<Limit> {
    vec![
        Limit {
            attachment: attachment(Router::Primary),
            family: Family::Ipv4,
            max: Some(4000),
            action: LimitAction::Drop,
            restart_seconds: Some(30),
            held: 3998,
            warning_at: Some(3200),
            state: LimitState::Warning,
            percent: Some(99),
        },
        Limit {
            attachment: attachment(Router::Primary),
            family: Family::Ipv6,
            max: None,
            action: LimitAction::Warn,
            restart_seconds: None,
            held: 0,
            warning_at: None,
            state: LimitState::Ok,
            percent: None,
        },
    ]
}

pub(crate) fn events() -> Vec<Event> {
    vec![
        Event {
            seq: 1,
            at_epoch: NOON - 5,
            attachment: None,
            kind: EventKind::ReloadApplied,
            message: "lab.toml: 1 change, no session reset".into(),
        },
        Event {
            seq: 2,
            at_epoch: NOON,
            attachment: Some(attachment(Router::Primary)),
            kind: EventKind::SessionUp,
            message: "172.16.0.1 (AS 65010) is up".into(),
        },
    ]
}

pub(crate) fn neighbor() -> Neighbor {
    Neighbor { sessions: vec![established()], limits: limits(), events: events(), task_restarts: 0 }
}

pub(crate) fn route(network: &str) -> Route {
    Route {
        network: network.parse().unwrap(),
        next_hop: [172, 16, 0, 1].into(),
        as_path: "65010 65020".into(),
        origin: Origin::Igp,
        metric: Some(50),
        communities: vec!["65010:1".into(), "no-export".into()],
        large_communities: vec![],
        extended_communities: vec![],
        valid: true,
        refused_because: None,
    }
}

pub(crate) fn refused_route(network: &str) -> Route {
    Route {
        metric: None,
        communities: vec![],
        origin: Origin::Incomplete,
        valid: false,
        refused_because: Some("the AS_PATH holds 12076".into()),
        ..route(network)
    }
}

pub(crate) fn effective_route(network: &str) -> EffectiveRoute {
    let hop = |router, address: IpAddr| EffectiveNextHop {
        attachment: attachment(router),
        neighbor_addr: address,
        as_path: "65010".into(),
        weight: 100,
    };
    let addresses: [IpAddr; 2] = [[172, 16, 0, 1].into(), [172, 16, 0, 5].into()];
    EffectiveRoute {
        name: None,
        source: RouteSource::VirtualNetworkGateway,
        state: RouteState::Active,
        address_prefix: vec![network.parse().unwrap()],
        next_hop_type: NextHopType::VirtualNetworkGateway,
        next_hop_ip_address: addresses.to_vec(),
        next_hops: vec![hop(Router::Primary, addresses[0]), hop(Router::Secondary, addresses[1])],
    }
}

pub(crate) fn own_address_space(network: &str) -> EffectiveRoute {
    EffectiveRoute {
        source: RouteSource::Default,
        next_hop_type: NextHopType::VnetLocal,
        next_hop_ip_address: vec![],
        next_hops: vec![],
        ..effective_route(network)
    }
}

pub(crate) fn fibs() -> Vec<Fib> {
    let fib = |name: &str, family, prefixes, next_hops, lookup_bytes, bytes, generation| Fib {
        virtual_network: name.into(),
        family,
        prefixes,
        next_hops,
        lookup_bytes,
        bytes,
        generation,
        left_out: 0,
    };
    vec![
        fib("hub", Family::Ipv4, 4_001, 3, 65_352, 121_208, 8_117),
        fib("hub", Family::Ipv6, 2, 2, 288, 1_744, 2),
        fib("spoke", Family::Ipv4, 1, 1, 160, 1_448, 1),
        fib("spoke", Family::Ipv6, 0, 0, 96, 1_312, 0),
    ]
}

pub(crate) fn virtual_network_lookup() -> VirtualNetworkLookup {
    VirtualNetworkLookup {
        address: [10, 0, 0, 7].into(),
        virtual_network: "hub".into(),
        found: Some(effective_route("10.0.0.0/24")),
    }
}

pub(crate) fn attachment_lookup() -> AttachmentLookup {
    AttachmentLookup { address: [8, 8, 8, 8].into(), attachment: attachment(Router::Primary), found: None }
}

pub(crate) fn changes() -> Changes {
    let change =
        |subject: &str, what: &str, resets| Change { subject: subject.into(), what: what.into(), resets };
    Changes {
        changes: vec![
            change("ams-1/private/primary", "prefix_limit 4000 → 10000", false),
            change("ams-1/private/secondary", "shared_key changed", true),
        ],
    }
}

pub(crate) fn affected() -> Affected {
    Affected { affected: Router::ALL.map(attachment).to_vec(), unkept: None }
}

pub(crate) const SERVICE_KEY: &str = "9c2a1f1e-6a1b-4c55-9a7e-0d2f3b4c5d6e";

pub(crate) fn service_providers() -> ServiceProviders {
    let offer = |name: &str, mbps| BandwidthOffered { offer_name: name.into(), value_in_mbps: mbps };
    let provider = ServiceProvider {
        name: "Equinix".into(),
        resource_type: "Microsoft.Network/expressRouteServiceProviders".into(),
        properties: ServiceProviderProperties {
            peering_locations: vec!["Amsterdam".into(), "Silicon Valley".into()],
            bandwidths_offered: vec![offer("500Mbps", 500), offer("1Gbps", 1000)],
            provisioning_state: "Succeeded".into(),
        },
    };
    ServiceProviders { value: vec![provider] }
}

pub(crate) fn explanation(query: ExplainQuery) -> Explanation {
    let rule = |direction, rule: &str, passes, because: &str| Rule {
        direction,
        rule: rule.into(),
        passes,
        because: because.into(),
    };
    let rules = vec![
        rule(Direction::Advertised, "link", true, "virtual network hub has it, and uses circuit ams-1"),
        rule(Direction::Received, "Adj-RIB-In", false, "the customer does not announce it"),
    ];
    Explanation { attachment: query.attachment, prefix: query.prefix, rules }
}
