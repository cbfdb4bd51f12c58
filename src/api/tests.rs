//! The endpoint over a loopback socket, answered by a daemon of samples.

use super::{
    Access, Client, ClientError, Control, samples,
    schema::{
        Affected, Changes, Circuit, ControlError, DiffRequest, DisableRequest, EffectiveRoutePage,
        EffectiveRoutesQuery, ErrorCode, ErrorReply, Event, EventsQuery, ExplainQuery, Explanation, Fib,
        Limit, Lookup, LookupQuery, Neighbor, Operated, OperationRequest, PageSize, RoutePage, RoutesQuery,
        ServiceProviders, Session, SessionTarget, SessionsQuery, Status,
    },
    serve,
};
use crate::{
    api::schema::Direction,
    azure::{AttachmentId, Router},
    family::Family,
};
use ipnet::IpNet;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// Has sent too many requests.
const IMPATIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9));

/// Knows one circuit with 2,500 routes, and refuses what else it is asked for.
pub(crate) struct SampleDaemon;

type Answer<T> = Result<T, ControlError>;

fn unknown(name: &dyn std::fmt::Display) -> ControlError {
    ControlError::new(ErrorCode::NotFound, format!("no {name} is configured"))
        .with_remedy("`msee show circuits` lists what is")
}

/// The page of `networks` that a query asks for, and where the next one starts.
fn page(after: Option<IpNet>, limit: PageSize) -> (Vec<IpNet>, Option<IpNet>) {
    let network = |n: u32| IpNet::new(std::net::Ipv4Addr::from((10 << 24) + (n << 8)).into(), 24).unwrap();
    let behind = (0..2500).map(network).filter(|net| after.is_none_or(|after| *net > after));
    let page: Vec<_> = behind.take(limit.elements()).collect();
    let next = page.last().copied().filter(|last| *last < network(2499));
    (page, next)
}

impl Control for SampleDaemon {
    fn access(&self) -> Access {
        Access::Local
    }

    fn admit(&self, caller: IpAddr, _: Instant) -> Result<(), Duration> {
        if caller == IMPATIENT { Err(Duration::from_millis(1_200)) } else { Ok(()) }
    }

    async fn status(&self) -> Answer<Status> {
        Ok(samples::status())
    }

    async fn circuits(&self) -> Answer<Vec<Circuit>> {
        Ok(samples::circuits())
    }

    async fn sessions(&self, query: SessionsQuery) -> Answer<Vec<Session>> {
        let mut sessions = samples::sessions();
        sessions.retain(|session| query.attachment.as_ref().is_none_or(|id| *id == session.attachment));
        Ok(sessions)
    }

    async fn neighbor(&self, attachment: AttachmentId) -> Answer<Neighbor> {
        if attachment == samples::attachment(Router::Primary) {
            Ok(samples::neighbor())
        } else {
            Err(unknown(&attachment))
        }
    }

    async fn routes(&self, query: RoutesQuery) -> Answer<RoutePage> {
        let one = |route| Ok(RoutePage { routes: vec![route], next: None });
        match (query.family, query.direction) {
            (Family::Ipv4, _) if query.refused => return one(samples::refused_route("10.0.0.0/8")),
            (Family::Ipv6, Direction::Advertised) => return one(samples::route("fd00:1::/48")),
            (Family::Ipv6, Direction::Received) => return Ok(RoutePage::default()),
            (Family::Ipv4, _) => {}
        }
        let (networks, next) = page(query.after, query.limit);
        Ok(RoutePage { routes: networks.iter().map(|net| samples::route(&net.to_string())).collect(), next })
    }

    async fn effective_routes(&self, query: EffectiveRoutesQuery) -> Answer<EffectiveRoutePage> {
        if !["hub", "hub & spoke"].contains(&&*query.virtual_network) {
            return Err(unknown(&query.virtual_network));
        }
        let (networks, next) = page(query.after, query.limit);
        let mut value: Vec<_> =
            networks.iter().map(|net| samples::effective_route(&net.to_string())).collect();
        value.truncate(2499);
        value.push(samples::own_address_space("10.255.0.0/16"));
        Ok(EffectiveRoutePage { value, next })
    }

