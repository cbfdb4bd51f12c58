//! The listening end.
//!
//! HTTP/1.1 answers one request at a time on a connection, so the limit on connections is a limit on requests too.
//! A caller that sends its headers slowly, reads slowly or stays for good loses its connection; one too many waits in
//! the kernel's backlog.

use super::{Control, endpoints, guard::Caller};
use crate::transport::Throttle;
use axum::Router;
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long an answer may take.
pub const REQUEST_DEADLINE: Duration = Duration::from_secs(30);

/// Connections that are served at the same time.
const MAX_CONNECTIONS: usize = 256;
/// How long a caller may take for the headers of a request, and may stay silent between two.
const HEADER_DEADLINE: Duration = Duration::from_secs(5);
/// After this time a connection ends with the answer that it is at.
const CONNECTION_LIFE: Duration = Duration::from_mins(1);
/// How long an ending connection may take to be read empty.
const FAREWELL: Duration = Duration::from_secs(2);
/// Octets of headers, and of answer waiting for the caller, that a connection may hold.
const BUFFER_LIMIT: usize = 64 * 1024;
/// Pause after an accept that failed: when descriptors have run out, trying again at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Between two log lines about that.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(10);

/// Serves the control endpoint until `stop`, then lets answers that are on their way leave, for at most 2 seconds.
pub async fn serve<C: Control>(listener: TcpListener, control: Arc<C>, stop: CancellationToken) {
    let router = endpoints::router(control);
    let mut connections = JoinSet::new();
    let mut complaints = Throttle::new(COMPLAINT_INTERVAL);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(ended) = connections.join_next() => if let Err(died) = ended {
                tracing::error!(%died, "a request's task has died; the others go on");
            },
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, from)) => {
                    let caller = Caller(from.ip());
                    connections.spawn(connection(stream, caller, router.clone(), stop.clone()));
                }
                Err(error) => {
                    if let Some(withheld) = complaints.admit(Instant::now()) {
                        tracing::warn!(%error, withheld, "the control endpoint cannot accept a connection; trying again");
                    }
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serves one caller; what ends it is the caller's affair, and only worth a debug line.
async fn connection(stream: TcpStream, caller: Caller, router: Router, stop: CancellationToken) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(caller);
        router.call(request)
    });
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY is not set on a control connection");
    }
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_DEADLINE)
            .max_buf_size(BUFFER_LIMIT)
            // A caller that has said all and closed his direction still wants the answer.
            .half_close(true)
            .serve_connection(TokioIo::new(stream), service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stop.cancelled() => None,
        () = sleep(CONNECTION_LIFE) => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        connection.as_mut().graceful_shutdown();
        timeout(FAREWELL, connection).await.unwrap_or(Ok(()))
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a control connection ended early");
    }
}
