//! The running daemon behind the control endpoint: its words become those of the schema.

mod explain;
mod operations;
mod pages;
mod words;

use super::{
    control::{Access, Control},
    rate::Buckets,
    schema::{
        Affected, AttachmentLookup, Change, Changes, Circuit, ControlError, DiffRequest, DisableRequest,
        EffectiveRoutePage, EffectiveRoutesQuery, ErrorCode, Event, EventsQuery, ExplainQuery, Explanation,
        Fib, Limit, Lookup, LookupQuery, Neighbor, Operated, OperationRequest, RoutePage, RoutesQuery,
        ServiceProviders, Session, SessionTarget, SessionsQuery, State, Status, VirtualNetworkLookup,
    },
};
use crate::{
    attachment::Command,
    azure::AttachmentId,
    backbone::{self, UnknownNetwork},
    config::{self, Difference, diff, plan},
    daemon::{Directory, Gone, Handle, ReloadRefused},
    transport::Throttle,
};
use pages::Pages;
use std::{
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use words::{circuit, effective_route, event, fib, limit, milliseconds, route, rtr, session};

/// The events that `show neighbor` ends with.
const NEIGHBOR_EVENTS: usize = 20;
/// Between two log lines about callers that ask too often.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(10);

/// Answers for a running daemon.
pub struct DaemonControl {
    handle: Handle,
    /// Held for the time of one look.
    callers: Mutex<Callers>,
    pages: Pages,
}

/// What is known of who asks.
struct Callers {
    buckets: Buckets,
    complaints: Throttle,
}

impl DaemonControl {
    /// Answers for the daemon behind this handle.
    pub fn new(handle: Handle) -> Self {
        let callers = Callers { buckets: Buckets::default(), complaints: Throttle::new(COMPLAINT_INTERVAL) };
        Self { handle, callers: Mutex::new(callers), pages: Pages::default() }
    }

    fn callers(&self) -> MutexGuard<'_, Callers> {
        // What is in there is whole at every moment.
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sessions of some attachments, in the order of their names.
    async fn sessions_of(
        &self,
        directory: &Directory,
        wanted: impl Fn(&AttachmentId) -> bool,
    ) -> Vec<Session> {
        let mut sessions = Vec::new();
        for id in directory.attachments.keys().filter(|id| wanted(id)) {
            let views = match directory.ask(id, Command::Sessions).await {
                Some(Ok(views)) => views,
                // One that has ended, asked to, has none any more.
                Some(Err(Gone)) => self.handle.directory().sessions_at_rest(id),
                None => Vec::new(),
            };
            sessions.extend(views.iter().map(|view| session(id, view)));
        }
        sessions
    }

    async fn limits_of(&self, directory: &Directory, wanted: impl Fn(&AttachmentId) -> bool) -> Vec<Limit> {
        let mut limits = Vec::new();
        for id in directory.attachments.keys().filter(|id| wanted(id)) {
            if let Some(Ok(views)) = directory.ask(id, Command::Limits).await {
                limits.extend(views.iter().map(|view| limit(id, *view)));
            }
        }
        limits
    }

    /// The attachments that a target names; at least one.
    fn targeted(&self, target: &SessionTarget) -> Result<Vec<AttachmentId>, ControlError> {
        let directory = self.handle.directory();
        let fits = |id: &&AttachmentId| {
            id.circuit == target.circuit
                && id.kind == target.kind
                && target.router.is_none_or(|router| router == id.router)
        };
        let affected: Vec<AttachmentId> = directory.attachments.keys().filter(fits).cloned().collect();
        if affected.is_empty() {
            return Err(unknown_attachment(&directory, &target.to_string()));
        }
        Ok(affected)
    }
}

impl Control for DaemonControl {
    fn access(&self) -> Access {
        self.handle.directory().plan.daemon.control_token.clone().map_or(Access::Local, Access::Token)
    }

    fn admit(&self, caller: IpAddr, now: Instant) -> Result<(), Duration> {
        let per_s = self.handle.directory().plan.daemon.control_requests_per_s;
        let mut callers = self.callers();
        let Callers { buckets, complaints } = &mut *callers;
        buckets.take(caller, per_s, now).inspect_err(|_| {
            if let Some(withheld) = complaints.admit(now) {
                tracing::warn!(%caller, per_s, withheld, "refused a request: its address sends too many a second");
            }
        })
    }

    async fn status(&self) -> Result<Status, ControlError> {
        let directory = self.handle.directory();
        let plan = &directory.plan;
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            uptime_msec: milliseconds(directory.started.elapsed()),
            asn: plan.daemon.asn,
            rules: plan.daemon.rules.to_string(),
            transit: plan.transit == plan::Transit::Open,
            config: directory.file.clone(),
            control_address: plan.daemon.control,
            task_restarts: directory.deaths.values().map(|deaths| deaths.count).sum(),
            requests_refused: self.callers().buckets.refused(),
            state: self.handle.keeping().map(|keeping| State {
                directory: plan.daemon.state_dir.clone().unwrap_or_default(),
                errors: keeping.errors,
                failure: keeping.failure,
            }),
            rtr: directory.rtr.as_ref().map(rtr),
        })
    }

    async fn circuits(&self) -> Result<Vec<Circuit>, ControlError> {
        let directory = self.handle.directory();
        let sessions = self.sessions_of(&directory, |_| true).await;
        Ok(directory.plan.circuits.iter().map(|wanted| circuit(wanted, &directory, &sessions)).collect())
    }

    async fn sessions(&self, query: SessionsQuery) -> Result<Vec<Session>, ControlError> {
        let directory = self.handle.directory();
        match query.attachment {
            None => Ok(self.sessions_of(&directory, |_| true).await),
            Some(id) => {
                known(&directory, &id)?;
                Ok(self.sessions_of(&directory, |other| *other == id).await)
            }
        }
    }

    async fn neighbor(&self, id: AttachmentId) -> Result<Neighbor, ControlError> {
        let directory = self.handle.directory();
        known(&directory, &id)?;
        let events =
            self.handle.events(None, NEIGHBOR_EVENTS, Some(id.clone())).await.map_err(|_| ending())?;
        Ok(Neighbor {
            sessions: self.sessions_of(&directory, |other| *other == id).await,
            limits: self.limits_of(&directory, |other| *other == id).await,
            events: events.into_iter().map(event).collect(),
            task_restarts: directory.deaths.get(&id).map_or(0, |deaths| deaths.count),
        })
    }

    async fn routes(&self, query: RoutesQuery) -> Result<RoutePage, ControlError> {
        pages::routes(self, query).await
    }

    async fn effective_routes(
        &self,
        query: EffectiveRoutesQuery,
    ) -> Result<EffectiveRoutePage, ControlError> {
        pages::effective_routes(self, query).await
    }

    async fn lookup(&self, query: LookupQuery) -> Result<Lookup, ControlError> {
        let directory = self.handle.directory();
        match query {
            LookupQuery::VirtualNetwork { name, address } => {
                let network = name.clone();
                let answer =
                    directory.ask_backbone(|reply| backbone::Command::Lookup { network, address, reply });
                let found =
                    answer.await.map_err(|_| ending())?.map_err(|unknown| unknown_network(&unknown))?;
                Ok(Lookup::VirtualNetwork(VirtualNetworkLookup {
                    address,
                    virtual_network: name,
                    found: found.map(effective_route),
                }))
            }
            LookupQuery::Attachment { id, address } => {
                let answer = directory.ask(&id, |reply| Command::Lookup(address, reply)).await;
                let found = answer.ok_or_else(|| unknown_attachment(&directory, &id.to_string()))?;
                let found = found.map_err(|_| gone(&directory, &id))?.as_ref().map(route);
                Ok(Lookup::Attachment(AttachmentLookup { address, attachment: id, found }))
            }
        }
    }

    async fn explain(&self, query: ExplainQuery) -> Result<Explanation, ControlError> {
        let directory = self.handle.directory();
        let ExplainQuery { attachment: id, prefix } = query;
        let unknown = || unknown_attachment(&directory, &id.to_string());
        let attachment = directory.plan.attachment(&id).ok_or_else(unknown)?;
        let question = |reply| Command::Received(vec![prefix.trunc()], reply);
        let received = directory.ask(&id, question).await.ok_or_else(unknown)?;
        let received = received.map_err(|_| gone(&directory, &id))?.into_iter().next();
        let rules = explain::rules(&directory, attachment, prefix, received.as_ref());
        Ok(Explanation { attachment: id, prefix, rules })
    }

    async fn fibs(&self) -> Result<Vec<Fib>, ControlError> {
        let directory = self.handle.directory();
        let answer = directory.ask_backbone(|reply| backbone::Command::ForwardingTables { reply });
        Ok(answer.await.map_err(|_| ending())?.iter().map(fib).collect())
    }

    async fn limits(&self) -> Result<Vec<Limit>, ControlError> {
        Ok(self.limits_of(&self.handle.directory(), |_| true).await)
    }

    async fn events(&self, query: EventsQuery) -> Result<Vec<Event>, ControlError> {
        let events = self.handle.events(query.after, query.limit.elements(), None).await;
        Ok(events.map_err(|_| ending())?.into_iter().map(event).collect())
    }

    async fn reload(&self) -> Result<Changes, ControlError> {
        match self.handle.reload().await {
            Ok(difference) => Ok(changes(&difference)),
            Err(ReloadRefused::Invalid(errors)) => Err(invalid(&errors)),
            Err(refused @ ReloadRefused::NoFile) => {
                let remedy = "start it with `msee run -c FILE` to be able to reload";
                Err(ControlError::new(ErrorCode::Conflict, refused.to_string()).with_remedy(remedy))
            }
            Err(ReloadRefused::Illegal(illegal)) => Err(operations::illegal_change(&illegal)),
            Err(ReloadRefused::Ending(Gone)) => Err(ending()),
        }
    }

    async fn diff(&self, request: DiffRequest) -> Result<Changes, ControlError> {
        let directory = self.handle.directory();
        let running = &directory.plan;
        let read = config::parse_after(&request.name, &request.text, &request.directory, Some(running));
        let loaded = read.and_then(|loaded| match &directory.document {
            None => Ok(loaded),
            Some(document) => document.succeeded_by(loaded, running),
        });
        let wanted = loaded.map_err(|errors| invalid(&errors))?.plan;
        let wanted = match directory.shard {
            None => wanted,
            Some(shard) => shard.of_plan(wanted).0,
        };
        Ok(changes(&diff::diff(running, &wanted)))
    }

    async fn operate(&self, request: OperationRequest) -> Result<Operated, ControlError> {
        operations::operate(&self.handle, request).await
    }

    async fn service_providers(&self) -> Result<ServiceProviders, ControlError> {
        Ok(operations::service_providers(&self.handle.directory().plan))
    }

    async fn disable(
        &self,
        target: SessionTarget,
        request: DisableRequest,
    ) -> Result<Affected, ControlError> {
        let affected = self.targeted(&target)?;
        let unkept = self.handle.disable(affected.clone(), request.message).await.map_err(|_| ending())?;
        Ok(Affected { affected, unkept })
    }

    async fn enable(&self, target: SessionTarget) -> Result<Affected, ControlError> {
        let affected = self.targeted(&target)?;
        let unkept = self.handle.enable(affected.clone()).await.map_err(|_| ending())?;
        Ok(Affected { affected, unkept })
    }

    #[cfg(feature = "fault-injection")]
    async fn panic(&self, victim: super::faults::Victim) -> Result<(), ControlError> {
        use super::faults::Victim;
        let directory = self.handle.directory();
        match victim {
            Victim::Backbone => directory.backbone.send(backbone::Command::Panic).await.map_err(|_| ending()),
            Victim::Attachment(id) => {
                let commands = directory.attachments.get(&id);
                let commands = commands.ok_or_else(|| unknown_attachment(&directory, &id.to_string()))?;
                commands.send(Command::Panic).await.map_err(|_| gone(&directory, &id))
            }
        }
    }
}

