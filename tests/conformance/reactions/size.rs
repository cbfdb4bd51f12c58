//! Messages of up to 4,096 octets, and of up to 65,535 where both sides agreed (RFC 4271 section 4.1, RFC 8654).

use super::{
    case::{Case, Fate, OPTIONAL, PARTIAL, State, answered, beside, passed_on, survives, update},
    stand::Stand,
    update::Told,
    wire::{LastWords, Wire},
};
use crate::{
    lab::failure::{Outcome, ensure},
    octets::{self, KEEPALIVE, OPEN, UPDATE, attribute},
};

pub(crate) fn cases() -> Vec<Case> {
    [standard(), extended(), open()].into_iter().flatten().collect()
}

/// An attribute that nobody knows and that makes an UPDATE for one /24 prefix this long.
fn filling(length: usize) -> Vec<u8> {
    // Header, two lengths, the prefix; then the attribute's own header of four octets.
    let before = 19 + 2 + 2 + 4 + super::case::base().len();
    attribute(OPTIONAL, 99, &vec![0xA5; length - before - 4])
}

fn standard() -> Vec<Case> {
    let exact = filling(4096);
    // What is passed on has one AS more, and is that much longer.
    let passing = filling(4091);
    let passed = passed_on(&[&[OPTIONAL | PARTIAL | 0x10], &passing[1..]].concat());
    vec![
        update("RFC 4271 4.1", "an UPDATE that is passed on with 4,095 octets", beside(&passing), passed),
        Case::new(
            "RFC 4271 4.1",
            "an UPDATE of 4,096 octets, too large for the second peer when it is passed on",
            move |stand| {
                let mut wire = super::case::with_route(stand, stand.established()?)?;
                let message = octets::update(&beside(&exact), &stand.prefixes().subject.octets);
                ensure!(message.len() == 4096, "{} octets", message.len());
                wire.say(&message);
                stand.goes_on(&mut wire)?;
                stand.told(&Told::Withdrawn)
            },
        ),
        answered(
            "RFC 4271 6.1",
            "an UPDATE of 4,097 octets",
            State::Established,
            octets::update(&beside(&filling(4097)), &[24, 22, 2, 1]),
            (1, 2),
            &[0x10, 0x01],
        ),
        survives(
            "RFC 4271 4.3",
            "a thousand prefixes in one UPDATE",
            Box::new(|p| {
                let many: Vec<u8> =
                    (0..1000_u16).flat_map(|n| [&[24, 24], &n.to_be_bytes()[..]].concat()).collect();
                [
                    octets::update(&super::case::base(), &[&many[..], &p.subject.octets].concat()),
                    octets::update_with(&many, &[], &[]),
                ]
                .concat()
            }),
            passed_on(&[]),
        ),
    ]
}

fn extended() -> Vec<Case> {
    const RULE: &str = "RFC 8654 4";
    let carried = |name, length: usize| {
        Case::new(RULE, name, move |stand| {
            let mut wire = established(stand)?;
            let subject = stand.prefixes().subject;
            wire.say(&octets::update(&super::case::before(), &subject.octets));
            stand.watchers.plain.has_route(&subject, stand.place.patience)?;
            wire.say(&octets::update(&beside(&filling(length)), &subject.octets));
            stand.goes_on(&mut wire)?;
            let filling = filling(length);
            let told = passed_on(&[&[OPTIONAL | PARTIAL | 0x10], &filling[1..]].concat()).told()?;
            let patience = stand.place.patience;
            stand.watchers.extended.is_told(&subject, &told, patience)?;
            // A peer without long messages cannot be told: to it the route has gone.
            stand.told(&Told::Withdrawn)
        })
    };
    let refused = |name, octets: Vec<u8>, data: &'static [u8]| {
        Case::new(RULE, name, move |stand| {
            let mut wire = established(stand)?;
            wire.say(&octets);
            let heard = wire.hear_last_words()?;
            let wanted = LastWords::Notification((1, 2), data.to_vec());
            ensure!(heard == wanted, "{heard:?}, not {wanted:?}");
            Ok(())
        })
    };
    vec![
        carried("an UPDATE of 4,200 octets after the capability", 4200),
        carried("an UPDATE of 20,000 octets after the capability", 20_000),
        carried("an UPDATE of 65,000 octets after the capability", 65_000),
        refused(
            "a KEEPALIVE of 4,097 octets after the capability",
            octets::message(KEEPALIVE, &[0; 4097 - 19]),
            &[0x10, 0x01],
        ),
        refused(
            "an OPEN of 4,097 octets after the capability",
            octets::message(OPEN, &[0; 4097 - 19]),
            &[0x10, 0x01],
        ),
        refused("an UPDATE of 22 octets after the capability", octets::message(UPDATE, &[0; 3]), &[0, 22]),
        answered(
            RULE,
            "an UPDATE of 5,000 octets without the capability",
            State::Established,
            octets::update(&beside(&filling(5000)), &[24, 22, 2, 2]),
            (1, 2),
            &5000_u16.to_be_bytes(),
        ),
    ]
}

fn established(stand: &Stand<'_>) -> Outcome<Wire> {
    stand.place.established(stand.seat, &stand.open().with_extended_messages())
}

fn open() -> Vec<Case> {
    vec![
        answered(
            "RFC 8654 4",
            "an OPEN of 4,097 octets",
            State::OpenSent,
            octets::message(OPEN, &[0; 4097 - 19]),
            (1, 2),
            &[0x10, 0x01],
        ),
        update(
            "RFC 4271 4.3",
            "an AS_PATH of 900 numbers",
            super::case::instead(2, &octets::as_path(&long_path(900))),
            Fate::As({
                let long = long_path(900);
                // A full segment takes no further number: a new one begins before it (RFC 4271 section 5.1.2).
                let own = octets::segment(2, &[crate::plan::DAEMON_AS.into()]);
                let rest: Vec<u8> =
                    long.chunks(255).flat_map(|numbers| octets::segment(2, numbers)).collect();
                let path = attribute(0x40, 2, &[own, rest].concat());
                [octets::origin(), path, octets::next_hop(super::case::SPEAKER)].concat()
            }),
        ),
    ]
}

fn long_path(numbers: u32) -> Vec<u32> {
    std::iter::once(crate::plan::PEER_AS.into()).chain(100_001..100_000 + numbers).collect()
}

#[test]
fn messages_are_as_long_as_both_sides_agreed() {
    super::run::msee_passes(&cases());
}
