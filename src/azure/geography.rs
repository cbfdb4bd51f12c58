//! Clouds and geopolitical regions.

use std::{fmt, str::FromStr};

/// A cloud with its own regions and locations; nothing is routed between two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cloud {
    /// `AzureCloud`.
    Public,
    /// `AzureUSGovernment`.
    UsGovernment,
    /// `AzureChinaCloud`.
    China,
}

/// A geopolitical region: how far a Standard circuit reaches (Azure: "ExpressRoute locations and partners").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Geography(usize);

/// Every geopolitical region and the cloud that it belongs to.
const GEOGRAPHIES: [(&str, Cloud); 16] = [
    ("North America", Cloud::Public),
    ("South America", Cloud::Public),
    ("Europe", Cloud::Public),
    ("Asia", Cloud::Public),
    ("Japan", Cloud::Public),
    ("Oceania", Cloud::Public),
    ("Australia Government", Cloud::Public),
    ("India", Cloud::Public),
    ("South Korea", Cloud::Public),
    ("South Africa", Cloud::Public),
    ("UAE", Cloud::Public),
    ("Israel", Cloud::Public),
    ("Qatar", Cloud::Public),
    ("US Government cloud", Cloud::UsGovernment),
    ("China North", Cloud::China),
    ("China East", Cloud::China),
];

/// Text that names no cloud.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a cloud; write \"AzureCloud\", \"AzureUSGovernment\" or \"AzureChinaCloud\"")]
pub struct NotACloud(String);

impl Geography {
    /// The geopolitical region of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        GEOGRAPHIES.iter().position(|(own, _)| *own == name).map(Self)
    }

    /// The cloud that it belongs to.
    pub fn cloud(self) -> Cloud {
        self.row().1
    }

    fn row(self) -> (&'static str, Cloud) {
        GEOGRAPHIES.get(self.0).copied().unwrap_or(("", Cloud::Public))
    }
}

impl fmt::Display for Geography {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().0)
    }
}

impl Cloud {
    /// All clouds, as ARM's clients name them.
    const NAMES: [(Self, &'static str); 3] = [
        (Self::Public, "AzureCloud"),
        (Self::UsGovernment, "AzureUSGovernment"),
        (Self::China, "AzureChinaCloud"),
    ];
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::NAMES.iter().find(|(own, _)| own == self);
        f.write_str(named.map_or("", |(_, name)| name))
    }
}

impl FromStr for Cloud {
    type Err = NotACloud;

    fn from_str(text: &str) -> Result<Self, NotACloud> {
        let named = Self::NAMES.iter().find(|(_, name)| *name == text);
        named.map(|(cloud, _)| *cloud).ok_or_else(|| NotACloud(text.to_owned()))
    }
}
