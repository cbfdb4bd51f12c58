//! MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760, RFC 2545, RFC 7606 sections 3, 5 and 7.11 to 7.12).

use super::{
    case::{
        BEHIND, Case, GATEWAY_V6, Octets, SPEAKER_V6, State, answered, before, passed_on, survives,
        told_before,
    },
    stand::{Prefixes, Stand},
    update::{Attributes, Told},
    wire::Wire,
};
use crate::{
    lab::failure::Outcome,
    octets::{self, as_path, attribute, mp_reach, mp_unreach, origin},
    plan::{DAEMON_AS, PEER_AS},
};

const REACH: u8 = 14;
const UNREACH: u8 = 15;
const FLAGS: u8 = 0x80;
const PEER: u32 = PEER_AS as u32;
/// A second, link-local next hop (RFC 2545 section 3).
const LINK_LOCAL: [u8; 16] = [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 15];

/// A global and a link-local next hop.
const BOTH: [u8; 32] = {
    let mut both = [0; 32];
    let mut at = 0;
    while at < 16 {
        both[at] = GATEWAY_V6[at];
        both[16 + at] = LINK_LOCAL[at];
        at += 1;
    }
    both
};

/// What becomes of the case's IPv6 prefix.
enum Fate {
    Withdrawn,
    /// The new route is told.
    New,
    /// The route that was there before stays.
    Before,
}

fn path(behind: u32) -> Vec<u8> {
    [origin(), as_path(&[PEER, behind])].concat()
}

fn told(behind: u32) -> Outcome<Told> {
    let path = as_path(&[DAEMON_AS.into(), PEER, behind]);
    let next_hop = attribute(FLAGS, REACH, &SPEAKER_V6);
    Ok(Told::Announced(Attributes::read(&[origin(), path, next_hop].concat())?))
}

/// Announces the case's IPv6 prefix and waits until the second peer has it.
fn with_route(stand: &Stand<'_>, mut wire: Wire) -> Outcome<Wire> {
    let ipv6 = stand.prefixes().ipv6;
    wire.say(&octets::update(&[path(64900), mp_reach(2, &GATEWAY_V6, &ipv6.octets)].concat(), &[]));
    let arrived = stand.watchers.plain.has_route(&ipv6, stand.place.patience);
    wire.is_open()?;
    arrived?;
    Ok(wire)
}

/// Octets that the session survives, whatever becomes of the case's IPv6 prefix.
fn ipv6(rule: &'static str, name: &'static str, octets: Octets, fate: Fate) -> Case {
    Case::new(rule, name, move |stand| {
        let mut wire = with_route(stand, stand.established()?)?;
        wire.say(&octets(&stand.prefixes()));
        stand.goes_on(&mut wire)?;
        let wanted = match fate {
            Fate::Withdrawn => Told::Withdrawn,
            Fate::New => told(BEHIND)?,
            Fate::Before => told(64900)?,
        };
        stand.watchers.plain.is_told(&stand.prefixes().ipv6, &wanted, stand.place.patience)
    })
}

