//! Graceful restart: what OPENs say, what is kept of a peer's routes, and the peer that comes back.

use super::{
    Action, Duration, EDGE, Instant, MSEE, Outgoing, Peer, Settings, bench::Bench, edge_open, identifier,
    seconds, settings,
};
use crate::{
    family::{Families, Family},
    session::{
        AutomaticStop, DownReason, GracefulRestart, Part, Received, Recovery, Retention, StateName, Stop,
        TcpFailure,
        negotiate::{Offer, Session, negotiate, open},
    },
    wire::{
        Capability, ForwardingState, HeaderError, Notification, Notifications, Open, RestartCapability,
        RestartState, RestartTime,
        notification::{CeaseSubcode, ErrorCode, OpenSubcode},
    },
};

fn with(part: Part) -> Settings {
    Settings { graceful_restart: Some(GracefulRestart::new(part)), ..settings() }
}

/// The OPEN of an edge that restarts gracefully with all that it has.
fn edge(state: RestartState, change: impl FnOnce(&mut RestartCapability)) -> Open {
    let mirrored = Settings::new(EDGE, MSEE, identifier(1), Families::BOTH);
    let mut restart = GracefulRestart::new(Part::Full).capability(state, Families::BOTH);
    change(&mut restart);
    let mut open = open(&mirrored, Offer::Capabilities);
    open.capabilities.push(Capability::GracefulRestart(restart));
    open
}

fn session(settings: &Settings, peer: Open) -> Session {
    negotiate(settings, Offer::Capabilities, peer).unwrap()
}

fn restart_of(open: &Open) -> Option<RestartCapability> {
    open.capabilities.iter().find_map(Capability::graceful_restart)
}

/// The capability of the OPEN that the last call sent.
fn sent(bench: &Bench) -> Option<RestartCapability> {
    bench.out.iter().find_map(|action| match action {
        Action::Send(_, Outgoing::Open(open)) => restart_of(open),
        Action::Connect(_)
        | Action::Send(..)
        | Action::Close(_)
        | Action::Established(..)
        | Action::Down(..)
        | Action::Failed(..) => None,
    })
}

#[test]
fn the_capability_says_which_part_we_take() {
    assert_eq!(restart_of(&open(&settings(), Offer::Capabilities)), None, "off, as on Azure");
    let preserved = Some(ForwardingState::Preserved);
    for (rule, part, offer, state, time, ipv6) in [
        ("RFC 4724 3 a router", Part::Full, Offer::Capabilities, RestartState::Steady, 120, preserved),
        (
            "RFC 4724 4.1 that restarts",
            Part::Full,
            Offer::Restarting,
            RestartState::Restarting,
            120,
            preserved,
        ),
        ("RFC 4724 4 End-of-RIB alone", Part::Helper, Offer::Capabilities, RestartState::Steady, 0, None),
    ] {
        let restart = restart_of(&open(&with(part), offer)).unwrap();
        assert_eq!(
            (restart.state, restart.time.seconds(), restart.families.ipv6),
            (state, time, ipv6),
            "{rule}"
        );
        assert_eq!(restart.notifications, Notifications::LeaveRoutes, "{rule}");
    }
    assert_eq!(restart_of(&open(&with(Part::Full), Offer::Plain)), None);
}

