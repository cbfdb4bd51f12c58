//! A whole ExpressRoute circuit in one process: the pair, and two built-in customer edges that speak real BGP to it.
//!
//! ```text
//!  scenario ── Step ──▶ Lab ── Act ──▶ CustomerEdge × 2 ◀── BGP over TCP on loopback ──▶ Daemon
//!                        └──── Goal ──▶ asks the daemon's Handle and the edges until it is reached
//! ```
//!
//! [`scenario::STEPS`] says what happens and what must follow from it; whoever shows it performs step after step.

mod customer_edge;
mod goal;
mod plan;
mod route_set;
pub mod scenario;
mod step;

pub use customer_edge::{CustomerEdge, EdgeEnded};
pub use goal::Goal;
pub use plan::{CONFIGURATION, plan};
pub use route_set::RouteSet;
pub use step::{Act, Show, Step, StepFailed};

use crate::{
    azure::Router,
    config::{Plan, plan::Attachment},
    daemon::{Daemon, Handle},
};
use plan::PortClaim;

/// The pair and its customer edges.
#[derive(Debug)]
pub struct Lab {
    handle: Handle,
    primary: End,
    secondary: End,
    _port: PortClaim,
}

/// Both ends of one link.
#[derive(Debug)]
struct End {
    msee: Attachment,
    edge: CustomerEdge,
}

/// Why a lab cannot start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The plan has no link for a customer edge.
    #[error("the plan has no IPv4 session on the {0} router for a customer edge to answer")]
    NoSession(Router),
    /// There is no room for the sessions.
    #[error("a lab needs a TCP port that is free on all its loopback addresses; {first} to {last} are taken")]
    NoFreePort {
        /// The first that was tried.
        first: u16,
        /// The last one.
        last: u16,
    },
}

impl StartError {
    /// The next step, if there is one.
    pub const fn remedy(self) -> Option<&'static str> {
        match self {
            Self::NoSession(_) => None,
            Self::NoFreePort { .. } => Some("end the labs that still run"),
        }
    }
}

impl Lab {
    /// The daemon of a plan, to be run by the caller, and customer edges for its first peering, which start at once.
    ///
    /// If the port of the plan's endpoints is taken, by another lab for example, it is replaced by the next one that
    /// is free. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// [`StartError`]; nothing has been started then.
    pub fn new(plan: Plan) -> Result<(Daemon, Self), StartError> {
        let (plan, port) = plan::claim_port(plan)?;
        let (primary, secondary) = (End::of(&plan, Router::Primary)?, End::of(&plan, Router::Secondary)?);
        let (daemon, handle) = Daemon::new(plan, None);
        Ok((daemon, Self { handle, primary, secondary, _port: port }))
    }

    /// Reaches the daemon.
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The customer edge on the link of a router.
    pub const fn edge(&self, router: Router) -> &CustomerEdge {
        &self.end(router).edge
    }

    /// The peering on a router, as the plan wants it.
    pub const fn msee(&self, router: Router) -> &Attachment {
        &self.end(router).msee
    }

    const fn end(&self, router: Router) -> &End {
        match router {
            Router::Primary => &self.primary,
            Router::Secondary => &self.secondary,
        }
    }
}

impl End {
    fn of(plan: &Plan, router: Router) -> Result<Self, StartError> {
        let msee = plan.attachments.iter().find(|attachment| attachment.id.router == router);
        let msee = msee.ok_or(StartError::NoSession(router))?.clone();
        let edge = CustomerEdge::start(&msee).ok_or(StartError::NoSession(router))?;
        Ok(Self { msee, edge })
    }
}
