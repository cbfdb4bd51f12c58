//! The paths of the control endpoint, each with the method of [`Control`] that answers it.

use super::{
    Control,
    extract::{BodyOf, QueryOf},
    guard, metrics,
    schema::{
        Affected, Changes, Circuit, ControlError, DiffRequest, DisableRequest, EffectiveRoutePage,
        EffectiveRoutesQuery, ErrorCode, Event, EventsQuery, ExplainQuery, Explanation, Fib, Limit, Lookup,
        LookupQuery, Neighbor, Operated, OperationRequest, RoutePage, RoutesQuery, ServiceProviders, Session,
        SessionsQuery, Status,
    },
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{Method, Uri},
    middleware,
    routing::{get, post},
};
use std::{fmt::Display, str::FromStr, sync::Arc};

pub(super) type Reply<T> = Result<Json<T>, ControlError>;

/// The whole endpoint.
pub(super) fn router<C: Control>(control: Arc<C>) -> Router {
    let router = Router::new()
        .route("/v1/status", get(status::<C>))
        .route("/v1/circuits", get(circuits::<C>))
        .route("/v1/sessions", get(sessions::<C>))
        .route("/v1/neighbors/{circuit}/{kind}/{router}", get(neighbor::<C>))
        .route("/v1/routes", get(routes::<C>))
        .route("/v1/effective-routes", get(effective_routes::<C>))
        .route("/v1/lookup", get(lookup::<C>))
        .route("/v1/explain", get(explain::<C>))
        .route("/v1/fibs", get(fibs::<C>))
        .route("/v1/limits", get(limits::<C>))
        .route("/v1/events", get(events::<C>))
        .route("/metrics", get(metrics::metrics::<C>))
        .route("/v1/reload", post(reload::<C>))
        .route("/v1/diff", post(diff::<C>))
        .route("/v1/operations", post(operate::<C>))
        .route("/v1/service-providers", get(service_providers::<C>))
        .route(
            "/subscriptions/{subscription}/providers/Microsoft.Network/expressRouteServiceProviders",
            get(service_providers::<C>),
        )
        .route("/v1/sessions/{circuit}/{kind}/disable", post(disable_pair::<C>))
        .route("/v1/sessions/{circuit}/{kind}/enable", post(enable_pair::<C>))
        .route("/v1/sessions/{circuit}/{kind}/{router}/disable", post(disable_router::<C>))
        .route("/v1/sessions/{circuit}/{kind}/{router}/enable", post(enable_router::<C>));
    #[cfg(feature = "fault-injection")]
    let router = router.merge(super::faults::router());
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(guard::BODY_LIMIT))
        .layer(middleware::from_fn(guard::deadline))
        .layer(middleware::from_fn(guard::same_origin))
        .layer(middleware::from_fn_with_state(Arc::clone(&control), guard::access::<C>))
        .layer(middleware::from_fn_with_state(Arc::clone(&control), guard::rate::<C>))
        .with_state(control)
}

async fn status<C: Control>(State(control): State<Arc<C>>) -> Reply<Status> {
    control.status().await.map(Json)
}

async fn circuits<C: Control>(State(control): State<Arc<C>>) -> Reply<Vec<Circuit>> {
    control.circuits().await.map(Json)
}

async fn sessions<C: Control>(
    State(control): State<Arc<C>>,
    QueryOf(query): QueryOf<SessionsQuery>,
) -> Reply<Vec<Session>> {
    control.sessions(query).await.map(Json)
}

async fn neighbor<C: Control>(
    State(control): State<Arc<C>>,
    Path((circuit, kind, router)): Path<(String, String, String)>,
) -> Reply<Neighbor> {
    control.neighbor(named(&format!("{circuit}/{kind}/{router}"))?).await.map(Json)
}

async fn routes<C: Control>(
    State(control): State<Arc<C>>,
    QueryOf(query): QueryOf<RoutesQuery>,
) -> Reply<RoutePage> {
    control.routes(query).await.map(Json)
}

async fn effective_routes<C: Control>(
    State(control): State<Arc<C>>,
    QueryOf(query): QueryOf<EffectiveRoutesQuery>,
) -> Reply<EffectiveRoutePage> {
    control.effective_routes(query).await.map(Json)
}

