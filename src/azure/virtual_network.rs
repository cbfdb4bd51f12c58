//! Names of virtual networks.

use std::{fmt, str::FromStr, sync::Arc};

/// Name of a virtual network, unique in a lab; shared because routes and messages carry it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct VirtualNetworkName(Arc<str>);

/// Text that is empty, longer than 64 characters or holds other than letters, digits, `-`, `_` and `.`
/// (Azure: "Naming rules and restrictions for Azure resources").
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a virtual network name; use up to 64 letters, digits, '-', '_' and '.'")]
pub struct NotAVirtualNetworkName(String);

impl VirtualNetworkName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VirtualNetworkName {
    type Err = NotAVirtualNetworkName;

    fn from_str(text: &str) -> Result<Self, NotAVirtualNetworkName> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > 64 || !text.chars().all(fits) {
            return Err(NotAVirtualNetworkName(text.to_owned()));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for VirtualNetworkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
