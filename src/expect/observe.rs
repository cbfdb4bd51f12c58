//! Whether an assertion holds now, and what is to be seen instead.

use super::assertion::{
    Assertion, EffectiveRouteIs, LimitIs, LookupFinds, NextHops, Presence, RouteAttributes, RouteIs,
    SessionIs, Table, listed,
};
use crate::{
    api::{
        Client, ClientError,
        schema::{
            EffectiveRoutesQuery, Lookup, LookupQuery, PageSize, Route, RoutesQuery, Session, SessionState,
            SessionsQuery,
        },
    },
    family::Family,
};
use ipnet::IpNet;
use std::{collections::BTreeSet, net::IpAddr};

/// `Err` is what was seen instead, in words.
pub(super) type Observation = Result<(), String>;

/// Asks the daemon once.
pub(super) async fn observe(assertion: &Assertion, client: &Client) -> Observation {
    let observed = match assertion {
        Assertion::Session(session) => self::session(session, client).await,
        Assertion::Route(route) => self::route(route, client).await,
        Assertion::Limit(limit) => self::limit(limit, client).await,
        Assertion::Lookup(lookup) => self::lookup(lookup, client).await,
        Assertion::EffectiveRoute(route) => effective_route(route, client).await,
    };
    observed.unwrap_or_else(|error| Err(error.to_string()))
}

type Asked = Result<Observation, ClientError>;

async fn session(wanted: &SessionIs, client: &Client) -> Asked {
    let query = SessionsQuery { attachment: Some(wanted.attachment.clone()) };
    let mut sessions = client.sessions(&query).await?;
    sessions.retain(|session| wanted.family.is_none_or(|family| session.family.contains(family)));
    if sessions.is_empty() {
        return Ok(Err("there is no such session".to_owned()));
    }
    let other = sessions.iter().find(|session| session.state != wanted.state);
    Ok(other.map_or(Ok(()), |session| Err(seen_session(session))))
}

/// The state, and what keeps it there.
fn seen_session(session: &Session) -> String {
    let state = format!("{} is {}", session.neighbor_addr, session.state);
    if session.state == SessionState::Established {
        return state;
    }
    let reset = session.last_reset.as_ref().map(|reset| &reset.due_to);
    match session.diagnosis.as_ref().or(reset) {
        Some(cause) => format!("{state}: {cause}"),
        None => state,
    }
}

async fn route(wanted: &RouteIs, client: &Client) -> Asked {
    let query = RoutesQuery {
        attachment: wanted.attachment.clone(),
        direction: wanted.direction,
        family: Family::of(&wanted.prefix),
        refused: false,
        prefix: Some(wanted.prefix),
        after: None,
        limit: PageSize::MAX,
    };
    let page = client.routes(&query).await?;
    Ok(match (&wanted.presence, page.routes.first()) {
        (Presence::Absent, None) => Ok(()),
        (Presence::Absent, Some(route)) => Err(format!("it is there: {}", seen_route(route))),
        (Presence::Present(_), None) => Err("there is no such route".to_owned()),
        (Presence::Present(like), Some(route)) if is_like(route, like) => Ok(()),
        (Presence::Present(_), Some(route)) => Err(seen_route(route)),
    })
}

fn is_like(route: &Route, like: &RouteAttributes) -> bool {
    let has = |community| all_communities(route).any(|own| own == community);
    like.as_path.as_ref().is_none_or(|path| *path == route.as_path)
        && like.next_hop.is_none_or(|next_hop| next_hop == route.next_hop)
        && like.metric.is_none_or(|metric| Some(metric) == route.metric)
        && like.refused.is_none_or(|refused| refused == route.refused_because.is_some())
        && like.communities.iter().all(has)
}

fn all_communities(route: &Route) -> impl Iterator<Item = &String> {
    [&route.communities, &route.large_communities, &route.extended_communities].into_iter().flatten()
}

