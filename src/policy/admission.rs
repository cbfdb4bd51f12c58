//! Which public prefixes of a customer a peering admits.

use super::Reason;
use ipnet::IpNet;
use prefix_trie::joint::JointPrefixSet;
use std::sync::Arc;

/// Which public prefixes are admitted, those that lie in one of them included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Admission {
    /// All: nothing says whose they are.
    #[default]
    Any,
    /// Those of `advertised_public_prefixes`.
    Listed(Covering),
    /// Those that a registry knows as the customer's.
    Registered(Covering),
}

/// A set of prefixes that others lie in; cheap to clone.
#[derive(Clone, Debug)]
pub struct Covering(Arc<JointPrefixSet<IpNet>>);

impl Admission {
    pub(super) fn refuses(&self, prefix: IpNet) -> Option<Reason> {
        match self {
            Self::Any => None,
            Self::Listed(listed) => (!listed.covers(prefix)).then_some(Reason::NotAdvertised),
            Self::Registered(owned) => (!owned.covers(prefix)).then_some(Reason::NotOwned),
        }
    }
}

impl Covering {
    fn covers(&self, prefix: IpNet) -> bool {
        self.0.get_lpm(&prefix).is_some()
    }
}

impl FromIterator<IpNet> for Covering {
    fn from_iter<I: IntoIterator<Item = IpNet>>(prefixes: I) -> Self {
        Self(Arc::new(prefixes.into_iter().collect()))
    }
}

impl PartialEq for Covering {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.iter().eq(other.0.iter())
    }
}

impl Eq for Covering {}
