//! One row for each known vulnerability and outage of BGP speakers that octets of a peer have caused.
//!
//! Each row is played twice: on the decoder, and on the wire with a second peer watching. Where the public sources describe the
//! trigger and do not print it, its octets are constructed from the description; such a row says so. Three
//! have no row: a peer that stops reading is `pressure.rs`, the cache of CVE-2025-43973 speaks no BGP, and the source of FRR's
//! issue 20793 says nothing of its octets.

use super::{
    case::{
        Case, Fate, OPTIONAL, PARTIAL, State, WELL_KNOWN, answered_with, base, beside, closed, instead,
        opens, passed_on, passed_on_with_path, survives, with_route,
    },
    open::{refused, right},
    stand::Prefixes,
    update::Told,
};
use crate::{
    octets::{
        self, OpenFields, ROUTE_REFRESH, UPDATE, as_path, attribute, counted, mp_unreach, notification,
        segment, update, update_with,
    },
    plan::{DAEMON_AS, PEER_AS},
};
use msee::{
    family::Families,
    wire::{
        AsWidth, Message, MessageError, MessageLimit, Negotiated, Notification, Parts, RouteRefreshSupport,
    },
};
use std::time::Duration;

const PEER: u32 = PEER_AS as u32;

/// One incident.
struct Incident {
    /// Its number, and whose it was.
    id: &'static str,
    octets: Trigger,
    required: Required,
}

/// What the peer sends.
enum Trigger {
    Open(OpenFields),
    /// In an established session; it may hold the case's prefix.
    Session(fn(&Prefixes) -> Vec<u8>),
    /// The same with messages of up to 65,535 octets; the prefix is withdrawn.
    LongSession(fn(&Prefixes) -> Vec<u8>),
}

/// What a speaker must do.
enum Required {
    /// Take the OPEN as if the strange part were not there.
    Accept,
    /// End the session with a NOTIFICATION.
    End((u8, u8), Vec<u8>),
    /// End the session as the peer asks, without an answer.
    Close,
    /// Keep the session, and withdraw the prefix.
    Withdraw,
    /// The same because of what the message means; it can be read.
    Refuse,
    /// Keep the session, and pass the route on with these attributes.
    PassOn(Fate),
    /// Keep the session and the route that was there before.
    Ignore,
    /// Live, and let the second peer's session live: whether this session ends is left to the speaker.
    Survive,
}

fn open(id: &'static str, open: OpenFields, required: Required) -> Incident {
    Incident { id, octets: Trigger::Open(open), required }
}

fn session(id: &'static str, octets: fn(&Prefixes) -> Vec<u8>, required: Required) -> Incident {
    Incident { id, octets: Trigger::Session(octets), required }
}

fn long_session(id: &'static str, octets: fn(&Prefixes) -> Vec<u8>) -> Incident {
    Incident { id, octets: Trigger::LongSession(octets), required: Required::Refuse }
}

/// An attribute that is passed on as it came, with the Partial bit.
fn carried(code: u8, value: &[u8]) -> Required {
    Required::PassOn(passed_on(&attribute(OPTIONAL | PARTIAL, code, value)))
}

/// An UPDATE for the case's prefix with this attribute beside those that are right.
fn with(prefixes: &Prefixes, attribute: &[u8]) -> Vec<u8> {
    update(&beside(attribute), &prefixes.subject.octets)
}

fn incidents() -> Vec<Incident> {
    [opens_and_messages(), frr(), others(), outages()].into_iter().flatten().collect()
}

