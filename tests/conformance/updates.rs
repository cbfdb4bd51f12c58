//! UPDATEs that are wrong: RFC 7606 keeps the session wherever it can, and what happens to the prefix can be seen in
//! `show routes`. Attributes that nobody here uses are nobody's reason to end a session.

use crate::{
    bench::{self, Bench},
    lab::{
        failure::{Outcome, ensure},
        wait::until,
    },
    octets::{self, OpenFields, UPDATE},
    peer::{Heard, Peer},
    plan::{Circuit, PEER_AS, Plan},
};
use msee::api::schema::{Direction, Origin, Route};
use std::iter;

/// Flags of an optional transitive attribute.
const OPTIONAL: u8 = 0xC0;

/// What becomes of a route whose UPDATE is wrong.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// It is no longer there.
    Withdrawn,
    /// It is there, without what was wrong.
    Kept,
}

/// An UPDATE that its session survives.
struct Survived {
    rule: &'static str,
    /// All attributes of the UPDATE.
    attributes: Vec<u8>,
    fate: Fate,
    /// What the log says about it; empty if it says nothing.
    logged: &'static str,
}

fn survived(rule: &'static str, attributes: Vec<u8>, fate: Fate, logged: &'static str) -> Survived {
    Survived { rule, attributes, fate, logged }
}

/// Announces a prefix as it should be, then as the row has it, then another prefix, by whose arrival it is known that the
/// row's UPDATE has been taken in. All rows go over one session, which must still be its first when they are through.
fn one_session_survives(rows: impl Fn(&Circuit) -> Vec<Survived>) {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        let mut peer = Peer::established(circuit)?;
        let mandatory = octets::mandatory(circuit);
        for (number, row) in (0..).zip(rows(circuit)) {
            let subject = octets::prefix(20, number);
            let logged_before = bench.daemon.log()?.len();
            peer.send(&octets::update(&mandatory, &subject))?;
            peer.send(&octets::update(&row.attributes, &subject))?;
            peer.send(&octets::update(&mandatory, &octets::prefix(21, number)))?;
            has_its_fate(bench, circuit, number, &row, logged_before)
                .map_err(|failure| format!("{}: {failure}", row.rule))?;
        }
        let session = bench.daemon.session(circuit)?;
        ensure!(session.connections_established == 1, "{session:?}");
        Ok(())
    });
}

fn has_its_fate(
    bench: &Bench,
    circuit: &Circuit,
    number: u8,
    row: &Survived,
    logged_before: usize,
) -> Outcome {
    let marker = format!("10.21.{number}.0/24");
    let routes = until("the next prefix arrives", || {
        let routes = bench.daemon.routes(circuit, Direction::Received)?;
        ensure!(find(&routes, &marker).is_some(), "{:?}", bench.daemon.session(circuit)?.last_reset);
        Ok(routes)
    })?;
    let found = find(&routes, &format!("10.20.{number}.0/24"));
    match row.fate {
        Fate::Withdrawn => ensure!(found.is_none(), "it is still there: {found:?}"),
        Fate::Kept => ensure!(found.is_some(), "it is gone"),
    }
    let logged = bench.daemon.log()?.split_off(logged_before);
    ensure!(logged.contains(row.logged), "the log does not say {:?} but {logged:?}", row.logged);
    ensure!(logged.is_empty() == row.logged.is_empty(), "the log says {logged:?}");
    Ok(())
}

fn find<'r>(routes: &'r [Route], network: &str) -> Option<&'r Route> {
    routes.iter().find(|route| route.network.to_string() == network)
}

/// The mandatory attributes, one of them replaced.
fn instead(circuit: &Circuit, code: u8, replacement: &[u8]) -> Vec<u8> {
    let mandatory = [
        (1, octets::origin()),
        (2, octets::as_path(&[PEER_AS.into()])),
        (3, octets::next_hop(circuit.peer_address())),
    ];
    let replaced =
        mandatory.into_iter().map(|(own, octets)| if own == code { replacement.to_vec() } else { octets });
    replaced.collect::<Vec<_>>().concat()
}

/// The mandatory attributes, and others behind them.
fn beside(circuit: &Circuit, others: &[u8]) -> Vec<u8> {
    [&octets::mandatory(circuit), others].concat()
}

