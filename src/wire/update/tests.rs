use super::*;
use crate::{
    family::{Families, Family},
    wire::{
        AttributeErrors, Negotiated, Treatment,
        samples::{NEW, OLD, hex},
    },
};
use bytes::BytesMut;

/// What follows from an UPDATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The session ends with this code and subcode.
    Reset(u8, u8),
    /// Announced prefixes are withdrawn.
    Withdraw,
    /// The route is taken without an attribute.
    Discard,
    /// The route is taken as it is.
    Accept,
}
use Outcome::{Accept, Discard, Reset, Withdraw};

fn outcome(update: &Update<'_>, negotiated: Negotiated) -> Outcome {
    let parts = match update.split(negotiated) {
        Err(error) => {
            let (code, subcode) = error.notification().code.numbers();
            return Reset(code, subcode);
        }
        Ok(parts) => parts,
    };
    let parsed = parts.announcements().map(|announcement| announcement.attributes.parse());
    let parsed: Result<Vec<_>, _> = parsed.collect();
    match (parts.errors.as_ref().map(AttributeErrors::treatment), parsed) {
        (Some(Treatment::TreatAsWithdraw), _) | (_, Err(_)) => Withdraw,
        (Some(Treatment::DiscardAttribute), _) => Discard,
        (_, Ok(parsed)) if parsed.iter().any(|parsed| parsed.discarded.is_some()) => Discard,
        (_, Ok(_)) => Accept,
    }
}

const ORIGIN: &str = "40 01 01 00";
const AS_PATH: &str = "40 02 06 0201 00002f2c";
const NEXT_HOP: &str = "40 03 04 ac100001";
/// 10.0.0.0/8.
const NLRI: &str = "08 0a";

/// An UPDATE that announces 10.0.0.0/8 with the mandatory attributes and `more`.
fn with(more: &str, negotiated: Negotiated) -> Outcome {
    announce(&[ORIGIN, AS_PATH, NEXT_HOP, more].concat(), negotiated)
}

fn announce(attributes: &str, negotiated: Negotiated) -> Outcome {
    outcome(&Update { withdrawn: &[], attributes: &hex(attributes), nlri: &hex(NLRI) }, negotiated)
}

