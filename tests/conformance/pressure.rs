//! A peer that never reads: the others see every change, the daemon's memory stays, and the peer itself is later told the
//! newest state and not its history.

use crate::{
    bench::{self, Bench},
    lab::failure::{Outcome, ensure},
    lab::wait::until,
    octets::{self, OpenFields},
    peer::{Connect, Heard, Peer},
    plan::{Circuit, PEER_AS, Plan},
};
use std::collections::HashMap;

const PREFIXES: u16 = 5_000;
/// Octets of communities on each route: a round is more than four megabytes, which is what the kernel buffers at most.
const COMMUNITIES: usize = 800;
/// How often every route changes before the daemon's memory is measured: the tables and the allocator are warm then.
const WARM_UP: u8 = 6;
/// How often in all.
const ROUNDS: u8 = 14;
/// What the daemon may grow by after the warm-up: half of what a queue for the stalled peer would.
const GROWTH_KIB: usize = PREFIXES as usize * COMMUNITIES * (ROUNDS - WARM_UP) as usize / 2 / 1024;

/// What a peer has been told: a prefix, and the round of its newest attributes.
#[derive(Default)]
struct Told {
    rounds: HashMap<[u8; 4], u8>,
    updates: usize,
}

impl Told {
    /// Reads until every prefix has the attributes of a round.
    fn read(&mut self, peer: &mut Peer, round: u8) -> Outcome {
        let mut current = 0;
        while current < usize::from(PREFIXES) {
            let heard = peer.hear_until("a route", |heard| matches!(heard, Heard::Update { .. }))?;
            let Heard::Update { attributes, nlri, .. } = heard else { continue };
            // Communities come last; the virtual network's prefix and End-of-RIB have none.
            let Some(&of) = attributes.last().filter(|_| attributes.len() > COMMUNITIES) else { continue };
            let (prefixes, rest) = nlri.as_chunks::<4>();
            ensure!(rest.is_empty(), "{nlri:02x?} are not prefixes of 24 bits");
            self.updates += 1;
            for prefix in prefixes {
                let before = self.rounds.insert(*prefix, of);
                current += usize::from(of == round && before != Some(round));
            }
        }
        Ok(())
    }
}

/// Every route with attributes of its own, so that no two share an UPDATE.
fn announce(peer: &mut Peer, circuit: &Circuit, round: u8) -> Outcome {
    let communities = octets::attribute(0xC0, 8, &[0, 1, 0, round].repeat(COMMUNITIES / 4));
    let base = 100_000 * (u32::from(round) + 1);
    for number in 0..PREFIXES {
        let [high, low] = number.to_be_bytes();
        let path = octets::as_path(&[PEER_AS.into(), base + u32::from(number)]);
        let next_hop = octets::next_hop(circuit.peer_address());
        let attributes = [octets::origin(), path, next_hop, communities.clone()].concat();
        peer.send(&octets::update(&attributes, &octets::prefix(100 + high, low)))?;
    }
    Ok(())
}

#[test]
fn a_peer_that_never_reads_costs_only_itself() {
    bench::run(Plan::circuits(4).open_transit(), |bench| {
        let [source, stalled, watcher] = [0, 1, 2].map(|number| bench.circuit(number));
        let mut announcing = Peer::established(source)?;
        let mut watching = Peer::established(watcher)?;
        let mut not_reading = stall(stalled)?;
        bench.is_established(stalled)?;

        let mut seen = Told::default();
        let mut resident: Vec<usize> = Vec::new();
        for round in 0..ROUNDS {
            announce(&mut announcing, source, round)?;
            seen.read(&mut watching, round)?;
            resident.push(bench.daemon.resident_kib()?);
        }
        let grown = resident.last().unwrap_or(&0).saturating_sub(resident[usize::from(WARM_UP) - 1]);
        ensure!(grown < GROWTH_KIB, "the daemon's memory after each round, in KiB: {resident:?}");
        all_stayed(bench, &[source, stalled, watcher])?;
        bench.does_not_spin()?;

        let mut caught_up = Told::default();
        caught_up.read(&mut not_reading, ROUNDS - 1)?;
        ensure!(
            caught_up.updates < seen.updates,
            "the stalled peer was told {} changes, the other one {}",
            caught_up.updates,
            seen.updates
        );
        all_stayed(bench, &[source, stalled, watcher])
    });
}

