//! The rules one by one, and together against the RFC's wording.

use super::*;
use crate::{
    rib::testing::path_attributes,
    wire::{AsPath, Identifier, PathAttributes},
};
use proptest::{collection::vec, option, prelude::*};
use std::net::Ipv4Addr;

#[derive(Clone, Debug, PartialEq)]
struct Path {
    preference: u32,
    attributes: Attributes,
    identifier: Identifier,
    peer: IpAddr,
}

impl Candidate for Path {
    fn preference(&self) -> u32 {
        self.preference
    }

    fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    fn identifier(&self) -> Identifier {
        self.identifier
    }

    fn peer(&self) -> IpAddr {
        self.peer
    }
}

fn path(numbers: &[u32], origin: Origin, med: Option<u32>, identifier: u8, peer: u8) -> Path {
    let as_path = AsPath::sequence(numbers.iter().map(|number| Asn::constant(*number)));
    Path {
        preference: 0,
        attributes: PathAttributes { origin, as_path, med, ..path_attributes(0) }.into(),
        identifier: Identifier::new(Ipv4Addr::new(10, 0, 0, identifier)).unwrap(),
        peer: Ipv4Addr::new(172, 16, 0, peer).into(),
    }
}

#[test]
fn every_rule_decides_before_the_next() {
    use Origin::{Egp, Igp, Incomplete};
    let preferred = Path { preference: 1, ..path(&[1, 2, 3], Incomplete, Some(9), 9, 9) };
    for (rule, better, worse) in [
        ("1: preference", preferred, path(&[1], Igp, None, 1, 1)),
        ("2: AS_PATH length", path(&[1], Incomplete, Some(9), 9, 9), path(&[1, 2], Igp, None, 1, 1)),
        ("3: ORIGIN", path(&[1], Igp, Some(9), 9, 9), path(&[1], Egp, None, 1, 1)),
        ("3: ORIGIN", path(&[1], Egp, Some(9), 9, 9), path(&[1], Incomplete, None, 1, 1)),
        ("4: MED", path(&[1], Igp, Some(1), 9, 9), path(&[1], Igp, Some(2), 1, 1)),
        ("4: absent MED is 0", path(&[1], Igp, None, 9, 9), path(&[1], Igp, Some(1), 1, 1)),
        ("4: not among neighbours", path(&[1], Igp, Some(9), 1, 9), path(&[2], Igp, Some(1), 2, 1)),
        ("5: identifier", path(&[1], Igp, None, 1, 9), path(&[2], Igp, None, 2, 1)),
        ("6: peer address", path(&[1], Igp, None, 1, 1), path(&[2], Igp, None, 1, 2)),
    ] {
        for candidates in [[better.clone(), worse.clone()], [worse, better.clone()]] {
            assert_eq!(best(&candidates), Some(&better), "rule {rule}");
        }
    }
    assert_eq!(best::<Path>(&[]), None);
}

#[test]
fn routes_that_only_the_tie_breaks_tell_apart_share_the_traffic() {
    let one = path(&[1, 2], Origin::Igp, None, 2, 5);
    let other = path(&[3, 4], Origin::Igp, Some(7), 1, 6);
    let longer = path(&[1, 2, 2], Origin::Igp, None, 1, 1);
    let higher_med = path(&[1, 5], Origin::Igp, Some(1), 1, 2);
    let candidates = [one.clone(), longer, other.clone(), higher_med];
    assert_eq!(multipath(&candidates), [&other, &one]);
}

/// MED makes "better" no order among pairs; what is chosen must not depend on who arrived first (RFC 4271 9.1.2.2 c).
#[test]
fn the_choice_does_not_depend_on_the_order_of_arrival() {
    let a = path(&[1], Origin::Igp, Some(2), 1, 1);
    let b = path(&[2], Origin::Igp, Some(0), 2, 2);
    let c = path(&[1], Origin::Igp, Some(1), 3, 3);
    for order in [[&a, &b, &c], [&a, &c, &b], [&b, &a, &c], [&b, &c, &a], [&c, &a, &b], [&c, &b, &a]] {
        assert_eq!(best(&order.map(Clone::clone)), Some(&b));
    }
}

/// RFC 4271 section 9.1.2.2 word for word: a rule removes from consideration what another route beats.
fn as_written(candidates: &[Path]) -> Vec<&Path> {
    let mut left: Vec<&Path> = candidates.iter().collect();
    let beats: [fn(&Path, &Path) -> bool; 4] = [
        |other, route| other.preference > route.preference,
        |other, route| other.attributes.path_length() < route.attributes.path_length(),
        |other, route| other.attributes.origin() < route.attributes.origin(),
        |other, route| neighbour(other) == neighbour(route) && med(other) < med(route),
    ];
    for beats in beats {
        let considered = left.clone();
        left.retain(|route| !considered.iter().any(|other| beats(other, route)));
    }
    left.sort_by_key(|route| (route.identifier, route.peer));
    left
}

proptest! {
    #[test]
    fn chooses_as_the_rfc_is_written(
        routes in vec((0u32..2, vec(1u32..3, 0..3), 0usize..2, option::of(0u32..3), 1u8..4), 0..12),
    ) {
        let candidates: Vec<Path> = (1u8..)
            .zip(&routes)
            .map(|(peer, (preference, numbers, origin, med, identifier))| {
                let origin = [Origin::Igp, Origin::Incomplete][*origin];
                Path { preference: *preference, ..path(numbers, origin, *med, *identifier, peer) }
            })
            .collect();
        let expected = as_written(&candidates);
        prop_assert_eq!(best(&candidates), expected.first().copied());
        prop_assert_eq!(multipath(&candidates), expected);
    }
}