fn opens_and_messages() -> Vec<Incident> {
    let parameters = |parameters: &[u8]| OpenFields { parameters: parameters.to_vec(), ..right() };
    let refuse = || Required::End((2, 0), Vec::new());
    vec![
        open(
            "CVE-2022-43681 FRR: parameters of 255 octets and nothing behind",
            parameters(&[0xFF]),
            refuse(),
        ),
        open(
            "CVE-2022-40302 FRR: an extended parameter of no octets",
            parameters(&[0xFF, 0xFF, 0, 2, 0, 1]),
            refuse(),
        ),
        // Constructed: the header of an extended parameter has three octets, here are two.
        open(
            "CVE-2022-40318 FRR: half an extended parameter header",
            parameters(&[0xFF, 0xFF, 0, 2, 2, 0]),
            refuse(),
        ),
        open(
            "CVE-2023-31489 FRR: long-lived graceful restart of three octets",
            right().and_capabilities(&[71, 3, 0, 1, 1]),
            Required::Survive,
        ),
        open(
            "CVE-2025-43971 GoBGP: a software version of no octets",
            right().and_capabilities(&[75, 0]),
            Required::Accept,
        ),
        session(
            "CVE-2023-46565 GoBGP: an unknown message type",
            |_| octets::message(7, &[0; 4]),
            Required::End((1, 3), vec![7]),
        ),
        session(
            "CVE-2019-16159 BIRD: a shutdown text of 255 octets",
            |_| notification(6, 2, &counted(&[b'x'; 255])),
            Required::Close,
        ),
        // Constructed: an ORF header that is cut off behind when-to-refresh.
        session(
            "CVE-2023-41360 FRR: a refresh that ends inside its ORF",
            |_| octets::message(ROUTE_REFRESH, &[0, 1, 0, 1, 1]),
            Required::Survive,
        ),
        // Constructed: ORF entries although none were agreed on.
        session(
            "FRR issue 22828: a refresh with ORF entries",
            |_| octets::message(ROUTE_REFRESH, &[0, 1, 0, 1, 1, 64, 0, 3, 0xFF, 0xFF, 0xFF]),
            Required::Survive,
        ),
    ]
}

fn frr() -> Vec<Incident> {
    let tunnel = [0, 8, 0, 200, 1];
    let beyond = [0, 8, 0, 4, 1, 255, 0, 0];
    vec![
        // Constructed: a sub-TLV area that claims 200 octets and has one.
        session(
            "CVE-2023-38802 FRR: tunnel encapsulation with a corrupt TLV",
            |p| with(p, &attribute(OPTIONAL, 23, &[0, 8, 0, 200, 1])),
            carried(23, &tunnel),
        ),
        // Constructed: a sub-TLV longer than the attribute.
        session(
            "CVE-2024-44070 FRR: a tunnel TLV beyond its attribute",
            |p| with(p, &attribute(OPTIONAL, 23, &[0, 8, 0, 4, 1, 255, 0, 0])),
            carried(23, &beyond),
        ),
        // Constructed: the attribute twice, of which the first one counts.
        session(
            "FRR issue 20874: tunnel encapsulation twice",
            |p| with(p, &attribute(OPTIONAL, 23, &[0, 8, 0, 200, 1]).repeat(2)),
            carried(23, &tunnel),
        ),
        session(
            "CVE-2023-41358 FRR: prefixes and no attributes",
            |p| update(&[], &p.subject.octets),
            Required::Withdraw,
        ),
        session(
            "CVE-2023-41359 FRR: AIGP of one octet",
            |p| with(p, &attribute(0x80, 26, &[1])),
            Required::PassOn(passed_on(&[])),
        ),
        session(
            "CVE-2023-46752 FRR: MP_REACH_NLRI of three octets",
            |_| update(&beside(&attribute(0x80, 14, &[0, 2, 1])), &[]),
            Required::End((3, 9), attribute(0x80, 14, &[0, 2, 1])),
        ),
        session(
            "CVE-2023-46753 FRR: an unknown transitive attribute alone",
            |p| update(&attribute(OPTIONAL, 31, &[0; 16]), &p.subject.octets),
            Required::Withdraw,
        ),
        // Constructed: what MP_UNREACH_NLRI withdraws is IPv6, the prefixes behind have no attributes.
        session(
            "CVE-2023-47234 FRR: MP_UNREACH_NLRI and prefixes without attributes",
            |p| update(&mp_unreach(2, &p.ipv6.octets), &p.subject.octets),
            Required::Withdraw,
        ),
        // Constructed: End-of-RIB with an ORIGIN that is none; there is nothing to withdraw (RFC 7606 section 5.2).
        session(
            "CVE-2023-47235 FRR: End-of-RIB beside a malformed attribute",
            |_| update(&[mp_unreach(2, &[]), attribute(WELL_KNOWN, 1, &[9])].concat(), &[]),
            Required::End((3, 6), attribute(WELL_KNOWN, 1, &[9])),
        ),
        session(
            "CVE-2023-38406 FRR: a flow specification of no octets",
            |_| update(&beside(&attribute(0x80, 14, &[0, 1, 133, 0, 0, 0])), &[]),
            Required::Ignore,
        ),
        session(
            "CVE-2024-31948 FRR: PREFIX_SID that is cut off",
            |p| with(p, &attribute(OPTIONAL, 40, &[1, 0, 7])),
            carried(40, &[1, 0, 7]),
        ),
        // Constructed: an SRv6 service TLV of no octets.
        session(
            "FRR issue 13099: PREFIX_SID with an empty service TLV",
            |p| with(p, &attribute(OPTIONAL, 40, &[5, 0, 0])),
            carried(40, &[5, 0, 0]),
        ),
        // Constructed: an originator SRGB of one octet.
        session(
            "FRR issue 19336: PREFIX_SID with a short SRGB",
            |p| with(p, &attribute(OPTIONAL, 40, &[3, 0, 1, 0])),
            carried(40, &[3, 0, 1, 0]),
        ),
        // Constructed: a TLV that nobody knows and that is longer than the attribute.
        session(
            "FRR issue 22041: PREFIX_SID with a TLV beyond its end",
            |p| with(p, &attribute(OPTIONAL, 40, &[200, 0xFF, 0xFF, 1])),
            carried(40, &[200, 0xFF, 0xFF, 1]),
        ),
    ]
}

