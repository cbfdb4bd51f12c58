//! What a registry says about what a customer claims, and what follows for the peering.

use super::{
    data_file::Stamped,
    plan::{Admitted, Attachment, Finding, Plan, PublicPrefixes, Registry, Rpki, Session, Transit},
};
use crate::{
    asn::Asn,
    azure::{
        LinkSubnet, PeeringKind,
        public_prefixes::{AdvertisedPublicPrefixesState, ByHand},
    },
    registry::{Doubt, Evidence, Payloads, RoutingRegistry},
};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// What a customer says is its own, on a peering of one router.
pub(super) struct Claim {
    pub(super) kind: PeeringKind,
    pub(super) peer_asn: Asn,
    /// Of the links.
    pub(super) subnets: BTreeSet<IpNet>,
    pub(super) advertised: Option<Vec<IpNet>>,
    pub(super) customer_asn: Option<Asn>,
    pub(super) routing_registry: Option<RoutingRegistry>,
    pub(super) by_hand: Option<ByHand>,
}

impl Claim {
    /// The claim with the registry's verdict on it.
    pub(super) fn judged_by(self, registry: Option<&Registry>) -> PublicPrefixes {
        let findings = registry.map_or_else(Vec::new, |registry| self.findings(registry));
        let state = self.state(&findings, registry);
        let owner = self.owner();
        let admitted = match (&self.advertised, registry, self.kind) {
            (Some(listed), ..) => Admitted::Listed(listed.clone()),
            (None, None, _) => Admitted::Any,
            // Microsoft peering must list what it announces (ARM `advertisedPublicPrefixes`).
            (None, Some(_), PeeringKind::Microsoft) => Admitted::Listed(Vec::new()),
            (None, Some(registry), _) => {
                Admitted::Registered(registry.view().prefixes_of(owner, self.routing_registry))
            }
        };
        PublicPrefixes {
            advertised: self.advertised,
            customer_asn: self.customer_asn,
            routing_registry: self.routing_registry,
            by_hand: self.by_hand,
            state,
            findings,
            admitted,
        }
    }

    /// Whose the prefixes shall be.
    fn owner(&self) -> Asn {
        self.customer_asn.unwrap_or(self.peer_asn)
    }

    fn findings(&self, registry: &Registry) -> Vec<Finding> {
        let (view, named, owner) = (registry.view(), self.routing_registry, self.owner());
        let (subject, said) = match self.customer_asn {
            Some(customer) => ("customer_asn", view.customer_asn(customer, self.peer_asn, named)),
            None => ("peer_asn", view.asn(self.peer_asn, named)),
        };
        // A private number cannot be the customer's in any registry, whoever vouches for its prefixes.
        let private = self.peer_asn.is_private().then_some(Err(Doubt::PrivateAsn(self.peer_asn)));
        let asn = private.unwrap_or(said);
        let prefix = |prefix: &IpNet| finding(prefix.to_string(), view.prefix(*prefix, owner, named));
        let prefixes = self.advertised.iter().flatten().chain(&self.subnets).map(prefix);
        std::iter::once(finding(subject.to_owned(), asn)).chain(prefixes).collect()
    }

    fn state(&self, findings: &[Finding], registry: Option<&Registry>) -> AdvertisedPublicPrefixesState {
        let mut doubts = findings.iter().filter_map(|finding| finding.said.as_ref().err()).peekable();
        let unlisted = self.kind == PeeringKind::Microsoft && self.advertised.is_none();
        let awaited = registry.is_some_and(Registry::awaits_rpki);
        if self.by_hand.is_some() {
            AdvertisedPublicPrefixesState::Configured
        } else if doubts.peek().is_some() && awaited && doubts.all(Doubt::is_for_rpki) {
            AdvertisedPublicPrefixesState::Configuring
        } else if findings.iter().any(|finding| finding.said.is_err()) {
            AdvertisedPublicPrefixesState::ValidationNeeded
        } else if registry.is_none() || unlisted {
            AdvertisedPublicPrefixesState::NotConfigured
        } else {
            AdvertisedPublicPrefixesState::Configured
        }
    }
}

impl Plan {
    /// The same plan with what the RTR server says now; nothing if what it said has expired.
    #[must_use]
    pub fn with_payloads(&self, heard: Option<Stamped<Payloads>>) -> Self {
        let mut plan = self.clone();
        let Some(Registry { rpki: Rpki::Rtr { payloads, .. }, .. }) = &mut plan.registry else { return plan };
        *payloads = heard;
        let registry = plan.registry.as_ref().filter(|_| plan.transit == Transit::Azure);
        for attachment in &mut plan.attachments {
            if let Some(claim) = claim(attachment) {
                attachment.public_prefixes = Some(claim.judged_by(registry));
            }
        }
        plan
    }
}

fn claim(attachment: &Attachment) -> Option<Claim> {
    let claimed = attachment.public_prefixes.as_ref()?;
    Some(Claim {
        kind: attachment.id.kind,
        peer_asn: attachment.peer_asn,
        subnets: subnets(&attachment.sessions),
        advertised: claimed.advertised.clone(),
        customer_asn: claimed.customer_asn,
        routing_registry: claimed.routing_registry,
        by_hand: claimed.by_hand,
    })
}

/// The subnets of the links that sessions run over.
pub(super) fn subnets(sessions: &[Session]) -> BTreeSet<IpNet> {
    sessions.iter().map(|session| LinkSubnet::around(session.peer_address).net()).collect()
}

fn finding(subject: String, said: Result<Evidence, Doubt>) -> Finding {
    Finding { subject, said }
}