#[test]
fn routes_stay_only_after_an_end_that_a_restart_may_have() {
    let tcp = || DownReason::Tcp(TcpFailure::ClosedByPeer);
    let said = |notification| DownReason::NotificationReceived(notification);
    let limited = AutomaticStop::PrefixLimit { family: Family::Ipv4, count: 9 };
    let (both, none) = (Families::BOTH, Families::NONE);
    let reset = Notification::cease(CeaseSubcode::AdministrativeReset);
    for (rule, reason, without, with_notifications) in [
        ("RFC 4724 4.2 the TCP connection is lost", tcp(), both, both),
        ("RFC 4724 5 a new connection", DownReason::PeerRestarted, both, both),
        ("RFC 8538 4 a NOTIFICATION of the peer", said(reset.clone()), none, both),
        ("RFC 8538 3.2 a Hard Reset", said(reset.hard_reset()), none, none),
        ("RFC 8538 4 the hold time", DownReason::HoldTimerExpired(seconds(9)), none, both),
        ("RFC 8538 4 a NOTIFICATION of ours", DownReason::Header(HeaderError::NotSynchronized), none, both),
        ("RFC 8538 5.1 shut down here", DownReason::Stopped(Stop::Shutdown(None)), none, none),
        ("RFC 8538 5.1 too many prefixes", DownReason::Limited(limited), none, none),
    ] {
        for (notifications, kept) in
            [(Notifications::EndAll, without), (Notifications::LeaveRoutes, with_notifications)]
        {
            let peer = edge(RestartState::Steady, |restart| restart.notifications = notifications);
            let mut retention = Retention::default();
            let now = Instant::now();
            assert_eq!(retention.established(&session(&with(Part::Helper), peer), now), none);
            assert_eq!(retention.down(&reason, both, now), kept, "{rule}, {notifications:?}");
            assert_eq!(retention.deadline().is_some(), kept == both, "{rule}");
        }
    }
}

#[test]
fn nothing_stays_of_a_peer_that_does_not_restart_gracefully() {
    let now = Instant::now();
    let reason = DownReason::Tcp(TcpFailure::ClosedByPeer);
    for (rule, settings, peer, kept) in [
        ("we do not want it", settings(), edge(RestartState::Steady, |_| {}), Families::NONE),
        ("the peer does not say it", with(Part::Full), edge_open(1), Families::NONE),
        (
            "RFC 4724 4.2 of the families that it lists",
            with(Part::Full),
            edge(RestartState::Steady, |restart| restart.families.ipv6 = None),
            Families::IPV4,
        ),
        (
            "no time to come back",
            with(Part::Full),
            edge(RestartState::Steady, |restart| restart.time = RestartTime::NONE),
            Families::NONE,
        ),
    ] {
        let mut retention = Retention::default();
        retention.established(&session(&settings, peer), now);
        assert_eq!(retention.down(&reason, Families::BOTH, now), kept, "{rule}");
    }
}

/// A helper whose peer went away at the time given, and that session's Restart Time.
fn away(now: Instant) -> (Retention, Duration) {
    let mut retention = Retention::default();
    retention.established(&session(&with(Part::Helper), edge(RestartState::Steady, |_| {})), now);
    retention.down(&DownReason::Tcp(TcpFailure::ClosedByPeer), Families::BOTH, now);
    (retention, seconds(120))
}

#[test]
fn stale_routes_go_after_the_restart_time() {
    let now = Instant::now();
    let (mut retention, restart_time) = away(now);
    assert_eq!(retention.deadline(), Some(now + restart_time));
    let almost = restart_time.saturating_sub(Duration::from_nanos(1));
    assert_eq!(retention.expire(now + almost), Families::NONE);
    assert_eq!(retention.expire(now + restart_time), Families::BOTH);
    assert_eq!((retention.deadline(), retention.expire(now + restart_time * 2)), (None, Families::NONE));
}

#[test]
fn stale_routes_go_at_once_if_forwarding_was_lost() {
    let now = Instant::now();
    for (rule, peer, lost) in [
        ("RFC 4724 4.2 both are kept", edge(RestartState::Restarting, |_| {}), Families::NONE),
        (
            "RFC 4724 4.2 the Forwarding State bit is not set",
            edge(RestartState::Restarting, |restart| restart.families.ipv4 = Some(ForwardingState::Lost)),
            Families::IPV4,
        ),
        (
            "RFC 4724 4.2 a family is missing",
            edge(RestartState::Restarting, |restart| restart.families.ipv6 = None),
            Families::IPV6,
        ),
        ("RFC 4724 4.2 no capability at all", edge_open(1), Families::BOTH),
    ] {
        let (mut retention, _) = away(now);
        assert_eq!(retention.established(&session(&with(Part::Helper), peer), now), lost, "{rule}");
    }
}

