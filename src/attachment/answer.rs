//! How an attachment's task answers its readers.

use super::{
    link::{Link, LinkId},
    routes::{Routes, Tables},
    settings::{AdminState, Held, SessionSettings, Settings},
    view::{
        Direction, EndView, LimitView, RestartView, RouteView, RoutesPage, RoutesQuery, SessionView,
        ViewedState, Which,
    },
};
use crate::{
    family::{Families, Family, PerFamily},
    policy::{Reason, Verdict},
    rib::{Attributes, Interner, Level, Prefix, Received, Source},
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

pub(super) fn page(routes: &Routes, query: &RoutesQuery) -> RoutesPage {
    match query.family {
        Family::Ipv4 => page_of(&routes.ipv4, &routes.blocks, query, |net| match net {
            IpNet::V4(net) => Some(net),
            IpNet::V6(_) => None,
        }),
        Family::Ipv6 => page_of(&routes.ipv6, &routes.blocks, query, |net| match net {
            IpNet::V4(_) => None,
            IpNet::V6(net) => Some(net),
        }),
    }
}

fn page_of<P: Prefix>(
    tables: &Tables<P>,
    blocks: &Interner<Verdict>,
    query: &RoutesQuery,
    typed: impl Fn(IpNet) -> Option<P>,
) -> RoutesPage {
    let after = query.after.and_then(&typed);
    let received = |(prefix, route)| view(prefix, route, blocks);
    // The prefix itself is the first of what follows the one before it; a filter would walk the whole table.
    let mut routes: Vec<RouteView> = match (query.exact.map(|net| typed(net.trunc())), query.direction) {
        (Some(None), _) => Vec::new(),
        (Some(Some(exact)), Direction::Received) => {
            tables.adj_in.exact(exact).and_then(|route| view(exact, route, blocks)).into_iter().collect()
        }
        (Some(Some(exact)), Direction::Advertised) => {
            let found = tables.adj_out.exact(exact);
            found.map(|route| advertised(exact, route.attributes)).into_iter().collect()
        }
        (None, Direction::Received) => {
            let page = match query.which {
                Which::All => tables.adj_in.page(after, query.limit + 1),
                Which::Refused => tables.adj_in.refused_page(after, query.limit + 1),
            };
            page.into_iter().filter_map(received).collect()
        }
        (None, Direction::Advertised) => tables
            .adj_out
            .routes_after(after)
            .map(|(prefix, route)| advertised(prefix, route.attributes))
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

fn advertised<P: Prefix>(prefix: P, attributes: &Attributes) -> RouteView {
    RouteView { prefix: prefix.into(), attributes: attributes.clone(), refused: None }
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
