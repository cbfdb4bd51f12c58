//! "Azure IP Ranges and Service Tags", the JSON that Microsoft publishes every week.

use super::{Malformed, Merge, Place};
use crate::{
    azure::{
        Cloud, Region,
        communities::{AZURE_RESOURCE_MANAGER, ENTRA_ID, GLOBAL_SERVICES},
        reach::Unplaced,
        region::Regional,
    },
    community::Community,
};
use ipnet::IpNet;
use serde::Deserialize;

/// The file.
#[derive(Debug, Deserialize)]
pub struct ServiceTags {
    cloud: CloudName,
    values: Vec<Tag>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum CloudName {
    Public,
    AzureGovernment,
    China,
}

#[derive(Debug, Deserialize)]
struct Tag {
    name: String,
    properties: Properties,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    #[serde(default)]
    region: String,
    address_prefixes: Vec<IpNet>,
}

/// Tags of a service that has a part with its own value in each region.
const REGIONAL: [(&str, Option<Regional>); 5] = [
    ("AzureCloud", None),
    ("Storage", Some(Regional::Storage)),
    ("Sql", Some(Regional::Sql)),
    ("AzureCosmosDB", Some(Regional::CosmosDb)),
    ("AzureBackup", Some(Regional::Backup)),
];

/// Tags of a service that has one value everywhere.
const GLOBAL: [(&str, Community); 3] = [
    ("AzureActiveDirectory", ENTRA_ID),
    ("AzureResourceManager", AZURE_RESOURCE_MANAGER),
    ("AzureDevOps", GLOBAL_SERVICES),
];

impl ServiceTags {
    /// Reads the file's text.
    ///
    /// # Errors
    /// [`Malformed`], where it is not that file.
    pub fn parse(text: &[u8]) -> Result<Self, Malformed> {
        serde_json::from_slice(text).map_err(|error| Malformed::json(&error))
    }

    fn cloud(&self) -> Cloud {
        match self.cloud {
            CloudName::Public => Cloud::Public,
            CloudName::AzureGovernment => Cloud::UsGovernment,
            CloudName::China => Cloud::China,
        }
    }

    /// Every prefix that carries a value: of regions, of services in regions, of services.
    pub(super) fn add_services(&self, merge: &mut Merge) {
        for tag in &self.values {
            if let Some((_, value)) = GLOBAL.iter().find(|(name, _)| *name == tag.name) {
                for prefix in &tag.properties.address_prefixes {
                    merge.add(*prefix, Place::Unplaced(self.cloud(), Unplaced::Global), [*value]);
                }
            }
            let Some((service, place)) = tag.of_region(self.cloud()) else { continue };
            let Some((_, part)) = REGIONAL.iter().find(|(name, _)| *name == service) else { continue };
            let values: Vec<Community> = match place {
                Place::Region(region) => [Some(Regional::All), *part]
                    .into_iter()
                    .flatten()
                    .filter_map(|part| region.community(part))
                    .collect(),
                Place::Unplaced(..) => Vec::new(),
            };
            for prefix in &tag.properties.address_prefixes {
                merge.add(*prefix, place, values.iter().copied());
            }
        }
    }

    /// The IPv4 prefixes of whole regions, for public peering.
    pub(super) fn add_regions(&self, merge: &mut Merge) {
        for tag in &self.values {
            let Some(("AzureCloud", place)) = tag.of_region(self.cloud()) else { continue };
            let value = match place {
                Place::Region(region) => region.community(Regional::All),
                Place::Unplaced(..) => None,
            };
            for prefix in tag.properties.address_prefixes.iter().filter(|prefix| prefix.addr().is_ipv4()) {
                merge.add(*prefix, place, value);
            }
        }
    }
}

impl Tag {
    /// The service and the region of a tag such as `Storage.WestEurope`.
    fn of_region(&self, cloud: Cloud) -> Option<(&str, Place)> {
        let (service, _) = self.name.split_once('.')?;
        let name = self.properties.region.as_str();
        let region = match cloud {
            Cloud::Public => Region::of_service_tag(name),
            Cloud::UsGovernment | Cloud::China => Region::named(name),
        };
        match region {
            Some(region) => Some((service, Place::Region(region))),
            None if name.is_empty() => None,
            None => Some((service, Place::Unplaced(cloud, Unplaced::UnknownRegion))),
        }
    }
}