    async fn lookup(&self, query: LookupQuery) -> Answer<Lookup> {
        Ok(match query {
            LookupQuery::VirtualNetwork { .. } => Lookup::VirtualNetwork(samples::virtual_network_lookup()),
            LookupQuery::Attachment { .. } => Lookup::Attachment(samples::attachment_lookup()),
        })
    }

    async fn explain(&self, query: ExplainQuery) -> Answer<Explanation> {
        if query.attachment != samples::attachment(Router::Primary) {
            return Err(unknown(&query.attachment));
        }
        Ok(samples::explanation(query))
    }

    async fn fibs(&self) -> Answer<Vec<Fib>> {
        Ok(samples::fibs())
    }

    async fn limits(&self) -> Answer<Vec<Limit>> {
        Ok(samples::limits())
    }

    async fn events(&self, query: EventsQuery) -> Answer<Vec<Event>> {
        let mut events = samples::events();
        events.retain(|event| query.after.is_none_or(|after| event.seq > after));
        Ok(events)
    }

    async fn reload(&self) -> Answer<Changes> {
        let diagnostics = vec!["lab.toml:12:31: unknown key `peer_as`\n  remedy: write peer_asn".into()];
        Err(ControlError::invalid_configuration("lab.toml", diagnostics))
    }

    async fn diff(&self, request: DiffRequest) -> Answer<Changes> {
        assert!(request.name.ends_with("lab.toml") && request.directory.is_absolute());
        Ok(samples::changes())
    }

    async fn operate(&self, request: OperationRequest) -> Answer<Operated> {
        if request.circuit().as_str() == "ams-1" {
            Ok(Operated {
                changes: samples::changes(),
                service_key: Some(samples::SERVICE_KEY.to_owned()),
                unkept: None,
            })
        } else {
            Err(unknown(request.circuit()))
        }
    }

    async fn service_providers(&self) -> Answer<ServiceProviders> {
        Ok(samples::service_providers())
    }

    async fn disable(&self, target: SessionTarget, request: DisableRequest) -> Answer<Affected> {
        match (target.router, request.message.as_deref()) {
            (None, Some("maintenance until 06:00 UTC")) => Ok(samples::affected()),
            (Some(router), None) => {
                Ok(Affected { affected: vec![samples::attachment(router)], unkept: None })
            }
            _ => Err(unknown(&target)),
        }
    }

    async fn enable(&self, target: SessionTarget) -> Answer<Affected> {
        self.disable(target, DisableRequest::default()).await
    }

    #[cfg(feature = "fault-injection")]
    async fn panic(&self, victim: super::faults::Victim) -> Answer<()> {
        Err(unknown(&format!("{victim:?}")))
    }
}

/// A served [`SampleDaemon`].
pub(crate) struct Endpoint {
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Endpoint {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let served = tokio::spawn(serve(listener, Arc::new(SampleDaemon), stop.clone()));
        Self { address, stop, served }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.address.to_string()).unwrap()
    }

    /// Sends octets as they are and returns status, headers and refusal.
    async fn refusal(&self, request: &[u8]) -> (u16, String, ControlError) {
        Self::refusal_on(TcpStream::connect(self.address).await.unwrap(), request).await
    }

    async fn refusal_on(mut stream: TcpStream, request: &[u8]) -> (u16, String, ControlError) {
        let (mut reader, mut writer) = stream.split();
        let mut answer = Vec::new();
        // The server may answer and close before it has read everything; the write then fails, the answer stands.
        let (_, read) = tokio::join!(writer.write_all(request), reader.read_to_end(&mut answer));
        assert!(read.is_ok() || !answer.is_empty());
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let reply: ErrorReply = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
        (head[9..12].parse().unwrap(), head.to_lowercase(), reply.error)
    }

    async fn stop(self) {
        self.stop.cancel();
        self.served.await.unwrap();
    }
}

#[tokio::test]
async fn a_scraper_gets_the_metrics_and_no_page_of_another_site_does() {
    let endpoint = Endpoint::start().await;
    let mut stream = TcpStream::connect(endpoint.address).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("content-type: application/openmetrics-text; version=1.0.0"), "{answer}");
    assert!(answer.contains("\nmsee_sessions{state=\"Established\"} 1\n"), "{answer}");
    let elsewhere = b"GET /metrics HTTP/1.1\r\nHost: msee.example\r\nConnection: close\r\n\r\n";
    let (status, _, refusal) = endpoint.refusal(elsewhere).await;
    assert_eq!((status, refusal.code), (403, ErrorCode::Forbidden));
    endpoint.stop().await;
}

