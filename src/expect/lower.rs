//! From tables to expectations: every default filled in, every error kept.

use super::{
    assertion::{
        Assertion, EffectiveRouteIs, Expectation, LimitIs, LookupFinds, NextHops, Presence, RouteAttributes,
        RouteIs, SessionIs, Table,
    },
    fault::ExpectationFault as Fault,
    file::{EffectiveRouteTable, File, LimitTable, LookupTable, RouteTable, SessionTable},
};
use crate::{
    api::schema::{Direction, LimitState, SessionState, SessionTarget},
    azure::{AttachmentId, Router},
    community::Community,
    config::{error::Span, file::Integer, nearest::nearest, report},
    family::Family,
};
use ipnet::IpNet;
use std::{net::IpAddr, time::Duration};
use toml::Spanned;

type Report = report::Report<Fault>;

/// Long enough for a lab that has just been started.
const WITHIN: Duration = Duration::from_secs(30);
/// A day: more is a typing error.
const LONGEST_S: u32 = 86_400;

/// The expectations in the order of the file.
pub(super) fn expectations(file: &File, report: &mut Report) -> Vec<Expectation> {
    let within = seconds("within_s", file.within_s.as_ref(), report).unwrap_or(WITHIN);
    let mut placed: Vec<(usize, Expectation)> = Vec::new();
    let mut add = |at: Span, all: Vec<Expectation>| placed.extend(all.into_iter().map(|one| (at.start, one)));
    for table in &file.session {
        add(table.span(), session(table, within, report));
    }
    for table in &file.route {
        add(table.span(), route(table, within, report));
    }
    for table in &file.limit {
        add(table.span(), limit(table, within, report));
    }
    for table in &file.lookup {
        add(table.span(), lookup(table, within, report));
    }
    for table in &file.effective_route {
        add(table.span(), effective_route(table, within, report));
    }
    let tables = ["session", "route", "limit", "lookup", "effective_route"];
    if placed.is_empty() && !report.has_errors() && !tables.iter().any(|table| report.was_refused(table)) {
        report.refuse_file(Fault::Empty);
    }
    placed.sort_by_key(|(at, _)| *at);
    placed.into_iter().map(|(_, expectation)| expectation).collect()
}

/// What every table has.
struct Frame<'a> {
    name: Option<&'a str>,
    within: Duration,
    steady: Duration,
}

impl<'a> Frame<'a> {
    fn new(
        name: Option<&'a str>,
        within: Option<&Spanned<Integer>>,
        steady: Option<&Spanned<Integer>>,
        default: Duration,
        report: &mut Report,
    ) -> Self {
        let within = seconds("within_s", within, report).unwrap_or(default);
        let steady = seconds("for_s", steady, report).unwrap_or(Duration::ZERO);
        Self { name, within, steady }
    }

    fn around(&self, assertion: Assertion) -> Expectation {
        Expectation {
            name: self.name.map(str::to_owned),
            assertion,
            within: self.within,
            steady: self.steady,
        }
    }

    fn around_each(&self, all: impl IntoIterator<Item = Assertion>) -> Vec<Expectation> {
        all.into_iter().map(|assertion| self.around(assertion)).collect()
    }
}

fn session(table: &Spanned<SessionTable>, within: Duration, report: &mut Report) -> Vec<Expectation> {
    const HEADER: &str = "[[session]]";
    let at = table.span();
    let table = table.get_ref();
    let frame =
        Frame::new(table.name.as_deref(), table.within_s.as_ref(), table.for_s.as_ref(), within, report);
    let family = family(table.family.as_ref(), report);
    let state = table.state.as_ref().map_or(SessionState::Established, |state| {
        word("state", state, &SESSION_STATES, report).unwrap_or(SessionState::Established)
    });
    let attachments = attachments(table.attachment.as_ref(), (HEADER, at), report);
    frame.around_each(
        attachments.into_iter().map(|attachment| Assertion::Session(SessionIs { attachment, family, state })),
    )
}

