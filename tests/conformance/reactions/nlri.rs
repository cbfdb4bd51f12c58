//! Prefixes and the lengths around them (RFC 4271 sections 4.3 and 6.3, RFC 7606 section 5).

use super::{
    case::{
        Case, Fate, GATEWAY, Octets, State, answered, answered_with, base, beside, passed_on, survives,
        told_before, with_route,
    },
    update::{Prefix, Told},
};
use crate::octets::{self, UPDATE, attribute, next_hop, update_with};

pub(crate) fn cases() -> Vec<Case> {
    [syntax(), lengths(), meaning(), without_routes()].into_iter().flatten().collect()
}

/// Prefixes that cannot be found end the session.
fn syntax() -> Vec<Case> {
    const RULE: &str = "RFC 7606 5.3";
    let nlri = |name, nlri: &[u8]| {
        answered(RULE, name, State::Established, octets::update(&base(), nlri), (3, 10), &[])
    };
    let withdrawn = |name, withdrawn: &[u8]| {
        answered(RULE, name, State::Established, update_with(withdrawn, &[], &[]), (3, 10), &[])
    };
    vec![
        nlri("NLRI of 33 bits", &[33, 20, 0, 0, 0, 0]),
        nlri("NLRI of 255 bits", &[&[255][..], &[20; 32]].concat()),
        nlri("NLRI that is cut off", &[24, 20, 0]),
        nlri("a length and nothing behind it", &[32]),
        nlri("a wrong prefix behind a right one", &[24, 22, 1, 1, 40, 22, 1, 2, 0, 0]),
        withdrawn("a withdrawn route of 33 bits", &[33, 20, 0, 0, 0, 0]),
        withdrawn("a withdrawn route that is cut off", &[24, 20, 0]),
        withdrawn("a withdrawn length and nothing behind it", &[8]),
    ]
}

fn lengths() -> Vec<Case> {
    const RULE: &str = "RFC 4271 6.3";
    let row = |name, body: &[u8]| {
        answered(RULE, name, State::Established, octets::message(UPDATE, body), (3, 1), &[])
    };
    vec![
        row("withdrawn routes longer than the message", &[0, 9, 0, 0]),
        row("withdrawn routes of 65,535 octets", &[0xFF, 0xFF, 0, 0]),
        row("withdrawn routes that leave no room for the attributes' length", &[0, 2, 0, 0]),
        row("attributes longer than the message", &[0, 0, 0, 9]),
        row("attributes longer than the message by one", &[0, 0, 0, 5, 0x40, 1, 1, 0]),
        row("attributes of 65,535 octets", &[0, 0, 0xFF, 0xFF]),
    ]
}

