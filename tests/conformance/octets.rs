//! BGP messages as octets, right and wrong ones: every length is written down by whoever calls.

#![allow(dead_code, reason = "the fault suite uses it too, and each its own part")]

use crate::plan::{Circuit, PEER_AS};
use msee::wire::MessageLimit;
use std::net::Ipv4Addr;

pub(crate) const OPEN: u8 = 1;
pub(crate) const UPDATE: u8 = 2;
pub(crate) const NOTIFICATION: u8 = 3;
pub(crate) const KEEPALIVE: u8 = 4;
pub(crate) const ROUTE_REFRESH: u8 = 5;

/// What stands for a number that two octets cannot hold (RFC 6793 section 9).
pub(crate) const AS_TRANS: u16 = 23_456;

/// Capabilities of a peer that speaks IPv4 and IPv6 with four-octet AS numbers, as one optional parameter.
pub(crate) const CAPABILITIES: &[u8] = &[
    2, 18, // parameter: capabilities
    1, 4, 0, 1, 0, 1, // IPv4 unicast
    1, 4, 0, 2, 0, 1, // IPv6 unicast
    65, 4, 0, 0, 0xFD, 0xF2, // AS 65010
];

/// A message with a right marker and length.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    with_length(body.len() + 19, kind, body)
}

/// A message that claims another length.
pub(crate) fn with_length(length: usize, kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(length).unwrap_or(u16::MAX);
    [&[0xFF; 16], &length.to_be_bytes()[..], &[kind], body].concat()
}

pub(crate) fn keepalive() -> Vec<u8> {
    message(KEEPALIVE, &[])
}

/// A NOTIFICATION.
pub(crate) fn notification(code: u8, subcode: u8, data: &[u8]) -> Vec<u8> {
    message(NOTIFICATION, &[&[code, subcode], data].concat())
}

/// The fields of an OPEN; a test spoils one of them.
#[derive(Clone, Debug)]
pub(crate) struct OpenFields {
    pub(crate) version: u8,
    pub(crate) asn: u16,
    pub(crate) hold_time: u16,
    pub(crate) identifier: Ipv4Addr,
    /// The length octet of the optional parameters and what follows it.
    pub(crate) parameters: Vec<u8>,
    /// What the parameters say about the length of messages.
    pub(crate) message_limit: MessageLimit,
}

impl OpenFields {
    /// An OPEN that is right; a hold time of zero spares the test its keepalives.
    pub(crate) fn right(identifier: Ipv4Addr) -> Self {
        Self {
            version: 4,
            asn: PEER_AS,
            hold_time: 0,
            identifier,
            parameters: counted(CAPABILITIES),
            message_limit: MessageLimit::Standard,
        }
    }

    /// The same in another AS.
    pub(crate) fn in_as(self, asn: u16) -> Self {
        let mut parameters = self.parameters;
        let end = parameters.len();
        parameters[end - 2..].copy_from_slice(&asn.to_be_bytes());
        Self { asn, parameters, ..self }
    }

    /// The same with a number of four octets, which only the capability can say (RFC 6793 section 4.1).
    pub(crate) fn in_as_of_four_octets(self, asn: u32) -> Self {
        let mut parameters = self.parameters;
        let end = parameters.len();
        parameters[end - 4..].copy_from_slice(&asn.to_be_bytes());
        Self { asn: AS_TRANS, parameters, ..self }
    }

    /// The same with one more parameter that holds these capabilities.
    pub(crate) fn and_capabilities(self, capabilities: &[u8]) -> Self {
        let parameters = counted(&[&self.parameters[1..], &[2], &counted(capabilities)].concat());
        Self { parameters, ..self }
    }

    /// The same with these capabilities alone.
    pub(crate) fn with_capabilities(self, capabilities: &[u8]) -> Self {
        Self { parameters: vec![0], ..self }.and_capabilities(capabilities)
    }

    /// The same with messages of up to 65,535 octets (RFC 8654).
    pub(crate) fn with_extended_messages(self) -> Self {
        Self { message_limit: MessageLimit::Extended, ..self }.and_capabilities(&[6, 0])
    }

    /// What the circuit's peer says when it means it.
    pub(crate) fn of(circuit: &Circuit) -> Self {
        Self::right(circuit.peer_address())
    }

