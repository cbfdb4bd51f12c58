//! Which regions a circuit reaches: what may be linked to it, and which prefixes it is sent.

use super::{Cloud, PeeringLocation, Region, Tier};

/// How far a circuit reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// No location is said, so there is no rule to go by.
    Unknown,
    /// What the tier buys at a location.
    From(&'static PeeringLocation, Tier),
}

/// A region that a circuit does not reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutOfReach {
    /// Nothing is routed between clouds.
    #[error("{region} is in {other}; the circuit is at {location}, in {own}", other = .region.cloud(), own = .location.cloud)]
    OtherCloud {
        /// The region.
        region: &'static Region,
        /// Where the circuit is.
        location: &'static PeeringLocation,
    },
    /// A Standard circuit ends at the border of its geopolitical region.
    #[error("{region} is in {other}; a Standard circuit at {location} reaches {own} only", other = .region.geography, own = .location.geography)]
    OtherGeography {
        /// The region.
        region: &'static Region,
        /// Where the circuit is.
        location: &'static PeeringLocation,
    },
    /// A Local circuit reaches the regions beside its location.
    #[error("a Local circuit at {location} reaches {}; {region} is not among them", local(.location))]
    NotLocal {
        /// The region.
        region: &'static Region,
        /// Where the circuit is.
        location: &'static PeeringLocation,
    },
}

impl Reach {
    /// Whether the circuit reaches a region (Azure: "ExpressRoute circuits and peering", "ExpressRoute FAQ").
    ///
    /// # Errors
    /// [`OutOfReach`] with the rule that says no.
    pub fn includes(self, region: &'static Region) -> Result<(), OutOfReach> {
        let Self::From(location, tier) = self else { return Ok(()) };
        if region.cloud() != location.cloud {
            return Err(OutOfReach::OtherCloud { region, location });
        }
        match tier {
            Tier::Premium => Ok(()),
            Tier::Standard if region.geography == location.geography => Ok(()),
            Tier::Standard => Err(OutOfReach::OtherGeography { region, location }),
            Tier::Local if location.local_regions.contains(&region) => Ok(()),
            Tier::Local => Err(OutOfReach::NotLocal { region, location }),
        }
    }

    /// Whether the circuit reaches prefixes of a cloud that belong to no region we know.
    ///
    /// Those of a service without regions are everywhere in their cloud; those of a region that is not in our list
    /// come with Premium, which reaches all of the cloud.
    pub fn includes_unplaced(self, cloud: Cloud, why: Unplaced) -> bool {
        match (self, why) {
            (Self::Unknown, _) => true,
            (Self::From(location, Tier::Premium), _)
            | (Self::From(location, Tier::Standard), Unplaced::Global) => location.cloud == cloud,
            (Self::From(..), _) => false,
        }
    }
}

/// Why a prefix has no region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unplaced {
    /// Its service has no regions.
    Global,
    /// Its region is not in our list.
    UnknownRegion,
}

impl OutOfReach {
    /// The next step.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::OtherCloud { .. } => {
                "national clouds are isolated: use a circuit at a location of that cloud"
            }
            Self::OtherGeography { .. } => "choose a Premium SKU, or a location in that geopolitical region",
            Self::NotLocal { .. } => "choose a Standard or Premium SKU",
        }
    }
}

fn local(location: &PeeringLocation) -> String {
    match location.local_regions.as_slice() {
        [] => "no region".to_owned(),
        regions => regions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(location: &str, tier: Tier, region: &str) -> bool {
        let location = PeeringLocation::named(location, None).unwrap();
        Reach::From(location, tier).includes(Region::named(region).unwrap()).is_ok()
    }

    #[test]
    fn each_tier_reaches_as_far_as_it_is_sold() {
        use Tier::{Local, Premium, Standard};
        for (location, tier, region, reached) in [
            ("Amsterdam", Local, "westeurope", true),
            ("Amsterdam", Local, "northeurope", false),
            ("Amsterdam", Standard, "northeurope", true),
            ("Amsterdam", Standard, "westus", false),
            ("Amsterdam", Premium, "brazilsouth", true),
            ("Silicon Valley", Premium, "westeurope", true),
            ("Amsterdam", Premium, "usgovvirginia", false),
            ("Beijing", Premium, "chinaeast", true),
            ("Beijing", Standard, "chinaeast", false),
            ("Beijing", Premium, "westeurope", false),
        ] {
            assert_eq!(reaches(location, tier, region), reached, "{location} {tier} {region}");
        }
    }
}
