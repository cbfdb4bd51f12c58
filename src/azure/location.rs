//! Peering locations: where a circuit meets Microsoft.

use super::{Geography, Region, geography::Cloud};
use std::{fmt, sync::LazyLock};

/// A peering location, from `data/peering-locations.csv`.
#[derive(Debug, PartialEq, Eq)]
pub struct PeeringLocation {
    /// The cloud whose edge is there.
    pub cloud: Cloud,
    /// `Amsterdam`.
    pub name: &'static str,
    /// How far a Standard circuit reaches from there.
    pub geography: Geography,
    /// Zone of the price list, 1 to 4; national clouds have none.
    pub zone: Option<u8>,
    /// What a Local circuit reaches from there.
    pub local_regions: Vec<&'static Region>,
    /// Whether customers may have ports of their own there.
    pub direct: Direct,
}

/// ExpressRoute Direct at a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direct {
    /// A customer may have a port.
    Offered,
    /// Only providers have ports.
    NotOffered,
}

static LOCATIONS: LazyLock<Vec<PeeringLocation>> = LazyLock::new(|| {
    include_str!("../../data/peering-locations.csv")
        .lines()
        .skip(1)
        .filter_map(PeeringLocation::read)
        .collect()
});

impl PeeringLocation {
    /// Every location, in the order of the file.
    pub fn all() -> &'static [Self] {
        &LOCATIONS
    }

    /// The location of that name; without a cloud, the public one's before the others'.
    pub fn named(name: &str, cloud: Option<Cloud>) -> Option<&'static Self> {
        let fits = |location: &&Self| {
            location.name.eq_ignore_ascii_case(name) && cloud.is_none_or(|cloud| cloud == location.cloud)
        };
        LOCATIONS.iter().filter(fits).min_by_key(|location| location.cloud)
    }

    fn read(line: &'static str) -> Option<Self> {
        let mut cells = line.split(',');
        let mut cell = || cells.next();
        Some(Self {
            cloud: match cell()? {
                "Public" => Cloud::Public,
                "USGov" => Cloud::UsGovernment,
                "China" => Cloud::China,
                _ => return None,
            },
            name: cell()?,
            geography: Geography::named(cell()?)?,
            zone: cell()?.parse().ok(),
            local_regions: cell()?.split(';').filter_map(Region::named).collect(),
            direct: if cell()? == "y" { Direct::Offered } else { Direct::NotOffered },
        })
    }
}

impl fmt::Display for PeeringLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_file_is_a_location() {
        let lines = include_str!("../../data/peering-locations.csv").lines().count();
        assert_eq!(PeeringLocation::all().len(), lines - 1);
    }

    #[test]
    fn the_cloud_decides_between_two_locations_of_one_name() {
        let cloud = |cloud| PeeringLocation::named("Washington DC", cloud).map(|location| location.cloud);
        assert_eq!(cloud(None), Some(Cloud::Public));
        assert_eq!(cloud(Some(Cloud::UsGovernment)), Some(Cloud::UsGovernment));
        assert_eq!(cloud(Some(Cloud::China)), None);
        assert_eq!(PeeringLocation::named("Beijing", None).unwrap().cloud, Cloud::China);
        let regions = &PeeringLocation::named("Washington DC", None).unwrap().local_regions;
        assert_eq!(regions.iter().map(|region| region.arm_name).collect::<Vec<_>>(), ["eastus", "eastus2"]);
    }
}
