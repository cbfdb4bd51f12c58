//! What the control endpoint and its callers say to each other, one definition for both ends.
//!
//! Keys are camelCase, in the words of ARM for the service and of FRR for the protocol. Durations are milliseconds
//! where a key ends in `Msec`; points in time are seconds since 1970-01-01 UTC where it ends in `Epoch`.

mod change;
mod circuit;
mod error;
mod event;
mod explain;
mod fib;
mod limit;
mod operation;
mod provider;
mod request;
mod route;
mod session;
mod status;
pub(crate) mod words;

pub use change::{Affected, Change, Changes};
pub use circuit::{
    Circuit, Finding, LinkState, MicrosoftPeeringConfig, Peering, PeeringState, RouteFilter,
    VirtualNetworkLink,
};
pub use error::{ControlError, ErrorCode, ErrorReply};
pub use event::{Event, EventKind};
pub use explain::{ExplainQuery, Explanation, Rule};
pub use fib::Fib;
pub use limit::{Limit, LimitAction, LimitState};
pub use operation::{Operated, OperationRequest, Side};
pub use provider::{BandwidthOffered, ServiceProvider, ServiceProviderProperties, ServiceProviders};
pub use request::{
    DiffRequest, Direction, DisableRequest, EffectiveRoutesQuery, EventsQuery, LookupQuery, NotAPageSize,
    NotASessionTarget, PageSize, RoutesQuery, SessionTarget, SessionsQuery,
};
pub use route::{
    AttachmentLookup, EffectiveNextHop, EffectiveRoute, EffectiveRoutePage, Lookup, NextHopType, Origin,
    Route, RoutePage, RouteSource, RouteState, VirtualNetworkLookup,
};
pub use session::{
    AttributeErrors, Capabilities, GracefulRestart, Neighbor, PrefixCounts, Reset, Session, SessionState,
};
pub use status::{Rtr, State, Status};
