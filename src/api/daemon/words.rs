//! From the daemon's own types to those of the schema.

use crate::{
    api::schema::{
        AttributeErrors, Capabilities, Circuit, EffectiveNextHop, EffectiveRoute, Event, EventKind, Fib,
        Finding, GracefulRestart, Limit, LimitAction, LimitState, LinkState, MicrosoftPeeringConfig,
        NextHopType, Peering, PeeringState, PrefixCounts, Reset, Route, RouteFilter, RouteSource, RouteState,
        Rtr, Session, SessionState, VirtualNetworkLink,
    },
    asn::Asn,
    attachment::{self, LimitView, RouteView, SessionView, ViewedState},
    azure::{AttachmentId, PeeringKind, Router},
    backbone::{self, ForwardingTable, NextHopKind},
    config::plan,
    daemon::{Directory, Entry, EntryKind, RtrState, RtrStatus},
    family::Family,
    rib::{Level, PrefixLimit},
    session::{Part, StateName},
    transport::Signing,
    wire::{Capability, ForwardingState, Identifier, Notifications, RestartCapability, RestartState},
};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn epoch(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The point in time that lies so far back.
fn epoch_ago(ago: Duration) -> u64 {
    epoch(SystemTime::now().checked_sub(ago).unwrap_or(UNIX_EPOCH))
}

pub(super) fn circuit(wanted: &plan::Circuit, directory: &Directory, sessions: &[Session]) -> Circuit {
    let kinds = [PeeringKind::Private, PeeringKind::Microsoft, PeeringKind::Public];
    let peerings = kinds.into_iter().filter_map(|kind| {
        let mut attachments =
            directory.plan.attachments.iter().filter(|a| a.id.circuit == wanted.name && a.id.kind == kind);
        let any = attachments.next()?;
        let link = |router: Router| {
            let id = AttachmentId { circuit: wanted.name.clone(), kind, router };
            let states = sessions.iter().filter(|session| session.attachment == id);
            states.map(|session| session.state).min_by_key(|state| progress(*state))
        };
        let state = |router| link(router).map_or(LinkState::Disabled, LinkState::Session);
        Some(Peering {
            peering_type: kind.arm_name().into(),
            kind,
            state: match any.state {
                plan::PeeringState::Enabled => PeeringState::Enabled,
                plan::PeeringState::Disabled => PeeringState::Disabled,
            },
            peer_asn: any.peer_asn,
            vlan_id: any.vlan_id.get(),
            last_modified_by: Some(any.last_modified_by.to_string()),
            microsoft_peering_config: any.public_prefixes.as_ref().map(microsoft_peering_config),
            route_filter: any.route_filter.as_ref().map(|filter| RouteFilter {
                name: filter.name.clone(),
                communities: filter.communities.iter().map(ToString::to_string).collect(),
            }),
            primary: state(Router::Primary),
            secondary: state(Router::Secondary),
        })
    });
    let link = |link: &plan::Link| VirtualNetworkLink {
        name: link.virtual_network.to_string(),
        routing_weight: link.routing_weight,
    };
    let peerings: Vec<Peering> = peerings.collect();
    let missing_sessions = missing_sessions(&peerings);
    Circuit {
        name: wanted.name.clone(),
        service_provider_name: wanted.service_provider.clone(),
        peering_location: wanted.peering_location.map(ToString::to_string),
        bandwidth_in_mbps: Some(wanted.bandwidth.mbps()),
        sku: Some(wanted.sku.to_string()),
        service_key: Some(wanted.service_key.to_string()),
        circuit_provisioning_state: Some(wanted.state.to_string()),
        service_provider_provisioning_state: Some(wanted.provider_state.to_string()),
        sla_valid: !peerings.is_empty() && missing_sessions.is_empty(),
        missing_sessions,
        peerings,
        virtual_networks: wanted.links.iter().map(link).collect(),
    }
}

/// The links that a peering should have and that have no session: Azure's SLA asks for both.
fn missing_sessions(peerings: &[Peering]) -> Vec<String> {
    let wanted = peerings.iter().filter(|peering| peering.state == PeeringState::Enabled);
    let links = wanted.flat_map(|peering| {
        [
            (peering.kind, Router::Primary, peering.primary),
            (peering.kind, Router::Secondary, peering.secondary),
        ]
    });
    links
        .filter(|(.., state)| *state != LinkState::Session(SessionState::Established))
        .map(|(kind, router, _)| format!("{kind}/{router}"))
        .collect()
}

fn microsoft_peering_config(public: &plan::PublicPrefixes) -> MicrosoftPeeringConfig {
    let finding = |finding: &plan::Finding| Finding {
        subject: finding.subject.clone(),
        owned: finding.said.is_ok(),
        because: match &finding.said {
            Ok(evidence) => evidence.to_string(),
            Err(doubt) => format!("{doubt}; {}", doubt.remedy()),
        },
    };
    MicrosoftPeeringConfig {
        advertised_public_prefixes: public.advertised.clone().unwrap_or_default(),
        advertised_public_prefixes_state: public.state.to_string(),
        customer_asn: public.customer_asn.map(Asn::get),
        routing_registry_name: public.routing_registry.map(|registry| registry.to_string()),
        findings: public.findings.iter().map(finding).collect(),
    }
}

/// How far a session has come; a link of two sessions shows the one that is behind.
const fn progress(state: SessionState) -> u8 {
    match state {
        SessionState::IdleAdmin => 0,
        SessionState::Idle => 1,
        SessionState::Connect => 2,
        SessionState::Active => 3,
        SessionState::OpenSent => 4,
        SessionState::OpenConfirm => 5,
        SessionState::Established => 6,
    }
}

pub(super) fn session(id: &AttachmentId, view: &SessionView) -> Session {
    let (diagnosis, remedy) = view.diagnosis.clone().unzip();
    Session {
        attachment: id.clone(),
        circuit: id.circuit.clone(),
        kind: id.kind,
        router: id.router,
        family: view.families,
        neighbor_addr: view.neighbor,
        local_addr: view.local,
        remote_as: view.remote_asn,
        local_as: view.local_asn,
        remote_router_id: view.remote_identifier.map(Identifier::address),
        local_router_id: view.local_identifier.address(),
        state: match view.state {
            ViewedState::AdministrativelyDown => SessionState::IdleAdmin,
            ViewedState::Running(StateName::Idle) => SessionState::Idle,
            ViewedState::Running(StateName::Connect) => SessionState::Connect,
            ViewedState::Running(StateName::Active) => SessionState::Active,
            ViewedState::Running(StateName::OpenSent) => SessionState::OpenSent,
            ViewedState::Running(StateName::OpenConfirm) => SessionState::OpenConfirm,
            ViewedState::Running(StateName::Established) => SessionState::Established,
        },
        peer_uptime_msec: view.uptime.map_or(0, milliseconds),
        established_epoch: view.uptime.map(epoch_ago),
        pfx_rcd: PrefixCounts::from(view.received),
        pfx_snt: PrefixCounts::from(view.advertised),
        pfx_refused: PrefixCounts::from(view.refused),
        attribute_sets: view.attribute_sets,
        msg_rcvd: view.traffic.received,
        msg_sent: view.traffic.sent,
        updates_rcvd: view.traffic.updates_received,
        updates_sent: view.traffic.updates_sent,
        notifications_rcvd: view.traffic.notifications_received,
        notifications_sent: view.traffic.notifications_sent,
        attribute_errors: AttributeErrors {
            malformed: view.faults.malformed,
            as_sets: view.faults.as_sets,
            beyond_limits: view.faults.beyond_bounds,
            discarded: view.faults.discarded,
        },
        connections_established: view.established,
        connections_dropped: view.dropped,
        last_reset: view.last_end.as_ref().map(|end| Reset {
            due_to: end.reason.clone(),
            remedy: end.remedy.clone(),
            at_epoch: epoch_ago(end.ago),
        }),
        diagnosis,
        remedy,
        hold_time_msec: milliseconds(view.hold.duration().unwrap_or_default()),
        keep_alive_msec: milliseconds(view.keepalive),
        send_hold_time_msec: milliseconds(view.send_hold.unwrap_or_default()),
        graceful_restart: view.graceful_restart.map(graceful_restart),
        md5: view.signing == Signing::Md5,
        ttl_security: view.ttl_security,
        capabilities: Capabilities {
            sent: view.capabilities_sent.iter().map(capability).collect(),
            received: view.capabilities_received.iter().map(capability).collect(),
        },
    }
}

fn graceful_restart(view: attachment::RestartView) -> GracefulRestart {
    let (part, restart_time_sec) = match view.wanted.part {
        Part::Helper => ("helper", None),
        Part::Full => ("full", Some(view.wanted.restart_time.seconds())),
    };
    GracefulRestart {
        part: part.to_owned(),
        restart_time_sec,
        stale_prefixes: view.stale.into(),
        stale_for_msec: view.remaining.map(milliseconds),
    }
}

fn capability(capability: &Capability) -> String {
    match capability {
        Capability::Multiprotocol(family) => format!("multiprotocol {family} unicast"),
        Capability::OtherFamily { afi, safi } => format!("multiprotocol AFI {afi} SAFI {safi}"),
        Capability::RouteRefresh => "route refresh".to_owned(),
        Capability::EnhancedRouteRefresh => "enhanced route refresh".to_owned(),
        Capability::ExtendedMessage => "extended message".to_owned(),
        Capability::Role(role) => format!("role {role}"),
        Capability::GracefulRestart(restart) => restart_capability(*restart),
        Capability::FourOctetAs(asn) => format!("four-octet AS {asn}"),
        Capability::Unknown { code, .. } => format!("code {code}"),
    }
}

/// `graceful restart 120 s, restarting, notifications: ipv4 forwarding, ipv6`.
fn restart_capability(restart: RestartCapability) -> String {
    let mut text = format!("graceful restart {} s", restart.time.seconds());
    if restart.state == RestartState::Restarting {
        text += ", restarting";
    }
    if restart.notifications == Notifications::LeaveRoutes {
        text += ", notifications";
    }
    let families = Family::ALL.into_iter().filter_map(|family| {
        Some(match restart.families[family]? {
            ForwardingState::Preserved => format!("{family} forwarding"),
            ForwardingState::Lost => family.to_string(),
        })
    });
    let families: Vec<String> = families.collect();
    if families.is_empty() { text + ", as a helper" } else { text + ": " + &families.join(", ") }
}

pub(super) fn fib(table: &ForwardingTable) -> Fib {
    let statistics = table.statistics;
    Fib {
        virtual_network: table.network.to_string(),
        family: table.family,
        prefixes: statistics.prefixes as u64,
        next_hops: statistics.next_hops as u64,
        lookup_bytes: statistics.lookup_octets as u64,
        bytes: statistics.octets as u64,
        generation: statistics.generation,
        left_out: statistics.left_out,
    }
}

pub(super) fn limit(id: &AttachmentId, view: LimitView) -> Limit {
    let max = view.limit.max().map(std::num::NonZeroU32::get);
    let held = view.held as u64;
    Limit {
        attachment: id.clone(),
        family: view.family,
        max,
        action: match view.limit {
            PrefixLimit::Warn { .. } => LimitAction::Warn,
            PrefixLimit::Unlimited | PrefixLimit::Drop { .. } => LimitAction::Drop,
        },
        restart_seconds: match view.limit {
            PrefixLimit::Drop { restart, .. } => restart.map(|restart| restart.as_secs()),
            PrefixLimit::Unlimited | PrefixLimit::Warn { .. } => None,
        },
        held,
        warning_at: view.limit.warning_at().map(std::num::NonZeroU32::get),
        state: match view.level {
            Level::Ok => LimitState::Ok,
            Level::Warning => LimitState::Warning,
            Level::Exceeded => LimitState::Exceeded,
        },
        percent: max.map(|max| u32::try_from(held * 100 / u64::from(max)).unwrap_or(u32::MAX)),
    }
}

pub(super) fn route(view: &RouteView) -> Route {
    let attributes = view.attributes.read();
    Route {
        network: view.prefix,
        next_hop: attributes.next_hop.address(),
        as_path: attributes.as_path.to_string(),
        origin: attributes.origin.into(),
        metric: attributes.med,
        communities: attributes.communities.iter().map(ToString::to_string).collect(),
        large_communities: attributes.large_communities.iter().map(ToString::to_string).collect(),
        extended_communities: attributes.extended_communities.iter().map(ToString::to_string).collect(),
        valid: view.refused.is_none(),
        refused_because: view.refused.map(|reason| format!("{reason}; {}", reason.remedy())),
    }
}

pub(super) fn effective_route(route: backbone::EffectiveRoute) -> EffectiveRoute {
    let (source, state, kind, hops) = match route.next_hop {
        NextHopKind::Local => (RouteSource::Default, RouteState::Active, NextHopType::VnetLocal, Vec::new()),
        NextHopKind::Gateway(hops) => {
            (RouteSource::VirtualNetworkGateway, RouteState::Active, NextHopType::VirtualNetworkGateway, hops)
        }
        NextHopKind::Hidden(hops) => (
            RouteSource::VirtualNetworkGateway,
            RouteState::Invalid,
            NextHopType::VirtualNetworkGateway,
            hops,
        ),
    };
    EffectiveRoute {
        name: None,
        source,
        state,
        address_prefix: vec![route.prefix],
        next_hop_type: kind,
        next_hop_ip_address: hops.iter().map(|hop| hop.neighbor).collect(),
        next_hops: hops
            .into_iter()
            .map(|hop| EffectiveNextHop {
                attachment: hop.attachment,
                neighbor_addr: hop.neighbor,
                as_path: hop.as_path,
                weight: hop.weight,
            })
            .collect(),
    }
}

pub(super) fn rtr(status: &RtrStatus) -> Rtr {
    let from_now = |at: Instant| milliseconds(at.saturating_duration_since(Instant::now()));
    let (confirmed_msec, expires_in_msec, failure) = match &status.state {
        RtrState::Connecting => (None, None, None),
        RtrState::Connected(at) => (Some(milliseconds(at.elapsed())), None, None),
        RtrState::Lost { why, expires } => (None, expires.map(from_now), Some(why.clone())),
    };
    Rtr {
        server: status.server,
        connected: confirmed_msec.is_some(),
        confirmed_msec,
        payloads: status.payloads,
        serial: status.serial,
        expires_in_msec,
        failure,
    }
}

pub(super) fn event(entry: Entry) -> Event {
    use attachment::EventKind as Reported;
    Event {
        seq: entry.sequence,
        at_epoch: epoch(entry.at),
        attachment: entry.attachment,
        kind: match entry.kind {
            EntryKind::RedundancyLost => EventKind::RedundancyLost,
            EntryKind::RedundancyRestored => EventKind::RedundancyRestored,
            EntryKind::OperationApplied => EventKind::OperationApplied,
            EntryKind::StateRestored => EventKind::StateRestored,
            EntryKind::StateRefused => EventKind::StateRefused,
            EntryKind::StateUnsaved => EventKind::StateUnsaved,
            EntryKind::StateSaved => EventKind::StateSaved,
            EntryKind::RtrConnected => EventKind::RtrConnected,
            EntryKind::RtrLost => EventKind::RtrLost,
            EntryKind::RtrExpired => EventKind::RtrExpired,
            EntryKind::RegistryChanged => EventKind::RegistryChanged,
            EntryKind::ConnectionDown => EventKind::ConnectionDown,
            EntryKind::ReloadApplied => EventKind::ReloadApplied,
            EntryKind::ReloadRefused => EventKind::ReloadRefused,
            EntryKind::TaskRestarted => EventKind::TaskRestarted,
            EntryKind::LinkNotReady => EventKind::LinkNotReady,
            EntryKind::Attachment(kind) => match kind {
                Reported::SessionUp => EventKind::SessionUp,
                Reported::SessionDown => EventKind::SessionDown,
                Reported::SessionFailed | Reported::Unlistened => EventKind::SessionFailed,
                Reported::SessionDisabled => EventKind::SessionDisabled,
                Reported::SessionEnabled => EventKind::SessionEnabled,
                Reported::PrefixWarning => EventKind::PrefixWarning,
                Reported::PrefixLimitExceeded => EventKind::PrefixLimitExceeded,
                Reported::Md5Mismatch => EventKind::Md5Mismatch,
                Reported::SegmentsLost => EventKind::SegmentsLost,
                Reported::ValidationNeeded => EventKind::ValidationNeeded,
            },
        },
        message: entry.message,
    }
}