fn others() -> Vec<Incident> {
    let well_known = attribute(WELL_KNOWN, 99, &[1, 2]);
    vec![
        // Constructed: a length that leads out of the attributes.
        session(
            "CVE-2023-38283 OpenBGPD: the length of an attribute",
            |p| with(p, &[0xC0, 99, 200, 1]),
            Required::Withdraw,
        ),
        session(
            "CVE-2026-41642 GoBGP: a well-known attribute that nobody knows",
            |p| with(p, &attribute(WELL_KNOWN, 99, &[1, 2])),
            Required::End((3, 2), well_known),
        ),
        // Constructed: Total Path Attribute Length ends inside the last attribute, which reaches into the prefixes.
        session(
            "CVE-2026-42285 GoBGP: lengths that contradict each other",
            |p| {
                let attributes = base();
                let length = u16::try_from(attributes.len() - 2).unwrap_or_default().to_be_bytes();
                octets::message(
                    UPDATE,
                    &[&[0, 0], &length[..], &attributes[..attributes.len() - 2], &p.subject.octets].concat(),
                )
            },
            Required::Withdraw,
        ),
        // Constructed: Withdrawn Routes Length exceeds the message, and what is left is less than nothing.
        session(
            "CVE-2026-37462 GoBGP: withdrawn routes longer than the message",
            |_| octets::message(UPDATE, &[0xFF, 0xFF, 0, 0]),
            Required::End((3, 1), Vec::new()),
        ),
        session(
            "GHSA-frrj GoBGP: an AS_PATH of no octets",
            |p| update(&instead(2, &attribute(WELL_KNOWN, 2, &[])), &p.subject.octets),
            Required::Refuse,
        ),
        // Constructed: the source says long, and how it comes to be: over messages of more than 4,096 octets.
        long_session("2026 BIRD: a long AS_PATH over extended messages", |p| {
            update(&instead(2, &as_path(&super::bounds::path(16_000))), &p.subject.octets)
        }),
        // Constructed: a flow specification whose component is cut off.
        session(
            "CVE-2025-43972 GoBGP: a flow specification that is cut off",
            |_| update(&beside(&attribute(0x80, 14, &[0, 1, 133, 0, 0, 3, 1])), &[]),
            Required::Ignore,
        ),
    ]
}