/// RFC 9687: the peer says KEEPALIVE as it should, and reads nothing.
#[test]
fn a_peer_that_stops_reading_loses_its_session_after_the_send_hold_time() {
    let mut plan = Plan::circuits(4).open_transit();
    plan.circuits[1].seat.send_hold_s = Some(10);
    bench::run(plan, |bench| {
        let [source, stalled, watcher] = [0, 1, 2].map(|number| bench.circuit(number));
        let mut announcing = Peer::established(source)?;
        let mut watching = Peer::established(watcher)?;
        let open = OpenFields { hold_time: 9, ..OpenFields::of(stalled) };
        let mut not_reading = stall_with(stalled, &open)?;
        bench.is_established(stalled)?;

        let mut seen = Told::default();
        for round in 0..3 {
            announce(&mut announcing, source, round)?;
            seen.read(&mut watching, round)?;
        }
        until("the send hold timer ends the session", || {
            // Refused once the session is over.
            let _ = not_reading.send(&octets::keepalive());
            let session = bench.daemon.session(stalled)?;
            let due_to = session.last_reset.map(|reset| reset.due_to).unwrap_or_default();
            let wanted = "send hold timer expired: the peer took nothing for 10 s";
            ensure!(session.connections_dropped == 1 && due_to == wanted, "{due_to:?}");
            Ok(())
        })?;
        // It is told why if it reads in time, and finds its connection reset if not.
        loop {
            match not_reading.hear()? {
                Heard::Notification(notification) => {
                    ensure!(notification.code.numbers() == (8, 0), "{notification:?}");
                    ensure!(notification.data.is_empty(), "{notification:?}");
                }
                Heard::Closed | Heard::Reset => break,
                Heard::Open(_) | Heard::Keepalive | Heard::Update { .. } | Heard::RouteRefresh => {}
            }
        }
        all_stayed(bench, &[source, watcher])
    });
}

/// RFC 2918 leaves it to the speaker how often a peer may ask.
#[test]
fn a_thousand_requests_for_everything_are_a_few() {
    bench::run(Plan::circuits(4).open_transit(), |bench| {
        let [source, asking, watcher] = [0, 1, 2].map(|number| bench.circuit(number));
        let mut announcing = Peer::established(source)?;
        let mut watching = Peer::established(watcher)?;
        let mut greedy = Peer::established_with(asking, &OpenFields::of(asking).and_capabilities(&[2, 0]))?;
        announce(&mut announcing, source, 0)?;
        Told::default().read(&mut greedy, 0)?;
        Told::default().read(&mut watching, 0)?;
        greedy.send(&octets::route_refresh(1).repeat(1_000))?;
        // Once for the first request, once for all that came meanwhile.
        for _ in 0..2 {
            Told::default().read(&mut greedy, 0)?;
        }
        announcing.send(&octets::update(&octets::mandatory(source), &octets::prefix(20, 0)))?;
        let marker = octets::prefix(20, 0);
        let is_marker = |heard: &Heard| matches!(heard, Heard::Update { nlri, .. } if *nlri == marker);
        watching.hear_until("the next route", is_marker)?;
        let mut told = 0;
        greedy.hear_until("the next route", |heard| {
            told += usize::from(matches!(heard, Heard::Update { nlri, .. } if !nlri.is_empty()));
            is_marker(heard)
        })?;
        ensure!(told <= 3 * usize::from(PREFIXES), "{told} UPDATEs more, with {PREFIXES} in a table");
        all_stayed(bench, &[source, asking, watcher])
    });
}

/// A session whose receive buffer is as small as the kernel allows.
fn stall(circuit: &Circuit) -> Outcome<Peer> {
    stall_with(circuit, &OpenFields::of(circuit))
}

fn stall_with(circuit: &Circuit, open: &OpenFields) -> Outcome<Peer> {
    let stream = Connect { receive_buffer: Some(4096), ..Connect::of(circuit) }.open()?;
    let mut peer = Peer::on(stream)?;
    peer.confirm(open)?;
    peer.send(&octets::keepalive())?;
    Ok(peer)
}

fn all_stayed(bench: &Bench, circuits: &[&Circuit]) -> Outcome {
    circuits.iter().try_for_each(|circuit| {
        let session = bench.daemon.session(circuit)?;
        ensure!((session.connections_established, session.connections_dropped) == (1, 0), "{session:?}");
        Ok(())
    })
}

#[test]
fn a_flood_of_small_messages_delays_nobody() {
    bench::run(Plan::circuits(3), |bench| {
        let [flooding, other] = [bench.circuit(0), bench.circuit(1)];
        let mut flood = Peer::established(flooding)?;
        let refresh = octets::message(5, &[0, 1, 0, 1]);
        let end_of_rib = octets::update(&[], &[]);
        let burst = [octets::keepalive(), refresh, end_of_rib].concat().repeat(1_000);
        for _ in 0..20 {
            flood.send(&burst)?;
        }
        let mut peer = Peer::established(other)?;
        peer.send(&octets::update(&octets::mandatory(other), &octets::prefix(20, 0)))?;
        bench.holds(other, &["10.20.0.0/24"])?;
        flood.send(&octets::update(&octets::mandatory(flooding), &octets::prefix(20, 1)))?;
        bench.holds(flooding, &["10.20.1.0/24"])?;
        all_stayed(bench, &[flooding, other])
    });
}