#[test]
fn a_malformed_mandatory_attribute_withdraws_the_prefix() {
    one_session_survives(|circuit| {
        let row = |rule, code, replacement: &[u8], logged| {
            survived(rule, instead(circuit, code, replacement), Fate::Withdrawn, logged)
        };
        let path = |segments: &[u8]| octets::attribute(0x40, 2, segments);
        let hop = |octets: &[u8]| octets::attribute(0x40, 3, octets);
        vec![
            row(
                "3(d) no ORIGIN",
                1,
                &[],
                "ORIGIN at octet 16 of the path attributes: the attribute is missing",
            ),
            row(
                "3(d) no AS_PATH",
                2,
                &[],
                "AS_PATH at octet 11 of the path attributes: the attribute is missing",
            ),
            row(
                "3(d) no NEXT_HOP",
                3,
                &[],
                "NEXT_HOP at octet 13 of the path attributes: the attribute is missing",
            ),
            row("3(c) ORIGIN optional", 1, &octets::attribute(0xC0, 1, &[0]), "ORIGIN at octet 0"),
            row("7.1 ORIGIN 3", 1, &octets::attribute(0x40, 1, &[3]), "origin 3 is not defined"),
            row("7.1 ORIGIN of two octets", 1, &octets::attribute(0x40, 1, &[0, 0]), "a length of 2 octets"),
            row("7.2 segment type 5", 2, &path(&[5, 1, 0, 0, 0xFD, 0xF2]), "segment type 5 is not defined"),
            row("7.2 an empty segment", 2, &path(&[2, 0]), "holds no AS number"),
            row("7.2 a segment that overruns", 2, &path(&[2, 2, 0, 0, 0xFD, 0xF2]), "longer than the path"),
            row("7.2 a confederation segment", 2, &path(&[3, 1, 0, 0, 0xFD, 0xF2]), "confederation segment"),
            row("RFC 7607 AS 0", 2, &octets::as_path(&[PEER_AS.into(), 0]), "the path holds AS 0"),
            row("7.3 NEXT_HOP of three octets", 3, &hop(&[10, 0, 0]), "a length of 3 octets"),
            row("6.3 NEXT_HOP 0.0.0.0", 3, &hop(&[0; 4]), "0.0.0.0 is not the address of a router"),
            row("6.3 NEXT_HOP 127.0.0.1", 3, &hop(&[127, 0, 0, 1]), "127.0.0.1 is not the address"),
            row("6.3 NEXT_HOP 224.0.0.1", 3, &hop(&[224, 0, 0, 1]), "224.0.0.1 is not the address"),
        ]
    });
}

#[test]
fn a_malformed_optional_attribute_costs_the_prefix_or_itself() {
    use Fate::{Kept, Withdrawn};
    one_session_survives(|circuit| {
        let row = |rule, flags, code, value: &[u8], fate, logged| {
            survived(rule, beside(circuit, &octets::attribute(flags, code, value)), fate, logged)
        };
        let raw = |rule, octets: &[u8], fate, logged| survived(rule, beside(circuit, octets), fate, logged);
        let confederation =
            [0xE0, 0x11, 0x10, 0x03, 0x02, 0, 0, 0xFD, 0xE9, 0, 0, 0xFD, 0xEA, 0x02, 0x01, 0, 0, 0, 1];
        vec![
            row("7.4 MULTI_EXIT_DISC of three octets", 0x80, 4, &[0; 3], Withdrawn, "MULTI_EXIT_DISC"),
            row("3(c) MULTI_EXIT_DISC well-known", 0x40, 4, &[0; 4], Withdrawn, "MULTI_EXIT_DISC"),
            row("7.5 LOCAL_PREF", 0x40, 5, &[0, 0, 0, 100], Kept, "an external peer must not send"),
            row("7.5 LOCAL_PREF of one octet", 0x40, 5, &[0], Kept, "LOCAL_PREF"),
            row("7.6 ATOMIC_AGGREGATE with a value", 0x40, 6, &[1], Kept, "ATOMIC_AGGREGATE"),
            row("7.7 AGGREGATOR of six octets", OPTIONAL, 7, &[0; 6], Kept, "a length of 6 octets"),
            row(
                "RFC 7607 AGGREGATOR of AS 0",
                OPTIONAL,
                7,
                &[0, 0, 0, 0, 10, 0, 0, 1],
                Kept,
                "AS 0 is reserved",
            ),
            row("7.8 COMMUNITIES of five octets", OPTIONAL, 8, &[0; 5], Withdrawn, "COMMUNITIES"),
            row("7.8 COMMUNITIES of no octets", OPTIONAL, 8, &[], Withdrawn, "COMMUNITIES"),
            row("7.9 ORIGINATOR_ID", 0x80, 9, &[10, 0, 0, 1], Kept, "ORIGINATOR_ID"),
            row("7.10 CLUSTER_LIST", 0x80, 10, &[10, 0, 0, 1], Kept, "CLUSTER_LIST"),
            row(
                "7.14 EXTENDED_COMMUNITIES of seven octets",
                OPTIONAL,
                16,
                &[0; 7],
                Withdrawn,
                "EXTENDED_COMM",
            ),
            row(
                "RFC 8092 LARGE_COMMUNITIES of eleven octets",
                OPTIONAL,
                32,
                &[0; 11],
                Withdrawn,
                "LARGE_COMM",
            ),
            row("RFC 6793 4.1 AS4_PATH", OPTIONAL, 17, &[2, 1, 0, 0, 0, 1], Kept, "AS4_PATH"),
            row("RFC 6793 4.1 AS4_AGGREGATOR", OPTIONAL, 18, &[0; 8], Kept, "AS4_AGGREGATOR"),
            row("3(g) an attribute twice", 0x40, 1, &[2], Kept, "the attribute stands there twice"),
            raw("JUNOSe 2008 a confederation segment in AS4_PATH", &confederation, Kept, "AS4_PATH"),
            raw(
                "4 an attribute that overruns the list",
                &[0x80, 4, 200, 0],
                Withdrawn,
                "200 octets are needed",
            ),
            raw("4 a header of two octets", &[0x80, 4], Withdrawn, "3 octets are needed, 2 are left"),
            raw("4 half an extended length", &[0x90, 4, 0], Withdrawn, "4 octets are needed, 3 are left"),
        ]
    });
}

