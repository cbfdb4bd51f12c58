//! The sizes of forwarding tables.

use super::*;
use crate::backbone::ForwardingTable;

async fn tables(bench: &Bench) -> Vec<ForwardingTable> {
    let (reply, answer) = oneshot::channel();
    bench.commands.send(Command::ForwardingTables { reply }).await.unwrap();
    answer.await.unwrap()
}

#[tokio::test]
async fn each_network_has_one_for_each_family() {
    let mut bench = Bench::new(Mode::Azure).await;
    bench.attach("a/private/primary").await;
    let hub = network("hub", &["10.1.0.0/16", "fd00:1::/48"], &[("a", 0)]);
    bench.configure(&[hub, network("lone", &["10.9.0.0/16"], &[])]).await;
    let names = |tables: &[ForwardingTable]| -> Vec<String> {
        let name = |table: &ForwardingTable| {
            let statistics = table.statistics;
            assert!(statistics.octets >= statistics.lookup_octets && statistics.octets < 8 << 10);
            format!("{} {} {} {}", table.network, table.family, statistics.prefixes, statistics.next_hops)
        };
        tables.iter().map(name).collect()
    };
    let before = tables(&bench).await;
    assert_eq!(names(&before), ["hub ipv4 1 1", "hub ipv6 1 1", "lone ipv4 1 1", "lone ipv6 0 0"]);
    bench.announce("a/private/primary", &[("10.20.0.0/16", route(1)), ("10.30.0.0/16", route(2))]).await;
    let after = tables(&bench).await;
    assert_eq!(names(&after)[0], "hub ipv4 3 2");
    assert!(after[0].statistics.generation > before[0].statistics.generation);
    assert_eq!(after[2], before[2]);
}
