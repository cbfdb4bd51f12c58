//! Idle (RFC 4271 section 8.2.2): no connection is accepted, none is opened.

use super::State;
use crate::session::{action::Action, event::Event, fsm::Fsm, timers::Timer};
use std::time::Instant;

impl Fsm {
    #[expect(clippy::needless_pass_by_value, reason = "the six states take an event alike")]
    pub(in crate::session) fn idle(&mut self, event: Event, now: Instant, out: &mut Vec<Action>) -> State {
        match event {
            // Events 1, 3, 4, 5.
            Event::ManualStart(opening) | Event::AutomaticStart(opening) => self.begin(opening, now, out),
            // Events 6, 7.
            Event::AutomaticStartDamped(opening, time) => self.hold_idle(opening, time, now),
            // Event 13.
            Event::Expired(Timer::IdleHold) => self.begin(self.opening, now, out),
            // Events 2, 8: a stop also calls off the start that waits for the IdleHoldTimer.
            Event::ManualStop(_) | Event::AutomaticStop(_) => {
                self.timers.disarm_all();
                State::Idle
            }
            // Events 16, 17.
            Event::TcpCrAcked | Event::TcpConnectionConfirmed => {
                self.refuse(out);
                State::Idle
            }
            // Events 9 to 12, 18 to 28: late reports about a connection that is over.
            Event::Expired(
                Timer::ConnectRetry | Timer::Hold | Timer::Keepalive | Timer::DelayOpen | Timer::SendHold,
            )
            | Event::TcpConnectionFails(_)
            | Event::BgpOpen(_)
            | Event::BgpHeaderErr(_)
            | Event::BgpOpenMsgErr(_)
            | Event::OpenCollisionDump
            | Event::PeerRestarted
            | Event::NotifMsgVerErr(_)
            | Event::NotifMsg(_)
            | Event::KeepAliveMsg
            | Event::UpdateMsg
            | Event::UpdateMsgErr(_)
            | Event::RouteRefreshMsg
            | Event::RouteRefreshMsgErr(_) => State::Idle,
        }
    }
}
