//! The message header (RFC 4271 sections 4.1 and 6.1): what is wrong with it is wrong in every state.

use super::case::{Case, State, answered};
use crate::octets::{self, KEEPALIVE, NOTIFICATION, OPEN, UPDATE};

const RULE: &str = "RFC 4271 6.1";

pub(crate) fn cases() -> Vec<Case> {
    [State::OpenSent, State::OpenConfirm, State::Established].into_iter().flat_map(in_state).collect()
}

fn in_state(state: State) -> Vec<Case> {
    let row = |name: &str, octets: Vec<u8>, numbers, data: &[u8]| {
        answered(RULE, format!("{name}, in {state}"), state, octets, numbers, data)
    };
    let marker = |at: usize, octet| {
        let mut message = octets::keepalive();
        message[at] = octet;
        message
    };
    let zeros = [&[0; 16][..], &octets::keepalive()[16..]].concat();
    let length = |length, kind| octets::with_length(length, kind, &[]);
    vec![
        row("the first octet of the marker", marker(0, 0xFE), (1, 1), &[]),
        row("the last octet of the marker", marker(15, 0), (1, 1), &[]),
        row("a marker of zeros", zeros, (1, 1), &[]),
        row("not BGP at all", b"GET / HTTP/1.1\r\n\r\n\r\n".to_vec(), (1, 1), &[]),
        row("a length of 0", length(0, KEEPALIVE), (1, 2), &[0, 0]),
        row("a length of 18", length(18, KEEPALIVE), (1, 2), &[0, 18]),
        row("a length of 4,097", length(4097, UPDATE), (1, 2), &[0x10, 0x01]),
        row("a length of 65,535", length(65_535, UPDATE), (1, 2), &[0xFF, 0xFF]),
        row("an OPEN of 28 octets", octets::message(OPEN, &[0; 9]), (1, 2), &[0, 28]),
        row("an UPDATE of 22 octets", octets::message(UPDATE, &[0; 3]), (1, 2), &[0, 22]),
        row("a NOTIFICATION of 20 octets", octets::message(NOTIFICATION, &[6]), (1, 2), &[0, 20]),
        row("a KEEPALIVE of 20 octets", octets::message(KEEPALIVE, &[0]), (1, 2), &[0, 20]),
        row("type 0", octets::message(0, &[]), (1, 3), &[0]),
        row("type 6", octets::message(6, &[]), (1, 3), &[6]),
        row("type 255 with a body", octets::message(255, &[0; 40]), (1, 3), &[255]),
    ]
}

#[test]
fn a_wrong_header_is_answered_in_every_state() {
    super::run::msee_passes(&cases());
}