#[test]
fn attributes_beside_the_mandatory_ones_are_treated_as_rfc_7606_says() {
    for (rule, more, want) in [
        ("4271 5.1.4 MULTI_EXIT_DISC", "80 04 04 00000064", Accept),
        ("7.4 MULTI_EXIT_DISC of three octets", "80 04 03 000064", Withdraw),
        ("7.4 MULTI_EXIT_DISC of no octets", "80 04 00", Withdraw),
        ("3(c) MULTI_EXIT_DISC well-known", "40 04 04 00000064", Withdraw),
        ("7.5 LOCAL_PREF from an external peer", "40 05 04 00000064", Discard),
        ("7.5 LOCAL_PREF of one octet", "40 05 01 64", Discard),
        ("4271 5.1.6 ATOMIC_AGGREGATE", "40 06 00", Accept),
        ("7.6 ATOMIC_AGGREGATE with a value", "40 06 01 00", Discard),
        ("3(c) ATOMIC_AGGREGATE optional", "c0 06 00", Withdraw),
        ("7.7 AGGREGATOR of eight octets", "c0 07 08 00002f2c 0a000001", Accept),
        ("7.7 AGGREGATOR of six octets on a four-octet session", "c0 07 06 2f2c 0a000001", Discard),
        ("RFC 7607 AGGREGATOR of AS 0", "c0 07 08 00000000 0a000001", Discard),
        ("RFC 1997 COMMUNITIES", "c0 08 04 2f2cc73a", Accept),
        ("7.8 COMMUNITIES of no octets", "c0 08 00", Withdraw),
        ("7.8 COMMUNITIES of five octets", "c0 08 05 2f2cc73a00", Withdraw),
        ("3(c) COMMUNITIES without the Optional bit", "40 08 04 2f2cc73a", Withdraw),
        ("4.3 COMMUNITIES with the Partial bit", "e0 08 04 2f2cc73a", Accept),
        ("4.3 a short value with the Extended Length bit", "d0 08 0004 2f2cc73a", Accept),
        ("4.3 flags that are not used", "cf 08 04 2f2cc73a", Accept),
        ("7.9 ORIGINATOR_ID from an external peer", "80 09 04 0a000001", Discard),
        ("7.10 CLUSTER_LIST from an external peer", "80 0a 04 0a000001", Discard),
        ("RFC 4360 EXTENDED_COMMUNITIES", "c0 10 08 0002fde800000001", Accept),
        ("7.14 EXTENDED_COMMUNITIES of seven octets", "c0 10 07 0002fde8000000", Withdraw),
        ("7.14 EXTENDED_COMMUNITIES of no octets", "c0 10 00", Withdraw),
        ("RFC 8092 LARGE_COMMUNITIES", "c0 20 0c 00002f2c 00000001 00000002", Accept),
        ("RFC 8092 6 LARGE_COMMUNITIES of eleven octets", "c0 20 0b 00002f2c 00000001 000000", Withdraw),
        ("RFC 8092 6 LARGE_COMMUNITIES of no octets", "c0 20 00", Withdraw),
        ("RFC 6793 4.1 AS4_PATH from a NEW speaker", "c0 11 06 0201 00002f2c", Discard),
        ("RFC 6793 4.1 AS4_AGGREGATOR from a NEW speaker", "c0 12 08 00002f2c 0a000001", Discard),
        ("4271 5 an unknown optional transitive attribute", "c0 63 02 0102", Accept),
        ("4271 5 an unknown optional non-transitive attribute", "80 63 02 0102", Accept),
        ("4271 6.3 an unknown well-known attribute", "40 63 02 0102", Reset(3, 2)),
        ("4271 6.3 neither optional nor transitive", "00 63 02 0102", Reset(3, 2)),
        ("3(g) ORIGIN twice: the first counts", "40 01 01 09", Discard),
        ("3(g) an unknown attribute twice", "c0 63 00 c0 63 01 00", Discard),
        ("4 an attribute longer than the field", "c0 08 08 2f2cc73a", Withdraw),
        ("4 a header of one octet", "c0", Withdraw),
        ("4 a header of two octets", "c0 08", Withdraw),
        ("4 an extended header of three octets", "d0 08 00", Withdraw),
        ("3(j) an MP_REACH_NLRI longer than the field", "80 0e 20 0002", Reset(3, 1)),
        ("3(h) the strongest counts", "40 06 01 00 c0 08 00", Withdraw),
        ("3(h) a reset after a withdrawal", "c0 08 00 40 63 00", Reset(3, 2)),
        ("CVE-2023-38802 attribute 23 with a corrupt TLV", "c0 17 04 0001ffff", Accept),
        ("CVE-2024-31948 PREFIX_SID of zeros", "c0 28 0a 00000000000000000000", Accept),
        ("CVE-2019-5892 attribute 255", "e0 ff 04 00000000", Accept),
        ("CVE-2023-4481 attribute 28", "c0 1c 01 00", Accept),
        ("June 2023: attribute 29", "c0 1d 00", Accept),
    ] {
        assert_eq!(with(more, NEW), want, "{rule}");
    }
}

#[test]
fn mandatory_attributes_are_treated_as_rfc_7606_says() {
    for (rule, attributes, want) in [
        ("all of them", [ORIGIN, AS_PATH, NEXT_HOP], Accept),
        ("3(d) no ORIGIN", ["", AS_PATH, NEXT_HOP], Withdraw),
        ("3(d) no AS_PATH", [ORIGIN, "", NEXT_HOP], Withdraw),
        ("3(d) no NEXT_HOP", [ORIGIN, AS_PATH, ""], Withdraw),
        ("CVE-2023-41358 no attribute at all", ["", "", ""], Withdraw),
        ("7.1 ORIGIN of two octets", ["40 01 02 0000", AS_PATH, NEXT_HOP], Withdraw),
        ("7.1 ORIGIN of no octets", ["40 01 00", AS_PATH, NEXT_HOP], Withdraw),
        ("7.1 ORIGIN 3", ["40 01 01 03", AS_PATH, NEXT_HOP], Withdraw),
        ("3(c) ORIGIN optional", ["c0 01 01 00", AS_PATH, NEXT_HOP], Withdraw),
        ("4271 5.1.2 an empty AS_PATH", [ORIGIN, "40 02 00", NEXT_HOP], Accept),
        ("4271 5.1.2 an AS_SET", [ORIGIN, "40 02 0a 0102 00000001 00000002", NEXT_HOP], Accept),
        ("7.2 segment type 5", [ORIGIN, "40 02 06 0501 00002f2c", NEXT_HOP], Withdraw),
        ("7.2 segment type 0", [ORIGIN, "40 02 06 0001 00002f2c", NEXT_HOP], Withdraw),
        ("7.2 a segment without numbers", [ORIGIN, "40 02 02 0200", NEXT_HOP], Withdraw),
        ("7.2 a segment longer than the path", [ORIGIN, "40 02 06 0202 00002f2c", NEXT_HOP], Withdraw),
        ("7.2 one octet behind the last segment", [ORIGIN, "40 02 07 0201 00002f2c 02", NEXT_HOP], Withdraw),
        ("RFC 5065 a confederation sequence", [ORIGIN, "40 02 06 0301 00002f2c", NEXT_HOP], Withdraw),
        ("RFC 5065 a confederation set", [ORIGIN, "40 02 06 0401 00002f2c", NEXT_HOP], Withdraw),
        ("RFC 7607 AS 0", [ORIGIN, "40 02 06 0201 00000000", NEXT_HOP], Withdraw),
        ("7.3 NEXT_HOP of three octets", [ORIGIN, AS_PATH, "40 03 03 ac1000"], Withdraw),
        (
            "7.3 NEXT_HOP of 16 octets",
            [ORIGIN, AS_PATH, "40 03 10 fd99 0000000000000000000000000001"],
            Withdraw,
        ),
        ("4271 6.3 NEXT_HOP 0.0.0.0", [ORIGIN, AS_PATH, "40 03 04 00000000"], Withdraw),
        ("4271 6.3 NEXT_HOP 127.0.0.1", [ORIGIN, AS_PATH, "40 03 04 7f000001"], Withdraw),
        ("4271 6.3 NEXT_HOP 224.0.0.1", [ORIGIN, AS_PATH, "40 03 04 e0000001"], Withdraw),
        ("4271 6.3 NEXT_HOP 255.255.255.255", [ORIGIN, AS_PATH, "40 03 04 ffffffff"], Withdraw),
        ("4271 5 any order", [NEXT_HOP, AS_PATH, ORIGIN], Accept),
    ] {
        assert_eq!(announce(&attributes.concat(), NEW), want, "{rule}");
    }
}

