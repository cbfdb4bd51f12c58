//! The sessions of one peering on one router.

use super::{
    Placed, Surroundings,
    ends::{Addressing, Ends, Written, ends},
    interface::{self, Encapsulation, Managing},
    peering::TABLE,
};
use crate::{
    azure::{AttachmentId, PeeringKind, Router, VlanId},
    config::{
        error::{AddressFault, Nature, PeeringFault, SessionFault},
        file::{PeeringTable, ScalarOr, SessionTable},
        plan::{ManagedAddress, Opening, Session, Timers, Transit, TtlSecurity},
        report::Report,
    },
    family::{Families, Family, PerFamily},
    wire::open::Identifier,
};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};
use toml::Spanned;

/// The link that the sessions run over.
pub(super) struct Link<'a> {
    pub(super) id: &'a AttachmentId,
    pub(super) around: &'a Surroundings<'a>,
    /// `None` if it is refused.
    pub(super) vlan_id: Option<VlanId>,
    pub(super) timers: Timers,
}

/// What a peering wants of a router.
pub(super) enum Sessions {
    /// `primary = "disabled"`: the peering does not exist on this router.
    Disabled,
    /// Sessions, IPv4 first; none if all of them are refused.
    Wanted(Vec<Session>),
}

/// A session without its identifier, which may come from another one.
struct Draft {
    ends: Ends,
    families: Families,
    next_hop: PerFamily<Option<IpAddr>>,
    opening: Opening,
    ttl_security: TtlSecurity,
    managed: Option<ManagedAddress>,
}

pub(super) fn sessions(
    table: &Spanned<PeeringTable>,
    link: &Link<'_>,
    placed: &mut Vec<Placed>,
    report: &mut Report,
) -> Sessions {
    let written = Family::ALL.map(|family| Written::on(table.get_ref(), link.id.router, family));
    let mut drafts = Vec::new();
    for of_family in &written {
        match (draft(of_family, link, report), of_family.family) {
            (Wish::Disabled, Family::Ipv4) => return Sessions::Disabled,
            (Wish::Disabled | Wish::Nothing, _) => {}
            (Wish::Session(draft), _) => drafts.push(*draft),
        }
    }
    if written.iter().all(Written::is_absent) {
        let [ipv4, _] = &written;
        if !written.iter().any(|of_family| of_family.was_refused(report)) {
            let subnet = match link.id.router {
                Router::Primary => "172.16.0.0/30",
                Router::Secondary => "172.16.0.4/30",
            };
            let example =
                format!("{} = \"{subnet}\", or {} = \"disabled\"", ipv4.prefix_key, ipv4.session_key);
            report.missing(table.span(), TABLE, ipv4.prefix_key, &example);
        }
    }
    refuse_shared_family(&drafts, link, report);
    placed.extend(drafts.iter().map(|draft| Placed::of(link.id, draft)));
    Sessions::Wanted(identified(drafts, link, report))
}

/// What the keys of one family ask for.
enum Wish {
    Nothing,
    Disabled,
    Session(Box<Draft>),
}

/// Reads what one family's keys say; everything is read before anything is given up, so that every error is found.
fn draft(written: &Written<'_>, link: &Link<'_>, report: &mut Report) -> Wish {
    let nothing_said = SessionTable::default();
    let (table, at) = match written.session.map(|session| (session.get_ref(), session.span())) {
        None => match written.prefix {
            None => return Wish::Nothing,
            Some(prefix) => (&nothing_said, prefix.span()),
        },
        Some((ScalarOr::Table(table), at)) => (table, at),
        Some((ScalarOr::Scalar(word), _)) if word == "disabled" => return Wish::Disabled,
        Some((ScalarOr::Scalar(word), at)) => {
            let key = written.session_key;
            report.refuse(at, PeeringFault::SessionWord { key, found: word.clone() });
            return Wish::Nothing;
        }
    };
    let addressing = match (link.around.transit, link.id.kind) {
        (Transit::Open, _) | (_, PeeringKind::Private) => Addressing::Any,
        (Transit::Azure, kind) => Addressing::Public(kind),
    };
    let families = table.families.as_ref().map(|list| families(list, report));
    let ends = ends(written, (table, at), addressing, report);
    let Some(ends) = ends else { return Wish::Nothing };
    let families = families.unwrap_or_else(|| transport(&ends));
    if link.id.kind == PeeringKind::Public
        && link.around.transit == Transit::Azure
        && families.contains(Family::Ipv6)
    {
        report.refuse(ends.at.clone(), SessionFault::Ipv6OnPublic);
    }
    Wish::Session(Box::new(Draft {
        next_hop: next_hop(table, families, &ends, report),
        families,
        opening: if table.passive { Opening::Passive } else { Opening::Active },
        ttl_security: if table.ttl_security { TtlSecurity::On } else { TtlSecurity::Off },
        managed: managed(table, &ends, link, report),
        ends,
    }))
}

