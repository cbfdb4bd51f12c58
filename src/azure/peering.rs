//! Names of circuits, peerings and attachments.

use std::{fmt, str::FromStr, sync::Arc};

/// Which of the pair (Azure: primary and secondary connection).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Router {
    /// The router of the primary link.
    Primary,
    /// The router of the secondary link.
    Secondary,
}

impl Router {
    /// Both routers, primary first.
    pub const ALL: [Self; 2] = [Self::Primary, Self::Secondary];
}

/// A routing domain of a circuit (ARM `peeringType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeeringKind {
    /// `AzurePrivatePeering`.
    Private,
    /// `MicrosoftPeering`; "Windows peering" in the documents of 2015.
    Microsoft,
    /// `AzurePublicPeering`; retired on 2024-03-31.
    Public,
}

impl PeeringKind {
    /// The name in ARM's schema.
    pub const fn arm_name(self) -> &'static str {
        match self {
            Self::Private => "AzurePrivatePeering",
            Self::Microsoft => "MicrosoftPeering",
            Self::Public => "AzurePublicPeering",
        }
    }
}

/// Name of a circuit, unique in a lab; shared because every message about it carries it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct CircuitName(Arc<str>);

/// One peering of one circuit on one router; written `ams-1/private/primary`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttachmentId {
    /// The circuit.
    pub circuit: CircuitName,
    /// The routing domain.
    pub kind: PeeringKind,
    /// The router that the link ends on.
    pub router: Router,
}

/// Text that does not name a circuit, a peering or a router.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAName {
    /// A circuit name that is empty or holds other than letters, digits, `-`, `_` and `.`.
    #[error("{0:?} is not a circuit name; use letters, digits, '-', '_' and '.'")]
    Circuit(String),
    /// Not a routing domain.
    #[error("{0:?} is not a peering kind; write \"private\", \"microsoft\" or \"public\"")]
    Kind(String),
    /// Not one of the pair.
    #[error("{0:?} is not a router; write \"primary\" or \"secondary\"")]
    Router(String),
    /// Not three names with slashes between them.
    #[error("{0:?} is not an attachment; write CIRCUIT/KIND/ROUTER, for example \"ams-1/private/primary\"")]
    Attachment(String),
}

impl CircuitName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CircuitName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > 80 || !text.chars().all(fits) {
            return Err(NotAName::Circuit(text.to_owned()));
        }
        Ok(Self(text.into()))
    }
}

impl FromStr for PeeringKind {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        match text {
            "private" => Ok(Self::Private),
            "microsoft" => Ok(Self::Microsoft),
            "public" => Ok(Self::Public),
            _ => Err(NotAName::Kind(text.to_owned())),
        }
    }
}

impl FromStr for Router {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        match text {
            "primary" => Ok(Self::Primary),
            "secondary" => Ok(Self::Secondary),
            _ => Err(NotAName::Router(text.to_owned())),
        }
    }
}

impl FromStr for AttachmentId {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let mut parts = text.split('/');
        let (Some(circuit), Some(kind), Some(router), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotAName::Attachment(text.to_owned()));
        };
        Ok(Self { circuit: circuit.parse()?, kind: kind.parse()?, router: router.parse()? })
    }
}

impl fmt::Display for CircuitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PeeringKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Private => "private",
            Self::Microsoft => "microsoft",
            Self::Public => "public",
        })
    }
}

impl fmt::Display for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        })
    }
}

impl fmt::Display for AttachmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.circuit, self.kind, self.router)
    }
}

impl serde::Serialize for AttachmentId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_reads_as_it_prints() {
        let id: AttachmentId = "ams-1/microsoft/secondary".parse().unwrap();
        assert_eq!(id.to_string(), "ams-1/microsoft/secondary");
        for wrong in
            ["ams-1", "ams-1/private", "ams-1/x/primary", "a b/private/primary", "a/private/primary/x"]
        {
            assert!(wrong.parse::<AttachmentId>().is_err(), "{wrong}");
        }
    }
}
