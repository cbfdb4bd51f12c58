//! Our role on a session, and whether the peer's fits it (RFC 9234 section 4.2).

use crate::wire::{
    Capability, Notification, Role, RoleCode,
    notification::{ErrorCode, OpenSubcode},
};
use std::fmt;

/// What we are to the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LocalRole {
    /// The role that our OPEN announces.
    pub role: Role,
    /// Whether the peer must announce one too.
    pub mode: RoleMode,
}

/// What becomes of a peer that announces no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoleMode {
    /// Its session comes up, and our role alone decides.
    Lenient,
    /// Its OPEN is refused ("strict mode").
    Strict,
}

impl fmt::Display for LocalRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            RoleMode::Lenient => self.role.fmt(f),
            RoleMode::Strict => write!(f, "{}, strict", self.role),
        }
    }
}

/// Why the peer's role is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleMismatch {
    /// Roles that are no pair.
    #[error("we are {ours} to the peer, and the peer says that it is {theirs}")]
    NoPair {
        /// Ours.
        ours: Role,
        /// The peer's.
        theirs: RoleCode,
    },
    /// None, in strict mode.
    #[error("we are {ours} to the peer in strict mode, and the peer announces no role")]
    Absent {
        /// Ours.
        ours: Role,
    },
    /// Several capabilities that contradict each other.
    #[error("the peer says that it is {first}, and also {second}")]
    Contradiction {
        /// What stands first in its OPEN.
        first: RoleCode,
        /// The first that differs.
        second: RoleCode,
    },
}

impl RoleMismatch {
    /// OPEN/Role Mismatch; no RFC gives it data.
    pub fn notification(self) -> Notification {
        Notification::bare(ErrorCode::Open(OpenSubcode::RoleMismatch))
    }

    pub(crate) fn remedy(self) -> String {
        match self {
            Self::NoPair { ours, .. } | Self::Absent { ours } => {
                format!("configure the role {} at the peer, or change bgp_role here", ours.opposite())
            }
            Self::Contradiction { .. } => "let the peer announce one role".to_owned(),
        }
    }
}

/// Judges what the peer's OPEN says of its role; the same one several times is one.
pub(super) fn check(ours: Option<LocalRole>, capabilities: &[Capability]) -> Result<(), RoleMismatch> {
    let mut roles = capabilities.iter().filter_map(Capability::role);
    let theirs = roles.next();
    if let Some(first) = theirs
        && let Some(second) = roles.find(|role| *role != first)
    {
        return Err(RoleMismatch::Contradiction { first, second });
    }
    match (ours, theirs) {
        (None, _) | (Some(LocalRole { mode: RoleMode::Lenient, .. }), None) => Ok(()),
        (Some(LocalRole { role: ours, mode: RoleMode::Strict }), None) => Err(RoleMismatch::Absent { ours }),
        (Some(LocalRole { role: ours, .. }), Some(theirs)) => {
            if theirs == ours.opposite().code() {
                Ok(())
            } else {
                Err(RoleMismatch::NoPair { ours, theirs })
            }
        }
    }
}
