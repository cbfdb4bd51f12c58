//! Graceful restart of the peer and of the daemon, over real connections.

use super::*;
use crate::{
    attachment::tests::edge::Heard,
    session::{GracefulRestart, Part},
    wire::{
        ForwardingState, Notifications, RestartCapability, RestartState, RestartTime,
        notification::{CeaseSubcode, ErrorCode},
    },
};

/// What an edge says of itself that keeps forwarding, and takes that long at most to come back.
fn restart(state: RestartState, seconds: u16) -> RestartCapability {
    RestartCapability {
        state,
        notifications: Notifications::EndAll,
        time: RestartTime::new(seconds).unwrap(),
        families: PerFamily { ipv4: Some(ForwardingState::Preserved), ipv6: None },
    }
}

fn bench(part: Part, change: impl FnOnce(&mut Settings)) -> Bench {
    Bench::with(|settings| {
        settings.sessions[0].bgp.graceful_restart = Some(GracefulRestart::new(part));
        change(settings);
    })
}

async fn meet(bench: &Bench, restart: RestartCapability) -> Edge {
    bench.meet_saying(0, &[Capability::GracefulRestart(restart)]).await
}

/// An edge that has announced prefixes and then gone without a word.
async fn gone(bench: &mut Bench, count: u32, seconds: u16) {
    let mut edge = meet(bench, restart(RestartState::Steady, seconds)).await;
    edge.announce(&prefixes(count), &route()).await;
    edge.end_of_rib(Family::Ipv4).await;
    bench.until_held(count.into()).await;
    drop(edge);
    bench.until("the session is lost", |session| session.dropped > 0).await;
}

fn stale(session: &SessionView) -> u64 {
    session.graceful_restart.unwrap().stale.ipv4
}

/// Everything that the backbone has been told: the prefixes that hold.
async fn known(bench: &mut Bench) -> Vec<IpNet> {
    let mut known = std::collections::BTreeSet::new();
    // What it has no turn for yet comes once the batches before are taken.
    let mut quiet = 0;
    while quiet < 5 {
        bench.session().await;
        let Ok(uplink) = bench.uplink.try_recv() else {
            quiet += 1;
            continue;
        };
        quiet = 0;
        if let Uplink::Routes(RouteChanges { batch, .. }) = uplink {
            for change in batch.changes::<Ipv4Net>() {
                match change.attributes {
                    Some(_) => known.insert(IpNet::from(change.prefix)),
                    None => known.remove(&IpNet::from(change.prefix)),
                };
            }
        }
    }
    known.into_iter().collect()
}

fn nets(prefixes: &[Ipv4Net]) -> Vec<IpNet> {
    prefixes.iter().copied().map(IpNet::from).collect()
}

#[tokio::test]
async fn the_routes_of_a_peer_that_restarts_stay_until_its_end_of_rib() {
    let mut bench = bench(Part::Helper, |_| {});
    gone(&mut bench, 3, 120).await;
    let view = bench.session().await;
    assert_eq!((view.received.ipv4, stale(&view)), (3, 3));
    assert_eq!((bench.limit().await.held, view.graceful_restart.unwrap().remaining.is_some()), (0, true));

    let mut edge = meet(&bench, restart(RestartState::Restarting, 120)).await;
    let others = prefixes(5);
    edge.announce(&others[1..4], &route()).await;
    bench.until("two are confirmed", |session| stale(session) == 1).await;
    assert_eq!((bench.session().await.received.ipv4, bench.limit().await.held), (4, 3));
    edge.end_of_rib(Family::Ipv4).await;
    bench.until("the other one goes", |session| (session.received.ipv4, stale(session)) == (3, 0)).await;
    assert_eq!(bench.limit().await.held, 3);
    assert_eq!(known(&mut bench).await, nets(&others[1..4]));
}

#[tokio::test]
async fn nothing_is_withdrawn_from_the_backbone_while_routes_are_stale() {
    let mut bench = bench(Part::Helper, |_| {});
    gone(&mut bench, 3, 120).await;
    assert_eq!(known(&mut bench).await, nets(&prefixes(3)));
    let mut edge = meet(&bench, restart(RestartState::Restarting, 120)).await;
    edge.announce(&prefixes(3), &route()).await;
    edge.end_of_rib(Family::Ipv4).await;
    bench.until("all are confirmed", |session| stale(session) == 0).await;
    assert!(known(&mut bench).await.is_empty(), "the same routes are no news");
}

#[tokio::test]
async fn stale_routes_go_when_the_peer_does_not_come_back_in_time() {
    let mut bench = bench(Part::Helper, |_| {});
    gone(&mut bench, 1000, 1).await;
    bench.until_held(0).await;
    assert!(known(&mut bench).await.is_empty());
}

#[tokio::test]
async fn stale_routes_go_at_once_when_forwarding_was_lost() {
    let mut bench = bench(Part::Helper, |_| {});
    gone(&mut bench, 3, 120).await;
    let mut lost = restart(RestartState::Restarting, 120);
    lost.families.ipv4 = Some(ForwardingState::Lost);
    let _edge = meet(&bench, lost).await;
    bench.until_held(0).await;
    assert!(known(&mut bench).await.is_empty());
}

