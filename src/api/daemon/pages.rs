//! Pages of routes, in portions: an owner of routes is asked for little at a time, and does in between what BGP wants of it.

use super::{
    DaemonControl, ending, gone, unknown_attachment, unknown_network,
    words::{effective_route, route},
};
use crate::{
    api::schema::{
        ControlError, Direction, EffectiveRoutePage, EffectiveRoutesQuery, Route, RoutePage, RoutesQuery,
    },
    attachment::{AdvertisedQuery, Command, RouteView, Which},
    azure::AttachmentId,
    backbone,
    daemon::{Directory, Gone},
    family::Family,
    rib::PrefixList,
};
use ipnet::IpNet;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::{Mutex as Turn, oneshot},
    time::{sleep, sleep_until},
};

/// Routes that an owner is asked for at once: less than it takes in from a peer before it looks at the others.
const PORTION: usize = 512;
/// A longer table is listed once for all pages that are read one after the other.
const SHORT: usize = 10_000;
/// How long such a list serves the pages behind the first.
const KEPT: Duration = Duration::from_secs(10);
/// Pause before a long table is listed again, for each prefix in it. To list one takes its owner some nanoseconds.
const PAUSE: Duration = Duration::from_micros(1);
/// Tables that are remembered, unless more are listed at this moment.
const TABLES: usize = 64;

/// What the readers of pages share.
#[derive(Default)]
pub(super) struct Pages {
    lists: Mutex<BTreeMap<Table, Arc<Turn<Option<List>>>>>,
    /// One portion is under way at a time, however many callers there are.
    portion: Turn<()>,
}

/// A table without order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Table {
    Received(AttachmentId, Family, Which),
    Told(AttachmentId, Family),
}

/// The prefixes of a long table.
struct List {
    begun: Instant,
    prefixes: Arc<PrefixList>,
}

/// Where a page is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Behind,
}

impl Pages {
    /// A question, when it is its turn.
    async fn ask<T>(&self, question: impl Future<Output = T>) -> T {
        let _turn = self.portion.lock().await;
        question.await
    }

    /// The prefixes of a table, in order: as they are, or for a page behind the first as they were a moment ago.
    async fn list<E>(
        &self,
        table: Table,
        place: Place,
        question: impl Future<Output = Result<PrefixList, E>>,
    ) -> Result<Arc<PrefixList>, E> {
        let asked = Instant::now();
        let turn = self.turn(table);
        let mut list = turn.lock().await;
        if let Some(List { begun, prefixes }) = &*list {
            let goes_on = place == Place::Behind && begun.elapsed() < KEPT;
            if goes_on || *begun >= asked {
                return Ok(Arc::clone(prefixes));
            }
            let pause = PAUSE * u32::try_from(prefixes.len()).unwrap_or(u32::MAX);
            sleep_until((*begun + pause).into()).await;
        }
        let begun = Instant::now();
        let prefixes = Arc::new(self.ask(question).await?.sorted());
        *list = (prefixes.len() > SHORT).then(|| List { begun, prefixes: Arc::clone(&prefixes) });
        if list.is_some() {
            let turn = Arc::clone(&turn);
            // A list that another has replaced meanwhile is that one's to forget.
            tokio::spawn(async move {
                sleep(KEPT).await;
                turn.lock().await.take_if(|list| list.begun == begun);
            });
        }
        Ok(prefixes)
    }

    fn turn(&self, table: Table) -> Arc<Turn<Option<List>>> {
        // What is in there is whole at every moment.
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= TABLES {
            lists.retain(|_, turn| turn.try_lock().map_or(true, |list| list.is_some()));
        }
        Arc::clone(lists.entry(table).or_default())
    }
}

/// Answers `GET /v1/routes`.
pub(super) async fn routes(control: &DaemonControl, query: RoutesQuery) -> Result<RoutePage, ControlError> {
    let directory = control.handle.directory();
    let readers = Readers { pages: &control.pages, directory: &directory, id: &query.attachment };
    match query.direction {
        Direction::Received => readers.received(&query).await,
        Direction::Advertised if directory.is_told_by_the_backbone(readers.id) => readers.told(&query).await,
        Direction::Advertised => readers.advertised(&query).await,
    }
}

/// What every kind of page of one attachment needs.
struct Readers<'a> {
    pages: &'a Pages,
    directory: &'a Directory,
    id: &'a AttachmentId,
}

