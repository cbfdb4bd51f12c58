//! Enhanced route refresh (RFC 7313): what is told again stands between two markers, and what the peer leaves out between its
//! own two is gone.

use super::{
    case::{Case, State, answered, before, opens, told_before, with_route},
    open::right,
    refresh::{hear_of, standing},
    stand::{Prefixes, Stand},
    update::{self, Attributes, Told},
    wire::{Heard, LastWords, Wire},
};
use crate::{
    lab::failure::{Outcome, ensure},
    octets::{self, NOTIFICATION, OpenFields, ROUTE_REFRESH, UPDATE},
};
use std::time::Duration;

/// The capabilities of RFC 2918 and RFC 7313.
const BOTH: &[u8] = &[2, 0, 70, 0];
const BEGIN: u8 = 1;
const END: u8 = 2;
/// How long End-of-RIB is waited for: not every speaker sends it to a peer without graceful restart.
const END_OF_RIB: Duration = Duration::from_secs(2);

pub(crate) fn cases() -> Vec<Case> {
    [told_again(), malformed(), ignored(), purged(), opened()].into_iter().flatten().collect()
}

fn marker(afi: u8, subtype: u8) -> Vec<u8> {
    octets::message(ROUTE_REFRESH, &[0, afi, subtype, 1])
}

fn open(stand: &Stand<'_>) -> OpenFields {
    stand.open().and_capabilities(BOTH)
}

fn established(stand: &Stand<'_>) -> Outcome<Wire> {
    stand.place.established(stand.seat, &open(stand))
}

fn told_again() -> Vec<Case> {
    let between = |name, afi: u8| {
        Case::new("RFC 7313 4", name, move |stand| {
            let mut wire = established(stand)?;
            hear_of(&mut wire, &standing(afi))?;
            hear_end_of_rib(&mut wire, afi)?;
            wire.say(&octets::route_refresh(afi));
            hear_between_markers(&mut wire, afi)?;
            stand.goes_on(&mut wire)
        })
    };
    let plain = |name, capabilities: &'static [u8]| {
        Case::new("RFC 7313 4", name, move |stand| {
            let open = stand.open().and_capabilities(capabilities);
            let mut wire = stand.place.established(stand.seat, &open)?;
            hear_of(&mut wire, &standing(1))?;
            // What ends the first answer comes before the second.
            for _ in 0..2 {
                wire.say(&octets::route_refresh(1));
                hear_without_markers(&mut wire)?;
            }
            stand.goes_on(&mut wire)
        })
    };
    vec![
        between("IPv4 is told again between markers", 1),
        between("IPv6 is told again between markers", 2),
        plain("no markers for a peer that knows no enhanced refresh", &[2, 0]),
    ]
}

/// Listens until End-of-RIB of a family, for as long as it may take.
fn hear_end_of_rib(wire: &mut Wire, afi: u8) -> Outcome {
    while let Some(heard) = wire.hear_within(END_OF_RIB)? {
        match heard {
            Heard::Message(UPDATE, body) if update::is_end_of_rib(&body, afi) => break,
            Heard::Message(NOTIFICATION, body) => {
                return Err(format!("answered with NOTIFICATION {body:02x?}").into());
            }
            Heard::Message(..) => {}
            Heard::End => return Err("the connection was closed".into()),
        }
    }
    Ok(())
}

/// The begin, the standing route, the end.
fn hear_between_markers(wire: &mut Wire, afi: u8) -> Outcome {
    let begin = wire.hear_message(ROUTE_REFRESH)?;
    ensure!(begin == [0, afi, BEGIN, 1], "{begin:02x?} instead of the begin");
    hear_of(wire, &standing(afi))?;
    let end = wire.hear_message(ROUTE_REFRESH)?;
    ensure!(end == [0, afi, END, 1], "{end:02x?} instead of the end");
    Ok(())
}

