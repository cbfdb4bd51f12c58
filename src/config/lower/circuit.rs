//! `[[circuit]]`, except its peerings and links.

use super::{Placed, Surroundings, conflicts, global_reach, link, order, peering, port};
use crate::{
    azure::{CircuitName, ProviderState, RulesProfile, Sku, Tier},
    config::{
        error::{CircuitFault, Concern, OrderFault, Span},
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
    let mut taken = port::Taken::default();
    for (position, table) in tables.iter().enumerate() {
        let Some(name) = name(table, position, &mut names, report) else { continue };
        let sku = sku(table.get_ref(), around.rules, report);
        let order = order::order(table, &name, sku, around, report);
        let links = link::links(table.get_ref(), networks, &order, report);
        if let Some(first) = table.get_ref().peering.first()
            && order.provider_state != ProviderState::Provisioned
        {
            let fault = OrderFault::NotProvisioned { state: order.provider_state, key: order.service_key };
            report.refuse(first.span(), fault);
        }
        let before = placed.len();
        let owner = peering::Owner {
            circuit: &name,
            tier: sku.tier(),
            provider: order.provider,
            authorized_by: order.authorized_by,
            around,
        };
        all.attachments.extend(peering::peerings(&table.get_ref().peering, &owner, &mut placed, report));
        let own = placed.get(before..).unwrap_or_default();
        conflicts::refuse_linked_spaces(own, &links, networks, report);
        if table.get_ref().peering.is_empty() && !report.was_refused("peering") {
            report.warn(table.span(), Concern::NoPeering(name.clone()));
        }
        port::take(table, &order, &mut taken, report);
        all.circuits.push(Circuit {
            name,
            service_provider: order.provider.map(|provider| provider.name.clone()),
            express_route_port: table
                .get_ref()
                .express_route_port
                .as_ref()
                .map(|port| port.get_ref().clone()),
            peering_location: order.location,
            state: order.state,
            provider_state: order.provider_state,
            service_key: order.service_key,
            authorized_by: order.authorized_by,
            bandwidth: order.bandwidth,
            sku,
            links,
            global_reach: Vec::new(),
        });
    }
    conflicts::refuse_between_sessions(&placed, report);
    global_reach::global_reach(tables, &mut all.circuits, &all.attachments, networks, report);
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
