//! Established (RFC 4271 section 8.2.2): routes may be exchanged.

use super::{State, StateName};
use crate::{
    session::{action::Action, down::DownReason, event::Event, fsm::Fsm, negotiate::Session, timers::Timer},
    wire::MessageType,
};
use std::{sync::Arc, time::Instant};

const HERE: StateName = StateName::Established;

impl Fsm {
    pub(in crate::session) fn established(
        &mut self,
        session: Arc<Session>,
        event: Event,
        now: Instant,
        out: &mut Vec<Action>,
    ) -> State {
        match event {
            // Events 26, 27: first, because all but a handful of events are these.
            Event::UpdateMsg | Event::KeepAliveMsg => {
                self.heard(&session, now);
                State::Established(session)
            }
            // Only KEEPALIVE and UPDATE restart the HoldTimer (RFC 4271 section 6.5).
            Event::RouteRefreshMsg => State::Established(session),
            // RFC 7313 section 5.
            Event::RouteRefreshMsgErr(error) => self.end(HERE, DownReason::RouteRefresh(error), out),
            // Event 11.
            Event::Expired(Timer::Keepalive) => {
                self.send_keepalive(&session, now, out);
                State::Established(session)
            }
            // Events 1, 3 to 7: ignored.
            Event::ManualStart(_) | Event::AutomaticStart(_) | Event::AutomaticStartDamped(..) => {
                State::Established(session)
            }
            // Event 2.
            Event::ManualStop(stop) => self.end_for_good(&session, DownReason::Stopped(stop), out),
            // Event 8.
            Event::AutomaticStop(stop) => self.end_for_good(&session, DownReason::Limited(stop), out),
            // Event 10.
            Event::Expired(Timer::Hold) => self.end(HERE, session.silence(), out),
            // RFC 9687 section 3.3.
            Event::Expired(Timer::SendHold) => {
                let time = self.settings.send_hold_time(session.hold).unwrap_or_default();
                self.end(HERE, DownReason::SendHoldTimerExpired(time), out)
            }
            // Events 16, 17: a second connection has a machine of its own.
            Event::TcpCrAcked | Event::TcpConnectionConfirmed => State::Established(session),
            // Event 18.
            Event::TcpConnectionFails(failure) => self.lost(HERE, failure, out),
            // Events 24, 25.
            Event::NotifMsgVerErr(notification) | Event::NotifMsg(notification) => {
                self.close(HERE, DownReason::NotificationReceived(notification), out)
            }
            // Events 19, 22: a second OPEN on this connection, whatever it says.
            Event::BgpOpen(_) | Event::BgpOpenMsgErr(_) => self.unexpected(MessageType::Open, HERE, out),
            // Event 21: RFC 4271 counts it among the errors of the machine here; section 6.1 has a code of its own.
            Event::BgpHeaderErr(error) => self.end(HERE, DownReason::Header(error), out),
            // Event 23.
            Event::OpenCollisionDump => self.end(HERE, DownReason::Collision, out),
            // RFC 4724 section 5.
            Event::PeerRestarted => self.close(HERE, DownReason::PeerRestarted, out),
            // Event 28.
            Event::UpdateMsgErr(error) => self.end(HERE, DownReason::Update(error), out),
            // Events 9, 12, 13.
            Event::Expired(Timer::ConnectRetry | Timer::DelayOpen | Timer::IdleHold) => {
                self.end(HERE, DownReason::UnexpectedEvent(HERE), out)
            }
        }
    }
}
