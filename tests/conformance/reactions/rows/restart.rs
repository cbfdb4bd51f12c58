//! Graceful restart (RFC 4724, RFC 8538) of the peer: its routes stay until it is back or late, and go where it asks for that.

use super::{
    case::{Case, Fate, before, opens, survives, told_before, with_route},
    open::right,
    refresh::{hear_of, standing},
    stand::Stand,
    update::{Attributes, Told, is_end_of_rib},
    wire::{LastWords, Wire},
};
use crate::{
    lab::failure::{Outcome, ensure},
    octets::{self, OpenFields, UPDATE, mp_unreach, notification, update},
    plan::{GracefulRestart, Seat},
};

/// The Restart State bit.
const RESTARTED: u16 = 0x8000;
/// The Graceful Notification bit.
const NOTIFICATION: u16 = 0x4000;
/// A Restart Time that no test waits for.
const LONG: u16 = 600;
/// Whether forwarding went on, as the flags of each family.
const PRESERVED: u8 = 0x80;
const LOST: u8 = 0;

pub(crate) fn cases() -> Vec<Case> {
    let helped = [opened("helped"), stays(), goes()].into_iter().flatten().map(with_help);
    [opened("not helped"), end_of_rib()].into_iter().flatten().chain(helped).collect()
}

/// The same with a speaker that keeps the peer's routes through a restart.
fn with_help(case: Case) -> Case {
    case.on(Seat { graceful_restart: GracefulRestart::Helper, ..Seat::default() })
}

/// The capability for both families: the bits and the Restart Time, the flags of each family.
fn capability(head: u16, flags: u8) -> Vec<u8> {
    let [high, low] = head.to_be_bytes();
    vec![64, 10, high, low, 0, 1, 1, flags, 0, 2, 1, flags]
}

fn opened(whose: &str) -> Vec<Case> {
    let many = [&[64, 202, 0, 120][..], &[0x40, 4, 71, 0x80].repeat(50)].concat();
    let rows: [(&str, Vec<u8>); 6] = [
        ("of two octets: End-of-RIB alone", vec![64, 2, 0, 0]),
        ("of both families", capability(LONG, PRESERVED)),
        ("of fifty families that nobody knows", many),
        ("of the longest time and all bits", capability(0xFFFF, 0xFF)),
        ("of no time", capability(0, PRESERVED)),
        ("twice", capability(LONG, PRESERVED).repeat(2)),
    ];
    rows.map(|(name, capability)| restarting(whose, name, &capability)).into()
}

/// Lengths that the capability cannot have. No RFC says whether such an OPEN is refused or the capability ignored, so that no
/// other daemon is held against these rows.
fn odd(whose: &str) -> Vec<Case> {
    let rows =
        [("no octets", 0), ("one octet", 1), ("three octets", 3), ("five octets", 5), ("seven octets", 7)];
    let row = |(length, octets): (&str, u8)| {
        let capability = [&[64, octets], &vec![0; octets.into()][..]].concat();
        restarting(whose, &format!("of {length}"), &capability)
    };
    rows.map(row).into()
}

fn restarting(whose: &str, name: &str, capability: &[u8]) -> Case {
    let open = right().and_capabilities(capability);
    opens("RFC 4724 3", format!("{whose}: a restart capability {name}"), open)
}

fn end_of_rib() -> Vec<Case> {
    let ignored = |name, octets: Vec<u8>| {
        survives("RFC 4724 2", name, Box::new(move |_| octets.clone()), Fate::As(told_before()))
    };
    let follows = |name, afi: u8| {
        Case::new("RFC 4724 2", name, move |stand| {
            let open = stand.open().and_capabilities(&[64, 2, 0, 0]);
            let mut wire = stand.place.established(stand.seat, &open)?;
            hear_of(&mut wire, &standing(afi))?;
            while !is_end_of_rib(&wire.hear_message(UPDATE)?, afi) {}
            Ok(())
        })
    };
    let multicast = octets::attribute(0x80, 15, &[0, 1, 2]);
    vec![
        follows("End-of-RIB follows the IPv4 table", 1),
        follows("End-of-RIB follows the IPv6 table", 2),
        ignored("End-of-RIB of IPv4", update(&[], &[])),
        ignored("End-of-RIB of IPv4 three times", update(&[], &[]).repeat(3)),
        ignored("End-of-RIB of IPv4 in MP_UNREACH_NLRI", update(&mp_unreach(1, &[]), &[])),
        ignored("End-of-RIB of IPv6", update(&mp_unreach(2, &[]), &[])),
        ignored("End-of-RIB of IPv4 multicast", update(&multicast, &[])),
    ]
}

/// How a session ends.
type Ending = fn(Wire) -> Outcome;

/// The peer closes.
const CLOSES: Ending = |wire| {
    drop(wire);
    Ok(())
};

/// The peer ends the session with this NOTIFICATION.
fn notifies(mut wire: Wire, code: u8, subcode: u8, data: &[u8]) -> Outcome {
    wire.say(&notification(code, subcode, data));
    let heard = wire.hear_last_words()?;
    ensure!(heard == LastWords::None, "{heard:?} in answer to a NOTIFICATION");
    Ok(())
}

/// A session of a peer that restarts gracefully, with the case's first prefix announced.
fn begun(stand: &Stand<'_>, head: u16, flags: u8) -> Outcome<Wire> {
    with_route(stand, stand.place.established(stand.seat, &open(stand, head, flags))?)
}

fn open(stand: &Stand<'_>, head: u16, flags: u8) -> OpenFields {
    stand.open().and_capabilities(&capability(head, flags))
}