/// The standing IPv4 route, and no marker before it.
fn hear_without_markers(wire: &mut Wire) -> Outcome {
    loop {
        match wire.hear()? {
            Heard::Message(UPDATE, body) => {
                if update::read(&body)?.iter().any(|(prefix, _)| *prefix == standing(1)) {
                    return Ok(());
                }
            }
            Heard::Message(kind @ (ROUTE_REFRESH | NOTIFICATION), body) => {
                return Err(format!("a message of type {kind}: {body:02x?}").into());
            }
            Heard::Message(..) => {}
            Heard::End => return Err("the connection was closed".into()),
        }
    }
}

fn malformed() -> Vec<Case> {
    let ends = |rule, name, body: Vec<u8>, wanted: fn(&[u8]) -> LastWords| {
        Case::new(rule, name, move |stand| {
            let mut wire = with_route(stand, established(stand)?)?;
            let message = octets::message(ROUTE_REFRESH, &body);
            wire.say(&message);
            let (heard, wanted) = (wire.hear_last_words()?, wanted(&message));
            ensure!(heard == wanted, "{heard:?}, not {wanted:?}");
            stand.told(&Told::Withdrawn)
        })
    };
    let invalid: fn(&[u8]) -> LastWords = |message| LastWords::Notification((7, 1), message.to_vec());
    let bad_length: fn(&[u8]) -> LastWords =
        |message| LastWords::Notification((1, 2), message[16..18].to_vec());
    let long = [&[0, 1, BEGIN, 1][..], &[0xA5; 1000]].concat();
    vec![
        ends("RFC 7313 5", "a begin of three octets", vec![0, 1, BEGIN], invalid),
        ends("RFC 7313 5", "a begin of five octets", vec![0, 1, BEGIN, 1, 0], invalid),
        ends("RFC 7313 5", "a begin of 1,004 octets", long, invalid),
        ends("RFC 7313 5", "an end of three octets", vec![0, 1, END], invalid),
        ends("RFC 7313 5", "an end of five octets", vec![0, 1, END, 1, 0], invalid),
        ends("RFC 4271 6.1", "a request of three octets", vec![0, 1, 0], bad_length),
        answered("RFC 6608 3", "a begin in OpenConfirm", State::OpenConfirm, marker(1, BEGIN), (5, 2), &[5]),
        answered("RFC 6608 3", "an end before OPEN", State::OpenSent, marker(1, END), (5, 1), &[5]),
    ]
}

/// Octets after which the route that was there is still there.
fn ignored() -> Vec<Case> {
    let row = |rule, name, capabilities: &'static [u8], octets: Vec<u8>| {
        Case::new(rule, name, move |stand| {
            let open = stand.open().and_capabilities(capabilities);
            let mut wire = with_route(stand, stand.place.established(stand.seat, &open)?)?;
            wire.say(&octets);
            stand.goes_on(&mut wire)?;
            stand.told(&Told::Announced(Attributes::read(&told_before())?))
        })
    };
    let pair = |afi| [marker(afi, BEGIN), marker(afi, END)].concat();
    let multicast = |subtype| octets::message(ROUTE_REFRESH, &[0, 1, subtype, 2]);
    vec![
        row("RFC 7313 5", "subtype 3", BOTH, marker(1, 3)),
        row("RFC 7313 5", "subtype 255", BOTH, marker(1, 255)),
        row("RFC 7313 4", "an end without a begin", BOTH, marker(1, END)),
        row("RFC 7313 4", "two ends without a begin", BOTH, marker(1, END).repeat(2)),
        row("RFC 7313 4", "both markers of IPv6: IPv4 stays", BOTH, pair(2)),
        row("RFC 7313 4", "the begin of IPv4 and the end of IPv6", BOTH, {
            [marker(1, BEGIN), marker(2, END)].concat()
        }),
        row("RFC 7313 4", "both markers of IPv4 multicast", BOTH, {
            [multicast(BEGIN), multicast(END)].concat()
        }),
        row("RFC 7313 4", "a begin without an end", BOTH, marker(1, BEGIN)),
    ]
}

