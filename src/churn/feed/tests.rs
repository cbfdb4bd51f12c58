use super::*;
use crate::{
    asn::Asn,
    churn::{
        absence::Absence,
        table::{Author, Sharing, Table, share, synthetic_prefixes},
        topology::NextHops,
        version::Version,
    },
    family::Families,
    wire::{MessageLimit, frame},
};
use proptest::prelude::*;

fn table() -> Table {
    share(&synthetic_prefixes(500, 1), 40, Sharing::Skewed, 1)
}

fn author() -> Author {
    Author {
        asn: Asn::constant(65001),
        next_hops: NextHops { ipv4: Some([192, 0, 2, 1].into()), ipv6: None },
    }
}

fn all_there() -> Absence {
    Absence::new(500, 0, 1)
}

fn order(streams: Vec<Arc<Stream>>, repeat: Repeat) -> Order {
    Order { streams, repeat, events_per_second: None }
}

/// True if the octets end where a message does.
fn is_whole(octets: &[u8]) -> bool {
    let mut rest = octets;
    while let Ok(Some(message)) = frame(rest, MessageLimit::Standard) {
        rest = &rest[message.octets()..];
    }
    rest.is_empty()
}

#[test]
fn a_paced_feed_gives_what_is_due_and_says_when_more_is() {
    let stream =
        Arc::new(Stream::events(&table(), author(), Version::new(1), 100, 1, &mut all_there()).unwrap());
    let mut feed =
        Feed::new(Order { events_per_second: Some(1_000), ..order(vec![Arc::clone(&stream)], Repeat::Once) });
    let start = Instant::now();
    feed.start(start);
    assert_eq!(feed.take(usize::MAX, start).len(), stream.end_of(1));
    assert_eq!(feed.next(start), Some(start + Duration::from_millis(1)));
    let later = start + Duration::from_millis(50);
    assert_eq!(feed.next(later), None);
    assert_eq!(feed.take(usize::MAX, later).len(), stream.end_of(51) - stream.end_of(1));
    assert!(!feed.is_over());
    feed.take(usize::MAX, start + Duration::from_secs(1));
    assert!(feed.is_over());
    assert_eq!(feed.finish(later).prefixes, 100);
}

#[test]
fn a_feed_without_end_stops_at_the_end_of_a_stream() {
    let pass = |version| {
        Arc::new(Stream::pass(&table(), author(), Version::new(version), 1, &mut all_there()).unwrap())
    };
    let streams = vec![pass(1), pass(2)];
    let now = Instant::now();
    let mut feed = Feed::new(order(streams.clone(), Repeat::UntilStopped));
    let mut written = Vec::new();
    let mut rounds = 0;
    loop {
        written.extend_from_slice(feed.take(4_096, now));
        if written.len() > streams[0].octets().len() * 5 / 2 {
            feed.stop();
        }
        if feed.is_over() {
            break;
        }
        rounds += 1;
        assert!(rounds < 10_000, "it does not end");
    }
    // Both, and the first again.
    assert_eq!(written.len(), streams[0].octets().len() * 2 + streams[1].octets().len());
    assert_eq!(feed.finish(now).prefixes, 1_500);
}

#[test]
fn the_time_that_nothing_was_taken_is_added_up() {
    let now = Instant::now();
    let at = |milliseconds| now + Duration::from_millis(milliseconds);
    let mut feed = Feed::new(order(Vec::new(), Repeat::Once));
    feed.start(now);
    feed.blocked(at(1));
    feed.blocked(at(2));
    feed.unblocked(at(4));
    feed.unblocked(at(5));
    feed.blocked(at(6));
    assert_eq!(feed.finish(at(10)).blocked, Duration::from_millis(7));
}

proptest! {
    #[test]
    fn messages_stay_whole_whatever_room_there_is(rooms in prop::collection::vec(0_usize..10_000, 1..200)) {
        let stream = Arc::new(Stream::table(&table(), author(), Families::IPV4).unwrap());
        let mut feed = Feed::new(order(vec![Arc::clone(&stream)], Repeat::Once));
        let mut written = Vec::new();
        for room in rooms.into_iter().chain([usize::MAX]) {
            let octets = feed.take(room, Instant::now());
            prop_assert!(octets.len() <= room && is_whole(octets));
            written.extend_from_slice(octets);
        }
        prop_assert!(feed.is_over());
        prop_assert_eq!(&written[..], stream.octets());
    }
}
