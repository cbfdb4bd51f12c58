//! ROUTE-REFRESH (RFC 2918): all routes of a family are told again, and only those.

use super::{
    case::{Case, GATEWAY_V6, State, answered},
    stand::Stand,
    update::{self, Prefix, Told},
    wire::{Heard, Wire},
};
use crate::{
    lab::failure::{Outcome, ensure},
    octets::{self, OpenFields, ROUTE_REFRESH, UPDATE},
};
use std::time::{Duration, Instant};

pub(crate) fn cases() -> Vec<Case> {
    const RULE: &str = "RFC 2918 4";
    let ignored = |name, body: &'static [u8]| {
        Case::new(RULE, name, move |stand| {
            let mut wire = refreshing(stand)?;
            wire.say(&octets::message(ROUTE_REFRESH, body));
            stand.goes_on(&mut wire)
        })
    };
    vec![
        again(RULE, "IPv4 is told again", 1, 1),
        again(RULE, "IPv6 is told again", 2, 1),
        again(RULE, "IPv4 is told again three times", 1, 3),
        ignored("a refresh of a family that nobody knows", &[0x40, 4, 0, 71]),
        ignored("a refresh of IPv4 multicast", &[0, 1, 0, 2]),
        ignored("a refresh of AFI 0", &[0, 0, 0, 0]),
        Case::new(RULE, "a refresh of a family that was not agreed on", |stand| {
            let ipv4 = [&octets::family(1)[..], &[2, 0, 65, 4, 0, 0, 0xFD, 0xF2]].concat();
            let mut wire = stand.place.established(stand.seat, &stand.open().with_capabilities(&ipv4))?;
            wire.say(&octets::route_refresh(2));
            stand.goes_on(&mut wire)
        }),
        answered(
            "RFC 6608 3",
            "a refresh before OPEN",
            State::OpenSent,
            octets::route_refresh(1),
            (5, 1),
            &[5],
        ),
        answered(
            "RFC 6608 3",
            "a refresh in OpenConfirm",
            State::OpenConfirm,
            octets::route_refresh(1),
            (5, 2),
            &[5],
        ),
    ]
}

fn refreshing(stand: &Stand<'_>) -> Outcome<Wire> {
    stand.place.established(stand.seat, &open(stand))
}

fn open(stand: &Stand<'_>) -> OpenFields {
    stand.open().and_capabilities(&[2, 0])
}

/// Hears of the route that stands, and asks for it again.
fn again(rule: &'static str, name: &'static str, afi: u8, times: u8) -> Case {
    Case::new(rule, name, move |stand| {
        let mut wire = refreshing(stand)?;
        let wanted = standing(afi);
        hear_of(&mut wire, &wanted)?;
        for _ in 0..times {
            wire.say(&octets::route_refresh(afi));
            hear_of(&mut wire, &wanted)?;
        }
        stand.goes_on(&mut wire)
    })
}

/// A route that a watching peer announces for as long as the group is played.
pub(super) fn standing(afi: u8) -> Prefix {
    match afi {
        1 => Prefix { afi: 1, octets: vec![24, 25, 0, 1] },
        _ => Prefix { afi: 2, octets: vec![48, 0x2A, 0, 0, 0, 0xFF, 1] },
    }
}

/// Another one, which comes with OTC (RFC 9234).
pub(super) fn marked() -> Prefix {
    Prefix { afi: 1, octets: vec![24, 25, 0, 2] }
}

/// What the watching peer announces, so that there is something to be told again.
pub(crate) fn announcements(watching_as: u32) -> Vec<u8> {
    let path = [octets::origin(), octets::as_path(&[watching_as])].concat();
    let path_v4 = [&path[..], &octets::next_hop(super::case::GATEWAY)].concat();
    let ipv4 = octets::update(&path_v4, &standing(1).octets);
    let reach = octets::mp_reach(2, &GATEWAY_V6, &standing(2).octets);
    let ipv6 = octets::update(&[path, reach].concat(), &[]);
    let otc = octets::attribute(super::case::OPTIONAL, 35, &64_999_u32.to_be_bytes());
    let with_otc = [&path_v4[..], &otc].concat();
    [ipv4, octets::update(&with_otc, &marked().octets), ipv6].concat()
}

/// Listens until a route to the prefix comes.
pub(super) fn hear_of(wire: &mut Wire, prefix: &Prefix) -> Outcome {
    let end = Instant::now() + wire.patience();
    while Instant::now() < end {
        match wire.hear_within(Duration::from_millis(100))? {
            Some(Heard::Message(UPDATE, body)) => {
                let news = update::read(&body)?;
                let told = news.iter().any(|(of, told)| of == prefix && matches!(told, Told::Announced(_)));
                if told {
                    return Ok(());
                }
            }
            Some(Heard::End) => return Err("the connection was closed".into()),
            Some(Heard::Message(kind, body)) => {
                ensure!(kind != octets::NOTIFICATION, "answered with NOTIFICATION {body:02x?}");
            }
            None => {}
        }
    }
    Err("the route is not told again".into())
}

#[test]
fn a_refresh_brings_the_routes_of_its_family_again() {
    super::run::msee_passes(&cases());
}
