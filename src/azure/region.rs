//! Azure's regions.

use super::{Geography, geography::Cloud};
use crate::community::Community;
use std::{fmt, sync::LazyLock};

/// Microsoft's AS in every community value of the service.
const COMMUNITY_AS: u16 = 12076;

/// A region, from `data/regions.csv`.
#[derive(Debug, PartialEq, Eq)]
pub struct Region {
    /// `West Europe`.
    pub display_name: &'static str,
    /// `westeurope`.
    pub arm_name: &'static str,
    /// Where it lies.
    pub geography: Geography,
    /// The last three digits of its community values, if it has any.
    community_suffix: Option<u16>,
    /// As the service tags file spells it.
    service_tag: &'static str,
    /// As the datacenter ranges file of 2015 spells it.
    datacenter_ranges: &'static str,
}

/// What a regional community value stands for (Azure: "ExpressRoute routing requirements", BGP communities).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Regional {
    /// 12076:50xxx, virtual networks on private peering.
    VirtualNetworks,
    /// 12076:51xxx, everything in the region on Microsoft and public peering.
    All,
    /// 12076:52xxx.
    Storage,
    /// 12076:53xxx.
    Sql,
    /// 12076:54xxx.
    CosmosDb,
    /// 12076:55xxx.
    Backup,
}

static REGIONS: LazyLock<Vec<Region>> = LazyLock::new(|| {
    include_str!("../../data/regions.csv").lines().skip(1).filter_map(Region::read).collect()
});

impl Region {
    /// Every region, in the order of the file.
    pub fn all() -> &'static [Self] {
        &REGIONS
    }

    /// The region of that name: ARM's or the one that people read, in any case.
    pub fn named(name: &str) -> Option<&'static Self> {
        let plain = |text: &str| text.replace(' ', "").to_ascii_lowercase();
        REGIONS.iter().find(|region| region.arm_name == plain(name))
    }

    /// The region that the service tags file calls so.
    pub fn of_service_tag(name: &str) -> Option<&'static Self> {
        REGIONS.iter().find(|region| !name.is_empty() && region.service_tag == name)
    }

    /// The region that the datacenter ranges file calls so.
    pub fn of_datacenter_ranges(name: &str) -> Option<&'static Self> {
        REGIONS.iter().find(|region| !name.is_empty() && region.datacenter_ranges == name)
    }

    /// The cloud that it belongs to.
    pub fn cloud(&self) -> Cloud {
        self.geography.cloud()
    }

    /// The community value of the region's part of a service; national clouds have 51xxx only.
    pub fn community(&self, part: Regional) -> Option<Community> {
        if self.cloud() != Cloud::Public && part != Regional::All {
            return None;
        }
        let thousands = match part {
            Regional::VirtualNetworks => 50_000,
            Regional::All => 51_000,
            Regional::Storage => 52_000,
            Regional::Sql => 53_000,
            Regional::CosmosDb => 54_000,
            Regional::Backup => 55_000,
        };
        self.community_suffix.map(|suffix| Community::new(COMMUNITY_AS, thousands + suffix))
    }

    fn read(line: &'static str) -> Option<Self> {
        let mut cells = line.split(',');
        let mut cell = || cells.next();
        Some(Self {
            display_name: cell()?,
            arm_name: cell()?,
            geography: Geography::named(cell()?)?,
            community_suffix: cell()?.parse().ok(),
            service_tag: cell()?,
            datacenter_ranges: cell()?,
        })
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.arm_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_file_is_a_region() {
        let lines = include_str!("../../data/regions.csv").lines().count();
        assert_eq!(Region::all().len(), lines - 1);
    }

    #[test]
    fn a_region_has_several_names_and_one_suffix() {
        let west_europe = Region::named("West Europe").unwrap();
        assert_eq!(Region::named("westeurope"), Some(west_europe));
        assert_eq!(Region::of_datacenter_ranges("europewest"), Some(west_europe));
        assert_eq!(west_europe.community(Regional::All), Some(Community::new(12076, 51002)));
        assert_eq!(west_europe.community(Regional::Storage), Some(Community::new(12076, 52002)));
        assert_eq!(Region::named("atlantis"), None);
        assert_eq!(Region::of_service_tag(""), None);
    }

    #[test]
    fn national_clouds_have_the_regional_value_alone() {
        let virginia = Region::named("usgovvirginia").unwrap();
        assert_eq!(virginia.community(Regional::All), Some(Community::new(12076, 51105)));
        assert_eq!(virginia.community(Regional::Storage), None);
        assert_eq!(Region::named("swedencentral").unwrap().community(Regional::All), None);
    }
}