fn seen_route(route: &Route) -> String {
    let communities: Vec<&str> = all_communities(route).map(String::as_str).collect();
    let parts = [
        Some(format!("path {}, next hop {}", route.as_path, route.next_hop)),
        route.metric.map(|metric| format!("metric {metric}")),
        (!communities.is_empty()).then(|| format!("communities {}", communities.join(" "))),
        route.refused_because.as_ref().map(|reason| format!("refused: {reason}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

async fn limit(wanted: &LimitIs, client: &Client) -> Asked {
    let limits = client.limits().await?;
    let ours = |attachment, family| attachment == &wanted.attachment && family == wanted.family;
    let Some(limit) = limits.iter().find(|limit| ours(&limit.attachment, limit.family)) else {
        return Ok(Err("there is no such limit".to_owned()));
    };
    let fits = wanted.max.is_none_or(|max| limit.max == Some(max))
        && wanted.held.is_none_or(|held| limit.held == held)
        && wanted.state.is_none_or(|state| limit.state == state);
    let max = limit.max.map_or_else(|| "unlimited".to_owned(), |max| format!("max {max}"));
    Ok(if fits { Ok(()) } else { Err(format!("{max}, held {}, {}", limit.held, limit.state)) })
}

async fn lookup(wanted: &LookupFinds, client: &Client) -> Asked {
    let address = wanted.address;
    let query = match wanted.table.clone() {
        Table::VirtualNetwork(name) => LookupQuery::VirtualNetwork { name, address },
        Table::Attachment(id) => LookupQuery::Attachment { id, address },
    };
    let found = match client.lookup(&query).await? {
        Lookup::VirtualNetwork(lookup) => lookup.found.map(|route| {
            (route.address_prefix.first().copied(), route.next_hop_ip_address.into_iter().collect())
        }),
        Lookup::Attachment(lookup) => {
            lookup.found.map(|route| (Some(route.network), BTreeSet::from([route.next_hop])))
        }
    };
    Ok(match (&wanted.presence, found) {
        (Presence::Absent, None) => Ok(()),
        (Presence::Present(_), None) => Err("no route to it".to_owned()),
        (Presence::Present((prefix, next_hops)), Some((own, hops)))
            if (prefix.is_none() || *prefix == own) && are(next_hops, &hops) =>
        {
            Ok(())
        }
        (Presence::Absent | Presence::Present(_), Some((own, hops))) => Err(seen_hops(own, &hops)),
    })
}

async fn effective_route(wanted: &EffectiveRouteIs, client: &Client) -> Asked {
    let mut query = EffectiveRoutesQuery {
        virtual_network: wanted.virtual_network.clone(),
        family: Some(Family::of(&wanted.prefix)),
        after: None,
        limit: PageSize::MAX,
    };
    let found = loop {
        let page = client.effective_routes(&query).await?;
        let ours = page.value.into_iter().find(|route| route.address_prefix.contains(&wanted.prefix));
        match (ours, page.next) {
            (Some(route), _) => break Some(route),
            (None, None) => break None,
            (None, next) => query.after = next,
        }
    };
    let hops: Option<BTreeSet<IpAddr>> = found.map(|route| route.next_hop_ip_address.into_iter().collect());
    Ok(match (&wanted.presence, hops) {
        (Presence::Absent, None) => Ok(()),
        (Presence::Present(_), None) => Err("there is no such route".to_owned()),
        (Presence::Present(next_hops), Some(hops)) if are(next_hops, &hops) => Ok(()),
        (Presence::Absent | Presence::Present(_), Some(hops)) => Err(seen_hops(Some(wanted.prefix), &hops)),
    })
}

fn are(wanted: &NextHops, hops: &BTreeSet<IpAddr>) -> bool {
    wanted.as_ref().is_none_or(|wanted| wanted == hops)
}

fn seen_hops(prefix: Option<IpNet>, hops: &BTreeSet<IpAddr>) -> String {
    let prefix = prefix.map_or_else(|| "a route".to_owned(), |prefix| prefix.to_string());
    format!("{prefix} over {}", listed(hops))
}
