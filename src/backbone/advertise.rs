//! What Azure's rules have each attachment advertise: virtual networks on private peering, services on the others.

use super::task::Backbone;
use crate::{
    family::Family,
    policy::Export,
    rib::{Advertisements, Attributes, Downlink, Offer, Source},
};
use ipnet::IpNet;
use std::{collections::BTreeMap, sync::Arc};

impl Backbone {
    /// Brings what every attachment advertises to what it shall advertise now, and tells it the difference.
    pub(super) async fn advertise(&mut self) {
        let wanted: Vec<_> = self.attached.keys().map(|source| (*source, self.wanted(*source))).collect();
        for (source, wanted) in wanted {
            let Some(attached) = self.attached.get_mut(&source) else { continue };
            let changes = difference(&attached.advertised, &wanted);
            attached.advertised = wanted;
            let is_news = !changes.is_empty();
            for portion in changes.portions() {
                self.send(source, Downlink::Routes(Arc::new(portion))).await;
            }
            if is_news {
                // A space that is gone may have hidden a route.
                self.reach_again(source).await;
            }
        }
    }

    fn wanted(&self, source: Source) -> BTreeMap<IpNet, Attributes> {
        let Some(attached) = self.attached.get(&source) else { return BTreeMap::new() };
        let mut wanted = BTreeMap::new();
        for settings in &self.topology.networks {
            let linked = self.networks.get(&settings.name).is_some_and(|network| network.is_linked(source));
            if linked {
                let route =
                    |prefix: &IpNet| Export::own_route(Family::of(prefix), &settings.communities).into();
                wanted.extend(settings.address_space.iter().map(|prefix| (*prefix, route(prefix))));
            }
        }
        let (circuit, kind) = (&attached.id.circuit, attached.id.kind);
        let services = &self.topology.services;
        if let Some(found) = services.iter().find(|of| of.circuit == *circuit && of.kind == kind) {
            wanted.extend(found.routes.iter().cloned());
        }
        wanted
    }
}

fn difference(before: &BTreeMap<IpNet, Attributes>, wanted: &BTreeMap<IpNet, Attributes>) -> Advertisements {
    let mut changes = Advertisements::default();
    for prefix in before.keys().filter(|prefix| !wanted.contains_key(prefix)) {
        changes.push(*prefix, None);
    }
    for (prefix, attributes) in wanted.iter().filter(|(prefix, wanted)| before.get(*prefix) != Some(*wanted))
    {
        changes.push(*prefix, Some(Offer { source: None, attributes: attributes.clone() }));
    }
    changes
}