#[test]
fn sessions_with_two_octet_numbers_follow_rfc_6793() {
    const TWO: &str = "40 02 04 0201 5ba0";
    for (rule, more, want) in [
        ("4.2.3 AS4_PATH", "c0 11 06 0201 000186a0", Accept),
        ("6 AS4_PATH too short for one number", "c0 11 00", Discard),
        ("6 AS4_PATH with half a number", "c0 11 04 0201 0001", Discard),
        ("6 AS4_PATH with segment type 7", "c0 11 06 0701 000186a0", Discard),
        ("RFC 7607 AS4_PATH with AS 0", "c0 11 06 0201 00000000", Discard),
        ("JUNOSe 2008: a confederation segment in AS4_PATH", "e0 11 0a 0302 000186a0 000186a1", Accept),
        ("3(c) AS4_PATH well-known", "40 11 06 0201 000186a0", Withdraw),
        ("7.7 AGGREGATOR of six octets", "c0 07 06 5ba0 0a000001", Accept),
        ("7.7 AGGREGATOR of eight octets", "c0 07 08 000186a0 0a000001", Discard),
        ("6 AS4_AGGREGATOR of six octets", "c0 12 06 5ba0 0a000001", Discard),
        ("RFC 7607 AS4_AGGREGATOR of AS 0", "c0 12 08 00000000 0a000001", Discard),
    ] {
        assert_eq!(announce(&[ORIGIN, TWO, NEXT_HOP, more].concat(), OLD), want, "{rule}");
    }
}

/// MP_REACH_NLRI of fd00::/16 with next hop fd99::1.
const REACH: &str = "80 0e 18 0002 01 10 fd990000000000000000000000000001 00 10fd00";
/// MP_UNREACH_NLRI of fd00::/16.
const UNREACH: &str = "80 0f 06 0002 01 10fd00";