#[test]
fn an_attribute_that_nobody_uses_costs_nothing() {
    one_session_survives(|circuit| {
        let carried = |(rule, code, value): (&'static str, u8, &[u8])| {
            survived(rule, beside(circuit, &octets::attribute(OPTIONAL, code, value)), Fate::Kept, "")
        };
        let rows: [(&'static str, u8, &[u8]); 13] = [
            ("PMSI_TUNNEL 22", 22, &[0; 3]),
            ("CVE-2023-38802 tunnel encapsulation 23 with a corrupt TLV", 23, &[0, 8, 0, 200, 1]),
            ("CVE-2024-44070 tunnel encapsulation 23 of one octet", 23, &[0]),
            ("CVE-2023-41360 AIGP 26 of one octet", 26, &[1]),
            ("CVE-2023-4481 entropy label 28", 28, &[1]),
            ("BGP-LS 29 with a length beyond its end", 29, &[4, 0, 0xFF, 0xFF]),
            ("CVE-2023-46753 type 31", 31, &[0; 16]),
            ("CVE-2024-31948 PREFIX_SID 40 of zeros", 40, &[0; 32]),
            ("PREFIX_SID 40 cut off", 40, &[1, 0, 7]),
            ("CVE-2010-3035 attribute 99 of 3,000 octets", 99, &[0xA5; 3000]),
            ("ATTR_SET 128 of nothing", 128, &[]),
            ("CVE-2019-5892 attribute 255", 255, &[0; 32]),
            ("the reserved attribute 0", 0, &[0; 4]),
        ];
        let not_transitive = octets::attribute(0x80, 200, &[1, 2, 3]);
        rows.into_iter()
            .map(carried)
            .chain(iter::once(survived(
                "4271 5 optional non-transitive",
                beside(circuit, &not_transitive),
                Fate::Kept,
                "",
            )))
            .collect()
    });
}

#[test]
fn the_first_of_two_equal_attributes_counts_and_a_path_may_be_long() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        let mut peer = Peer::established(circuit)?;
        let twice = [octets::mandatory(circuit), octets::attribute(0x40, 1, &[2])].concat();
        peer.send(&octets::update(&twice, &octets::prefix(20, 1)))?;
        let path: Vec<u32> = iter::once(PEER_AS.into()).chain(100_000..100_999).collect();
        let long = instead(circuit, 2, &octets::as_path(&path));
        peer.send(&octets::update(&long, &octets::prefix(20, 2)))?;
        bench.holds(circuit, &["10.20.1.0/24", "10.20.2.0/24"])?;
        let routes = bench.daemon.routes(circuit, Direction::Received)?;
        ensure!(routes[0].origin == Origin::Igp, "{:?}", routes[0]);
        let numbers = routes[1].as_path.split(' ').count();
        ensure!(numbers == 1000 && routes[1].as_path.ends_with("100998"), "{numbers} AS numbers");
        Ok(())
    });
}

