//! Prefix limits on a session that runs.

use super::*;
use crate::wire::{Notification, notification::CeaseSubcode};

/// How a test packs prefixes into UPDATEs.
type Packing = fn(&[Ipv4Net]) -> Vec<&[Ipv4Net]>;

const PACKINGS: [(&str, Packing); 4] = [
    ("all in one UPDATE", |prefixes| vec![prefixes]),
    ("an UPDATE each", |prefixes| prefixes.chunks(1).collect()),
    ("the last one alone", |prefixes| {
        let (last, others) = prefixes.split_last().unwrap();
        vec![others, std::slice::from_ref(last)]
    }),
    ("some of them twice", |prefixes| vec![&prefixes[..7], &prefixes[3..9], prefixes]),
];

#[tokio::test]
async fn s20_prefix_limits_allow_n_and_end_the_session_at_the_next_however_it_comes() {
    for (name, pack) in PACKINGS {
        let mut bench = Bench::with(|settings| settings.limits = drop_above(20, None));
        let mut edge = bench.meet().await;
        for update in pack(&prefixes(20)) {
            edge.announce(update, &route()).await;
        }
        bench.until_held(20).await;
        edge.announce(&prefixes(21), &route()).await;
        let words = edge.last_words().await;
        // RFC 4486 section 4: the upper bound, not the count.
        assert_eq!(words, Notification::maximum_prefixes(Family::Ipv4, 20), "{name}");
        assert_eq!(words.data, [0, 1, 1, 0, 0, 0, 20], "{name}");
        assert_eq!(bench.limit().await.level, Level::Exceeded, "{name}");
        let event = bench.event(EventKind::PrefixLimitExceeded).await;
        assert_eq!(
            event,
            "session with 172.16.0.1 ends: 21 ipv4 prefixes, the limit is 20: 11.0.20.0/24 is one too many",
            "{name}"
        );
    }
}

#[tokio::test]
async fn s20_prefix_limits_trip_the_same_however_the_prefixes_are_packed() {
    for (name, pack) in PACKINGS {
        let bench = Bench::with(|settings| settings.limits = drop_above(20, None));
        let mut edge = bench.meet().await;
        for update in pack(&prefixes(21)) {
            edge.announce(update, &route()).await;
        }
        assert_eq!(edge.last_words().await, Notification::maximum_prefixes(Family::Ipv4, 20), "{name}");
    }
}

#[tokio::test]
async fn a_prefix_that_was_withdrawn_makes_room_for_another() {
    let bench = Bench::with(|settings| settings.limits = drop_above(20, None));
    let mut edge = bench.meet().await;
    let all = prefixes(40);
    edge.announce(&all[..20], &route()).await;
    for (old, new) in all[..20].iter().zip(&all[20..]) {
        edge.withdraw(&[*old]).await;
        edge.announce(&[*new], &route()).await;
    }
    // In order behind all the others: that it is answered says that the session has outlived them.
    edge.ask_for_refresh(Family::Ipv4).await;
    bench.until("refresh answered", |session| session.traffic.received == 44).await;
    let view = bench.session().await;
    assert_eq!((view.received.ipv4, view.dropped), (20, 0));
}

#[tokio::test]
async fn a_warning_comes_at_80_percent_and_once() {
    let mut bench = Bench::with(|settings| settings.limits = drop_above(10, None));
    let mut edge = bench.meet().await;
    edge.announce(&prefixes(7), &route()).await;
    bench.until_held(7).await;
    assert_eq!(bench.limit().await.level, Level::Ok);
    edge.announce(&prefixes(10), &route()).await;
    assert_eq!(bench.event(EventKind::PrefixWarning).await, "ipv4: 8 of at most 10 prefixes");
    bench.until_held(10).await;
    let limit = bench.limit().await;
    assert_eq!((limit.level, limit.held), (Level::Warning, 10));
    while let Ok(event) = bench.events.try_recv() {
        assert_ne!(event.kind, EventKind::PrefixWarning, "{}", event.message);
    }
}

#[tokio::test]
async fn a_limit_that_only_warns_keeps_the_session() {
    let max = NonZeroU32::new(10).unwrap();
    let mut bench = Bench::with(|settings| settings.limits.ipv4 = PrefixLimit::Warn { max });
    let mut edge = bench.meet().await;
    edge.announce(&prefixes(15), &route()).await;
    bench.until_held(15).await;
    assert_eq!(bench.limit().await.level, Level::Exceeded);
    assert_eq!(bench.event(EventKind::PrefixWarning).await, "ipv4: 8 of at most 10 prefixes");
    assert!(bench.event(EventKind::PrefixWarning).await.contains("the limit only warns"));
    assert_eq!(bench.session().await.dropped, 0);
}

