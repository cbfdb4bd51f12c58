//! One peer and its driver, a rule of the service or of RFC 4271 at a time.

use super::{
    Action, Duration, EDGE, Notification, Open, Outgoing, Peer, Settings, bench::Bench, edge_open, refusal,
    seconds, settings,
};
use crate::{
    asn::Asn,
    family::Family,
    session::{
        Counters, DownReason, OpenFault, OpenRefusal, Opening, Output, Received, StateName, Stop, TcpFailure,
    },
    wire::{
        HeaderError, MessageLimit, MessageType,
        notification::{CeaseSubcode, ErrorCode, FsmSubcode, OpenSubcode},
    },
};

const COLLISION: CeaseSubcode = CeaseSubcode::ConnectionCollisionResolution;

#[test]
fn a_session_comes_up_on_our_dial() {
    let mut bench = Bench::started();
    assert_eq!(bench.peer.state(), StateName::Connect);
    let id = bench.dial();
    bench.answer(id);
    assert!(matches!(&bench.out[..], [Action::Send(on, Outgoing::Open(_))] if *on == id));
    bench.receive(id, edge_open(1));
    assert_eq!(bench.out, [Action::Send(id, Outgoing::Keepalive)]);
    bench.receive(id, Received::Keepalive);
    assert!(matches!(&bench.out[..], [Action::Established(on, _)] if *on == id));
    assert_eq!(bench.peer.negotiated().unwrap().message_limit, MessageLimit::Extended);
    assert_eq!(bench.peer.peer_open().unwrap().asn, EDGE);
    assert_eq!(bench.peer.established_since(), Some(bench.now));
    assert_eq!(bench.peer.counters(), Counters { established: 1, dropped: 0 });
}

#[test]
fn a_refused_dial_is_tried_again_and_does_not_keep_the_peer_out() {
    let mut bench = Bench::started();
    let id = bench.dial();
    bench.call(|peer, now, out| peer.dial_failed(id, refusal(), now, out));
    assert_eq!(bench.peer.state(), StateName::Active);
    assert_eq!(bench.reason().to_string(), "TCP connection to the peer failed: connection refused");
    let incoming = bench.accept();
    bench.establish(incoming);
    bench.wait_for(seconds(30));
    assert_eq!(bench.peer.established_on(), Some(incoming));
}

#[test]
fn a_passive_peer_never_dials() {
    let mut bench = Bench::new(Settings { opening: Opening::Passive, ..settings() });
    bench.call(Peer::start);
    assert_eq!((bench.out.len(), bench.peer.deadline(), bench.peer.state()), (0, None, StateName::Active));
    for _ in 0..2 {
        let id = bench.accept();
        bench.establish(id);
        bench.call(|peer, now, out| peer.closed(id, TcpFailure::ClosedByPeer, now, out));
        bench.wait();
        assert_eq!((&bench.out[..], bench.peer.state()), (&[][..], StateName::Active));
    }
}

#[test]
fn a_wrong_as_is_named_with_both_numbers() {
    let mut bench = Bench::started();
    let id = bench.accept();
    bench.receive(id, Open { asn: Asn::constant(65011), ..edge_open(1) });
    assert_eq!(bench.notified(id).unwrap().code, ErrorCode::Open(OpenSubcode::BadPeerAs));
    assert!(bench.out.contains(&Action::Close(id)));
    let wrong = OpenRefusal::WrongAs { expected: EDGE, found: Asn::constant(65011) };
    assert_eq!(*bench.reason(), DownReason::Open(OpenFault::Refused(wrong)));
    assert_eq!(
        bench.reason().remedy().unwrap(),
        "peer_asn is 65010 here but the customer edge says 65011: make them equal"
    );
}

#[test]
fn silent_connections_never_lock_out_the_real_peer() {
    let mut bench = Bench::new(Settings { opening: Opening::Passive, ..settings() });
    bench.call(Peer::start);
    let mut silent: Vec<_> = (0..60).map(|_| bench.accept()).collect();
    let real = bench.accept();
    assert!(bench.out.iter().any(|action| matches!(action, Action::Close(id) if silent.contains(id))));
    bench.establish(real);
    silent.push(real);
    silent.sort_unstable();
    silent.dedup();
    assert_eq!(silent.len(), 61, "every connection has a number of its own");
}

