//! What callers ask for: the queries, bodies and names in paths.

use super::words;
use crate::{
    azure::{AttachmentId, CircuitName, PeeringKind, Router, peering::NotAName},
    family::Family,
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};

/// How many elements a page may hold: 1 to 10,000, by default 1,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct PageSize(u32);

/// A number of elements that no page can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a page size; ask for 1 to {max} at a time and follow \"next\"", max = PageSize::MAX.0)]
pub struct NotAPageSize(u32);

impl PageSize {
    /// The largest page.
    pub const MAX: Self = Self(10_000);

    /// The number of elements, 1 to 10,000.
    pub const fn elements(self) -> usize {
        self.0 as usize
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(1_000)
    }
}

impl TryFrom<u32> for PageSize {
    type Error = NotAPageSize;

    fn try_from(elements: u32) -> Result<Self, NotAPageSize> {
        if (1..=Self::MAX.0).contains(&elements) { Ok(Self(elements)) } else { Err(NotAPageSize(elements)) }
    }
}

impl From<PageSize> for u32 {
    fn from(size: PageSize) -> Self {
        size.0
    }
}

/// Query of `GET /v1/sessions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionsQuery {
    /// Only the sessions of this attachment.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "words::optional_from_text"
    )]
    pub attachment: Option<AttachmentId>,
}

/// Which way routes have gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the customer: Adj-RIB-In.
    Received,
    /// To the customer: Adj-RIB-Out.
    Advertised,
}

/// Query of `GET /v1/routes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutesQuery {
    /// The peering on one router.
    #[serde(deserialize_with = "words::from_text")]
    pub attachment: AttachmentId,
    /// Received or advertised.
    pub direction: Direction,
    /// The table of which family.
    #[serde(deserialize_with = "words::family")]
    pub family: Family,
    /// Only the routes that policy refused.
    #[serde(default)]
    pub refused: bool,
    /// Only this prefix, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<IpNet>,
    /// Only routes behind this prefix; the `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<IpNet>,
    /// Size of the page.
    #[serde(default)]
    pub limit: PageSize,
}

/// Query of `GET /v1/effective-routes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EffectiveRoutesQuery {
    /// The virtual network.
    pub virtual_network: String,
    /// One family, or both if absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "words::optional_family")]
    pub family: Option<Family>,
    /// Only routes behind this prefix; the `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<IpNet>,
    /// Size of the page.
    #[serde(default)]
    pub limit: PageSize,
}

/// Query of `GET /v1/lookup`: an address, and the table to look it up in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "LookupParameters", into = "LookupParameters")]
pub enum LookupQuery {
    /// The table of a virtual network.
    VirtualNetwork {
        /// Its name.
        name: String,
        /// What to look up.
        address: IpAddr,
    },
    /// What a peering has received.
    Attachment {
        /// The peering on one router.
        id: AttachmentId,
        /// What to look up.
        address: IpAddr,
    },
}

/// [`LookupQuery`] as a query string has it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LookupParameters {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    virtual_network: Option<String>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "words::optional_from_text"
    )]
    attachment: Option<AttachmentId>,
    address: IpAddr,
}

impl TryFrom<LookupParameters> for LookupQuery {
    type Error = &'static str;

    fn try_from(parameters: LookupParameters) -> Result<Self, Self::Error> {
        let address = parameters.address;
        match (parameters.virtual_network, parameters.attachment) {
            (Some(name), None) => Ok(Self::VirtualNetwork { name, address }),
            (None, Some(id)) => Ok(Self::Attachment { id, address }),
            (None, None) => Err("no table is named; add virtualNetwork or attachment"),
            (Some(_), Some(_)) => Err("two tables are named; give virtualNetwork or attachment, not both"),
        }
    }
}

impl From<LookupQuery> for LookupParameters {
    fn from(query: LookupQuery) -> Self {
        match query {
            LookupQuery::VirtualNetwork { name, address } => {
                Self { virtual_network: Some(name), attachment: None, address }
            }
            LookupQuery::Attachment { id, address } => {
                Self { virtual_network: None, attachment: Some(id), address }
            }
        }
    }
}

/// Query of `GET /v1/events`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// Only events with a higher number, oldest first; absent: the newest ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Size of the page.
    #[serde(default)]
    pub limit: PageSize,
}

/// Body of `POST /v1/diff`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiffRequest {
    /// The file's name, for the diagnostics.
    pub name: String,
    /// What the file's relative paths start from, absolute.
    pub directory: PathBuf,
    /// The file's text, TOML.
    pub text: String,
}

/// Body of `POST /v1/sessions/…/disable`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisableRequest {
    /// The text that the peer is told, at most 255 octets (RFC 9003).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The sessions of a peering, on one router or on both: `ams-1/private` or `ams-1/private/primary`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionTarget {
    /// The circuit.
    pub circuit: CircuitName,
    /// The routing domain.
    pub kind: PeeringKind,
    /// One router, or both if absent.
    pub router: Option<Router>,
}

/// Text that does not name the sessions of a peering.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASessionTarget {
    /// Not two or three names with slashes between them.
    #[error(
        "{0:?} does not name a peering; write CIRCUIT/KIND or CIRCUIT/KIND/ROUTER, for example \"ams-1/private\""
    )]
    Shape(String),
    /// One of the names is wrong.
    #[error(transparent)]
    Name(#[from] NotAName),
}

impl FromStr for SessionTarget {
    type Err = NotASessionTarget;

    fn from_str(text: &str) -> Result<Self, NotASessionTarget> {
        let mut parts = text.split('/');
        let (Some(circuit), Some(kind), router, None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotASessionTarget::Shape(text.to_owned()));
        };
        let router = router.map(str::parse).transpose()?;
        Ok(Self { circuit: circuit.parse()?, kind: kind.parse()?, router })
    }
}

impl fmt::Display for SessionTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.circuit, self.kind)?;
        self.router.map_or(Ok(()), |router| write!(f, "/{router}"))
    }
}