/// What is said with prefixes that can be found.
fn meaning() -> Vec<Case> {
    let row = |rule, name, octets: Octets, fate| survives(rule, name, octets, fate);
    let length = |name, prefix: &'static [u8], told: &'static [u8]| {
        Case::new("RFC 4271 4.3", name, move |stand| {
            let mut wire = stand.established()?;
            wire.say(&octets::update(&base(), prefix));
            let told = Prefix { afi: 1, octets: told.to_vec() };
            let arrived = stand.watchers.plain.has_route(&told, stand.place.patience);
            wire.is_open()?;
            arrived?;
            wire.say(&update_with(prefix, &[], &[]));
            stand.watchers.plain.is_told(&told, &Told::Withdrawn, stand.place.patience)
        })
    };
    let ignored = |name, prefix: &'static [u8]| {
        Case::new("RFC 4271 6.3", name, move |stand| {
            let mut wire = stand.established()?;
            wire.say(&octets::update(&base(), prefix));
            stand.goes_on(&mut wire)?;
            let prefix = Prefix { afi: 1, octets: prefix.to_vec() };
            stand.watchers.plain.is_told(&prefix, &Told::Nothing, stand.place.patience)
        })
    };
    vec![
        length("a default route", &[0], &[0]),
        length("a prefix of one bit", &[1, 0x80], &[1, 0x80]),
        length("a prefix of 32 bits", &[32, 23, 1, 1, 1], &[32, 23, 1, 1, 1]),
        length("a prefix of 31 bits", &[31, 23, 1, 2, 2], &[31, 23, 1, 2, 2]),
        length("bits behind the prefix", &[20, 23, 1, 0x3F], &[20, 23, 1, 0x30]),
        ignored("a multicast prefix", &[8, 224]),
        ignored("a loopback prefix", &[16, 127, 9]),
        row(
            "RFC 4271 4.3",
            "a prefix twice in one UPDATE",
            Box::new(|p| octets::update(&base(), &p.subject.octets.repeat(2))),
            passed_on(&[]),
        ),
        row(
            "RFC 4271 4.3",
            "withdrawn and announced in one UPDATE: the announcement counts",
            Box::new(|p| update_with(&p.subject.octets, &base(), &p.subject.octets)),
            passed_on(&[]),
        ),
        row(
            "RFC 4271 4.3",
            "a withdrawal without attributes",
            Box::new(|p| update_with(&p.subject.octets, &[], &[])),
            Fate::Withdrawn,
        ),
        row(
            "RFC 4271 4.3",
            "a withdrawal twice in one UPDATE",
            Box::new(|p| update_with(&p.subject.octets.repeat(2), &[], &[])),
            Fate::Withdrawn,
        ),
        row(
            "RFC 4271 4.3",
            "a withdrawal beside an announcement",
            Box::new(|p| update_with(&p.subject.octets, &base(), &p.second.octets)),
            Fate::Withdrawn,
        ),
        row(
            "RFC 4271 4.3",
            "a withdrawal of what was never announced",
            Box::new(|p| update_with(&p.second.octets, &[], &[])),
            Fate::As(told_before()),
        ),
        row(
            "RFC 7606 2",
            "a wrong ORIGIN costs what is withdrawn and what is announced",
            Box::new(|p| {
                let wrong = super::case::instead(1, &attribute(0x40, 1, &[9]));
                update_with(&p.subject.octets, &wrong, &p.second.octets)
            }),
            Fate::Withdrawn,
        ),
        row(
            "RFC 4271 3.1",
            "withdrawn and announced again",
            Box::new(|p| {
                [update_with(&p.subject.octets, &[], &[]), octets::update(&base(), &p.subject.octets)]
                    .concat()
            }),
            passed_on(&[]),
        ),
        row(
            "RFC 4271 3.1",
            "announced twice: the last counts",
            Box::new(|p| {
                let first = super::case::instead(3, &next_hop([10, 66, 15, 9].into()));
                [octets::update(&first, &p.subject.octets), octets::update(&base(), &p.subject.octets)]
                    .concat()
            }),
            passed_on(&[]),
        ),
        Case::new("RFC 4271 3.1", "the routes go with the session", |stand| {
            drop(with_route(stand, stand.established()?)?);
            stand.told(&Told::Withdrawn)
        }),
    ]
}

/// UPDATEs that announce nothing.
fn without_routes() -> Vec<Case> {
    let kept = |rule, name, attributes: Vec<u8>| {
        survives(rule, name, Box::new(move |_| octets::update(&attributes, &[])), Fate::As(told_before()))
    };
    let reset = |name, attribute: Vec<u8>, numbers| {
        let octets = octets::update(&super::case::instead(attribute[1], &attribute), &[]);
        answered("RFC 7606 5.2", name, State::Established, octets, numbers, &attribute)
    };
    vec![
        kept("RFC 4724 2", "End-of-RIB", Vec::new()),
        kept("RFC 4271 4.3", "attributes and no prefix", base()),
        kept("RFC 7606 5.2", "an attribute to be discarded and no prefix", beside(&attribute(0x40, 6, &[1]))),
        kept("RFC 7606 5.2", "LOCAL_PREF and no prefix", beside(&attribute(0x40, 5, &[0, 0, 0, 1]))),
        reset("ORIGIN 9 and no prefix", attribute(0x40, 1, &[9]), (3, 6)),
        reset("NEXT_HOP of three octets and no prefix", attribute(0x40, 3, &GATEWAY.octets()[..3]), (3, 5)),
        reset("ORIGIN optional and no prefix", attribute(0xC0, 1, &[0]), (3, 4)),
        answered_with(
            "RFC 7606 5.2",
            "COMMUNITIES of five octets beside a withdrawal",
            State::Established,
            Box::new(|p| update_with(&p.second.octets, &beside(&attribute(0xC0, 8, &[0; 5])), &[])),
            (3, 5),
            &attribute(0xC0, 8, &[0; 5]),
        ),
    ]
}

#[test]
fn prefixes_and_lengths_are_taken_or_end_the_session() {
    super::run::msee_passes(&cases());
}