async fn lookup<C: Control>(
    State(control): State<Arc<C>>,
    QueryOf(query): QueryOf<LookupQuery>,
) -> Reply<Lookup> {
    control.lookup(query).await.map(Json)
}

async fn explain<C: Control>(
    State(control): State<Arc<C>>,
    QueryOf(query): QueryOf<ExplainQuery>,
) -> Reply<Explanation> {
    control.explain(query).await.map(Json)
}

async fn fibs<C: Control>(State(control): State<Arc<C>>) -> Reply<Vec<Fib>> {
    control.fibs().await.map(Json)
}

async fn limits<C: Control>(State(control): State<Arc<C>>) -> Reply<Vec<Limit>> {
    control.limits().await.map(Json)
}

async fn events<C: Control>(
    State(control): State<Arc<C>>,
    QueryOf(query): QueryOf<EventsQuery>,
) -> Reply<Vec<Event>> {
    control.events(query).await.map(Json)
}

async fn reload<C: Control>(State(control): State<Arc<C>>) -> Reply<Changes> {
    control.reload().await.map(Json)
}

async fn diff<C: Control>(
    State(control): State<Arc<C>>,
    BodyOf(request): BodyOf<DiffRequest>,
) -> Reply<Changes> {
    control.diff(request).await.map(Json)
}

async fn operate<C: Control>(
    State(control): State<Arc<C>>,
    BodyOf(request): BodyOf<OperationRequest>,
) -> Reply<Operated> {
    control.operate(request).await.map(Json)
}

async fn service_providers<C: Control>(State(control): State<Arc<C>>) -> Reply<ServiceProviders> {
    control.service_providers().await.map(Json)
}

async fn disable_pair<C: Control>(
    State(control): State<Arc<C>>,
    Path((circuit, kind)): Path<(String, String)>,
    BodyOf(request): BodyOf<DisableRequest>,
) -> Reply<Affected> {
    control.disable(named(&format!("{circuit}/{kind}"))?, request).await.map(Json)
}

async fn disable_router<C: Control>(
    State(control): State<Arc<C>>,
    Path((circuit, kind, router)): Path<(String, String, String)>,
    BodyOf(request): BodyOf<DisableRequest>,
) -> Reply<Affected> {
    control.disable(named(&format!("{circuit}/{kind}/{router}"))?, request).await.map(Json)
}

async fn enable_pair<C: Control>(
    State(control): State<Arc<C>>,
    Path((circuit, kind)): Path<(String, String)>,
) -> Reply<Affected> {
    control.enable(named(&format!("{circuit}/{kind}"))?).await.map(Json)
}

async fn enable_router<C: Control>(
    State(control): State<Arc<C>>,
    Path((circuit, kind, router)): Path<(String, String, String)>,
) -> Reply<Affected> {
    control.enable(named(&format!("{circuit}/{kind}/{router}"))?).await.map(Json)
}

/// Reads the name that the segments of a path make.
pub(super) fn named<T: FromStr<Err: Display>>(text: &str) -> Result<T, ControlError> {
    text.parse().map_err(|error: T::Err| ControlError::new(ErrorCode::InvalidRequest, error.to_string()))
}

async fn unknown_path(uri: Uri) -> ControlError {
    ControlError::new(ErrorCode::NotFound, format!("there is no {}", uri.path())).with_remedy(
        "the paths are /metrics, /v1/status, /v1/circuits, /v1/sessions, /v1/neighbors/CIRCUIT/KIND/ROUTER, /v1/routes, \
         /v1/effective-routes, /v1/lookup, /v1/fibs, /v1/explain, /v1/limits, /v1/events, /v1/reload, /v1/diff, \
         /v1/operations, /v1/service-providers and \
         /v1/sessions/CIRCUIT/KIND[/ROUTER]/disable and …/enable",
    )
}

async fn wrong_method(method: Method, uri: Uri) -> ControlError {
    let message = format!("{} does not take {method}", uri.path());
    ControlError::new(ErrorCode::MethodNotAllowed, message)
        .with_remedy("GET reads; reload, diff, operations, disable and enable take POST")
}
