//! Properties of the codec as a whole: what is written reads back, and no octets make it panic.

use super::{
    attribute::{Digest, Segment},
    samples::*,
    *,
};
use crate::family::Family;
use bytes::BytesMut;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// Reads as much as a session would: every message, every prefix, every attribute.
fn read_everything(mut octets: &[u8], negotiated: Negotiated) {
    let mut key = BytesMut::new();
    while let Ok(Some((message, used))) = Message::decode(octets, negotiated) {
        if let Message::Update(update) = &message {
            read_update(update, negotiated, &mut key);
        }
        octets = &octets[used..];
    }
}

fn read_update(update: &Update<'_>, negotiated: Negotiated, key: &mut BytesMut) {
    match update.split(negotiated) {
        Ok(parts) => {
            assert!(parts.withdrawn().all(|nlri| nlri.clone().nets().count() > 0));
            for announcement in parts.announcements() {
                assert!(announcement.nlri.clone().nets().count() > 0);
                let parsed = announcement.attributes.parse();
                if let Err(errors) = &parsed {
                    assert_eq!(errors.treatment(), Treatment::TreatAsWithdraw, "{errors}");
                }
                let key = announcement.attributes.key(key);
                if let Some(digest) = StoredAttributes::new(key).digest() {
                    let parsed = parsed.unwrap();
                    assert_eq!(parsed.discarded, None);
                    assert!(digests(&digest, &parsed.attributes));
                    let mut stored = BytesMut::new();
                    parsed.attributes.store(&mut stored);
                    assert_eq!(stored, key);
                }
            }
        }
        Err(error) => assert_eq!(error.notification().code.code(), 3),
    }
}

fn digests(digest: &Digest<'_>, attributes: &PathAttributes) -> bool {
    let PathAttributes { origin, as_path, med, communities, .. } = attributes;
    (digest.origin, digest.path_length, digest.neighbour) == (*origin, as_path.length(), as_path.first())
        && digest.med == *med
        && digest.communities().eq(communities.iter().copied())
}

/// One announcement of prefixes, decoded again: prefixes and attributes of all messages.
fn announced(octets: &[u8], negotiated: Negotiated) -> (Vec<IpNet>, Vec<PathAttributes>) {
    let (mut rest, mut prefixes, mut attributes) = (octets, Vec::new(), Vec::new());
    while let Some((Message::Update(update), used)) = Message::decode(rest, negotiated).unwrap() {
        let parts = update.split(negotiated).unwrap();
        assert_eq!((parts.withdrawn().count(), parts.ignored().count(), &parts.errors), (0, 0, &None));
        for announcement in parts.announcements() {
            prefixes.extend(announcement.nlri.clone().nets());
            let parsed = announcement.attributes.parse().unwrap();
            assert_eq!(parsed.discarded, None);
            attributes.push(parsed.attributes);
        }
        rest = &rest[used..];
    }
    assert!(rest.is_empty());
    (prefixes, attributes)
}

/// Writes prefixes into as many UPDATEs as they need, and checks that each is filled as far as it can be.
fn write_all<P: Prefix>(encoded: &EncodedAttributes<P>, prefixes: &[P], limit: MessageLimit) -> BytesMut {
    let mut out = BytesMut::new();
    let mut left = prefixes.iter().copied();
    let mut before = 0;
    while write_announcements(encoded, &mut left, &mut out) > 0 {
        let octets = out.len() - before;
        assert!(octets <= limit.octets());
        assert!(
            left.len() == 0 || octets + P::LONGEST > limit.octets(),
            "{octets} octets, {} left",
            left.len()
        );
        before = out.len();
    }
    out
}

