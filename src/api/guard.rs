//! What every request passes before an endpoint sees it, so that no caller can hurt BGP.

use super::{
    control::{Access, Control},
    schema::{ControlError, ErrorCode},
    server::REQUEST_DEADLINE,
};
use axum::{
    extract::{Extension, Request, State},
    http::{HeaderMap, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{net::IpAddr, sync::Arc, time::Instant};

/// The largest body that is read.
pub(super) const BODY_LIMIT: usize = 1 << 20;

/// Answers for an endpoint that takes too long, or whose caller sends its body too slowly.
pub(super) async fn deadline(request: Request, next: Next) -> Response {
    tokio::time::timeout(REQUEST_DEADLINE, next.run(request)).await.unwrap_or_else(|_| {
        let message = format!("no answer within {} seconds", REQUEST_DEADLINE.as_secs());
        ControlError::new(ErrorCode::Timeout, message)
            .with_remedy("ask for smaller pages, or see in the daemon's log what keeps it busy")
            .into_response()
    })
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller(pub(super) IpAddr);

/// Refuses a request whose address has sent too many, before anything is done for it.
pub(super) async fn rate<C: Control>(
    State(control): State<Arc<C>>,
    Extension(Caller(caller)): Extension<Caller>,
    request: Request,
    next: Next,
) -> Response {
    let Err(wait) = control.admit(caller, Instant::now()) else { return next.run(request).await };
    let refusal = ControlError::new(ErrorCode::TooManyRequests, "this address has sent too many requests")
        .with_remedy("wait, or raise control_requests_per_s under [daemon]");
    // Whole seconds (RFC 9110 section 10.2.3), and not too few.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    ([(header::RETRY_AFTER, seconds.to_string())], refusal).into_response()
}

/// Refuses callers that may not ask anything.
///
/// Without a token only this machine reaches the endpoint, but so does a browser on it, for any page whose name resolves to
/// this machine (DNS rebinding): such a request has that name as its `Host`.
pub(super) async fn access<C: Control>(
    State(control): State<Arc<C>>,
    request: Request,
    next: Next,
) -> Response {
    let refusal = match control.access() {
        Access::Token(token) if bearer(request.headers()).is_some_and(|shown| token.is(shown)) => None,
        Access::Token(_) => Some(
            ControlError::new(ErrorCode::Unauthorized, "the daemon wants a token").with_remedy(
                "name the file with --control-token-file FILE or MSEE_CONTROL_TOKEN_FILE; the daemon's own is \
                 control_token_file under [daemon]",
            ),
        ),
        Access::Local if is_for_this_machine(request.headers()) => None,
        Access::Local => Some(
            ControlError::new(ErrorCode::Forbidden, "the request is for another host than this machine")
                .with_remedy("name the daemon 127.0.0.1, [::1] or localhost, or configure a control_token_file"),
        ),
    };
    match refusal {
        None => next.run(request).await,
        Some(refusal) => refusal.into_response(),
    }
}

/// The token in `Authorization: Bearer TOKEN` (RFC 6750 section 2.1).
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}

fn is_for_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(Ok(authority)) = host.map(str::parse::<Authority>) else { return false };
    let host = authority.host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Refuses what a page of another site makes a browser send: such a page must not be able to stop sessions.
pub(super) async fn same_origin(request: Request, next: Next) -> Response {
    if is_same_origin(request.headers()) {
        return next.run(request).await;
    }
    ControlError::new(ErrorCode::Forbidden, "the request comes from a page of another site").into_response()
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    matches!((origin, host), (Some((_, authority)), Some(host)) if authority == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn without_a_token_the_host_is_this_machine() {
        for host in ["127.0.0.1:8179", "127.9.8.7", "localhost", "LOCALHOST:1", "[::1]:8179", "[::1]"] {
            assert!(is_for_this_machine(&headers(header::HOST, host)), "{host}");
        }
        for host in [
            "msee",
            "example.com:8179",
            "localhost.example.com",
            "10.0.0.1",
            "[fd00::1]:8179",
            "127.0.0.1.x",
            "",
            "a b",
        ] {
            assert!(!is_for_this_machine(&headers(header::HOST, host)), "{host}");
        }
        assert!(!is_for_this_machine(&HeaderMap::new()));
    }

    #[test]
    fn a_bearer_token_is_what_follows_the_scheme() {
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("Bearer ", Some("")),
            ("Bearer", None),
            ("Basic abc", None),
        ] {
            assert_eq!(bearer(&headers(header::AUTHORIZATION, value)), token.map(str::as_bytes), "{value}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }

    #[test]
    fn only_the_own_origin_passes() {
        for (name, origin, passes) in [
            ("a command sends no Origin", None, true),
            ("the own page", Some("http://127.0.0.1:8179"), true),
            ("another port", Some("http://127.0.0.1:8080"), false),
            ("another site", Some("https://example.com"), false),
            ("a sandboxed page", Some("null"), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "127.0.0.1:8179".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(is_same_origin(&headers), passes, "{name}");
        }
    }
}
