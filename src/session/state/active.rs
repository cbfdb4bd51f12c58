//! Active (RFC 4271 section 8.2.2): waits for the peer's TCP connection, or the `DelayOpenTimer` runs on it.

use super::{State, StateName, Tcp};
use crate::{
    session::{
        action::Action, collision::Direction, down::DownReason, event::Event, fsm::Fsm, timers::Timer,
    },
    wire::MessageType,
};
use std::time::Instant;

const HERE: StateName = StateName::Active;

impl Fsm {
    pub(in crate::session) fn active(
        &mut self,
        tcp: Tcp,
        event: Event,
        now: Instant,
        out: &mut Vec<Action>,
    ) -> State {
        match event {
            // Events 1, 3 to 7: ignored.
            Event::ManualStart(_) | Event::AutomaticStart(_) | Event::AutomaticStartDamped(..) => {
                State::Active(tcp)
            }
            // Event 2.
            Event::ManualStop(stop) => self.leave(tcp, DownReason::Stopped(stop), out),
            // Event 9.
            Event::Expired(Timer::ConnectRetry) => match tcp {
                Tcp::Awaited => self.dial(now, out),
                Tcp::DelayingOpen => self.leave(tcp, DownReason::UnexpectedEvent(HERE), out),
            },
            // Event 12.
            Event::Expired(Timer::DelayOpen) => match tcp {
                Tcp::DelayingOpen => self.send_open(now, out),
                Tcp::Awaited => self.leave(tcp, DownReason::UnexpectedEvent(HERE), out),
            },
            // Events 16, 17.
            Event::TcpCrAcked => match tcp {
                Tcp::Awaited => self.opened(Direction::Outgoing, State::Active, now, out),
                Tcp::DelayingOpen => State::Active(tcp),
            },
            Event::TcpConnectionConfirmed => match tcp {
                Tcp::Awaited => self.opened(Direction::Incoming, State::Active, now, out),
                Tcp::DelayingOpen => State::Active(tcp),
            },
            // Event 18. RFC 4271 goes to Idle; this machine goes on listening, for the reason given in Connect.
            Event::TcpConnectionFails(failure) => match tcp {
                Tcp::DelayingOpen => {
                    self.lost(HERE, failure, out);
                    self.listen(now)
                }
                Tcp::Awaited => State::Active(tcp),
            },
            // Events 19, 20.
            Event::BgpOpen(session) => match tcp {
                Tcp::DelayingOpen => {
                    self.push_open(out);
                    self.confirm(session, now, out)
                }
                Tcp::Awaited => self.leave_for(tcp, MessageType::Open, out),
            },
            // Events 21, 22: answered before our OPEN was sent (`SendNOTIFICATIONwithoutOPEN`).
            Event::BgpHeaderErr(error) => self.answer(tcp, DownReason::Header(error), out),
            Event::BgpOpenMsgErr(fault) => self.answer(tcp, DownReason::Open(fault), out),
            // Events 24, 25.
            Event::NotifMsgVerErr(notification) | Event::NotifMsg(notification) => {
                self.leave(tcp, DownReason::NotificationReceived(notification), out)
            }
            // Events 8, 10, 11, 13, 23, 26 to 28: the connection is dropped, if there is one.
            Event::AutomaticStop(stop) => self.leave(tcp, DownReason::Limited(stop), out),
            Event::Expired(Timer::Hold | Timer::Keepalive | Timer::IdleHold | Timer::SendHold) => {
                self.leave(tcp, DownReason::UnexpectedEvent(HERE), out)
            }
            Event::OpenCollisionDump => self.leave(tcp, DownReason::Collision, out),
            Event::PeerRestarted => self.leave(tcp, DownReason::PeerRestarted, out),
            Event::KeepAliveMsg => self.leave_for(tcp, MessageType::Keepalive, out),
            Event::UpdateMsg | Event::UpdateMsgErr(_) => self.leave_for(tcp, MessageType::Update, out),
            Event::RouteRefreshMsg | Event::RouteRefreshMsgErr(_) => {
                self.leave_for(tcp, MessageType::RouteRefresh, out)
            }
        }
    }

    fn answer(&mut self, tcp: Tcp, reason: DownReason, out: &mut Vec<Action>) -> State {
        match tcp {
            Tcp::DelayingOpen => self.end(HERE, reason, out),
            Tcp::Awaited => self.leave(tcp, reason, out),
        }
    }

    fn leave_for(&mut self, tcp: Tcp, message: MessageType, out: &mut Vec<Action>) -> State {
        self.leave(tcp, DownReason::UnexpectedMessage { message, state: HERE }, out)
    }

    fn leave(&mut self, tcp: Tcp, reason: DownReason, out: &mut Vec<Action>) -> State {
        match tcp {
            Tcp::DelayingOpen => self.close(HERE, reason, out),
            Tcp::Awaited => {
                self.timers.disarm_all();
                State::Idle
            }
        }
    }
}
