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
use socket2::{Domain, Socket, Type};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
};

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

/// What a caller is answered who sends so many requests at once, on one connection.
fn answers(from: [u8; 4], control: SocketAddr, requests: usize) -> Outcome<String> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.connect(&control.into())?;
    let mut caller = TcpStream::from(socket);
    let mut sending = caller.try_clone()?;
    let request = format!("GET /v1/status HTTP/1.1\r\nHost: {control}\r\n");
    let (others, last) = (format!("{request}\r\n"), format!("{request}Connection: close\r\n\r\n"));
    let sent = thread::spawn(move || {
        (1..requests).try_for_each(|_| sending.write_all(others.as_bytes()))?;
        sending.write_all(last.as_bytes())
    });
    let mut answers = String::new();
    caller.read_to_string(&mut answers)?;
    sent.join().map_err(|_| "the sending thread panicked")??;
    Ok(answers)
}

#[test]
fn an_address_that_asks_too_often_is_refused_and_counted_and_others_are_answered() {
    /// More than the daemon takes of one address in the time that they take to be sent.
    const TOO_MANY: usize = 20_000;
    bench::run(Plan::circuits(2).with_requests_per_s(50), |bench| {
        let peer = Peer::established(bench.circuit(0))?;
        let control = bench.plan.control();
        let heard = answers([127, 0, 0, 9], control, TOO_MANY)?;
        let refused = heard.matches("HTTP/1.1 429 ").count();
        let answered = heard.matches("HTTP/1.1 200 ").count();
        ensure!(answered >= 100 && refused > TOO_MANY / 2, "{answered} answered, {refused} refused");
        ensure!(answered + refused == TOO_MANY, "{answered} answered, {refused} refused");
        ensure!(heard.matches("retry-after: 1\r\n").count() == refused, "a refusal does not say until when");
        let other = answers([127, 0, 0, 10], control, 100)?;
        ensure!(other.matches("HTTP/1.1 200 ").count() == 100, "another address was not answered: {other}");
        let counted = bench.daemon.status()?.requests_refused;
        ensure!(counted >= refused as u64, "{counted} of {refused} counted");
        let lines = bench.daemon.log()?.lines().filter(|line| line.contains("too many a second")).count();
        ensure!((1..=20).contains(&lines), "{lines} lines in the log");
        bench.is_established(bench.circuit(0))?;
        drop(peer);
        Ok(())
    });
}
