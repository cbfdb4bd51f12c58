//! The calling end, for the command line: one connection per request.

use super::{
    schema::{
        Affected, Changes, Circuit, ControlError, DiffRequest, DisableRequest, EffectiveRoutePage,
        EffectiveRoutesQuery, ErrorReply, Event, EventsQuery, ExplainQuery, Explanation, Fib, Limit, Lookup,
        LookupQuery, Neighbor, Operated, OperationRequest, RoutePage, RoutesQuery, ServiceProviders, Session,
        SessionTarget, SessionsQuery, Status,
    },
    server::REQUEST_DEADLINE,
};
use crate::{azure::AttachmentId, config::ControlToken};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, StatusCode, client::conn::http1, header, http::response::Parts};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use std::{io, time::Duration};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

/// How long a TCP connect may take.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// How long an answer may take: a little more than the daemon gives itself, so that its own words arrive.
const ANSWER_DEADLINE: Duration = REQUEST_DEADLINE.saturating_add(Duration::from_secs(5));
/// How often a request is sent that the daemon refuses because there are too many.
const ATTEMPTS: u32 = 5;
/// How long it waits in between at most, whatever the daemon says.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The largest answer that is read.
const ANSWER_LIMIT: usize = 64 << 20;

/// A daemon's control endpoint.
#[derive(Clone, Debug)]
pub struct Client {
    /// `ADDRESS:PORT`, also sent as `Host`.
    control: String,
    token: Option<ControlToken>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// What names the daemon is not an address with a port.
    #[error("{0:?} is not an address with a port; write ADDRESS:PORT, for example 127.0.0.1:8179")]
    NotAnAddress(String),
    /// Nobody listens there.
    #[error("no daemon answers on {control}: {kind}", kind = source.kind())]
    Unreachable {
        /// Where.
        control: String,
        /// Why.
        source: io::Error,
    },
    /// Somebody listens and does not answer in time.
    #[error("the daemon on {control} does not answer")]
    Silent {
        /// Where.
        control: String,
    },
    /// The connection ended inside the answer.
    #[error("the answer of {control} broke off: {cause}")]
    Broken {
        /// Where.
        control: String,
        /// Why.
        cause: String,
    },
    /// The answer is not this endpoint's.
    #[error("{control} does not answer as msee does (HTTP {status}): {cause}")]
    Foreign {
        /// Where.
        control: String,
        /// HTTP status of the answer.
        status: u16,
        /// What does not fit.
        cause: String,
    },
    /// The daemon refused.
    #[error(transparent)]
    Refused(ControlError),
}

impl ClientError {
    /// The next step, if there is one.
    pub fn remedy(&self) -> Option<&str> {
        match self {
            Self::NotAnAddress(_) => None,
            Self::Unreachable { .. } => {
                Some("start one with `msee run -c FILE`, or name it with --control ADDRESS:PORT")
            }
            Self::Silent { .. } | Self::Broken { .. } => Some("see the daemon's log for what keeps it busy"),
            Self::Foreign { .. } => Some(
                "name msee's control endpoint with --control ADDRESS:PORT, and use the same version on both ends",
            ),
            Self::Refused(error) => error.remedy.as_deref(),
        }
    }
}

impl Client {
    /// A client of the daemon whose endpoint is `control`: `127.0.0.1:8179`, `[::1]:8179` or `localhost:8179`.
    ///
    /// # Errors
    /// [`ClientError::NotAnAddress`]. Nothing is sent yet.
    pub fn new(control: &str) -> Result<Self, ClientError> {
        let named = control.rsplit_once(':').is_some_and(|(host, port)| {
            let bracketed = host.starts_with('[') && host.ends_with(']');
            let plain =
                !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
            (bracketed || plain) && port.parse::<u16>().is_ok_and(|port| port != 0)
        });
        if named {
            Ok(Self { control: control.to_owned(), token: None })
        } else {
            Err(ClientError::NotAnAddress(control.to_owned()))
        }
    }

    /// The same client, which shows a token.
    #[must_use]
    pub fn with_token(self, token: ControlToken) -> Self {
        Self { token: Some(token), ..self }
    }

    /// `ADDRESS:PORT` of the daemon.
    pub fn control(&self) -> &str {
        &self.control
    }

    /// `GET /v1/status`.
    pub async fn status(&self) -> Result<Status, ClientError> {
        self.read("/v1/status", ()).await
    }

    /// `GET /v1/circuits`.
    pub async fn circuits(&self) -> Result<Vec<Circuit>, ClientError> {
        self.read("/v1/circuits", ()).await
    }

    /// `GET /v1/sessions`.
    pub async fn sessions(&self, query: &SessionsQuery) -> Result<Vec<Session>, ClientError> {
        self.read("/v1/sessions", query).await
    }

    /// `GET /v1/neighbors/{circuit}/{kind}/{router}`.
    pub async fn neighbor(&self, attachment: &AttachmentId) -> Result<Neighbor, ClientError> {
        self.read(&format!("/v1/neighbors/{attachment}"), ()).await
    }

    /// `GET /v1/routes`, one page.
    pub async fn routes(&self, query: &RoutesQuery) -> Result<RoutePage, ClientError> {
        self.read("/v1/routes", query).await
    }

    /// `GET /v1/effective-routes`, one page.
    pub async fn effective_routes(
        &self,
        query: &EffectiveRoutesQuery,
    ) -> Result<EffectiveRoutePage, ClientError> {
        self.read("/v1/effective-routes", query).await
    }