fn route(table: &Spanned<RouteTable>, within: Duration, report: &mut Report) -> Vec<Expectation> {
    const HEADER: &str = "[[route]]";
    let at = table.span();
    let table = table.get_ref();
    let frame =
        Frame::new(table.name.as_deref(), table.within_s.as_ref(), table.for_s.as_ref(), within, report);
    let direction = table.direction.as_ref().map_or(Direction::Received, |text| {
        let known = [("received", Direction::Received), ("advertised", Direction::Advertised)];
        named("direction", text, &known, report).unwrap_or(Direction::Received)
    });
    let attributes = attributes(table, report);
    if let (Direction::Advertised, Some(refused)) = (direction, &table.refused) {
        report.refuse(refused.span(), Fault::RefusedAdvertised);
    }
    let presence = if table.present == Some(false) {
        for (key, at) in [
            ("as_path", table.as_path.as_ref().map(Spanned::span)),
            ("next_hop", table.next_hop.as_ref().map(Spanned::span)),
            ("metric", table.metric.as_ref().map(Spanned::span)),
            ("communities", table.communities.as_ref().map(Spanned::span)),
            ("refused", table.refused.as_ref().map(Spanned::span)),
        ] {
            like_nothing(key, at, report);
        }
        Presence::Absent
    } else {
        Presence::Present(attributes)
    };
    let prefix = prefix(table.prefix.as_ref(), (HEADER, at.clone()), report);
    let attachments = attachments(table.attachment.as_ref(), (HEADER, at), report);
    let Some(prefix) = prefix else { return Vec::new() };
    frame.around_each(attachments.into_iter().map(|attachment| {
        Assertion::Route(RouteIs { attachment, direction, prefix, presence: presence.clone() })
    }))
}

fn attributes(table: &RouteTable, report: &mut Report) -> RouteAttributes {
    RouteAttributes {
        as_path: table.as_path.as_ref().and_then(|text| as_path(text, report)),
        next_hop: table.next_hop.as_ref().and_then(|text| address("next_hop", text, report)),
        metric: table.metric.as_ref().and_then(|value| number("metric", value, u32::MAX, report)),
        communities: table
            .communities
            .iter()
            .flat_map(Spanned::get_ref)
            .filter_map(|text| community(text, report))
            .collect(),
        refused: table.refused.as_ref().map(|refused| *refused.get_ref()),
    }
}

fn limit(table: &Spanned<LimitTable>, within: Duration, report: &mut Report) -> Vec<Expectation> {
    let at = table.span();
    let table = table.get_ref();
    let frame =
        Frame::new(table.name.as_deref(), table.within_s.as_ref(), table.for_s.as_ref(), within, report);
    if table.max.is_none() && table.held.is_none() && table.state.is_none() {
        report.refuse(at.clone(), Fault::LimitIsNothing);
    }
    let family = family(table.family.as_ref(), report).unwrap_or(Family::Ipv4);
    let max = table.max.as_ref().and_then(|value| number("max", value, u32::MAX, report));
    let held = table.held.as_ref().and_then(|value| number("held", value, u32::MAX, report));
    let state = table.state.as_ref().and_then(|state| word("state", state, &LIMIT_STATES, report));
    let attachments = attachments(table.attachment.as_ref(), ("[[limit]]", at), report);
    frame.around_each(attachments.into_iter().map(|attachment| {
        Assertion::Limit(LimitIs { attachment, family, max, held: held.map(u64::from), state })
    }))
}

