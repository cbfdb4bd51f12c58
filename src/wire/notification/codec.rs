//! Codes as numbers, both ways, and the octets of a NOTIFICATION.

use super::{CeaseSubcode, ErrorCode, FsmSubcode, HeaderSubcode, Notification, OpenSubcode, UpdateSubcode};
use bytes::{BufMut, BytesMut};
use nom::{IResult, Parser, number::complete::be_u8};

impl Notification {
    /// Decodes what follows the header; `None` only for fewer than two octets.
    pub(in crate::wire) fn decode(body: &[u8]) -> Option<Self> {
        let numbers: IResult<_, _, ()> = (be_u8, be_u8).parse(body);
        let (data, (code, subcode)) = numbers.ok()?;
        Some(Self { code: ErrorCode::from_numbers(code, subcode), data: data.to_vec() })
    }

    /// Appends what follows the header.
    pub(in crate::wire) fn encode(&self, out: &mut BytesMut) {
        let (code, subcode) = self.code.numbers();
        out.put_u8(code);
        out.put_u8(subcode);
        out.put_slice(&self.data);
    }
}

impl ErrorCode {
    /// Error code and subcode as they stand on the wire.
    pub const fn numbers(self) -> (u8, u8) {
        match self {
            Self::Header(subcode) => (1, subcode as u8),
            Self::Open(subcode) => (2, subcode as u8),
            Self::Update(subcode) => (3, subcode as u8),
            Self::HoldTimerExpired => (4, 0),
            Self::Fsm(subcode) => (5, subcode as u8),
            Self::Cease(subcode) => (6, subcode as u8),
            Self::RouteRefresh(subcode) => (7, subcode),
            Self::SendHoldTimerExpired => (8, 0),
            Self::Unassigned { code, subcode } => (code, subcode),
        }
    }

    /// The name of a code and subcode; numbers without one are kept as they are.
    pub fn from_numbers(code: u8, subcode: u8) -> Self {
        let named = match code {
            1 => HeaderSubcode::from_number(subcode).map(Self::Header),
            2 => OpenSubcode::from_number(subcode).map(Self::Open),
            3 => UpdateSubcode::from_number(subcode).map(Self::Update),
            4 if subcode == 0 => Some(Self::HoldTimerExpired),
            5 => FsmSubcode::from_number(subcode).map(Self::Fsm),
            6 => CeaseSubcode::from_number(subcode).map(Self::Cease),
            7 => Some(Self::RouteRefresh(subcode)),
            8 if subcode == 0 => Some(Self::SendHoldTimerExpired),
            _ => None,
        };
        named.unwrap_or(Self::Unassigned { code, subcode })
    }

    /// The code's number.
    pub const fn code(self) -> u8 {
        self.numbers().0
    }

    /// The subcode's number.
    pub const fn subcode(self) -> u8 {
        self.numbers().1
    }
}

/// Every subcode of a type, so that a number finds its name where the name already has its number.
macro_rules! numbered {
    ($($subcode:ident: $($name:ident)+;)+) => {$(
        impl $subcode {
            pub(super) const ALL: &[Self] = &[$(Self::$name),+];

            fn from_number(number: u8) -> Option<Self> {
                Self::ALL.iter().copied().find(|subcode| *subcode as u8 == number)
            }
        }
    )+};
}

numbered! {
    HeaderSubcode: Unspecific ConnectionNotSynchronized BadMessageLength BadMessageType;
    OpenSubcode: Unspecific UnsupportedVersionNumber BadPeerAs BadBgpIdentifier UnsupportedOptionalParameter
        UnacceptableHoldTime UnsupportedCapability RoleMismatch;
    UpdateSubcode: Unspecific MalformedAttributeList UnrecognizedWellKnownAttribute MissingWellKnownAttribute
        AttributeFlagsError AttributeLengthError InvalidOrigin InvalidNextHop OptionalAttributeError
        InvalidNetworkField MalformedAsPath;
    FsmSubcode: Unspecific OpenSent OpenConfirm Established;
    CeaseSubcode: Unspecific MaximumPrefixesReached AdministrativeShutdown PeerDeconfigured AdministrativeReset
        ConnectionRejected OtherConfigurationChange ConnectionCollisionResolution OutOfResources HardReset BfdDown;
}