fn outages() -> Vec<Incident> {
    let full: Vec<u32> = std::iter::once(PEER).chain(100_001..100_255).collect();
    let own = segment(2, &[DAEMON_AS.into()]);
    let told_full = attribute(WELL_KNOWN, 2, &[own, segment(2, &full)].concat());
    vec![
        // The confederation segment is printed in the source; this session has four-octet numbers, where AS4_PATH is nothing.
        session(
            "2008 JUNOSe: a confederation segment in AS4_PATH",
            |p| {
                let confederation = [3, 2, 0, 0, 0xFD, 0xE9, 0, 0, 0xFD, 0xEA, 2, 1, 0, 0, 0, 1];
                with(p, &attribute(OPTIONAL | PARTIAL, 17, &confederation))
            },
            Required::PassOn(passed_on(&[])),
        ),
        session(
            "February 2009 IOS: an AS_PATH of 255 numbers",
            |p| {
                let full: Vec<u32> = std::iter::once(PEER).chain(100_001..100_255).collect();
                update(&instead(2, &as_path(&full)), &p.subject.octets)
            },
            Required::PassOn(passed_on_with_path(&told_full)),
        ),
        session(
            "CVE-2010-3035 IOS-XR: attribute 99 of 3,000 octets",
            |p| with(p, &attribute(OPTIONAL, 99, &[0xA5; 3000])),
            carried(99, &[0xA5; 3000]),
        ),
        session(
            "CVE-2019-5892 FRR: attribute 255 of January 2019",
            |p| with(p, &attribute(OPTIONAL, 255, &[0; 32])),
            carried(255, &[0; 32]),
        ),
        // Constructed: the sources name the attribute, and that it was malformed.
        session(
            "CVE-2023-4481 JunOS: an entropy label of one octet",
            |p| with(p, &attribute(OPTIONAL | PARTIAL, 28, &[0])),
            carried(28, &[0]),
        ),
        // Constructed: link-state data that is longer than its attribute, as a transitive attribute.
        session(
            "June 2023 JunOS: link-state data cut off",
            |p| with(p, &attribute(OPTIONAL, 29, &[4, 0, 0xFF, 0xFF])),
            carried(29, &[4, 0, 0xFF, 0xFF]),
        ),
        // Constructed: attributes that few speakers know, none of them in its own form, in one UPDATE.
        session(
            "August 2023 SR-OS and EXOS: many strange attributes",
            |p| with(p, &STRANGE.map(|code| attribute(OPTIONAL, code, &[code])).concat()),
            Required::PassOn(passed_on(
                &STRANGE.map(|code| attribute(OPTIONAL | PARTIAL, code, &[code])).concat(),
            )),
        ),
        session(
            "20 May 2025 JunOS and EOS: PREFIX_SID of zeros",
            |p| with(p, &attribute(OPTIONAL | PARTIAL, 40, &[0; 37])),
            carried(40, &[0; 37]),
        ),
        session(
            "withdrawn and announced in one UPDATE without attributes",
            |p| update_with(&p.subject.octets, &[], &p.subject.octets),
            Required::Withdraw,
        ),
    ]
}

/// Optional transitive attributes that few speakers know.
const STRANGE: [u8; 12] = [19, 20, 21, 22, 23, 25, 33, 37, 38, 40, 128, 243];

pub(crate) fn cases() -> Vec<Case> {
    incidents().into_iter().map(case).collect()
}

const RULE: &str = "incident";
/// How long a speaker has to say something to octets that it may ignore.
const A_MOMENT: Duration = Duration::from_secs(1);

fn case(Incident { id, octets, required }: Incident) -> Case {
    let octets = match octets {
        Trigger::Open(open) => {
            return match required {
                Required::End(numbers, data) => refused(RULE, id, &open, numbers, &data),
                Required::Survive => lives(id, State::OpenSent, move |_| open.message()),
                _ => opens(RULE, id, open),
            };
        }
        Trigger::Session(octets) => octets,
        Trigger::LongSession(octets) => return long(id, octets),
    };
    match required {
        Required::End(numbers, data) => {
            answered_with(RULE, id, State::Established, Box::new(octets), numbers, &data)
        }
        Required::Survive => lives(id, State::Established, octets),
        Required::Close => closed(RULE, id, State::Established, octets(&Prefixes::of(0))),
        Required::Accept | Required::Ignore => {
            survives(RULE, id, Box::new(octets), Fate::As(super::case::told_before()))
        }
        Required::Withdraw | Required::Refuse => survives(RULE, id, Box::new(octets), Fate::Withdrawn),
        Required::PassOn(fate) => survives(RULE, id, Box::new(octets), fate),
    }
}