#[test]
fn a_silent_connection_ends_after_the_short_open_timeout() {
    let mut bench = Bench::new(Settings { opening: Opening::Passive, ..settings() });
    bench.call(Peer::start);
    let id = bench.accept();
    let began = bench.now;
    bench.wait();
    assert_eq!(bench.now - began, seconds(20));
    assert_eq!(bench.notified(id).unwrap().code, ErrorCode::HoldTimerExpired);
    assert_eq!(bench.peer.deadline(), None);
}

#[test]
fn an_established_session_is_not_displaced() {
    let (mut bench, id) = Bench::established();
    let late = bench.accept();
    assert_eq!(bench.peer.established_on(), Some(id));
    bench.receive(late, edge_open(1));
    assert_eq!(bench.notified(late).unwrap().code, ErrorCode::Cease(COLLISION));
    assert_eq!(bench.peer.established_on(), Some(id));
    assert_eq!(bench.peer.last_ended(), None);
}

#[test]
fn a_collision_is_decided_by_identifier_whatever_the_order() {
    let outgoing_first = [true, false];
    for (rule, edge, ours_wins) in [
        ("our identifier is greater", 1, true),
        ("the peer's is", 3, false),
        ("equal: 65010 > 12076", 2, false),
    ] {
        for first in outgoing_first {
            let mut bench = Bench::started();
            let (outgoing, incoming) = (bench.dial(), bench.accept());
            bench.answer(outgoing);
            let (one, two) = if first { (outgoing, incoming) } else { (incoming, outgoing) };
            bench.receive(one, edge_open(edge));
            bench.receive(two, edge_open(edge));
            let (winner, loser) = if ours_wins { (outgoing, incoming) } else { (incoming, outgoing) };
            assert_eq!(bench.notified(loser).unwrap().code, ErrorCode::Cease(COLLISION), "{rule}, {first}");
            assert_eq!(bench.notified(winner), None, "{rule}, {first}");
            bench.receive(winner, Received::Keepalive);
            assert_eq!(bench.peer.established_on(), Some(winner), "{rule}, {first}");
            bench.wait_for(seconds(20));
            assert_eq!(bench.peer.established_on(), Some(winner), "{rule}, {first}");
        }
    }
}

#[test]
fn the_prefix_limit_keeps_the_peer_out_until_the_restart() {
    let (mut bench, id) = Bench::established();
    bench.call(|peer, now, out| {
        peer.prefix_limit_exceeded(Family::Ipv4, 4000, Some(seconds(30)), now, out);
    });
    assert_eq!(*bench.notified(id).unwrap(), Notification::maximum_prefixes(Family::Ipv4, 4000));
    assert!(matches!(bench.out.last(), Some(Action::Down(on, _)) if *on == id));
    assert_eq!(bench.peer.state(), StateName::Idle);
    let refused = bench.accept();
    assert_eq!(bench.out, [Action::Close(refused), Action::Failed(refused, DownReason::Refused)]);
    let began = bench.now;
    bench.wait();
    assert_eq!((bench.now - began, bench.peer.state()), (seconds(30), StateName::Connect));
    assert_eq!(bench.reason().to_string(), "ipv4 prefix limit of 4000 exceeded");
}

#[test]
fn a_limit_without_restart_waits_for_a_start() {
    let (mut bench, _) = Bench::established();
    bench.call(|peer, now, out| peer.prefix_limit_exceeded(Family::Ipv6, 100, None, now, out));
    assert_eq!((bench.peer.deadline(), bench.peer.state()), (None, StateName::Idle));
    let refused = bench.accept();
    let rejected = ErrorCode::Cease(CeaseSubcode::ConnectionRejected);
    assert_eq!(bench.notified(refused).unwrap().code, rejected);
    assert!(bench.out.contains(&Action::Close(refused)));
    bench.call(Peer::start);
    assert_eq!(bench.peer.state(), StateName::Connect);
}

#[test]
fn a_stop_says_why_and_only_a_reset_comes_back() {
    for (cause, subcode, comes_back) in [
        (Stop::Shutdown(Some("window".into())), CeaseSubcode::AdministrativeShutdown, false),
        (Stop::Deconfigured, CeaseSubcode::PeerDeconfigured, false),
        (Stop::ConfigurationChange, CeaseSubcode::OtherConfigurationChange, false),
        (Stop::Reset(None), CeaseSubcode::AdministrativeReset, true),
    ] {
        let (mut bench, id) = Bench::established();
        let row = format!("{cause:?}");
        bench.call(|peer, now, out| peer.stop(cause, now, out));
        assert_eq!(bench.notified(id).unwrap().code, ErrorCode::Cease(subcode), "{row}");
        assert_eq!(bench.peer.deadline().is_some(), comes_back, "{row}");
        if comes_back {
            bench.wait();
            assert_eq!(bench.peer.state(), StateName::Connect, "{row}");
        }
    }
}

