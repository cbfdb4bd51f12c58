//! The graceful restart capability (RFC 4724 section 3, RFC 8538 section 2).

use crate::family::{Family, PerFamily};
use bytes::{BufMut, BytesMut};
use nom::{
    IResult, Parser,
    combinator::all_consuming,
    multi::many0,
    number::complete::{be_u8, be_u16},
};
use std::time::Duration;

/// The Restart State bit of the first two octets.
const RESTART_STATE: u16 = 0x8000;
/// The Graceful Notification bit of the first two octets.
const NOTIFICATION: u16 = 0x4000;
/// The Forwarding State bit of a family's flags.
const FORWARDING_STATE: u8 = 0x80;

/// Code 64: the sender keeps forwarding while it restarts, or bears with a peer that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartCapability {
    /// The Restart State bit.
    pub state: RestartState,
    /// The Graceful Notification bit (RFC 8538).
    pub notifications: Notifications,
    /// How long the sender may take to come back.
    pub time: RestartTime,
    /// The families that it forwards for while it restarts; of others than ours nothing is kept.
    pub families: PerFamily<Option<ForwardingState>>,
}

/// Whether the sender comes back from a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartState {
    /// It does not; its End-of-RIB is worth waiting for.
    Steady,
    /// It does, and does not wait for our End-of-RIB.
    Restarting,
}

/// Whether a NOTIFICATION leaves routes in place (RFC 8538).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notifications {
    /// With a NOTIFICATION all routes go.
    EndAll,
    /// Only a Hard Reset does that.
    LeaveRoutes,
}

/// Whether packets were forwarded through the last restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardingState {
    /// They were not: the routes of before the restart lead nowhere.
    Lost,
    /// They were.
    Preserved,
}

/// The Restart Time: whole seconds in twelve bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RestartTime(u16);

impl RestartTime {
    /// No time at all.
    pub const NONE: Self = Self(0);
    /// The longest time that twelve bits hold.
    pub const LONGEST: u16 = 0x0FFF;

    /// That many seconds, if twelve bits hold them.
    pub const fn new(seconds: u16) -> Option<Self> {
        if seconds <= Self::LONGEST { Some(Self(seconds)) } else { None }
    }

    /// In seconds.
    pub const fn seconds(self) -> u16 {
        self.0
    }

    /// As a duration.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }
}

impl RestartCapability {
    /// Reads the value; `None` for a length that it cannot have.
    pub(super) fn from_value(value: &[u8]) -> Option<Self> {
        let fields: IResult<_, _, ()> = all_consuming((be_u16, many0((be_u16, be_u8, be_u8)))).parse(value);
        let (_, (head, listed)) = fields.ok()?;
        let mut families = PerFamily::default();
        for (afi, safi, flags) in listed {
            if let Some(family) = Family::from_wire(afi, safi) {
                families[family] = Some(if flags & FORWARDING_STATE == 0 {
                    ForwardingState::Lost
                } else {
                    ForwardingState::Preserved
                });
            }
        }
        Some(Self {
            state: if head & RESTART_STATE == 0 { RestartState::Steady } else { RestartState::Restarting },
            notifications: if head & NOTIFICATION == 0 {
                Notifications::EndAll
            } else {
                Notifications::LeaveRoutes
            },
            time: RestartTime(head & RestartTime::LONGEST),
            families,
        })
    }

    /// Appends length and value.
    pub(super) fn encode(self, out: &mut BytesMut) {
        let listed = || Family::ALL.into_iter().filter_map(|family| Some((family, self.families[family]?)));
        let state = match self.state {
            RestartState::Steady => 0,
            RestartState::Restarting => RESTART_STATE,
        };
        let notifications = match self.notifications {
            Notifications::EndAll => 0,
            Notifications::LeaveRoutes => NOTIFICATION,
        };
        out.put_u8(listed().fold(2, |octets, _| octets + 4));
        out.put_u16(state | notifications | self.time.0);
        for (family, forwarding) in listed() {
            out.put_u16(family.afi());
            out.put_u8(Family::UNICAST);
            out.put_u8(match forwarding {
                ForwardingState::Lost => 0,
                ForwardingState::Preserved => FORWARDING_STATE,
            });
        }
    }
}
