//! Connect (RFC 4271 section 8.2.2): the TCP connection is being opened, or the `DelayOpenTimer` runs on it.

use super::{State, StateName, Tcp};
use crate::{
    session::{
        action::Action, collision::Direction, down::DownReason, event::Event, fsm::Fsm, timers::Timer,
    },
    wire::MessageType,
};
use std::time::Instant;

const HERE: StateName = StateName::Connect;

impl Fsm {
    pub(in crate::session) fn connect(
        &mut self,
        tcp: Tcp,
        event: Event,
        now: Instant,
        out: &mut Vec<Action>,
    ) -> State {
        match event {
            // Events 1, 3 to 7: ignored.
            Event::ManualStart(_) | Event::AutomaticStart(_) | Event::AutomaticStartDamped(..) => {
                State::Connect(tcp)
            }
            // Event 2.
            Event::ManualStop(stop) => self.close(HERE, DownReason::Stopped(stop), out),
            // Event 9: the dial takes too long; another one is tried.
            Event::Expired(Timer::ConnectRetry) => {
                self.close(HERE, DownReason::DialTimedOut(self.settings.connect_retry), out);
                self.dial(now, out)
            }
            // Event 12.
            Event::Expired(Timer::DelayOpen) => match tcp {
                Tcp::DelayingOpen => self.send_open(now, out),
                Tcp::Awaited => self.close(HERE, DownReason::UnexpectedEvent(HERE), out),
            },
            // Events 16, 17.
            Event::TcpCrAcked => match tcp {
                Tcp::Awaited => self.opened(Direction::Outgoing, State::Connect, now, out),
                Tcp::DelayingOpen => State::Connect(tcp),
            },
            Event::TcpConnectionConfirmed => match tcp {
                Tcp::Awaited => self.opened(Direction::Incoming, State::Connect, now, out),
                Tcp::DelayingOpen => State::Connect(tcp),
            },
            // Event 18. RFC 4271 goes to Idle if no OPEN was delayed; this machine listens until the next dial in
            // either case, because a refused dial must not have the peer's own connection refused.
            Event::TcpConnectionFails(failure) => {
                self.lost(HERE, failure, out);
                self.listen(now)
            }
            // Events 19, 20.
            Event::BgpOpen(session) => match tcp {
                Tcp::DelayingOpen => {
                    self.push_open(out);
                    self.confirm(session, now, out)
                }
                Tcp::Awaited => self.out_of_place(MessageType::Open, out),
            },
            // Events 21, 22: answered before our OPEN was sent (`SendNOTIFICATIONwithoutOPEN`).
            Event::BgpHeaderErr(error) => self.end_if_connected(tcp, DownReason::Header(error), out),
            Event::BgpOpenMsgErr(fault) => self.end_if_connected(tcp, DownReason::Open(fault), out),
            // Events 24, 25.
            Event::NotifMsgVerErr(notification) | Event::NotifMsg(notification) => {
                self.close(HERE, DownReason::NotificationReceived(notification), out)
            }
            // Events 8, 10, 11, 13, 23, 26 to 28: the connection is dropped.
            Event::AutomaticStop(stop) => self.close(HERE, DownReason::Limited(stop), out),
            Event::Expired(Timer::Hold | Timer::Keepalive | Timer::IdleHold | Timer::SendHold) => {
                self.close(HERE, DownReason::UnexpectedEvent(HERE), out)
            }
            Event::OpenCollisionDump => self.close(HERE, DownReason::Collision, out),
            Event::PeerRestarted => self.close(HERE, DownReason::PeerRestarted, out),
            Event::KeepAliveMsg => self.out_of_place(MessageType::Keepalive, out),
            Event::UpdateMsg | Event::UpdateMsgErr(_) => self.out_of_place(MessageType::Update, out),
            Event::RouteRefreshMsg | Event::RouteRefreshMsgErr(_) => {
                self.out_of_place(MessageType::RouteRefresh, out)
            }
        }
    }

    fn end_if_connected(&mut self, tcp: Tcp, reason: DownReason, out: &mut Vec<Action>) -> State {
        match tcp {
            Tcp::DelayingOpen => self.end(HERE, reason, out),
            Tcp::Awaited => self.close(HERE, reason, out),
        }
    }

    fn out_of_place(&mut self, message: MessageType, out: &mut Vec<Action>) -> State {
        self.close(HERE, DownReason::UnexpectedMessage { message, state: HERE }, out)
    }
}
