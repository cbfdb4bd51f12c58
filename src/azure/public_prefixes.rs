//! How far the validation of a peering's public prefixes has come.

use std::{fmt, str::FromStr};

/// ARM `advertisedPublicPrefixesState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdvertisedPublicPrefixesState {
    /// There are none, or nothing to validate them against.
    NotConfigured,
    /// Something is not known to be the customer's yet, and who may know it has not answered: the sessions stay down.
    Configuring,
    /// All of it is the customer's.
    Configured,
    /// Something is not known to be the customer's: the sessions stay down.
    ValidationNeeded,
}

impl AdvertisedPublicPrefixesState {
    /// True if the sessions stay down.
    pub const fn holds_sessions(self) -> bool {
        matches!(self, Self::Configuring | Self::ValidationNeeded)
    }
}

/// Text that is none of the states that somebody can set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a state that can be set; write \"Configured\" for what Microsoft has validated by hand"
)]
pub struct NotSettable(String);

/// The one state that a person sets, where a registry cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByHand;

impl FromStr for ByHand {
    type Err = NotSettable;

    fn from_str(text: &str) -> Result<Self, NotSettable> {
        if text == "Configured" { Ok(Self) } else { Err(NotSettable(text.to_owned())) }
    }
}

impl fmt::Display for AdvertisedPublicPrefixesState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotConfigured => "NotConfigured",
            Self::Configuring => "Configuring",
            Self::Configured => "Configured",
            Self::ValidationNeeded => "ValidationNeeded",
        })
    }
}
