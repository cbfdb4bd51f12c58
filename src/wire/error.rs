//! What can be wrong with a message as a whole.

use super::{
    header::HeaderError, notification::Notification, open::OpenError, refresh::RefreshError,
    update::UpdateError,
};

/// A message that ends the session (RFC 4271 section 6).
///
/// A NOTIFICATION has no errors of its own: unknown codes are kept as numbers and can only be logged (section 6.4).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The header (section 6.1).
    #[error("message header: {0}")]
    Header(#[from] HeaderError),
    /// An OPEN (section 6.2).
    #[error("OPEN: {0}")]
    Open(#[from] OpenError),
    /// An UPDATE (section 6.3), as far as RFC 7606 still resets the session.
    #[error("UPDATE: {0}")]
    Update(#[from] UpdateError),
    /// A ROUTE-REFRESH (RFC 7313 section 5).
    #[error("{0}")]
    RouteRefresh(#[from] RefreshError),
}

impl MessageError {
    /// The NOTIFICATION that the session is ended with, data included.
    pub fn notification(&self) -> Notification {
        match self {
            Self::Header(error) => error.notification(),
            Self::Open(error) => error.notification(),
            Self::Update(error) => error.notification(),
            Self::RouteRefresh(error) => error.notification(),
        }
    }
}
