//! Callers that abuse the control endpoint: BGP does not notice, and others get their answers.

use crate::{
    bench,
    lab::failure::{Outcome, ensure},
    octets,
    peer::Peer,
    plan::Plan,
};
use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

/// Sends octets, as far as the daemon takes them, and returns what it answers until it closes.
fn answer_to(control: SocketAddr, request: &[u8]) -> Outcome<String> {
    let mut stream = TcpStream::connect(control)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    // A daemon that has refused may close while the rest is on its way.
    let _ = stream.write_all(request);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(error.into()),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
    }
}

#[test]
fn what_is_no_request_is_refused() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        let mut session = Peer::established(circuit)?;
        let host = bench.plan.control();
        let path = |path: &str| {
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").into_bytes()
        };
        let body = |length: usize, body: &[u8]| {
            let head = format!(
                "POST /v1/diff HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
            );
            [head.as_bytes(), body].concat()
        };
        let long = "x".repeat(200_000);
        for (name, request, status) in [
            ("zeros", vec![0; 4096], "400"),
            ("a BGP OPEN", octets::OpenFields::of(circuit).message(), "400"),
            ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), "400"),
            ("a header without end", format!("GET / HTTP/1.1\r\nX: {long}").into_bytes(), "431"),
            ("a path without end", path(&format!("/{long}")), "431"),
            ("a path that is not there", path("/v2/sessions"), "404"),
            ("a query that is none", path("/v1/routes?attachment=%ff"), "400"),
            ("an attachment that is not there", path("/v1/neighbors/c9/private/primary"), "404"),
            ("a body of a gigabyte", body(1_000_000_000, &vec![b' '; 4 << 20]), "413"),
            ("a body that is no JSON", body(4, b"{\"a\""), "400"),
        ] {
            let answer =
                answer_to(bench.plan.control(), &request).map_err(|failure| format!("{name}: {failure}"))?;
            let line = answer.lines().next().unwrap_or_default();
            ensure!(
                line.starts_with("HTTP/1.1 ") && line.contains(status),
                "{name} is answered with {line:?}"
            );
        }
        session.send(&octets::update(&octets::mandatory(circuit), &octets::prefix(20, 0)))?;
        bench.holds(circuit, &["10.20.0.0/24"])
    });
}

#[test]
fn three_hundred_callers_that_say_nothing_delay_nobody_for_long() {
    bench::run(Plan::circuits(2), |bench| {
        let control = bench.plan.control();
        let idle = (0..300).map(|_| TcpStream::connect(control)).collect::<Result<Vec<_>, _>>()?;
        let circuit = bench.circuit(0);
        let mut session = Peer::established(circuit)?;
        session.send(&octets::update(&octets::mandatory(circuit), &octets::prefix(20, 0)))?;
        bench.holds(circuit, &["10.20.0.0/24"])?;
        ensure!(idle.len() == 300, "{} idle callers", idle.len());
        Ok(())
    });
}
