//! What a circuit is bought as: of whom, where, how much, and how far the provider has come.

use super::{Surroundings, number, port::Port};
use crate::{
    azure::{
        Bandwidth, CircuitName, CircuitState, Cloud, Party, PeeringLocation, ProviderKind, ProviderState,
        Reach, RulesProfile, ServiceKey, ServiceProvider, Sku, bandwidth, port::PortOwner,
    },
    config::{
        error::{CircuitFault, OrderFault, Seller},
        file::CircuitTable,
        nearest::nearest,
        plan::Transit,
        report::Report,
    },
};
use std::str::FromStr;
use toml::Spanned;

/// What a circuit is bought as.
pub(super) struct Order<'a> {
    pub(super) provider: Option<&'a ServiceProvider>,
    pub(super) port: Option<&'a Port>,
    pub(super) location: Option<&'static PeeringLocation>,
    pub(super) bandwidth: Bandwidth,
    pub(super) sku: Sku,
    pub(super) state: CircuitState,
    pub(super) provider_state: ProviderState,
    pub(super) service_key: ServiceKey,
    pub(super) authorized_by: Party,
    /// Which regions it reaches, for what is linked to it.
    pub(super) reach: Reach,
}

pub(super) fn order<'a>(
    table: &Spanned<CircuitTable>,
    name: &CircuitName,
    sku: Sku,
    around: &Surroundings<'a>,
    report: &mut Report,
) -> Order<'a> {
    let circuit = table.get_ref();
    let provider =
        circuit.service_provider.as_ref().and_then(|name| provider(name, around.providers, report));
    let own_port = circuit.express_route_port.as_ref().and_then(|name| own_port(name, around.ports, report));
    if let (Some(provider), Some(port)) = (&circuit.service_provider, &circuit.express_route_port) {
        report.refuse_beside(port.span(), provider.span(), OrderFault::TwoSellers);
    }
    let cloud = circuit.cloud.as_ref().and_then(|text| read(text, report));
    let location = circuit.peering_location.as_ref().and_then(|text| location(text, cloud, report));
    refuse_elsewhere(circuit, (provider, own_port), location, report);
    refuse_halves(table, around, report);
    let location = location.or(own_port.map(|port| port.location));
    let kind = circuit.provider_kind.as_ref().and_then(|text| {
        let kind: ProviderKind = read(text, report)?;
        if let Some(provider) = provider
            && provider.kind != kind
        {
            let (provider, own) = (provider.name.clone(), provider.kind.to_string());
            report
                .refuse(text.span(), OrderFault::OtherKind { found: kind.to_string(), provider, kind: own });
        }
        Some(kind)
    });
    let (seller, offered) = match (own_port, provider, kind) {
        (Some(port), ..) => (Seller::Port(port.speed), bandwidth::offered_on(port.speed).to_vec()),
        (None, Some(provider), _) => {
            (Seller::Provider(provider.name.clone()), provider.bandwidths(around.rules))
        }
        (None, None, Some(kind)) => {
            (Seller::Provider(kind.to_string()), bandwidth::offered_by(kind, around.rules).to_vec())
        }
        (None, None, None) => (Seller::Anybody, bandwidth::offered(around.rules).to_vec()),
    };
    let at_provider = provider.zip(location).and_then(|(provider, location)| {
        around.ports.iter().find(|port| {
            port.provider.as_deref() == Some(provider.name.as_str()) && port.location == location
        })
    });
    let provider_state = circuit
        .service_provider_provisioning_state
        .as_ref()
        .and_then(|text| read(text, report))
        .unwrap_or_default();
    Order {
        provider,
        port: own_port.or(at_provider),
        location,
        bandwidth: bandwidth(circuit, sku, (seller, offered), around.rules, report),
        sku,
        state: state(circuit, provider_state, report),
        provider_state,
        service_key: circuit
            .service_key
            .as_ref()
            .and_then(|text| read(text, report))
            .unwrap_or_else(|| ServiceKey::of_circuit(name.as_str())),
        authorized_by: authorized_by(circuit, provider, report),
        reach: match (around.transit, location) {
            (Transit::Azure, Some(location)) => Reach::From(location, sku.tier()),
            (Transit::Open, _) | (_, None) => Reach::Unknown,
        },
    }
}

fn state(circuit: &CircuitTable, provider_state: ProviderState, report: &mut Report) -> CircuitState {
    let Some(text) = &circuit.circuit_provisioning_state else { return CircuitState::default() };
    let state = read(text, report).unwrap_or_default();
    if state == CircuitState::Disabling && provider_state != ProviderState::Deprovisioning {
        report.refuse(text.span(), OrderFault::NotGivenUp(provider_state));
    }
    state
}