#[test]
fn a_peer_that_is_back_has_until_its_end_of_rib_or_the_stale_time() {
    let now = Instant::now();
    let back = || {
        let (mut retention, _) = away(now);
        let session = session(&with(Part::Helper), edge(RestartState::Restarting, |_| {}));
        retention.established(&session, now);
        retention
    };
    let mut retention = back();
    assert!(retention.is_coming_back(Family::Ipv4));
    assert!(retention.end_of_rib(Family::Ipv4));
    assert!(!retention.end_of_rib(Family::Ipv4), "nothing is stale any more");
    assert_eq!(retention.expire(now + seconds(360)), Families::IPV6);
    assert_eq!(back().forget(), Families::BOTH);
}

#[test]
fn the_end_of_rib_of_a_peer_that_is_not_restarting_removes_nothing() {
    let mut retention = Retention::default();
    retention.established(&session(&with(Part::Helper), edge(RestartState::Steady, |_| {})), Instant::now());
    assert!(!retention.end_of_rib(Family::Ipv4));
}

#[test]
fn our_own_end_of_rib_waits_for_that_of_peers_that_restart_gracefully() {
    for (rule, peer, waits) in [
        ("RFC 4724 4.1 a steady peer", edge(RestartState::Steady, |_| {}), true),
        ("RFC 4724 4.1 one that restarts itself", edge(RestartState::Restarting, |_| {}), false),
        ("RFC 4724 4.1 one without the capability", edge_open(1), false),
    ] {
        let mut recovery = Recovery::Unheard;
        recovery.established(&session(&with(Part::Full), peer));
        assert_eq!(recovery != Recovery::Over, waits, "{rule}");
        recovery.end_of_rib(Family::Ipv4);
        assert_eq!(recovery != Recovery::Over, waits, "{rule}: one family is not all");
        recovery.end_of_rib(Family::Ipv6);
        assert_eq!(recovery, Recovery::Over, "{rule}");
    }
}

#[test]
fn opens_say_that_we_restart_until_a_session_is_up_or_the_time_is_over() {
    let restarted = || {
        let mut bench = Bench::new(with(Part::Full));
        bench.peer.restart(bench.now);
        bench.call(Peer::start);
        let id = bench.dial();
        bench.answer(id);
        assert_eq!(sent(&bench).unwrap().state, RestartState::Restarting);
        (bench, id)
    };
    let (mut bench, id) = restarted();
    bench.establish(id);
    bench.accept();
    assert_eq!(sent(&bench).unwrap().state, RestartState::Steady, "it was up");

    let (mut bench, _) = restarted();
    bench.wait_for(seconds(121));
    bench.accept();
    assert_eq!(sent(&bench).unwrap().state, RestartState::Steady, "nobody waits any more");

    let mut bench = Bench::new(with(Part::Helper));
    bench.peer.restart(bench.now);
    bench.call(Peer::start);
    let id = bench.dial();
    bench.answer(id);
    assert_eq!(
        sent(&bench).unwrap().state,
        RestartState::Steady,
        "a helper's own restart is an ordinary one"
    );
}

#[test]
fn a_peer_that_restarts_takes_the_place_of_its_own_session() {
    let up = |settings, open: &Open| {
        let mut bench = Bench::new(settings);
        bench.call(Peer::start);
        let old = bench.dial();
        bench.answer(old);
        bench.receive(old, open.clone());
        bench.receive(old, Received::Keepalive);
        (bench, old)
    };
    let steady = edge(RestartState::Steady, |_| {});
    let restarting = || edge(RestartState::Restarting, |_| {});
    for (rule, settings, open, after, replaced) in [
        ("RFC 4724 5", with(Part::Helper), restarting(), seconds(60), true),
        ("an OPEN that says nothing of a restart", with(Part::Helper), steady.clone(), seconds(60), false),
        ("graceful restart is off", settings(), restarting(), seconds(60), false),
    ] {
        let (mut bench, old) = up(settings, &steady);
        bench.wait_with_keepalives(old, after);
        let new = bench.accept();
        bench.receive(new, open);
        bench.receive(new, Received::Keepalive);
        assert_eq!(bench.peer.state(), StateName::Established, "{rule}");
        let on = if replaced { new } else { old };
        assert_eq!(bench.peer.established_on(), Some(on), "{rule}");
        if replaced {
            assert_eq!(*bench.reason(), DownReason::PeerRestarted, "{rule}");
        }
    }
}

