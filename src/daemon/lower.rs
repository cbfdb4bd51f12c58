//! From the plan to what attachments and the backbone shall be.

use super::gateways;
use crate::{
    attachment,
    azure::{AttachmentId, PeeringKind, Reach, public_prefixes::AdvertisedPublicPrefixesState},
    backbone::{Mode, Partners, ServiceRoutes, Topology},
    config::plan::{self, Plan},
    family::{Family, PerFamily},
    policy::{Admission, Export, Import, Rules, Selection},
    session,
    transport::{Binding, Hops, Interface, LinkAddress, Md5Key, PeerOptions},
    wire::NextHop,
};
use std::{collections::BTreeSet, net::IpAddr};

/// A shared key that TCP cannot use, although the plan holds it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{attachment}: the shared key cannot be used for TCP MD5")]
pub struct UnusableKey {
    /// Whose key.
    attachment: AttachmentId,
}

pub(super) fn mode(plan: &Plan) -> Mode {
    match plan.transit {
        plan::Transit::Azure => Mode::Azure,
        plan::Transit::Open => Mode::Transit,
    }
}

pub(super) fn topology(plan: &Plan) -> Topology {
    Topology { networks: gateways::networks(plan), services: services(plan), partners: partners(plan) }
}

fn partners(plan: &Plan) -> Partners {
    let with = plan.circuits.iter().filter(|circuit| !circuit.global_reach.is_empty());
    with.map(|circuit| (circuit.name.clone(), circuit.global_reach.iter().cloned().collect())).collect()
}

/// What each peering to Microsoft's services is sent, once for both routers.
fn services(plan: &Plan) -> Vec<ServiceRoutes> {
    let mut all: Vec<ServiceRoutes> = Vec::new();
    for attachment in &plan.attachments {
        let (circuit, kind) = (&attachment.id.circuit, attachment.id.kind);
        let known = all.iter().any(|known| known.circuit == *circuit && known.kind == kind);
        if known || kind == PeeringKind::Private || plan.service_prefixes.is_empty() {
            continue;
        }
        let routes = selection(plan, attachment).routes(&plan.service_prefixes).into();
        all.push(ServiceRoutes { circuit: circuit.clone(), kind, routes });
    }
    all
}

/// What a peering to Microsoft's services is sent.
pub fn selection(plan: &Plan, attachment: &plan::Attachment) -> Selection {
    Selection {
        kind: attachment.id.kind,
        rules: plan.daemon.rules,
        reach: plan.circuit(&attachment.id.circuit).map_or(Reach::Unknown, plan::Circuit::reach),
        filter: attachment.route_filter.as_ref().map(|filter| filter.communities.clone()),
    }
}

/// What an attachment of the plan is told to be.
///
/// # Errors
/// [`UnusableKey`] if TCP cannot sign with the peering's key.
pub fn attachment(
    transit: plan::Transit,
    wanted: &plan::Attachment,
) -> Result<attachment::Settings, UnusableKey> {
    let key = match &wanted.shared_key {
        None => None,
        Some(key) => {
            Some(Md5Key::try_from(key.expose()).map_err(|_| UnusableKey { attachment: wanted.id.clone() })?)
        }
    };
    let admission = wanted.public_prefixes.as_ref().map_or(Admission::Any, admission);
    let role = wanted.protocol.role.map(|local| local.role);
    let session = |session: &plan::Session| attachment::SessionSettings {
        bgp: bgp(wanted, session),
        vlan_id: wanted.vlan_id,
        local_address: session.local_address,
        peer_address: session.peer_address,
        local_endpoint: session.local_endpoint,
        peer_endpoint: session.peer_endpoint,
        options: PeerOptions {
            key: key.clone(),
            hops: match session.ttl_security {
                plan::TtlSecurity::Off => Hops::Single,
                plan::TtlSecurity::On => Hops::Gtsm,
            },
            binding: match session.binding {
                plan::Binding::Present => Binding::Present,
                plan::Binding::Free => Binding::Free,
            },
        },
        import: Import {
            rules: match transit {
                plan::Transit::Azure => Rules::Azure(wanted.id.kind),
                plan::Transit::Open => Rules::Transit,
            },
            local_asn: wanted.local_asn,
            peer_asn: wanted.peer_asn,
            role,
            local_address: session.local_address,
            admission: admission.clone(),
            bounds: wanted.protocol.bounds,
        },
        export: Export { local_asn: wanted.local_asn, next_hop: next_hops(session), role },
    };
    let held = wanted.public_prefixes.as_ref().and_then(held);
    Ok(attachment::Settings {
        id: wanted.id.clone(),
        state: match (wanted.state, &held) {
            (plan::PeeringState::Enabled, None) => attachment::AdminState::Enabled,
            (plan::PeeringState::Disabled, _) | (_, Some(_)) => attachment::AdminState::Disabled,
        },
        held,
        limits: wanted.limits,
        advertise: match (wanted.advertise, transit) {
            (plan::Advertise::Yes, plan::Transit::Azure) => attachment::Advertise::Yes,
            (plan::Advertise::Yes, plan::Transit::Open) => attachment::Advertise::Transit,
            (plan::Advertise::No, _) => attachment::Advertise::No,
        },
        sessions: wanted.sessions.iter().map(session).collect(),
    })
}

