//! How much of everything a route may carry: beyond the bounds it is treated as withdrawn (RFC 7606 section 2). No RFC has such
//! bounds; these are what `msee` has without configuration, so that other daemons are not held against them.

use super::{
    case::{
        BEHIND, Case, Fate, OPTIONAL, PARTIAL, before, beside, instead, passed_on, passed_on_with_path,
        update,
    },
    stand::Stand,
    wire::Wire,
};
use crate::{
    lab::failure::Outcome,
    octets::{self, as_path, attribute, segment},
    plan::{DAEMON_AS, PEER_AS},
};

const RULE: &str = "RFC 7606 2";
const PEER: u32 = PEER_AS as u32;

pub(crate) fn cases() -> Vec<Case> {
    [paths(), communities(), attributes()].into_iter().flatten().collect()
}

/// A path of so many numbers that begins with the peer's.
pub(super) fn path(numbers: u32) -> Vec<u32> {
    std::iter::once(PEER).chain(100_001..100_000 + numbers).collect()
}

/// Announces the case's first prefix with messages of up to 65,535 octets, first as it should be, then as the row has it;
/// the peer that is told takes such messages too.
fn long(name: &'static str, attributes: Vec<u8>, fate: Fate) -> Case {
    Case::new(RULE, name, move |stand| {
        let mut wire = with_route(stand)?;
        let subject = stand.prefixes().subject;
        wire.say(&octets::update(&attributes, &subject.octets));
        stand.goes_on(&mut wire)?;
        stand.watchers.extended.is_told(&subject, &fate.told()?, stand.place.patience)
    })
}

fn with_route(stand: &Stand<'_>) -> Outcome<Wire> {
    let mut wire = stand.place.established(stand.seat, &stand.open().with_extended_messages())?;
    let subject = stand.prefixes().subject;
    wire.say(&octets::update(&before(), &subject.octets));
    stand.watchers.extended.has_route(&subject, stand.place.patience)?;
    Ok(wire)
}

fn paths() -> Vec<Case> {
    let withdrawn = |name, numbers: u32| long(name, instead(2, &as_path(&path(numbers))), Fate::Withdrawn);
    let same = [PEER; 1001].chunks(255).flat_map(|numbers| segment(2, numbers)).collect::<Vec<_>>();
    let single = path(1001).iter().flat_map(|number| segment(2, &[*number])).collect::<Vec<_>>();
    let most = path(1000);
    let told = [&[DAEMON_AS.into()], &most[..]].concat();
    vec![
        long("a path of 1,000 numbers", instead(2, &as_path(&most)), passed_on_with_path(&as_path(&told))),
        update(
            RULE,
            "a path of 1,001 numbers in 4,096 octets",
            instead(2, &as_path(&path(1001))),
            Fate::Withdrawn,
        ),
        withdrawn("a path of 1,001 numbers", 1001),
        withdrawn("a path of 10,000 numbers", 10_000),
        withdrawn("a path of 16,000 numbers", 16_000),
        long(
            "a path of 1,001 times the same number",
            instead(2, &attribute(0x40, 2, &same)),
            Fate::Withdrawn,
        ),
        long("a path of 1,001 sequences", instead(2, &attribute(0x40, 2, &single)), Fate::Withdrawn),
    ]
}

/// The code of an attribute, and its community of a number, which means nothing.
struct Kind(u8, fn(u32) -> Vec<u8>);

const PLAIN: Kind = Kind(8, |number| (0xFDF2_0000 + number).to_be_bytes().to_vec());
const EXTENDED: Kind = Kind(16, |number| [[0, 2, 0xFD, 0xF2], number.to_be_bytes()].concat());
const LARGE: Kind = Kind(32, |number| [PEER, number, BEHIND].map(u32::to_be_bytes).concat());

/// So many communities of a kind, in order.
fn communities_of(Kind(code, community): Kind, count: u32) -> Vec<u8> {
    attribute(OPTIONAL, code, &(0..count).flat_map(community).collect::<Vec<_>>())
}

fn communities() -> Vec<Case> {
    let carried = |name, attributes: Vec<u8>| long(name, beside(&attributes), passed_on(&attributes));
    let withdrawn = |name, attributes: Vec<u8>| long(name, beside(&attributes), Fate::Withdrawn);
    let mixed = |of_last: u32| {
        [communities_of(PLAIN, 400), communities_of(EXTENDED, 400), communities_of(LARGE, of_last)].concat()
    };
    vec![
        carried("1,000 communities", communities_of(PLAIN, 1000)),
        withdrawn("1,001 communities", communities_of(PLAIN, 1001)),
        withdrawn("16,000 communities", communities_of(PLAIN, 16_000)),
        withdrawn("1,001 extended communities", communities_of(EXTENDED, 1001)),
        withdrawn("1,001 large communities", communities_of(LARGE, 1001)),
        carried("1,000 communities of three kinds", mixed(200)),
        withdrawn("1,001 communities of three kinds", mixed(201)),
    ]
}

fn attributes() -> Vec<Case> {
    // Three more are mandatory.
    let unknown = |flags, last: u8| (100..=last).flat_map(|code| attribute(flags, code, &[code])).collect();
    let strange = |last| -> Vec<u8> { unknown(OPTIONAL, last) };
    let marked: Vec<u8> = unknown(OPTIONAL | PARTIAL, 224);
    vec![
        long("128 attributes", beside(&strange(224)), passed_on(&marked)),
        long("129 attributes", beside(&strange(225)), Fate::Withdrawn),
        long("159 attributes", beside(&strange(255)), Fate::Withdrawn),
    ]
}

#[test]
fn a_route_beyond_the_bounds_is_withdrawn() {
    super::run::msee_passes(&cases());
}