#[test]
fn an_unknown_attribute_is_passed_on_with_the_partial_bit() {
    bench::run(Plan::circuits(3).open_transit(), |bench| {
        let [from, to] = [bench.circuit(0), bench.circuit(1)];
        let (mut sender, mut receiver) = (Peer::established(from)?, Peer::established(to)?);
        let value = [0xA5; 3000];
        let unknown = beside(from, &octets::attribute(OPTIONAL, 99, &value));
        sender.send(&octets::update(&unknown, &octets::prefix(20, 1)))?;
        let heard = receiver.hear_until(
            "the route",
            |heard| matches!(heard, Heard::Update { nlri, .. } if !nlri.is_empty()),
        )?;
        let passed_on = octets::attribute(OPTIONAL | 0x20, 99, &value);
        let Heard::Update { attributes, nlri, .. } = heard else { return Err("no UPDATE".into()) };
        ensure!(nlri == octets::prefix(20, 1), "{nlri:?}");
        ensure!(attributes.ends_with(&passed_on), "{:02x?}", &attributes[..60]);
        Ok(())
    });
}

#[test]
fn a_route_that_is_too_large_for_one_peer_is_withdrawn_from_it_until_it_can_be_sent() {
    bench::run(Plan::circuits(3).open_transit(), |bench| {
        let [from, to] = [bench.circuit(0), bench.circuit(1)];
        let mut sender = Peer::established_with(from, &OpenFields::of(from).with_extended_messages())?;
        let mut receiver = Peer::established(to)?;
        let subject = octets::prefix(20, 1);
        let announced = |heard: &Heard| matches!(heard, Heard::Update { nlri, .. } if *nlri == subject);
        let withdrawn =
            |heard: &Heard| matches!(heard, Heard::Update { withdrawn, .. } if *withdrawn == subject);

        sender.send(&octets::update(&octets::mandatory(from), &subject))?;
        receiver.hear_until("the route", announced)?;
        let large = beside(from, &octets::attribute(OPTIONAL, 99, &[0xA5; 5000]));
        sender.send(&octets::update(&large, &subject))?;
        receiver.hear_until("the withdrawal", withdrawn)?;
        let log = bench.daemon.log()?;
        ensure!(log.contains("1 prefixes are not announced"), "the log does not say so");

        // The same peer, now with longer messages.
        drop(receiver);
        let mut receiver = Peer::open_sent(to)?;
        receiver.confirm(&OpenFields::of(to).with_extended_messages())?;
        receiver.send(&octets::keepalive())?;
        receiver.hear_until("the large route", announced)?;
        Ok(())
    });
}

/// An UPDATE after which nobody knows which prefixes were meant.
struct Fatal {
    rule: &'static str,
    message: Vec<u8>,
    answer: ((u8, u8), Vec<u8>),
    shown: &'static str,
}

fn fatal(rule: &'static str, message: Vec<u8>, numbers: (u8, u8), data: &[u8], shown: &'static str) -> Fatal {
    Fatal { rule, message, answer: (numbers, data.to_vec()), shown }
}

