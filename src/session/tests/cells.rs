//! Every state with every event, against a table written by hand from RFC 4271 section 8.2.2.
//!
//! A cell is the next state, the timers that then run (c connect retry, h hold, k keepalive, d delay open, i idle
//! hold), and the actions: a NOTIFICATION as code/subcode, with its data after a colon if it is an error of the machine.
//! `=` is a cell without actions in which state and timers stay.

use super::{Action, EDGE, Instant, Notification, Outgoing, edge_open, refusal, seconds, settings};
use crate::{
    asn::Asn,
    family::Family,
    session::{
        AutomaticStop, Event, Fsm, OpenFault, OpenRefusal, Opening, Settings, Stop, TcpFailure, Timer,
        negotiate::{Offer, Session, negotiate},
    },
    wire::{
        HeaderError, Message, MessageError, Negotiated, RefreshError, RouteRefreshSupport, UpdateError,
        notification::{CeaseSubcode, ErrorCode, OpenSubcode},
    },
};
use std::{collections::BTreeSet, sync::Arc};

/// The columns; the two states before our OPEN with and without a connection on which it is delayed.
const STATES: [&str; 8] = [
    "Idle",
    "Connect",
    "Connect delaying",
    "Active",
    "Active delaying",
    "OpenSent",
    "OpenConfirm",
    "Established",
];