fn ending() -> ControlError {
    ControlError::new(ErrorCode::Unavailable, "the daemon is ending")
}

/// Why an attachment does not answer.
fn gone(directory: &Directory, id: &AttachmentId) -> ControlError {
    if directory.deaths.contains_key(id) {
        return ControlError::new(
            ErrorCode::Unavailable,
            format!("the task of {id} has died and is started again"),
        )
        .with_remedy("`msee show events` says why and when; then try again");
    }
    ending()
}

fn known(directory: &Directory, id: &AttachmentId) -> Result<(), ControlError> {
    if directory.attachments.contains_key(id) {
        Ok(())
    } else {
        Err(unknown_attachment(directory, &id.to_string()))
    }
}

fn unknown_attachment(directory: &Directory, name: &str) -> ControlError {
    let known: Vec<String> = directory.attachments.keys().take(10).map(ToString::to_string).collect();
    let remedy = match known.len() {
        0 => "the configuration has no peering; add a [[circuit.peering]]".to_owned(),
        _ => format!("there are: {}", known.join(", ")),
    };
    ControlError::new(ErrorCode::NotFound, format!("there is no peering {name}")).with_remedy(remedy)
}

fn unknown_network(unknown: &UnknownNetwork) -> ControlError {
    let remedy = match unknown.known.len() {
        0 => "the configuration has no [[virtual_network]]".to_owned(),
        _ => format!("there are: {}", unknown.known.join(", ")),
    };
    let message = format!("there is no virtual network {:?}", unknown.name);
    ControlError::new(ErrorCode::NotFound, message).with_remedy(remedy)
}

fn invalid(errors: &config::ConfigErrors) -> ControlError {
    let diagnostics = errors.iter().map(|error| error.plain().to_string()).collect();
    let name = errors.iter().next().map_or("the configuration", |error| error.file());
    ControlError::invalid_configuration(name, diagnostics)
}

fn changes(difference: &Difference) -> Changes {
    let change = |change: &config::Change| Change {
        subject: change.subject(),
        what: change.what(),
        resets: change.effect() == config::Effect::Resets,
    };
    Changes { changes: difference.changes.iter().map(change).collect() }
}