fn lookup(table: &Spanned<LookupTable>, within: Duration, report: &mut Report) -> Vec<Expectation> {
    const HEADER: &str = "[[lookup]]";
    let at = table.span();
    let table = table.get_ref();
    let frame =
        Frame::new(table.name.as_deref(), table.within_s.as_ref(), table.for_s.as_ref(), within, report);
    let wanted = match (&table.virtual_network, &table.attachment) {
        (Some(name), None) => Some(Table::VirtualNetwork(name.get_ref().clone())),
        (None, Some(text)) => attachment(text, report).map(Table::Attachment),
        (None, None) | (Some(_), Some(_)) => {
            if !["virtual_network", "attachment"].iter().any(|key| report.was_refused(key)) {
                report.refuse(at.clone(), Fault::Tables);
            }
            None
        }
    };
    if table.address.is_none() {
        report.missing(at.clone(), HEADER, "address", "address = \"10.0.0.1\"");
    }
    let looked_up = table
        .address
        .as_ref()
        .and_then(|text| address("address", text, report).map(|address| (address, text.span())));
    let found = table.prefix.as_ref().and_then(|text| prefix(Some(text), (HEADER, at), report));
    if let (Some((address, at)), Some(prefix)) = (&looked_up, found)
        && !prefix.contains(address)
    {
        let fault = Fault::Outside { address: address.to_string(), prefix: prefix.to_string() };
        report.refuse(at.clone(), fault);
    }
    let next_hops = next_hops(table.next_hops.as_ref(), report);
    let presence = if table.present == Some(false) {
        like_nothing("prefix", table.prefix.as_ref().map(Spanned::span), report);
        like_nothing("next_hops", table.next_hops.as_ref().map(Spanned::span), report);
        Presence::Absent
    } else {
        Presence::Present((found, next_hops))
    };
    let (Some(table), Some((address, _))) = (wanted, looked_up) else { return Vec::new() };
    vec![frame.around(Assertion::Lookup(LookupFinds { table, address, presence }))]
}

fn effective_route(
    table: &Spanned<EffectiveRouteTable>,
    within: Duration,
    report: &mut Report,
) -> Vec<Expectation> {
    const HEADER: &str = "[[effective_route]]";
    let at = table.span();
    let table = table.get_ref();
    let frame =
        Frame::new(table.name.as_deref(), table.within_s.as_ref(), table.for_s.as_ref(), within, report);
    let prefix = prefix(table.prefix.as_ref(), (HEADER, at.clone()), report);
    let next_hops = next_hops(table.next_hops.as_ref(), report);
    let presence = if table.present == Some(false) {
        like_nothing("next_hops", table.next_hops.as_ref().map(Spanned::span), report);
        Presence::Absent
    } else {
        Presence::Present(next_hops)
    };
    let Some(name) = &table.virtual_network else {
        report.missing(at, HEADER, "virtual_network", "virtual_network = \"hub\"");
        return Vec::new();
    };
    let Some(prefix) = prefix else { return Vec::new() };
    let virtual_network = name.get_ref().clone();
    vec![frame.around(Assertion::EffectiveRoute(EffectiveRouteIs { virtual_network, prefix, presence }))]
}

fn like_nothing(key: &'static str, at: Option<Span>, report: &mut Report) {
    if let Some(at) = at {
        report.refuse(at, Fault::LikeNothing { key });
    }
}