/// Announces the first and the second prefix of the case, then says something after which one of them is gone.
fn leaves_out(name: &'static str, octets: fn(&Prefixes) -> Vec<u8>) -> Case {
    Case::new("RFC 7313 4", name, move |stand| {
        let mut wire = with_route(stand, established(stand)?)?;
        let Prefixes { second, .. } = stand.prefixes();
        let (plain, patience) = (&stand.watchers.plain, stand.place.patience);
        wire.say(&octets::update(&before(), &second.octets));
        plain.has_route(&second, patience)?;
        wire.say(&octets(&stand.prefixes()));
        stand.goes_on(&mut wire)?;
        stand.told(&Told::Withdrawn)?;
        plain.is_told(&second, &Told::Announced(Attributes::read(&told_before())?), patience)
    })
}

fn purged() -> Vec<Case> {
    vec![
        leaves_out("what is not announced again is gone at the end", |p| {
            [marker(1, BEGIN), octets::update(&before(), &p.second.octets), marker(1, END)].concat()
        }),
        leaves_out("a second begin makes stale again what came after the first", |p| {
            let again = |octets: &[u8]| octets::update(&before(), octets);
            let first = [marker(1, BEGIN), again(&p.subject.octets), again(&p.second.octets)].concat();
            [first, marker(1, BEGIN), again(&p.second.octets), marker(1, END)].concat()
        }),
        leaves_out("a second end changes nothing more", |p| {
            let again = octets::update(&before(), &p.second.octets);
            [marker(1, BEGIN), again, marker(1, END), marker(1, END)].concat()
        }),
        leaves_out("a withdrawal between the markers", |p| {
            let gone = octets::update_with(&p.subject.octets, &[], &[]);
            [marker(1, BEGIN), gone, octets::update(&before(), &p.second.octets), marker(1, END)].concat()
        }),
        Case::new("RFC 7313 4", "nothing is announced again: all is gone at the end", |stand| {
            let mut wire = with_route(stand, established(stand)?)?;
            wire.say(&[marker(1, BEGIN), marker(1, END)].concat());
            stand.goes_on(&mut wire)?;
            stand.told(&Told::Withdrawn)
        }),
        Case::new("RFC 7313 4", "IPv6 that is not announced again is gone at the end", |stand| {
            let mut wire = established(stand)?;
            let Prefixes { ipv6, .. } = stand.prefixes();
            let (plain, patience) = (&stand.watchers.plain, stand.place.patience);
            let reach = octets::mp_reach(2, &super::case::GATEWAY_V6, &ipv6.octets);
            let path = octets::as_path(&[crate::plan::PEER_AS.into(), 64900]);
            wire.say(&octets::update(&[octets::origin(), path, reach].concat(), &[]));
            plain.has_route(&ipv6, patience)?;
            wire.say(&[marker(2, BEGIN), marker(2, END)].concat());
            stand.goes_on(&mut wire)?;
            plain.is_told(&ipv6, &Told::Withdrawn, patience)
        }),
        Case::new("RFC 4271 8.2.2", "the peer closes between the markers", |stand| {
            let mut wire = with_route(stand, established(stand)?)?;
            wire.say(&marker(1, BEGIN));
            stand.goes_on(&mut wire)?;
            drop(wire);
            stand.told(&Told::Withdrawn)
        }),
    ]
}

fn opened() -> Vec<Case> {
    let row = |name, capabilities: &[u8]| opens("RFC 7313 3.1", name, right().and_capabilities(capabilities));
    vec![
        row("both capabilities", BOTH),
        row("the capability without that of RFC 2918", &[70, 0]),
        row("the capability twice", &[2, 0, 70, 0, 70, 0]),
    ]
}

#[test]
fn what_is_told_again_stands_between_markers_and_what_is_left_out_goes() {
    super::run::msee_passes(&cases());
}