#[test]
fn multiprotocol_attributes_follow_rfc_4760_and_rfc_7606() {
    for (rule, attributes, want) in [
        ("4760 3 no NEXT_HOP is needed", [REACH, ORIGIN, AS_PATH], Accept),
        ("5.1 MP_REACH_NLRI need not be first", [ORIGIN, AS_PATH, REACH], Accept),
        (
            "4760 3 a malformed NEXT_HOP is ignored",
            [REACH, &[ORIGIN, AS_PATH].concat(), "40 03 01 00"],
            Accept,
        ),
        ("3(d) no ORIGIN", [REACH, "", AS_PATH], Withdraw),
        ("3(g) MP_REACH_NLRI twice", [REACH, REACH, ORIGIN], Reset(3, 1)),
        ("3(g) MP_UNREACH_NLRI twice", [UNREACH, UNREACH, ""], Reset(3, 1)),
        ("3(c) MP_REACH_NLRI well-known", [&REACH.replacen("80", "40", 1), ORIGIN, AS_PATH], Withdraw),
        ("7.11 and its next hop is missing", ["40 0e 05 0002 01 00 00", ORIGIN, AS_PATH], Reset(3, 9)),
        (
            "CVE-2023-46752 MP_REACH_NLRI of four octets",
            ["80 0e 04 0002 01 00", ORIGIN, AS_PATH],
            Reset(3, 9),
        ),
        (
            "7.11 next hop longer than the attribute",
            ["80 0e 06 0002 01 10 fd99", ORIGIN, AS_PATH],
            Reset(3, 9),
        ),
        ("7.11 next hop of four octets", ["80 0e 09 0002 01 04 0a000001 00", ORIGIN, AS_PATH], Reset(3, 9)),
        ("7.12 MP_UNREACH_NLRI of two octets", ["80 0f 02 0002", "", ""], Reset(3, 9)),
        ("5.3 a prefix of 129 bits", ["80 0f 04 0002 01 81", "", ""], Reset(3, 9)),
        ("5.3 a prefix longer than the attribute", ["80 0f 05 0002 01 20fd", "", ""], Reset(3, 9)),
        (
            "4271 6.3 next hop ::",
            ["80 0e 18 0002 01 10 00000000000000000000000000000000 00 10fd00", ORIGIN, AS_PATH],
            Withdraw,
        ),
        (
            "CVE-2023-38406 flow specification of no octets",
            ["80 0e 06 0001 85 00 00 00", ORIGIN, AS_PATH],
            Accept,
        ),
    ] {
        let attributes = hex(&attributes.concat());
        assert_eq!(
            outcome(&Update { withdrawn: &[], attributes: &attributes, nlri: &[] }, NEW),
            want,
            "{rule}"
        );
    }
}

#[test]
fn without_announced_prefixes_nothing_can_be_treated_as_withdrawn() {
    for (rule, attributes, want) in [
        ("4271 4.3 withdrawals need no attributes", "", Accept),
        ("5.2 attributes that are whole", ORIGIN, Accept),
        ("CVE-2023-46753 an unknown transitive attribute alone", "c0 1f 02 0000", Accept),
        ("5.2 to discard an attribute is enough", "40 06 01 00", Discard),
        ("5.2 ORIGIN 9", "40 01 01 09", Reset(3, 6)),
        ("5.2 the field ends inside an attribute", "40 01 08 00", Reset(3, 1)),
        ("CVE-2023-47235 End-of-RIB with a malformed ORIGIN", "80 0f 03 0002 01 40 01 01 09", Reset(3, 6)),
    ] {
        let attributes = hex(attributes);
        let update = Update { withdrawn: &hex(NLRI), attributes: &attributes, nlri: &[] };
        assert_eq!(outcome(&update, NEW), want, "{rule}");
    }
}

#[test]
fn lengths_and_classic_prefixes_must_fit() {
    let lengths = |octets| Err(UpdateError::Lengths { octets });
    for (rule, body, want) in [
        ("6.3 withdrawn routes longer than the message", "0005 00 0000", lengths(5)),
        ("6.3 attributes longer than the message", "0000 0001", lengths(4)),
        ("6.3 no room for the attribute length", "0003 000000", lengths(5)),
        ("4.3 the rest is NLRI", "0000 0000 08 0a", Ok(2)),
    ] {
        assert_eq!(Update::decode(&hex(body)).map(|update| update.nlri.len()), want, "{rule}");
    }
    let attributes = hex(&[ORIGIN, AS_PATH, NEXT_HOP].concat());
    for (rule, withdrawn, nlri, want) in [
        ("5.3 NLRI of 33 bits", "", "21 0a000000", Reset(3, 10)),
        ("5.3 NLRI longer than the field", "", "18 0a00", Reset(3, 10)),
        ("5.3 a withdrawn route of 33 bits", "21 0a000000", "", Reset(3, 10)),
        ("3(i) a withdrawn route longer than the field", "08 0a 10 0a", "", Reset(3, 10)),
        ("4.3 the default route", "", "00", Accept),
    ] {
        let (withdrawn, nlri) = (hex(withdrawn), hex(nlri));
        let update = Update { withdrawn: &withdrawn, attributes: &attributes, nlri: &nlri };
        assert_eq!(outcome(&update, NEW), want, "{rule}");
    }
}