/// An UPDATE of the attributes given and these, which hold the case's IPv6 prefix.
fn with(attributes: Vec<u8>, mp: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> Octets {
    Box::new(move |prefixes| octets::update(&[&attributes[..], &mp(&prefixes.ipv6.octets)].concat(), &[]))
}

pub(crate) fn cases() -> Vec<Case> {
    [reach(), unreach(), resets(), together()].into_iter().flatten().collect()
}

fn reach() -> Vec<Case> {
    let new = || path(BEHIND);
    let hop = |name, next_hop: &'static [u8], fate| {
        ipv6("RFC 2545 3", name, with(new(), move |nlri| mp_reach(2, next_hop, nlri)), fate)
    };
    let costs = |rule, name, attributes: Vec<u8>| {
        ipv6(rule, name, with(attributes, |nlri| mp_reach(2, &GATEWAY_V6, nlri)), Fate::Withdrawn)
    };
    vec![
        hop("an IPv6 route", &GATEWAY_V6, Fate::New),
        hop("a global and a link-local next hop", &BOTH, Fate::New),
        hop("next hop ::", &[0; 16], Fate::Withdrawn),
        hop("next hop ::1", &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], Fate::Withdrawn),
        hop("next hop ff02::1", &[0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], Fate::Withdrawn),
        ipv6(
            "RFC 4760 3",
            "a reserved octet that is not zero",
            with(new(), |nlri| {
                attribute(FLAGS, REACH, &[&[0, 2, 1, 16], &GATEWAY_V6[..], &[0xFF], nlri].concat())
            }),
            Fate::New,
        ),
        ipv6(
            "RFC 7606 5.1",
            "MP_REACH_NLRI first",
            Box::new(|prefixes| {
                octets::update(&[mp_reach(2, &GATEWAY_V6, &prefixes.ipv6.octets), path(BEHIND)].concat(), &[])
            }),
            Fate::New,
        ),
        ipv6(
            "RFC 4760 3",
            "a NEXT_HOP beside it is ignored",
            with([new(), octets::next_hop([10, 66, 15, 9].into())].concat(), |nlri| {
                mp_reach(2, &GATEWAY_V6, nlri)
            }),
            Fate::New,
        ),
        costs("RFC 7606 3(d)", "no ORIGIN beside MP_REACH_NLRI", as_path(&[PEER, BEHIND])),
        costs("RFC 7606 3(d)", "no AS_PATH beside MP_REACH_NLRI", origin()),
        costs(
            "RFC 7606 7.1",
            "ORIGIN 3 beside MP_REACH_NLRI",
            [attribute(0x40, 1, &[3]), as_path(&[PEER, BEHIND])].concat(),
        ),
        costs(
            "RFC 7606 7.8",
            "COMMUNITIES of five octets beside MP_REACH_NLRI",
            [new(), attribute(0xC0, 8, &[0; 5])].concat(),
        ),
        ipv6(
            "RFC 7606 3(c)",
            "MP_REACH_NLRI optional transitive",
            with(new(), |nlri| {
                attribute(0xC0, REACH, &[&[0, 2, 1, 16], &GATEWAY_V6[..], &[0], nlri].concat())
            }),
            Fate::Withdrawn,
        ),
        ipv6(
            "RFC 4760 6",
            "IPv6 multicast, which was not agreed on",
            with(new(), |nlri| {
                attribute(FLAGS, REACH, &[&[0, 2, 2, 16], &GATEWAY_V6[..], &[0], nlri].concat())
            }),
            Fate::Before,
        ),
        ipv6(
            "RFC 4760 6",
            "a family that nobody knows",
            with(new(), |_| attribute(FLAGS, REACH, &[0x40, 4, 71, 4, 1, 2, 3, 4, 0, 200, 1, 2])),
            Fate::Before,
        ),
        ipv6(
            "RFC 4271 6.3",
            "a multicast prefix is left out",
            with(new(), |_| mp_reach(2, &GATEWAY_V6, &[16, 0xFF, 0x0E])),
            Fate::Before,
        ),
    ]
}

fn unreach() -> Vec<Case> {
    let withdrawn = |nlri: &[u8]| mp_unreach(2, nlri);
    vec![
        ipv6("RFC 4760 4", "MP_UNREACH_NLRI", with(Vec::new(), withdrawn), Fate::Withdrawn),
        ipv6(
            "RFC 4760 4",
            "MP_UNREACH_NLRI and other attributes",
            with(path(BEHIND), withdrawn),
            Fate::Withdrawn,
        ),
        ipv6(
            "RFC 4760 4",
            "MP_UNREACH_NLRI of what was never announced",
            with(Vec::new(), |_| mp_unreach(2, &[48, 0x2A, 0, 0, 9, 9, 9])),
            Fate::Before,
        ),
        ipv6(
            "RFC 4760 6",
            "MP_UNREACH_NLRI of a family that nobody knows",
            with(Vec::new(), |_| attribute(FLAGS, UNREACH, &[0x40, 4, 71, 200, 1])),
            Fate::Before,
        ),
        ipv6("RFC 4724 2", "End-of-RIB of IPv6", with(Vec::new(), |_| mp_unreach(2, &[])), Fate::Before),
        ipv6(
            "RFC 4724 2",
            "End-of-RIB of a family that nobody knows",
            with(Vec::new(), |_| attribute(FLAGS, UNREACH, &[0x40, 4, 71])),
            Fate::Before,
        ),
    ]
}