#[tokio::test]
async fn every_endpoint_answers_what_its_client_reads() {
    let endpoint = Endpoint::start().await;
    let client = endpoint.client();
    let primary = samples::attachment(Router::Primary);
    assert_eq!(client.status().await.unwrap(), samples::status());
    assert_eq!(client.circuits().await.unwrap(), samples::circuits());
    assert_eq!(client.sessions(&SessionsQuery::default()).await.unwrap(), samples::sessions());
    let one = SessionsQuery { attachment: Some(primary.clone()) };
    assert_eq!(client.sessions(&one).await.unwrap(), [samples::established()]);
    assert_eq!(client.neighbor(&primary).await.unwrap(), samples::neighbor());
    assert_eq!(client.fibs().await.unwrap(), samples::fibs());
    assert_eq!(client.limits().await.unwrap(), samples::limits());
    assert_eq!(client.events(&EventsQuery::default()).await.unwrap(), samples::events());
    let after = EventsQuery { after: Some(1), ..EventsQuery::default() };
    assert_eq!(client.events(&after).await.unwrap(), samples::events()[1..]);
    let address = [10, 0, 0, 7].into();
    for (query, want) in [
        (
            LookupQuery::VirtualNetwork { name: "hub".into(), address },
            Lookup::VirtualNetwork(samples::virtual_network_lookup()),
        ),
        (
            LookupQuery::Attachment { id: primary.clone(), address },
            Lookup::Attachment(samples::attachment_lookup()),
        ),
    ] {
        assert_eq!(client.lookup(&query).await.unwrap(), want);
    }
    let diff = DiffRequest { name: "lab.toml".into(), directory: "/etc/msee".into(), text: String::new() };
    assert_eq!(client.diff(&diff).await.unwrap(), samples::changes());
    let message = Some("maintenance until 06:00 UTC".into());
    let target = "ams-1/private".parse().unwrap();
    assert_eq!(client.disable(&target, &DisableRequest { message }).await.unwrap(), samples::affected());
    let target = "ams-1/private/secondary".parse().unwrap();
    let secondary = vec![samples::attachment(Router::Secondary)];
    assert_eq!(client.enable(&target).await.unwrap().affected, secondary);
    endpoint.stop().await;
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_ask_again_and_nobody_else_is() {
    let endpoint = Endpoint::start().await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(IMPATIENT, 0)).unwrap();
    let stream = socket.connect(endpoint.address).await.unwrap();
    let request = b"POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let (status, head, refusal) = Endpoint::refusal_on(stream, request).await;
    assert_eq!((status, refusal.code), (429, ErrorCode::TooManyRequests));
    assert!(head.contains("\r\nretry-after: 2"), "{head}");
    assert!(refusal.remedy.unwrap().contains("control_requests_per_s"));
    assert_eq!(endpoint.client().status().await.unwrap(), samples::status());
    endpoint.stop().await;
}

#[tokio::test]
async fn pages_follow_each_other_until_the_last() {
    let endpoint = Endpoint::start().await;
    let client = endpoint.client();
    let mut query = RoutesQuery {
        attachment: samples::attachment(Router::Primary),
        direction: Direction::Received,
        family: Family::Ipv4,
        refused: false,
        prefix: None,
        after: None,
        limit: PageSize::default(),
    };
    let mut sizes = Vec::new();
    loop {
        let page = client.routes(&query).await.unwrap();
        sizes.push(page.routes.len());
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [1000, 1000, 500]);
    let query = EffectiveRoutesQuery {
        virtual_network: "hub & spoke".into(),
        family: Some(Family::Ipv4),
        after: None,
        limit: PageSize::MAX,
    };
    assert_eq!(client.effective_routes(&query).await.unwrap().value.len(), 2500);
    endpoint.stop().await;
}