#[test]
fn a_reset_does_not_start_what_was_shut_down() {
    let (mut bench, _) = Bench::established();
    bench.call(|peer, now, out| peer.stop(Stop::Shutdown(None), now, out));
    bench.call(|peer, now, out| peer.stop(Stop::Reset(None), now, out));
    assert_eq!((bench.peer.state(), bench.peer.deadline()), (StateName::Idle, None));
}

#[test]
fn the_pause_after_a_session_also_keeps_the_peer_s_connections_back() {
    let (mut bench, id) = Bench::established();
    bench.call(|peer, now, out| peer.closed(id, TcpFailure::ClosedByPeer, now, out));
    let early = bench.accept();
    assert_eq!(bench.out, [Action::Close(early), Action::Failed(early, DownReason::Refused)]);
    assert_eq!(*bench.reason(), DownReason::Tcp(TcpFailure::ClosedByPeer));
    bench.wait();
    let late = bench.accept();
    assert!(matches!(&bench.out[..], [Action::Send(on, Outgoing::Open(_))] if *on == late));
}

#[test]
fn the_pause_after_a_failed_attempt_does_not() {
    let mut bench = Bench::started();
    let id = bench.dial();
    bench.answer(id);
    let rejected = Notification::cease(CeaseSubcode::ConnectionRejected);
    bench.receive(id, Received::Notification(rejected));
    assert_eq!(bench.peer.state(), StateName::Idle);
    let incoming = bench.accept();
    bench.establish(incoming);
}

#[test]
fn an_open_that_would_lose_waits_a_moment_for_the_one_that_would_win() {
    // The peer's identifier is greater: its connection is preferred, and ours is answered only when that stays silent.
    let mut bench = Bench::started();
    let (outgoing, incoming) = (bench.dial(), bench.accept());
    bench.answer(outgoing);
    bench.receive(outgoing, edge_open(3));
    bench.receive(outgoing, Received::Keepalive);
    assert_eq!((bench.out.len(), bench.peer.state()), (0, StateName::OpenSent));
    let mut silent = bench;
    let began = silent.now;
    silent.wait();
    assert_eq!((silent.now - began, silent.peer.established_on()), (seconds(2), Some(outgoing)));

    let mut bench = Bench::started();
    let (outgoing, gone) = (bench.dial(), bench.accept());
    assert_eq!(gone, incoming, "the same course again");
    bench.answer(outgoing);
    bench.receive(outgoing, edge_open(3));
    bench.call(|peer, now, out| peer.closed(gone, TcpFailure::ClosedByPeer, now, out));
    assert_eq!(bench.peer.state(), StateName::OpenConfirm);

    let mut bench = Bench::started();
    let (outgoing, _) = (bench.dial(), bench.accept());
    bench.answer(outgoing);
    bench.receive(outgoing, edge_open(3));
    bench.receive(outgoing, edge_open(3));
    let second_open = Notification::unexpected(FsmSubcode::OpenConfirm, MessageType::Open);
    assert_eq!(bench.notified(outgoing), Some(&second_open));
}

#[test]
fn a_dial_that_is_due_waits_for_a_connection_whose_open_is_answered() {
    let refused = |bench: &mut Bench| {
        let id = bench.dial();
        bench.call(|peer, now, out| peer.dial_failed(id, refusal(), now, out));
        bench.peer.deadline().unwrap()
    };
    for reached in [true, false] {
        let mut bench = Bench::started();
        let due = refused(&mut bench);
        bench.now = due.checked_sub(Duration::from_millis(1)).unwrap();
        let incoming = bench.accept();
        bench.receive(incoming, edge_open(1));
        assert_eq!(bench.out, [Action::Send(incoming, Outgoing::Keepalive)]);
        if reached {
            bench.wait_for(seconds(1));
            bench.receive(incoming, Received::Keepalive);
            assert_eq!(
                (bench.out.len(), bench.peer.established_on()),
                (1, Some(incoming)),
                "nothing to close"
            );
        } else {
            bench.wait();
            assert_eq!(bench.now, due + Duration::from_millis(1999), "silence keeps no dial back for longer");
            bench.dial();
        }
    }
}

