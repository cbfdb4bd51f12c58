//! Headers, OPENs and messages at the wrong time: each is answered with its NOTIFICATION, shown in words, and ends
//! nothing but its own connection (RFC 4271 sections 6.1, 6.2 and 6.6, RFC 6608).

use crate::{
    bench::{self, Bench},
    lab::failure::{Outcome, ensure},
    octets::{self, CAPABILITIES, KEEPALIVE, NOTIFICATION, OPEN, OpenFields, UPDATE},
    peer::{Heard, Peer},
    plan::{Circuit, DAEMON_AS, PEER_AS, Plan},
};
use std::net::Ipv4Addr;

/// How far the daemon is when the wrong message comes.
#[derive(Clone, Copy, Debug)]
enum State {
    OpenSent,
    OpenConfirm,
    Established,
}

impl State {
    fn reach(self, circuit: &Circuit) -> Outcome<Peer> {
        match self {
            Self::OpenSent => Peer::open_sent(circuit),
            Self::OpenConfirm => Peer::open_confirm(circuit),
            Self::Established => Peer::established(circuit),
        }
    }
}

/// A message that ends its connection.
struct Fault {
    rule: &'static str,
    message: Vec<u8>,
    /// Code, subcode and data of the answer.
    answer: ((u8, u8), Vec<u8>),
    /// What `msee show` says.
    shown: &'static str,
}

fn fault(rule: &'static str, message: Vec<u8>, numbers: (u8, u8), data: &[u8], shown: &'static str) -> Fault {
    Fault { rule, message, answer: (numbers, data.to_vec()), shown }
}

/// Sends each message on a circuit of its own, and then brings that circuit's session up to see that it can.
fn each_ends_its_own_connection(state: State, faults: &[Fault]) {
    bench::run(Plan::circuits(faults.len() + 1), |bench| {
        let all = || bench.plan.circuits.iter().zip(faults);
        for (circuit, fault) in all() {
            is_answered(bench, circuit, state, fault)
                .map_err(|failure| format!("{} in {state:?}: {failure}", fault.rule))?;
        }
        // Those that were Established wait out their idle hold time first.
        all().try_for_each(|(circuit, _)| Peer::established(circuit).map(drop))
    });
}

fn is_answered(bench: &Bench, circuit: &Circuit, state: State, fault: &Fault) -> Outcome {
    let mut peer = state.reach(circuit)?;
    peer.send(&fault.message)?;
    let answer = peer.hear_notification()?;
    let answer = (answer.code.numbers(), answer.data);
    ensure!(answer == fault.answer, "answered with {answer:?}, not {:?}", fault.answer);
    bench.daemon.reset_due_to(circuit, fault.shown)?;
    Ok(())
}

/// What is wrong with a header is wrong in every state.
fn headers() -> Vec<Fault> {
    let mut marker = octets::keepalive();
    marker[15] = 0;
    let length = |length, kind| octets::with_length(length, kind, &[]);
    let unfit = "does not fit any message of this session";
    vec![
        fault("6.1 a marker that is not all ones", marker, (1, 1), &[], "marker"),
        fault("6.1 not BGP at all", b"GET / HTTP/1.1\r\n\r\n\r\n".to_vec(), (1, 1), &[], "marker"),
        fault("6.1 18 octets", length(18, KEEPALIVE), (1, 2), &[0, 18], unfit),
        fault("6.1 65,535 octets", length(65_535, UPDATE), (1, 2), &[0xFF, 0xFF], unfit),
        fault("6.1 an OPEN of 28 octets", length(28, OPEN), (1, 2), &[0, 28], "type OPEN"),
        fault("6.1 an UPDATE of 22 octets", length(22, UPDATE), (1, 2), &[0, 22], "type UPDATE"),
        fault("6.1 a NOTIFICATION of 20 octets", length(20, NOTIFICATION), (1, 2), &[0, 20], "NOTIFICATION"),
        fault("6.1 a KEEPALIVE of 20 octets", length(20, KEEPALIVE), (1, 2), &[0, 20], "type KEEPALIVE"),
        fault("6.1 type 0", octets::message(0, &[]), (1, 3), &[0], "type 0 is not known"),
        fault("6.1 type 6", octets::message(6, &[]), (1, 3), &[6], "type 6 is not known"),
        fault("6.1 type 255 with a body", octets::message(255, &[0; 40]), (1, 3), &[255], "type 255"),
    ]
}

#[test]
fn a_wrong_header_instead_of_an_open_is_answered() {
    each_ends_its_own_connection(State::OpenSent, &headers());
}

#[test]
fn a_wrong_header_in_an_established_session_is_answered() {
    each_ends_its_own_connection(State::Established, &headers());
}

fn right() -> OpenFields {
    OpenFields::right(Ipv4Addr::new(10, 66, 16, 200))
}

