//! What every request passes before an endpoint sees it, so that no caller can hurt BGP.

use super::{
    schema::{ControlError, ErrorCode},
    server::REQUEST_DEADLINE,
};
use axum::{
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

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