#[test]
fn a_start_beside_a_connection_whose_open_is_answered_is_not_in_its_way() {
    let mut bench = Bench::started();
    let id = bench.dial();
    bench.answer(id);
    bench.receive(id, Received::Notification(Notification::cease(CeaseSubcode::ConnectionRejected)));
    let incoming = bench.accept();
    bench.receive(incoming, edge_open(1));
    bench.call(Peer::retry);
    assert_eq!(bench.out, []);
    bench.wait();
    bench.dial();
}

#[test]
fn back_off_doubles_until_a_session_was_stable() {
    let (mut bench, mut id) = Bench::established();
    let mut waited = Vec::new();
    for uptime in [0, 0, 0, 120, 0] {
        bench.wait_with_keepalives(id, seconds(uptime));
        bench.receive(id, HeaderError::NotSynchronized);
        let ended = bench.now;
        assert_eq!(bench.peer.state(), StateName::Idle);
        bench.wait();
        waited.push((bench.now - ended).as_secs_f64());
        id = bench.dial();
        bench.answer(id);
        bench.establish(id);
    }
    for (waited, full) in waited.into_iter().zip([1.0, 2.0, 4.0, 1.0, 2.0]) {
        assert!((full * 0.74..=full).contains(&waited), "{waited} of {full}");
    }
}

#[test]
fn the_hold_timer_ends_a_session_that_falls_silent() {
    let (mut bench, id) = Bench::established();
    bench.wait_with_keepalives(id, seconds(600));
    assert_eq!(bench.peer.state(), StateName::Established);
    let heard = bench.now;
    while bench.peer.state() == StateName::Established {
        bench.wait();
    }
    assert_eq!(bench.now - heard, seconds(180));
    assert_eq!(bench.notified(id), Some(&Notification::HOLD_TIMER_EXPIRED));
    assert_eq!(*bench.reason(), DownReason::HoldTimerExpired(seconds(180)));
    assert_eq!(bench.peer.last_ended().unwrap().uptime, Some(seconds(780)));
}

#[test]
fn the_send_hold_timer_ends_a_session_whose_peer_does_not_read() {
    let (mut bench, id) = Bench::established();
    bench.peer.send_blocked(id, bench.now);
    bench.wait_with_keepalives(id, seconds(300));
    bench.peer.send_blocked(id, bench.now);
    bench.peer.send_progress(id, Output::Pending, bench.now);
    let progress = bench.now;
    bench.wait_with_keepalives(id, seconds(479));
    assert_eq!(bench.peer.state(), StateName::Established);
    while bench.peer.state() == StateName::Established {
        bench.wait();
    }
    assert_eq!(bench.now - progress, seconds(480));
    assert_eq!(bench.notified(id), Some(&Notification::SEND_HOLD_TIMER_EXPIRED));

    let (mut bench, id) = Bench::established();
    bench.peer.send_blocked(id, bench.now);
    bench.peer.send_progress(id, Output::Drained, bench.now);
    bench.wait_with_keepalives(id, seconds(1000));
    assert_eq!(bench.peer.state(), StateName::Established);
}

#[test]
fn a_call_before_the_deadline_changes_nothing() {
    let (mut bench, _) = Bench::established();
    let deadline = bench.peer.deadline().unwrap();
    bench.now = deadline.checked_sub(Duration::from_nanos(1)).unwrap();
    bench.call(Peer::expire);
    assert_eq!((bench.out.len(), bench.peer.deadline()), (0, Some(deadline)));
}

#[test]
fn a_peer_that_refuses_optional_parameters_is_offered_none() {
    let mut bench = Bench::started();
    let id = bench.dial();
    bench.answer(id);
    let refused = Notification::bare(ErrorCode::Open(OpenSubcode::UnsupportedOptionalParameter));
    bench.receive(id, Received::Notification(refused));
    bench.wait();
    let id = bench.dial();
    bench.answer(id);
    assert!(
        matches!(&bench.out[..], [Action::Send(_, Outgoing::Open(open))] if open.capabilities.is_empty())
    );
    bench.receive(id, Open { capabilities: Vec::new(), ..edge_open(1) });
    bench.receive(id, Received::Keepalive);
    assert_eq!(bench.peer.negotiated().unwrap().families, crate::family::Families::IPV4);
}

#[test]
fn reports_about_a_connection_that_is_over_are_ignored() {
    let mut bench = Bench::started();
    let first = bench.dial();
    bench.wait();
    let second = bench.dial();
    assert_ne!(first, second);
    bench.answer(first);
    bench.receive(first, Received::Keepalive);
    bench.call(|peer, now, out| peer.closed(first, TcpFailure::ClosedByPeer, now, out));
    assert_eq!((bench.out.len(), bench.peer.state()), (0, StateName::Connect));
}
