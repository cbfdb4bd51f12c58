//! How an attachment's task answers its readers.

use super::{
    link::{Link, LinkId},
    routes::{Routes, Tables},
    settings::{AdminState, Held, SessionSettings, Settings},
    view::{
        AdvertisedQuery, EndView, LimitView, RestartView, RouteView, RoutesPage, SessionView, ViewedState,
        Which,
    },
};
use crate::{
    family::{Families, Family, PerFamily},
    policy::{Reason, Verdict},
    rib::{Attributes, Interner, Level, Prefix, PrefixList, Received, Source},
    transport::Hops,
};
use ipnet::IpNet;
use std::{net::IpAddr, time::Instant};

/// What keeps a session with TTL security down if the other side has none, and the remedy.
const TOO_FAR: (&str, &str) = (
    "the customer edge's segments arrive with a TTL below 255 and are refused (TTL security)",
    "turn TTL security on there (BIRD: `ttl security on`, FRR: `neighbor … ttl-security hops 1`), or take \
     ttl_security away here",
);

/// The sessions of an attachment that does not run, as readers see them.
pub fn sessions_at_rest(settings: &Settings) -> Vec<SessionView> {
    let routes = Routes::new(Source(0), settings);
    let at_rest = |wanted: &SessionSettings| {
        let link = Link::new(LinkId(0), wanted.clone(), 0);
        session(&link, &routes, settings.state, settings.held.as_ref(), Instant::now())
    };
    settings.sessions.iter().map(at_rest).collect()
}

pub(super) fn session(
    link: &Link,
    routes: &Routes,
    state: AdminState,
    held: Option<&Held>,
    now: Instant,
) -> SessionView {
    let held = held.map(|held| (held.cause.clone(), held.remedy.clone()));
    let diagnosis = held
        .or_else(|| link.md5_diagnosis.map(|md5| (md5.to_string(), md5.remedy().to_owned())))
        .or_else(|| link.unlistened.clone())
        .or_else(|| link.is_too_far().then(|| (TOO_FAR.0.to_owned(), TOO_FAR.1.to_owned())));
    let settings = &link.settings;
    let up = link.peer.session();
    let heard = |family| link.hearing.as_ref().and_then(|hearing| hearing.advertised(family));
    let per_family = |count: fn(&Routes, Family) -> usize| {
        let carried =
            |family| if settings.families().contains(family) { count(routes, family) as u64 } else { 0 };
        PerFamily { ipv4: carried(Family::Ipv4), ipv6: carried(Family::Ipv6) }
    };
    SessionView {
        families: settings.families(),
        neighbor: settings.peer_address,
        local: settings.local_address,
        remote_asn: settings.bgp.peer_asn,
        local_asn: settings.bgp.local_asn,
        local_identifier: settings.bgp.local_identifier,
        remote_identifier: up.map(|session| session.peer.identifier),
        state: match state {
            AdminState::Enabled => ViewedState::Running(link.peer.state()),
            AdminState::Disabled => ViewedState::AdministrativelyDown,
        },
        uptime: link.peer.established_since().map(|since| now.saturating_duration_since(since)),
        received: per_family(|routes, family| match family {
            Family::Ipv4 => routes.ipv4.adj_in.len(),
            Family::Ipv6 => routes.ipv6.adj_in.len(),
        }),
        advertised: {
            let own = per_family(|routes, family| match family {
                Family::Ipv4 => routes.ipv4.adj_out.told(),
                Family::Ipv6 => routes.ipv6.adj_out.told(),
            });
            let of = |family| heard(family).map_or(own[family], |told| told as u64);
            PerFamily { ipv4: of(Family::Ipv4), ipv6: of(Family::Ipv6) }
        },
        refused: per_family(|routes, family| match family {
            Family::Ipv4 => routes.ipv4.adj_in.refused(),
            Family::Ipv6 => routes.ipv6.adj_in.refused(),
        }),
        attribute_sets: routes.blocks.len() as u64,
        traffic: link.traffic,
        faults: link.faults,
        established: link.peer.counters().established,
        dropped: link.peer.counters().dropped,
        last_end: link.peer.last_ended().map(|ended| EndView {
            reason: ended.reason.to_string(),
            remedy: ended.reason.remedy(),
            ago: now.saturating_duration_since(ended.at),
        }),
        diagnosis: match link.established {
            None => diagnosis,
            Some(_) => link.path.diagnosis(),
        },
        hold: up.map_or(settings.bgp.hold, |session| session.hold),
        send_hold: settings.bgp.send_hold_time(up.map_or(settings.bgp.hold, |session| session.hold)),
        graceful_restart: settings.bgp.graceful_restart.map(|wanted| RestartView {
            wanted,
            stale: per_family(Routes::stale),
            remaining: link.retention.deadline().map(|until| until.saturating_duration_since(now)),
        }),
        keepalive: up.map_or(settings.bgp.keepalive, |session| session.keepalive.unwrap_or_default()),
        signing: settings.options.signing(),
        ttl_security: settings.options.hops == Hops::Gtsm,
        capabilities_sent: settings.bgp.open().capabilities,
        capabilities_received: up.map(|session| session.peer.capabilities.clone()).unwrap_or_default(),
    }
}

