//! OpenSent (RFC 4271 section 8.2.2): our OPEN is sent, the peer's has not come.

use super::{State, StateName};
use crate::{
    session::{action::Action, down::DownReason, event::Event, fsm::Fsm, timers::Timer},
    wire::MessageType,
};
use std::time::Instant;

const HERE: StateName = StateName::OpenSent;

impl Fsm {
    pub(in crate::session) fn open_sent(
        &mut self,
        event: Event,
        now: Instant,
        out: &mut Vec<Action>,
    ) -> State {
        match event {
            // Events 1, 3 to 7: ignored.
            Event::ManualStart(_) | Event::AutomaticStart(_) | Event::AutomaticStartDamped(..) => {
                State::OpenSent
            }
            // Event 2.
            Event::ManualStop(stop) => self.end(HERE, DownReason::Stopped(stop), out),
            // Event 8.
            Event::AutomaticStop(stop) => self.end(HERE, DownReason::Limited(stop), out),
            // Event 10.
            Event::Expired(Timer::Hold) => self.end(HERE, DownReason::NoOpen(self.open_timeout()), out),
            // Events 16, 17: a second connection has a machine of its own.
            Event::TcpCrAcked | Event::TcpConnectionConfirmed => State::OpenSent,
            // Event 18.
            Event::TcpConnectionFails(failure) => {
                self.lost(HERE, failure, out);
                self.listen(now)
            }
            // Event 19.
            Event::BgpOpen(session) => self.confirm(session, now, out),
            // Events 21, 22.
            Event::BgpHeaderErr(error) => self.end(HERE, DownReason::Header(error), out),
            Event::BgpOpenMsgErr(fault) => self.end(HERE, DownReason::Open(fault), out),
            // Event 23.
            Event::OpenCollisionDump => self.end(HERE, DownReason::Collision, out),
            Event::PeerRestarted => self.close(HERE, DownReason::PeerRestarted, out),
            // Events 24, 25. RFC 4271 counts 25 among the errors of the machine; it is common that a peer refuses
            // our OPEN before it sends its own, and a NOTIFICATION is not answered (section 6.4).
            Event::NotifMsgVerErr(notification) | Event::NotifMsg(notification) => {
                self.close(HERE, DownReason::NotificationReceived(notification), out)
            }
            // Events 9, 11 to 13.
            Event::Expired(
                Timer::ConnectRetry | Timer::Keepalive | Timer::DelayOpen | Timer::IdleHold | Timer::SendHold,
            ) => self.end(HERE, DownReason::UnexpectedEvent(HERE), out),
            // Events 26 to 28.
            Event::KeepAliveMsg => self.unexpected(MessageType::Keepalive, HERE, out),
            Event::UpdateMsg | Event::UpdateMsgErr(_) => self.unexpected(MessageType::Update, HERE, out),
            Event::RouteRefreshMsg | Event::RouteRefreshMsgErr(_) => {
                self.unexpected(MessageType::RouteRefresh, HERE, out)
            }
        }
    }
}