/// The router's address on the interface of the session, else of the router; none where TCP uses another address.
fn managed(
    table: &SessionTable,
    ends: &Ends,
    link: &Link<'_>,
    report: &mut Report,
) -> Option<ManagedAddress> {
    let links = &link.around.links;
    let own =
        interface::interface(table.interface.as_ref(), table.encapsulation.as_ref(), links.managing, report);
    let interface = own.as_ref().or(links.of_router(link.id.router))?;
    if links.managing == Managing::Others || ends.local_endpoint.ip() != ends.local_address {
        return None;
    }
    let link_length = if ends.local_address.is_ipv4() { 30 } else { 126 };
    let length = ends.subnet.map_or(link_length, |subnet| subnet.net().prefix_len());
    let vlan_id = match interface.encapsulation {
        Encapsulation::None => None,
        Encapsulation::Dot1Q => Some(link.vlan_id?),
    };
    let address = IpNet::new(ends.local_address, length).ok()?;
    Some(ManagedAddress { interface: interface.name.clone(), vlan_id, address })
}

impl Placed {
    fn of(id: &AttachmentId, Draft { ends, managed, .. }: &Draft) -> Self {
        Self {
            managed: managed.clone(),
            id: id.clone(),
            at: ends.at.clone(),
            subnet: ends.subnet,
            local_address: ends.local_address,
            peer_address: ends.peer_address,
            local_endpoint: ends.local_endpoint,
            peer_endpoint: ends.peer_endpoint,
        }
    }
}

fn transport(ends: &Ends) -> Families {
    if ends.local_address.is_ipv4() { Families::IPV4 } else { Families::IPV6 }
}

fn families(list: &Spanned<Vec<Spanned<String>>>, report: &mut Report) -> Families {
    if list.get_ref().is_empty() && !report.was_refused("families") {
        report.refuse(list.span(), SessionFault::NoFamilies);
    }
    list.get_ref()
        .iter()
        .filter_map(|text| match text.get_ref().as_str() {
            "ipv4" => Some(Family::Ipv4),
            "ipv6" => Some(Family::Ipv6),
            other => {
                report.refuse(text.span(), SessionFault::UnknownFamily(other.to_owned()));
                None
            }
        })
        .collect()
}

/// The router's own address in each family, as an MSEE announces itself.
fn next_hop(
    table: &SessionTable,
    families: Families,
    ends: &Ends,
    report: &mut Report,
) -> PerFamily<Option<IpAddr>> {
    let local = ends.local_address;
    let ipv6 = table.ipv6_next_hop.as_ref().and_then(|text| ipv6_next_hop(text, families, report));
    if local.is_ipv6() && families.contains(Family::Ipv4) {
        report.refuse(ends.at.clone(), SessionFault::Ipv4OverIpv6);
    }
    if local.is_ipv4() && families.contains(Family::Ipv6) && table.ipv6_next_hop.is_none() {
        report.refuse(ends.at.clone(), SessionFault::NoNextHop);
    }
    let own = |family| match (local, family) {
        (IpAddr::V4(_), Family::Ipv4) | (IpAddr::V6(_), Family::Ipv6) => Some(local),
        _ => None,
    };
    PerFamily {
        ipv4: own(Family::Ipv4).filter(|_| families.contains(Family::Ipv4)),
        ipv6: ipv6.map(IpAddr::V6).or(own(Family::Ipv6)).filter(|_| families.contains(Family::Ipv6)),
    }
}

fn ipv6_next_hop(text: &Spanned<String>, families: Families, report: &mut Report) -> Option<Ipv6Addr> {
    let key = "ipv6_next_hop";
    let Ok(found) = text.get_ref().parse::<Ipv6Addr>() else {
        report.refuse(text.span(), AddressFault::Address { key, found: text.get_ref().clone() });
        return None;
    };
    if let Some(nature) = Nature::of(found.into()) {
        report.refuse(text.span(), AddressFault::NotUnicast { key, found: found.into(), nature });
    } else if !families.contains(Family::Ipv6) {
        report.refuse(text.span(), SessionFault::UnusedNextHop(found));
    }
    Some(found)
}

/// Which of two sessions a prefix came from would decide what it means: each family has one.
fn refuse_shared_family(drafts: &[Draft], link: &Link<'_>, report: &mut Report) {
    let [first, second] = drafts else { return };
    if let Some(family) = first.families.intersection(second.families).iter().next() {
        let fault = SessionFault::CarriedTwice { router: link.id.router, family };
        report.refuse_beside(second.ends.at.clone(), first.ends.at.clone(), fault);
    }
}

/// The router's identifier is the configured one, else its IPv4 interface address, as an MSEE has it.
fn identified(drafts: Vec<Draft>, link: &Link<'_>, report: &mut Report) -> Vec<Session> {
    let of_interface = || {
        drafts.iter().find_map(|draft| match draft.ends.local_address {
            IpAddr::V4(address) => Identifier::new(address),
            IpAddr::V6(_) => None,
        })
    };
    let Some(identifier) = link.around.router_ids.of(link.id.router).or_else(of_interface) else {
        if let Some(draft) = drafts.first() {
            report.refuse(draft.ends.at.clone(), SessionFault::NoIdentifier(link.id.router));
        }
        return Vec::new();
    };
    drafts
        .into_iter()
        .map(|draft| Session {
            families: draft.families,
            local_address: draft.ends.local_address,
            peer_address: draft.ends.peer_address,
            local_endpoint: draft.ends.local_endpoint,
            peer_endpoint: draft.ends.peer_endpoint,
            opening: draft.opening,
            ttl_security: draft.ttl_security,
            identifier,
            next_hop: draft.next_hop,
            timers: link.timers,
            binding: link.around.binding,
            managed: draft.managed,
        })
        .collect()
}
