//! `[registry]`, and what it says about a peering's addresses.

use super::{
    Surroundings,
    data_file::{DataFile, find},
    number,
};
use crate::{
    asn::Asn,
    azure::{PeeringKind, public_prefixes::ByHand},
    config::{
        data_file::Stamped,
        error::{DataFault, OwnershipFault},
        file::{PeeringTable, RegistryTable},
        ownership::{Claim, subnets},
        plan::{Plan, PublicPrefixes, Registry, Rpki, Session},
        report::Report,
    },
    registry::{Objects, Payloads, RoutingRegistry},
};
use ipnet::IpNet;
use std::{net::SocketAddr, path::Path};
use toml::Spanned;

/// What says who holds which prefixes; `None` without the table.
pub(super) fn registry(
    table: Option<&RegistryTable>,
    directory: &Path,
    running: Option<&Plan>,
    report: &mut Report,
) -> Option<Registry> {
    let table = table?;
    let running = running.and_then(|plan| plan.registry.as_ref());
    let objects = objects(table, directory, running, report);
    let rpki = match (&table.vrps, &table.rtr) {
        (None, None) => Rpki::None,
        (Some(_), None) => payloads(table, directory, running, report).map_or(Rpki::None, Rpki::File),
        (vrps, Some(rtr)) => {
            if let Some(vrps) = vrps {
                report.refuse_beside(rtr.span(), vrps.span(), DataFault::TwoSourcesOfPayloads);
            }
            server(rtr, report).map_or(Rpki::None, |server| heard_of(server, running))
        }
    };
    Some(Registry { objects, rpki })
}

fn objects(
    table: &RegistryTable,
    directory: &Path,
    running: Option<&Registry>,
    report: &mut Report,
) -> Stamped<Objects> {
    let files = table.rpsl.iter().filter_map(|path| find("rpsl", Some(path), directory, report));
    let databases: Vec<DataFile> = files.collect();
    let stamps: Vec<_> = databases.iter().map(|file| file.stamp.clone()).collect();
    if let Some(known) = running.and_then(|registry| registry.objects.if_of(&stamps)) {
        return known;
    }
    let mut objects = Objects::default();
    for database in &databases {
        DataFile::parsed(Some(database), |octets| objects.add_rpsl(octets), report);
    }
    Stamped::new(stamps, objects)
}

fn payloads(
    table: &RegistryTable,
    directory: &Path,
    running: Option<&Registry>,
    report: &mut Report,
) -> Option<Stamped<Payloads>> {
    let file = find("vrps", table.vrps.as_ref(), directory, report)?;
    let stamps = vec![file.stamp.clone()];
    if let Some(Rpki::File(known)) = running.map(|registry| &registry.rpki)
        && let Some(known) = known.if_of(&stamps)
    {
        return Some(known);
    }
    let payloads = DataFile::parsed(Some(&file), Payloads::from_json, report)?;
    Some(Stamped::new(stamps, payloads))
}

fn server(text: &Spanned<String>, report: &mut Report) -> Option<SocketAddr> {
    if cfg!(not(feature = "rpki")) {
        report.refuse(text.span(), DataFault::WithoutRtr);
        return None;
    }
    let server = text.get_ref().parse().ok();
    if server.is_none() {
        report.refuse(text.span(), DataFault::RtrServer(text.get_ref().clone()));
    }
    server
}

/// What that server has said to the plan that runs, if it is asked already.
fn heard_of(server: SocketAddr, running: Option<&Registry>) -> Rpki {
    match running.map(|registry| &registry.rpki) {
        Some(asked @ Rpki::Rtr { server: known, .. }) if *known == server => asked.clone(),
        _ => Rpki::Rtr { server, payloads: None },
    }
}

/// What a peering on public addresses says of its prefixes, and what the registry says to that.
pub(super) fn public_prefixes(
    table: &PeeringTable,
    (kind, peer_asn): (PeeringKind, Asn),
    sessions: &[Session],
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<PublicPrefixes> {
    let Written { prefixes, customer_asn, registry, by_hand } = written(table, kind, report);
    let claim = Claim {
        kind,
        peer_asn,
        subnets: subnets(sessions),
        advertised: prefixes,
        customer_asn,
        routing_registry: registry,
        by_hand,
    };
    (kind != PeeringKind::Private).then(|| claim.judged_by(around.registry))
}

/// The keys as they are written.
struct Written {
    prefixes: Option<Vec<IpNet>>,
    customer_asn: Option<Asn>,
    registry: Option<RoutingRegistry>,
    by_hand: Option<ByHand>,
}

fn written(table: &PeeringTable, kind: PeeringKind, report: &mut Report) -> Written {
    let prefixes = table.advertised_public_prefixes.as_ref();
    for (key, at) in [
        ("advertised_public_prefixes", prefixes.map(Spanned::span)),
        ("customer_asn", table.customer_asn.as_ref().map(Spanned::span)),
        ("routing_registry_name", table.routing_registry_name.as_ref().map(Spanned::span)),
        (
            "advertised_public_prefixes_state",
            table.advertised_public_prefixes_state.as_ref().map(Spanned::span),
        ),
    ] {
        if let Some(at) = at.filter(|_| kind == PeeringKind::Private) {
            report.refuse(at, OwnershipFault::OnPrivate(key));
        }
    }
    Written {
        prefixes: prefixes
            .map(|list| list.get_ref().iter().filter_map(|text| prefix(text, report)).collect()),
        customer_asn: table.customer_asn.as_ref().and_then(|value| {
            let asn = number(value).and_then(|number: u32| Asn::try_from(number).ok());
            if asn.is_none_or(Asn::is_private) {
                report.refuse(value.span(), OwnershipFault::CustomerAsn(value.get_ref().0));
            }
            asn
        }),
        registry: table.routing_registry_name.as_ref().and_then(|text| read(text, report)),
        by_hand: table.advertised_public_prefixes_state.as_ref().and_then(|text| read(text, report)),
    }
}

fn read<T>(text: &Spanned<String>, report: &mut Report) -> Option<T>
where
    T: std::str::FromStr<Err: Into<OwnershipFault>>,
{
    text.get_ref().parse().map_err(|fault: T::Err| report.refuse(text.span(), fault.into())).ok()
}

fn prefix(text: &Spanned<String>, report: &mut Report) -> Option<IpNet> {
    match text.get_ref().parse::<IpNet>() {
        Ok(net) if net == net.trunc() && net.prefix_len() > 0 => Some(net),
        _ => {
            report.refuse(text.span(), OwnershipFault::Prefix(text.get_ref().clone()));
            None
        }
    }
}
