//! Which changes Azure makes to a circuit that exists (Azure: "Modify an ExpressRoute circuit").

use super::plan::{Circuit, Plan, Transit};
use crate::azure::{Bandwidth, Billing, CircuitName, Sku, Tier};

/// A change that Azure refuses; the circuit stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("circuit {circuit}: {change}")]
pub struct Illegal {
    /// The circuit.
    pub circuit: CircuitName,
    /// What is refused.
    pub change: IllegalChange,
}

/// What Azure does not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalChange {
    /// Bandwidth only grows.
    #[error("the bandwidth cannot be reduced from {from} to {to}")]
    LessBandwidth {
        /// As it is.
        from: Bandwidth,
        /// As it was asked for.
        to: Bandwidth,
    },
    /// Nothing becomes Local.
    #[error("{from} cannot become {to}: a circuit does not become Local")]
    ToLocal {
        /// As it is.
        from: Sku,
        /// As it was asked for.
        to: Sku,
    },
    /// Unlimited stays unlimited.
    #[error("{from} cannot become {to}: UnlimitedData does not become MeteredData")]
    ToMetered {
        /// As it is.
        from: Sku,
        /// As it was asked for.
        to: Sku,
    },
    /// More routes than the lower SKU takes.
    #[error("{attachment} holds {held} prefixes; {to} takes {limit}")]
    TooManyRoutes {
        /// The peering on one router.
        attachment: String,
        /// What it holds.
        held: usize,
        /// As it was asked for.
        to: Sku,
        /// What that takes.
        limit: u32,
    },
}

impl Illegal {
    /// The next step.
    pub const fn remedy(&self) -> &'static str {
        match self.change {
            IllegalChange::LessBandwidth { .. }
            | IllegalChange::ToLocal { .. }
            | IllegalChange::ToMetered { .. } => {
                "create another circuit under another name, and delete this one"
            }
            IllegalChange::TooManyRoutes { .. } => "have the customer withdraw routes first",
        }
    }
}

/// Every change between two plans that Azure refuses, except what depends on the routes that are held.
pub fn illegal(from: &Plan, to: &Plan) -> Vec<Illegal> {
    if (from.transit, to.transit) != (Transit::Azure, Transit::Azure) {
        return Vec::new();
    }
    let of = |new: &Circuit| {
        let change = from.circuit(&new.name).and_then(|old| illegal_change(old, new))?;
        Some(Illegal { circuit: new.name.clone(), change })
    };
    to.circuits.iter().filter_map(of).collect()
}

fn illegal_change(old: &Circuit, new: &Circuit) -> Option<IllegalChange> {
    let (from, to) = (old.sku, new.sku);
    if new.bandwidth < old.bandwidth {
        return Some(IllegalChange::LessBandwidth { from: old.bandwidth, to: new.bandwidth });
    }
    match ((from.tier(), to.tier()), (from.billing(), to.billing())) {
        ((Tier::Standard | Tier::Premium, Tier::Local), _) => Some(IllegalChange::ToLocal { from, to }),
        (_, (Billing::UnlimitedData, Billing::MeteredData)) => Some(IllegalChange::ToMetered { from, to }),
        _ => None,
    }
}
