//! Callers of the control endpoint that ask for everything and read nothing.

use crate::{
    bench,
    lab::{
        failure::{Outcome, ensure},
        wait::until,
    },
    octets,
    peer::{Heard, Peer},
    plan::{Circuit, Plan},
};
use std::{io::Write, net::TcpStream};

const ROUTES: u16 = 5_000;
const CALLERS: usize = 64;
/// Requests that each caller sends at once.
const REQUESTS: usize = 20;

fn announce(peer: &mut Peer, circuit: &Circuit) -> Outcome {
    let numbers: Vec<u16> = (0..ROUTES).collect();
    for numbers in numbers.chunks(500) {
        let nlri = numbers.iter().flat_map(|number| {
            let [high, low] = number.to_be_bytes();
            octets::prefix(100 + high, low)
        });
        peer.send(&octets::update(&octets::mandatory(circuit), &nlri.collect::<Vec<_>>()))?;
    }
    Ok(())
}

#[test]
fn callers_that_read_nothing_cost_bgp_nothing() {
    bench::run(Plan::circuits(3).open_transit(), |bench| {
        let [source, watcher] = [bench.circuit(0), bench.circuit(1)];
        let (mut announcing, mut watching) = (Peer::established(source)?, Peer::established(watcher)?);
        announce(&mut announcing, source)?;
        let all = |bench: &bench::Bench| {
            let held = bench.daemon.session(source)?.pfx_rcd.ipv4;
            ensure!(held >= u64::from(ROUTES), "{held} routes");
            Ok(())
        };
        until("all routes have arrived", || all(bench))?;
        let before = bench.daemon.descriptors()?;
        let control = bench.plan.control();
        let request = format!(
            "GET /v1/routes?attachment={}&direction=received&family=ipv4&limit=10000 HTTP/1.1\r\nHost: {control}\r\n\r\n",
            source.attachment()?
        );
        let callers = (0..CALLERS).map(|_| {
            let mut caller = TcpStream::connect(control)?;
            caller.write_all(request.repeat(REQUESTS).as_bytes())?;
            Ok::<_, std::io::Error>(caller)
        });
        let callers = callers.collect::<Result<Vec<_>, _>>()?;
        for number in 0..50 {
            let prefix = octets::prefix(99, number);
            announcing.send(&octets::update(&octets::mandatory(source), &prefix))?;
            watching.hear_until("the new route", |heard| match heard {
                Heard::Update { nlri, .. } => nlri.windows(prefix.len()).any(|window| window == prefix),
                _ => false,
            })?;
        }
        drop(callers);
        until("the endpoint has let go of the callers", || {
            let descriptors = bench.daemon.descriptors()?;
            ensure!(descriptors <= before, "{descriptors} descriptors, {before} before");
            all(bench)
        })
    });
}