pub(super) fn limits(routes: &Routes, carried: Families, tripped: PerFamily<bool>) -> Vec<LimitView> {
    let watches = routes.limits();
    carried
        .iter()
        .map(|family| {
            let (watch, held) = watches[family];
            let level = if tripped[family] { Level::Exceeded } else { watch.level() };
            LimitView { family, limit: watch.limit(), held, level }
        })
        .collect()
}

pub(super) fn prefixes(routes: &Routes, family: Family, which: Which) -> PrefixList {
    match family {
        Family::Ipv4 => PrefixList::Ipv4(prefixes_of(&routes.ipv4, which)),
        Family::Ipv6 => PrefixList::Ipv6(prefixes_of(&routes.ipv6, which)),
    }
}

fn prefixes_of<P: Prefix>(tables: &Tables<P>, which: Which) -> Vec<P> {
    match which {
        Which::All => {
            let mut all = Vec::with_capacity(tables.adj_in.len());
            all.extend(tables.adj_in.prefixes());
            all
        }
        Which::Refused => tables.adj_in.refused_prefixes().collect(),
    }
}

pub(super) fn received(routes: &Routes, prefixes: &[IpNet]) -> Vec<RouteView> {
    let route = |prefix: &IpNet| match *prefix {
        IpNet::V4(prefix) => view(prefix, routes.ipv4.adj_in.exact(prefix)?, &routes.blocks),
        IpNet::V6(prefix) => view(prefix, routes.ipv6.adj_in.exact(prefix)?, &routes.blocks),
    };
    prefixes.iter().filter_map(route).collect()
}

pub(super) fn advertised(routes: &Routes, query: &AdvertisedQuery) -> RoutesPage {
    match query.family {
        Family::Ipv4 => advertised_of(&routes.ipv4, query, |net| match net {
            IpNet::V4(net) => Some(net),
            IpNet::V6(_) => None,
        }),
        Family::Ipv6 => advertised_of(&routes.ipv6, query, |net| match net {
            IpNet::V4(_) => None,
            IpNet::V6(net) => Some(net),
        }),
    }
}

fn advertised_of<P: Prefix>(
    tables: &Tables<P>,
    query: &AdvertisedQuery,
    typed: impl Fn(IpNet) -> Option<P>,
) -> RoutesPage {
    let told = |prefix: P, attributes: &Attributes| RouteView {
        prefix: prefix.into(),
        attributes: attributes.clone(),
        refused: None,
    };
    let mut routes: Vec<RouteView> = match query.exact.map(|net| typed(net.trunc())) {
        Some(None) => Vec::new(),
        Some(Some(exact)) => {
            tables.adj_out.exact(exact).map(|route| told(exact, route.attributes)).into_iter().collect()
        }
        None => tables
            .adj_out
            .routes_after(query.after.and_then(typed))
            .map(|(prefix, route)| told(prefix, route.attributes))
            .take(query.limit + 1)
            .collect(),
    };
    let more = routes.len() > query.limit;
    routes.truncate(query.limit);
    let next = routes.last().filter(|_| more).map(|route| route.prefix);
    RoutesPage { routes, next }
}

fn view<P: Prefix>(prefix: P, route: Received<Reason>, blocks: &Interner<Verdict>) -> Option<RouteView> {
    let attributes = blocks.attributes(route.attributes)?.clone();
    Some(RouteView { prefix: prefix.into(), attributes, refused: route.refused })
}

pub(super) fn lookup(routes: &Routes, address: IpAddr) -> Option<RouteView> {
    match address {
        IpAddr::V4(address) => {
            let (prefix, route) = routes.ipv4.adj_in.longest_match(address)?;
            view(prefix, route, &routes.blocks)
        }
        IpAddr::V6(address) => {
            let (prefix, route) = routes.ipv6.adj_in.longest_match(address)?;
            view(prefix, route, &routes.blocks)
        }
    }
}
