//! What the daemon must answer.

use super::schema::{
    Affected, Changes, Circuit, ControlError, DiffRequest, DisableRequest, EffectiveRoutePage,
    EffectiveRoutesQuery, Event, EventsQuery, ExplainQuery, Explanation, Fib, Limit, Lookup, LookupQuery,
    Neighbor, Operated, OperationRequest, RoutePage, RoutesQuery, ServiceProviders, Session, SessionTarget,
    SessionsQuery, Status,
};
use crate::{azure::AttachmentId, config::ControlToken};
use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

/// Answers `T`, or refuses.
type Answer<T> = Result<T, ControlError>;

/// Who is answered at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Every process of this machine, and no page that a browser has from elsewhere.
    Local,
    /// Who shows the token, wherever he is.
    Token(ControlToken),
}

/// The daemon as its control endpoint sees it: one method per endpoint.
///
/// Requests arrive parsed, so an implementation checks only whether what they name exists. A call that has not
/// answered within [`REQUEST_DEADLINE`](super::server::REQUEST_DEADLINE) is dropped at its next await, so no state
/// may be left half changed across one.
pub trait Control: Send + Sync + 'static {
    /// Who is answered now.
    fn access(&self) -> Access;

    /// Whether one more request of this address is answered now.
    ///
    /// # Errors
    /// How long it takes until one is.
    fn admit(&self, caller: IpAddr, now: Instant) -> Result<(), Duration>;

    /// `GET /v1/status`.
    fn status(&self) -> impl Future<Output = Answer<Status>> + Send;

    /// `GET /v1/circuits`.
    fn circuits(&self) -> impl Future<Output = Answer<Vec<Circuit>>> + Send;

    /// `GET /v1/sessions`, in the order of attachment and family.
    fn sessions(&self, query: SessionsQuery) -> impl Future<Output = Answer<Vec<Session>>> + Send;

    /// `GET /v1/neighbors/{circuit}/{kind}/{router}`.
    fn neighbor(&self, attachment: AttachmentId) -> impl Future<Output = Answer<Neighbor>> + Send;

    /// `GET /v1/routes`.
    fn routes(&self, query: RoutesQuery) -> impl Future<Output = Answer<RoutePage>> + Send;

    /// `GET /v1/effective-routes`.
    fn effective_routes(
        &self,
        query: EffectiveRoutesQuery,
    ) -> impl Future<Output = Answer<EffectiveRoutePage>> + Send;

    /// `GET /v1/lookup`.
    fn lookup(&self, query: LookupQuery) -> impl Future<Output = Answer<Lookup>> + Send;

    /// `GET /v1/explain`.
    fn explain(&self, query: ExplainQuery) -> impl Future<Output = Answer<Explanation>> + Send;

    /// `GET /v1/fibs`, in the order of virtual network and family.
    fn fibs(&self) -> impl Future<Output = Answer<Vec<Fib>>> + Send;

    /// `GET /v1/limits`, in the order of attachment and family.
    fn limits(&self) -> impl Future<Output = Answer<Vec<Limit>>> + Send;

    /// `GET /v1/events`, oldest first.
    fn events(&self, query: EventsQuery) -> impl Future<Output = Answer<Vec<Event>>> + Send;

    /// `POST /v1/reload`: reads the daemon's own file again and applies the difference.
    fn reload(&self) -> impl Future<Output = Answer<Changes>> + Send;

    /// `POST /v1/diff`: what a reload of this text would change.
    fn diff(&self, request: DiffRequest) -> impl Future<Output = Answer<Changes>> + Send;

    /// `POST /v1/operations`: changes a circuit, or is refused as Azure refuses it.
    fn operate(&self, request: OperationRequest) -> impl Future<Output = Answer<Operated>> + Send;

    /// `GET /v1/service-providers`, and ARM's path for it.
    fn service_providers(&self) -> impl Future<Output = Answer<ServiceProviders>> + Send;

    /// `POST /v1/sessions/{circuit}/{kind}[/{router}]/disable`: Cease/2, and no new attempt.
    fn disable(
        &self,
        target: SessionTarget,
        request: DisableRequest,
    ) -> impl Future<Output = Answer<Affected>> + Send;

    /// `POST /v1/sessions/{circuit}/{kind}[/{router}]/enable`.
    fn enable(&self, target: SessionTarget) -> impl Future<Output = Answer<Affected>> + Send;

    /// `POST /v1/faults/panic/…`: the task dies, as of an error in the program.
    #[cfg(feature = "fault-injection")]
    fn panic(&self, victim: super::faults::Victim) -> impl Future<Output = Answer<()>> + Send;
}
