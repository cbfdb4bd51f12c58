//! `GET /v1/explain`: the rules that decide about a prefix, one by one.

use crate::{
    api::schema::{Direction, Rule},
    attachment::RouteView,
    azure::{PeeringKind, service_prefixes::Place},
    config::plan::{Attachment, Plan},
    daemon::{Directory, selection},
    policy::Withheld,
};
use ipnet::IpNet;

/// What decides about a prefix on a peering, to the customer first; `received` is the customer's route, if there is one.
pub(super) fn rules(
    directory: &Directory,
    attachment: &Attachment,
    prefix: IpNet,
    received: Option<&RouteView>,
) -> Vec<Rule> {
    let plan = &directory.plan;
    let mut rules = vec![held(attachment)];
    match attachment.id.kind {
        PeeringKind::Private => rules.push(of_networks(plan, attachment, prefix)),
        PeeringKind::Microsoft | PeeringKind::Public => rules.extend(of_services(plan, attachment, prefix)),
    }
    rules.push(match received {
        None => from(false, "Adj-RIB-In", "the customer does not announce it".to_owned()),
        Some(route) => match route.refused {
            None => from(true, "import", "the customer announces it, and it is accepted".to_owned()),
            Some(reason) => from(false, "import", format!("{reason}; {}", reason.remedy())),
        },
    });
    rules
}

fn to(passes: bool, rule: &str, because: String) -> Rule {
    Rule { direction: Direction::Advertised, rule: rule.to_owned(), passes, because }
}

fn from(passes: bool, rule: &str, because: String) -> Rule {
    Rule { direction: Direction::Received, ..to(passes, rule, because) }
}

fn held(attachment: &Attachment) -> Rule {
    let public = attachment.public_prefixes.as_ref();
    let waits = public.filter(|public| public.state.holds_sessions());
    let doubt = waits.and_then(|public| Some((public.state, public.doubt()?)));
    match doubt {
        Some((state, doubt)) => to(false, "ownership", format!("{state}: {doubt}; {}", doubt.remedy())),
        None => to(true, "ownership", "nothing keeps the sessions down".to_owned()),
    }
}

fn of_networks(plan: &Plan, attachment: &Attachment, prefix: IpNet) -> Rule {
    let circuit = &attachment.id.circuit;
    let Some(network) = plan.virtual_networks.iter().find(|network| network.address_space.contains(&prefix))
    else {
        let because =
            "no virtual network has it as address space: whole spaces are sent, never subnets".to_owned();
        return to(false, "address space", because);
    };
    let linked = plan.circuit(circuit).is_some_and(|circuit| {
        circuit.links.iter().any(|link| {
            let gateway = plan.virtual_network(&link.virtual_network);
            link.virtual_network == network.name
                || gateway.is_some_and(|gateway| gateway.peered_with.contains(&network.name))
        })
    });
    let name = &network.name;
    if linked {
        to(true, "link", format!("virtual network {name} has it, and uses circuit {circuit}"))
    } else {
        to(false, "link", format!("virtual network {name} has it, and is not linked to circuit {circuit}"))
    }
}

fn of_services(plan: &Plan, attachment: &Attachment, prefix: IpNet) -> Vec<Rule> {
    let selection = selection(plan, attachment);
    let candidates = selection.candidates(&plan.service_prefixes);
    let Some(service) = candidates.iter().find(|service| service.prefix == prefix) else {
        return vec![to(
            false,
            "service prefixes",
            "no file has exactly this prefix for this peering".to_owned(),
        )];
    };
    let values: Vec<String> = service.communities.iter().map(ToString::to_string).collect();
    let place = match service.place {
        Place::Region(region) => region.to_string(),
        Place::Unplaced(..) => "no region".to_owned(),
    };
    let known = to(true, "service prefixes", format!("{place}, with {}", values.join(" ")));
    let reached = to(true, "reach", format!("circuit {} reaches it", attachment.id.circuit));
    match selection.judge(service) {
        Ok(()) => {
            vec![known, reached, to(true, "route filter", "it is selected, or nothing has to be".to_owned())]
        }
        Err(why @ (Withheld::OutOfReach(_) | Withheld::Unplaced)) => {
            vec![known, to(false, "reach", why.to_string())]
        }
        Err(why @ (Withheld::NoRouteFilter | Withheld::NotSelected)) => {
            vec![known, reached, to(false, "route filter", why.to_string())]
        }
    }
}