#[test]
fn an_update_whose_prefixes_cannot_be_found_ends_the_session() {
    // NEXT_HOP is not looked at where the NLRI cannot be found, so that one circuit's address does for all.
    let mandatory = octets::mandatory(&Plan::circuits(1).circuits[0]);
    let beside = |attribute: &[u8]| [&mandatory, attribute].concat();
    let unknown = octets::attribute(0x40, 99, &[1, 2]);
    let reach = |value: &[u8]| octets::attribute(0x80, 14, value);
    let four_octet_hop = reach(&[0, 2, 1, 4, 10, 0, 0, 1, 0, 32, 0x20, 1, 0xD, 0xB8]);
    let hop = [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let prefix_of_129 = reach(&[&[0, 2, 1, 16][..], &hop, &[0, 129], &[0; 17]].concat());
    let right_reach = reach(&[&[0, 2, 1, 16][..], &hop, &[0, 32, 0x20, 1, 0xD, 0xB8]].concat());
    let short_unreach = octets::attribute(0x80, 15, &[0, 2]);
    let bad_origin = octets::attribute(0x40, 1, &[9]);
    let lengths = "the lengths of withdrawn routes and attributes do not fit";
    let twice = beside(&[right_reach.clone(), right_reach].concat());
    let faults = [
        fatal("6.3 withdrawn routes overrun", octets::message(UPDATE, &[0, 9, 0, 0]), (3, 1), &[], lengths),
        fatal("6.3 attributes overrun", octets::message(UPDATE, &[0, 0, 0, 9]), (3, 1), &[], lengths),
        fatal("5.3 NLRI of 33 bits", octets::update(&mandatory, &[33, 10, 0, 0, 0, 0]), (3, 10), &[], "NLRI"),
        fatal("5.3 NLRI cut off", octets::update(&mandatory, &[24, 10, 0]), (3, 10), &[], "NLRI"),
        fatal(
            "3(i) withdrawn 33 bits",
            octets::update_with(&[33, 10, 0, 0, 0, 0], &[], &[]),
            (3, 10),
            &[],
            "withdrawn routes",
        ),
        fatal(
            "6.3 an unknown well-known attribute",
            octets::update(&beside(&unknown), &octets::prefix(20, 0)),
            (3, 2),
            &unknown,
            "everybody knows",
        ),
        fatal(
            "7.11 a next hop of four octets",
            octets::update(&beside(&four_octet_hop), &[]),
            (3, 9),
            &four_octet_hop,
            "next hop of 4 octets",
        ),
        fatal(
            "5.3 an IPv6 prefix of 129 bits",
            octets::update(&beside(&prefix_of_129), &[]),
            (3, 9),
            &prefix_of_129,
            "MP_REACH_NLRI",
        ),
        fatal(
            "CVE-2023-46752 MP_REACH_NLRI of three octets",
            octets::update(&beside(&reach(&[0, 2, 1])), &[]),
            (3, 9),
            &reach(&[0, 2, 1]),
            "MP_REACH_NLRI",
        ),
        fatal(
            "7.12 MP_UNREACH_NLRI of two octets",
            octets::update(&short_unreach, &[]),
            (3, 9),
            &short_unreach,
            "MP_UNREACH_NLRI",
        ),
        fatal("3(g) MP_REACH_NLRI twice", octets::update(&twice, &[]), (3, 1), &[], "stands there twice"),
        fatal(
            "5.2 ORIGIN 9 and nothing to withdraw",
            octets::update(&bad_origin, &[]),
            (3, 6),
            &bad_origin,
            "announces nothing",
        ),
    ];
    bench::run(Plan::circuits(faults.len() + 1), |bench| {
        for (circuit, fault) in bench.plan.circuits.iter().zip(&faults) {
            ends_its_session(bench, circuit, fault)
                .map_err(|failure| format!("{}: {failure}", fault.rule))?;
        }
        Ok(())
    });
}

fn ends_its_session(bench: &Bench, circuit: &Circuit, fault: &Fatal) -> Outcome {
    let mut peer = Peer::established(circuit)?;
    peer.send(&octets::update(&octets::mandatory(circuit), &octets::prefix(30, 0)))?;
    peer.send(&fault.message)?;
    let answer = peer.hear_notification()?;
    let answer = (answer.code.numbers(), answer.data);
    ensure!(answer == fault.answer, "answered with {answer:?}, not {:?}", fault.answer);
    bench.daemon.reset_due_to(circuit, fault.shown)?;
    let log = bench.daemon.log()?;
    ensure!(log.contains(fault.shown), "the log does not say {:?}", fault.shown);
    bench.holds(circuit, &[])
}

#[test]
fn withdrawals_and_end_of_rib_need_no_attributes() {
    bench::run(Plan::circuits(2), |bench| {
        let circuit = bench.circuit(0);
        let mut peer = Peer::established(circuit)?;
        let mandatory = octets::mandatory(circuit);
        let nlri = [octets::prefix(20, 0), octets::prefix(20, 1), octets::prefix(20, 2)].concat();
        peer.send(&octets::update(&mandatory, &nlri))?;
        bench.holds(circuit, &["10.20.0.0/24", "10.20.1.0/24", "10.20.2.0/24"])?;
        peer.send(&octets::update(&[], &[]))?;
        peer.send(&octets::update_with(&octets::prefix(20, 1), &[], &[]))?;
        bench.holds(circuit, &["10.20.0.0/24", "10.20.2.0/24"])?;
        // Withdrawn and announced at once: the announcement counts (RFC 4271 section 4.3 leaves it to the receiver).
        peer.send(&octets::update_with(&octets::prefix(20, 0), &mandatory, &octets::prefix(20, 0)))?;
        // What was never announced may be withdrawn (CVE-2023-47234).
        peer.send(&octets::update_with(&octets::prefix(99, 0), &[], &[]))?;
        peer.send(&octets::update(&mandatory, &octets::prefix(20, 3)))?;
        bench.holds(circuit, &["10.20.0.0/24", "10.20.2.0/24", "10.20.3.0/24"])
    });
}