    pub(crate) fn message(&self) -> Vec<u8> {
        let mut body = vec![self.version];
        body.extend(self.asn.to_be_bytes());
        body.extend(self.hold_time.to_be_bytes());
        body.extend(self.identifier.octets());
        body.extend(&self.parameters);
        message(OPEN, &body)
    }
}

/// Octets behind their number in one octet.
pub(crate) fn counted(octets: &[u8]) -> Vec<u8> {
    let mut counted = vec![u8::try_from(octets.len()).unwrap_or(u8::MAX)];
    counted.extend(octets);
    counted
}

/// A path attribute; a value beyond 255 octets gets the Extended Length bit.
pub(crate) fn attribute(flags: u8, code: u8, value: &[u8]) -> Vec<u8> {
    if let Ok(length) = u8::try_from(value.len()) {
        return [&[flags, code, length], value].concat();
    }
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[flags | 0x10, code], &length[..], value].concat()
}

/// ORIGIN IGP.
pub(crate) fn origin() -> Vec<u8> {
    attribute(0x40, 1, &[0])
}

/// The capability of a family: SAFI unicast.
pub(crate) const fn family(afi: u8) -> [u8; 6] {
    [1, 4, 0, afi, 0, 1]
}

/// A ROUTE-REFRESH for SAFI unicast of a family.
pub(crate) fn route_refresh(afi: u8) -> Vec<u8> {
    message(ROUTE_REFRESH, &[0, afi, 0, 1])
}

/// MP_REACH_NLRI for SAFI unicast.
pub(crate) fn mp_reach(afi: u8, next_hop: &[u8], nlri: &[u8]) -> Vec<u8> {
    attribute(0x80, 14, &[&[0, afi, 1], &counted(next_hop)[..], &[0], nlri].concat())
}

/// MP_UNREACH_NLRI for SAFI unicast.
pub(crate) fn mp_unreach(afi: u8, nlri: &[u8]) -> Vec<u8> {
    attribute(0x80, 15, &[&[0, afi, 1], nlri].concat())
}

/// A segment of AS_PATH with numbers of four octets.
pub(crate) fn segment(kind: u8, numbers: &[u32]) -> Vec<u8> {
    let count = u8::try_from(numbers.len()).unwrap_or(u8::MAX);
    [kind, count].into_iter().chain(numbers.iter().flat_map(|number| number.to_be_bytes())).collect()
}

/// The same with numbers of two octets.
pub(crate) fn segment_of_two(kind: u8, numbers: &[u16]) -> Vec<u8> {
    let count = u8::try_from(numbers.len()).unwrap_or(u8::MAX);
    [kind, count].into_iter().chain(numbers.iter().flat_map(|number| number.to_be_bytes())).collect()
}

/// An AS_PATH of one sequence, four octets each number.
pub(crate) fn as_path(numbers: &[u32]) -> Vec<u8> {
    let segments = numbers.chunks(255).flat_map(|numbers| segment(2, numbers));
    attribute(0x40, 2, &segments.collect::<Vec<_>>())
}

pub(crate) fn next_hop(address: Ipv4Addr) -> Vec<u8> {
    attribute(0x40, 3, &address.octets())
}

/// ORIGIN, AS_PATH and NEXT_HOP of a route that the circuit's peer originates.
pub(crate) fn mandatory(circuit: &Circuit) -> Vec<u8> {
    [origin(), as_path(&[PEER_AS.into()]), next_hop(circuit.peer_address())].concat()
}

/// An UPDATE without withdrawn routes.
pub(crate) fn update(attributes: &[u8], nlri: &[u8]) -> Vec<u8> {
    update_with(&[], attributes, nlri)
}

/// An UPDATE whose two lengths are right.
pub(crate) fn update_with(withdrawn: &[u8], attributes: &[u8], nlri: &[u8]) -> Vec<u8> {
    let length = |field: &[u8]| u16::try_from(field.len()).unwrap_or(u16::MAX).to_be_bytes();
    let body = [&length(withdrawn)[..], withdrawn, &length(attributes), attributes, nlri].concat();
    message(UPDATE, &body)
}

/// 10.`second`.`third`.0/24 as NLRI.
pub(crate) fn prefix(second: u8, third: u8) -> [u8; 4] {
    [24, 10, second, third]
}
