//! Who is asked when, and what is kept for how long; the protocol itself is the `rpki` crate's.

use super::News;
use crate::{
    asn::Asn,
    registry::{Payload, Payloads},
};
use ipnet::IpNet;
use rpki::rtr::{
    Action, Client, Payload as Record, State, Timing,
    client::{PayloadError, PayloadTarget, PayloadUpdate},
};
use std::{collections::HashSet, io, net::SocketAddr, time::Duration};
use tokio::{
    net::TcpStream,
    sync::mpsc,
    task::spawn_blocking,
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};

/// RFC 8210. Version 2 is still a draft, and adds nothing that is used here.
const VERSION: u8 = 1;
/// For TCP to connect.
const CONNECT: Duration = Duration::from_secs(10);
/// For a server to say all it knows the first time.
const FIRST_ANSWER: Duration = Duration::from_mins(2);
/// Between two answers, however often the server has news.
const PACE: Duration = Duration::from_secs(1);
/// Between two attempts: it doubles from here,
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// to here, or to what the server asked for if that is less.
const LONGEST_RETRY: Duration = Duration::from_mins(1);
/// Several times all payloads of the world.
const MOST_PAYLOADS: usize = 8_000_000;

/// One who follows a server.
pub(super) struct Follower {
    server: SocketAddr,
    news: mpsc::Sender<News>,
    known: Known,
    retry: Duration,
}

/// What the server has said.
#[derive(Default)]
struct Known {
    payloads: HashSet<Payload>,
    /// Session and serial, by which the server tells what is new.
    state: Option<State>,
    timing: Timing,
    /// When it stops to hold.
    expires: Option<Instant>,
}

/// Why a conversation has ended.
enum Ended {
    /// What was known has expired.
    Expired,
    /// The server is not there any more.
    Lost(String),
}

/// Takes what the server says in one answer, and lays it over what is known when it is complete.
struct Target {
    payloads: HashSet<Payload>,
    timing: Timing,
    change: Change,
}

/// Whether an answer has changed anything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Something,
    Nothing,
}

/// One answer.
struct Answer {
    reset: bool,
    records: Vec<(Action, Payload)>,
}

impl Follower {
    pub(super) fn new(server: SocketAddr, news: mpsc::Sender<News>) -> Self {
        Self { server, news, known: Known::default(), retry: FIRST_RETRY }
    }

    /// Follows the server until nobody takes the news any more.
    pub(super) async fn run(mut self) {
        let news = self.news.clone();
        tokio::select! {
            () = self.follow() => {}
            () = news.closed() => {}
        }
    }

    async fn follow(&mut self) {
        loop {
            match self.converse().await {
                Ended::Expired => self.expire().await,
                Ended::Lost(why) => {
                    let expires_in = self.known.expires.map(|at| at.duration_since(Instant::now()));
                    self.tell(News::Lost { why, expires_in }).await;
                }
            }
            let next = Instant::now() + self.retry;
            if let Some(expires) = self.known.expires.filter(|expires| *expires <= next) {
                sleep_until(expires).await;
                self.expire().await;
            }
            sleep_until(next).await;
            let asked_for = Duration::from_secs(self.known.timing.retry.max(1).into());
            self.retry = (self.retry * 2).min(LONGEST_RETRY).min(asked_for);
        }
    }

    async fn expire(&mut self) {
        self.known = Known::default();
        self.tell(News::Expired).await;
    }

    /// If nobody listens, all this ends.
    async fn tell(&self, news: News) {
        let _ = self.news.send(news).await;
    }

    /// Connects, and takes answer after answer.
    async fn converse(&mut self) -> Ended {
        let server = self.server;
        let stream = match timeout(CONNECT, TcpStream::connect(server)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Ended::Lost(format!("{server} cannot be reached: {error}")),
            Err(_) => return Ended::Lost(format!("{server} does not answer")),
        };
        let target = Target {
            payloads: std::mem::take(&mut self.known.payloads),
            timing: self.known.timing,
            change: Change::Nothing,
        };
        let mut client = Client::with_initial_version(VERSION, stream, target, self.known.state);
        let ended = loop {
            if let Err(ended) = self.answer(&mut client).await {
                break ended;
            }
            sleep(PACE).await;
        };
        self.known.payloads = client.into_target().payloads;
        ended
    }

