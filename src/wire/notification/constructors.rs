//! The NOTIFICATIONs that are sent, and the text that an administrator adds to some.

use super::{CeaseSubcode, ErrorCode, FsmSubcode, Notification, OpenSubcode};
use crate::{
    family::Family,
    wire::{capability::Capability, message_type::MessageType},
};
use bytes::BytesMut;

/// Octets of a shutdown communication at most (RFC 9003 section 2).
const TEXT_OCTETS: usize = 255;

impl Notification {
    /// Nothing was heard for the hold time (RFC 4271 section 6.5).
    pub const HOLD_TIMER_EXPIRED: Self = Self::bare(ErrorCode::HoldTimerExpired);
    /// The peer took nothing for the send hold time (RFC 9687).
    pub const SEND_HOLD_TIMER_EXPIRED: Self = Self::bare(ErrorCode::SendHoldTimerExpired);
    /// This connection lost against another one with the same peer (RFC 4271 section 6.8).
    pub const COLLISION: Self = Self::cease(CeaseSubcode::ConnectionCollisionResolution);
    /// The peer is no longer configured (RFC 4486).
    pub const PEER_DECONFIGURED: Self = Self::cease(CeaseSubcode::PeerDeconfigured);
    /// The connection is not wanted (RFC 4486).
    pub const CONNECTION_REJECTED: Self = Self::cease(CeaseSubcode::ConnectionRejected);
    /// The configuration changed in a way that needs a new session (RFC 4486).
    pub const OTHER_CONFIGURATION_CHANGE: Self = Self::cease(CeaseSubcode::OtherConfigurationChange);
    /// Memory or another resource ran out (RFC 4486).
    pub const OUT_OF_RESOURCES: Self = Self::cease(CeaseSubcode::OutOfResources);
    /// BFD lost the path (RFC 9384).
    pub const BFD_DOWN: Self = Self::cease(CeaseSubcode::BfdDown);

    /// A NOTIFICATION without data.
    pub const fn bare(code: ErrorCode) -> Self {
        Self { code, data: Vec::new() }
    }

    /// A Cease without data (RFC 4486).
    pub const fn cease(subcode: CeaseSubcode) -> Self {
        Self::bare(ErrorCode::Cease(subcode))
    }

    /// Cease/Administrative Shutdown; the text is cut to 255 octets at a character's end (RFC 9003).
    pub fn shutdown(text: Option<&str>) -> Self {
        Self::with_text(CeaseSubcode::AdministrativeShutdown, text)
    }

    /// Cease/Administrative Reset; the text is cut to 255 octets at a character's end (RFC 9003).
    pub fn administrative_reset(text: Option<&str>) -> Self {
        Self::with_text(CeaseSubcode::AdministrativeReset, text)
    }

    /// The same as a Cease/Hard Reset, whose data is the NOTIFICATION itself (RFC 8538 section 3.1).
    #[must_use]
    pub fn hard_reset(self) -> Self {
        let (code, subcode) = self.code.numbers();
        let data = [&[code, subcode], &*self.data].concat();
        Self { code: ErrorCode::Cease(CeaseSubcode::HardReset), data }
    }

    /// True if it asks for the end of everything, also between peers that leave routes in place (RFC 8538 section 3.2).
    pub fn is_hard_reset(&self) -> bool {
        self.code == ErrorCode::Cease(CeaseSubcode::HardReset)
    }

    /// What a Cease/Hard Reset was sent for (RFC 8538 section 3.1).
    pub fn reset_for(&self) -> Option<Self> {
        if !self.is_hard_reset() {
            return None;
        }
        // Not more than once: a NOTIFICATION inside a second one would be read as often as the peer likes.
        Self::decode(&self.data).filter(|inner| !inner.is_hard_reset())
    }

    /// Cease/Maximum Number of Prefixes Reached: family and upper bound are its data (RFC 4486 section 4).
    pub fn maximum_prefixes(family: Family, bound: u32) -> Self {
        let mut data = family.afi().to_be_bytes().to_vec();
        data.push(Family::UNICAST);
        data.extend(bound.to_be_bytes());
        Self { code: ErrorCode::Cease(CeaseSubcode::MaximumPrefixesReached), data }
    }

    /// A message came that the state does not expect; its type is the data (RFC 6608 section 4).
    pub fn unexpected(state: FsmSubcode, message: MessageType) -> Self {
        Self { code: ErrorCode::Fsm(state), data: vec![message.octet()] }
    }

    /// OPEN/Unsupported Capability: the capabilities that the peer lacks are the data (RFC 5492 section 5).
    pub fn unsupported_capability<'a>(missing: impl IntoIterator<Item = &'a Capability>) -> Self {
        let mut data = BytesMut::new();
        for capability in missing {
            capability.encode(&mut data);
        }
        Self { code: ErrorCode::Open(OpenSubcode::UnsupportedCapability), data: data.to_vec() }
    }

    /// The text of a Cease/Administrative Shutdown or Reset, if the peer sent one (RFC 9003).
    ///
    /// A length beyond the data and octets that are not UTF-8 are tolerated: the text is for people.
    pub fn shutdown_text(&self) -> Option<String> {
        let ErrorCode::Cease(CeaseSubcode::AdministrativeShutdown | CeaseSubcode::AdministrativeReset) =
            self.code
        else {
            return None;
        };
        let (&length, text) = self.data.split_first()?;
        let text = text.get(..length.into()).unwrap_or(text);
        (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
    }

    fn with_text(subcode: CeaseSubcode, text: Option<&str>) -> Self {
        let mut data = Vec::new();
        if let Some(text) = text {
            let text = text.get(..text.floor_char_boundary(TEXT_OCTETS)).unwrap_or_default();
            data.extend(u8::try_from(text.len()));
            data.extend(text.as_bytes());
        }
        Self { code: ErrorCode::Cease(subcode), data }
    }
}
