//! MULTI_EXIT_DISC, LOCAL_PREF, ATOMIC_AGGREGATE, AGGREGATOR and those of route reflection (RFC 7606 sections 7.4 to 7.10).

use super::case::{Case, Fate, NON_TRANSITIVE, OPTIONAL, WELL_KNOWN, beside, passed_on, update};
use crate::octets::attribute;

const MED: u8 = 4;
const LOCAL_PREF: u8 = 5;
const ATOMIC: u8 = 6;
const AGGREGATOR: u8 = 7;
const ORIGINATOR_ID: u8 = 9;
const CLUSTER_LIST: u8 = 10;

/// AS 64901 and 192.0.2.1.
const AGGREGATED: [u8; 8] = [0, 0, 0xFD, 0x85, 192, 0, 2, 1];

pub(crate) fn cases() -> Vec<Case> {
    let costs = |rule, name, flags, code, value: &[u8]| {
        update(rule, name, beside(&attribute(flags, code, value)), Fate::Withdrawn)
    };
    let left_out = |rule, name, flags, code, value: &[u8]| {
        update(rule, name, beside(&attribute(flags, code, value)), passed_on(&[]))
    };
    let carried = |rule, name, flags, code, value: &[u8]| {
        let attribute = attribute(flags, code, value);
        update(rule, name, beside(&attribute), passed_on(&attribute))
    };
    vec![
        left_out("RFC 4271 5.1.4", "MED stays here", NON_TRANSITIVE, MED, &[0, 0, 0, 9]),
        costs("RFC 7606 7.4", "MED of no octets", NON_TRANSITIVE, MED, &[]),
        costs("RFC 7606 7.4", "MED of three octets", NON_TRANSITIVE, MED, &[0; 3]),
        costs("RFC 7606 7.4", "MED of five octets", NON_TRANSITIVE, MED, &[0; 5]),
        costs("RFC 7606 3(c)", "MED well-known", WELL_KNOWN, MED, &[0; 4]),
        costs("RFC 7606 3(c)", "MED optional transitive", OPTIONAL, MED, &[0; 4]),
        costs("RFC 7606 3(c)", "MED neither optional nor transitive", 0, MED, &[0; 4]),
        left_out("RFC 7606 7.5", "LOCAL_PREF", WELL_KNOWN, LOCAL_PREF, &[0, 0, 0, 200]),
        left_out("RFC 7606 7.5", "LOCAL_PREF of no octets", WELL_KNOWN, LOCAL_PREF, &[]),
        left_out("RFC 7606 7.5", "LOCAL_PREF of three octets", WELL_KNOWN, LOCAL_PREF, &[0; 3]),
        carried("RFC 4271 5.1.6", "ATOMIC_AGGREGATE", WELL_KNOWN, ATOMIC, &[]),
        left_out("RFC 7606 7.6", "ATOMIC_AGGREGATE with a value", WELL_KNOWN, ATOMIC, &[1]),
        costs("RFC 7606 3(c)", "ATOMIC_AGGREGATE optional transitive", OPTIONAL, ATOMIC, &[]),
        costs("RFC 7606 3(c)", "ATOMIC_AGGREGATE optional non-transitive", NON_TRANSITIVE, ATOMIC, &[]),
        carried("RFC 4271 5.1.7", "AGGREGATOR", OPTIONAL, AGGREGATOR, &AGGREGATED),
        left_out("RFC 7606 7.7", "AGGREGATOR of no octets", OPTIONAL, AGGREGATOR, &[]),
        left_out("RFC 7606 7.7", "AGGREGATOR of six octets", OPTIONAL, AGGREGATOR, &AGGREGATED[2..]),
        left_out("RFC 7606 7.7", "AGGREGATOR of seven octets", OPTIONAL, AGGREGATOR, &AGGREGATED[..7]),
        left_out("RFC 7606 7.7", "AGGREGATOR of nine octets", OPTIONAL, AGGREGATOR, &[0; 9]),
        left_out("RFC 7607 2", "AGGREGATOR of AS 0", OPTIONAL, AGGREGATOR, &[0, 0, 0, 0, 192, 0, 2, 1]),
        costs("RFC 7606 3(c)", "AGGREGATOR well-known", WELL_KNOWN, AGGREGATOR, &AGGREGATED),
        costs("RFC 7606 3(c)", "AGGREGATOR non-transitive", NON_TRANSITIVE, AGGREGATOR, &AGGREGATED),
        left_out("RFC 7606 7.9", "ORIGINATOR_ID", NON_TRANSITIVE, ORIGINATOR_ID, &[192, 0, 2, 1]),
        left_out("RFC 7606 7.9", "ORIGINATOR_ID of no octets", NON_TRANSITIVE, ORIGINATOR_ID, &[]),
        left_out("RFC 7606 7.9", "ORIGINATOR_ID of five octets", NON_TRANSITIVE, ORIGINATOR_ID, &[0; 5]),
        left_out("RFC 7606 7.10", "CLUSTER_LIST", NON_TRANSITIVE, CLUSTER_LIST, &[192, 0, 2, 1]),
        left_out("RFC 7606 7.10", "CLUSTER_LIST of no octets", NON_TRANSITIVE, CLUSTER_LIST, &[]),
        left_out("RFC 7606 7.10", "CLUSTER_LIST of three octets", NON_TRANSITIVE, CLUSTER_LIST, &[0; 3]),
    ]
}

#[test]
fn a_wrong_optional_attribute_costs_the_route_or_itself() {
    super::run::msee_passes(&cases());
}