#[tokio::test]
async fn stale_routes_go_when_the_operator_stops_the_session() {
    let mut bench = bench(Part::Helper, |_| {});
    gone(&mut bench, 3, 120).await;
    bench.command(Command::Disable(None)).await;
    bench.until_held(0).await;
    assert!(known(&mut bench).await.is_empty());
}

#[tokio::test]
async fn without_graceful_restart_routes_go_with_the_session() {
    for (settings, said) in [(None, true), (Some(GracefulRestart::new(Part::Helper)), false)] {
        let mut bench = Bench::with(|all| all.sessions[0].bgp.graceful_restart = settings);
        let capability = Capability::GracefulRestart(restart(RestartState::Steady, 120));
        let mut edge = bench.meet_saying(0, if said { std::slice::from_ref(&capability) } else { &[] }).await;
        edge.announce(&prefixes(3), &route()).await;
        bench.until_held(3).await;
        drop(edge);
        bench.until_held(0).await;
        assert!(known(&mut bench).await.is_empty());
    }
}

#[tokio::test]
async fn a_limit_counts_what_is_announced_on_the_session_that_is_up() {
    let mut bench = bench(Part::Helper, |settings| settings.limits = drop_above(3, None));
    gone(&mut bench, 3, 120).await;
    let mut edge = meet(&bench, restart(RestartState::Restarting, 120)).await;
    let all = prefixes(8);
    edge.announce(&all[3..6], &route()).await;
    bench.until_held(6).await;
    assert_eq!(bench.limit().await.held, 3);
    edge.announce(&all[..1], &route()).await;
    let words = edge.last_words().await;
    assert_eq!(
        words.code,
        ErrorCode::Cease(CeaseSubcode::MaximumPrefixesReached),
        "a stale one counts again"
    );
    bench.until_held(0).await;
}

#[tokio::test]
async fn a_second_restart_takes_along_what_was_stale_before() {
    let mut bench = bench(Part::Helper, |_| {});
    gone(&mut bench, 3, 120).await;
    let mut edge = meet(&bench, restart(RestartState::Restarting, 120)).await;
    edge.announce(&prefixes(1), &route()).await;
    bench.until("one is confirmed", |session| stale(session) == 2).await;
    drop(edge);
    bench.until("it is lost again", |session| session.dropped == 2).await;
    bench.until("the others go", |session| (session.received.ipv4, stale(session)) == (1, 1)).await;
    assert_eq!(known(&mut bench).await, nets(&prefixes(1)));
}

#[tokio::test]
async fn another_router_at_the_same_address_has_no_stale_routes() {
    let mut bench = bench(Part::Helper, |_| {});
    gone(&mut bench, 3, 120).await;
    let edge = persist(async || {
        let mut edge = bench.dial().await;
        edge.identifier = [10, 0, 0, 77];
        edge.capabilities = vec![Capability::GracefulRestart(restart(RestartState::Restarting, 120))];
        edge.establish().await.then_some(edge)
    })
    .await;
    bench.until_held(0).await;
    drop(edge);
    assert!(known(&mut bench).await.is_empty());
}

#[tokio::test]
async fn a_restart_of_the_daemon_is_over_when_the_peer_has_announced_its_routes() {
    let mut settings = settings(vec![session([172, 16, 0, 2].into(), [172, 16, 0, 1].into())]);
    settings.sessions[0].bgp.graceful_restart = Some(GracefulRestart::new(Part::Full));
    let mut bench = Bench::begin(settings, 256, Start::Restart);
    let mut edge = meet(&bench, restart(RestartState::Steady, 120)).await;
    let open = edge.opened.take().unwrap();
    assert!(open.capabilities.iter().any(|capability| matches!(capability,
        Capability::GracefulRestart(restart) if restart.state == RestartState::Restarting
            && restart.families.ipv4 == Some(ForwardingState::Preserved))));
    edge.announce(&prefixes(3), &route()).await;
    bench.until_held(3).await;
    while let Ok(uplink) = bench.uplink.try_recv() {
        assert!(!matches!(uplink, Uplink::Recovered(_)), "its End-of-RIB is missing");
    }
    edge.end_of_rib(Family::Ipv4).await;
    while !matches!(soon(bench.uplink.recv()).await.unwrap(), Uplink::Recovered(Source(1))) {}
    bench.offer(&[("10.1.0.0/16", Export::virtual_network_route(Family::Ipv4))]).await;
    edge.hear_until(|_, heard| matches!(heard, Heard::EndOfRib(_))).await;
    assert_eq!(edge.learnt.len(), 1);
}

#[tokio::test]
async fn a_stop_is_a_hard_reset_for_a_peer_that_would_keep_our_routes() {
    let bench = bench(Part::Full, |_| {});
    let mut said = restart(RestartState::Steady, 120);
    said.notifications = Notifications::LeaveRoutes;
    let mut edge = meet(&bench, said).await;
    bench.command(Command::Disable(Some("new line card".to_owned()))).await;
    let words = edge.last_words().await;
    assert!(words.is_hard_reset());
    assert_eq!(words.reset_for().unwrap().shutdown_text().as_deref(), Some("new line card"));
}
