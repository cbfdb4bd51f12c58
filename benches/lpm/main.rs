//! Longest-prefix match against the other tables there are, in one run, so that ratios hold on any machine.
//!
//! ```sh
//! cargo bench --bench lpm                                 # a made-up table of the Internet's shape
//! cargo bench --bench lpm -- prefixes.txt.gz              # a real one, a prefix per line
//! ```
//!
//! First come the random loads that a plain loop makes a second, so that figures of two machines can be compared. Next
//! hops are 255, by a hash of the prefix. A stream has 2^20 addresses; every table answers it in turn, nine times, and
//! the median counts. With `libdpdk-dev` and a C compiler, DPDK's `rte_fib` is among them.

mod contender;
mod counted;
mod dpdk;
mod family;
mod floor;
mod rivals;
mod streams;
mod table;
mod updates;

use contender::{Batches, Contender, Singles};
use family::{Family, next_hop};
use ipnet::{Ipv4Net, Ipv6Net};
use msee::fib::{Fib, NextHopId};
use std::{
    net::{Ipv4Addr, Ipv6Addr},
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};
use streams::Stream;
use table::Table;

const ADDRESSES: usize = 1 << 20;
const ROUNDS: usize = 9;

fn main() -> ExitCode {
    let file = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let table = match file.map(|file| Table::read(Path::new(&file))) {
        None => Table::synthetic(),
        Some(Ok(table)) => table,
        Some(Err(error)) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    println!("processor: {}", processor());
    println!("table: {}, {} IPv4 and {} IPv6 prefixes\n", table.name, table.ipv4.len(), table.ipv6.len());
    floor::print();
    let dpdk = match dpdk::Library::open() {
        Ok(dpdk) => Some(dpdk),
        Err(why) => {
            println!("DPDK is left out: {why}\n");
            None
        }
    };
    let dpdk_ipv4 = dpdk.as_ref().map(|dpdk| dpdk.filled::<Ipv4Addr>(&table.ipv4));
    family::<Ipv4Addr>(&table.ipv4, rivals::all::<Ipv4Addr, Ipv4Net>(&table.ipv4), dpdk_ipv4);
    let dpdk_ipv6 = dpdk.as_ref().map(|dpdk| dpdk.filled::<Ipv6Addr>(&table.ipv6));
    family::<Ipv6Addr>(&table.ipv6, rivals::all::<Ipv6Addr, Ipv6Net>(&table.ipv6), dpdk_ipv6);
    ExitCode::SUCCESS
}

fn processor() -> String {
    let facts = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = facts.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| "unknown".to_owned(), |(_, model)| model.to_owned())
}

fn family<F: Family>(
    prefixes: &[F::Route],
    mut rivals: Vec<Box<dyn Contender<F>>>,
    dpdk: Option<Result<Box<dyn Contender<F>>, String>>,
) {
    if prefixes.is_empty() {
        return;
    }
    let routes: Vec<(F::Route, Option<NextHopId>)> =
        prefixes.iter().map(|prefix| (*prefix, Some(next_hop::<F>(*prefix)))).collect();
    let mut fib = Fib::<F>::new();
    let sorted = time(|| fib.apply(routes.iter().copied()));
    let mut contenders: Vec<Box<dyn Contender<F>>> =
        vec![Box::new(Batches::new(&fib)), Box::new(Singles::new(&fib))];
    match dpdk {
        Some(Ok(dpdk)) => contenders.push(dpdk),
        Some(Err(why)) => println!("DPDK is left out: {why}"),
        None => {}
    }
    contenders.append(&mut rivals);
    println!("{} million look-ups a second (and how many times as many `msee` does in batches)", F::NAME);
    println!("{:<24} {:>20} {:>20} {:>20} {:>14}", "", "random", "covered", "zipf", "octets/prefix");
    let results = Stream::ALL.map(|stream| race(&stream.draw(prefixes, ADDRESSES), &mut contenders));
    for (at, contender) in contenders.iter().enumerate() {
        let cells = results.each_ref().map(|times: &Vec<Duration>| {
            let ratio = times[at].as_secs_f64() / times[0].as_secs_f64();
            format!("{:.0} ({ratio:.1}x)", per_second(ADDRESSES, times[at]) / 1e6)
        });
        let [random, covered, zipf] = cells;
        #[expect(clippy::cast_precision_loss, reason = "octets of memory")]
        let octets = contender
            .octets()
            .map_or("-".to_owned(), |octets| format!("{:.1}", octets as f64 / prefixes.len() as f64));
        println!("{:<24} {random:>20} {covered:>20} {zipf:>20} {octets:>14}", contender.name());
    }
    println!();
    updates::measure::<F>(prefixes, fib, sorted);
    println!();
}

/// The median time that each contender takes for all addresses; they take turns.
fn race<F: Family>(addresses: &[F], contenders: &mut [Box<dyn Contender<F>>]) -> Vec<Duration> {
    let mut times = vec![Vec::new(); contenders.len()];
    for contender in &mut *contenders {
        contender.prepare(addresses);
    }
    for _ in 0..ROUNDS {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            // The first time brings its table into the caches, out of which the others have put it.
            contender.look_up(addresses);
            times.push(time(|| contender.look_up(addresses)));
        }
    }
    let [first, others @ ..] = &*contenders else { return Vec::new() };
    let expected = first.answers();
    for contender in others {
        let wrong = contender.answers().iter().zip(&expected).filter(|(one, other)| one != other).count();
        if wrong > 0 {
            println!("{}: {wrong} answers differ", contender.name());
        }
    }
    times.into_iter().map(median).collect()
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn per_second(count: usize, time: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are below 2^52")]
    let count = count as f64;
    count / time.as_secs_f64()
}
