//! `[[circuit]]`, except its peerings and links.

use super::{Placed, Surroundings, conflicts, link, number, peering};
use crate::{
    azure::{Bandwidth, CircuitName, RulesProfile, Sku, Tier},
    config::{
        error::{CircuitFault, Concern, Span},
        file::CircuitTable,
        plan::{Attachment, Circuit, VirtualNetwork},
        report::Report,
    },
};
use std::collections::HashMap;
use toml::Spanned;

/// Circuits and their attachments, in the order of the file.
#[derive(Default)]
pub(super) struct Circuits {
    pub(super) circuits: Vec<Circuit>,
    pub(super) attachments: Vec<Attachment>,
}

pub(super) fn circuits(
    tables: &[Spanned<CircuitTable>],
    networks: &[VirtualNetwork],
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Circuits {
    let mut names: HashMap<CircuitName, Span> = HashMap::new();
    let mut all = Circuits::default();
    let mut placed: Vec<Placed> = Vec::new();
    for (position, table) in tables.iter().enumerate() {
        let Some(name) = name(table, position, &mut names, report) else { continue };
        let sku = sku(table.get_ref(), around.rules, report);
        let bandwidth = bandwidth(table.get_ref(), sku, around.rules, report);
        let links = link::links(table.get_ref(), networks, (sku, bandwidth), report);
        let before = placed.len();
        let owner = peering::Owner { circuit: &name, tier: sku.tier(), around };
        all.attachments.extend(peering::peerings(&table.get_ref().peering, &owner, &mut placed, report));
        let own = placed.get(before..).unwrap_or_default();
        conflicts::refuse_linked_spaces(own, &links, networks, report);
        if table.get_ref().peering.is_empty() && !report.was_refused("peering") {
            report.warn(table.span(), Concern::NoPeering(name.clone()));
        }
        all.circuits.push(Circuit {
            name,
            service_provider: table.get_ref().service_provider.clone(),
            peering_location: table.get_ref().peering_location.clone(),
            bandwidth,
            sku,
            links,
        });
    }
    conflicts::refuse_between_sessions(&placed, report);
    all
}

/// The circuit's name; a refused one is replaced by the circuit's number, so that the rest is still read.
fn name(
    table: &Spanned<CircuitTable>,
    position: usize,
    names: &mut HashMap<CircuitName, Span>,
    report: &mut Report,
) -> Option<CircuitName> {
    let Some(text) = &table.get_ref().name else {
        report.missing(table.span(), "[[circuit]]", "name", "name = \"ams-1\"");
        return format!("circuit-{}", position + 1).parse().ok();
    };
    match text.get_ref().parse::<CircuitName>() {
        Err(fault) => {
            report.refuse(text.span(), CircuitFault::Name(fault));
            format!("circuit-{}", position + 1).parse().ok()
        }
        Ok(name) => {
            match names.get(&name) {
                Some(first) => {
                    report.refuse_beside(text.span(), first.clone(), CircuitFault::Duplicate(name.clone()));
                }
                None => drop(names.insert(name.clone(), text.span())),
            }
            Some(name)
        }
    }
}

fn sku(table: &CircuitTable, rules: RulesProfile, report: &mut Report) -> Sku {
    let Some(text) = &table.sku else { return Sku::STANDARD_METERED };
    match text.get_ref().parse::<Sku>() {
        Ok(sku) => {
            if (sku.tier(), rules) == (Tier::Local, RulesProfile::Year2015) {
                report.refuse(text.span(), CircuitFault::LocalIn2015);
            }
            sku
        }
        Err(fault) => {
            report.refuse(text.span(), CircuitFault::Sku(fault));
            Sku::STANDARD_METERED
        }
    }
}

fn bandwidth(table: &CircuitTable, sku: Sku, rules: RulesProfile, report: &mut Report) -> Bandwidth {
    let Some(value) = &table.bandwidth_mbps else { return Bandwidth::ONE_GBPS };
    let Some(bandwidth) = number(value).and_then(|mbps| Bandwidth::from_mbps(mbps, rules)) else {
        report.refuse(value.span(), CircuitFault::Bandwidth { found: value.get_ref().0, rules });
        return Bandwidth::ONE_GBPS;
    };
    if !bandwidth.is_sold_as(sku.tier()) {
        report.refuse(value.span(), CircuitFault::BandwidthOfSku { sku, bandwidth });
    }
    bandwidth
}
