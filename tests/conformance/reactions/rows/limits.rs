//! What a speaker refuses although it is well written: loops, foreign paths, too many prefixes (RFC 4271 sections 6.3 and 9.1.2,
//! RFC 4486 section 4).

use super::{
    case::{Case, Fate, base, instead, update},
    stand::Stand,
    update::{Prefix, Told},
    wire::LastWords,
};
use crate::{
    lab::failure::{Outcome, ensure},
    octets::{self, as_path, attribute, segment},
    plan::{DAEMON_AS, PEER_AS, Seat},
};

const US: u32 = DAEMON_AS as u32;
const PEER: u32 = PEER_AS as u32;

pub(crate) fn cases() -> Vec<Case> {
    [paths(), prefixes()].into_iter().flatten().collect()
}

fn paths() -> Vec<Case> {
    let refused = |rule, name, path: &[u8]| update(rule, name, instead(2, path), Fate::Withdrawn);
    let set = attribute(0x40, 2, &[segment(2, &[PEER]), segment(1, &[64901, US])].concat());
    vec![
        refused("RFC 4271 9.1.2", "the speaker's AS at the end of the path", &as_path(&[PEER, US])),
        refused("RFC 4271 9.1.2", "the speaker's AS in the middle of the path", &as_path(&[PEER, US, 64901])),
        refused("RFC 4271 9.1.2", "the speaker's AS in a set", &set),
        refused("RFC 7606 7.2", "a path that begins with another AS", &as_path(&[64901, PEER])),
        refused("RFC 7606 7.2", "a path that does not hold the peer's AS", &as_path(&[64901])),
        refused("RFC 7606 7.2", "an empty path", &attribute(0x40, 2, &[])),
        refused(
            "RFC 7606 7.2",
            "a path that begins with a set",
            &attribute(0x40, 2, &segment(1, &[PEER, 64901])),
        ),
    ]
}

const LIMIT: u32 = 3;

fn prefixes() -> Vec<Case> {
    let row = |name, play: fn(&Stand<'_>) -> Outcome| {
        Case::new("RFC 4486 4", name, play).on(Seat { limit: Some(LIMIT), ..Seat::default() })
    };
    vec![
        row("as many prefixes as the limit, in one UPDATE", |stand| {
            let mut wire = stand.established()?;
            wire.say(&octets::update(&base(), &many(stand, LIMIT)));
            arrive(stand, LIMIT)?;
            wire.is_open()
        }),
        row("one prefix more than the limit, in one UPDATE", |stand| {
            let mut wire = stand.established()?;
            wire.say(&octets::update(&base(), &many(stand, LIMIT + 1)));
            trips(stand, &wire.hear_last_words()?)
        }),
        row("one prefix more than the limit, each in an UPDATE", |stand| {
            let mut wire = stand.established()?;
            for number in 0..=LIMIT {
                wire.say(&octets::update(&base(), &one(stand, number).octets));
            }
            trips(stand, &wire.hear_last_words()?)
        }),
        row("a prefix announced again is not counted twice", |stand| {
            let mut wire = stand.established()?;
            for _ in 0..5 {
                wire.say(&octets::update(&base(), &many(stand, LIMIT)));
            }
            arrive(stand, LIMIT)?;
            wire.is_open()
        }),
        row("a withdrawn prefix makes room", |stand| {
            let mut wire = stand.established()?;
            wire.say(&octets::update(&base(), &many(stand, LIMIT)));
            arrive(stand, LIMIT)?;
            wire.say(&octets::update_with(&one(stand, 0).octets, &[], &[]));
            wire.say(&octets::update(&base(), &one(stand, LIMIT).octets));
            stand.watchers.plain.has_route(&one(stand, LIMIT), stand.place.patience)?;
            wire.is_open()
        }),
    ]
}

/// A prefix of this case alone.
fn one(stand: &Stand<'_>, number: u32) -> Prefix {
    let octets = [24, 26, u8::try_from(number).unwrap_or(u8::MAX), stand.prefixes().subject.octets[3]];
    Prefix { afi: 1, octets: octets.to_vec() }
}

fn many(stand: &Stand<'_>, count: u32) -> Vec<u8> {
    (0..count).flat_map(|number| one(stand, number).octets).collect()
}

fn arrive(stand: &Stand<'_>, count: u32) -> Outcome {
    (0..count)
        .try_for_each(|number| stand.watchers.plain.has_route(&one(stand, number), stand.place.patience))
}

/// Maximum Number of Prefixes Reached, perhaps with AFI, SAFI and the limit; and no prefix stays.
fn trips(stand: &Stand<'_>, heard: &LastWords) -> Outcome {
    let [a, b, c, d] = LIMIT.to_be_bytes();
    let right = |data: &[u8]| data.is_empty() || data == [0, 1, 1, a, b, c, d];
    ensure!(matches!(heard, LastWords::Notification((6, 1), data) if right(data)), "{heard:?}");
    let patience = stand.place.patience;
    let gone = |prefix: &Prefix| {
        let plain = &stand.watchers.plain;
        plain
            .is_told(prefix, &Told::Nothing, std::time::Duration::ZERO)
            .or_else(|_| plain.is_told(prefix, &Told::Withdrawn, patience))
    };
    (0..=LIMIT).try_for_each(|number| gone(&one(stand, number)))
}

/// RFC 4486 leaves the data to the speaker, so that no other daemon is held against this.
fn told_with_family_and_bound() -> Case {
    let case = Case::new("RFC 4486 4", "family and bound are the data", |stand| {
        let mut wire = stand.established()?;
        wire.say(&octets::update(&base(), &many(stand, LIMIT + 1)));
        let [a, b, c, d] = LIMIT.to_be_bytes();
        let (heard, wanted) =
            (wire.hear_last_words()?, LastWords::Notification((6, 1), vec![0, 1, 1, a, b, c, d]));
        ensure!(heard == wanted, "{heard:?}");
        Ok(())
    });
    case.on(Seat { limit: Some(LIMIT), ..Seat::default() })
}

#[test]
fn the_prefix_limit_is_told_with_family_and_bound() {
    super::run::msee_passes(&[told_with_family_and_bound()]);
}

#[test]
fn loops_foreign_paths_and_too_many_prefixes_are_refused() {
    super::run::msee_passes(&cases());
}
