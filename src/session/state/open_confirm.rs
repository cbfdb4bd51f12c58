//! OpenConfirm (RFC 4271 section 8.2.2): both OPENs are exchanged, the peer's KEEPALIVE has not come.

use super::{State, StateName};
use crate::{
    session::{action::Action, down::DownReason, event::Event, fsm::Fsm, negotiate::Session, timers::Timer},
    wire::MessageType,
};
use std::{sync::Arc, time::Instant};

const HERE: StateName = StateName::OpenConfirm;

impl Fsm {
    pub(in crate::session) fn open_confirm(
        &mut self,
        session: Arc<Session>,
        event: Event,
        now: Instant,
        out: &mut Vec<Action>,
    ) -> State {
        match event {
            // Events 1, 3 to 7: ignored.
            Event::ManualStart(_) | Event::AutomaticStart(_) | Event::AutomaticStartDamped(..) => {
                State::OpenConfirm(session)
            }
            // Event 2.
            Event::ManualStop(stop) => self.end(HERE, DownReason::Stopped(stop), out),
            // Event 8.
            Event::AutomaticStop(stop) => self.end(HERE, DownReason::Limited(stop), out),
            // Event 10.
            Event::Expired(Timer::Hold) => self.end(HERE, session.silence(), out),
            // Event 11.
            Event::Expired(Timer::Keepalive) => {
                self.send_keepalive(&session, now, out);
                State::OpenConfirm(session)
            }
            // Events 16, 17: a second connection has a machine of its own.
            Event::TcpCrAcked | Event::TcpConnectionConfirmed => State::OpenConfirm(session),
            // Event 18.
            Event::TcpConnectionFails(failure) => self.lost(HERE, failure, out),
            // Events 24, 25.
            Event::NotifMsgVerErr(notification) | Event::NotifMsg(notification) => {
                self.close(HERE, DownReason::NotificationReceived(notification), out)
            }
            // Event 19: a second OPEN on this connection.
            Event::BgpOpen(_) => self.unexpected(MessageType::Open, HERE, out),
            // Events 21, 22.
            Event::BgpHeaderErr(error) => self.end(HERE, DownReason::Header(error), out),
            Event::BgpOpenMsgErr(fault) => self.end(HERE, DownReason::Open(fault), out),
            // Event 23.
            Event::OpenCollisionDump => self.end(HERE, DownReason::Collision, out),
            Event::PeerRestarted => self.close(HERE, DownReason::PeerRestarted, out),
            // Event 26.
            Event::KeepAliveMsg => {
                self.heard(&session, now);
                out.push(Action::Established(self.connection, Arc::clone(&session)));
                State::Established(session)
            }
            // Events 9, 12, 13.
            Event::Expired(Timer::ConnectRetry | Timer::DelayOpen | Timer::IdleHold | Timer::SendHold) => {
                self.end(HERE, DownReason::UnexpectedEvent(HERE), out)
            }
            // Events 27, 28.
            Event::UpdateMsg | Event::UpdateMsgErr(_) => self.unexpected(MessageType::Update, HERE, out),
            Event::RouteRefreshMsg | Event::RouteRefreshMsgErr(_) => {
                self.unexpected(MessageType::RouteRefresh, HERE, out)
            }
        }
    }
}
