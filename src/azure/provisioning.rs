//! How far a circuit has come, and who may change what (Azure: "ExpressRoute workflows for circuit provisioning and
//! circuit states").

use std::{fmt, str::FromStr};
use uuid::Uuid;

/// ARM `serviceKey`: what a customer gives to the provider, who finds the circuit by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey(Uuid);

/// ARM `serviceProviderProvisioningState`: how far the provider has come with its side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProviderState {
    /// The provider has not begun.
    NotProvisioned,
    /// The provider is at it.
    Provisioning,
    /// Layer 2 is there: peerings and virtual networks can be added.
    #[default]
    Provisioned,
    /// The provider takes its side down.
    Deprovisioning,
}

/// ARM `circuitProvisioningState`: whether the customer still wants the circuit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CircuitState {
    /// It is ordered, or runs.
    #[default]
    Enabled,
    /// It is given up, and goes when its provider has taken his side down.
    Disabling,
}

/// On whose side a change is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The customer, who owns the circuit.
    #[default]
    Customer,
    /// The connectivity provider, who owns the cross connection.
    Provider,
}

/// Text that is no state of a provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a state of the provider")]
pub struct NotAProviderState(String);

/// Text that is no state of a circuit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither \"Enabled\" nor \"Disabling\"")]
pub struct NotACircuitState(String);

/// Text that is no GUID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a GUID")]
pub struct NotAServiceKey(String);

impl ServiceKey {
    /// A new key.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The key of a circuit whose configuration has none: always the same for the same name.
    pub fn of_circuit(name: &str) -> Self {
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
    }
}

impl ProviderState {
    /// All states, in the order of a circuit's life.
    pub const ALL: [Self; 4] =
        [Self::NotProvisioned, Self::Provisioning, Self::Provisioned, Self::Deprovisioning];

    /// Whether a provider may go from this state to the other one. A step may be left out, but none taken back other
    /// than by the way through `NotProvisioned`.
    pub const fn may_become(self, next: Self) -> bool {
        use ProviderState::{Deprovisioning, NotProvisioned, Provisioned, Provisioning};
        matches!(
            (self, next),
            (NotProvisioned, Provisioning | Provisioned)
                | (Provisioning, Provisioned | NotProvisioned)
                | (Provisioned, Deprovisioning | NotProvisioned)
                | (Deprovisioning, NotProvisioned)
        )
    }
}

impl fmt::Display for ProviderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotProvisioned => "NotProvisioned",
            Self::Provisioning => "Provisioning",
            Self::Provisioned => "Provisioned",
            Self::Deprovisioning => "Deprovisioning",
        })
    }
}

impl FromStr for ProviderState {
    type Err = NotAProviderState;

    fn from_str(text: &str) -> Result<Self, NotAProviderState> {
        let named = Self::ALL.into_iter().find(|state| state.to_string() == text);
        named.ok_or_else(|| NotAProviderState(text.to_owned()))
    }
}

impl fmt::Display for CircuitState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enabled => "Enabled",
            Self::Disabling => "Disabling",
        })
    }
}

impl FromStr for CircuitState {
    type Err = NotACircuitState;

    fn from_str(text: &str) -> Result<Self, NotACircuitState> {
        match text {
            "Enabled" => Ok(Self::Enabled),
            "Disabling" => Ok(Self::Disabling),
            _ => Err(NotACircuitState(text.to_owned())),
        }
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ServiceKey {
    type Err = NotAServiceKey;

    fn from_str(text: &str) -> Result<Self, NotAServiceKey> {
        Uuid::try_parse(text).map(Self).map_err(|_| NotAServiceKey(text.to_owned()))
    }
}

/// Text that names neither side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither \"customer\" nor \"provider\"")]
pub struct NotAParty(String);

impl FromStr for Party {
    type Err = NotAParty;

    fn from_str(text: &str) -> Result<Self, NotAParty> {
        match text {
            "customer" => Ok(Self::Customer),
            "provider" => Ok(Self::Provider),
            _ => Err(NotAParty(text.to_owned())),
        }
    }
}

/// As ARM's `lastModifiedBy` has it.
impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Customer => "Customer",
            Self::Provider => "Provider",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_goes_forward_and_round_but_not_back() {
        use ProviderState::{Deprovisioning, NotProvisioned, Provisioned, Provisioning};
        let allowed: Vec<(ProviderState, ProviderState)> = ProviderState::ALL
            .into_iter()
            .flat_map(|from| ProviderState::ALL.map(|to| (from, to)))
            .filter(|(from, to)| from.may_become(*to))
            .collect();
        assert_eq!(
            allowed,
            [
                (NotProvisioned, Provisioning),
                (NotProvisioned, Provisioned),
                (Provisioning, NotProvisioned),
                (Provisioning, Provisioned),
                (Provisioned, NotProvisioned),
                (Provisioned, Deprovisioning),
                (Deprovisioning, NotProvisioned),
            ]
        );
    }

    #[test]
    fn a_service_key_reads_as_it_prints_and_stays_the_same() {
        let key = ServiceKey::of_circuit("ams-1");
        assert_eq!(key.to_string().parse(), Ok(key));
        assert_eq!(key, ServiceKey::of_circuit("ams-1"));
        assert_ne!(key, ServiceKey::of_circuit("ams-2"));
        assert_ne!(ServiceKey::random(), ServiceKey::random());
        assert!("no key".parse::<ServiceKey>().is_err());
    }
}