    /// Waits for the next answer, and tells what is new in it.
    async fn answer(&mut self, client: &mut Client<TcpStream, Target>) -> Result<(), Ended> {
        let is_first = self.known.expires.is_none();
        let patience = self.known.expires.unwrap_or_else(|| Instant::now() + FIRST_ANSWER);
        match timeout_at(patience, client.step()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                // What is known may not be what the server thinks that it is: all of it is asked for again.
                if error.kind() != io::ErrorKind::UnexpectedEof {
                    self.known.state = None;
                }
                return Err(Ended::Lost(format!("{} has ended the session: {}", self.server, cause(&error))));
            }
            Err(_) if is_first => {
                return Err(Ended::Lost(format!("{} has connected and says nothing", self.server)));
            }
            Err(_) => return Err(Ended::Expired),
        }
        let Some(state) = client.state() else { return Ok(()) };
        let serial = u32::from(state.serial());
        let target = client.target_mut();
        self.retry = FIRST_RETRY;
        self.known.state = Some(state);
        self.known.timing = target.timing;
        self.known.expires = Some(Instant::now() + Duration::from_secs(target.timing.expire.max(1).into()));
        if std::mem::replace(&mut target.change, Change::Nothing) == Change::Nothing && !is_first {
            self.tell(News::Confirmed { serial }).await;
            return Ok(());
        }
        let all: Vec<Payload> = target.payloads.iter().copied().collect();
        let count = all.len();
        // Hundreds of thousands of them take a while, and others have to be served meanwhile.
        let built = spawn_blocking(move || Box::new(all.into_iter().collect::<Payloads>())).await;
        let payloads = built.map_err(|died| Ended::Lost(died.to_string()))?;
        self.tell(News::Payloads { payloads, count, serial }).await;
        Ok(())
    }
}

/// The error in words; the client leaves some without any, when it has told the server what is wrong.
fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    if text.is_empty() { "it said what cannot be".to_owned() } else { text }
}

impl PayloadTarget for Target {
    type Update = Answer;

    fn start(&mut self, reset: bool) -> Answer {
        Answer { reset, records: Vec::new() }
    }

    fn apply(&mut self, Answer { reset, records }: Answer, timing: Timing) -> Result<(), PayloadError> {
        let withdrawn = records.iter().filter(|(action, _)| *action == Action::Withdraw);
        if withdrawn.map(|(_, payload)| payload).any(|payload| reset || !self.payloads.contains(payload)) {
            return Err(PayloadError::UnknownWithdraw);
        }
        self.timing = timing;
        let mut changed = false;
        let before = reset.then(|| std::mem::take(&mut self.payloads));
        for (action, payload) in records {
            changed |= match action {
                Action::Announce => self.payloads.insert(payload),
                Action::Withdraw => self.payloads.remove(&payload),
            };
        }
        if before.map_or(changed, |before| before != self.payloads) {
            self.change = Change::Something;
        }
        Ok(())
    }
}

impl PayloadUpdate for Answer {
    fn push_update(&mut self, action: Action, record: Record) -> Result<(), PayloadError> {
        // Router keys and provider lists say nothing about who holds a prefix.
        let Record::Origin(origin) = record else { return Ok(()) };
        if self.records.len() == MOST_PAYLOADS {
            return Err(PayloadError::Internal);
        }
        let (address, length) = (origin.prefix.addr(), origin.prefix.prefix_len());
        let prefix = IpNet::new(address, length).map_err(|_| PayloadError::Corrupt)?.trunc();
        let asn = Asn::try_from(origin.asn.into_u32()).ok();
        self.records.push((action, Payload { prefix, max_length: origin.prefix.resolved_max_len(), asn }));
        Ok(())
    }
}