#[rustfmt::skip]
const CELLS: [(&str, [&str; 8]); 37] = [
    ("1 ManualStart", ["Connect[c] dial", "=", "=", "=", "=", "=", "=", "="]),
    ("4 ManualStart passive", ["Active[]", "=", "=", "=", "=", "=", "=", "="]),
    ("2 ManualStop", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 6/2 close failed", "Idle[] 6/2 close failed", "Idle[] 6/2 close down"]),
    ("3 AutomaticStart", ["Connect[c] dial", "=", "=", "=", "=", "=", "=", "="]),
    ("5 AutomaticStart passive", ["Active[]", "=", "=", "=", "=", "=", "=", "="]),
    ("6 AutomaticStart damped", ["Idle[i]", "=", "=", "=", "=", "=", "=", "="]),
    ("7 AutomaticStart damped passive", ["Idle[i]", "=", "=", "=", "=", "=", "=", "="]),
    ("8 AutomaticStop", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 6/1 close failed", "Idle[] 6/1 close failed", "Idle[] 6/1 close down"]),
    ("9 ConnectRetryTimer", ["=",
        "Connect[c] close failed dial", "Connect[c] close failed dial", "Connect[c] dial", "Idle[] close failed",
        "Idle[] 5/0: close failed", "Idle[] 5/0: close failed", "Idle[] 5/0: close down"]),
    ("10 HoldTimer", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 4/0 close failed", "Idle[] 4/0 close failed", "Idle[] 4/0 close down"]),
    ("11 KeepaliveTimer", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 5/0: close failed", "OpenConfirm[hk] keepalive", "Established[hk] keepalive"]),
    ("12 DelayOpenTimer", ["=",
        "Idle[] close failed", "OpenSent[h] open", "Idle[]", "OpenSent[h] open",
        "Idle[] 5/0: close failed", "Idle[] 5/0: close failed", "Idle[] 5/0: close down"]),
    ("13 IdleHoldTimer", ["Connect[c] dial",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 5/0: close failed", "Idle[] 5/0: close failed", "Idle[] 5/0: close down"]),
    ("RFC 9687 SendHoldTimer", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 5/0: close failed", "Idle[] 5/0: close failed", "Idle[] 8/0 close down"]),
    ("16 Tcp_CR_Acked", ["Idle[] 6/5 close failed",
        "OpenSent[h] open", "=", "OpenSent[h] open", "=", "=", "=", "="]),
    ("16 Tcp_CR_Acked, OPEN to be delayed", ["Idle[] 6/5 close failed",
        "Connect[d]", "=", "Active[d]", "=", "=", "=", "="]),
    ("17 TcpConnectionConfirmed", ["Idle[] 6/5 close failed",
        "OpenSent[h] open", "=", "OpenSent[h] open", "=", "=", "=", "="]),
    ("17 TcpConnectionConfirmed, OPEN to be delayed", ["Idle[] 6/5 close failed",
        "Connect[d]", "=", "Active[d]", "=", "=", "=", "="]),
    ("18 TcpConnectionFails: not connected", ["=",
        "Active[c] failed", "Active[c] failed", "=", "Active[c] failed",
        "Active[c] failed", "Idle[] failed", "Idle[] down"]),
    ("18 TcpConnectionFails: closed by the peer", ["=",
        "Active[c] failed", "Active[c] failed", "=", "Active[c] failed",
        "Active[c] failed", "Idle[] failed", "Idle[] down"]),
    ("18 TcpConnectionFails: broken", ["=",
        "Active[c] failed", "Active[c] failed", "=", "Active[c] failed",
        "Active[c] failed", "Idle[] failed", "Idle[] down"]),
    ("19, 20 BGPOpen", ["=",
        "Idle[] close failed", "OpenConfirm[hk] open keepalive", "Idle[]", "OpenConfirm[hk] open keepalive",
        "OpenConfirm[hk] keepalive", "Idle[] 5/2:1 close failed", "Idle[] 5/3:1 close down"]),
    ("19, 20 BGPOpen with hold time 0", ["=",
        "Idle[] close failed", "OpenConfirm[] open keepalive", "Idle[]", "OpenConfirm[] open keepalive",
        "OpenConfirm[] keepalive", "Idle[] 5/2:1 close failed", "Idle[] 5/3:1 close down"]),
    ("21 BGPHeaderErr", ["=",
        "Idle[] close failed", "Idle[] 1/1 close failed", "Idle[]", "Idle[] 1/1 close failed",
        "Idle[] 1/1 close failed", "Idle[] 1/1 close failed", "Idle[] 1/1 close down"]),
    ("22 BGPOpenMsgErr: wrong AS", ["=",
        "Idle[] close failed", "Idle[] 2/2 close failed", "Idle[]", "Idle[] 2/2 close failed",
        "Idle[] 2/2 close failed", "Idle[] 2/2 close failed", "Idle[] 5/3:1 close down"]),
    ("22 BGPOpenMsgErr: malformed", ["=",
        "Idle[] close failed", "Idle[] 2/6 close failed", "Idle[]", "Idle[] 2/6 close failed",
        "Idle[] 2/6 close failed", "Idle[] 2/6 close failed", "Idle[] 5/3:1 close down"]),
    ("23 OpenCollisionDump", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 6/7 close failed", "Idle[] 6/7 close failed", "Idle[] 6/7 close down"]),
    ("24 NotifMsgVerErr", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] close failed", "Idle[] close failed", "Idle[] close down"]),
    ("25 NotifMsg", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] close failed", "Idle[] close failed", "Idle[] close down"]),
    ("26 KeepAliveMsg", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 5/1:4 close failed", "Established[hk] up", "Established[hk]"]),
    ("27 UpdateMsg", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 5/1:2 close failed", "Idle[] 5/2:2 close failed", "Established[hk]"]),
    ("28 UpdateMsgErr", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 5/1:2 close failed", "Idle[] 5/2:2 close failed", "Idle[] 3/1 close down"]),
    ("RFC 2918 ROUTE-REFRESH", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 5/1:5 close failed", "Idle[] 5/2:5 close failed", "="]),
    ("RFC 4724 5 the peer restarted", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] close failed", "Idle[] close failed", "Idle[] close down"]),
    ("RFC 7313 5 a wrong ROUTE-REFRESH", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 5/1:5 close failed", "Idle[] 5/2:5 close failed", "Idle[] 7/1 close down"]),
    ("2 ManualStop: reset", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 6/4 close failed", "Idle[] 6/4 close failed", "Idle[] 6/4 close down"]),
    ("2 ManualStop: deconfigured", ["=",
        "Idle[] close failed", "Idle[] close failed", "Idle[]", "Idle[] close failed",
        "Idle[] 6/3 close failed", "Idle[] 6/3 close failed", "Idle[] 6/3 close down"]),
];

fn session(hold: u16) -> Arc<Session> {
    let open =
        crate::wire::Open { hold_time: crate::wire::HoldTime::from_seconds(hold).unwrap(), ..edge_open(1) };
    Arc::new(negotiate(&settings(), Offer::Capabilities, open).unwrap())
}

fn events() -> Vec<Event> {
    let mut events: Vec<_> = Timer::ALL.into_iter().map(Event::Expired).collect();
    for opening in [Opening::Active, Opening::Passive] {
        events.push(Event::ManualStart(opening));
        events.push(Event::AutomaticStart(opening));
        events.push(Event::AutomaticStartDamped(opening, seconds(1)));
    }
    let version = ErrorCode::Open(OpenSubcode::UnsupportedVersionNumber);
    let wrong_as = OpenRefusal::WrongAs { expected: EDGE, found: Asn::constant(65011) };
    events.extend([
        Event::ManualStop(Stop::Shutdown(Some("window".into()))),
        Event::ManualStop(Stop::Reset(None)),
        Event::ManualStop(Stop::Deconfigured),
        Event::AutomaticStop(AutomaticStop::PrefixLimit { family: Family::Ipv4, count: 4001 }),
        Event::TcpCrAcked,
        Event::TcpConnectionConfirmed,
        Event::TcpConnectionFails(TcpFailure::NotConnected(refusal())),
        Event::TcpConnectionFails(TcpFailure::ClosedByPeer),
        Event::TcpConnectionFails(TcpFailure::Broken("reset".into())),
        Event::BgpOpen(session(90)),
        Event::BgpOpen(session(0)),
        Event::BgpHeaderErr(HeaderError::NotSynchronized),
        Event::BgpOpenMsgErr(OpenFault::Refused(wrong_as)),
        Event::BgpOpenMsgErr(OpenFault::Malformed(crate::wire::OpenError::HoldTime(2))),
        Event::OpenCollisionDump,
        Event::NotifMsgVerErr(Notification::bare(version)),
        Event::NotifMsg(Notification::cease(CeaseSubcode::AdministrativeShutdown)),
        Event::KeepAliveMsg,
        Event::UpdateMsg,
        Event::UpdateMsgErr(UpdateError::Lengths { octets: 4 }),
        Event::RouteRefreshMsg,
        Event::RouteRefreshMsgErr(wrong_marker()),
        Event::PeerRestarted,
    ]);
    events
}

fn wrong_marker() -> RefreshError {
    let marker = [&[0xFF; 16][..], &[0, 22, 5, 0, 1, 2]].concat();
    let negotiated = Negotiated { route_refresh: RouteRefreshSupport::Enhanced, ..session(90).negotiated };
    match Message::decode(&marker, negotiated) {
        Err(MessageError::RouteRefresh(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// The row of an event; a new event does not compile before it has one.
fn row(event: &Event) -> &'static str {
    match event {
        Event::ManualStart(Opening::Active) => "1 ManualStart",
        Event::ManualStart(Opening::Passive) => "4 ManualStart passive",
        Event::ManualStop(Stop::Shutdown(_)) => "2 ManualStop",
        Event::ManualStop(Stop::Reset(_)) => "2 ManualStop: reset",
        Event::ManualStop(Stop::Deconfigured | Stop::ConfigurationChange) => "2 ManualStop: deconfigured",
        Event::AutomaticStart(Opening::Active) => "3 AutomaticStart",
        Event::AutomaticStart(Opening::Passive) => "5 AutomaticStart passive",
        Event::AutomaticStartDamped(Opening::Active, _) => "6 AutomaticStart damped",
        Event::AutomaticStartDamped(Opening::Passive, _) => "7 AutomaticStart damped passive",
        Event::AutomaticStop(AutomaticStop::PrefixLimit { .. }) => "8 AutomaticStop",
        Event::Expired(Timer::ConnectRetry) => "9 ConnectRetryTimer",
        Event::Expired(Timer::Hold) => "10 HoldTimer",
        Event::Expired(Timer::Keepalive) => "11 KeepaliveTimer",
        Event::Expired(Timer::DelayOpen) => "12 DelayOpenTimer",
        Event::Expired(Timer::IdleHold) => "13 IdleHoldTimer",
        Event::Expired(Timer::SendHold) => "RFC 9687 SendHoldTimer",
        Event::TcpCrAcked => "16 Tcp_CR_Acked",
        Event::TcpConnectionConfirmed => "17 TcpConnectionConfirmed",
        Event::TcpConnectionFails(TcpFailure::NotConnected(_)) => "18 TcpConnectionFails: not connected",
        Event::TcpConnectionFails(TcpFailure::ClosedByPeer) => "18 TcpConnectionFails: closed by the peer",
        Event::TcpConnectionFails(TcpFailure::Broken(_)) => "18 TcpConnectionFails: broken",
        Event::BgpOpen(session) if session.hold.seconds() == 0 => "19, 20 BGPOpen with hold time 0",
        Event::BgpOpen(_) => "19, 20 BGPOpen",
        Event::BgpHeaderErr(_) => "21 BGPHeaderErr",
        Event::BgpOpenMsgErr(OpenFault::Refused(_)) => "22 BGPOpenMsgErr: wrong AS",
        Event::BgpOpenMsgErr(OpenFault::Malformed(_)) => "22 BGPOpenMsgErr: malformed",
        Event::OpenCollisionDump => "23 OpenCollisionDump",
        Event::NotifMsgVerErr(_) => "24 NotifMsgVerErr",
        Event::NotifMsg(_) => "25 NotifMsg",
        Event::KeepAliveMsg => "26 KeepAliveMsg",
        Event::UpdateMsg => "27 UpdateMsg",
        Event::UpdateMsgErr(_) => "28 UpdateMsgErr",
        Event::RouteRefreshMsg => "RFC 2918 ROUTE-REFRESH",
        Event::RouteRefreshMsgErr(_) => "RFC 7313 5 a wrong ROUTE-REFRESH",
        Event::PeerRestarted => "RFC 4724 5 the peer restarted",
    }
}

/// A machine in the state of a column, brought there by events; `delay` is whether it delays its OPEN from now on.
fn machine(column: &str, delay: bool, now: Instant) -> Fsm {
    let delaying = column.ends_with("delaying") || delay;
    let settings = Settings { delay_open: delaying.then_some(seconds(9)), ..settings() };
    let mut machine = Fsm::new(Arc::new(settings), 1);
    let refused = || Event::TcpConnectionFails(TcpFailure::NotConnected(refusal()));
    let path = match column {
        "Idle" => vec![],
        "Connect" => vec![Event::ManualStart(Opening::Active)],
        "Connect delaying" => vec![Event::ManualStart(Opening::Active), Event::TcpCrAcked],
        "Active" => vec![Event::ManualStart(Opening::Active), refused()],
        "Active delaying" => {
            vec![Event::ManualStart(Opening::Active), refused(), Event::TcpConnectionConfirmed]
        }
        _ => {
            let delay = Event::Expired(Timer::DelayOpen);
            let mut path = vec![Event::ManualStart(Opening::Active), Event::TcpCrAcked];
            path.extend(delaying.then_some(delay));
            let rest = [Event::BgpOpen(session(90)), Event::KeepAliveMsg];
            let further = match column {
                "OpenSent" => 0,
                "OpenConfirm" => 1,
                _ => 2,
            };
            path.extend(rest.into_iter().take(further));
            path
        }
    };
    for event in path {
        if let Event::Expired(timer) = event {
            machine.timers.disarm(timer);
        }
        machine.step(event, now, &mut Vec::new());
    }
    assert!(column.starts_with(&machine.state().to_string()), "{column}: {}", machine.state());
    machine
}

fn timers(machine: &Fsm) -> String {
    [
        (Timer::ConnectRetry, 'c'),
        (Timer::Hold, 'h'),
        (Timer::Keepalive, 'k'),
        (Timer::DelayOpen, 'd'),
        (Timer::IdleHold, 'i'),
        (Timer::SendHold, 's'),
    ]
    .into_iter()
    .filter_map(|(timer, letter)| machine.timers.is_armed(timer).then_some(letter))
    .collect()
}

fn word(action: &Action) -> String {
    match action {
        Action::Connect(_) => "dial".to_owned(),
        Action::Send(_, Outgoing::Open(_)) => "open".to_owned(),
        Action::Send(_, Outgoing::Keepalive) => "keepalive".to_owned(),
        Action::Send(_, Outgoing::Notification(notification)) => {
            let (code, subcode) = notification.code.numbers();
            let data: String = notification.data.iter().map(u8::to_string).collect();
            if code == 5 { format!("{code}/{subcode}:{data}") } else { format!("{code}/{subcode}") }
        }
        Action::Close(_) => "close".to_owned(),
        Action::Established(..) => "up".to_owned(),
        Action::Down(..) => "down".to_owned(),
        Action::Failed(..) => "failed".to_owned(),
    }
}

/// What the event does, in the words of the table.
fn cell(mut machine: Fsm, event: Event, now: Instant) -> String {
    let before = (machine.state.clone(), machine.timers);
    if let Event::Expired(timer) = event {
        machine.timers.disarm(timer);
    }
    let mut out = Vec::new();
    machine.step(event, now, &mut out);
    if out.is_empty() && before == (machine.state.clone(), machine.timers) {
        return "=".to_owned();
    }
    let mut text = format!("{}[{}]", machine.state(), timers(&machine));
    for action in &out {
        text.push(' ');
        text.push_str(&word(action));
    }
    text
}

#[test]
fn every_event_in_every_state() {
    let now = Instant::now();
    // The events come later than what brought the machine there, so that a timer that is restarted is seen to move.
    let later = now + seconds(1);
    let mut rows_seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for event in events() {
        let connects = matches!(event, Event::TcpCrAcked | Event::TcpConnectionConfirmed);
        for delay in if connects { &[false, true][..] } else { &[false] } {
            let name = format!("{}{}", row(&event), if *delay { ", OPEN to be delayed" } else { "" });
            let Some((_, cells)) = CELLS.iter().find(|(row, _)| *row == name) else {
                panic!("no row {name:?}");
            };
            for (column, want) in STATES.into_iter().zip(cells) {
                let found = cell(machine(column, *delay, now), event.clone(), later);
                if found != *want {
                    wrong.push(format!("{name} in {column}: {found:?}, the table says {want:?}"));
                }
            }
            rows_seen.insert(name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let rows: BTreeSet<_> = CELLS.iter().map(|(row, _)| (*row).to_owned()).collect();
    assert_eq!(rows_seen, rows, "a row without an event");
}

#[test]
fn the_stops_share_a_row_because_only_their_subcode_differs() {
    let now = Instant::now();
    let cell = cell(machine("Established", false, now), Event::ManualStop(Stop::ConfigurationChange), now);
    assert_eq!(cell, "Idle[] 6/6 close down");
}

#[test]
fn a_stop_calls_off_the_start_that_waits() {
    let now = Instant::now();
    let mut machine = machine("Idle", false, now);
    machine.step(Event::AutomaticStartDamped(Opening::Active, seconds(1)), now, &mut Vec::new());
    assert!(machine.deadline().is_some());
    machine.step(Event::ManualStop(Stop::Deconfigured), now, &mut Vec::new());
    assert_eq!(machine.deadline(), None);
}

#[test]
fn a_machine_that_is_damped_as_passive_then_listens() {
    let now = Instant::now();
    let mut machine = machine("Idle", false, now);
    let mut out = Vec::new();
    machine.step(Event::AutomaticStartDamped(Opening::Passive, seconds(1)), now, &mut out);
    machine.expire(machine.deadline().unwrap(), &mut out);
    assert_eq!((machine.state().to_string(), out), ("Active".to_owned(), vec![]));
}
