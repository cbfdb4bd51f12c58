//! The Microsoft 365 endpoints (Microsoft: "Office 365 IP Address and URL web service", `endpoints/worldwide`).

use super::{Malformed, Merge, Place};
use crate::{
    azure::{
        Cloud,
        communities::{EXCHANGE_ONLINE, OTHER_OFFICE_365, SHAREPOINT_ONLINE, SKYPE_FOR_BUSINESS},
        reach::Unplaced,
    },
    community::Community,
};
use ipnet::IpNet;
use serde::Deserialize;

/// The file: sets of endpoints.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Microsoft365(Vec<EndpointSet>);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndpointSet {
    service_area: ServiceArea,
    #[serde(default)]
    ips: Vec<IpNet>,
    #[serde(default)]
    express_route: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum ServiceArea {
    Exchange,
    SharePoint,
    Skype,
    Common,
}

impl Microsoft365 {
    /// Reads the file's text.
    ///
    /// # Errors
    /// [`Malformed`], where it is not that file.
    pub fn parse(text: &[u8]) -> Result<Self, Malformed> {
        serde_json::from_slice(text).map_err(|error| Malformed::json(&error))
    }

    /// What may go over ExpressRoute; the rest of the file is for the Internet.
    pub(super) fn add(&self, merge: &mut Merge) {
        for set in self.0.iter().filter(|set| set.express_route) {
            for prefix in &set.ips {
                merge.add(
                    *prefix,
                    Place::Unplaced(Cloud::Public, Unplaced::Global),
                    [set.service_area.community()],
                );
            }
        }
    }
}

impl ServiceArea {
    const fn community(self) -> Community {
        match self {
            Self::Exchange => EXCHANGE_ONLINE,
            Self::SharePoint => SHAREPOINT_ONLINE,
            Self::Skype => SKYPE_FOR_BUSINESS,
            Self::Common => OTHER_OFFICE_365,
        }
    }
}
