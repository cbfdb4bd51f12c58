//! Segments that a speaker must not hear: unsigned ones (RFC 2385), and such as come from afar (RFC 5082).

use super::{
    case::Case,
    stand::Stand,
    wire::{Heard, Wire},
};
use crate::{
    lab::failure::Outcome,
    octets::{self, KEEPALIVE, OPEN},
    plan::{Seat, TtlSecurity},
    reactions::md5,
};
use socket2::{Domain, Socket, Type};
use std::{net::SocketAddrV4, time::Duration};

const KEY: &str = "s3cretKey";
/// How long a connection that must not come up is waited for.
const REFUSED: Duration = Duration::from_secs(2);

/// How the peer's socket is made up before it connects.
type Prepare = fn(&Socket, &Stand<'_>) -> Outcome;

pub(crate) fn cases() -> Vec<Case> {
    let signed = || Seat { key: Some(KEY), ..Seat::default() };
    let near = || Seat { ttl_security: TtlSecurity::On, ..Seat::default() };
    let up = |rule, name, seat, prepare: Prepare| {
        Case::new(rule, name, move |stand| comes_up(stand, prepare)).on(seat)
    };
    let down = |rule, name, seat, prepare: Prepare| {
        Case::new(rule, name, move |stand| stays_down(stand, prepare)).on(seat)
    };
    vec![
        up("RFC 2385 2", "the right key", signed(), |socket, stand| {
            md5::sign(socket, stand.place.endpoint, KEY)
        }),
        down("RFC 2385 2", "another key", signed(), |socket, stand| {
            md5::sign(socket, stand.place.endpoint, "another")
        }),
        down("RFC 2385 2", "no key", signed(), |_, _| Ok(())),
        down("RFC 2385 2", "a key that the speaker does not have", Seat::default(), |socket, stand| {
            md5::sign(socket, stand.place.endpoint, KEY)
        }),
        up("RFC 5082 3", "a TTL of 255", near(), |socket, _| Ok(socket.set_ttl_v4(255)?)),
        down("RFC 5082 3", "a TTL of 254", near(), |socket, _| Ok(socket.set_ttl_v4(254)?)),
        down("RFC 5082 3", "a TTL of 64", near(), |socket, _| Ok(socket.set_ttl_v4(64)?)),
        up("RFC 5082 3", "a TTL of 64 where it is not asked for", Seat::default(), |socket, _| {
            Ok(socket.set_ttl_v4(64)?)
        }),
    ]
}

fn connect(stand: &Stand<'_>, prepare: Prepare, time: Duration) -> Outcome<Wire> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    prepare(&socket, stand)?;
    socket.bind(&SocketAddrV4::new(stand.source(), 0).into())?;
    socket.connect_timeout(&stand.place.endpoint.into(), time)?;
    Wire::new(socket.into(), stand.place.patience)
}

fn comes_up(stand: &Stand<'_>, prepare: Prepare) -> Outcome {
    let mut wire = connect(stand, prepare, stand.place.patience)?;
    wire.hear_message(OPEN)?;
    wire.say(&stand.open().message());
    wire.hear_message(KEEPALIVE)?;
    wire.say(&octets::keepalive());
    stand.goes_on(&mut wire)
}

/// Our OPEN is not heard, on whatever layer the connection fails; the speaker may have sent its own before it could know.
fn stays_down(stand: &Stand<'_>, prepare: Prepare) -> Outcome {
    let Ok(mut wire) = connect(stand, prepare, REFUSED) else { return Ok(()) };
    wire.say(&stand.open().message());
    while let Some(heard) = wire.hear_within(REFUSED)? {
        match heard {
            Heard::Message(OPEN, _) => {}
            Heard::Message(kind, _) => return Err(format!("a message of type {kind} in answer").into()),
            Heard::End => break,
        }
    }
    Ok(())
}

#[test]
fn what_is_unsigned_or_comes_from_afar_is_not_heard() {
    super::run::msee_passes(&cases());
}
