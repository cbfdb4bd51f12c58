//! Attributes that nobody here uses: passed on as they came, or left out, never looked into (RFC 4271 section 5).

use super::case::{
    Case, Fate, NON_TRANSITIVE, OPTIONAL, PARTIAL, State, WELL_KNOWN, answered_with, beside, passed_on,
    update,
};
use crate::octets::{self, attribute};

const RULE: &str = "RFC 4271 5";

pub(crate) fn cases() -> Vec<Case> {
    [transitive(), others()].into_iter().flatten().collect()
}

fn carried(name: &str, code: u8, value: &[u8]) -> Case {
    let told = passed_on(&attribute(OPTIONAL | PARTIAL, code, value));
    update(RULE, name, beside(&attribute(OPTIONAL, code, value)), told)
}

/// Those with a name are such as a speaker need not know; each is malformed by its own definition.
fn transitive() -> Vec<Case> {
    vec![
        carried("attribute 99", 99, &[1, 2, 3]),
        carried("attribute 99 of no octets", 99, &[]),
        carried("attribute 99 of 255 octets", 99, &[0xA5; 255]),
        carried("attribute 99 of 256 octets", 99, &[0xA5; 256]),
        carried("attribute 99 of 3,000 octets", 99, &[0xA5; 3000]),
        carried("attribute 200", 200, &[0; 4]),
        carried("attribute 254", 254, &[0; 4]),
        carried("attribute 255", 255, &[0; 32]),
        carried("a deprecated attribute 19", 19, &[0; 4]),
        carried("a deprecated attribute 21", 21, &[0]),
        carried("PMSI_TUNNEL 22 of three octets", 22, &[0; 3]),
        carried("IPv6 extended communities 25 of 19 octets", 25, &[0; 19]),
        carried("BGPsec path 33 of one octet", 33, &[0]),
        carried("SFP 37 of one octet", 37, &[0]),
        carried("BFD discriminator 38 of one octet", 38, &[0]),
        carried("ATTR_SET 128 of two octets", 128, &[0; 2]),
    ]
}

fn others() -> Vec<Case> {
    let left_out = |name, code, value: &[u8]| {
        update(RULE, name, beside(&attribute(NON_TRANSITIVE, code, value)), passed_on(&[]))
    };
    let well_known = |name, flags, code| {
        let unknown = attribute(flags, code, &[1, 2]);
        let octets = {
            let attributes = beside(&unknown);
            Box::new(move |prefixes: &super::stand::Prefixes| {
                octets::update(&attributes, &prefixes.second.octets)
            })
        };
        answered_with("RFC 4271 6.3", name, State::Established, octets, (3, 2), &unknown)
    };
    let both = [attribute(OPTIONAL, 99, &[1]), attribute(OPTIONAL, 99, &[2])].concat();
    let ascending = [attribute(OPTIONAL, 98, &[1]), attribute(OPTIONAL, 99, &[2])].concat();
    let told_ascending =
        [attribute(OPTIONAL | PARTIAL, 98, &[1]), attribute(OPTIONAL | PARTIAL, 99, &[2])].concat();
    let partial = attribute(OPTIONAL | PARTIAL, 99, &[1, 2, 3]);
    vec![
        update(RULE, "the Partial bit is there already", beside(&partial), passed_on(&partial)),
        update(RULE, "two unknown attributes", beside(&ascending), passed_on(&told_ascending)),
        update(
            "RFC 7606 3(g)",
            "an unknown attribute twice",
            beside(&both),
            passed_on(&attribute(OPTIONAL | PARTIAL, 99, &[1])),
        ),
        left_out("attribute 99 non-transitive", 99, &[1, 2, 3]),
        left_out("attribute 200 non-transitive of 300 octets", 200, &[0; 300]),
        left_out("AIGP 26 of one octet", 26, &[1]),
        left_out("BGP-LS 29 with a length beyond its end", 29, &[4, 0, 0xFF, 0xFF]),
        well_known("a well-known attribute that nobody knows", WELL_KNOWN, 99),
        well_known("attribute 99 neither optional nor transitive", 0, 99),
        update(
            "RFC 4271 6.3",
            "an unknown attribute before the mandatory ones",
            [&attribute(OPTIONAL, 99, &[7])[..], &super::case::base()].concat(),
            passed_on(&attribute(OPTIONAL | PARTIAL, 99, &[7])),
        ),
        update(
            "RFC 7606 3(d)",
            "an unknown attribute alone",
            attribute(OPTIONAL, 99, &[7; 16]),
            Fate::Withdrawn,
        ),
    ]
}

#[test]
fn an_attribute_that_nobody_knows_is_carried_or_left_out() {
    super::run::msee_passes(&cases());
}