/// The addresses that the daemon puts on links.
pub(super) fn managed(plan: &Plan) -> BTreeSet<LinkAddress> {
    let sessions = plan.attachments.iter().flat_map(|attachment| &attachment.sessions);
    let managed = sessions.filter_map(|session| session.managed.clone());
    managed
        .map(|plan::ManagedAddress { interface: link, vlan_id, address }| {
            let interface = match vlan_id {
                None => Interface::Link(link),
                Some(tag) => Interface::Vlan { link, tag: tag.get() },
            };
            LinkAddress { interface, address }
        })
        .collect()
}

fn admission(public: &plan::PublicPrefixes) -> Admission {
    match &public.admitted {
        plan::Admitted::Any => Admission::Any,
        plan::Admitted::Listed(prefixes) => Admission::Listed(prefixes.iter().copied().collect()),
        plan::Admitted::Registered(prefixes) => Admission::Registered(prefixes.iter().copied().collect()),
    }
}

/// The first thing that is not known to be the customer's, if the peering waits for it.
fn held(public: &plan::PublicPrefixes) -> Option<attachment::Held> {
    let state = public.state;
    let doubt = public.doubt().filter(|_| state.holds_sessions())?;
    Some(match state {
        AdvertisedPublicPrefixesState::Configuring => attachment::Held {
            cause: format!("{state}: {doubt}, and the RTR server has not said anything yet"),
            remedy: "start the RTR server, or see `msee show status` for why it is not reached".to_owned(),
        },
        _ => attachment::Held { cause: format!("{state}: {doubt}"), remedy: doubt.remedy() },
    })
}

fn bgp(attachment: &plan::Attachment, session: &plan::Session) -> session::Settings {
    session::Settings {
        hold: session.timers.hold,
        keepalive: session.timers.keepalive,
        connect_retry: session.timers.connect_retry,
        idle_hold: session.timers.idle_hold,
        send_hold: session.timers.send_hold,
        graceful_restart: attachment.protocol.graceful_restart,
        role: attachment.protocol.role,
        opening: match session.opening {
            plan::Opening::Active => session::Opening::Active,
            plan::Opening::Passive => session::Opening::Passive,
        },
        ..session::Settings::new(
            attachment.local_asn,
            attachment.peer_asn,
            session.identifier,
            session.families,
        )
    }
}

fn next_hops(session: &plan::Session) -> PerFamily<Option<NextHop>> {
    let next_hop = |family: Family| {
        session.next_hop[family].map(|address| match address {
            IpAddr::V4(address) => NextHop::V4(address),
            IpAddr::V6(global) => NextHop::V6 { global, link_local: None },
        })
    };
    PerFamily { ipv4: next_hop(Family::Ipv4), ipv6: next_hop(Family::Ipv6) }
}