#[test]
fn a_peer_that_is_back_at_once_takes_its_place_once_the_old_connection_has_ended_or_stays_silent() {
    #[derive(Clone, Copy)]
    enum Old {
        Reset,
        Heard,
        Silent,
    }
    for (rule, old_connection, replaced) in [
        ("RFC 4724 5 the peer has forgotten it", Old::Reset, true),
        ("RFC 4724 5 the peer says nothing on it", Old::Silent, true),
        ("a second OPEN of the same start", Old::Heard, false),
    ] {
        let mut bench = Bench::new(with(Part::Helper));
        bench.call(Peer::start);
        let old = bench.dial();
        bench.answer(old);
        bench.receive(old, edge(RestartState::Steady, |_| {}));
        bench.receive(old, Received::Keepalive);
        bench.wait_for(seconds(1));
        let new = bench.accept();
        bench.receive(new, edge(RestartState::Restarting, |_| {}));
        assert!(bench.out.contains(&Action::Send(old, Outgoing::Keepalive)), "{rule}: it is asked");
        bench.receive(new, Received::Keepalive);
        assert_eq!(bench.peer.established_on(), Some(old), "{rule}");
        match old_connection {
            Old::Reset => {
                let broken = TcpFailure::ClosedByPeer;
                bench.call(|peer, now, out| peer.closed(old, broken, now, out));
                assert_eq!(bench.peer.established_on(), Some(new), "{rule}: at once");
            }
            Old::Heard => bench.receive(old, Received::Update),
            Old::Silent => {}
        }
        bench.wait_for(seconds(4));
        assert_eq!(bench.peer.established_on(), Some(if replaced { new } else { old }), "{rule}");
        let turned_away = bench.notified(new).map(|notification| notification.code);
        let collision = Notification::COLLISION.code;
        assert_eq!(turned_away, (!replaced).then_some(collision), "{rule}");
    }
}

#[test]
fn what_ends_for_good_is_a_hard_reset_between_peers_that_know_it() {
    for (rule, ours, theirs, subcode) in [
        ("RFC 8538 3.1", with(Part::Helper), edge(RestartState::Steady, |_| {}), CeaseSubcode::HardReset),
        (
            "the peer does not know it",
            with(Part::Helper),
            edge(RestartState::Steady, |restart| restart.notifications = Notifications::EndAll),
            CeaseSubcode::AdministrativeShutdown,
        ),
        ("off", settings(), edge(RestartState::Steady, |_| {}), CeaseSubcode::AdministrativeShutdown),
    ] {
        let mut bench = Bench::new(ours);
        bench.call(Peer::start);
        let id = bench.dial();
        bench.answer(id);
        bench.receive(id, theirs);
        bench.receive(id, Received::Keepalive);
        bench.call(|peer, now, out| peer.stop(Stop::Shutdown(None), now, out));
        assert_eq!(bench.notified(id).unwrap().code, ErrorCode::Cease(subcode), "{rule}");
    }
}

#[test]
fn the_remedy_of_a_hard_reset_is_that_of_its_cause() {
    let told = |notification: Notification| DownReason::NotificationReceived(notification).remedy();
    let cause = Notification::bare(ErrorCode::Open(OpenSubcode::BadPeerAs));
    assert_eq!(told(cause.clone().hard_reset()), told(cause));
}