/// Errors after which nobody knows which prefixes were meant.
fn resets() -> Vec<Case> {
    let reach = |rule, name, value: &[u8]| {
        let attribute = attribute(FLAGS, REACH, value);
        let message = octets::update(&[&path(BEHIND), &attribute[..]].concat(), &[]);
        answered(rule, name, State::Established, message, (3, 9), &attribute)
    };
    let unreach = |rule, name, value: &[u8]| {
        let attribute = attribute(FLAGS, UNREACH, value);
        answered(rule, name, State::Established, octets::update(&attribute, &[]), (3, 9), &attribute)
    };
    let hop = |name, length: u8| {
        let value =
            [&[0, 2, 1, length][..], &vec![0x20; length.into()], &[0, 48, 0x2A, 0, 0, 0, 0, 1]].concat();
        reach("RFC 7606 7.11", name, &value)
    };
    let nlri = |name, nlri: &[u8]| {
        reach("RFC 7606 5.3", name, &[&[0, 2, 1, 16], &GATEWAY_V6[..], &[0], nlri].concat())
    };
    let twice = |name, attribute: &dyn Fn(&[u8]) -> Vec<u8>| {
        let both = [attribute(&[48, 0x2A, 0, 0, 0, 0, 1]), attribute(&[48, 0x2A, 0, 0, 0, 0, 2])].concat();
        let message = octets::update(&[path(BEHIND), both].concat(), &[]);
        answered("RFC 7606 3(g)", name, State::Established, message, (3, 1), &[])
    };
    vec![
        reach("RFC 7606 7.11", "MP_REACH_NLRI of no octets", &[]),
        reach("RFC 7606 7.11", "MP_REACH_NLRI of three octets", &[0, 2, 1]),
        reach("RFC 7606 7.11", "a next hop longer than MP_REACH_NLRI", &[0, 2, 1, 16, 0xFD, 0]),
        reach(
            "RFC 7606 7.11",
            "MP_REACH_NLRI without a reserved octet",
            &[&[0, 2, 1, 16][..], &GATEWAY_V6].concat(),
        ),
        hop("a next hop of no octets", 0),
        hop("a next hop of four octets", 4),
        hop("a next hop of 15 octets", 15),
        hop("a next hop of 17 octets", 17),
        hop("a next hop of 48 octets", 48),
        nlri("a prefix of 129 bits", &[&[129][..], &[0x2A; 17]].concat()),
        nlri("a prefix of 255 bits", &[&[255][..], &[0x2A; 32]].concat()),
        nlri("a prefix that is cut off", &[48, 0x2A, 0]),
        unreach("RFC 7606 7.12", "MP_UNREACH_NLRI of no octets", &[]),
        unreach("RFC 7606 7.12", "MP_UNREACH_NLRI of two octets", &[0, 2]),
        unreach(
            "RFC 7606 5.3",
            "a withdrawn prefix of 129 bits",
            &[&[0, 2, 1, 129][..], &[0x2A; 17]].concat(),
        ),
        unreach("RFC 7606 5.3", "a withdrawn prefix that is cut off", &[0, 2, 1, 48, 0x2A]),
        twice("MP_REACH_NLRI twice", &|nlri| mp_reach(2, &GATEWAY_V6, nlri)),
        twice("MP_UNREACH_NLRI twice", &|nlri| mp_unreach(2, nlri)),
    ]
}

/// Several groups of prefixes in one UPDATE.
fn together() -> Vec<Case> {
    let both = |attributes: fn() -> Vec<u8>| -> Octets {
        Box::new(move |Prefixes { ipv6, subject, .. }| {
            octets::update(&[attributes(), mp_reach(2, &GATEWAY_V6, &ipv6.octets)].concat(), &subject.octets)
        })
    };
    let second = |name, octets: Octets, wanted: fn() -> Outcome<Told>| {
        Case::new("RFC 4760 3", name, move |stand| {
            let mut wire = stand.established()?;
            wire.say(&octets(&stand.prefixes()));
            stand.goes_on(&mut wire)?;
            stand.watchers.plain.is_told(&stand.prefixes().ipv6, &wanted()?, stand.place.patience)
        })
    };
    vec![
        survives("RFC 4760 3", "both families in one UPDATE: IPv4", both(super::case::base), passed_on(&[])),
        second("both families in one UPDATE: IPv6", both(super::case::base), || told(BEHIND)),
        survives(
            "RFC 7606 2",
            "a wrong ORIGIN costs the prefixes of both families: IPv4",
            both(|| super::case::instead(1, &attribute(0x40, 1, &[9]))),
            super::case::Fate::Withdrawn,
        ),
        ipv6(
            "RFC 7606 2",
            "a wrong ORIGIN costs the prefixes of both families: IPv6",
            both(|| super::case::instead(1, &attribute(0x40, 1, &[9]))),
            Fate::Withdrawn,
        ),
        survives(
            "RFC 4760 4",
            "MP_UNREACH_NLRI of IPv4",
            Box::new(|prefixes| octets::update(&mp_unreach(1, &prefixes.subject.octets), &[])),
            super::case::Fate::Withdrawn,
        ),
        survives(
            "RFC 4760 3",
            "MP_REACH_NLRI of IPv4",
            Box::new(|prefixes| {
                let reach = mp_reach(1, &super::case::GATEWAY.octets(), &prefixes.subject.octets);
                octets::update(&[path(BEHIND), reach].concat(), &[])
            }),
            passed_on(&[]),
        ),
        survives(
            "RFC 4760 4",
            "MP_UNREACH_NLRI beside the NLRI of another family",
            Box::new(|prefixes| {
                octets::update(
                    &[before(), mp_unreach(2, &prefixes.ipv6.octets)].concat(),
                    &prefixes.second.octets,
                )
            }),
            super::case::Fate::As(told_before()),
        ),
    ]
}

#[test]
fn multiprotocol_attributes_carry_withdraw_or_end_the_session() {
    super::run::msee_passes(&cases());
}