/// The prefix is withdrawn, whatever of the octets can be read; the session stays.
fn long(id: &'static str, octets: fn(&Prefixes) -> Vec<u8>) -> Case {
    Case::new(RULE, id, move |stand| {
        let open = stand.open().with_extended_messages();
        let mut wire = with_route(stand, stand.place.established(stand.seat, &open)?)?;
        wire.say(&octets(&stand.prefixes()));
        stand.goes_on(&mut wire)?;
        stand.told(&Told::Withdrawn)
    })
}

/// Afterwards the same peer brings a session up, and its routes arrive.
fn lives(
    id: &'static str,
    state: State,
    octets: impl Fn(&Prefixes) -> Vec<u8> + Send + Sync + 'static,
) -> Case {
    Case::new(RULE, id, move |stand| {
        let mut wire = match state {
            State::OpenSent => stand.open_sent()?,
            State::OpenConfirm | State::Established => stand.established()?,
        };
        wire.say(&octets(&stand.prefixes()));
        wire.hear_within(A_MOMENT)?;
        drop(wire);
        let mut again = stand.established()?;
        stand.goes_on(&mut again)
    })
}

#[test]
fn every_incident_is_survived_on_the_wire_and_no_second_peer_notices() {
    super::run::msee_passes(&cases());
}

/// What the sessions of the cases have agreed on.
const NEGOTIATED: Negotiated = Negotiated {
    as_width: AsWidth::Four,
    message_limit: MessageLimit::Extended,
    families: Families::BOTH,
    route_refresh: RouteRefreshSupport::Absent,
};

/// What the decoder alone makes of octets.
enum Decoded {
    /// The session ends with this.
    Ends(Notification),
    /// The prefix is treated as withdrawn.
    Withdrawn,
    /// The prefix is announced.
    Announced,
    /// A message that says nothing of the prefix.
    Other,
}

fn decoded(octets: &[u8]) -> Decoded {
    let ends = |error: MessageError| Decoded::Ends(error.notification());
    let update = match Message::decode(octets, NEGOTIATED) {
        Ok(Some((Message::Update(update), length))) if length == octets.len() => update,
        Ok(Some((_, length))) if length == octets.len() => return Decoded::Other,
        Ok(_) => panic!("a row that is not one whole message: {octets:02x?}"),
        Err(error) => return ends(error),
    };
    match update.split(NEGOTIATED) {
        Ok(parts) => fate(&parts),
        Err(error) => ends(MessageError::Update(error)),
    }
}

fn fate(parts: &Parts<'_>) -> Decoded {
    match parts.announcements().next() {
        Some(announcement) if announcement.attributes.parse().is_ok() => Decoded::Announced,
        Some(_) => Decoded::Withdrawn,
        None if parts.withdrawn().next().is_some() => Decoded::Withdrawn,
        None => Decoded::Other,
    }
}

#[test]
fn every_incident_is_survived_by_the_decoder() {
    for Incident { id, octets, required } in incidents() {
        let octets = match octets {
            Trigger::Open(open) => open.message(),
            Trigger::Session(octets) | Trigger::LongSession(octets) => octets(&Prefixes::of(0)),
        };
        let right = match (decoded(&octets), &required) {
            (Decoded::Ends(Notification { code, data }), Required::End(numbers, wanted)) => {
                code.numbers() == *numbers && data == *wanted
            }
            (_, Required::Survive)
            | (Decoded::Withdrawn, Required::Withdraw)
            | (Decoded::Announced, Required::PassOn(_) | Required::Refuse)
            | (Decoded::Other, Required::Accept | Required::Close | Required::Ignore) => true,
            _ => false,
        };
        assert!(right, "{id}: {octets:02x?}");
    }
}
