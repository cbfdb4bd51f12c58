//! A message of the peer, as far as the state machine looks at it.

use crate::{
    session::event::{Event, OpenFault},
    wire::{
        Message, MessageError, Notification, Open,
        notification::{ErrorCode, OpenSubcode},
    },
};

/// What came on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A well-formed OPEN.
    Open(Open),
    /// A KEEPALIVE.
    Keepalive,
    /// An UPDATE, unless it ends the session.
    Update,
    /// A ROUTE-REFRESH.
    RouteRefresh,
    /// A NOTIFICATION.
    Notification(Notification),
    /// Octets that end the connection.
    Malformed(MessageError),
}

impl Received {
    /// The event that this is to a machine. An OPEN is none yet: it must be judged first.
    pub(super) fn into_event(self) -> Result<Event, Open> {
        const VERSION: ErrorCode = ErrorCode::Open(OpenSubcode::UnsupportedVersionNumber);
        Ok(match self {
            Self::Open(open) => return Err(open),
            Self::Keepalive => Event::KeepAliveMsg,
            Self::Update => Event::UpdateMsg,
            Self::RouteRefresh => Event::RouteRefreshMsg,
            Self::Notification(notification) if notification.code == VERSION => {
                Event::NotifMsgVerErr(notification)
            }
            Self::Notification(notification) => Event::NotifMsg(notification),
            Self::Malformed(MessageError::Header(error)) => Event::BgpHeaderErr(error),
            Self::Malformed(MessageError::Open(error)) => Event::BgpOpenMsgErr(OpenFault::Malformed(error)),
            Self::Malformed(MessageError::Update(error)) => Event::UpdateMsgErr(error),
            Self::Malformed(MessageError::RouteRefresh(error)) => Event::RouteRefreshMsgErr(error),
        })
    }
}

impl From<Message<'_>> for Received {
    fn from(message: Message<'_>) -> Self {
        match message {
            Message::Open(open) => Self::Open(open),
            Message::Update(_) => Self::Update,
            Message::Notification(notification) => Self::Notification(notification),
            Message::Keepalive => Self::Keepalive,
            Message::RouteRefresh(_) => Self::RouteRefresh,
        }
    }
}

impl From<MessageError> for Received {
    fn from(error: MessageError) -> Self {
        Self::Malformed(error)
    }
}