#[test]
fn a_wrong_field_of_an_open_is_answered() {
    let open = |rule, fields: OpenFields, numbers, data: &[u8], shown| {
        fault(rule, fields.message(), numbers, data, shown)
    };
    // With capabilities the AS number is the capability's; these fields stand alone.
    let in_as = |asn| OpenFields { asn, parameters: vec![0], ..right() };
    let in_two = |asn| OpenFields { asn: PEER_AS, ..right().in_as(asn) };
    let version = |version| OpenFields { version, ..right() };
    let holding = |hold_time| OpenFields { hold_time, ..right() };
    let other_as = "the peer says that it is AS 12076, configured is AS 65010";
    let nobody = OpenFields::right(Ipv4Addr::UNSPECIFIED);
    each_ends_its_own_connection(
        State::OpenSent,
        &[
            open("6.2 version 3", version(3), (2, 1), &[0, 4], "version 3; only version 4"),
            open("6.2 version 5", version(5), (2, 1), &[0, 4], "version 5; only version 4"),
            open("6.2 another AS", in_as(DAEMON_AS), (2, 2), &[], other_as),
            open("RFC 7607 AS 0", in_as(0), (2, 2), &[], "AS 0, which is reserved"),
            open("RFC 7607 AS 0 in the capability", in_two(0), (2, 2), &[], "AS 0, which is reserved"),
            open(
                "RFC 6793 4.1 two AS numbers",
                in_two(65011),
                (2, 2),
                &[],
                "AS 65010 in the OPEN but AS 65011",
            ),
            open("6.2 identifier 0.0.0.0", nobody, (2, 3), &[], "identifier is 0.0.0.0"),
            open("6.2 hold time of 1 s", holding(1), (2, 6), &[], "a hold time of 1 s is not allowed"),
            open("6.2 hold time of 2 s", holding(2), (2, 6), &[], "a hold time of 2 s is not allowed"),
        ],
    );
}

#[test]
fn wrong_parameters_of_an_open_are_answered() {
    let parameters = |rule, octets: &[u8], numbers, shown| {
        fault(rule, OpenFields { parameters: octets.to_vec(), ..right() }.message(), numbers, &[], shown)
    };
    let capability = |octets: &[u8]| octets::counted(&[&[2][..], &octets::counted(octets)].concat());
    let lengths = "the optional parameters do not fit their length";
    let cut_off = capability(&[64, 200]);
    let short_as = capability(&[65, 2, 0xFD, 0xF2]);
    let link_state = OpenFields { parameters: capability(&[1, 4, 0x40, 4, 0, 71]), ..right() };
    let families = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1];
    each_ends_its_own_connection(
        State::OpenSent,
        &[
            parameters("6.2 an unknown parameter", &[3, 7, 1, 0], (2, 4), "optional parameter 7"),
            parameters("6.2 authentication", &[3, 1, 1, 0], (2, 4), "optional parameter 1"),
            parameters("6.2 parameters longer than the message", &[9], (2, 0), lengths),
            parameters("6.2 parameters shorter than the message", &[0, 2, 0], (2, 0), lengths),
            parameters("6.2 half a parameter", &[1, 2], (2, 0), lengths),
            parameters("RFC 5492 4 a capability cut off", &cut_off, (2, 0), "a capability is longer"),
            parameters("RFC 6793 an AS of two octets", &short_as, (2, 0), "AS capability has 2 octets"),
            parameters("CVE-2022-43681", &[0xFF], (2, 0), lengths),
            parameters("CVE-2022-40302", &[0xFF, 0xFF, 0x00, 0x02, 0x00, 0x01], (2, 0), lengths),
            parameters("CVE-2022-40318", &[0xFF, 0xFF, 0x00, 0x02, 0x02, 0x00], (2, 0), lengths),
            fault(
                "RFC 5492 5 no common family",
                link_state.message(),
                (2, 7),
                &families,
                "no address family in common",
            ),
        ],
    );
}

