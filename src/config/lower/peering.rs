//! `[[circuit.peering]]`, except its sessions.

use super::{Placed, Surroundings, number, order, protocol, registry, route_filter, session, settings};
use crate::{
    asn::Asn,
    azure::{
        self, AttachmentId, CircuitName, Party, PeeringKind, Router, RulesProfile, ServiceProvider, Tier,
        VlanId, provider::Offer,
    },
    config::{
        error::{PeeringFault, Span},
        file::PeeringTable,
        plan::{Advertise, Attachment, PeeringState, Session, Transit},
        report::Report,
    },
};
use std::collections::HashMap;
use toml::Spanned;

pub(super) const TABLE: &str = "[[circuit.peering]]";

/// The circuit that a peering belongs to.
pub(super) struct Owner<'a> {
    pub(super) circuit: &'a CircuitName,
    pub(super) tier: Tier,
    pub(super) provider: Option<&'a ServiceProvider>,
    pub(super) authorized_by: Party,
    pub(super) around: &'a Surroundings<'a>,
}

/// What only one peering of a circuit may have.
#[derive(Default)]
struct Taken {
    kinds: HashMap<PeeringKind, Span>,
    tags: HashMap<VlanId, (PeeringKind, Span)>,
}

pub(super) fn peerings(
    tables: &[Spanned<PeeringTable>],
    owner: &Owner<'_>,
    placed: &mut Vec<Placed>,
    report: &mut Report,
) -> Vec<Attachment> {
    let mut taken = Taken::default();
    let mut attachments = Vec::with_capacity(2 * tables.len());
    for table in tables {
        attachments.extend(peering(table, owner, &mut taken, placed, report));
    }
    attachments
}

/// The attachments of one peering: none if it is refused, else one for each router that it exists on.
fn peering(
    table: &Spanned<PeeringTable>,
    owner: &Owner<'_>,
    taken: &mut Taken,
    placed: &mut Vec<Placed>,
    report: &mut Report,
) -> Vec<Attachment> {
    // A refused kind becomes private: the kind that allows most, so that no other error depends on it.
    let kind = kind(table, owner, taken, report).unwrap_or(PeeringKind::Private);
    let state = state(table.get_ref(), report);
    let peer_asn = peer_asn(table, kind, owner.around, report);
    let vlan_id = vlan_id(table, kind, taken, report);
    let shared_key = settings::shared_key(table.get_ref(), owner.around.directory, report);
    let limits = settings::limits(table.get_ref(), kind, owner, report);
    let protocol = protocol::protocol(table.get_ref(), owner.around.rules, report);
    let timers = settings::timers(&table.get_ref().timers, report);
    let advertise = match table.get_ref().advertise {
        Some(false) => Advertise::No,
        Some(true) | None => Advertise::Yes,
    };
    let route_filter = route_filter::of_peering(table.get_ref(), kind, owner.around, report);
    let last_modified_by = table
        .get_ref()
        .last_modified_by
        .as_ref()
        .and_then(|text| order::read(text, report))
        .unwrap_or(owner.authorized_by);
    let mut attachments = Vec::new();
    let mut disabled = 0;
    for router in Router::ALL {
        let id = AttachmentId { circuit: owner.circuit.clone(), kind, router };
        let link = session::Link { id: &id, around: owner.around, vlan_id, timers };
        match session::sessions(table, &link, placed, report) {
            session::Sessions::Disabled => disabled += 1,
            session::Sessions::Wanted(sessions) => {
                if let (Some(peer_asn), Some(vlan_id)) = (peer_asn, vlan_id) {
                    attachments.push(Attachment {
                        id,
                        state,
                        last_modified_by,
                        local_asn: owner.around.asn,
                        peer_asn,
                        vlan_id,
                        shared_key: shared_key.clone(),
                        limits,
                        advertise,
                        protocol,
                        route_filter: route_filter.clone(),
                        public_prefixes: None,
                        sessions,
                    });
                }
            }
        }
    }
    if let Some(peer_asn) = peer_asn {
        let sessions: Vec<Session> =
            attachments.iter().flat_map(|attachment: &Attachment| attachment.sessions.clone()).collect();
        let found =
            registry::public_prefixes(table.get_ref(), (kind, peer_asn), &sessions, owner.around, report);
        for attachment in &mut attachments {
            attachment.public_prefixes.clone_from(&found);
        }
    }
    if disabled == Router::ALL.len() {
        report.refuse(table.span(), PeeringFault::NoRouter);
    }
    attachments
}

