//! A message of any type: the way in and out of the codec.

use super::{
    error::MessageError,
    header::{self, HeaderError, TooLong},
    message_type::MessageType,
    negotiated::{Negotiated, RouteRefreshSupport},
    notification::Notification,
    open::Open,
    refresh::{RefreshError, RouteRefresh},
    update::Update,
};
use bytes::BytesMut;

/// One BGP message; an UPDATE still borrows from the receive buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Begins a session.
    Open(Open),
    /// Carries routes; [`Update::split`] reads on.
    Update(Update<'a>),
    /// Ends a session.
    Notification(Notification),
    /// Header only.
    Keepalive,
    /// Asks for all routes again.
    RouteRefresh(RouteRefresh),
}

impl<'a> Message<'a> {
    /// Decodes the message that `input` begins with, and says how many octets it took.
    ///
    /// `None`: the message has not arrived completely. `negotiated` bounds the length; before the OPENs are exchanged
    /// it is [`Negotiated::BEFORE_OPEN`].
    ///
    /// # Errors
    /// [`MessageError`], which ends the session with its [`notification`](MessageError::notification). A bad header is
    /// reported although the body has not arrived.
    pub fn decode(input: &'a [u8], negotiated: Negotiated) -> Result<Option<(Self, usize)>, MessageError> {
        let frame = match header::frame(input, negotiated.message_limit) {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ok(None),
            Err(error) => return refused(input, error, negotiated),
        };
        let message = match frame.kind {
            MessageType::Open => Self::Open(Open::decode(frame.body)?),
            MessageType::Update => Self::Update(Update::decode(frame.body)?),
            MessageType::Notification => {
                Self::Notification(Notification::decode(frame.body).ok_or_else(|| frame.bad_length())?)
            }
            MessageType::Keepalive => Self::Keepalive,
            MessageType::RouteRefresh => {
                Self::RouteRefresh(RouteRefresh::decode(frame.body).ok_or_else(|| frame.bad_length())?)
            }
        };
        Ok(Some((message, frame.octets())))
    }

    /// Appends the message to `out`.
    ///
    /// # Errors
    /// [`TooLong`] if it exceeds what the session carries; `out` is then as it was.
    pub fn encode(&self, negotiated: Negotiated, out: &mut BytesMut) -> Result<(), TooLong> {
        header::write(self.kind(), negotiated.message_limit, out, |out| match self {
            Self::Open(open) => open.encode(out),
            Self::Update(update) => update.encode(out),
            Self::Notification(notification) => notification.encode(out),
            Self::Keepalive => {}
            Self::RouteRefresh(refresh) => refresh.encode(out),
        })
    }

    /// The type of the message.
    pub const fn kind(&self) -> MessageType {
        match self {
            Self::Open(_) => MessageType::Open,
            Self::Update(_) => MessageType::Update,
            Self::Notification(_) => MessageType::Notification,
            Self::Keepalive => MessageType::Keepalive,
            Self::RouteRefresh(_) => MessageType::RouteRefresh,
        }
    }
}

/// What a wrong header comes to: a marker of a refresh with a wrong length has an error of its own (RFC 7313 section 5).
#[cold]
fn refused(
    input: &[u8],
    error: HeaderError,
    negotiated: Negotiated,
) -> Result<Option<(Message<'_>, usize)>, MessageError> {
    if let HeaderError::BadLength { length, kind: Some(MessageType::RouteRefresh) } = error
        && negotiated.route_refresh == RouteRefreshSupport::Enhanced
        && let Ok(judged) = RefreshError::of(input, length)
    {
        return judged.map_or(Ok(None), |error| Err(error.into()));
    }
    Err(error.into())
}

#[cfg(test)]
mod tests;