#[tokio::test]
async fn refusals_reach_the_client_with_remedy_and_diagnostics() {
    let endpoint = Endpoint::start().await;
    let client = endpoint.client();
    let error = client.neighbor(&samples::attachment(Router::Secondary)).await.unwrap_err();
    assert_eq!(error.to_string(), "no ams-1/private/secondary is configured");
    assert_eq!(error.remedy(), Some("`msee show circuits` lists what is"));
    let ClientError::Refused(error) = client.reload().await.unwrap_err() else { panic!("not a refusal") };
    assert_eq!(error.code, ErrorCode::InvalidConfiguration);
    assert_eq!(error.message, "lab.toml has 1 error; nothing was applied");
    assert!(error.diagnostics[0].starts_with("lab.toml:12:31: "));
    endpoint.stop().await;
    let error = client.status().await.unwrap_err();
    assert_eq!(error.to_string(), format!("no daemon answers on {}: connection refused", client.control()));
}

#[tokio::test]
async fn what_is_not_understood_is_refused_in_json() {
    let endpoint = Endpoint::start().await;
    let two_megabytes = format!(
        "POST /v1/diff HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2097152\r\n\r\n{}",
        "x".repeat(2 << 20)
    );
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let post = |target: &str, body: &str| {
        let length = body.len();
        format!(
            "POST {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    };
    let foreign = "POST /v1/reload HTTP/1.1\r\nhost: 127.0.0.1:8179\r\norigin: http://example.com\r\n\
        connection: close\r\n\r\n"
        .to_owned();
    for (name, request, code, says) in [
        ("unknown path", get("/v2/status"), ErrorCode::NotFound, "there is no /v2/status"),
        ("wrong method", get("/v1/reload"), ErrorCode::MethodNotAllowed, "/v1/reload does not take GET"),
        ("POST where only GET is", post("/v1/limits", ""), ErrorCode::MethodNotAllowed, "does not take POST"),
        ("missing key", get("/v1/lookup?virtualNetwork=hub"), ErrorCode::InvalidRequest, "`address`"),
        ("no table", get("/v1/lookup?address=10.0.0.1"), ErrorCode::InvalidRequest, "no table is named"),
        ("unknown key", get("/v1/events?afer=1"), ErrorCode::InvalidRequest, "unknown field `afer`"),
        (
            "wrong family",
            get("/v1/routes?attachment=a/private/primary&direction=received&family=ipx"),
            ErrorCode::InvalidRequest,
            "\"ipx\" is not an address family",
        ),
        (
            "a page too large",
            get("/v1/events?limit=10001"),
            ErrorCode::InvalidRequest,
            "10001 is not a page size",
        ),
        ("not a name", get("/v1/neighbors/ams-1/privat/primary"), ErrorCode::InvalidRequest, "\"privat\""),
        (
            "no such attachment",
            get("/v1/neighbors/x/private/primary"),
            ErrorCode::NotFound,
            "x/private/primary",
        ),
        ("not JSON", post("/v1/diff", "{\"name\": }"), ErrorCode::InvalidRequest, "line 1 column"),
        ("an empty body", post("/v1/diff", ""), ErrorCode::InvalidRequest, "missing field `name`"),
        (
            "unknown key in a body",
            post("/v1/sessions/ams-1/private/disable", "{\"text\":\"x\"}"),
            ErrorCode::InvalidRequest,
            "unknown field `text`",
        ),
        ("two megabytes", two_megabytes, ErrorCode::PayloadTooLarge, "larger than 1 MiB"),
        ("another site's page", foreign, ErrorCode::Forbidden, "another site"),
    ] {
        let (status, head, error) = endpoint.refusal(request.as_bytes()).await;
        assert_eq!((status, error.code), (code.status(), code), "{name}");
        assert!(error.message.contains(says), "{name}: {}", error.message);
        assert!(head.contains("content-type: application/json"), "{name}: {head}");
    }
    endpoint.stop().await;
}

#[tokio::test]
async fn silent_callers_keep_nobody_out() {
    let endpoint = Endpoint::start().await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(endpoint.address).await.unwrap();
        stream.write_all(b"GET /v1/sta").await.unwrap();
        silent.push(stream);
    }
    assert_eq!(endpoint.client().status().await.unwrap().pid, 4711);
    // Nor do they hold up the end, which waits for answers on their way, not for requests.
    endpoint.stop().await;
}