fn kind(
    table: &Spanned<PeeringTable>,
    owner: &Owner<'_>,
    taken: &mut Taken,
    report: &mut Report,
) -> Option<PeeringKind> {
    let Some(text) = &table.get_ref().kind else {
        report.missing(table.span(), TABLE, "kind", "kind = \"private\"");
        return None;
    };
    let Ok(kind) = text.get_ref().parse() else {
        report.refuse(text.span(), PeeringFault::Kind(text.get_ref().clone()));
        return None;
    };
    if kind == PeeringKind::Microsoft
        && let Some(provider) = owner.provider
        && provider.microsoft_peering(owner.around.rules) == Offer::No
    {
        report.refuse(text.span(), PeeringFault::NotOffered(provider.name.clone()));
    }
    match taken.kinds.get(&kind) {
        Some(first) => report.refuse_beside(text.span(), first.clone(), PeeringFault::Duplicate(kind)),
        None => drop(taken.kinds.insert(kind, text.span())),
    }
    Some(kind)
}

fn state(table: &PeeringTable, report: &mut Report) -> PeeringState {
    let Some(text) = &table.state else { return PeeringState::Enabled };
    match text.get_ref().as_str() {
        "Enabled" => PeeringState::Enabled,
        "Disabled" => PeeringState::Disabled,
        other => {
            report.refuse(text.span(), PeeringFault::State(other.to_owned()));
            PeeringState::Enabled
        }
    }
}

fn peer_asn(
    table: &Spanned<PeeringTable>,
    kind: PeeringKind,
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<Asn> {
    let Some(value) = &table.get_ref().peer_asn else {
        report.missing(table.span(), TABLE, "peer_asn", "peer_asn = 65010");
        return None;
    };
    let Some(asn) = number(value).and_then(|number: u32| Asn::try_from(number).ok()) else {
        report.refuse(value.span(), PeeringFault::PeerAsn(value.get_ref().0));
        return None;
    };
    if asn == around.asn {
        report.refuse(value.span(), PeeringFault::OwnAsn(asn));
    } else if asn == Asn::TRANS || matches!(asn.get(), 65_535 | u32::MAX) {
        report.refuse(value.span(), PeeringFault::SpecialAsn(asn));
    } else if around.transit == Transit::Azure && azure::asn::is_reserved(asn) {
        report.refuse(value.span(), PeeringFault::ReservedAsn(asn));
    } else if (around.transit, around.rules, kind)
        == (Transit::Azure, RulesProfile::Year2015, PeeringKind::Microsoft)
        && asn.is_private()
    {
        report.refuse(value.span(), PeeringFault::PrivateAsn(asn));
    }
    Some(asn)
}

fn vlan_id(
    table: &Spanned<PeeringTable>,
    kind: PeeringKind,
    taken: &mut Taken,
    report: &mut Report,
) -> Option<VlanId> {
    let Some(value) = &table.get_ref().vlan_id else {
        report.missing(table.span(), TABLE, "vlan_id", "vlan_id = 100");
        return None;
    };
    let Some(vlan) = number(value).and_then(VlanId::new) else {
        report.refuse(value.span(), PeeringFault::VlanId(value.get_ref().0));
        return None;
    };
    match taken.tags.get(&vlan) {
        Some((other, first)) => {
            let fault = PeeringFault::VlanClash { vlan, other: *other };
            report.refuse_beside(value.span(), first.clone(), fault);
        }
        None => drop(taken.tags.insert(vlan, (kind, value.span()))),
    }
    Some(vlan)
}