fn authorized_by(table: &CircuitTable, provider: Option<&ServiceProvider>, report: &mut Report) -> Party {
    let Some(text) = &table.authorized_by else { return Party::Customer };
    let party = read(text, report).unwrap_or_default();
    if let Some(provider) = provider
        && (party, provider.kind) == (Party::Provider, ProviderKind::Exchange)
    {
        report.refuse(text.span(), OrderFault::ExchangeManages(provider.name.clone()));
    }
    party
}

/// Reads a word, or refuses it.
pub(super) fn read<T>(text: &Spanned<String>, report: &mut Report) -> Option<T>
where
    T: FromStr<Err: Into<OrderFault>>,
{
    text.get_ref().parse().map_err(|fault: T::Err| report.refuse(text.span(), fault.into())).ok()
}

pub(super) fn provider<'a>(
    name: &Spanned<String>,
    providers: &'a [ServiceProvider],
    report: &mut Report,
) -> Option<&'a ServiceProvider> {
    let found = providers.iter().find(|provider| provider.name.eq_ignore_ascii_case(name.get_ref()));
    if found.is_none() {
        let known = providers.iter().map(|provider| provider.name.as_str());
        let nearest = nearest(name.get_ref(), known).map(str::to_owned);
        report.refuse(name.span(), OrderFault::UnknownProvider { name: name.get_ref().clone(), nearest });
    }
    found
}

pub(super) fn location(
    text: &Spanned<String>,
    cloud: Option<Cloud>,
    report: &mut Report,
) -> Option<&'static PeeringLocation> {
    let found = PeeringLocation::named(text.get_ref(), cloud);
    if found.is_none() {
        let fits = |location: &&PeeringLocation| cloud.is_none_or(|cloud| location.cloud == cloud);
        let known = PeeringLocation::all().iter().filter(fits).map(|location| location.name);
        let nearest = nearest(text.get_ref(), known).map(str::to_owned);
        report.refuse(text.span(), OrderFault::UnknownLocation { name: text.get_ref().clone(), nearest });
    }
    found
}

fn own_port<'a>(name: &Spanned<String>, ports: &'a [Port], report: &mut Report) -> Option<&'a Port> {
    let found = ports.iter().find(|port| port.owner() == PortOwner::Customer && port.name == *name.get_ref());
    if found.is_none() {
        report.refuse(name.span(), OrderFault::UnknownPort(name.get_ref().clone()));
    }
    found
}

/// Refuses a location where the seller is not.
fn refuse_elsewhere(
    circuit: &CircuitTable,
    (provider, port): (Option<&ServiceProvider>, Option<&Port>),
    location: Option<&'static PeeringLocation>,
    report: &mut Report,
) {
    let (Some(text), Some(location)) = (&circuit.peering_location, location) else { return };
    // Providers are listed for the public cloud; in another one nobody knows better than the file.
    if let Some(provider) = provider
        && location.cloud == Cloud::Public
        && !provider.locations.contains(&location)
    {
        let (provider, offered) = (provider.name.clone(), provider.locations.clone());
        report.refuse(text.span(), OrderFault::NotThere { provider, location, offered });
    }
    if let Some(port) = port
        && port.location != location
    {
        report
            .refuse(text.span(), OrderFault::PortElsewhere { port: port.name.clone(), there: port.location });
    }
}

fn refuse_halves(table: &Spanned<CircuitTable>, around: &Surroundings<'_>, report: &mut Report) {
    let circuit = table.get_ref();
    if circuit.peering_location.is_none()
        && let Some(provider) = &circuit.service_provider
        && !report.was_refused("peering_location")
    {
        let fault = OrderFault::Half { given: "service_provider", missing: "peering_location" };
        report.refuse(provider.span(), fault);
    }
    if (around.rules, around.transit) == (RulesProfile::Year2015, Transit::Azure)
        && circuit.service_provider.is_none()
        && !report.was_refused("service_provider")
    {
        report.refuse(table.span(), OrderFault::NoProviderIn2015);
    }
}

fn bandwidth(
    table: &CircuitTable,
    sku: Sku,
    (seller, offered): (Seller, Vec<u32>),
    rules: RulesProfile,
    report: &mut Report,
) -> Bandwidth {
    let Some(value) = &table.bandwidth_mbps else { return Bandwidth::ONE_GBPS };
    let Some(bandwidth) = number(value).and_then(|mbps| Bandwidth::among(&offered, mbps)) else {
        report
            .refuse(value.span(), OrderFault::Bandwidth { found: value.get_ref().0, seller, offered, rules });
        return Bandwidth::ONE_GBPS;
    };
    if !bandwidth.is_sold_as(sku.tier()) {
        report.refuse(value.span(), CircuitFault::BandwidthOfSku { sku, bandwidth });
    }
    bandwidth
}
