//! The state machine and its timers (RFC 4271 section 8, RFC 6608): messages at the wrong time, slow and silent peers.

use super::{
    case::{Case, State, answered, base, with_route},
    open::right,
    stand::Stand,
    update::Told,
    wire::{Heard, LastWords, Wire},
};
use crate::{
    lab::failure::{Outcome, ensure},
    octets::{self, KEEPALIVE, OpenFields, UPDATE},
};
use std::{
    thread,
    time::{Duration, Instant},
};

/// The shortest hold time that there is.
const SHORT_S: u16 = 3;
const SHORT: Duration = Duration::from_secs(3);

pub(crate) fn cases() -> Vec<Case> {
    [wrong_time(), pace(), timers(), ends()].into_iter().flatten().collect()
}

fn wrong_time() -> Vec<Case> {
    const RULE: &str = "RFC 6608 3";
    use State::{Established, OpenConfirm, OpenSent};
    let update = octets::update(&[], &[]);
    let wrong_update = octets::message(UPDATE, &[0xFF, 0xFF, 0, 0]);
    let wrong_open = OpenFields { parameters: vec![0xFF, 0xFF, 0, 2, 0, 1], ..right() };
    let row = |name, state, octets: Vec<u8>, subcode, kind| {
        answered(RULE, name, state, octets, (5, subcode), &[kind])
    };
    vec![
        row("KEEPALIVE before OPEN", OpenSent, octets::keepalive(), 1, KEEPALIVE),
        row("UPDATE before OPEN", OpenSent, update.clone(), 1, UPDATE),
        row("a malformed UPDATE before OPEN", OpenSent, wrong_update.clone(), 1, UPDATE),
        row("UPDATE in OpenConfirm", OpenConfirm, update, 2, UPDATE),
        row("a malformed UPDATE in OpenConfirm", OpenConfirm, wrong_update, 2, UPDATE),
        row("a second OPEN in OpenConfirm", OpenConfirm, right().message(), 2, octets::OPEN),
        row("a second OPEN", Established, right().message(), 3, octets::OPEN),
        row("a second OPEN of another AS", Established, right().in_as(65_011).message(), 3, octets::OPEN),
        row("a malformed second OPEN", Established, wrong_open.message(), 3, octets::OPEN),
    ]
}

/// The same octets at another pace.
fn pace() -> Vec<Case> {
    const RULE: &str = "RFC 4271 4.1";
    let paced = |name, say: fn(&mut Wire, &[u8])| {
        Case::new(RULE, name, move |stand| {
            let mut wire = stand.open_sent()?;
            let subject = stand.prefixes().subject;
            let announcement = octets::update(&base(), &subject.octets);
            say(&mut wire, &[stand.open().message(), octets::keepalive(), announcement].concat());
            let arrived = stand.watchers.plain.has_route(&subject, stand.place.patience);
            wire.is_open()?;
            arrived
        })
    };
    vec![
        paced("everything octet by octet", Wire::say_slowly),
        paced("everything at once", Wire::say),
        paced("everything in pieces of 19 octets", |wire, octets| {
            octets.chunks(19).for_each(|piece| wire.say(piece));
        }),
        paced("everything in pieces of 18 octets", |wire, octets| {
            octets.chunks(18).for_each(|piece| wire.say(piece));
        }),
        Case::new(RULE, "a thousand KEEPALIVEs at once", |stand| {
            let mut wire = stand.established()?;
            wire.say(&octets::keepalive().repeat(1000));
            stand.goes_on(&mut wire)
        }),
        Case::new(
            "RFC 4271 6.1",
            "a wrong header behind an UPDATE: the UPDATE counts until the end",
            |stand| {
                let mut wire = with_route(stand, stand.established()?)?;
                wire.say(&[octets::keepalive(), octets::message(9, &[])].concat());
                let heard = wire.hear_last_words()?;
                ensure!(heard == LastWords::Notification((1, 3), vec![9]), "{heard:?}");
                stand.told(&Told::Withdrawn)
            },
        ),
    ]
}

/// With the shortest hold time.
fn short(stand: &Stand<'_>) -> OpenFields {
    OpenFields { hold_time: SHORT_S, ..stand.open() }
}

