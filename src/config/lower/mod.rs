//! From tables to a plan: every default filled in, every rule checked, every error kept.
//!
//! A value that is refused is replaced by its default and lowering goes on, so that one run finds everything; the
//! plan of a file with errors is thrown away by the caller.

mod circuit;
mod conflicts;
mod daemon;
mod data_file;
mod ends;
mod global_reach;
mod interface;
mod link;
mod order;
mod peering;
mod port;
mod protocol;
mod provider;
mod registry;
mod route_filter;
mod secret_file;
mod service_prefixes;
mod session;
mod settings;
mod virtual_network;

pub(super) use secret_file::is_open_to_others;

use super::{
    error::{FileFault, Span},
    file::{File, Integer, LabTable},
    plan::{Binding, ManagedAddress, Plan, Registry, RouteFilter, Transit},
    report::Report,
};
use crate::{
    asn::Asn,
    azure::{AttachmentId, LinkSubnet, Router, RulesProfile, ServiceProvider},
    wire::open::Identifier,
};
use std::{
    net::{IpAddr, SocketAddr},
    path::Path,
};
use toml::Spanned;

/// What every circuit is judged by.
struct Surroundings<'a> {
    providers: &'a [ServiceProvider],
    ports: &'a [port::Port],
    route_filters: &'a [RouteFilter],
    registry: Option<&'a Registry>,
    rules: RulesProfile,
    asn: Asn,
    transit: Transit,
    router_ids: RouterIds,
    binding: Binding,
    links: interface::Links,
    /// Where relative paths start.
    directory: &'a Path,
}

/// Configured identifiers of the pair.
#[derive(Clone, Copy)]
struct RouterIds {
    primary: Option<Identifier>,
    secondary: Option<Identifier>,
}

/// A session with its place in the file, for the rules that hold between sessions.
struct Placed {
    id: AttachmentId,
    at: Span,
    subnet: Option<LinkSubnet>,
    local_address: IpAddr,
    peer_address: IpAddr,
    local_endpoint: SocketAddr,
    peer_endpoint: SocketAddr,
    /// What the daemon puts its address on.
    managed: Option<ManagedAddress>,
}

/// The plan that the tables describe, if nothing is reported.
pub(super) fn plan(file: &File, directory: &Path, running: Option<&Plan>, report: &mut Report) -> Plan {
    let daemon = daemon::daemon(&file.daemon, directory, report);
    let providers = provider::providers(&file.service_provider, report);
    let services = service_prefixes::service_prefixes(&file.service_prefixes, directory, running, report);
    let registry = registry::registry(file.registry.as_ref(), directory, running, report);
    let filters = route_filter::route_filters(&file.route_filter, &file.service_prefixes, report);
    let ports = port::ports(&file.express_route_port, &providers, daemon.rules, report);
    let around = Surroundings {
        providers: &providers,
        ports: &ports,
        route_filters: &filters,
        registry: registry.as_ref().filter(|_| !file.lab.open_transit),
        rules: daemon.rules,
        asn: daemon.asn,
        transit: transit(&file.lab),
        router_ids: daemon::router_ids(&file.routers, report),
        binding: if file.daemon.freebind { Binding::Free } else { Binding::Present },
        links: interface::Links::of(&file.daemon, &file.routers, report),
        directory,
    };
    let networks = virtual_network::virtual_networks(&file.virtual_network, report);
    let circuits = circuit::circuits(&file.circuit, &networks, &around, report);
    interface::nothing_managed(&file.daemon, &circuits.attachments, report);
    if file.circuit.is_empty() && !report.was_refused("circuit") {
        report.refuse_file(FileFault::NothingToRun);
    }
    Plan {
        daemon,
        transit: around.transit,
        virtual_networks: networks,
        circuits: circuits.circuits,
        attachments: circuits.attachments,
        service_prefixes: services,
        registry,
        service_providers: providers,
    }
}

fn transit(lab: &LabTable) -> Transit {
    if lab.open_transit { Transit::Open } else { Transit::Azure }
}

impl RouterIds {
    fn of(self, router: Router) -> Option<Identifier> {
        match router {
            Router::Primary => self.primary,
            Router::Secondary => self.secondary,
        }
    }
}

/// The number in the type that its meaning has, if it fits.
fn number<T: TryFrom<i64>>(value: &Spanned<Integer>) -> Option<T> {
    T::try_from(value.get_ref().0).ok()
}
