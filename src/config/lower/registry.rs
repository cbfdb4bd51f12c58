//! `[registry]`, and what it says about a peering's addresses.

use super::{
    Surroundings,
    data_file::{DataFile, find},
    number,
};
use crate::{
    asn::Asn,
    azure::{
        LinkSubnet, PeeringKind,
        public_prefixes::{AdvertisedPublicPrefixesState, ByHand},
    },
    config::{
        data_file::Stamped,
        error::OwnershipFault,
        file::{PeeringTable, RegistryTable},
        plan::{Admitted, Finding, Plan, PublicPrefixes, Session},
        report::Report,
    },
    registry::{Doubt, Evidence, Registry, RoutingRegistry},
};
use ipnet::IpNet;
use std::{collections::BTreeSet, path::Path};
use toml::Spanned;

/// What the registry's files say; `None` without the table.
pub(super) fn registry(
    table: Option<&RegistryTable>,
    directory: &Path,
    running: Option<&Plan>,
    report: &mut Report,
) -> Option<Stamped<Registry>> {
    let table = table?;
    let databases: Vec<DataFile> =
        table.rpsl.iter().filter_map(|path| find("rpsl", Some(path), directory, report)).collect();
    let vrps = find("vrps", table.vrps.as_ref(), directory, report);
    let stamps: Vec<_> = databases.iter().chain(&vrps).map(|file| file.stamp.clone()).collect();
    if let Some(known) = running.and_then(|plan| plan.registry.as_ref()?.if_of(&stamps)) {
        return Some(known);
    }
    let mut registry = Registry::default();
    for database in &databases {
        DataFile::parsed(Some(database), |octets| registry.add_rpsl(octets), report);
    }
    DataFile::parsed(vrps.as_ref(), |octets| registry.add_vrps(octets), report);
    Some(Stamped::new(stamps, registry))
}

/// What a peering on public addresses says of its prefixes, and what the registry says to that.
pub(super) fn public_prefixes(
    table: &PeeringTable,
    (kind, peer_asn): (PeeringKind, Asn),
    sessions: &[Session],
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<PublicPrefixes> {
    let written = written(table, kind, report);
    if kind == PeeringKind::Private {
        return None;
    }
    let owner = written.customer_asn.unwrap_or(peer_asn);
    let findings = around.registry.map_or_else(Vec::new, |registry| {
        let subnets: BTreeSet<IpNet> =
            sessions.iter().map(|session| LinkSubnet::around(session.peer_address).net()).collect();
        let subject = if written.customer_asn.is_some() { "customer_asn" } else { "peer_asn" };
        // A private number cannot be the customer's in any registry, whoever vouches for its prefixes.
        let private = peer_asn.is_private().then_some(Err(Doubt::PrivateAsn(peer_asn)));
        let asn = private.unwrap_or_else(|| registry.asn(owner, written.registry));
        let prefix = |prefix: &IpNet| (prefix.to_string(), registry.prefix(*prefix, owner, written.registry));
        [(subject.to_owned(), asn)]
            .into_iter()
            .chain(written.prefixes.iter().flatten().map(prefix))
            .chain(subnets.iter().map(prefix))
            .map(|(subject, said)| finding(subject, said))
            .collect()
    });
    let unlisted = kind == PeeringKind::Microsoft && written.prefixes.is_none();
    let state = if written.by_hand.is_some() {
        AdvertisedPublicPrefixesState::Configured
    } else if findings.iter().any(|finding| finding.said.is_err()) {
        AdvertisedPublicPrefixesState::ValidationNeeded
    } else if around.registry.is_none() || unlisted {
        AdvertisedPublicPrefixesState::NotConfigured
    } else {
        AdvertisedPublicPrefixesState::Configured
    };
    let admitted = match (&written.prefixes, around.registry, kind) {
        (Some(listed), ..) => Admitted::Listed(listed.clone()),
        (None, None, _) => Admitted::Any,
        // Microsoft peering must list what it announces (ARM `advertisedPublicPrefixes`).
        (None, Some(_), PeeringKind::Microsoft) => Admitted::Listed(Vec::new()),
        (None, Some(registry), _) => Admitted::Registered(registry.prefixes_of(owner, written.registry)),
    };
    Some(PublicPrefixes {
        advertised: written.prefixes.unwrap_or_default(),
        customer_asn: written.customer_asn,
        routing_registry: written.registry,
        state,
        findings,
        admitted,
    })
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

fn finding(subject: String, said: Result<Evidence, Doubt>) -> Finding {
    Finding { subject, said }
}