fn timers() -> Vec<Case> {
    const RULE: &str = "RFC 4271 6.5";
    let expires = |name, state: State, octets: fn(&Stand<'_>) -> Vec<u8>| {
        Case::new(RULE, name, move |stand| {
            let mut wire = match state {
                State::Established => with_route(stand, stand.place.established(stand.seat, &short(stand))?)?,
                State::OpenSent | State::OpenConfirm => {
                    stand.place.open_confirm(stand.seat, &short(stand))?
                }
            };
            wire.say(&octets(stand));
            let heard = wire.hear_last_words()?;
            ensure!(heard == LastWords::Notification((4, 0), Vec::new()), "{heard:?}");
            if state == State::Established { stand.told(&Told::Withdrawn) } else { Ok(()) }
        })
    };
    let lives = |name, message: fn(&Stand<'_>) -> Vec<u8>| {
        Case::new("RFC 4271 4.4", name, move |stand| {
            let mut wire = stand.place.established(stand.seat, &short(stand))?;
            let end = Instant::now() + 2 * SHORT;
            while Instant::now() < end {
                thread::sleep(SHORT / 3);
                wire.say(&message(stand));
            }
            stand.goes_on(&mut wire)
        })
    };
    vec![
        expires("nothing after the session is up", State::Established, |_| Vec::new()),
        expires("half a KEEPALIVE", State::Established, |_| octets::keepalive()[..10].to_vec()),
        expires("half an UPDATE", State::Established, |stand| {
            octets::update(&base(), &stand.prefixes().second.octets)[..40].to_vec()
        }),
        expires("nothing in OpenConfirm", State::OpenConfirm, |_| Vec::new()),
        expires("half a KEEPALIVE in OpenConfirm", State::OpenConfirm, |_| {
            octets::keepalive()[..18].to_vec()
        }),
        lives("KEEPALIVEs keep a session", |_| octets::keepalive()),
        lives("UPDATEs keep a session", |stand| octets::update(&base(), &stand.prefixes().second.octets)),
        Case::new("RFC 4271 4.4", "the speaker sends KEEPALIVEs within the hold time", |stand| {
            let mut wire = stand.place.established(stand.seat, &short(stand))?;
            for _ in 0..3 {
                keepalive_within(&mut wire, SHORT)?;
                wire.say(&octets::keepalive());
            }
            Ok(())
        }),
        Case::new("RFC 4271 4.2", "without a hold time the speaker sends none", |stand| {
            let mut wire = stand.established()?;
            // The one that the speaker owes for the session to come up is heard already.
            match keepalive_within(&mut wire, SHORT + SHORT / 3) {
                Ok(()) => Err("a KEEPALIVE although both timers are off".into()),
                Err(_) => stand.goes_on(&mut wire),
            }
        }),
    ]
}

fn keepalive_within(wire: &mut Wire, time: Duration) -> Outcome {
    let end = Instant::now() + time;
    loop {
        match wire.hear_within(end.saturating_duration_since(Instant::now()))? {
            Some(Heard::Message(KEEPALIVE, _)) => return Ok(()),
            Some(Heard::Message(octets::NOTIFICATION, body)) => {
                return Err(format!("NOTIFICATION {body:02x?}").into());
            }
            Some(Heard::Message(..)) => {}
            Some(Heard::End) => return Err("closed".into()),
            None => return Err(format!("no KEEPALIVE within {time:?}").into()),
        }
    }
}

/// How a connection may end, and silent ones beside the real one.
fn ends() -> Vec<Case> {
    let gone = |name, end: fn(Wire) -> Outcome| {
        Case::new("RFC 4271 8.2.2", name, move |stand| {
            end(with_route(stand, stand.established()?)?)?;
            stand.told(&Told::Withdrawn)
        })
    };
    let beside = |name, silent: usize| {
        Case::new("RFC 4271 8.2.1", name, move |stand| {
            let silent = (0..silent).map(|_| stand.connect()).collect::<Outcome<Vec<_>>>()?;
            let mut wire = stand.established()?;
            stand.goes_on(&mut wire)?;
            drop(silent);
            Ok(())
        })
    };
    vec![
        gone("the peer closes", |wire| {
            drop(wire);
            Ok(())
        }),
        gone("the peer closes one direction", |wire| {
            wire.finish()?;
            // The stream lives until the speaker has seen the end.
            let mut wire = wire;
            wire.hear_last_words().map(drop)
        }),
        gone("the peer resets", |wire| {
            Ok(socket2::Socket::from(wire.stream()).set_linger(Some(Duration::ZERO))?)
        }),
        gone("the peer closes inside a message", |mut wire| {
            wire.say(&octets::keepalive()[..5]);
            Ok(())
        }),
        beside("one silent connection before the real one", 1),
        beside("three silent connections before the real one", 3),
        Case::new(
            "RFC 4271 8.2.1",
            "a connection that is closed without an OPEN before the real one",
            |stand| {
                for _ in 0..3 {
                    drop(stand.connect()?);
                }
                let mut wire = stand.established()?;
                stand.goes_on(&mut wire)
            },
        ),
        Case::new("RFC 4271 8.2.2", "the session comes back after the peer has closed", |stand| {
            for _ in 0..2 {
                drop(with_route(stand, stand.established()?)?);
                stand.told(&Told::Withdrawn)?;
            }
            Ok(())
        }),
    ]
}

#[test]
fn the_state_machine_keeps_time_and_order() {
    super::run::msee_passes(&cases());
}