/// The peer is back, and announces another prefix.
fn back(stand: &Stand<'_>, open: &OpenFields) -> Outcome<Wire> {
    let mut wire = stand.place.established(stand.seat, open)?;
    stand.goes_on(&mut wire)?;
    Ok(wire)
}

fn stays() -> Vec<Case> {
    let until_end_of_rib = |rule, name, head: u16, end: Ending| {
        Case::new(rule, name, move |stand| {
            end(begun(stand, head, PRESERVED)?)?;
            let mut wire = back(stand, &open(stand, head | RESTARTED, PRESERVED))?;
            stand.told(&Told::Announced(Attributes::read(&told_before())?))?;
            wire.say(&update(&[], &[]));
            stand.goes_on(&mut wire)?;
            stand.told(&Told::Withdrawn)
        })
    };
    let noted = LONG | NOTIFICATION;
    vec![
        until_end_of_rib("RFC 4724 4.2", "the peer closes and is back", LONG, CLOSES),
        until_end_of_rib("RFC 8538 4", "the peer says Cease and is back", noted, |wire| {
            notifies(wire, 6, 4, &[])
        }),
        until_end_of_rib(
            "RFC 8538 4",
            "the peer says that its hold time is over and is back",
            noted,
            |wire| notifies(wire, 4, 0, &[]),
        ),
        until_end_of_rib(
            "RFC 8538 4",
            "the speaker ends the session and the peer is back",
            noted,
            |mut wire| {
                wire.say(&octets::message(9, &[]));
                let heard = wire.hear_last_words()?;
                ensure!(heard == LastWords::Notification((1, 3), vec![9]), "{heard:?}");
                Ok(())
            },
        ),
        Case::new("RFC 4724 5", "the peer is back while its old connection looks alive", |stand| {
            let _old = begun(stand, LONG, PRESERVED)?;
            let mut wire = back(stand, &open(stand, LONG | RESTARTED, PRESERVED))?;
            stand.told(&Told::Announced(Attributes::read(&told_before())?))?;
            wire.say(&update(&[], &[]));
            stand.goes_on(&mut wire)?;
            stand.told(&Told::Withdrawn)
        }),
        Case::new("RFC 4724 4.2", "what is announced again stays behind End-of-RIB", |stand| {
            drop(begun(stand, LONG, PRESERVED)?);
            let mut wire = back(stand, &open(stand, LONG | RESTARTED, PRESERVED))?;
            wire.say(&update(&before(), &stand.prefixes().subject.octets));
            wire.say(&update(&[], &[]));
            stand.goes_on(&mut wire)?;
            stand.told(&Told::Announced(Attributes::read(&told_before())?))
        }),
    ]
}

fn goes() -> Vec<Case> {
    let at_once = |rule, name, head: u16, end: Ending| {
        Case::new(rule, name, move |stand| {
            end(begun(stand, head, PRESERVED)?)?;
            stand.told(&Told::Withdrawn)
        })
    };
    let when_back = |name, capabilities: Vec<u8>| {
        Case::new("RFC 4724 4.2", name, move |stand| {
            drop(begun(stand, LONG, PRESERVED)?);
            let _wire = back(stand, &stand.open().and_capabilities(&capabilities))?;
            stand.told(&Told::Withdrawn)
        })
    };
    let noted = LONG | NOTIFICATION;
    vec![
        at_once("RFC 4724 4.2", "a peer that does not come back in its Restart Time", 1, CLOSES),
        at_once("RFC 4724 4", "a NOTIFICATION without the bit", LONG, |wire| notifies(wire, 6, 4, &[])),
        at_once("RFC 8538 3.1", "a Hard Reset", noted, |wire| notifies(wire, 6, 9, &[6, 2])),
        at_once("RFC 8538 3.1", "a Hard Reset with a text", noted, |wire| {
            notifies(wire, 6, 9, &[&[6, 2][..], &octets::counted(b"maintenance")].concat())
        }),
        at_once("RFC 8538 3.1", "a Hard Reset without data", noted, |wire| notifies(wire, 6, 9, &[])),
        at_once("RFC 8538 3.1", "a Hard Reset of one octet", noted, |wire| notifies(wire, 6, 9, &[6])),
        at_once("RFC 8538 3.1", "a Hard Reset without the bit", LONG, |wire| notifies(wire, 6, 9, &[6, 2])),
        at_once("RFC 4724 4", "the speaker ends the session of a peer without the bit", LONG, |mut wire| {
            wire.say(&octets::message(9, &[]));
            wire.hear_last_words().map(drop)
        }),
        Case::new("RFC 4724 4.2", "the peer closes again before it has announced its routes", |stand| {
            drop(begun(stand, LONG, PRESERVED)?);
            let again = open(stand, LONG | RESTARTED, PRESERVED);
            drop(back(stand, &again)?);
            stand.told(&Told::Withdrawn)
        }),
        when_back("the peer is back and has not kept forwarding", capability(LONG | RESTARTED, LOST)),
        when_back("the peer is back and lists no family", vec![64, 2, 0x80, 120]),
        when_back("the peer is back without the capability", vec![2, 0]),
    ]
}

#[test]
fn routes_of_a_peer_that_restarts_stay_or_go_as_it_asks() {
    super::run::msee_passes(&cases());
}

#[test]
fn a_restart_capability_of_an_odd_length_is_ignored() {
    let helped = odd("helped").into_iter().map(with_help);
    super::run::msee_passes(&odd("not helped").into_iter().chain(helped).collect::<Vec<_>>());
}
