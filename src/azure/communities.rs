//! The community values of Microsoft's services (Azure: "ExpressRoute routing requirements", BGP communities).

use super::{Region, region::Regional};
use crate::community::Community;

const fn value(number: u16) -> Community {
    Community::new(12076, number)
}

/// Exchange Online.
pub const EXCHANGE_ONLINE: Community = value(5010);
/// SharePoint Online.
pub const SHAREPOINT_ONLINE: Community = value(5020);
/// Skype for Business Online, with Teams.
pub const SKYPE_FOR_BUSINESS: Community = value(5030);
/// Azure Global Services: Azure DevOps.
pub const GLOBAL_SERVICES: Community = value(5050);
/// Microsoft Entra ID.
pub const ENTRA_ID: Community = value(5060);
/// Azure Resource Manager.
pub const AZURE_RESOURCE_MANAGER: Community = value(5070);
/// The other services of Office 365.
pub const OTHER_OFFICE_365: Community = value(5100);

/// Values that a subscription must be authorised for (`isAuthorizedToUse`).
const AUTHORISED_ONLY: [Community; 4] =
    [EXCHANGE_ONLINE, SHAREPOINT_ONLINE, SKYPE_FOR_BUSINESS, OTHER_OFFICE_365];

/// The values that virtual networks may be given (Azure: "Configure custom BGP communities").
pub const VIRTUAL_NETWORK: std::ops::RangeInclusive<u16> = 20_000..=49_999;

/// Whether a virtual network may be given the value.
pub fn is_of_a_virtual_network(community: Community) -> bool {
    community.asn() == 12076 && VIRTUAL_NETWORK.contains(&community.value())
}

/// Whether a route filter may hold the value only with Microsoft's authorisation.
pub fn needs_authorisation(value: Community) -> bool {
    AUTHORISED_ONLY.contains(&value)
}

/// Services with one value, those above aside: CRM Online, Defender for Identity, Microsoft PSTN, and what the US
/// Government cloud has of Office 365 and Entra ID.
const OTHER_SERVICES: [Community; 8] =
    [value(5040), value(5220), value(5250), value(5110), value(5120), value(5130), value(5160), value(5200)];

/// Whether a route may carry the value on Microsoft peering, so that a route filter may select it.
pub fn is_of_a_service(community: Community) -> bool {
    const PARTS: [Regional; 5] =
        [Regional::All, Regional::Storage, Regional::Sql, Regional::CosmosDb, Regional::Backup];
    let of_region = |region: &Region| PARTS.into_iter().any(|part| region.community(part) == Some(community));
    AUTHORISED_ONLY.contains(&community)
        || OTHER_SERVICES.contains(&community)
        || [GLOBAL_SERVICES, ENTRA_ID, AZURE_RESOURCE_MANAGER].contains(&community)
        || Region::all().iter().any(of_region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_filter_may_hold_the_values_of_the_document() {
        for (number, of_a_service) in [
            (5010, true),
            (5250, true),
            (51_002, true),
            (55_004, true),
            (50_002, false),
            (51_999, false),
            (1, false),
        ] {
            assert_eq!(is_of_a_service(value(number)), of_a_service, "{number}");
        }
        assert!(!is_of_a_service(Community::new(65000, 51_002)));
        assert!(needs_authorisation(EXCHANGE_ONLINE) && !needs_authorisation(ENTRA_ID));
    }
}
