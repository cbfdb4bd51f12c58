//! Requests as typed values; what cannot be read is refused with its place and the right spelling.

use super::schema::{
    ControlError, DiffRequest, DisableRequest, EffectiveRoutesQuery, ErrorCode, ErrorReply, EventsQuery,
    ExplainQuery, LookupQuery, OperationRequest, RoutesQuery, SessionsQuery,
};
use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::de::DeserializeOwned;

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(ErrorReply { error: self })).into_response()
    }
}

/// A request's query or body, with its remedy for whoever got it wrong.
pub(super) trait Parameters: DeserializeOwned + Send {
    const USAGE: &'static str;
}

impl Parameters for SessionsQuery {
    const USAGE: &'static str = "the query takes attachment=CIRCUIT/KIND/ROUTER, or nothing";
}

impl Parameters for RoutesQuery {
    const USAGE: &'static str = "the query takes attachment=CIRCUIT/KIND/ROUTER, direction=received|advertised, \
        family=ipv4|ipv6 and, if wanted, refused=true, prefix=PREFIX, after=PREFIX, limit=1..10000";
}

impl Parameters for EffectiveRoutesQuery {
    const USAGE: &'static str = "the query takes virtualNetwork=NAME and, if wanted, family=ipv4|ipv6, after=PREFIX, \
        limit=1..10000";
}

impl Parameters for LookupQuery {
    const USAGE: &'static str =
        "the query takes address=ADDRESS and either virtualNetwork=NAME or attachment=CIRCUIT/KIND/ROUTER";
}

impl Parameters for ExplainQuery {
    const USAGE: &'static str = "the query takes attachment=CIRCUIT/KIND/ROUTER and prefix=PREFIX";
}

impl Parameters for EventsQuery {
    const USAGE: &'static str = "the query takes after=SEQ and limit=1..10000, or nothing";
}

impl Parameters for DiffRequest {
    const USAGE: &'static str =
        r#"the body is JSON: {"name":"lab.toml","directory":"/etc/msee","text":"the file's TOML"}"#;
}

impl Parameters for OperationRequest {
    const USAGE: &'static str =
        r#"the body is JSON: {"operation":"changeCircuit","name":"ams-1","keys":{"bandwidth_mbps":2000}}"#;
}

impl Parameters for DisableRequest {
    const USAGE: &'static str = r#"the body is empty or JSON: {"message":"the text for the peer"}"#;
}

/// The query string.
pub(super) struct QueryOf<T>(pub(super) T);

impl<T: Parameters, S: Send + Sync> FromRequestParts<S> for QueryOf<T> {
    type Rejection = ControlError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ControlError> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let text = rejection.body_text();
                let cause = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
                let message = format!("the query is not understood: {cause}");
                Err(ControlError::new(ErrorCode::InvalidRequest, message).with_remedy(T::USAGE))
            }
        }
    }
}

/// The body, JSON; an empty one stands for `{}`.
pub(super) struct BodyOf<T>(pub(super) T);

impl<T: Parameters, S: Send + Sync> FromRequest<S> for BodyOf<T> {
    type Rejection = ControlError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ControlError> {
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                ControlError::new(ErrorCode::PayloadTooLarge, "the body is larger than 1 MiB")
            } else {
                ControlError::new(ErrorCode::InvalidRequest, "the body ended before its announced length")
            }
        })?;
        let json: &[u8] = if body.is_empty() { b"{}" } else { &body };
        serde_json::from_slice(json).map(Self).map_err(|error| {
            let message = format!("the body is not understood: {error}");
            ControlError::new(ErrorCode::InvalidRequest, message).with_remedy(T::USAGE)
        })
    }
}