impl Readers<'_> {
    async fn received(&self, query: &RoutesQuery) -> Result<RoutePage, ControlError> {
        let which = if query.refused { Which::Refused } else { Which::All };
        let table = Table::Received(self.id.clone(), query.family, which);
        let question = self.attachment(|reply| Command::Prefixes(query.family, which, reply));
        let (prefixes, next) = self.prefixes(query, table, question).await?;
        let mut routes = Vec::with_capacity(prefixes.len());
        for portion in prefixes.chunks(PORTION) {
            let question = self.attachment(|reply| Command::Received(portion.to_vec(), reply));
            let found = self.pages.ask(question).await?;
            // Since the table was listed, a route may have been accepted.
            let shown = found.iter().filter(|found| !query.refused || found.refused.is_some());
            routes.extend(shown.map(route));
        }
        Ok(RoutePage { routes, next })
    }

    /// What an open transit tells the peer.
    async fn told(&self, query: &RoutesQuery) -> Result<RoutePage, ControlError> {
        let table = Table::Told(self.id.clone(), query.family);
        let question = self.backbone(|reply| backbone::Command::Prefixes {
            attachment: self.id.clone(),
            family: query.family,
            reply,
        });
        let (prefixes, next) = self.prefixes(query, table, question).await?;
        let mut routes = Vec::with_capacity(prefixes.len());
        for portion in prefixes.chunks(PORTION) {
            let question = self.backbone(|reply| backbone::Command::Told {
                attachment: self.id.clone(),
                prefixes: portion.to_vec(),
                reply,
            });
            let told = self.pages.ask(question).await?;
            let view = |(prefix, attributes)| RouteView { prefix, attributes, refused: None };
            routes.extend(told.into_iter().map(view).map(|told| route(&told)));
        }
        Ok(RoutePage { routes, next })
    }

    /// The prefixes that a query asks for, and the last of them if there are more; the question is asked only if the table
    /// has to be listed.
    async fn prefixes(
        &self,
        query: &RoutesQuery,
        table: Table,
        question: impl Future<Output = Result<PrefixList, ControlError>>,
    ) -> Result<(Vec<IpNet>, Option<IpNet>), ControlError> {
        if let Some(exact) = query.prefix {
            return Ok((vec![exact.trunc()], None));
        }
        let place = if query.after.is_some() { Place::Behind } else { Place::First };
        Ok(page(&*self.pages.list(table, place, question).await?, query))
    }

    /// What Azure's rules, or an operator's, have the peer told; that table has an order.
    async fn advertised(&self, query: &RoutesQuery) -> Result<RoutePage, ControlError> {
        let (limit, mut next) = (query.limit.elements(), query.after);
        let mut routes: Vec<Route> = Vec::new();
        loop {
            let portion = AdvertisedQuery {
                family: query.family,
                exact: query.prefix,
                after: next,
                limit: PORTION.min(limit - routes.len()),
            };
            let question = self.attachment(|reply| Command::Advertised(portion, reply));
            let page = self.pages.ask(question).await?;
            routes.extend(page.routes.iter().map(route));
            next = page.next;
            if next.is_none() || routes.len() >= limit {
                return Ok(RoutePage { routes, next });
            }
        }
    }

    async fn attachment<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, ControlError> {
        let answer = self.directory.ask(self.id, question).await;
        answer
            .ok_or_else(|| unknown_attachment(self.directory, &self.id.to_string()))?
            .map_err(|Gone| gone(self.directory, self.id))
    }

    async fn backbone<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<T>) -> backbone::Command,
    ) -> Result<T, ControlError> {
        self.directory.ask_backbone(question).await.map_err(|Gone| ending())
    }
}

/// A page of a list, and its last prefix if there are more.
fn page(list: &PrefixList, query: &RoutesQuery) -> (Vec<IpNet>, Option<IpNet>) {
    let limit = query.limit.elements();
    let mut prefixes = list.behind(query.after, limit + 1);
    let more = prefixes.len() > limit;
    prefixes.truncate(limit);
    let next = prefixes.last().filter(|_| more).copied();
    (prefixes, next)
}

/// Answers `GET /v1/effective-routes`.
pub(super) async fn effective_routes(
    control: &DaemonControl,
    query: EffectiveRoutesQuery,
) -> Result<EffectiveRoutePage, ControlError> {
    let directory = control.handle.directory();
    let (limit, mut next) = (query.limit.elements(), query.after);
    let mut value = Vec::new();
    loop {
        let question = directory.ask_backbone(|reply| backbone::Command::EffectiveRoutes {
            network: query.virtual_network.clone(),
            family: query.family,
            after: next,
            limit: PORTION.min(limit - value.len()),
            reply,
        });
        let answer = control.pages.ask(question).await.map_err(|Gone| ending())?;
        let page = answer.map_err(|unknown| unknown_network(&unknown))?;
        value.extend(page.routes.into_iter().map(effective_route));
        next = page.next;
        if next.is_none() || value.len() >= limit {
            return Ok(EffectiveRoutePage { value, next });
        }
    }
}
