//! Paths that hold an AS_SET or an AS_CONFED_SET: their routes are treated as withdrawn (RFC 9774 section 3).

use super::{
    case::{Case, Fate, WELL_KNOWN, instead, update},
    four_octet::{as4_path, from, old},
};
use crate::{
    octets::{AS_TRANS, attribute, segment, segment_of_two},
    plan::PEER_AS,
};

const RULE: &str = "RFC 9774 3";
const SEQUENCE: u8 = 2;
const SET: u8 = 1;
const CONFED_SEQUENCE: u8 = 3;
const CONFED_SET: u8 = 4;
const PEER: u32 = PEER_AS as u32;
const LARGE: u32 = 4_200_000_001;

pub(crate) fn cases() -> Vec<Case> {
    [wide(), narrow()].into_iter().flatten().collect()
}

/// On a session with four-octet numbers.
fn wide() -> Vec<Case> {
    let row = |name, segments: &[Vec<u8>]| {
        let path = attribute(WELL_KNOWN, 2, &segments.concat());
        update(RULE, name, instead(2, &path), Fate::Withdrawn)
    };
    let peer = || segment(SEQUENCE, &[PEER]);
    vec![
        row("a set alone", &[segment(SET, &[PEER])]),
        row("a set behind a sequence", &[peer(), segment(SET, &[64901, 64902])]),
        row("a set of one number behind a sequence", &[peer(), segment(SET, &[64901])]),
        row("a set between sequences", &[peer(), segment(SET, &[64901]), segment(SEQUENCE, &[64902])]),
        row("two sets", &[peer(), segment(SET, &[64901]), segment(SET, &[64902])]),
        row("a set of 255 numbers", &[peer(), segment(SET, &(100_001..100_256).collect::<Vec<_>>())]),
        row("a confederation set alone", &[segment(CONFED_SET, &[PEER])]),
        row("a confederation set in front of a sequence", &[segment(CONFED_SET, &[64901]), peer()]),
        row(
            "a confederation sequence and set in front of a sequence",
            &[segment(CONFED_SEQUENCE, &[64903]), segment(CONFED_SET, &[64901]), peer()],
        ),
    ]
}

/// On a session with two-octet numbers, beside AS4_PATH or in it.
fn narrow() -> Vec<Case> {
    let row = |name, path: &[Vec<u8>], more: &[Vec<u8>]| {
        from(RULE, name, old(&path.concat(), more), Fate::Withdrawn)
    };
    let sequence = |numbers: &[u16]| segment_of_two(SEQUENCE, numbers);
    let set = |numbers: &[u16]| segment_of_two(SET, numbers);
    let four = |segments: &[Vec<u8>]| as4_path(&segments.concat());
    vec![
        row("a set of two-octet numbers", &[sequence(&[PEER_AS]), set(&[64901, 64902])], &[]),
        row(
            "a set that AS4_PATH repeats",
            &[sequence(&[PEER_AS]), set(&[AS_TRANS])],
            &[four(&[segment(SEQUENCE, &[PEER]), segment(SET, &[LARGE])])],
        ),
        row("a set in AS4_PATH alone", &[sequence(&[PEER_AS, AS_TRANS])], &[four(&[segment(SET, &[LARGE])])]),
        row(
            "a set that AS4_PATH has as a sequence",
            &[sequence(&[PEER_AS]), set(&[AS_TRANS])],
            &[four(&[segment(SEQUENCE, &[PEER, LARGE])])],
        ),
        row(
            "a set in an AS4_PATH that is longer than AS_PATH",
            &[sequence(&[PEER_AS, AS_TRANS])],
            &[four(&[segment(SEQUENCE, &[PEER, 64901, 64902]), segment(SET, &[LARGE])])],
        ),
    ]
}

#[test]
fn a_path_with_a_set_costs_its_route() {
    super::run::msee_passes(&cases());
}