#[test]
fn a_withdrawn_announcement_keeps_its_prefixes() {
    let cut = hex(&[REACH, ORIGIN, "40 02 ff"].concat());
    let update = Update { withdrawn: &hex("08 0b"), attributes: &cut, nlri: &hex(NLRI) };
    let parts = update.split(NEW).unwrap();
    let withdrawn: Vec<_> = parts.withdrawn().flat_map(|nlri| nlri.clone().nets()).collect();
    assert_eq!(withdrawn, ["11.0.0.0/8", "10.0.0.0/8", "fd00::/16"].map(|net| net.parse().unwrap()));
    assert_eq!(parts.announcements().count(), 0);
    assert_eq!(
        parts.errors.unwrap().to_string(),
        "AS_PATH at octet 31 of the path attributes: 255 octets are needed, 0 are left"
    );
}

#[test]
fn both_groups_of_prefixes_share_the_fate_of_one() {
    let without_next_hop = hex(&[REACH, ORIGIN, AS_PATH].concat());
    let update = Update { withdrawn: &[], attributes: &without_next_hop, nlri: &hex(NLRI) };
    let parts = update.split(NEW).unwrap();
    assert_eq!((parts.withdrawn().count(), parts.announcements().count()), (2, 0));
}

#[test]
fn end_of_rib_is_an_update_that_says_nothing_else() {
    use Family::{Ipv4, Ipv6};
    let ipv4 = Negotiated { families: Families::IPV4, ..NEW };
    for (rule, attributes, session, want) in [
        ("4724 2 an empty UPDATE", "", NEW, Some(Ipv4)),
        ("4724 2 an empty MP_UNREACH_NLRI", "80 0f 03 0002 01", NEW, Some(Ipv6)),
        ("4724 2 the same for IPv4", "80 0f 03 0001 01", NEW, Some(Ipv4)),
        ("4724 2 of a family that was not negotiated", "80 0f 03 0002 01", ipv4, None),
        ("4724 2 of flow specifications", "80 0f 03 0001 85", NEW, None),
        ("4724 2 with a prefix", UNREACH, NEW, None),
        ("4724 2 with another attribute", "80 0f 03 0002 01 40 01 01 00", NEW, None),
    ] {
        let attributes = hex(attributes);
        let update = Update { withdrawn: &[], attributes: &attributes, nlri: &[] };
        assert_eq!(update.split(session).unwrap().end_of_rib, want, "{rule}");
    }
    for family in Family::ALL {
        let mut out = BytesMut::new();
        write_end_of_rib(family, &mut out);
        let update = Update::decode(&out[19..]).unwrap();
        assert_eq!(update.split(NEW).unwrap().end_of_rib, Some(family));
    }
}

#[test]
fn families_that_were_not_negotiated_are_ignored_and_named() {
    let attributes = hex(&[REACH, UNREACH, ORIGIN, AS_PATH, NEXT_HOP].concat());
    let update = Update { withdrawn: &hex(NLRI), attributes: &attributes, nlri: &hex(NLRI) };
    for (families, withdrawn, announced, ignored) in [
        (Families::BOTH, 2, 2, &[][..]),
        (Families::IPV4, 1, 1, &["ipv6 unicast", "ipv6 unicast"]),
        (Families::IPV6, 1, 1, &["ipv4 unicast"]),
    ] {
        let parts = update.split(Negotiated { families, ..NEW }).unwrap();
        let names: Vec<_> = parts.ignored().map(|family| family.to_string()).collect();
        assert_eq!(
            (parts.withdrawn().count(), parts.announcements().count(), &names[..]),
            (withdrawn, announced, &ignored.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
        );
    }
}

#[test]
fn the_wrong_attribute_is_the_data_of_the_notification() {
    for (rule, attributes, code, data) in [
        ("6.3 unrecognized well-known attribute", "40 63 02 0102", (3, 2), "40 63 02 0102"),
        ("6.3 attribute flags", "40 0f 03 0002 01", (3, 4), "40 0f 03 0002 01"),
        ("6.3 a malformed list has none", "80 0f 03 0002 01 80 0f 03 0002 01", (3, 1), ""),
        ("6.3 invalid origin", "40 01 01 09", (3, 6), "40 01 01 09"),
        ("6.3 a malformed AS_PATH has none", "40 02 02 0200", (3, 11), ""),
        ("4760 7 optional attribute", "80 0f 02 0002", (3, 9), "80 0f 02 0002"),
    ] {
        let attributes = hex(attributes);
        let update = Update { withdrawn: &[], attributes: &attributes, nlri: &[] };
        let notification = update.split(NEW).unwrap_err().notification();
        assert_eq!((notification.code.numbers(), notification.data), (code, hex(data)), "{rule}");
    }
}
