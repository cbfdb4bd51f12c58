use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn sizes(table: &Table) -> Vec<usize> {
    table.groups().map(|(_, prefixes)| prefixes.len()).collect()
}

#[test]
fn the_zone_has_exactly_as_many_sets_as_asked_for() {
    let prefixes = synthetic_prefixes(10_000, 1);
    assert_eq!(prefixes.len(), 10_000);
    assert_eq!(prefixes.iter().collect::<BTreeSet<_>>().len(), 10_000);
    let table = share(&prefixes, 2_000, Sharing::Skewed, 1);
    assert_eq!((table.attribute_sets(), table.prefixes().len()), (2_000, 10_000));
    let sizes = sizes(&table);
    let single = sizes.iter().filter(|size| **size == 1).count();
    assert!(single > 800, "{single} of 2000 sets have one prefix");
    assert!(sizes.iter().max() > Some(&100), "the largest set has {:?} prefixes", sizes.iter().max());
    let even = share(&prefixes, 10, Sharing::Even, 1);
    assert_eq!(even.groups().map(|(_, prefixes)| prefixes.len()).collect::<Vec<_>>(), [1_000; 10]);
}

#[test]
fn the_same_seed_gives_the_same_table() {
    let table = |seed| {
        let table = share(&synthetic_prefixes(500, seed), 100, Sharing::Skewed, seed);
        table.groups().map(|(set, prefixes)| (set.clone(), prefixes.to_vec())).collect::<Vec<_>>()
    };
    assert_eq!(table(7), table(7));
    assert_ne!(table(7), table(8));
}

#[test]
fn a_family_has_groups_of_its_own() {
    let prefixes: Vec<IpNet> =
        ["192.0.2.0/24", "2001:db8::/32", "198.51.100.0/24"].map(|text| text.parse().unwrap()).to_vec();
    let table = share(&prefixes, 1, Sharing::Skewed, 1);
    assert_eq!(table.attribute_sets(), 2);
    for (_, prefixes) in table.groups() {
        assert_eq!(prefixes.iter().map(Family::of).collect::<BTreeSet<_>>().len(), 1);
    }
}

#[test]
fn a_sender_adds_itself_and_the_version() {
    let shared = AttributeSet {
        origin: Origin::Igp,
        as_path: AsPath::sequence([Asn::constant(3333)]),
        communities: [Community::new(3333, 7)].into(),
        large_communities: Box::default(),
    };
    let author = Author {
        asn: Asn::constant(65001),
        next_hops: NextHops { ipv4: Some([192, 0, 2, 1].into()), ipv6: None },
    };
    let sent = shared.by(author, Family::Ipv4, None).unwrap();
    assert_eq!(sent.as_path.to_string(), "65001 3333");
    assert_eq!(sent.communities, shared.communities);
    let sent = shared.by(author, Family::Ipv4, Some(Version::new(2))).unwrap();
    assert_eq!(sent.as_path.to_string(), "65001 4210000002 3333");
    assert!(shared.by(author, Family::Ipv6, None).is_none());
}

#[test]
fn the_speakers_own_as_is_in_no_path() {
    let (own, other) = (Asn::constant(65_000), Asn::constant(3333));
    let set = |path: &[Asn]| AttributeSet {
        origin: Origin::Igp,
        as_path: AsPath::sequence(path.iter().copied()),
        communities: Box::default(),
        large_communities: Box::default(),
    };
    let prefix: IpNet = "192.0.2.0/24".parse().unwrap();
    for (path, left) in [(&[own, other][..], "3333"), (&[own], ""), (&[other], "3333")] {
        let table = Table::new([(set(path), vec![prefix])]).without(own);
        let paths: Vec<_> = table.groups().map(|(set, _)| set.as_path.to_string()).collect();
        assert_eq!(paths, [left]);
    }
}

proptest! {
    #[test]
    fn a_thinned_table_has_as_many_prefixes_as_asked_for(count in 1_usize..300, kept in 0_usize..400) {
        let table = share(&synthetic_prefixes(count, 3), 20, Sharing::Skewed, 3);
        let thinned = table.thinned(kept);
        prop_assert_eq!(thinned.prefixes().len(), kept.min(count));
        let all: BTreeSet<_> = table.prefixes().iter().collect();
        prop_assert!(thinned.prefixes().iter().all(|prefix| all.contains(prefix)));
    }

    #[test]
    fn the_parts_of_a_table_are_the_table(count in 1_usize..300, sets in 1_usize..50, parts in 1_usize..12) {
        let table = share(&synthetic_prefixes(count, 3), sets, Sharing::Skewed, 3);
        let shares = table.split(parts);
        prop_assert_eq!(shares.len(), parts);
        let routes = |table: &Table| -> Vec<(IpNet, AttributeSet)> {
            table.groups().flat_map(|(set, prefixes)| prefixes.iter().map(|prefix| (*prefix, set.clone()))).collect()
        };
        prop_assert_eq!(shares.iter().flat_map(routes).collect::<Vec<_>>(), routes(&table));
        for share in shares {
            let size = share.prefixes().len();
            prop_assert!(size == count / parts || size == count / parts + 1, "{} of {}", size, count);
        }
        let by_prefix: BTreeMap<_, _> = routes(&table).into_iter().collect();
        prop_assert_eq!(by_prefix.len(), count);
    }
}