/// The attachment that is named, or those on both routers.
fn attachments(
    text: Option<&Spanned<String>>,
    (header, at): (&'static str, Span),
    report: &mut Report,
) -> Vec<AttachmentId> {
    let Some(text) = text else {
        report.missing(at, header, "attachment", "attachment = \"ams-1/private/primary\"");
        return Vec::new();
    };
    match text.get_ref().parse::<SessionTarget>() {
        Ok(SessionTarget { circuit, kind, router }) => Router::ALL
            .into_iter()
            .filter(|known| router.is_none_or(|router| router == *known))
            .map(|router| AttachmentId { circuit: circuit.clone(), kind, router })
            .collect(),
        Err(fault) => {
            report.refuse(text.span(), fault);
            Vec::new()
        }
    }
}

fn attachment(text: &Spanned<String>, report: &mut Report) -> Option<AttachmentId> {
    let mut named = attachments(Some(text), ("", text.span()), report);
    let first = named.pop()?;
    if !named.is_empty() {
        report.refuse(text.span(), Fault::OneRouter(text.get_ref().clone()));
        return None;
    }
    Some(first)
}

const SESSION_STATES: [SessionState; 7] = [
    SessionState::Established,
    SessionState::Idle,
    SessionState::IdleAdmin,
    SessionState::Connect,
    SessionState::Active,
    SessionState::OpenSent,
    SessionState::OpenConfirm,
];

const LIMIT_STATES: [LimitState; 3] = [LimitState::Ok, LimitState::Warning, LimitState::Exceeded];

fn family(text: Option<&Spanned<String>>, report: &mut Report) -> Option<Family> {
    word("family", text?, &Family::ALL, report)
}

/// One of the values that are written as they are shown.
fn word<T: Copy + ToString>(
    key: &'static str,
    text: &Spanned<String>,
    all: &[T],
    report: &mut Report,
) -> Option<T> {
    let words: Vec<String> = all.iter().map(ToString::to_string).collect();
    let known: Vec<(&str, T)> = words.iter().map(String::as_str).zip(all.iter().copied()).collect();
    named(key, text, &known, report)
}

fn named<T: Copy>(
    key: &'static str,
    text: &Spanned<String>,
    known: &[(&str, T)],
    report: &mut Report,
) -> Option<T> {
    let found = text.get_ref();
    let value = known.iter().find(|(word, _)| word == found).map(|(_, value)| *value);
    if value.is_none() {
        let nearest = nearest(found, known.iter().map(|(word, _)| *word)).map(str::to_owned);
        let known = known.iter().map(|(word, _)| (*word).to_owned()).collect();
        report.refuse(text.span(), Fault::Word { key, found: found.clone(), nearest, known });
    }
    value
}

fn prefix(
    text: Option<&Spanned<String>>,
    (header, at): (&'static str, Span),
    report: &mut Report,
) -> Option<IpNet> {
    let Some(text) = text else {
        report.missing(at, header, "prefix", "prefix = \"10.0.0.0/16\"");
        return None;
    };
    let found = text.get_ref();
    let net = found.parse::<IpNet>().ok();
    match net {
        Some(net) if net == net.trunc() => return Some(net),
        _ => {}
    }
    let nearest = net.map(|net| net.trunc().to_string());
    report.refuse(text.span(), Fault::Prefix { found: found.clone(), nearest });
    None
}

fn address(key: &'static str, text: &Spanned<String>, report: &mut Report) -> Option<IpAddr> {
    let address = text.get_ref().parse().ok();
    if address.is_none() {
        report.refuse(text.span(), Fault::Address { key, found: text.get_ref().clone() });
    }
    address
}

fn next_hops(list: Option<&Spanned<Vec<Spanned<String>>>>, report: &mut Report) -> NextHops {
    let list = list?.get_ref();
    Some(list.iter().filter_map(|text| address("next_hops", text, report)).collect())
}

/// AS numbers with one space between them; sets stand in braces.
fn as_path(text: &Spanned<String>, report: &mut Report) -> Option<String> {
    let fits = |word: &str| word.trim_matches(['{', '}', '(', ')', '[', ']']).parse::<u32>().is_ok();
    let words: Vec<&str> = text.get_ref().split_whitespace().collect();
    if words.iter().all(|word| fits(word)) {
        return Some(words.join(" "));
    }
    report.refuse(text.span(), Fault::Path(text.get_ref().clone()));
    None
}

fn community(text: &Spanned<String>, report: &mut Report) -> Option<String> {
    let found = text.get_ref();
    let is_raw = found.strip_prefix("0x").is_some_and(|hex| u64::from_str_radix(hex, 16).is_ok());
    let is_other = || {
        let parts: Vec<&str> = found.split(':').collect();
        matches!(parts.as_slice(), [kind, _, number] if number.parse::<u32>().is_ok()
            && (kind.parse::<u32>().is_ok() || matches!(*kind, "rt" | "soo")))
    };
    if found.parse::<Community>().is_ok() || is_raw || is_other() {
        return Some(found.clone());
    }
    report.refuse(text.span(), Fault::Community(found.clone()));
    None
}

fn number(key: &'static str, value: &Spanned<Integer>, max: u32, report: &mut Report) -> Option<u32> {
    let found = value.get_ref().0;
    let fits = u32::try_from(found).ok().filter(|number| *number <= max);
    if fits.is_none() {
        report.refuse(value.span(), Fault::Number { key, found, max });
    }
    fits
}

fn seconds(key: &'static str, value: Option<&Spanned<Integer>>, report: &mut Report) -> Option<Duration> {
    number(key, value?, LONGEST_S, report).map(|seconds| Duration::from_secs(seconds.into()))
}