fn passes_on<P: Prefix>(
    stored: &[u8],
    how: &PassedOn,
    want: &PathAttributes,
    negotiated: Negotiated,
) -> Result<(), TestCaseError> {
    let mut encoded = EncodedAttributes::<P>::empty(negotiated.message_limit);
    let outcome = encoded.pass_on(StoredAttributes::new(stored), how, negotiated.as_width);
    match EncodedAttributes::encode(want, negotiated) {
        Ok(want) => prop_assert_eq!((outcome, encoded), (Ok(()), want)),
        Err(error) => prop_assert_eq!(outcome, Err(error)),
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_message_reads_back_as_it_was_written(message in message(), negotiated in negotiated()) {
        let mut octets = BytesMut::new();
        message.encode(negotiated, &mut octets).unwrap();
        prop_assert_eq!(Message::decode(&octets, negotiated), Ok(Some((message, octets.len()))));
    }

    #[test]
    fn what_is_stored_reads_back_and_is_the_key_it_comes_by_again(
        attributes in prop_oneof![attributes(Family::Ipv4), attributes(Family::Ipv6)],
    ) {
        let mut stored = BytesMut::new();
        attributes.store(&mut stored);
        prop_assert_eq!(StoredAttributes::new(&stored).read(), Some(attributes.clone()));
        prop_assert_eq!(StoredAttributes::new(&stored).next_hop(), Some(attributes.next_hop));
        prop_assert!(StoredAttributes::new(&stored).asns().eq(attributes.as_path.asns()));
        let usual = |segment: &Segment| matches!(segment, Segment::Sequence(_));
        if attributes.unknown.is_empty() && attributes.as_path.segments.iter().all(usual) {
            let digest = StoredAttributes::new(&stored).digest();
            prop_assert!(digest.is_some_and(|digest| digests(&digest, &attributes)));
        }
    }

    #[test]
    fn attributes_passed_on_as_octets_are_those_that_are_read_changed_and_written(
        attributes in prop_oneof![attributes(Family::Ipv4), attributes(Family::Ipv6)],
        prepend in asn(),
        role in option::of(select(Role::ALL.to_vec())),
        negotiated in negotiated(),
    ) {
        let mut stored = BytesMut::new();
        attributes.store(&mut stored);
        let how = PassedOn { prepend, next_hop: attributes.next_hop, role };
        let marks = role.is_some_and(Role::sends_only_to_customers);
        let extended = attributes.extended_communities.iter().copied().filter(|community| community.is_transitive());
        let want = PathAttributes {
            as_path: attributes.as_path.prepended(prepend, 1),
            med: None,
            only_to_customer: attributes.only_to_customer.or(marks.then_some(prepend.get())),
            extended_communities: extended.collect(),
            ..attributes.clone()
        };
        prop_assert_eq!(StoredAttributes::new(&stored).passed_on(&how), Some(want.clone()));
        match how.next_hop.family() {
            Family::Ipv4 => passes_on::<Ipv4Net>(&stored, &how, &want, negotiated)?,
            Family::Ipv6 => passes_on::<Ipv6Net>(&stored, &how, &want, negotiated)?,
        }
    }

    #[test]
    fn a_message_that_has_not_arrived_completely_is_none(message in message(), negotiated in negotiated()) {
        let mut octets = BytesMut::new();
        message.encode(negotiated, &mut octets).unwrap();
        for arrived in 0..octets.len() {
            prop_assert_eq!(Message::decode(&octets[..arrived], negotiated), Ok(None));
        }
    }

    #[test]
    fn arbitrary_octets_never_panic(octets in vec(any::<u8>(), 0..200), negotiated in negotiated()) {
        read_everything(&octets, negotiated);
    }

    #[test]
    fn arbitrary_fields_never_panic(
        withdrawn in vec(any::<u8>(), 0..20),
        attributes in vec(any::<u8>(), 0..100),
        nlri in vec(0..40_u8, 0..20),
        negotiated in negotiated(),
    ) {
        let update = Update { withdrawn: &withdrawn, attributes: &attributes, nlri: &nlri };
        read_update(&update, negotiated, &mut BytesMut::new());
    }

    #[test]
    fn a_damaged_message_never_panics(
        message in message(),
        damage in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        negotiated in negotiated(),
    ) {
        let mut octets = BytesMut::new();
        message.encode(negotiated, &mut octets).unwrap();
        for (at, octet) in damage {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        read_everything(&octets, negotiated);
    }

    #[test]
    fn a_damaged_update_never_panics(
        attributes in attributes(Family::Ipv6),
        prefixes in vec(ipv6_net(), 1..6),
        damage in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        negotiated in negotiated(),
    ) {
        if let Ok(encoded) = EncodedAttributes::encode(&attributes, negotiated) {
            let mut octets = BytesMut::new();
            write_announcements(&encoded, &mut prefixes.into_iter(), &mut octets);
            for (at, octet) in damage {
                // Behind marker and length, so that the damage reaches the UPDATE.
                let at = 19 + at.index(octets.len() - 19);
                octets[at] = octet;
            }
            read_everything(&octets, negotiated);
        }
    }

    #[test]
    fn attributes_with_the_same_key_are_the_same(
        first in attributes(Family::Ipv4),
        second in attributes(Family::Ipv4),
        negotiated in negotiated(),
    ) {
        let encode = |attributes| EncodedAttributes::<ipnet::Ipv4Net>::encode(attributes, negotiated);
        if let (Ok(one), Ok(two)) = (encode(&first), encode(&second)) {
            prop_assert_eq!(one.octets() == two.octets(), first == second);
        }
    }
}

// Fewer cases: each fills several messages.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn ipv4_routes_read_back_as_they_were_written(
        attributes in attributes(Family::Ipv4),
        prefixes in vec(ipv4_net(), 1..2000),
        session in negotiated(),
    ) {
        let session = Negotiated { families: crate::family::Families::BOTH, ..session };
        // Few attribute sets are too long for a standard message; the encoder says so.
        if let Ok(encoded) = EncodedAttributes::encode(&attributes, session) {
            let octets = write_all(&encoded, &prefixes, session.message_limit);
            let (nets, read) = announced(&octets, session);
            prop_assert!(nets.into_iter().eq(prefixes.into_iter().map(IpNet::V4)));
            prop_assert!(read.iter().all(|read| *read == attributes));
        }
    }

    #[test]
    fn ipv6_routes_read_back_as_they_were_written(
        attributes in attributes(Family::Ipv6),
        prefixes in vec(ipv6_net(), 1..600),
        session in negotiated(),
    ) {
        let session = Negotiated { families: crate::family::Families::BOTH, ..session };
        if let Ok(encoded) = EncodedAttributes::encode(&attributes, session) {
            let octets = write_all(&encoded, &prefixes, session.message_limit);
            let (nets, read) = announced(&octets, session);
            prop_assert!(nets.into_iter().eq(prefixes.into_iter().map(IpNet::V6)));
            prop_assert!(read.iter().all(|read| *read == attributes));
        }
    }

    #[test]
    fn withdrawals_read_back_as_they_were_written(
        v4 in vec(ipv4_net(), 1..2000),
        v6 in vec(ipv6_net(), 1..600),
    ) {
        let mut octets = BytesMut::new();
        let mut left = v4.iter().copied();
        while write_withdrawals(&mut left, NEW.message_limit, &mut octets) > 0 {}
        let mut left = v6.iter().copied();
        while write_withdrawals(&mut left, NEW.message_limit, &mut octets) > 0 {}
        let (mut rest, mut withdrawn) = (&octets[..], Vec::new());
        while let Some((Message::Update(update), used)) = Message::decode(rest, NEW).unwrap() {
            let parts = update.split(NEW).unwrap();
            prop_assert_eq!((parts.announcements().count(), parts.end_of_rib), (0, None));
            withdrawn.extend(parts.withdrawn().flat_map(|nlri| nlri.clone().nets()));
            rest = &rest[used..];
        }
        let want = v4.into_iter().map(IpNet::V4).chain(v6.into_iter().map(IpNet::V6));
        prop_assert!(withdrawn.into_iter().eq(want));
    }
}