    /// `GET /v1/lookup`.
    pub async fn lookup(&self, query: &LookupQuery) -> Result<Lookup, ClientError> {
        self.read("/v1/lookup", query).await
    }

    /// `GET /v1/explain`.
    pub async fn explain(&self, query: &ExplainQuery) -> Result<Explanation, ClientError> {
        self.read("/v1/explain", query).await
    }

    /// `GET /v1/fibs`.
    pub async fn fibs(&self) -> Result<Vec<Fib>, ClientError> {
        self.read("/v1/fibs", ()).await
    }

    /// `GET /v1/limits`.
    pub async fn limits(&self) -> Result<Vec<Limit>, ClientError> {
        self.read("/v1/limits", ()).await
    }

    /// `GET /v1/events`.
    pub async fn events(&self, query: &EventsQuery) -> Result<Vec<Event>, ClientError> {
        self.read("/v1/events", query).await
    }

    /// `POST /v1/reload`.
    pub async fn reload(&self) -> Result<Changes, ClientError> {
        self.command("/v1/reload").await
    }

    /// `POST /v1/diff`.
    pub async fn diff(&self, request: &DiffRequest) -> Result<Changes, ClientError> {
        self.write("/v1/diff", request).await
    }

    /// `POST /v1/operations`.
    pub async fn operate(&self, request: &OperationRequest) -> Result<Operated, ClientError> {
        self.write("/v1/operations", request).await
    }

    /// `GET /v1/service-providers`.
    pub async fn service_providers(&self) -> Result<ServiceProviders, ClientError> {
        self.read("/v1/service-providers", ()).await
    }

    /// `POST /v1/sessions/…/disable`.
    pub async fn disable(
        &self,
        target: &SessionTarget,
        request: &DisableRequest,
    ) -> Result<Affected, ClientError> {
        self.write(&format!("/v1/sessions/{target}/disable"), request).await
    }

    /// `POST /v1/sessions/…/enable`.
    pub async fn enable(&self, target: &SessionTarget) -> Result<Affected, ClientError> {
        self.command(&format!("/v1/sessions/{target}/enable")).await
    }

    async fn read<T: DeserializeOwned>(&self, path: &str, query: impl Serialize) -> Result<T, ClientError> {
        let query = serde_urlencoded::to_string(query).map_err(|error| self.broken(&error))?;
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        self.request(Method::GET, &target, Bytes::new()).await
    }

    async fn write<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|error| self.broken(&error))?;
        self.request(Method::POST, path, body.into()).await
    }

    async fn command<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.request(Method::POST, path, Bytes::new()).await
    }

    async fn request<T: DeserializeOwned>(
        &self,
        method: Method,
        target: &str,
        body: Bytes,
    ) -> Result<T, ClientError> {
        let mut attempts = 0;
        let (status, body) = loop {
            let stream = self.connect().await?;
            let exchange = self.exchange(stream, method.clone(), target, body.clone());
            let answer = timeout(ANSWER_DEADLINE, exchange).await;
            let (head, body) =
                answer.map_err(|_| ClientError::Silent { control: self.control.clone() })??;
            attempts += 1;
            match retry_after(&head) {
                Some(pause) if attempts < ATTEMPTS => sleep(pause).await,
                Some(_) | None => break (head.status, body),
            }
        };
        let foreign = |error: serde_json::Error| ClientError::Foreign {
            control: self.control.clone(),
            status: status.as_u16(),
            cause: error.to_string(),
        };
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(foreign);
        }
        let refusal: ErrorReply = serde_json::from_slice(&body).map_err(foreign)?;
        Err(ClientError::Refused(refusal.error))
    }

    async fn connect(&self) -> Result<TcpStream, ClientError> {
        let connected = timeout(CONNECT_DEADLINE, TcpStream::connect(&self.control)).await;
        connected
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(|source| ClientError::Unreachable { control: self.control.clone(), source })
    }

    /// Sends one request and reads the whole answer; the connection ends when `sender` is dropped with it.
    async fn exchange(
        &self,
        stream: TcpStream,
        method: Method,
        target: &str,
        body: Bytes,
    ) -> Result<(Parts, Bytes), ClientError> {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| self.broken(&error))?;
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, &self.control)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONNECTION, "close");
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.expose()));
        }
        let request = request.body(Full::new(body)).map_err(|error| self.broken(&error))?;
        let answer = async move {
            let response = sender.send_request(request).await.map_err(|error| self.broken(&error))?;
            let (head, body) = response.into_parts();
            let body =
                Limited::new(body, ANSWER_LIMIT).collect().await.map_err(|error| self.broken(&error))?;
            Ok((head, body.to_bytes()))
        };
        let (answer, _) = tokio::join!(answer, connection);
        answer
    }

    fn broken(&self, cause: &impl ToString) -> ClientError {
        ClientError::Broken { control: self.control.clone(), cause: cause.to_string() }
    }
}

/// How long a daemon wants to be left alone that has refused a request because there were too many.
fn retry_after(head: &Parts) -> Option<Duration> {
    if head.status != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let seconds = head.headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_is_an_address_with_a_port() {
        for control in ["127.0.0.1:8179", "[::1]:8179", "localhost:8179", "lab-7.example:1"] {
            assert_eq!(Client::new(control).unwrap().control(), control);
        }
        for control in
            ["", "127.0.0.1", ":8179", "127.0.0.1:0", "127.0.0.1:70000", "http://127.0.0.1:8179", "a b:1"]
        {
            let error = Client::new(control).unwrap_err();
            assert!(matches!(error, ClientError::NotAnAddress(_)), "{control}");
        }
    }
}
