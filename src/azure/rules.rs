//! Which year's rules the service follows.

use std::{fmt, str::FromStr};

/// The rules of the service as documented at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
pub enum RulesProfile {
    /// Today's documents.
    #[default]
    #[serde(rename = "current")]
    Current,
    /// The overview of 2015: public peering with the limits of private peering, no Local circuits.
    #[serde(rename = "2015")]
    Year2015,
}

/// Text that names no set of rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a set of rules; write \"current\" or \"2015\"")]
pub struct NotARulesProfile(String);

impl FromStr for RulesProfile {
    type Err = NotARulesProfile;

    fn from_str(text: &str) -> Result<Self, NotARulesProfile> {
        match text {
            "current" => Ok(Self::Current),
            "2015" => Ok(Self::Year2015),
            _ => Err(NotARulesProfile(text.to_owned())),
        }
    }
}

impl fmt::Display for RulesProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Current => "current",
            Self::Year2015 => "2015",
        })
    }
}
