//! Connectivity providers: who sells circuits, where, and in which sizes.

use super::{PeeringLocation, RulesProfile, bandwidth};
use std::{fmt, str::FromStr, sync::LazyLock};

/// A connectivity provider (ARM `expressRouteServiceProviders`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceProvider {
    /// `Equinix`.
    pub name: String,
    /// What it runs.
    pub kind: ProviderKind,
    /// Where it meets Microsoft.
    pub locations: Vec<&'static PeeringLocation>,
    /// The sizes that it sells in Mbps, if they are not those of its kind.
    pub bandwidths_mbps: Option<Vec<u32>>,
    /// Whether it offered Microsoft peering in 2015; today all do.
    pub microsoft_peering_2015: Offer,
}

/// What a provider runs (Azure: ExpressRoute overview of 2015, connectivity options).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProviderKind {
    /// EXP: layer 2 to an exchange; the customer runs BGP.
    Exchange,
    /// NSP: a layer 3 network; the provider may run BGP for the customer.
    NetworkServiceProvider,
}

/// Whether something is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It is.
    Yes,
    /// It is not, or not yet.
    No,
}

/// Text that names no kind of provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a kind of provider; write \"exchange\" or \"network_service_provider\"")]
pub struct NotAProviderKind(String);

static PROVIDERS: LazyLock<Vec<ServiceProvider>> = LazyLock::new(|| {
    include_str!("../../data/service-providers.csv")
        .lines()
        .skip(1)
        .filter_map(ServiceProvider::read)
        .collect()
});

impl ServiceProvider {
    /// The providers that are compiled in, by name.
    pub fn built_in() -> &'static [Self] {
        &PROVIDERS
    }

    /// The sizes that it sells in Mbps, ascending.
    pub fn bandwidths(&self, rules: RulesProfile) -> Vec<u32> {
        let of_kind = || bandwidth::offered_by(self.kind, rules).to_vec();
        self.bandwidths_mbps.clone().unwrap_or_else(of_kind)
    }

    /// Whether Microsoft peering can be had from it.
    pub const fn microsoft_peering(&self, rules: RulesProfile) -> Offer {
        match rules {
            RulesProfile::Current => Offer::Yes,
            RulesProfile::Year2015 => self.microsoft_peering_2015,
        }
    }

    fn read(line: &str) -> Option<Self> {
        let mut cells = line.split(',');
        let mut cell = || cells.next();
        Some(Self {
            name: cell()?.to_owned(),
            kind: cell()?.parse().ok()?,
            microsoft_peering_2015: if cell()? == "y" { Offer::Yes } else { Offer::No },
            locations: cell()?.split(';').filter_map(|name| PeeringLocation::named(name, None)).collect(),
            bandwidths_mbps: None,
        })
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exchange => "exchange",
            Self::NetworkServiceProvider => "network_service_provider",
        })
    }
}

impl FromStr for ProviderKind {
    type Err = NotAProviderKind;

    fn from_str(text: &str) -> Result<Self, NotAProviderKind> {
        match text {
            "exchange" => Ok(Self::Exchange),
            "network_service_provider" => Ok(Self::NetworkServiceProvider),
            _ => Err(NotAProviderKind(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_file_is_a_provider_at_known_locations() {
        let lines: Vec<&str> = include_str!("../../data/service-providers.csv").lines().skip(1).collect();
        assert_eq!(ServiceProvider::built_in().len(), lines.len());
        for (line, provider) in lines.iter().zip(ServiceProvider::built_in()) {
            assert_eq!(provider.locations.len(), line.split(';').count(), "{line}");
        }
    }
}
