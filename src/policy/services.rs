//! Which service prefixes a peering is sent: by reach, and on Microsoft peering by its route filter
//! (Azure: "Configure route filters for Microsoft peering").

use super::Export;
use crate::{
    azure::{
        PeeringKind, Reach, RulesProfile, ServicePrefixes,
        reach::OutOfReach,
        service_prefixes::{Place, ServicePrefix},
    },
    community::Community,
    family::Family,
    rib::Attributes,
};
use ipnet::IpNet;
use std::collections::{BTreeSet, HashMap};

/// What a peering is sent of Microsoft's services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The routing domain.
    pub kind: PeeringKind,
    /// The year's rules.
    pub rules: RulesProfile,
    /// How far the circuit reaches.
    pub reach: Reach,
    /// The values of the route filter, if one is attached.
    pub filter: Option<BTreeSet<Community>>,
}

/// Why a prefix is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// The circuit does not reach its region.
    #[error("{0}")]
    OutOfReach(OutOfReach),
    /// The circuit does not reach prefixes without a region.
    #[error("it belongs to no region that the circuit reaches")]
    Unplaced,
    /// Microsoft peering sends nothing by itself.
    #[error("no route filter is attached, and without one nothing is sent")]
    NoRouteFilter,
    /// The route filter selects other values.
    #[error("the route filter selects none of its communities")]
    NotSelected,
}

impl Selection {
    /// Whether a prefix is sent.
    ///
    /// # Errors
    /// [`Withheld`] with the rule that says no.
    pub fn judge(&self, service: &ServicePrefix) -> Result<(), Withheld> {
        match service.place {
            Place::Region(region) => self.reach.includes(region).map_err(Withheld::OutOfReach)?,
            Place::Unplaced(cloud, why) if self.reach.includes_unplaced(cloud, why) => {}
            Place::Unplaced(..) => return Err(Withheld::Unplaced),
        }
        match (self.kind, self.rules, &self.filter) {
            // Route filters came in 2017, and never to public peering.
            (PeeringKind::Private | PeeringKind::Public, ..) | (_, RulesProfile::Year2015, _) => Ok(()),
            (PeeringKind::Microsoft, RulesProfile::Current, None) => Err(Withheld::NoRouteFilter),
            (PeeringKind::Microsoft, RulesProfile::Current, Some(values)) => {
                let selected = service.communities.iter().any(|value| values.contains(value));
                if selected { Ok(()) } else { Err(Withheld::NotSelected) }
            }
        }
    }

    /// Everything that the peering may be sent, before it is judged.
    pub fn candidates<'a>(&self, services: &'a ServicePrefixes) -> &'a [ServicePrefix] {
        match (self.kind, self.rules) {
            (PeeringKind::Private, _) => &[],
            (PeeringKind::Microsoft, RulesProfile::Current) => &services.microsoft,
            (PeeringKind::Microsoft, RulesProfile::Year2015) => &services.microsoft_2015,
            (PeeringKind::Public, _) => &services.public,
        }
    }

    /// The routes that are sent, with one block of attributes for all that carry the same communities.
    pub fn routes(&self, services: &ServicePrefixes) -> Vec<(IpNet, Attributes)> {
        let mut made: HashMap<(Family, &[Community]), Attributes> = HashMap::new();
        self.candidates(services)
            .iter()
            .filter(|service| self.judge(service).is_ok())
            .map(|service| {
                let family = Family::of(&service.prefix);
                let attributes = made
                    .entry((family, &service.communities))
                    .or_insert_with(|| Export::own_route(family, &service.communities).into());
                (service.prefix, attributes.clone())
            })
            .collect()
    }
}
