//! What a circuit is sold as.

use std::{fmt, str::FromStr};

/// Reach and limits of a circuit (ARM `sku.tier`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// The regions at the peering location only.
    Local,
    /// Every region of the geopolitical region.
    Standard,
    /// Every region of the cloud, with higher limits.
    Premium,
}

/// How egress is paid for (ARM `sku.family`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Billing {
    /// Egress is charged by the gigabyte.
    MeteredData,
    /// Egress is in the price.
    UnlimitedData,
}

/// Tier and billing of a circuit, written `Standard_MeteredData` (ARM `sku.name`).
///
/// A Local circuit is always `UnlimitedData` (Azure: "ExpressRoute FAQ", ExpressRoute Local).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sku {
    tier: Tier,
    billing: Billing,
}

/// Text that is not the name of an SKU.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASku {
    /// Not one of the five names.
    #[error("{0:?} is not an SKU")]
    Unknown(String),
    /// Local circuits have no metered billing.
    #[error("a Local circuit is always UnlimitedData")]
    LocalMetered,
}

impl Sku {
    /// What a circuit is when nothing is said.
    pub const STANDARD_METERED: Self = Self { tier: Tier::Standard, billing: Billing::MeteredData };

    /// The names that exist, in the order of their price.
    pub const NAMES: [&str; 5] = [
        "Local_UnlimitedData",
        "Standard_MeteredData",
        "Standard_UnlimitedData",
        "Premium_MeteredData",
        "Premium_UnlimitedData",
    ];

    /// Reach and limits.
    pub const fn tier(self) -> Tier {
        self.tier
    }

    /// How egress is paid for.
    pub const fn billing(self) -> Billing {
        self.billing
    }
}

impl FromStr for Sku {
    type Err = NotASku;

    fn from_str(text: &str) -> Result<Self, NotASku> {
        let unknown = || NotASku::Unknown(text.to_owned());
        let (tier, billing) = text.split_once('_').ok_or_else(unknown)?;
        let tier = match tier {
            "Local" => Tier::Local,
            "Standard" => Tier::Standard,
            "Premium" => Tier::Premium,
            _ => return Err(unknown()),
        };
        let billing = match billing {
            "MeteredData" => Billing::MeteredData,
            "UnlimitedData" => Billing::UnlimitedData,
            _ => return Err(unknown()),
        };
        if (tier, billing) == (Tier::Local, Billing::MeteredData) {
            return Err(NotASku::LocalMetered);
        }
        Ok(Self { tier, billing })
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local => "Local",
            Self::Standard => "Standard",
            Self::Premium => "Premium",
        })
    }
}

impl fmt::Display for Billing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MeteredData => "MeteredData",
            Self::UnlimitedData => "UnlimitedData",
        })
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.tier, self.billing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_as_it_prints() {
        for name in Sku::NAMES {
            assert_eq!(name.parse::<Sku>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn other_names_are_refused() {
        assert_eq!("Local_MeteredData".parse::<Sku>(), Err(NotASku::LocalMetered));
        for wrong in ["", "Standard", "Basic_MeteredData", "standard_metereddata", "Standard_MeteredData_"] {
            assert_eq!(wrong.parse::<Sku>(), Err(NotASku::Unknown(wrong.to_owned())));
        }
    }
}