#[tokio::test]
async fn the_routes_of_a_session_over_its_limit_leave_the_backbone() {
    let mut bench = Bench::with(|settings| settings.limits = drop_above(5, None));
    let mut edge = bench.meet().await;
    edge.announce(&prefixes(5), &route()).await;
    let held: Vec<Ipv4Net> = bench.changes().await.changes().map(|change| change.prefix).collect();
    assert_eq!(held, prefixes(5));
    edge.announce(&prefixes(6)[5..], &route()).await;
    edge.last_words().await;
    let mut gone = Vec::new();
    while gone.len() < 5 {
        let batch = bench.changes().await;
        gone.extend(batch.changes::<Ipv4Net>().filter(|c| c.attributes.is_none()).map(|c| c.prefix));
    }
    gone.retain(|prefix| held.contains(prefix));
    gone.sort_unstable();
    assert_eq!(gone, held);
}

#[tokio::test]
async fn the_session_comes_back_by_itself_after_the_restart_time() {
    let restart = Some(Duration::from_millis(50));
    let bench = Bench::with(|settings| settings.limits = drop_above(5, restart));
    let mut edge = bench.meet().await;
    edge.announce(&prefixes(6), &route()).await;
    edge.last_words().await;
    let mut edge = bench.meet().await;
    assert_eq!(bench.limit().await.level, Level::Ok);
    edge.announce(&prefixes(5), &route()).await;
    bench.until_held(5).await;
}

#[tokio::test]
async fn without_a_restart_time_the_edge_is_turned_away_until_an_operator_says_so() {
    let bench = Bench::with(|settings| settings.limits = drop_above(5, None));
    let mut edge = bench.meet().await;
    edge.announce(&prefixes(6), &route()).await;
    edge.last_words().await;
    let mut refused = bench.dial().await;
    assert_eq!(refused.last_words().await, Notification::cease(CeaseSubcode::ConnectionRejected));
    bench.command(Command::Enable).await;
    bench.meet().await;
}

#[tokio::test]
async fn a_raised_limit_lets_the_session_back_at_once() {
    for (name, restart) in [("in a restart time", Some(NEVER)), ("without one", None)] {
        let mut bench = Bench::with(|settings| settings.limits = drop_above(5, restart));
        let mut edge = bench.meet().await;
        edge.announce(&prefixes(6), &route()).await;
        edge.last_words().await;
        bench.reconfigure(|settings| settings.limits = drop_above(6, restart)).await;
        let mut edge = bench.meet().await;
        edge.announce(&prefixes(6), &route()).await;
        bench.until_held(6).await;
        assert_eq!(bench.session().await.established, 2, "{name}");
    }
}

#[tokio::test]
async fn a_limit_lowered_below_what_is_held_ends_the_session() {
    let mut bench = Bench::with(|settings| settings.limits = drop_above(10, None));
    let mut edge = bench.meet().await;
    edge.announce(&prefixes(8), &route()).await;
    bench.until_held(8).await;
    bench.reconfigure(|settings| settings.limits = drop_above(8, None)).await;
    assert_eq!(bench.session().await.established, 1);
    assert_eq!(bench.limit().await.level, Level::Warning, "as many as are allowed");
    bench.reconfigure(|settings| settings.limits = drop_above(7, None)).await;
    assert_eq!(edge.last_words().await, Notification::maximum_prefixes(Family::Ipv4, 7));
    let event = bench.event(EventKind::PrefixLimitExceeded).await;
    assert!(event.ends_with("8 ipv4 prefixes, the limit is 7: the limit was lowered"), "{event}");
}

#[tokio::test]
async fn refused_prefixes_count() {
    let mut bench = Bench::with(|settings| settings.limits = drop_above(2, None));
    let mut edge = bench.meet().await;
    let refused: Vec<Ipv4Net> = ["127.1.0.0/16", "224.1.0.0/16"].map(|text| text.parse().unwrap()).into();
    edge.announce(&refused, &route()).await;
    bench.until_held(2).await;
    assert_eq!(bench.session().await.refused.ipv4, 2);
    edge.announce(&prefixes(1), &route()).await;
    assert_eq!(edge.last_words().await, Notification::maximum_prefixes(Family::Ipv4, 2));
    bench.event(EventKind::PrefixLimitExceeded).await;
}
