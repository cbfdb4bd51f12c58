//! Which peerings have the two sessions that Azure's SLA asks for, told from the sessions that come up and go.

use crate::{
    attachment::EventKind,
    azure::{AttachmentId, CircuitName, PeeringKind, Router},
};
use std::collections::{BTreeMap, BTreeSet};

/// The sessions that are up, by peering.
#[derive(Debug, Default)]
pub(super) struct Redundancy {
    up: BTreeMap<(CircuitName, PeeringKind), BTreeSet<Router>>,
}

/// A peering that has become redundant, or is so no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Both routers have a session.
    Restored(String),
    /// A router has none.
    Lost(String),
}

impl Redundancy {
    /// Takes note of an attachment's event; the turn that it brings to its peering, if any.
    pub(super) fn note(&mut self, id: &AttachmentId, kind: EventKind) -> Option<Turn> {
        let up = self.up.entry((id.circuit.clone(), id.kind)).or_default();
        let before = up.len();
        match kind {
            EventKind::SessionUp => drop(up.insert(id.router)),
            EventKind::SessionDown => drop(up.remove(&id.router)),
            _ => return None,
        }
        let both = Router::ALL.len();
        let AttachmentId { circuit, kind, router } = id;
        if before < both && up.len() == both {
            Some(Turn::Restored(format!("{circuit}: {kind} peering has its session on both routers")))
        } else if before == both && up.len() < both {
            Some(Turn::Lost(format!(
                "{circuit}: {kind}/{router} has no session, so the SLA does not hold; see its last events for the cause"
            )))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_second_session_makes_a_peering_redundant() {
        let mut redundancy = Redundancy::default();
        let mut note = |id: &str, kind| redundancy.note(&id.parse().unwrap(), kind);
        assert_eq!(note("a/private/primary", EventKind::SessionUp), None);
        assert_eq!(note("a/public/secondary", EventKind::SessionUp), None);
        let restored = note("a/private/secondary", EventKind::SessionUp);
        assert!(matches!(restored, Some(Turn::Restored(text)) if text.starts_with("a: private peering")));
        assert_eq!(note("a/private/secondary", EventKind::PrefixWarning), None);
        let lost = note("a/private/primary", EventKind::SessionDown);
        assert!(matches!(lost, Some(Turn::Lost(text)) if text.starts_with("a: private/primary")));
        assert_eq!(note("a/private/secondary", EventKind::SessionDown), None);
    }
}