#[test]
fn an_unusual_open_is_accepted() {
    let extended = |octets: &[u8]| {
        let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
        [&[255, 255][..], &length, octets].concat()
    };
    let rows: [(&str, OpenFields); 7] = [
        ("RFC 5492 3 no capability at all", OpenFields { parameters: vec![0], ..right() }),
        ("RFC 9072 2 extended", {
            let wide = [&[2, 0, 18][..], &CAPABILITIES[2..]].concat();
            OpenFields { parameters: extended(&wide), ..right() }
        }),
        ("RFC 5492 3 an unknown capability", {
            let unknown = [CAPABILITIES, &[2, 4, 99, 2, 0xAB, 0xCD]].concat();
            OpenFields { parameters: octets::counted(&unknown), ..right() }
        }),
        ("CVE-2023-31489 long-lived graceful restart of three octets", {
            let short = [CAPABILITIES, &[2, 5, 71, 3, 0, 1, 1]].concat();
            OpenFields { parameters: octets::counted(&short), ..right() }
        }),
        ("CVE-2025-43971 a software version of no octets", {
            let empty = [CAPABILITIES, &[2, 2, 75, 0]].concat();
            OpenFields { parameters: octets::counted(&empty), ..right() }
        }),
        ("4.2 the longest hold time", OpenFields { hold_time: u16::MAX, ..right() }),
        ("RFC 6286 2.1 the identifier of the daemon", OpenFields::right(Circuit::daemon_address())),
    ];
    bench::run(Plan::circuits(rows.len() + 1), |bench| {
        for (circuit, (rule, open)) in bench.plan.circuits.iter().zip(&rows) {
            let mut peer = Peer::open_sent(circuit)?;
            peer.confirm(open).map_err(|failure| format!("{rule}: {failure}"))?;
            peer.send(&octets::keepalive())?;
            bench.is_established(circuit).map_err(|failure| format!("{rule}: {failure}"))?;
        }
        Ok(())
    });
}

#[test]
fn a_message_at_the_wrong_time_is_answered() {
    let refresh = octets::message(5, &[0, 1, 0, 1]);
    let empty_update = octets::update(&[], &[]);
    let wrong_update = octets::message(UPDATE, &[0xFF, 0xFF, 0, 0]);
    each_ends_its_own_connection(
        State::OpenSent,
        &[
            fault("RFC 6608 KEEPALIVE before OPEN", octets::keepalive(), (5, 1), &[4], "KEEPALIVE in state"),
            fault("RFC 6608 UPDATE before OPEN", empty_update.clone(), (5, 1), &[2], "state OpenSent"),
            fault("RFC 6608 a wrong UPDATE before OPEN", wrong_update.clone(), (5, 1), &[2], "OpenSent"),
            fault("RFC 6608 ROUTE-REFRESH before OPEN", refresh.clone(), (5, 1), &[5], "ROUTE-REFRESH"),
        ],
    );
    each_ends_its_own_connection(
        State::OpenConfirm,
        &[
            fault("RFC 6608 UPDATE in OpenConfirm", empty_update, (5, 2), &[2], "state OpenConfirm"),
            fault("RFC 6608 a wrong UPDATE in OpenConfirm", wrong_update, (5, 2), &[2], "OpenConfirm"),
            fault("RFC 6608 ROUTE-REFRESH in OpenConfirm", refresh, (5, 2), &[5], "ROUTE-REFRESH"),
            fault("RFC 6608 a second OPEN in OpenConfirm", right().message(), (5, 2), &[1], "OPEN"),
        ],
    );
    each_ends_its_own_connection(
        State::Established,
        &[
            fault("RFC 6608 a second OPEN", right().message(), (5, 3), &[1], "OPEN in state Established"),
            fault(
                "RFC 6608 a second OPEN of another AS",
                OpenFields { asn: PEER_AS + 1, parameters: vec![0], ..right() }.message(),
                (5, 3),
                &[1],
                "OPEN in state Established",
            ),
            fault(
                "RFC 6608 a malformed second OPEN",
                OpenFields { parameters: vec![0xFF, 0xFF, 0, 2, 0, 1], ..right() }.message(),
                (5, 3),
                &[1],
                "OPEN in state Established",
            ),
        ],
    );
}

#[test]
fn octets_may_come_one_by_one_or_all_at_once() {
    bench::run(Plan::circuits(3), |bench| {
        let [single, together] = [bench.circuit(0), bench.circuit(1)];
        let all = |circuit: &Circuit| {
            let announcement = octets::update(&octets::mandatory(circuit), &octets::prefix(20, 0));
            [OpenFields::of(circuit).message(), octets::keepalive(), announcement].concat()
        };
        let mut peer = Peer::open_sent(single)?;
        all(single).chunks(1).try_for_each(|octet| peer.send(octet))?;
        let mut other = Peer::open_sent(together)?;
        other.send(&all(together))?;
        for (circuit, peer) in [(single, &mut peer), (together, &mut other)] {
            peer.hear_until("KEEPALIVE", |heard| *heard == Heard::Keepalive)?;
            bench.holds(circuit, &["10.20.0.0/24"])?;
        }
        Ok(())
    });
}

#[test]
fn a_hold_time_of_zero_turns_both_timers_off() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        let _peer = Peer::established(circuit)?;
        bench.is_established(circuit)?;
        let session = bench.daemon.session(circuit)?;
        let timers = (session.hold_time_msec, session.keep_alive_msec);
        ensure!(timers == (0, 0), "hold time and keepalive in ms: {timers:?}");
        Ok(())
    });
}
