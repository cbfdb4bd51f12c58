//! Two connections with one peer: which of them is kept (RFC 4271 section 6.8).

use super::{
    case::Case,
    stand::Stand,
    wire::{LastWords, Wire},
};
use crate::{
    lab::failure::{Outcome, ensure},
    octets::{self, KEEPALIVE, OPEN, OpenFields},
    plan::{Dialling, Seat},
};
use std::net::Ipv4Addr;

/// Below and above the speaker's identifier.
const LOWER: Ipv4Addr = Ipv4Addr::new(1, 1, 1, 1);
const HIGHER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);

/// On which connection the peer's OPEN comes first.
#[derive(Clone, Copy)]
enum First {
    Speakers,
    Peers,
}

pub(crate) fn cases() -> Vec<Case> {
    let both = |name, identifier, first| {
        Case::new("RFC 4271 6.8", name, move |stand| collide(stand, identifier, first))
            .on(Seat { dialling: Dialling::Both, ..Seat::default() })
    };
    let beside = |name, identifier| {
        Case::new("RFC 4271 6.8", name, move |stand| {
            let mut session = stand.established()?;
            stand.goes_on(&mut session)?;
            let mut second = stand.connect()?;
            second.say(&OpenFields::right(identifier).message());
            // Refused at once, or after its OPEN: by no means is it the session.
            let heard = second.hear_last_words()?;
            ensure!(
                matches!(heard, LastWords::None | LastWords::Notification((6, 5 | 7), _)),
                "{heard:?} on the second connection"
            );
            session.say(&octets::keepalive());
            session.is_open()
        })
    };
    vec![
        both("the peer's identifier is higher, the speaker's connection first", HIGHER, First::Speakers),
        both("the peer's identifier is higher, the peer's connection first", HIGHER, First::Peers),
        both("the speaker's identifier is higher, its connection first", LOWER, First::Speakers),
        both("the speaker's identifier is higher, the peer's connection first", LOWER, First::Peers),
        beside("a second connection beside a session, with a higher identifier", HIGHER),
        beside("a second connection beside a session, with a lower identifier", LOWER),
    ]
}

fn collide(stand: &Stand<'_>, identifier: Ipv4Addr, first: First) -> Outcome {
    let listener = stand.listen()?;
    let mut speakers = stand.accept(&listener)?;
    speakers.hear_message(OPEN)?;
    drop(listener);
    let mut peers = stand.connect()?;
    peers.hear_message(OPEN)?;
    let open = OpenFields::right(identifier).message();
    match first {
        First::Speakers => {
            speakers.say(&open);
            peers.say(&open);
        }
        First::Peers => {
            peers.say(&open);
            speakers.say(&open);
        }
    }
    let [mut kept, mut closed]: [Wire; 2] =
        if identifier == HIGHER { [peers, speakers] } else { [speakers, peers] };
    let heard = closed.hear_last_words()?;
    ensure!(heard == LastWords::Notification((6, 7), Vec::new()), "{heard:?} on the connection that loses");
    kept.hear_message(KEEPALIVE)?;
    kept.say(&octets::keepalive());
    stand.goes_on(&mut kept)
}

#[test]
fn of_two_connections_the_right_one_is_kept() {
    super::run::msee_passes(&cases());
}
