//! A row of the table, and the builders that make most rows one line.

use super::{
    stand::{Prefixes, Stand},
    update::{Attributes, Told},
    wire::{LastWords, Wire},
};
use crate::{
    lab::failure::{Outcome, ensure},
    octets::{self, KEEPALIVE, OpenFields},
    plan::{DAEMON_AS, PEER_AS, Seat},
};
use std::{fmt, net::Ipv4Addr};

/// Flags of a well-known attribute.
pub(crate) const WELL_KNOWN: u8 = 0x40;
/// Flags of an optional transitive attribute.
pub(crate) const OPTIONAL: u8 = 0xC0;
/// Flags of an optional non-transitive attribute.
pub(crate) const NON_TRANSITIVE: u8 = 0x80;
/// The Partial bit.
pub(crate) const PARTIAL: u8 = 0x20;

/// Where the routes of all cases point: an address of the shared subnet, nobody's own.
pub(crate) const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 66, 15, 1);
/// The same in IPv6.
pub(crate) const GATEWAY_V6: [u8; 16] = [0xFD, 0, 0, 0x66, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 15];
/// The speaker's own address, the next hop of all that it sends.
pub(crate) const SPEAKER: Ipv4Addr = Ipv4Addr::new(10, 66, 0, 1);
/// The same in IPv6.
pub(crate) const SPEAKER_V6: [u8; 16] = [0xFD, 0, 0, 0x66, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
/// The second AS of the path of what is judged; the route that is there before has another one.
pub(crate) const BEHIND: u32 = 64901;

/// One case.
pub(crate) struct Case {
    /// What is sent.
    pub(crate) name: String,
    /// RFC and section that the reaction is from.
    pub(crate) rule: &'static str,
    /// How the speaker is configured for it.
    pub(crate) seat: Seat,
    play: Play,
}

type Play = Box<dyn Fn(&Stand<'_>) -> Outcome + Send + Sync>;
/// Octets that depend on the prefixes of the case.
pub(crate) type Octets = Box<dyn Fn(&Prefixes) -> Vec<u8> + Send + Sync>;

/// How far the session is when the octets come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    OpenSent,
    OpenConfirm,
    Established,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What becomes of a route whose UPDATE is judged; the session stays.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// The second peer is told that it is gone.
    Withdrawn,
    /// The second peer is told these attributes.
    As(Vec<u8>),
}

impl Fate {
    /// What the second peer is told.
    ///
    /// # Errors
    /// If the attributes of the row are none.
    pub(crate) fn told(&self) -> Outcome<Told> {
        Ok(match self {
            Self::Withdrawn => Told::Withdrawn,
            Self::As(attributes) => Told::Announced(Attributes::read(attributes)?),
        })
    }
}

impl Case {
    pub(crate) fn new(
        rule: &'static str,
        name: impl Into<String>,
        play: impl Fn(&Stand<'_>) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), rule, seat: Seat::default(), play: Box::new(play) }
    }

    /// The same with a speaker that is configured otherwise.
    pub(crate) fn on(self, seat: Seat) -> Self {
        Self { seat, ..self }
    }

    pub(crate) fn play(&self, stand: &Stand<'_>) -> Outcome {
        (self.play)(stand)
    }
}

/// Octets in a state that end the session with a NOTIFICATION; what the peer had announced is withdrawn.
pub(crate) fn answered(
    rule: &'static str,
    name: impl Into<String>,
    state: State,
    octets: Vec<u8>,
    numbers: (u8, u8),
    data: &[u8],
) -> Case {
    answered_with(rule, name, state, Box::new(move |_| octets.clone()), numbers, data)
}

/// As [`answered`], for octets that have prefixes of the case in them.
pub(crate) fn answered_with(
    rule: &'static str,
    name: impl Into<String>,
    state: State,
    octets: Octets,
    numbers: (u8, u8),
    data: &[u8],
) -> Case {
    let wanted = LastWords::Notification(numbers, data.to_vec());
    Case::new(rule, name, move |stand| {
        let heard = end(stand, state, &octets(&stand.prefixes()))?;
        let right = match &heard {
            LastWords::Notification(found, _) if !has_data(numbers) => *found == numbers,
            heard => *heard == wanted,
        };
        ensure!(right, "{heard:?}, not {wanted:?}");
        is_gone(stand, state)
    })
}

/// Octets in a state that end the session without a word.
pub(crate) fn closed(rule: &'static str, name: impl Into<String>, state: State, octets: Vec<u8>) -> Case {
    Case::new(rule, name, move |stand| {
        let heard = end(stand, state, &octets)?;
        ensure!(heard == LastWords::None, "{heard:?} in answer to a NOTIFICATION");
        is_gone(stand, state)
    })
}

/// Whether an RFC says what the data of such a NOTIFICATION is. Of OPEN errors it does for the version (RFC 4271 section 6.2)
/// and for capabilities (RFC 5492 section 5) alone; whatever the others have is right.
const fn has_data(numbers: (u8, u8)) -> bool {
    !matches!(numbers, (2, 0 | 2..=6 | 11))
}

/// Sends octets in a state, and hears how the session ends.
fn end(stand: &Stand<'_>, state: State, octets: &[u8]) -> Outcome<LastWords> {
    let mut wire = match state {
        State::OpenSent => stand.open_sent()?,
        State::OpenConfirm => stand.place.open_confirm(stand.seat, &stand.open())?,
        State::Established => with_route(stand, stand.established()?)?,
    };
    wire.say(octets);
    wire.hear_last_words()
}

/// What the peer had announced is withdrawn.
fn is_gone(stand: &Stand<'_>, state: State) -> Outcome {
    if state == State::Established { stand.told(&Told::Withdrawn) } else { Ok(()) }
}

/// Announces the case's first prefix and waits until the second peer has it.
pub(crate) fn with_route(stand: &Stand<'_>, mut wire: Wire) -> Outcome<Wire> {
    let subject = stand.prefixes().subject;
    wire.say(&octets::update(&before(), &subject.octets));
    let arrived = stand.watchers.plain.has_route(&subject, stand.place.patience);
    wire.is_open()?;
    arrived?;
    Ok(wire)
}

/// An OPEN that is accepted: a session comes of it that carries routes.
pub(crate) fn opens(rule: &'static str, name: impl Into<String>, open: OpenFields) -> Case {
    opens_with(rule, name, open, base())
}

/// As [`opens`], for an OPEN without the AS capability: the numbers in the session's paths have two octets.
pub(crate) fn opens_as_old(rule: &'static str, name: impl Into<String>, open: OpenFields) -> Case {
    let path = octets::attribute(WELL_KNOWN, 2, &octets::segment_of_two(2, &[PEER_AS]));
    opens_with(rule, name, open, instead(2, &path))
}

/// As [`opens`], with the attributes of the route that is to be carried.
pub(crate) fn opens_with(
    rule: &'static str,
    name: impl Into<String>,
    open: OpenFields,
    attributes: Vec<u8>,
) -> Case {
    Case::new(rule, name, move |stand| {
        let mut wire = stand.open_sent()?;
        wire.say(&open.message());
        wire.hear_message(KEEPALIVE)?;
        wire.say(&octets::keepalive());
        stand.goes_on_with(&mut wire, &attributes)
    })
}

/// An UPDATE of these attributes for a prefix that the second peer has a route to.
pub(crate) fn update(rule: &'static str, name: impl Into<String>, attributes: Vec<u8>, fate: Fate) -> Case {
    survives(
        rule,
        name,
        Box::new(move |prefixes| octets::update(&attributes, &prefixes.subject.octets)),
        fate,
    )
}

/// Octets that the session survives, whatever becomes of the case's first prefix.
pub(crate) fn survives(rule: &'static str, name: impl Into<String>, octets: Octets, fate: Fate) -> Case {
    Case::new(rule, name, move |stand| {
        let mut wire = with_route(stand, stand.established()?)?;
        wire.say(&octets(&stand.prefixes()));
        stand.goes_on(&mut wire)?;
        stand.told(&fate.told()?)
    })
}

/// The attributes of the route that is there before.
pub(crate) fn before() -> Vec<u8> {
    [octets::origin(), octets::as_path(&[PEER_AS.into(), 64900]), octets::next_hop(GATEWAY)].concat()
}

/// What the second peer is told of that route.
pub(crate) fn told_before() -> Vec<u8> {
    [octets::origin(), octets::as_path(&[DAEMON_AS.into(), PEER_AS.into(), 64900]), octets::next_hop(SPEAKER)]
        .concat()
}

/// ORIGIN, AS_PATH and NEXT_HOP of a route that is right.
pub(crate) fn base() -> Vec<u8> {
    [octets::origin(), octets::as_path(&[PEER_AS.into(), BEHIND]), octets::next_hop(GATEWAY)].concat()
}

/// The same with one of the three replaced.
pub(crate) fn instead(code: u8, replacement: &[u8]) -> Vec<u8> {
    let mandatory = [
        (1, octets::origin()),
        (2, octets::as_path(&[PEER_AS.into(), BEHIND])),
        (3, octets::next_hop(GATEWAY)),
    ];
    let replaced = mandatory.map(|(own, octets)| if own == code { replacement.to_vec() } else { octets });
    replaced.concat()
}

/// A route that is right, and other attributes.
pub(crate) fn beside(others: &[u8]) -> Vec<u8> {
    [&base(), others].concat()
}

/// What the second peer is told of a route that is right, and other attributes.
pub(crate) fn passed_on(others: &[u8]) -> Fate {
    let path = octets::as_path(&[DAEMON_AS.into(), PEER_AS.into(), BEHIND]);
    Fate::As([&octets::origin(), &path, &octets::next_hop(SPEAKER), others].concat())
}

/// What the second peer is told of a route with this path.
pub(crate) fn passed_on_with_path(path: &[u8]) -> Fate {
    Fate::As([&octets::origin(), path, &octets::next_hop(SPEAKER)].concat())
}
